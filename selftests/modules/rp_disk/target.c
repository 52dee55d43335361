// SPDX-License-Identifier: GPL-2.0-only
/*
 * target.c - the table line, messages, status; the queue of each disk
 *
 *	<start> <length> rp_disk
 *
 * Messages, "cut" and "on" to any of the disks, the rest for the one:
 *
 *	cut SEED ghost|dead	-EBUSY: it is gone already
 *	cut_at NTH SEED ghost|dead	while the NTH write or flush, over all disks,
 *				is in flight; 0: not at all, -ENOENT: it has been
 *	stall_at NTH		then the disk that has it serves nothing, until
 *	go			to any disk: all serve; -ENOENT: none was stalled
 *	stalled			-ENOENT: this one is not
 *	on
 *	latency MICROSECONDS	each write and flush takes up to that, in any order
 *	delay MILLISECONDS	each of them takes that
 *	busy yes|no		submitting waits, as for a device without free tags
 *	mode rw|ro|gone
 *	gone_at NTH		at the NTH write or flush over all disks this one is
 *	fault read|write|flush NTH once|always before|after|drop
 *				drop: before, and what is in the cache is lost
 *	fua yes|no		no: a write, then a flush that takes its turn
 *	lie none|flush|fua	planted: a disk that tests have to find out
 *	reset			of what was said above, nothing; counts begin anew
 *
 * Status: reads, writes, flushes; of them, failed; entries in the cache.
 */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/device-mapper.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "rp_disk.h"

#define DM_MSG_PREFIX "rp_disk"

static struct workqueue_struct *wq;
/* For @busy of any disk to end. */
static DECLARE_WAIT_QUEUE_HEAD(busy_wait);

/* --- serving --- */

/* Requests in flight have no order: choose any. */
static struct rp_io *choose(struct rp_disk *d)
{
	unsigned int n = 0, nth;
	struct rp_io *io;

	lockdep_assert_held(&rp_pending_lock);
	list_for_each_entry(io, &d->pending, node)
		n++;
	nth = n && d->latency_us ? get_random_u32() % n : 0;
	list_for_each_entry(io, &d->pending, node)
		if (!nth--)
			return io;
	return NULL;
}

static enum rp_request request_of(const struct rp_io *io)
{
	if (!op_is_write(bio_op(io->bio)))
		return RP_READ;
	return bio_sectors(io->bio) && !io->written ? RP_WRITE : RP_FLUSH;
}

/* One that may find power gone, as if it had come a moment too late. */
static struct rp_io *take(struct rp_disk *d)
{
	struct rp_io *io;

	lockdep_assert_held(&rp_power_mutex);
	spin_lock_irq(&rp_pending_lock);
	io = choose(d);
	spin_unlock_irq(&rp_pending_lock);
	if (!io)
		return NULL;
	/* Requests are taken off under the mutex alone: it stays meanwhile. */
	if (request_of(io) != RP_READ)
		rp_power_count(d);
	if (d->stalled)
		return NULL;
	spin_lock_irq(&rp_pending_lock);
	list_del(&io->node);
	spin_unlock_irq(&rp_pending_lock);
	return io;
}

static bool fault_hits(struct rp_fault *f)
{
	if (!f->nth)
		return false;
	if (f->nth > 1) {
		f->nth--;
		return false;
	}
	if (!f->always)
		f->nth = 0;
	return true;
}

static int do_request(struct rp_disk *d, struct rp_io *io, enum rp_request rq)
{
	struct bio *bio = io->bio;
	bool fua = (bio->bi_opf & REQ_FUA) && !(d->lies & RP_LIE_FUA);

	if (rq == RP_READ)
		return rp_image_read(d, bio);
	if ((io->written || (bio->bi_opf & REQ_PREFLUSH)) && !(d->lies & RP_LIE_FLUSH))
		rp_image_flush(d, io->clock);
	return rq == RP_WRITE ? rp_image_write(d, bio, fua && !d->no_fua) : 0;
}

