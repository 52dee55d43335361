// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm.c - armed regions of a volume
 *
 * Which regions are armed, and what is written of them, is decided by
 * core/arming.c; here are the queue, the worker and the I/O. I2: a write is let
 * through only while its regions are in the map's @armed (O1).
 *
 * Each 4 KiB block of the map has one write on its way at most (O5), also over a
 * table reload, because deactivation waits for it.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "ahead.h"
#include "arm.h"
#include "blockdev.h"
#include "checkpoint.h"
#include "gap.h"
#include "hold.h"
#include "workqueue.h"
#include "write.h"

#ifdef __BIG_ENDIAN
#error "bitmaps on disk are little endian: port the core first"
#endif

/* A metadata device that takes longer is given up (I7). */
static unsigned int arm_timeout = 30;

/* With none at all the first write would end tracking. */
static int arm_timeout_set(const char *text, const struct kernel_param *kp)
{
	return param_set_uint_minmax(text, kp, 1, 3600);
}

static const struct kernel_param_ops arm_timeout_ops = {
	.set = arm_timeout_set,
	.get = param_get_uint,
};

module_param_cb(arm_timeout, &arm_timeout_ops, &arm_timeout, 0644);
__MODULE_PARM_TYPE(arm_timeout, "uint");
MODULE_PARM_DESC(arm_timeout, "seconds after which a write of an armed record is overdue and tracking fails");

/* In jiffies; it may be changed at any time. */
static unsigned long overdue_delay(void)
{
	return READ_ONCE(arm_timeout) * HZ;
}

/**
 * struct rp_arm_block - one block of the map on disk, its I/O
 * @arm: the map
 * @page: what is being written
 * @fua: its write
 * @since: jiffies when it was submitted
 * @retry: after a failure: jiffies from which on it is written again
 * @ended: the write has ended
 * @error: whether it may not be durable, once it has ended
 */
struct rp_arm_block {
	struct rp_arm *arm;
	void *page;
	struct rp_blockdev_fua fua;
	unsigned long since;
	unsigned long retry;
	bool ended;
	unsigned long error;
};

static void block_end(unsigned long error, void *context)
{
	struct rp_arm_block *b = context;
	struct rp_arm *arm = b->arm;
	unsigned long flags;

	/*
	 * Under the lock: once the worker has seen the end, whoever waits for it
	 * may free the map, so that the work has to be queued by then.
	 */
	spin_lock_irqsave(&arm->lock, flags);
	b->error = error;
	b->ended = true;
	queue_work(rp_arm_wq, &arm->work);
	spin_unlock_irqrestore(&arm->lock, flags);
}

/* Take in a write that has ended. Return: whether it failed. */
static bool block_collect(struct rp_arm *arm, unsigned int i)
{
	struct rp_arm_block *b = &arm->blocks[i];

	lockdep_assert_held(&arm->lock);
	if (!arm->map.block[i].in_flight || !b->ended)
		return false;
	b->ended = false;
	b->retry = jiffies + RP_HOLD_RETRY;
	rp_arming_end(&arm->map, i, b->error);
	return b->error;
}

static bool may_build(const struct rp_arm *arm, unsigned int i)
{
	lockdep_assert_held(&arm->lock);
	/*
	 * O8: what is asked for ahead is not begun any more, for nobody waits for its
	 * end. Whoever has set this sees what is in flight, or we see this.
	 */
	if (arm->closing && bio_list_empty(&arm->waiting))
		return false;
	return !arm->map.block[i].failed ||
	       (!arm->closing && time_after_eq(jiffies, arm->blocks[i].retry));
}

/* The worker is woken by the caller, who may be the worker. */
static void enqueue(struct rp_arm *arm, struct bio *bio)
{
	lockdep_assert_held(&arm->lock);
	if (bio_list_empty(&arm->queue))
		arm->queued = jiffies;
	bio_list_add(&arm->queue, bio);
	/*
	 * I7: the worker may be held up by an earlier write of this volume, or not
	 * run because those of others are. Until it has run there is a timer.
	 */
	queue_delayed_work(rp_overdue_wq, &arm->overdue_work, overdue_delay());
}

