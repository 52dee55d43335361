// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold.c - a failure of the metadata that may pass (I6, I7)
 */
#include <linux/device-mapper.h>
#include <linux/sched.h>

#include "event.h"
#include "hold.h"
#include "settle.h"
#include "witness.h"
#include "workqueue.h"

bool rp_hold_on(struct rp_volume *vol, unsigned int what)
{
	bool on, begun = false;

	spin_lock(&vol->lock);
	on = vol->hold && !vol->hold_forbidden &&
	     (vol->state == REFPOINT_VOLUME_ACTIVE ||
	      vol->state == REFPOINT_VOLUME_HELD);
	if (on && vol->state == REFPOINT_VOLUME_ACTIVE) {
		WRITE_ONCE(vol->state, REFPOINT_VOLUME_HELD);
		vol->held_since = jiffies;
		begun = true;
	}
	/* One deadline for all that is tried again, from the first failure on. */
	if (on && time_after_eq(jiffies, vol->held_since + vol->hold * HZ))
		on = false;
	if (on)
		vol->held |= what;
	spin_unlock(&vol->lock);
	if (begun)
		queue_work(rp_md_wq, &vol->hold_work);
	return on;
}

void rp_hold_done(struct rp_volume *vol, unsigned int what)
{
	bool over;

	spin_lock(&vol->lock);
	over = vol->state == REFPOINT_VOLUME_HELD && !(vol->held & ~what);
	vol->held &= ~what;
	if (over)
		WRITE_ONCE(vol->state, REFPOINT_VOLUME_ACTIVE);
	spin_unlock(&vol->lock);
	if (over)
		queue_work(rp_md_wq, &vol->hold_work);
}

void rp_hold_work(struct work_struct *work)
{
	struct rp_volume *vol = container_of(work, struct rp_volume, hold_work);

	switch (rp_volume_state(vol)) {
	case REFPOINT_VOLUME_HELD:
		DMWARN("%pUb: metadata on %pg cannot be written: held for %u seconds",
		       &vol->uuid, rp_volume_metadata(vol), vol->hold);
		rp_event_volume(vol, REFPOINT_EVENT_STATE_CHANGED, 0, "held");
		/* I6: a word about another volume does not wait for this one. */
		rp_witness_excuse(vol);
		break;
	case REFPOINT_VOLUME_ACTIVE:
		DMINFO("%pUb: metadata on %pg are written again, the hold is over",
		       &vol->uuid, rp_volume_metadata(vol));
		rp_event_volume(vol, REFPOINT_EVENT_STATE_CHANGED, 0, "active");
		/* Who had something to tell it was turned away. */
		rp_settle_queue(&vol->uuid);
		break;
	default:
		/* Failed, or on its way down: told by others. */
		return;
	}
	dm_table_event(vol->ti->table);
}

bool rp_hold_again(void *arg)
{
	struct rp_volume *vol = arg;

	if (!rp_hold_on(vol, RP_HELD_COMMIT))
		return false;
	if (vol->give_up && !rp_md_super_tried(vol->md) &&
	    vol->give_up(vol->give_up_arg)) {
		vol->gave_up = true;
		return false;
	}
	schedule_timeout_uninterruptible(RP_HOLD_RETRY);
	return true;
}

void rp_hold_give_up(struct rp_volume *vol, bool (*now)(void *arg), void *arg)
{
	lockdep_assert_held(&vol->md_mutex);
	vol->give_up = now;
	vol->give_up_arg = arg;
}

bool rp_hold_gave_up(struct rp_volume *vol)
{
	lockdep_assert_held(&vol->md_mutex);
	if (!vol->gave_up)
		return false;
	/* Nobody enters who is held: in the name of this one, who is in. */
	spin_lock(&vol->lock);
	vol->users++;
	spin_unlock(&vol->lock);
	if (!queue_work(rp_checkpoint_wq, &vol->hold_commit_work))
		rp_volume_exit(vol);
	return true;
}

void rp_hold_commit_work(struct work_struct *work)
{
	struct rp_volume *vol = container_of(work, struct rp_volume,
					     hold_commit_work);

	rp_volume_begin(vol);
	rp_volume_commit(vol, false);
	rp_volume_exit(vol);
}

void rp_hold_forbid(struct rp_volume *vol)
{
	spin_lock(&vol->lock);
	vol->hold_forbidden = true;
	spin_unlock(&vol->lock);
}

void rp_hold_allow(struct rp_volume *vol)
{
	spin_lock(&vol->lock);
	vol->hold_forbidden = false;
	spin_unlock(&vol->lock);
}
