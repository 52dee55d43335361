/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resolve.h - what becomes of a point, from what its participants say (O6)
 *
 * Pure: a simulator and a model drive the same functions as the kernel.
 *
 * A point is prepared on all participants (durably) before the first commit is
 * submitted, and a commit is submitted only when nobody was told that the point
 * is void. From that follows all of this:
 *
 *   one committed             a commit was submitted: it is committed everywhere
 *   one void                  somebody had the word of all, or the creator gave
 *                             up before any commit: it is void everywhere
 *   one destroyed             it had been committed, or a person wanted it gone:
 *                             destroyed everywhere
 *   all there, none of these  nobody has a commit, and no commit is on its way
 *                             (its submitter is gone): void
 *   else                      who is missing may have a commit: in doubt
 *
 * "Has no record" (NONE) is a word for void, for a participant without a prepare
 * record proves that no commit was ever submitted. It may be given only by a
 * participant that is certain: active, and in the generation that the others'
 * records name. Anything less is UNKNOWN.
 */
#ifndef RP_RESOLVE_H
#define RP_RESOLVE_H

#include "types.h"

/* What one participant says about the point. */
enum rp_word {
	RP_WORD_UNKNOWN,	/* not there, or not certain */
	RP_WORD_NONE,		/* there, and has no record of it */
	RP_WORD_PREPARED,
	RP_WORD_COMMITTED,
	RP_WORD_VOID,
	RP_WORD_DESTROYED,
	RP_NR_WORDS,
};

enum rp_verdict {
	RP_VERDICT_IN_DOUBT,	/* keep waiting; the split intervals stay */
	RP_VERDICT_COMMIT,
	RP_VERDICT_VOID,
	RP_VERDICT_DESTROYED,
	RP_NR_VERDICTS,
};

/* What is still to be written to one participant. */
enum rp_remedy {
	RP_REMEDY_NOTHING,
	RP_REMEDY_COMMIT,	/* its record becomes committed */
	RP_REMEDY_FORGET,	/* record and boundary go, the id is remembered */
};

/**
 * rp_resolve() - the verdict
 * @words: enum rp_word, one for each participant
 * @nr: number of them; 0 is in doubt
 *
 * Destroyed outweighs committed, because what is destroyed was committed before.
 * Committed outweighs void: the two never meet unless metadata was tampered
 * with, and then a participant that says void keeps its own word
 * (rp_resolve_remedy()).
 */
enum rp_verdict rp_resolve(const u8 *words, unsigned int nr);

/* What a participant with @word lacks once the verdict stands. */
enum rp_remedy rp_resolve_remedy(enum rp_verdict verdict, enum rp_word word);

/**
 * rp_resolve_stale() - has a participant lost what it once knew? (I10)
 * @verdict: on the point
 * @none: it is certain that the participant has no record of it
 * @first: first interval of the participant's generation now
 * @boundary: that the cut made there
 *
 * A point that is committed, with one word at least, was durable on each of its
 * participants before, and a record goes only where a tombstone stays (whose
 * verdict is another one). One without a record has therefore been put back to an
 * earlier time, unless its history has begun anew since: numbers only grow.
 */
bool rp_resolve_stale(enum rp_verdict verdict, bool none, rp_seq_t first,
		      rp_seq_t boundary);

#endif /* RP_RESOLVE_H */
