/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * batch.h - many blocks in flight with bounded memory
 */
#ifndef RP_BATCH_H
#define RP_BATCH_H

#include "metadata.h"

/* Blocks in flight at a time: bounds memory, not the size of a transaction. */
#define RP_WRITE_BATCH	64
#define RP_READ_BATCH	16

/**
 * struct rp_batch - buffers, and the blocks that they are of
 * @md: whose blocks
 * @max: buffers there are
 * @limit: buffers there may be, RP_WRITE_BATCH at most
 * @nr: filled
 * @failed: a write has, for good
 * @vec: the buffers
 */
struct rp_batch {
	struct rp_md *md;
	unsigned int max;
	unsigned int limit;
	unsigned int nr;
	bool failed;
	struct rp_mdio_vec vec[RP_WRITE_BATCH];
};

/* -ENOMEM unless there is at least one buffer. */
int rp_batch_init(struct rp_batch *b, struct rp_md *md, unsigned int limit);
void rp_batch_exit(struct rp_batch *b);
/* A zeroed buffer that is to be written to @block; may write the others first. */
int rp_batch_add(struct rp_batch *b, u32 block, void **data);
int rp_batch_write(struct rp_batch *b);
/* Read @nr blocks, at most b->max of them, into b->vec[]. */
int rp_batch_read(struct rp_batch *b, const u32 *block, unsigned int nr);

#endif /* RP_BATCH_H */
