/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * doubt.h - what is known to be wrong in a volume's history and has no record yet
 */
#ifndef RP_DOUBT_H
#define RP_DOUBT_H

#include "volume.h"

/* Whose knowledge it is; each of them has one doubt at most about a volume. */
enum rp_doubter {
	RP_DOUBT_WITNESS,	/* others bear witness of it */
	RP_DOUBT_POINT,		/* others have points that it has lost */
	RP_DOUBTERS
};

/* Allocated with the volume: doubting must not fail. */
int rp_doubt_init(struct rp_volume *vol);
void rp_doubt_exit(struct rp_volume *vol);

/*
 * A gap in memory, in the intervals @first to @last, from now on and until it is
 * cleared or the volume is deactivated. Another one of the same @who gives way.
 * Entered; the claim is not needed.
 */
void rp_doubt_set(struct rp_volume *vol, enum rp_doubter who, rp_seq_t first,
		  rp_seq_t last, u32 reason, const char *text);
/* The whole history, and what follows it. */
void rp_doubt_history(struct rp_volume *vol, enum rp_doubter who, const char *why);
void rp_doubt_clear(struct rp_volume *vol, enum rp_doubter who);

/* A new history has begun: nobody is answered from the old one any more. */
void rp_doubt_clear_all(struct rp_volume *vol);

#endif /* RP_DOUBT_H */
