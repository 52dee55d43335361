/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * split.h - on which side of a cut a write is (O3, O4)
 *
 * The cutter gives each member a split that names the next boundary, then stores
 * that boundary into the host's epoch word: the store is the cut. A writer loads
 * the word, then the split: the word says on which side it is, whichever split
 * it gets. Why that is right: Documentation/design.rst.
 */
#ifndef RP_SPLIT_H
#define RP_SPLIT_H

#include "tracker.h"

/**
 * struct rp_split - which interval a write belongs to
 * @boundary: first epoch of what comes after (O3)
 * @tracker: [0] before the boundary, [1] from it on; the same one when no cut
 *	is under way
 * @phase: index of the in-flight counters, likewise
 */
struct rp_split {
	u64 boundary;
	struct rp_tracker *tracker[2];
	u8 phase[2];
};

/* The side of who reads @epoch now: 0 before the boundary, 1 from it on. */
static inline unsigned int rp_split_side(const struct rp_split *s, u64 epoch)
{
	return epoch >= s->boundary;
}

/* O4: admitted before the boundary, and at its end it has passed. */
static inline bool rp_split_late(const struct rp_split *s, u64 admitted, u64 epoch)
{
	if (RP_PLANT(late_end_not_marked))
		return false;
	return epoch >= s->boundary && admitted < s->boundary;
}

/* The first one: nothing is in flight, so no write is older than @epoch. */
static inline void rp_split_init(struct rp_split *s, u64 epoch,
				 struct rp_tracker *t)
{
	*s = (struct rp_split) { .boundary = epoch, .tracker = { t, t } };
}

/* @old, cut at @boundary; what comes after goes to @fresh and the other phase. */
static inline void rp_split_cut(struct rp_split *s, const struct rp_split *old,
				u64 boundary, struct rp_tracker *fresh)
{
	s->boundary = RP_PLANT(cut_before_the_word) ? boundary - 1 : boundary;
	s->tracker[0] = old->tracker[1];
	s->tracker[1] = fresh;
	s->phase[0] = old->phase[1];
	s->phase[1] = !old->phase[1];
}

/* The interval before the boundary is somebody else's from now on. */
static inline void rp_split_settle(struct rp_split *s)
{
	s->tracker[0] = s->tracker[1];
	s->phase[0] = s->phase[1];
}

/* Writes count in the other phase from now on; no cut is under way. */
static inline void rp_split_flip(struct rp_split *s)
{
	s->phase[1] = !s->phase[1];
	s->phase[0] = s->phase[1];
}

#endif /* RP_SPLIT_H */
