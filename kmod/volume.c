// SPDX-License-Identifier: GPL-2.0-only
/*
 * volume.c - the life of one tracked volume
 *
 * create (constructor)     reads the superblock, writes nothing
 * activate (preresume)     holds the identity, reads everything, recovers, makes
 *                          "in use" durable; then writes are let in
 * deactivate (postsuspend) makes the bits durable and says "clean"; forgets all
 * destroy (destructor)
 *
 * So a table reload or a resume always starts from what is on disk (O8).
 */
#include <linux/blkdev.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "arm.h"
#include "blockdev.h"
#include "checkpoint.h"
#include "core/recovery.h"
#include "doubt.h"
#include "event.h"
#include "fingerprint.h"
#include "gap.h"
#include "hold.h"
#include "job.h"
#include "registry.h"
#include "resize.h"
#include "settle.h"
#include "view.h"
#include "volume.h"
#include "witness.h"
#include "workqueue.h"

BLOCKING_NOTIFIER_HEAD(rp_volume_notifier);

u64 rp_time_now(void)
{
	return ktime_get_real_ns();
}

/* --- references and state --- */

void rp_volume_get(struct rp_volume *vol)
{
	kref_get(&vol->ref);
}

static void volume_release(struct kref *ref)
{
	struct rp_volume *vol = container_of(ref, struct rp_volume, ref);

	free_percpu(vol->inflight);
	kfree(vol->fail_gap);
	rp_doubt_exit(vol);
	mutex_destroy(&vol->md_mutex);
	kfree(vol);
}

void rp_volume_put(struct rp_volume *vol)
{
	kref_put(&vol->ref, volume_release);
}

u32 rp_volume_state(struct rp_volume *vol)
{
	return READ_ONCE(vol->state);
}

/* What status shows: as of the last commit. */
static void refresh(struct rp_volume *vol)
{
	struct rp_md_usage usage;
	struct rp_md_info info;
	unsigned int points;

	rp_md_get_info(vol->md, &info);
	rp_md_get_usage(vol->md, &usage);
	points = rp_md_nr_records(vol->md, RP_RECORD_POINT);
	spin_lock(&vol->lock);
	vol->info = info;
	vol->usage = usage;
	vol->nr_points = points;
	spin_unlock(&vol->lock);
}

/* --- transactions --- */

struct rp_md *rp_volume_begin(struct rp_volume *vol)
{
	mutex_lock(&vol->md_mutex);
	/* The metadata may be what a write to swap waits for (O7). */
	vol->noio = memalloc_noio_save();
	return vol->md;
}

static void transaction_end(struct rp_volume *vol)
{
	vol->give_up = NULL;
	vol->gave_up = false;
	memalloc_noio_restore(vol->noio);
	mutex_unlock(&vol->md_mutex);
}

int rp_volume_commit(struct rp_volume *vol, bool keep_reserve)
{
	int r;

	lockdep_assert_held(&vol->md_mutex);
	rp_md_stage_job_mark(vol->md, rp_job_mark());
	r = rp_md_commit(vol->md, rp_time_now(), keep_reserve);
	refresh(vol);
	/* With an I/O error it goes on to fail. */
	if (r == -EIO && rp_hold_gave_up(vol))
		r = -ETIMEDOUT;
	else if (r != -EIO)
		rp_hold_done(vol, RP_HELD_COMMIT);
	transaction_end(vol);
	if (!r)
		atomic64_inc(&vol->counters.commits);
	else if (r == -EIO)
		rp_volume_fail(vol, REFPOINT_GAP_METADATA_ERROR,
			       "a metadata commit failed");
	return r;
}

void rp_volume_abort(struct rp_volume *vol)
{
	rp_md_abort(vol->md);
	transaction_end(vol);
}

/* --- life --- */

int rp_volume_create(struct dm_target *ti, struct dm_dev *metadata,
		     struct dm_dev *origin, struct rp_volume **volp,
		     struct rp_why *why)
{
	struct rp_volume *vol;
	struct rp_md_info info;
	int r = -ENOMEM;