static int serve(struct rp_disk *d, struct rp_io *io)
{
	enum rp_request rq = request_of(io);
	struct rp_fault *f = &d->fault[rq];
	int r;

	d->count[rq]++;
	if (rp_power == RP_POWER_OFF || d->mode == RP_MODE_GONE ||
	    (d->mode == RP_MODE_RO && rq != RP_READ)) {
		d->failed++;
		return -EIO;
	}
	if (!fault_hits(f))
		return do_request(d, io, rq);
	d->failed++;
	if (f->drop)
		rp_image_restart(d);
	if (f->after) {
		r = do_request(d, io, rq);
		if (r)
			return r;
	}
	return -EIO;
}

/* Return: whether what was served is a write whose flush is due. */
static bool flush_follows(struct rp_disk *d, struct rp_io *io)
{
	if (!d->no_fua || io->written || !bio_sectors(io->bio) ||
	    !op_is_write(bio_op(io->bio)) || !(io->bio->bi_opf & REQ_FUA))
		return false;
	io->written = true;
	io->clock = atomic64_read(&rp_clock);
	spin_lock_irq(&rp_pending_lock);
	list_add_tail(&io->node, &d->pending);
	spin_unlock_irq(&rp_pending_lock);
	return true;
}

/* What comes next, RP_NR_REQUESTS if nothing does. */
static enum rp_request peek(struct rp_disk *d)
{
	enum rp_request rq = RP_NR_REQUESTS;
	struct rp_io *io;

	spin_lock_irq(&rp_pending_lock);
	io = list_first_entry_or_null(&d->pending, struct rp_io, node);
	if (io)
		rq = request_of(io);
	spin_unlock_irq(&rp_pending_lock);
	return rq;
}

static void disk_work(struct work_struct *work)
{
	struct rp_disk *d = container_of(work, struct rp_disk, work);
	enum rp_request rq;
	struct rp_io *io;
	int r;

	while (!READ_ONCE(d->stalled) && (rq = peek(d)) != RP_NR_REQUESTS) {
		unsigned int delay = READ_ONCE(d->delay_ms);
		unsigned int latency = READ_ONCE(d->latency_us);

		if (rq != RP_READ && delay)
			msleep(delay);
		else if (rq != RP_READ && latency)
			usleep_range(1, 2 + get_random_u32() % latency);
		/* In flight until now: a cut in between finds it so. */
		mutex_lock(&rp_power_mutex);
		io = take(d);
		r = io ? serve(d, io) : 0;
		if (io && !r && flush_follows(d, io))
			io = NULL;
		mutex_unlock(&rp_power_mutex);
		if (io) {
			io->bio->bi_status = errno_to_blk_status(r);
			bio_endio(io->bio);
		}
	}
}

static int rp_disk_map(struct dm_target *ti, struct bio *bio)
{
	struct rp_io *io = dm_per_bio_data(bio, sizeof(*io));
	struct rp_disk *d = ti->private;
	unsigned long flags;

	wait_event(busy_wait, !READ_ONCE(d->busy));
	if (bio_sectors(bio))
		bio->bi_iter.bi_sector = dm_target_offset(ti, bio->bi_iter.bi_sector);
	io->bio = bio;
	io->written = false;
	io->clock = atomic64_read(&rp_clock);
	spin_lock_irqsave(&rp_pending_lock, flags);
	list_add_tail(&io->node, &d->pending);
	spin_unlock_irqrestore(&rp_pending_lock, flags);
	queue_work(wq, &d->work);
	return DM_MAPIO_SUBMITTED;
}

/* --- messages --- */

static int index_of(const char *word, const char *const *words, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!strcmp(word, words[i]))
			return i;
	return -EINVAL;
}

static int say_cut(unsigned int argc, char **argv)
{
	static const char *const how[] = { "dead", "ghost" };
	bool at = !strcmp(argv[0], "cut_at");
	int ghost;
	u64 nth;
	u32 seed;

	if (argc != 3 + at || (at && kstrtou64(argv[1], 0, &nth)) ||
	    kstrtou32(argv[1 + at], 0, &seed))
		return -EINVAL;
	ghost = index_of(argv[2 + at], how, ARRAY_SIZE(how));
	if (ghost < 0)
		return ghost;
	if (!at)
		return rp_power_cut(seed, ghost);
	return rp_power_plan(&(struct rp_planned) {
		.nth = nth, .what = RP_PLAN_CUT, .seed = seed, .ghost = ghost,
	});
}

