// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm.c - armed regions of a volume
 *
 * I2: a write is let through only while its regions are in @armed, and a region
 * gets there after the FUA write that makes its record durable has completed
 * (O1). Each 4 KiB block of the map has one write on its way at most (O5), also
 * over a table reload, because deactivation waits for it.
 *
 * Taking back (O2): rp_arm_drop_begin() clears @armed, so that writers queue;
 * the worker lets them through again as long as the record is still durable.
 * rp_arm_drop_finish() writes the records without the regions in @drop. From
 * the moment that such a write is built the region counts as not durable.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "arm.h"
#include "blockdev.h"
#include "checkpoint.h"
#include "core/format.h"
#include "gap.h"
#include "workqueue.h"
#include "write.h"

/* The map is stored as bytes, least significant bit first. */
static_assert(BITS_PER_LONG == 64 && IS_ENABLED(CONFIG_64BIT));
#ifdef __BIG_ENDIAN
#error "bitmaps on disk are little endian: port arm.c and the core first"
#endif

#define SECTOR_LONGS	(RP_ARM_SECTOR_REGIONS / BITS_PER_LONG)
#define BLOCK_LONGS	(RP_ARM_BLOCK_REGIONS / BITS_PER_LONG)

/* A metadata device that takes longer is given up (I7). */
static unsigned int arm_timeout = 30;
module_param(arm_timeout, uint, 0644);
MODULE_PARM_DESC(arm_timeout, "seconds after which a write of an armed record is overdue and tracking fails");

/**
 * struct rp_arm_block - one block of the map on disk
 * @arm: the map
 * @page: what is being written
 * @sent: regions that the write on its way arms
 * @since: jiffies when it was submitted
 * @in_flight: a write is on its way or its end has not been looked at
 * @drops: the write on its way takes regions back
 * @ended: the write has ended
 * @error: error bits of dm-io, once it has ended
 */
struct rp_arm_block {
	struct rp_arm *arm;
	void *page;
	unsigned long *sent;
	unsigned long since;
	bool in_flight;
	bool drops;
	bool ended;
	unsigned long error;
};

static unsigned long *block_map(struct rp_arm_block *b, unsigned long *map)
{
	return map + (b - b->arm->blocks) * BLOCK_LONGS;
}

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
static bool block_collect(struct rp_arm *arm, struct rp_arm_block *b)
{
	unsigned long *armed = block_map(b, arm->armed);
	unsigned long *durable = block_map(b, arm->durable);
	unsigned long *want = block_map(b, arm->want);
	unsigned int i;

	lockdep_assert_held(&arm->lock);
	if (!b->in_flight || !b->ended)
		return false;
	b->in_flight = false;
	b->drops = false;
	b->ended = false;
	if (b->error)
		return true;
	for (i = 0; i < BLOCK_LONGS; i++) {
		if (!b->sent[i])
			continue;
		/* O1: durable first, then visible to writers. */
		durable[i] |= b->sent[i];
		want[i] &= ~b->sent[i];
		WRITE_ONCE(armed[i], armed[i] | b->sent[i]);
	}
	return false;
}

/* Build the image of a block and remember what it arms. Return: worth writing. */
static bool block_build(struct rp_arm *arm, struct rp_arm_block *b)
{
	unsigned long *durable = block_map(b, arm->durable);
	unsigned long *want = block_map(b, arm->want);
	unsigned long *drop = block_map(b, arm->drop);
	u32 first = (b - arm->blocks) * RP_ARM_BLOCK_SECTORS;
	bool change = false;
	unsigned int i, s;

	lockdep_assert_held(&arm->lock);
	for (i = 0; i < BLOCK_LONGS; i++) {
		if (arm->dropping && drop[i]) {
			/* Not durable any more from here on, whatever comes. */
			durable[i] &= ~drop[i];
			drop[i] = 0;
			b->drops = true;
			change = true;
		}
		b->sent[i] = want[i] & ~durable[i];
		change |= b->sent[i];
	}
	if (!change)
		return false;
	for (s = 0; s < RP_ARM_BLOCK_SECTORS; s++) {
		unsigned long bits[SECTOR_LONGS];
		struct rp_arm_sector_disk *disk;

		for (i = 0; i < SECTOR_LONGS; i++)
			bits[i] = durable[s * SECTOR_LONGS + i] |
				  b->sent[s * SECTOR_LONGS + i];
		disk = b->page + s * SECTOR_SIZE;
		rp_arm_sector_encode(disk, first + s, arm->incarnation,
				     ++arm->serial, arm->vol->uuid.b, bits);
	}
	b->in_flight = true;
	b->since = jiffies;
	return true;
}