	strscpy(why->text, "out of memory", sizeof(why->text));
	vol = kzalloc(sizeof(*vol), GFP_KERNEL);
	if (!vol)
		return -ENOMEM;
	kref_init(&vol->ref);
	INIT_LIST_HEAD(&vol->node);
	INIT_LIST_HEAD(&vol->zeroers);
	INIT_LIST_HEAD(&vol->gaps);
	spin_lock_init(&vol->lock);
	spin_lock_init(&vol->zero_lock);
	mutex_init(&vol->md_mutex);
	init_waitqueue_head(&vol->users_gone);
	INIT_DELAYED_WORK(&vol->checkpoint_work, rp_checkpoint_work);
	INIT_WORK(&vol->fail_work, rp_gap_fail_work);
	INIT_WORK(&vol->hold_work, rp_hold_work);
	INIT_WORK(&vol->hold_commit_work, rp_hold_commit_work);
	INIT_DELAYED_WORK(&vol->witness_work, rp_gap_witness_work);
	vol->hold_forbidden = true;
	vol->ti = ti;
	rp_origin_init(&vol->origin, origin);
	vol->dev = disk_devt(dm_disk(dm_table_get_md(ti->table)));
	vol->metadata_dev = metadata->bdev->bd_dev;
	vol->origin_dev = origin->bdev->bd_dev;
	vol->inflight = alloc_percpu(struct rp_inflight);
	vol->fail_gap = kzalloc(sizeof(*vol->fail_gap), GFP_KERNEL);
	vol->bd = kzalloc(sizeof(*vol->bd), GFP_KERNEL);
	if (!vol->inflight || !vol->fail_gap || !vol->bd || rp_doubt_init(vol))
		goto bad;
	r = rp_blockdev_init(vol->bd, metadata, &vol->counters.metadata);
	if (r)
		goto bad;
	vol->bd->again = rp_hold_again;
	vol->bd->again_arg = vol;

	r = rp_resize_probe(vol, &info, why);
	if (r)
		goto bad_blockdev;
	import_uuid(&vol->uuid, info.volume);
	vol->info = info;
	r = rp_registry_add(vol, why);
	if (r)
		goto bad_blockdev;
	*volp = vol;
	return 0;

bad_blockdev:
	rp_blockdev_exit(vol->bd);
bad:
	kfree(vol->bd);
	rp_volume_put(vol);
	return r;
}

void rp_volume_destroy(struct rp_volume *vol)
{
	rp_volume_deactivate(vol);
	rp_registry_remove(vol);
	blocking_notifier_call_chain(&rp_volume_notifier, RP_VOLUME_GONE, vol);
	rp_blockdev_exit(vol->bd);
	kfree(vol->bd);
	vol->bd = NULL;
	rp_volume_put(vol);
}

struct block_device *rp_volume_metadata(const struct rp_volume *vol)
{
	return vol->bd->dev->bdev;
}

/* Read everything that is durable and recover (I1). */
static int volume_recover(struct rp_volume *vol, struct rp_why *why)
{
	struct rp_tracker *t = NULL;
	struct rp_md_info info;
	int r;

	vol->bd->io.nr_blocks = bdev_nr_bytes(rp_volume_metadata(vol)) >> RP_BLOCK_SHIFT;
	r = rp_md_open(&vol->bd->io, &vol->md, why);
	if (r) {
		vol->md = NULL;
		return r;
	}
	rp_md_get_info(vol->md, &info);
	if (memcmp(info.volume, vol->uuid.b, sizeof(info.volume))) {
		strscpy(why->text, "the metadata is another volume's by now",
			sizeof(why->text));
		r = -EINVAL;
		goto bad_md;
	}
	r = rp_resize_geometry(vol, &info, why);
	if (r)
		goto bad_md;
	rp_job_raise_mark(info.job_mark);

	strscpy(why->text, "cannot read the open interval", sizeof(why->text));
	r = -ENOMEM;
	t = rp_tracker_alloc(&vol->geo);
	if (!t)
		goto bad_md;
	r = rp_recovery_open(vol->md, &info, t);
	if (info.one_copy)
		DMWARN("%pUb: one copy of the superblock is damaged: all of the open interval counts as written",
		       &vol->uuid);
	rp_tracker_mark_tail(t, &vol->geo, info.geo.sectors);
	if (r)
		goto bad_arm;
	strscpy(why->text, "a gap's record cannot be used", sizeof(why->text));
	r = rp_gap_load(vol);
	if (r)
		goto bad_arm;
	strscpy(why->text, "cannot take up the arm map", sizeof(why->text));
	r = rp_arm_create(vol, &info, t, &vol->arm);
	if (r)
		goto bad_arm;
	strscpy(why->text, "out of memory", sizeof(why->text));
	r = rp_fingerprint_check(vol, &info, t);
	if (r)
		goto bad_arm;
	r = rp_view_create(vol, t);
	if (r)
		goto bad_arm;
	if (!info.clean)
		DMINFO("%pUb: was not deactivated in order: %u regions count as written",
		       &vol->uuid, rp_arm_nr_armed(vol->arm));
	return 0;

bad_arm:
	rp_arm_destroy(vol->arm);
	vol->arm = NULL;
	rp_gap_unload(vol);
	rp_tracker_free(t);
bad_md:
	rp_md_close(vol->md);
	vol->md = NULL;
	return r;
}

