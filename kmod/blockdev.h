/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blockdev.h - the metadata device over dm-io
 *
 * The only file pair that talks to a metadata device. The core sees the
 * struct rp_mdio inside; arming uses the asynchronous call (O7).
 */
#ifndef RP_BLOCKDEV_H
#define RP_BLOCKDEV_H

#include <linux/device-mapper.h>
#include <linux/dm-io.h>

#include "core/flush.h"
#include "core/mdio.h"
#include "counters.h"

/**
 * struct rp_blockdev - a metadata device
 * @io: as the core sees it
 * @dev: the device
 * @client: of dm-io
 * @lock: of @flushes; interrupts off, a leaf
 * @flushes: flushes and FUA writes on their way
 * @counters: the volume's, which are there for longer
 * @since: of the flush of the commit that is being written
 * @again: whether what failed is tried again, see struct rp_mdio_ops; may be NULL
 * @again_arg: its argument
 */
struct rp_blockdev {
	struct rp_mdio io;
	struct dm_dev *dev;
	struct dm_io_client *client;
	spinlock_t lock;
	struct rp_flushes flushes;
	struct rp_io_counters *counters;
	u64 since;
	bool (*again)(void *arg);
	void *again_arg;
};

/**
 * struct rp_blockdev_fua - a FUA write on its way, until @done is called
 * @bd: where to
 * @flush: as one of @bd's flushes
 * @done: whom to tell
 * @context: what it gets
 */
struct rp_blockdev_fua {
	struct rp_blockdev *bd;
	struct rp_flush flush;
	io_notify_fn done;
	void *context;
};

/* Owns neither @dev nor @counters. -ENOMEM. */
int rp_blockdev_init(struct rp_blockdev *bd, struct dm_dev *dev,
		     struct rp_io_counters *counters);
void rp_blockdev_exit(struct rp_blockdev *bd);

/*
 * Write one block with FUA and return; @done is called, in interrupt context
 * perhaps, with whether it failed, as far as is known of the flushes beside it
 * (flush.h); @fua is the caller's again then. Does not allocate but from dm-io's
 * reserve.
 */
void rp_blockdev_write_fua_async(struct rp_blockdev *bd,
				 struct rp_blockdev_fua *fua, rp_block_t block,
				 void *data, io_notify_fn done, void *context);

#endif /* RP_BLOCKDEV_H */
