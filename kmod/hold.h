/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold.h - a failure of the metadata that may pass (I6, I7)
 *
 * With the feature "hold" a volume does not fail at once: what could not be
 * written is tried again, and a write that needs it waits, until the deadline.
 * Meanwhile the volume is "held". Nothing passes unmarked in that time: writes
 * into regions whose records are durable go on, and are tracked.
 */
#ifndef RP_HOLD_H
#define RP_HOLD_H

#include "volume.h"

#define RP_HOLD_MAX	3600U
/* Between two tries. */
#define RP_HOLD_RETRY	(HZ / 4)

/* What is being tried again. */
#define RP_HELD_ARM	0x1U
#define RP_HELD_COMMIT	0x2U

/*
 * @what could not be written. Return: whether to try it again; else the deadline
 * has passed, or there is none to wait for: fail the volume.
 */
bool rp_hold_on(struct rp_volume *vol, unsigned int what);

/* @what is written, or given up. The hold ends with the last one of these. */
void rp_hold_done(struct rp_volume *vol, unsigned int what);

/* Tells of a hold that has begun or is over. */
void rp_hold_work(struct work_struct *work);

/* For the metadata device of a volume: sleep a little, then as rp_hold_on(). */
bool rp_hold_again(void *vol);

/*
 * In a transaction: when what it writes fails, @now(@arg) tells whether it is of use
 * still. If not, and nothing of it can have become durable, it ends with -ETIMEDOUT
 * instead of waiting; the hold goes on without it. Once true, @now stays so.
 */
void rp_hold_give_up(struct rp_volume *vol, bool (*now)(void *arg), void *arg);
/* For rp_volume_commit(), after an I/O error: was it given up? */
bool rp_hold_gave_up(struct rp_volume *vol);
/* The hold without the one that began it: a commit of nothing, tried again. */
void rp_hold_commit_work(struct work_struct *work);

/*
 * The volume is being suspended: a hold ends now, as at its deadline, and there is
 * no other one until it is allowed again, at the end of the next activation.
 */
void rp_hold_forbid(struct rp_volume *vol);
void rp_hold_allow(struct rp_volume *vol);

#endif /* RP_HOLD_H */