/* Ask for the regions of a write. Return: whether all are armed already. */
static bool want_regions(struct rp_arm *arm, const struct rp_write *w)
{
	bool ready = true;
	u32 r;

	lockdep_assert_held(&arm->lock);
	for (r = rp_region_nr(w->first_region); r <= rp_region_nr(w->last_region); r++) {
		if (test_bit(r, arm->armed))
			continue;
		if (test_bit(r, arm->durable)) {
			/* Its record is still durable: keep it (O2). */
			__clear_bit(r, arm->drop);
			set_bit(r, arm->armed);
			continue;
		}
		__set_bit(r, arm->want);
		ready = false;
	}
	return ready;
}

/* Let through what can go, ask for the regions of the rest. */
static void release_writes(struct rp_arm *arm)
{
	struct bio_list bios = BIO_EMPTY_LIST, go = BIO_EMPTY_LIST;
	struct bio *bio;

	spin_lock_irq(&arm->lock);
	bio_list_merge(&bios, &arm->waiting);
	bio_list_init(&arm->waiting);
	bio_list_merge(&bios, &arm->queue);
	bio_list_init(&arm->queue);
	while ((bio = bio_list_pop(&bios))) {
		if (want_regions(arm, rp_write_of(bio)))
			bio_list_add(&go, bio);
		else
			bio_list_add(&arm->waiting, bio);
	}
	spin_unlock_irq(&arm->lock);

	while ((bio = bio_list_pop(&go))) {
		/* The test and the mark in one RCU section once more (O1). */
		if (rp_write_admit(arm->vol, rp_write_of(bio))) {
			submit_bio_noacct(bio);
			continue;
		}
		spin_lock_irq(&arm->lock);
		bio_list_add(&arm->queue, bio);
		spin_unlock_irq(&arm->lock);
		queue_work(rp_arm_wq, &arm->work);
	}
}

static void arm_work(struct work_struct *work)
{
	struct rp_arm *arm = container_of(work, struct rp_arm, work);
	bool failed = false, busy = false;
	unsigned int i;

	spin_lock_irq(&arm->lock);
	for (i = 0; i < arm->nr_blocks; i++)
		failed |= block_collect(arm, &arm->blocks[i]);
	spin_unlock_irq(&arm->lock);
	if (failed)
		rp_volume_fail(arm->vol, REFPOINT_GAP_METADATA_ERROR,
			       "a write of an armed record failed");

	release_writes(arm);

	for (i = 0; i < arm->nr_blocks; i++) {
		struct rp_arm_block *b = &arm->blocks[i];
		bool build = false;

		spin_lock_irq(&arm->lock);
		if (!b->in_flight && !arm->bypassed)
			build = block_build(arm, b);
		busy |= b->in_flight;
		spin_unlock_irq(&arm->lock);
		if (!build)
			continue;
		atomic64_inc(&arm->vol->counters.arm_writes);
		/* I7: before submitting, which waits where a device is hung. */
		queue_delayed_work(rp_overdue_wq, &arm->overdue_work,
				   arm_timeout * HZ);
		rp_blockdev_write_fua_async(arm->vol->bd,
					    rp_block(rp_block_nr(arm->start) + i),
					    b->page, block_end, b);
	}
	if (busy) {
		queue_delayed_work(rp_overdue_wq, &arm->overdue_work,
				   arm_timeout * HZ);
		if (!READ_ONCE(arm->vol->going))
			queue_delayed_work(rp_md_wq, &arm->vol->checkpoint_work,
					   rp_checkpoint_delay());
	}
	wake_up_all(&arm->idle);
}

/* I7: a metadata device that does not answer must not hold writes for ever. */
static void overdue_work(struct work_struct *work)
{
	struct rp_arm *arm = container_of(to_delayed_work(work), struct rp_arm,
					  overdue_work);
	unsigned long limit = arm_timeout * HZ;
	bool overdue = false, busy = false;
	unsigned int i;

	spin_lock_irq(&arm->lock);
	for (i = 0; i < arm->nr_blocks; i++) {
		struct rp_arm_block *b = &arm->blocks[i];

		if (!b->in_flight)
			continue;
		busy = true;
		overdue |= time_after_eq(jiffies, b->since + limit);
	}
	busy &= !arm->bypassed;
	spin_unlock_irq(&arm->lock);
	if (overdue) {
		rp_volume_fail(arm->vol, REFPOINT_GAP_METADATA_ERROR,
			       "a write of an armed record is overdue");
		/* Here, since the worker may be held up in submitting. */
		release_writes(arm);
	} else if (busy) {
		queue_delayed_work(rp_overdue_wq, &arm->overdue_work, HZ);
	}
}