/* Those of @bios that can go do, the regions of the rest are asked for. */
static void sort_writes(struct rp_arm *arm, struct bio_list *bios, bool fresh,
			struct bio_list *go)
{
	struct bio_list rest = BIO_EMPTY_LIST;
	struct bio *bio;

	lockdep_assert_held(&arm->lock);
	while ((bio = bio_list_pop(bios))) {
		const struct rp_write *w = rp_write_of(bio);

		if (rp_arming_want(&arm->map, w->first_region, w->last_region))
			bio_list_add(go, bio);
		else
			bio_list_add(&rest, bio);
		if (fresh)
			rp_ahead_want(arm, w);
	}
	bio_list_merge(bios, &rest);
}

static void release_writes(struct rp_arm *arm)
{
	struct bio_list fail = BIO_EMPTY_LIST, go = BIO_EMPTY_LIST;
	struct bio *bio;

	spin_lock_irq(&arm->lock);
	if (!arm->map.stopped) {
		sort_writes(arm, &arm->waiting, false, &go);
		sort_writes(arm, &arm->queue, true, &go);
		bio_list_merge(&arm->waiting, &arm->queue);
	} else {
		/* They were not let in, and are not marked. */
		bio_list_merge(&fail, &arm->waiting);
		bio_list_merge(&fail, &arm->queue);
		bio_list_init(&arm->waiting);
	}
	bio_list_init(&arm->queue);
	spin_unlock_irq(&arm->lock);

	while ((bio = bio_list_pop(&fail)))
		bio_io_error(bio);
	rp_pass_add(&arm->pass, &go);
}

/* Return: whether it is held, and looked at again soon; else the volume has failed. */
static bool hold_or_fail(struct rp_arm *arm, const char *text)
{
	if (!rp_hold_on(arm->vol, RP_HELD_ARM)) {
		rp_volume_fail(arm->vol, REFPOINT_GAP_METADATA_ERROR, text);
		return false;
	}
	spin_lock_irq(&arm->lock);
	/* Under the lock: once it is closing nobody wakes a map that goes. */
	if (!arm->closing)
		mod_delayed_work(rp_overdue_wq, &arm->overdue_work, RP_HOLD_RETRY);
	spin_unlock_irq(&arm->lock);
	return true;
}

static bool block_is_overdue(const struct rp_arm *arm, unsigned int i,
			     unsigned long limit)
{
	const struct rp_arm_block *b = &arm->blocks[i];

	lockdep_assert_held(&arm->lock);
	return arm->map.block[i].in_flight && !b->ended &&
	       time_after_eq(jiffies, b->since + limit);
}

/* What is the matter with the map? NULL: nothing, or nothing any more. */
static const char *trouble(struct rp_arm *arm, bool *busy)
{
	static const char overdue[] = "a write of an armed record is overdue";
	unsigned long limit = overdue_delay();
	const char *why = NULL;
	bool failed = false;
	unsigned int i;

	spin_lock_irq(&arm->lock);
	*busy = !bio_list_empty(&arm->queue);
	if (*busy && time_after_eq(jiffies, arm->queued + limit))
		why = overdue;
	for (i = 0; i < arm->map.nr_blocks; i++) {
		*busy |= arm->map.block[i].in_flight;
		if (block_is_overdue(arm, i, limit))
			why = overdue;
		failed |= arm->map.block[i].failed;
	}
	spin_unlock_irq(&arm->lock);
	if (!why && failed)
		why = "a write of an armed record failed";
	return why;
}

static bool held_here(const struct rp_arm *arm)
{
	return READ_ONCE(arm->vol->held) & RP_HELD_ARM;
}

