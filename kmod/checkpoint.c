// SPDX-License-Identifier: GPL-2.0-only
/*
 * checkpoint.c - make the open interval's bits durable, take back armed regions
 *
 * O2, in this order:
 *   1. regions leave "armed" in memory: a new write into one of them queues, is
 *      marked and let through by the worker, which keeps that region armed
 *   2. wait for readers, then for the writes let in before (another phase): no
 *      write is in flight into a region that is still to be taken back, so a cut
 *      that comes later finds none there either
 *   3. copy the bits and commit them
 *   4. take the regions back on disk
 * A power cut before 4 finds them armed: more is reported. After 3 their bits
 * are durable: nothing is lost.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "arm.h"
#include "checkpoint.h"
#include "view.h"
#include "workqueue.h"

static unsigned int checkpoint_interval = 60;
module_param(checkpoint_interval, uint, 0644);
MODULE_PARM_DESC(checkpoint_interval, "seconds from arming a region to the checkpoint that takes it back");

unsigned long rp_checkpoint_delay(void)
{
	return max(1U, READ_ONCE(checkpoint_interval)) * HZ;
}

int rp_checkpoint(struct rp_volume *vol)
{
	bool dropping;
	int r;

	dropping = rp_arm_drop_begin(vol->arm);
	/*
	 * A writer loads the view and tests "armed" in any order. Whoever found a
	 * region armed that is dropped now is gone before there is another view,
	 * so that it was counted in the phase that is waited for.
	 */
	if (dropping)
		synchronize_rcu();
	r = rp_view_flip(vol, jiffies + 5 * HZ);
	if (!r) {
		struct rp_md *md = rp_volume_begin(vol);

		r = rp_md_stage_open(md, rp_view_open_tracker(vol));
		if (r)
			rp_volume_abort(vol);
		else
			r = rp_volume_commit(vol, false);
	}
	if (dropping) {
		if (r)
			rp_arm_drop_cancel(vol->arm);
		else
			rp_arm_drop_finish(vol->arm);
	}
	if (!r)
		atomic64_inc(&vol->counters.checkpoints);
	return r;
}

void rp_checkpoint_work(struct work_struct *work)
{
	struct rp_volume *vol = container_of(to_delayed_work(work),
					     struct rp_volume, checkpoint_work);
	int r = -EBUSY;

	if (READ_ONCE(vol->going))
		return;
	if (!rp_volumes_claim(&vol, 1, jiffies)) {
		r = rp_volume_enter(vol, true);
		if (!r) {
			r = rp_checkpoint(vol);
			rp_volume_exit(vol);
		}
		rp_volumes_release(&vol, 1);
	}
	/* Busy, or a write takes its time: again, as long as there is a point. */
	if (r && rp_volume_state(vol) == REFPOINT_VOLUME_ACTIVE &&
	    !READ_ONCE(vol->going))
		queue_delayed_work(rp_md_wq, &vol->checkpoint_work,
				   rp_checkpoint_delay());
}
