/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ahead.h - regions that are armed before a write asks for them
 *
 * Which, is decided by core/arming.c: a stream should not wait for each region that it
 * comes to, nor what is written all over for each of eight neighbours.
 */
#ifndef RP_AHEAD_H
#define RP_AHEAD_H

#include "arm.h"

/* See rp_arming_want_ahead(). Under arm->lock. */
void rp_ahead_want(struct rp_arm *arm, const struct rp_write *w);

/*
 * Are the regions of a write, which are not armed, durable all the same? Then they are
 * armed now, and it need not wait for a worker. Not asked of writes over many regions.
 * Any context a bio is mapped in.
 */
bool rp_ahead_ready(struct rp_arm *arm, const struct rp_write *w);

/*
 * Count what had a use, by the marks in @t, which stays meanwhile; at a checkpoint,
 * @over, the rest had none. Entered.
 */
void rp_ahead_judge(struct rp_arm *arm, const struct rp_tracker *t, bool over);

#endif /* RP_AHEAD_H */