static void arm_work(struct work_struct *work)
{
	struct rp_arm *arm = container_of(work, struct rp_arm, work);
	bool failed = false, busy = false, any;
	unsigned int i;

	spin_lock_irq(&arm->lock);
	for (i = 0; i < arm->map.nr_blocks; i++)
		failed |= block_collect(arm, i);
	spin_unlock_irq(&arm->lock);
	if (failed)
		hold_or_fail(arm, "a write of an armed record failed");
	release_writes(arm);
	/* Only now nothing is queued that is older than what held it up. */
	if (!failed && held_here(arm) && !trouble(arm, &any))
		rp_hold_done(arm->vol, RP_HELD_ARM);

	for (i = 0; i < arm->map.nr_blocks; i++) {
		struct rp_arm_block *b = &arm->blocks[i];
		bool build;

		spin_lock_irq(&arm->lock);
		build = may_build(arm, i) &&
			rp_arming_build(&arm->map, i, b->page);
		if (build)
			b->since = jiffies;
		busy |= arm->map.block[i].in_flight;
		spin_unlock_irq(&arm->lock);
		if (!build)
			continue;
		atomic64_inc(&arm->vol->counters.arm_writes);
		/* I7: before submitting, which waits where a device is hung. */
		queue_delayed_work(rp_overdue_wq, &arm->overdue_work,
				   overdue_delay());
		rp_blockdev_write_fua_async(arm->vol->bd, &b->fua,
					    rp_block(rp_block_nr(arm->start) + i),
					    b->page, block_end, b);
	}
	if (busy) {
		queue_delayed_work(rp_overdue_wq, &arm->overdue_work,
				   overdue_delay());
		if (!READ_ONCE(arm->vol->going))
			queue_delayed_work(rp_checkpoint_wq,
					   &arm->vol->checkpoint_work,
					   rp_checkpoint_delay());
	}
	wake_up_all(&arm->idle);
}

/* I7: a metadata device that does not answer must not hold writes for ever. */
static void overdue_work(struct work_struct *work)
{
	struct rp_arm *arm = container_of(to_delayed_work(work), struct rp_arm,
					  overdue_work);
	const char *why;
	bool busy;

	why = trouble(arm, &busy);
	if (why && hold_or_fail(arm, why)) {
		/* What has failed may have to be written again. */
		queue_work(rp_arm_wq, &arm->work);
	} else if (why) {
		/* Here, since the worker may be held up in submitting. */
		release_writes(arm);
	} else {
		/* It may be the end of a hold. */
		if (held_here(arm))
			queue_work(rp_arm_wq, &arm->work);
		if (busy)
			queue_delayed_work(rp_overdue_wq, &arm->overdue_work, HZ);
	}
}

void rp_arm_again(struct rp_arm *arm, struct bio *bio)
{
	unsigned long flags;

	spin_lock_irqsave(&arm->lock, flags);
	enqueue(arm, bio);
	queue_work(rp_arm_wq, &arm->work);
	spin_unlock_irqrestore(&arm->lock, flags);
}

void rp_arm_queue(struct rp_arm *arm, struct bio *bio)
{
	/* O9: it waits here, so that it may wait below too. */
	bio->bi_opf &= ~REQ_NOWAIT;
	atomic64_inc(&arm->vol->counters.arm_requests);
	rp_arm_again(arm, bio);
}

bool rp_arm_drop_begin(struct rp_arm *arm)
{
	bool any;

	spin_lock_irq(&arm->lock);
	any = rp_arming_drop_begin(&arm->map);
	spin_unlock_irq(&arm->lock);
	return any;
}

void rp_arm_drop_cancel(struct rp_arm *arm)
{
	spin_lock_irq(&arm->lock);
	rp_arming_drop_cancel(&arm->map);
	spin_unlock_irq(&arm->lock);
	queue_work(rp_arm_wq, &arm->work);
}

static bool drop_done(struct rp_arm *arm)
{
	bool done;

	spin_lock_irq(&arm->lock);
	done = rp_arming_drop_done(&arm->map);
	spin_unlock_irq(&arm->lock);
	return done;
}

void rp_arm_drop_finish(struct rp_arm *arm)
{
	spin_lock_irq(&arm->lock);
	rp_arming_drop_start(&arm->map);
	spin_unlock_irq(&arm->lock);
	queue_work(rp_arm_wq, &arm->work);
	wait_event(arm->idle, drop_done(arm));
	spin_lock_irq(&arm->lock);
	rp_arming_drop_finish(&arm->map);
	spin_unlock_irq(&arm->lock);
}

