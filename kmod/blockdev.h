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

#include "core/mdio.h"

/**
 * struct rp_blockdev - a metadata device
 * @io: as the core sees it
 * @dev: the device
 * @client: of dm-io
 * @again: whether what failed is tried again, see struct rp_mdio_ops; may be NULL
 * @again_arg: its argument
 */
struct rp_blockdev {
	struct rp_mdio io;
	struct dm_dev *dev;
	struct dm_io_client *client;
	bool (*again)(void *arg);
	void *again_arg;
};

/* Does not own @dev. -ENOMEM. */
int rp_blockdev_init(struct rp_blockdev *bd, struct dm_dev *dev);
void rp_blockdev_exit(struct rp_blockdev *bd);

/*
 * Write one block with FUA and return; @done is called, in interrupt context
 * perhaps, with the error bits of dm-io. Does not allocate but from dm-io's
 * reserve.
 */
void rp_blockdev_write_fua_async(struct rp_blockdev *bd, rp_block_t block,
				 void *data, io_notify_fn done, void *context);

#endif /* RP_BLOCKDEV_H */
