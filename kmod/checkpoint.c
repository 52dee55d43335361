// SPDX-License-Identifier: GPL-2.0-only
/*
 * checkpoint.c - make the open interval's bits durable, take back armed regions
 *
 * Which step comes after which is decided by core/order.h (O2):
 *   withdraw: a new write into one of the regions asks for it under the lock of the
 *	armed regions, itself or by the worker, which keeps that region armed
 *   wait: no write is in flight into a region that is still to be taken back, so
 *	a cut that comes later finds none there either
 *   commit, disarm
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "ahead.h"
#include "arm.h"
#include "checkpoint.h"
#include "core/order.h"
#include "view.h"
#include "workqueue.h"

static unsigned int checkpoint_interval = 60;
module_param(checkpoint_interval, uint, 0644);
MODULE_PARM_DESC(checkpoint_interval, "seconds from arming a region to the checkpoint that takes it back");

unsigned long rp_checkpoint_delay(void)
{
	return max(1U, READ_ONCE(checkpoint_interval)) * HZ;
}

void rp_checkpoint_later(struct rp_volume *vol)
{
	if (!READ_ONCE(vol->going) && rp_arm_nr_armed(vol->arm))
		queue_delayed_work(rp_checkpoint_wq, &vol->checkpoint_work,
				   rp_checkpoint_delay());
}

static int commit_bits(struct rp_volume *vol)
{
	struct rp_md *md = rp_volume_begin(vol);
	int r;

	r = rp_md_stage_open(md, rp_view_open_tracker(vol));
	if (r) {
		rp_volume_abort(vol);
		return r;
	}
	return rp_volume_commit(vol, false);
}

/* Pages that are given up with one grace period, and grace periods of a checkpoint. */
#define SQUEEZE_PAGES	512
#define SQUEEZE_ROUNDS	8

/* Return: whether there may be more. */
static bool squeeze_some(struct rp_volume *vol, unsigned long **full)
{
	struct rp_tracker *t = rp_view_open_tracker(vol);
	u32 i, nr = 0;

	do {
		nr += rp_tracker_squeeze(t, &vol->squeezed, full + nr, SQUEEZE_PAGES - nr);
		cond_resched();
		/* I7: it is for nobody to wait for. */
		if (READ_ONCE(vol->going) || READ_ONCE(vol->hold_forbidden))
			break;
	} while (nr < SQUEEZE_PAGES && rp_page_nr(vol->squeezed));
	/* A reader who has the claim is us; of the others none has found them since. */
	if (nr)
		synchronize_rcu();
	for (i = 0; i < nr; i++)
		rp_page_free(full[i]);
	return nr == SQUEEZE_PAGES;
}

/* What is written all over needs no memory. What is left is the next checkpoint's. */
static void squeeze(struct rp_volume *vol)
{
	unsigned long **full = kmalloc_array(SQUEEZE_PAGES, sizeof(*full),
					     GFP_NOWAIT | __GFP_NOWARN);
	unsigned int i;

	for (i = 0; full && i < SQUEEZE_ROUNDS; i++)
		if (!squeeze_some(vol, full))
			break;
	kfree(full);
}

int rp_checkpoint(struct rp_volume *vol)
{
	enum rp_checkpoint_step step = RP_CHECKPOINT_WITHDRAW;
	u64 begun = ktime_get_ns();
	bool dropping = false;
	int err, r = 0;

	while (step != RP_CHECKPOINT_DONE) {
		err = 0;
		switch (step) {
		case RP_CHECKPOINT_WITHDRAW:
			dropping = rp_arm_drop_begin(vol->arm);
			/*
			 * A writer loads the view and tests "armed" in any order.
			 * Whoever found a region armed that is dropped now is
			 * gone before there is another view, so that it was
			 * counted in the phase that is waited for.
			 */
			if (dropping)
				synchronize_rcu();
			break;
		case RP_CHECKPOINT_WAIT:
			err = rp_view_flip(vol, jiffies + 5 * HZ);
			break;
		case RP_CHECKPOINT_COMMIT:
			err = commit_bits(vol);
			if (!err && dropping)
				rp_ahead_judge(vol->arm, rp_view_open_tracker(vol), true);
			break;
		case RP_CHECKPOINT_DISARM:
			if (dropping)
				rp_arm_drop_finish(vol->arm);
			break;
		default:
			if (dropping)
				rp_arm_drop_cancel(vol->arm);
		}
		if (err)
			r = err;
		step = rp_checkpoint_next(step, err);
	}
	if (!r) {
		atomic64_inc(&vol->counters.checkpoints);
		rp_times_add(&vol->counters.checkpoint_times, ktime_get_ns() - begun);
		squeeze(vol);
		/*
		 * I8: regions that were written meanwhile are kept, and arming
		 * them again takes no write of a record, which is what schedules
		 * a checkpoint otherwise.
		 */
		rp_checkpoint_later(vol);
	}
	return r;
}

/* Ours, or lent by a point whose part here is durable, and touches no bits any more. */
static int checkpoint_claimed(struct rp_volume *vol)
{
	int r = rp_volume_enter(vol, true);

	if (!r) {
		r = rp_checkpoint(vol);
		rp_volume_exit(vol);
	}
	return r;
}

/*
 * Return: whether it could be tried, with the outcome in @r. Of a claim that a point
 * holds for other volumes' sake it is lent (I7).
 */
static bool checkpoint_try(struct rp_volume *vol, int *r)
{
	if (!rp_volumes_claim(&vol, 1, jiffies)) {
		*r = checkpoint_claimed(vol);
		rp_volumes_release(&vol, 1);
		return true;
	}
	if (rp_volume_borrow(vol)) {
		*r = checkpoint_claimed(vol);
		rp_volume_give_back(vol);
		return true;
	}
	return false;
}

int rp_checkpoint_wait(struct rp_volume *vol, unsigned long deadline)
{
	int r;

	while (!checkpoint_try(vol, &r)) {
		if (time_after(jiffies, deadline))
			return -ETIMEDOUT;
		/* A suspend waits for whoever is in here, with I/O held (I7). */
		if (READ_ONCE(vol->hold_forbidden))
			return -EAGAIN;
		schedule_timeout_killable(HZ / 50);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return r;
}

void rp_checkpoint_work(struct work_struct *work)
{
	struct rp_volume *vol = container_of(to_delayed_work(work),
					     struct rp_volume, checkpoint_work);
	int r = -EBUSY;
	u32 state;

	if (READ_ONCE(vol->going))
		return;
	checkpoint_try(vol, &r);
	/* Busy, or a write takes its time: again, as long as there is a point. */
	state = rp_volume_state(vol);
	if (r && (state == REFPOINT_VOLUME_ACTIVE || state == REFPOINT_VOLUME_HELD) &&
	    !READ_ONCE(vol->going))
		queue_delayed_work(rp_checkpoint_wq, &vol->checkpoint_work,
				   rp_checkpoint_delay());
}
