/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mdio.h - a metadata device as the core sees it: numbered blocks of 4 KiB
 *
 * The kernel gives it dm-io, tools a file descriptor, the simulator a disk
 * with a volatile cache that a power cut can drop, reorder and tear.
 */
#ifndef RP_MDIO_H
#define RP_MDIO_H

#include "types.h"

struct rp_mdio_vec {
	rp_block_t block;
	void *data;		/* RP_BLOCK_SIZE bytes */
};

struct rp_mdio;

/**
 * struct rp_mdio_ops - how to reach it; all sleep, all return 0 or -errno
 * @readv: read the blocks, in any order
 * @writev: write the blocks, in any order; durable after the next flush
 * @write_fua: write one block; durable on return
 * @begin: may be NULL. What the next flush is for is written from here on
 * @flush: what was written since @begin is durable on return; not if anything of
 *	it may have been lost since, by whatever failure (flush.h)
 * @again: may be NULL. Something of a commit has failed: wait a little and say
 *	whether it is to be tried again (I7: not for ever)
 */
struct rp_mdio_ops {
	int (*readv)(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		     unsigned int nr);
	int (*writev)(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		      unsigned int nr);
	int (*write_fua)(struct rp_mdio *io, rp_block_t block, void *data);
	void (*begin)(struct rp_mdio *io);
	int (*flush)(struct rp_mdio *io);
	bool (*again)(struct rp_mdio *io);
};

struct rp_mdio {
	const struct rp_mdio_ops *ops;
	u64 nr_blocks;
};

static inline void rp_mdio_begin(struct rp_mdio *io)
{
	if (io->ops->begin)
		io->ops->begin(io);
}

static inline bool rp_mdio_again(struct rp_mdio *io)
{
	return io->ops->again && io->ops->again(io);
}

#endif /* RP_MDIO_H */