static void volume_forget(struct rp_volume *vol)
{
	rp_view_destroy(vol);
	rp_arm_destroy(vol->arm);
	vol->arm = NULL;
	rp_gap_unload(vol);
	rp_md_close(vol->md);
	vol->md = NULL;
}

/* "In use" is durable before any write is let in: I2, I11. */
static int volume_begin_incarnation(struct rp_volume *vol)
{
	u64 was = vol->info.geo.sectors;
	bool resize = rp_resize_wanted(vol);
	LIST_HEAD(gaps);
	int r;

	rp_volume_begin(vol);
	r = rp_recovery_begin(vol->md, &vol->info,
			      rcu_dereference_protected(vol->view, 1)->split.tracker[1]);
	if (!r && resize)
		r = rp_resize_stage(vol);
	if (!r)
		r = rp_gap_stage_thinning(vol, &gaps);
	if (!r)
		r = rp_witness_stage(vol, &gaps);
	if (!r)
		r = rp_fingerprint_stage(vol, &gaps);
	if (r)
		rp_volume_abort(vol);
	else
		/* I12: a longer one must leave room for its worst open interval. */
		r = rp_volume_commit(vol, vol->geo.sectors > was);
	if (r) {
		rp_gap_drop(vol, &gaps);
		return r;
	}
	rp_gap_keep(vol, &gaps);
	rp_witness_heard(vol);
	if (resize)
		DMINFO("%pUb: resized from %llu to %llu sectors", &vol->uuid, was,
		       vol->geo.sectors);
	return 0;
}

/*
 * It is active for the upper layers, who look at what it has and compare it with
 * what they know; and then for everybody. Claimed.
 */
static void volume_come_up(struct rp_volume *vol)
{
	/* Until they have: what it has is not to be overwritten by then (I6). */
	vol->unread = GENMASK(RP_NR_READERS - 1, 0);
	spin_lock(&vol->lock);
	WRITE_ONCE(vol->state, vol->read_only ? REFPOINT_VOLUME_READ_ONLY :
						REFPOINT_VOLUME_ACTIVE);
	vol->coming = true;
	vol->users++;
	spin_unlock(&vol->lock);
	/* Recovered regions are taken back after a while. */
	if (!vol->read_only)
		rp_checkpoint_later(vol);
	blocking_notifier_call_chain(&rp_volume_notifier, RP_VOLUME_UP, vol);
	spin_lock(&vol->lock);
	vol->coming = false;
	spin_unlock(&vol->lock);
	rp_volume_exit(vol);
}