void rp_arm_queue(struct rp_arm *arm, struct bio *bio)
{
	unsigned long flags;

	/* O9: it waits here, so that it may wait below too. */
	bio->bi_opf &= ~REQ_NOWAIT;
	spin_lock_irqsave(&arm->lock, flags);
	bio_list_add(&arm->queue, bio);
	spin_unlock_irqrestore(&arm->lock, flags);
	atomic64_inc(&arm->vol->counters.arm_requests);
	queue_work(rp_arm_wq, &arm->work);
}

bool rp_arm_drop_begin(struct rp_arm *arm)
{
	unsigned int i, n = BITS_TO_LONGS(arm->nr_regions);
	bool any = false;

	spin_lock_irq(&arm->lock);
	if (!arm->bypassed) {
		for (i = 0; i < n; i++) {
			arm->drop[i] = arm->armed[i];
			any |= arm->drop[i];
			WRITE_ONCE(arm->armed[i], 0);
		}
	}
	spin_unlock_irq(&arm->lock);
	return any;
}

void rp_arm_drop_cancel(struct rp_arm *arm)
{
	unsigned int i, n = BITS_TO_LONGS(arm->nr_regions);

	spin_lock_irq(&arm->lock);
	for (i = 0; i < n; i++) {
		/* Everything in drop is durable still: nothing was written. */
		WRITE_ONCE(arm->armed[i], arm->armed[i] | arm->drop[i]);
		arm->drop[i] = 0;
	}
	spin_unlock_irq(&arm->lock);
	queue_work(rp_arm_wq, &arm->work);
}

/* Not "idle": writes that arm may come one after the other for ever. */
static bool drop_done(struct rp_arm *arm)
{
	unsigned int i;
	bool done;

	spin_lock_irq(&arm->lock);
	done = bitmap_empty(arm->drop, arm->nr_regions);
	for (i = 0; done && i < arm->nr_blocks; i++)
		done = !arm->blocks[i].drops;
	done |= arm->bypassed;
	spin_unlock_irq(&arm->lock);
	return done;
}

void rp_arm_drop_finish(struct rp_arm *arm)
{
	spin_lock_irq(&arm->lock);
	arm->dropping = true;
	spin_unlock_irq(&arm->lock);
	queue_work(rp_arm_wq, &arm->work);
	wait_event(arm->idle, drop_done(arm));
	spin_lock_irq(&arm->lock);
	arm->dropping = false;
	bitmap_zero(arm->drop, arm->nr_regions);
	spin_unlock_irq(&arm->lock);
}

void rp_arm_bypass(struct rp_arm *arm)
{
	unsigned long flags;

	spin_lock_irqsave(&arm->lock, flags);
	arm->bypassed = true;
	bitmap_fill(arm->armed, arm->nr_regions);
	spin_unlock_irqrestore(&arm->lock, flags);
	queue_work(rp_arm_wq, &arm->work);
}

static bool arm_is_idle(struct rp_arm *arm)
{
	unsigned int i;
	bool idle;

	spin_lock_irq(&arm->lock);
	idle = bio_list_empty(&arm->queue) && bio_list_empty(&arm->waiting);
	for (i = 0; idle && i < arm->nr_blocks; i++)
		idle = !arm->blocks[i].in_flight;
	spin_unlock_irq(&arm->lock);
	return idle;
}

void rp_arm_wait_idle(struct rp_arm *arm)
{
	wait_event(arm->idle, arm_is_idle(arm));
	cancel_delayed_work_sync(&arm->overdue_work);
	flush_work(&arm->work);
}

u32 rp_arm_nr_armed(struct rp_arm *arm)
{
	u32 n;

	spin_lock_irq(&arm->lock);
	n = bitmap_weight(arm->durable, arm->nr_regions);
	spin_unlock_irq(&arm->lock);
	return n;
}