void rp_arm_stop(struct rp_arm *arm)
{
	unsigned long flags;

	spin_lock_irqsave(&arm->lock, flags);
	rp_arming_stop(&arm->map);
	spin_unlock_irqrestore(&arm->lock, flags);
	queue_work(rp_arm_wq, &arm->work);
}

void rp_arm_kick(struct rp_arm *arm)
{
	mod_delayed_work(rp_overdue_wq, &arm->overdue_work, 0);
}

void rp_arm_bypass(struct rp_arm *arm)
{
	unsigned long flags;

	spin_lock_irqsave(&arm->lock, flags);
	rp_arming_bypass(&arm->map);
	spin_unlock_irqrestore(&arm->lock, flags);
	queue_work(rp_arm_wq, &arm->work);
}

static bool arm_is_idle(struct rp_arm *arm)
{
	bool idle;

	spin_lock_irq(&arm->lock);
	idle = bio_list_empty(&arm->queue) && bio_list_empty(&arm->waiting) &&
	       !rp_arming_busy(&arm->map);
	spin_unlock_irq(&arm->lock);
	return idle && rp_pass_idle(&arm->pass);
}

void rp_arm_wait_idle(struct rp_arm *arm)
{
	spin_lock_irq(&arm->lock);
	arm->closing = true;
	spin_unlock_irq(&arm->lock);
	wait_event(arm->idle, arm_is_idle(arm));
	rp_pass_end(&arm->pass);
	cancel_delayed_work_sync(&arm->overdue_work);
	/* Nothing is left for it to do, should it have queued itself. */
	cancel_work_sync(&arm->work);
}

u32 rp_arm_nr_armed(struct rp_arm *arm)
{
	u32 n;

	spin_lock_irq(&arm->lock);
	n = rp_arming_nr_durable(&arm->map);
	spin_unlock_irq(&arm->lock);
	return n;
}

static int load_map(struct rp_arm *arm, const struct rp_md_info *info)
{
	struct rp_mdio *io = &arm->vol->bd->io;
	unsigned int i;
	int r;

	for (i = 0; i < arm->map.nr_blocks; i++) {
		struct rp_mdio_vec vec = {
			.block = rp_block(rp_block_nr(arm->start) + i),
			.data = arm->blocks[i].page,
		};

		r = io->ops->readv(io, &vec, 1);
		if (r)
			return r;
		rp_arming_load(&arm->map, i, vec.data, info);
	}
	return 0;
}

int rp_arm_create(struct rp_volume *vol, const struct rp_md_info *info,
		  struct rp_tracker *t, struct rp_arm **armp)
{
	struct rp_arm *arm;
	unsigned int i;
	int r;

	arm = kzalloc(sizeof(*arm), GFP_KERNEL);
	if (!arm)
		return -ENOMEM;
	arm->vol = vol;
	arm->start = info->arm_start;
	spin_lock_init(&arm->lock);
	INIT_WORK(&arm->work, arm_work);
	INIT_DELAYED_WORK(&arm->overdue_work, overdue_work);
	init_waitqueue_head(&arm->idle);
	rp_pass_init(&arm->pass);

	r = rp_arming_init(&arm->map, &vol->geo, info);
	if (r)
		goto bad;
	r = -ENOMEM;
	arm->blocks = kcalloc(arm->map.nr_blocks, sizeof(*arm->blocks), GFP_KERNEL);
	if (!arm->blocks)
		goto bad;
	for (i = 0; i < arm->map.nr_blocks; i++) {
		arm->blocks[i].arm = arm;
		arm->blocks[i].page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!arm->blocks[i].page)
			goto bad;
	}

	if (!info->clean) {
		r = load_map(arm, info);
		if (r)
			goto bad;
		rp_arming_recover(&arm->map, &vol->geo, t);
	}
	*armp = arm;
	return 0;
bad:
	rp_arm_destroy(arm);
	return r;
}

void rp_arm_destroy(struct rp_arm *arm)
{
	unsigned int i;

	if (!arm)
		return;
	for (i = 0; arm->blocks && i < arm->map.nr_blocks; i++)
		free_page((unsigned long)arm->blocks[i].page);
	kfree(arm->blocks);
	rp_arming_exit(&arm->map);
	kfree(arm);
}
