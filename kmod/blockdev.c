// SPDX-License-Identifier: GPL-2.0-only
/*
 * blockdev.c - the metadata device over dm-io
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "blockdev.h"
#include "compat/compat.h"

/* Requests, one or many, and one waiter. */
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

static void batch_init(struct rp_batch *batch)
{
	atomic_set(&batch->pending, 1);
	atomic_set(&batch->failed, 0);
	init_completion(&batch->done);
}

static int batch_wait(struct rp_batch *batch)
{
	wait_for_completion_io(&batch->done);
	return atomic_read(&batch->failed) ? -EIO : 0;
}

static void count_io(struct rp_blockdev *bd, blk_opf_t opf)
{
	if (!op_is_write(opf))
		return;
	atomic64_inc(&bd->counters->writes);
	if (opf & REQ_FUA)
		atomic64_inc(&bd->counters->fua);
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

	count_io(bd, opf);
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
	struct blk_plug plug;
	unsigned int i;

	batch_init(&batch);
	/* Blocks are handed out in a row: neighbours become one request. */
	blk_start_plug(&plug);
	for (i = 0; i < nr; i++) {
		atomic_inc(&batch.pending);
		block_io(bd, opf, vec[i].block, vec[i].data, batch_end, &batch);
	}
	blk_finish_plug(&plug);
	batch_end(0, &batch);
	return batch_wait(&batch);
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

/* --- what makes durable --- */

static u64 since_now(struct rp_blockdev *bd)
{
	unsigned long flags;
	u64 since;

	spin_lock_irqsave(&bd->lock, flags);
	since = rp_flushes_since(&bd->flushes);
	spin_unlock_irqrestore(&bd->lock, flags);
	return since;
}

static void fua_begin(struct rp_blockdev *bd, struct rp_blockdev_fua *fua,
		      u64 since, io_notify_fn done, void *context)
{
	unsigned long flags;

	fua->bd = bd;
	fua->done = done;
	fua->context = context;
	spin_lock_irqsave(&bd->lock, flags);
	rp_flush_begin(&bd->flushes, &fua->flush, since);
	spin_unlock_irqrestore(&bd->lock, flags);
}

static void fua_end(unsigned long error, void *context)
{
	struct rp_blockdev_fua *fua = context;
	struct rp_blockdev *bd = fua->bd;
	struct rp_flush *f, *tmp;
	LIST_HEAD(settled);
	unsigned long flags;

	spin_lock_irqsave(&bd->lock, flags);
	rp_flush_end(&bd->flushes, &fua->flush, error, &settled);
	spin_unlock_irqrestore(&bd->lock, flags);
	/* Once the last of them has been told @bd may be gone. */
	list_for_each_entry_safe(f, tmp, &settled, node) {
		fua = container_of(f, struct rp_blockdev_fua, flush);
		fua->done(f->failed, fua->context);
	}
}

void rp_blockdev_write_fua_async(struct rp_blockdev *bd,
				 struct rp_blockdev_fua *fua, rp_block_t block,
				 void *data, io_notify_fn done, void *context)
{
	fua_begin(bd, fua, since_now(bd), done, context);
	block_io(bd, REQ_OP_WRITE | REQ_SYNC | REQ_FUA, block, data, fua_end,
		 fua);
}

static int blockdev_write_fua(struct rp_mdio *io, rp_block_t block, void *data)
{
	struct rp_blockdev *bd = container_of(io, struct rp_blockdev, io);
	struct rp_blockdev_fua fua;
	struct rp_batch batch;

	batch_init(&batch);
	rp_blockdev_write_fua_async(bd, &fua, block, data, batch_end, &batch);
	return batch_wait(&batch);
}

static void blockdev_begin(struct rp_mdio *io)
{
	struct rp_blockdev *bd = container_of(io, struct rp_blockdev, io);

	bd->since = since_now(bd);
}

/* Whatever the error of the device, it is -EIO, which is what is tried again. */
static int blockdev_flush(struct rp_mdio *io)
{
	struct rp_blockdev *bd = container_of(io, struct rp_blockdev, io);
	struct rp_blockdev_fua fua;
	struct rp_batch batch;

	batch_init(&batch);
	atomic64_inc(&bd->counters->flushes);
	fua_begin(bd, &fua, bd->since, batch_end, &batch);
	fua_end(blkdev_issue_flush(bd->dev->bdev) != 0, &fua);
	return batch_wait(&batch);
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
	.begin = blockdev_begin,
	.flush = blockdev_flush,
	.again = blockdev_again,
};

int rp_blockdev_init(struct rp_blockdev *bd, struct dm_dev *dev,
		     struct rp_io_counters *counters)
{
	bd->client = dm_io_client_create();
	if (IS_ERR(bd->client))
		return PTR_ERR(bd->client);
	bd->dev = dev;
	spin_lock_init(&bd->lock);
	rp_flushes_init(&bd->flushes);
	bd->counters = counters;
	bd->since = 0;
	bd->io.ops = &blockdev_ops;
	bd->io.nr_blocks = bdev_nr_bytes(dev->bdev) >> RP_BLOCK_SHIFT;
	return 0;
}

void rp_blockdev_exit(struct rp_blockdev *bd)
{
	dm_io_client_destroy(bd->client);
	bd->client = NULL;
}