static int say_at(struct rp_disk *d, unsigned int argc, char **argv)
{
	struct rp_planned plan = {
		.what = !strcmp(argv[0], "stall_at") ? RP_PLAN_STALL : RP_PLAN_GONE,
		.disk = d,
	};

	if (argc != 2 || kstrtou64(argv[1], 0, &plan.nth))
		return -EINVAL;
	return rp_power_plan(&plan);
}

static int say_go(void)
{
	struct rp_disk *d;
	int r = -ENOENT;

	mutex_lock(&rp_power_mutex);
	list_for_each_entry(d, &rp_disks, node) {
		if (!d->stalled)
			continue;
		d->stalled = false;
		queue_work(wq, &d->work);
		r = 0;
	}
	mutex_unlock(&rp_power_mutex);
	return r;
}

static int say_fault(struct rp_disk *d, unsigned int argc, char **argv)
{
	static const char *const requests[] = { "read", "write", "flush" };
	static const char *const often[] = { "once", "always" };
	static const char *const when[] = { "before", "after", "drop" };
	int rq, always, how;
	u64 nth;

	if (argc != 5 || kstrtou64(argv[2], 0, &nth))
		return -EINVAL;
	rq = index_of(argv[1], requests, ARRAY_SIZE(requests));
	always = index_of(argv[3], often, ARRAY_SIZE(often));
	how = index_of(argv[4], when, ARRAY_SIZE(when));
	if (rq < 0 || always < 0 || how < 0)
		return -EINVAL;
	d->fault[rq] = (struct rp_fault) {
		.nth = nth, .always = always, .after = how == 1, .drop = how == 2,
	};
	return 0;
}

static void reset(struct rp_disk *d)
{
	memset(d->fault, 0, sizeof(d->fault));
	memset(d->count, 0, sizeof(d->count));
	d->failed = 0;
	d->mode = RP_MODE_RW;
	d->lies = 0;
	d->no_fua = false;
	/* These are read without the mutex. */
	WRITE_ONCE(d->latency_us, 0);
	WRITE_ONCE(d->delay_ms, 0);
	WRITE_ONCE(d->busy, false);
	wake_up_all(&busy_wait);
}

static int say_time(unsigned int *time, const char *word)
{
	unsigned int value;
	int r = kstrtouint(word, 0, &value);

	if (!r)
		WRITE_ONCE(*time, value);
	return r;
}

static int say(struct rp_disk *d, unsigned int argc, char **argv)
{
	static const char *const modes[] = { "rw", "ro", "gone" };
	static const char *const yes_no[] = { "yes", "no" };
	static const char *const lies[] = { "none", "flush", "fua" };
	int i;

	if (argc == 1 && !strcmp(argv[0], "reset")) {
		reset(d);
		return 0;
	}
	if (argc == 1 && !strcmp(argv[0], "stalled"))
		return d->stalled ? 0 : -ENOENT;
	if (!strcmp(argv[0], "fault"))
		return say_fault(d, argc, argv);
	if (argc != 2)
		return -EINVAL;
	if (!strcmp(argv[0], "latency"))
		return say_time(&d->latency_us, argv[1]);
	if (!strcmp(argv[0], "delay"))
		return say_time(&d->delay_ms, argv[1]);
	if (!strcmp(argv[0], "mode")) {
		i = index_of(argv[1], modes, ARRAY_SIZE(modes));
		if (i >= 0)
			d->mode = i;
	} else if (!strcmp(argv[0], "fua")) {
		i = index_of(argv[1], yes_no, ARRAY_SIZE(yes_no));
		if (i >= 0)
			d->no_fua = i;
	} else if (!strcmp(argv[0], "busy")) {
		i = index_of(argv[1], yes_no, ARRAY_SIZE(yes_no));
		if (i >= 0)
			WRITE_ONCE(d->busy, !i);
		wake_up_all(&busy_wait);
	} else if (!strcmp(argv[0], "lie")) {
		i = index_of(argv[1], lies, ARRAY_SIZE(lies));
		if (i >= 0)
			d->lies = i;
	} else {
		return -EINVAL;
	}
	return i < 0 ? i : 0;
}

