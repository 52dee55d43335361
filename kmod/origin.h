/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * origin.h - the origin device, and what its flushes say
 *
 * I3: a flush of ours is believed only if none of the users' failed since what it is
 * for was written, for the device may have dropped that (core/flush.h). I13: what
 * was zeroed before a flush that failed may not read as zeroes.
 */
#ifndef RP_ORIGIN_H
#define RP_ORIGIN_H

#include <linux/completion.h>
#include <linux/device-mapper.h>

#include "core/flush.h"

/**
 * struct rp_origin - what I/O goes to
 * @dev: the device
 * @lock: of @flushes; interrupts off, a leaf
 * @flushes: flushes and FUA writes on their way, users' and ours
 * @kinds_since: failed ones when the open interval began; both intervals, while a
 *	cut is under way. Changed with the volume claimed
 */
struct rp_origin {
	struct dm_dev *dev;
	spinlock_t lock;
	struct rp_flushes flushes;
	u64 kinds_since;
};

/**
 * struct rp_origin_flush - a flush or a FUA write on its way
 * @flush: as one of the origin's
 * @done: who waits for it; NULL for a user's
 */
struct rp_origin_flush {
	struct rp_flush flush;
	struct completion *done;
};

void rp_origin_init(struct rp_origin *origin, struct dm_dev *dev);

/*
 * A user's, from just before it is submitted until it has ended, in any context.
 * It is @f's last use then. Waits for nothing.
 */
void rp_origin_flush_begin(struct rp_origin *origin, struct rp_origin_flush *f);
void rp_origin_flush_end(struct rp_origin *origin, struct rp_origin_flush *f,
			 bool failed);

/* How many have failed by now. */
u64 rp_origin_failed(struct rp_origin *origin);

/* Are zeroings and discards of the open interval (@kinds_since) to be believed? */
bool rp_origin_has_kinds(struct rp_origin *origin);

/*
 * The volatile cache, emptied. @since: rp_origin_failed() before the last of what
 * this is for was acknowledged. Waits for users' flushes that were on their way
 * when it ended. Return: 0, or an error, as well if one has failed since @since.
 */
int rp_origin_flush(struct rp_origin *origin, u64 since);

#endif /* RP_ORIGIN_H */
