/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cut.h - divide the writes of many volumes at one instant (O3, I4, I5)
 */
#ifndef RP_CUT_H
#define RP_CUT_H

#include "volume.h"

/* The epoch of the whole host: storing it is the cut. */
extern u64 rp_epoch;

/**
 * struct rp_cut_member - one volume of a cut
 * @vol: claimed and entered by the caller
 * @closed: the tracker of the interval that the cut closed; no writer uses it
 *	any more; the caller's until rp_cut_keep() or rp_cut_undo()
 * @fresh: the tracker of the interval that began
 * @since: the origin's failed flushes before the cut (I3)
 */
struct rp_cut_member {
	struct rp_volume *vol;
	struct rp_tracker *closed;
	struct rp_tracker *fresh;
	u64 since;
};

/*
 * Cut. Waits until the writes admitted before each member's previous cut have
 * completed (-ETIMEDOUT after @deadline; -EAGAIN when a member is being
 * suspended meanwhile; *@culprit is the index of the member),
 * allocates (-ENOMEM), then cuts: cannot fail from there on. Writers never wait.
 */
int rp_cut(struct rp_cut_member *members, unsigned int nr,
	   unsigned long deadline, unsigned int *culprit);

/*
 * Before @closed is made durable, the origin flushed: its kinds are written if a
 * flush failed since the interval began (I13).
 */
void rp_cut_settle_kinds(struct rp_cut_member *m);

/* The closed interval is durable (or given up for a new generation): forget it. */
void rp_cut_keep(struct rp_cut_member *m);

/*
 * The closed interval did not become durable: its marks go back into the open
 * one; the volume is as if it had not been cut.
 */
void rp_cut_undo(struct rp_cut_member *m);

#endif /* RP_CUT_H */
