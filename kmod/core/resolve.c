// SPDX-License-Identifier: GPL-2.0-only
/*
 * resolve.c - what becomes of a point, from what its participants say (O6)
 */
#include "ondisk.h"
#include "resolve.h"

enum rp_verdict rp_resolve(const u8 *words, unsigned int nr)
{
	unsigned int count[RP_NR_WORDS] = { 0 };
	unsigned int i;

	for (i = 0; i < nr; i++)
		count[words[i] < RP_NR_WORDS ? words[i] : RP_WORD_UNKNOWN]++;

	if (count[RP_WORD_DESTROYED])
		return RP_VERDICT_DESTROYED;
	if (count[RP_WORD_COMMITTED])
		return RP_VERDICT_COMMIT;
	if (count[RP_WORD_VOID])
		return RP_VERDICT_VOID;
	if (nr && !count[RP_WORD_UNKNOWN])
		return RP_VERDICT_VOID;
	return RP_VERDICT_IN_DOUBT;
}

enum rp_remedy rp_resolve_remedy(enum rp_verdict verdict, enum rp_word word)
{
	/* What has no record lacks nothing: the id is remembered by others. */
	if (word != RP_WORD_PREPARED && word != RP_WORD_COMMITTED)
		return RP_REMEDY_NOTHING;

	switch (verdict) {
	case RP_VERDICT_COMMIT:
		return word == RP_WORD_PREPARED ? RP_REMEDY_COMMIT :
						  RP_REMEDY_NOTHING;
	case RP_VERDICT_VOID:
		/* A commit was submitted after all: never undo it (O6). */
		return word == RP_WORD_PREPARED ? RP_REMEDY_FORGET :
						  RP_REMEDY_NOTHING;
	case RP_VERDICT_DESTROYED:
		return RP_REMEDY_FORGET;
	default:
		return RP_REMEDY_NOTHING;
	}
}

bool rp_resolve_stale(enum rp_verdict verdict, bool none, rp_seq_t first,
		      rp_seq_t boundary)
{
	return verdict == RP_VERDICT_COMMIT && none &&
	       rp_seq_nr(boundary) < RP_SEQ_MAX &&
	       rp_seq_nr(first) <= rp_seq_nr(boundary);
}