static int rp_disk_message(struct dm_target *ti, unsigned int argc, char **argv,
			   char *result, unsigned int maxlen)
{
	int r;

	if (!strcmp(argv[0], "cut") || !strcmp(argv[0], "cut_at"))
		return say_cut(argc, argv);
	if (!strcmp(argv[0], "stall_at") || !strcmp(argv[0], "gone_at"))
		return say_at(ti->private, argc, argv);
	if (argc == 1 && !strcmp(argv[0], "go"))
		return say_go();
	if (argc == 1 && !strcmp(argv[0], "on"))
		return rp_power_on();
	mutex_lock(&rp_power_mutex);
	r = say(ti->private, argc, argv);
	mutex_unlock(&rp_power_mutex);
	return r;
}

/* --- the target --- */

static int rp_disk_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct rp_disk *d;

	if (argc) {
		ti->error = "No arguments expected";
		return -EINVAL;
	}
	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	d->ti = ti;
	INIT_LIST_HEAD(&d->pending);
	INIT_WORK(&d->work, disk_work);
	rp_image_init(d);
	ti->private = d;
	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	ti->num_write_zeroes_bios = 1;
	ti->flush_supported = true;
	ti->discards_supported = true;
	ti->per_io_data_size = sizeof(struct rp_io);
	mutex_lock(&rp_power_mutex);
	list_add_tail(&d->node, &rp_disks);
	mutex_unlock(&rp_power_mutex);
	return 0;
}

static void rp_disk_dtr(struct dm_target *ti)
{
	struct rp_disk *d = ti->private;

	cancel_work_sync(&d->work);
	mutex_lock(&rp_power_mutex);
	list_del(&d->node);
	rp_power_forget(d);
	mutex_unlock(&rp_power_mutex);
	rp_image_free(d);
	kfree(d);
}

static void rp_disk_status(struct dm_target *ti, status_type_t type,
			   unsigned int status_flags, char *result,
			   unsigned int maxlen)
{
	struct rp_disk *d = ti->private;
	unsigned int sz = 0;

	result[0] = '\0';
	if (type != STATUSTYPE_INFO)
		return;
	mutex_lock(&rp_power_mutex);
	DMEMIT("%llu %llu %llu %llu %u", d->count[RP_READ], d->count[RP_WRITE],
	       d->count[RP_FLUSH], d->failed, d->nr_cache);
	mutex_unlock(&rp_power_mutex);
}

static void rp_disk_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	limits->max_hw_discard_sectors = UINT_MAX;
	limits->max_discard_sectors = UINT_MAX;
	limits->max_write_zeroes_sectors = UINT_MAX;
	limits->discard_granularity = SECTOR_SIZE;
}

/* Nothing is below; without this device mapper would not let zeroings through. */
static int rp_disk_iterate_devices(struct dm_target *ti,
				   iterate_devices_callout_fn fn, void *data)
{
	return 0;
}

static struct target_type rp_disk_target = {
	.name = "rp_disk",
	.version = {1, 0, 0},
	.module = THIS_MODULE,
	.ctr = rp_disk_ctr,
	.dtr = rp_disk_dtr,
	.map = rp_disk_map,
	.message = rp_disk_message,
	.status = rp_disk_status,
	.io_hints = rp_disk_io_hints,
	.iterate_devices = rp_disk_iterate_devices,
};

static int __init rp_disk_init(void)
{
	int r;

	wq = alloc_workqueue("rp_disk", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!wq)
		return -ENOMEM;
	r = dm_register_target(&rp_disk_target);
	if (r)
		destroy_workqueue(wq);
	return r;
}

static void __exit rp_disk_exit(void)
{
	dm_unregister_target(&rp_disk_target);
	destroy_workqueue(wq);
}

module_init(rp_disk_init);
module_exit(rp_disk_exit);
MODULE_DESCRIPTION("Test module: disks in memory that lose power and fail");
MODULE_AUTHOR("The refpoint developers");
MODULE_LICENSE("GPL");