/* One sector of the map, as found: arm what it says. */
static void load_sector(struct rp_arm *arm, const struct rp_arm_sector_disk *s,
			u32 index, const struct rp_md_info *info)
{
	const u8 *bits = rp_arm_sector_decode(s, index, info->arm_since,
					      info->volume);
	u32 first = index * RP_ARM_SECTOR_REGIONS;
	u32 n;

	if (!bits || first >= arm->nr_regions)
		return;
	n = min_t(u32, RP_ARM_SECTOR_REGIONS, arm->nr_regions - first);
	if (bits == RP_ARM_TORN)
		bitmap_set(arm->durable, first, n);
	else
		memcpy(&arm->durable[first / BITS_PER_LONG], bits,
		       sizeof(s->bits));
	/* Bits past the end are nobody's. */
	if (n < RP_ARM_SECTOR_REGIONS && bits != RP_ARM_TORN)
		bitmap_clear(arm->durable, first + n, RP_ARM_SECTOR_REGIONS - n);
}

static int load_map(struct rp_arm *arm, const struct rp_md_info *info)
{
	struct rp_mdio *io = &arm->vol->bd->io;
	unsigned int i, s;
	int r;

	for (i = 0; i < arm->nr_blocks; i++) {
		struct rp_mdio_vec vec = {
			.block = rp_block(rp_block_nr(arm->start) + i),
			.data = arm->blocks[i].page,
		};

		r = io->ops->readv(io, &vec, 1);
		if (r)
			return r;
		for (s = 0; s < RP_ARM_BLOCK_SECTORS; s++)
			load_sector(arm, vec.data + s * SECTOR_SIZE,
				    i * RP_ARM_BLOCK_SECTORS + s, info);
	}
	return 0;
}

static void mark_armed(struct rp_arm *arm, struct rp_tracker *t)
{
	const struct rp_geometry *geo = &arm->vol->geo;
	unsigned int shift = geo->region_shift - geo->granule_shift;
	unsigned long r;

	for_each_set_bit(r, arm->durable, arm->nr_regions) {
		u64 first = (u64)r << shift;
		u64 last = min(first + (1ULL << shift), geo->nr_granules) - 1;

		rp_tracker_mark(t, RP_PLANE_WRITTEN, rp_granule(first),
				rp_granule(last));
	}
}

int rp_arm_create(struct rp_volume *vol, const struct rp_md_info *info,
		  struct rp_tracker *t, struct rp_arm **armp)
{
	unsigned int i, longs;
	struct rp_arm *arm;
	int r = -ENOMEM;

	arm = kzalloc(sizeof(*arm), GFP_KERNEL);
	if (!arm)
		return -ENOMEM;
	arm->vol = vol;
	arm->nr_regions = vol->geo.nr_regions;
	arm->nr_blocks = DIV_ROUND_UP(arm->nr_regions, RP_ARM_BLOCK_REGIONS);
	arm->start = info->arm_start;
	arm->incarnation = info->incarnation + 1;
	spin_lock_init(&arm->lock);
	INIT_WORK(&arm->work, arm_work);
	INIT_DELAYED_WORK(&arm->overdue_work, overdue_work);
	init_waitqueue_head(&arm->idle);

	longs = arm->nr_blocks * BLOCK_LONGS;
	arm->armed = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	arm->durable = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	arm->want = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	arm->drop = kvcalloc(longs, sizeof(long), GFP_KERNEL);
	arm->blocks = kcalloc(arm->nr_blocks, sizeof(*arm->blocks), GFP_KERNEL);
	if (!arm->armed || !arm->durable || !arm->want || !arm->drop || !arm->blocks)
		goto bad;
	for (i = 0; i < arm->nr_blocks; i++) {
		arm->blocks[i].arm = arm;
		arm->blocks[i].page = (void *)get_zeroed_page(GFP_KERNEL);
		arm->blocks[i].sent = kcalloc(BLOCK_LONGS, sizeof(long), GFP_KERNEL);
		if (!arm->blocks[i].page || !arm->blocks[i].sent)
			goto bad;
	}

	if (!info->clean) {
		r = load_map(arm, info);
		if (r)
			goto bad;
		memcpy(arm->armed, arm->durable, longs * sizeof(long));
		mark_armed(arm, t);
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
	for (i = 0; arm->blocks && i < arm->nr_blocks; i++) {
		free_page((unsigned long)arm->blocks[i].page);
		kfree(arm->blocks[i].sent);
	}
	kfree(arm->blocks);
	kvfree(arm->drop);
	kvfree(arm->want);
	kvfree(arm->durable);
	kvfree(arm->armed);
	kfree(arm);
}
