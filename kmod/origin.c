// SPDX-License-Identifier: GPL-2.0-only
/*
 * origin.c - the origin device, and what its flushes say
 */
#include <linux/blkdev.h>
#include <linux/spinlock.h>

#include "origin.h"

/*
 * No count comes to this: a user's flush is settled as soon as it has ended, for
 * its memory is the bio's. What it is worth is for the user to say.
 */
#define SINCE_NEVER U64_MAX

void rp_origin_init(struct rp_origin *origin, struct dm_dev *dev)
{
	origin->dev = dev;
	spin_lock_init(&origin->lock);
	rp_flushes_init(&origin->flushes);
	origin->kinds_since = 0;
}

static void flush_begin(struct rp_origin *origin, struct rp_origin_flush *f,
			u64 since, struct completion *done)
{
	unsigned long flags;

	f->done = done;
	spin_lock_irqsave(&origin->lock, flags);
	rp_flush_begin(&origin->flushes, &f->flush, since);
	spin_unlock_irqrestore(&origin->lock, flags);
}

void rp_origin_flush_begin(struct rp_origin *origin, struct rp_origin_flush *f)
{
	flush_begin(origin, f, SINCE_NEVER, NULL);
}

void rp_origin_flush_end(struct rp_origin *origin, struct rp_origin_flush *f,
			 bool failed)
{
	struct rp_flush *flush, *tmp;
	LIST_HEAD(settled);
	unsigned long flags;

	spin_lock_irqsave(&origin->lock, flags);
	rp_flush_end(&origin->flushes, &f->flush, failed, &settled);
	spin_unlock_irqrestore(&origin->lock, flags);
	list_for_each_entry_safe(flush, tmp, &settled, node) {
		f = container_of(flush, struct rp_origin_flush, flush);
		if (f->done)
			complete(f->done);
	}
}

u64 rp_origin_failed(struct rp_origin *origin)
{
	unsigned long flags;
	u64 failed;

	spin_lock_irqsave(&origin->lock, flags);
	failed = rp_flushes_since(&origin->flushes);
	spin_unlock_irqrestore(&origin->lock, flags);
	return failed;
}

bool rp_origin_has_kinds(struct rp_origin *origin)
{
	return rp_origin_failed(origin) == READ_ONCE(origin->kinds_since);
}

int rp_origin_flush(struct rp_origin *origin, u64 since)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct rp_origin_flush f;
	int err;

	flush_begin(origin, &f, since, &done);
	err = blkdev_issue_flush(origin->dev->bdev);
	rp_origin_flush_end(origin, &f, err);
	wait_for_completion_io(&done);
	if (!err && f.flush.failed)
		err = -EIO;
	return err;
}
