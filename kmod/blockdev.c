// SPDX-License-Identifier: GPL-2.0-only
/*
 * blockdev.c - the metadata device over dm-io
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/mm.h>

#include "blockdev.h"
#include "compat/compat.h"

/* One call to readv() or writev(): many requests, one waiter. */
struct rp_batch {
	atomic_t pending;
	atomic_t failed;
	struct completion done;
};

static void batch_end(unsigned long error, void *context)
{
	struct rp_batch *batch = context;

	if (error)
		atomic_set(&batch->failed, 1);
	if (atomic_dec_and_test(&batch->pending))
		complete(&batch->done);
}

static void block_io(struct rp_blockdev *bd, blk_opf_t opf, rp_block_t block,
		     void *data, io_notify_fn done, void *context)
{
	struct dm_io_request req = {
		.bi_opf = opf,
		.notify.fn = done,
		.notify.context = context,
		.client = bd->client,
	};
	struct dm_io_region where = {
		.bdev = bd->dev->bdev,
		.sector = rp_block_nr(block) << (RP_BLOCK_SHIFT - SECTOR_SHIFT),
		.count = RP_BLOCK_SIZE >> SECTOR_SHIFT,
	};
	int r;

	if (is_vmalloc_addr(data)) {
		req.mem.type = DM_IO_VMA;
		req.mem.ptr.vma = data;
	} else {
		req.mem.type = DM_IO_KMEM;
		req.mem.ptr.addr = data;
	}
	r = rp_dm_io(&req, 1, &where, NULL);
	/* An asynchronous request that could not be made never calls back. */
	if (r)
		done(1, context);
}

static int block_batch(struct rp_mdio *io, blk_opf_t opf,
		       const struct rp_mdio_vec *vec, unsigned int nr)
{
	struct rp_blockdev *bd = container_of(io, struct rp_blockdev, io);
	struct rp_batch batch;
	unsigned int i;

	atomic_set(&batch.pending, 1);
	atomic_set(&batch.failed, 0);
	init_completion(&batch.done);
	for (i = 0; i < nr; i++) {
		atomic_inc(&batch.pending);
		block_io(bd, opf, vec[i].block, vec[i].data, batch_end, &batch);
	}
	batch_end(0, &batch);
	wait_for_completion_io(&batch.done);
	return atomic_read(&batch.failed) ? -EIO : 0;
}

static int blockdev_readv(struct rp_mdio *io, const struct rp_mdio_vec *vec,
			  unsigned int nr)
{
	return block_batch(io, REQ_OP_READ, vec, nr);
}

static int blockdev_writev(struct rp_mdio *io, const struct rp_mdio_vec *vec,
			   unsigned int nr)
{
	return block_batch(io, REQ_OP_WRITE | REQ_SYNC, vec, nr);
}

static int blockdev_write_fua(struct rp_mdio *io, rp_block_t block, void *data)
{
	struct rp_mdio_vec vec = { .block = block, .data = data };

	return block_batch(io, REQ_OP_WRITE | REQ_SYNC | REQ_FUA, &vec, 1);
}

static int blockdev_flush(struct rp_mdio *io)
{
	struct rp_blockdev *bd = container_of(io, struct rp_blockdev, io);

	return blkdev_issue_flush(bd->dev->bdev);
}

static bool blockdev_again(struct rp_mdio *io)
{
	struct rp_blockdev *bd = container_of(io, struct rp_blockdev, io);

	return bd->again && bd->again(bd->again_arg);
}

static const struct rp_mdio_ops blockdev_ops = {
	.readv = blockdev_readv,
	.writev = blockdev_writev,
	.write_fua = blockdev_write_fua,
	.flush = blockdev_flush,
	.again = blockdev_again,
};

void rp_blockdev_write_fua_async(struct rp_blockdev *bd, rp_block_t block,
				 void *data, io_notify_fn done, void *context)
{
	block_io(bd, REQ_OP_WRITE | REQ_SYNC | REQ_FUA, block, data, done,
		 context);
}

int rp_blockdev_init(struct rp_blockdev *bd, struct dm_dev *dev)
{
	bd->client = dm_io_client_create();
	if (IS_ERR(bd->client))
		return PTR_ERR(bd->client);
	bd->dev = dev;
	bd->io.ops = &blockdev_ops;
	bd->io.nr_blocks = bdev_nr_bytes(dev->bdev) >> RP_BLOCK_SHIFT;
	return 0;
}

void rp_blockdev_exit(struct rp_blockdev *bd)
{
	dm_io_client_destroy(bd->client);
	bd->client = NULL;
}