int rp_volume_activate(struct rp_volume *vol)
{
	struct rp_why why = { "" };
	unsigned int noio;
	int r;

	if (vol->identity)
		return 0;
	r = rp_registry_hold(vol, &why);
	if (r)
		goto bad;
	/* Should it fail: a gap belongs into the interval that is open now (I1). */
	rp_registry_catch_up(vol);
	noio = memalloc_noio_save();
	r = volume_recover(vol, &why);
	memalloc_noio_restore(noio);
	if (r)
		goto bad_hold;
	refresh(vol);
	if (!vol->read_only) {
		r = volume_begin_incarnation(vol);
		if (r) {
			rp_resize_explain(vol, r, &why);
			volume_forget(vol);
			goto bad_hold;
		}
	} else if (vol->bypass.length) {
		rp_gap_remember(vol, vol->bypass.reason, vol->bypass.text);
	}
	/* What is on the disk was flushed, or is not of a kind. */
	WRITE_ONCE(vol->origin.kinds_since, rp_origin_failed(&vol->origin));
	WRITE_ONCE(vol->going, false);
	/*
	 * Nobody cuts it before the upper layers have looked at it (I10). Whoever
	 * has the claim still finds the volume inactive, and lets go.
	 */
	rp_volume_claim_wait(vol);
	volume_come_up(vol);
	/* I7: not before, a resume waits for what the upper layers have committed. */
	rp_hold_allow(vol);
	rp_volumes_release(&vol, 1);
	rp_event_volume(vol, REFPOINT_EVENT_STATE_CHANGED, 0, "active");
	if (vol->bypass.length)
		rp_event_volume(vol, REFPOINT_EVENT_GAP, vol->bypass.reason,
				vol->bypass.text);
	return 0;

bad_hold:
	rp_registry_let_go(vol);
bad:
	DMERR("%pUb: cannot be activated: %s (%d, metadata on %pg)", &vol->uuid,
	      why.text, r, rp_volume_metadata(vol));
	return r;
}

/*
 * The last transaction: bits, and that nothing is in flight any more. Zeroings
 * are believed from then on, so the origin must not forget them (I13).
 */
static void volume_end_incarnation(struct rp_volume *vol, bool failed)
{
	struct rp_tracker *t = rp_view_open_tracker(vol);
	/* I7: without a flush it is the origin that may not answer. */
	bool flushed = !rp_tracker_has_kinds(t) ||
		       (!vol->noflush &&
			!rp_origin_flush(&vol->origin, vol->origin.kinds_since));
	struct rp_md *md;
	int r = 0;

	rp_fingerprint_take(vol);
	md = rp_volume_begin(vol);
	if (rp_md_failed(md))
		r = -EIO;
	if (!r && failed)
		r = rp_gap_stage_failed(vol);
	if (!r) {
		rp_md_stage_print(md, &vol->print);
		r = rp_recovery_end(md, t, flushed);
	}
	if (!r)
		r = rp_volume_commit(vol, false);
	else
		rp_volume_abort(vol);
	if (!r && failed)
		rp_gap_failed_durable(vol);
	if (r)
		DMERR("%pUb: not deactivated in order (%d, metadata on %pg): %s",
		      &vol->uuid, r, rp_volume_metadata(vol), failed ?
		      "its gap is known to this host's memory, and to witnesses, only" :
		      "the next activation reports more");
}

void rp_volume_deactivate(struct rp_volume *vol)
{
	bool failed;

	if (!vol->identity)
		return;
	WRITE_ONCE(vol->going, true);
	/* Without a presuspend, after another target's resume has failed. */
	rp_hold_forbid(vol);
	rp_arm_kick(vol->arm);
	rp_volume_claim_wait(vol);
	blocking_notifier_call_chain(&rp_volume_notifier, RP_VOLUME_DOWN, vol);

	spin_lock(&vol->lock);
	failed = vol->state == REFPOINT_VOLUME_FAILED && vol->fail_gap->open;
	vol->held = 0;
	WRITE_ONCE(vol->state, REFPOINT_VOLUME_SUSPENDED);
	spin_unlock(&vol->lock);
	rp_volume_wait_users(vol);

	rp_arm_wait_idle(vol->arm);
	/* After the arm worker, which may have read "going" long ago. */
	cancel_delayed_work_sync(&vol->checkpoint_work);
	flush_work(&vol->fail_work);
	cancel_work_sync(&vol->hold_work);
	cancel_delayed_work_sync(&vol->witness_work);
	if (!vol->read_only)
		volume_end_incarnation(vol, failed);
	volume_forget(vol);
	rp_registry_let_go(vol);
	rp_volumes_release(&vol, 1);
	rp_event_volume(vol, REFPOINT_EVENT_STATE_CHANGED, 0, "suspended");
}
