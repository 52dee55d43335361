/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * view.h - replacing a volume's view, and waiting for writes in flight
 *
 * Writers read the view under RCU; whoever holds the volume's claim replaces
 * it. A write is counted in one of two phases. Before a phase is used again,
 * all writes counted in it must have ended: so at any time the writes in flight
 * were admitted in the current phase or in the one before, and a write crosses
 * one boundary at most (O4 relies on it).
 */
#ifndef RP_VIEW_H
#define RP_VIEW_H

#include "volume.h"

/* The first view: one tracker, phase 0, boundary @epoch. -ENOMEM. */
int rp_view_create(struct rp_volume *vol, struct rp_tracker *t);

/* After the last writer and reader have gone; frees the open tracker. */
void rp_view_destroy(struct rp_volume *vol);

/* Under the claim. */
struct rp_view *rp_view_get(struct rp_volume *vol);

/*
 * Put @new in the place of the view, which is freed after a grace period. The
 * caller holds the claim and waits for readers itself where it needs to.
 */
void rp_view_replace(struct rp_volume *vol, struct rp_view *new);

/* The tracker of the open interval: under the claim. */
struct rp_tracker *rp_view_open_tracker(struct rp_volume *vol);

/*
 * Writes let in since the table was loaded. Never waits; the volume need not be
 * active.
 */
u64 rp_view_writes(const struct rp_volume *vol);

/* Have all writes counted in the phase that is not the current one ended? */
bool rp_view_drained(struct rp_volume *vol);

/* Wait for that; polls, since nobody is to store a flag on the write path. */
int rp_view_drain(struct rp_volume *vol, unsigned long deadline);

/*
 * Count writes in the other phase from now on, wait for readers, then for the
 * writes of the old one. On return no write that was admitted before the call
 * is in flight. -ETIMEDOUT, -ENOMEM.
 */
int rp_view_flip(struct rp_volume *vol, unsigned long deadline);

#endif /* RP_VIEW_H */
