// SPDX-License-Identifier: GPL-2.0-only
/*
 * ahead.c - regions that are armed before a write asks for them
 */
#include "ahead.h"
#include "workqueue.h"

/* To the volume's, which are there longer than the map. */
static void count(struct rp_arm *arm)
{
	struct rp_counters *c = &arm->vol->counters;

	lockdep_assert_held(&arm->lock);
	atomic64_add(arm->map.nr_ahead, &c->arms_ahead);
	atomic64_add(arm->map.nr_used, &c->arms_used);
	atomic64_add(arm->map.nr_wasted, &c->arms_wasted);
	arm->map.nr_ahead = 0;
	arm->map.nr_used = 0;
	arm->map.nr_wasted = 0;
}

void rp_ahead_want(struct rp_arm *arm, const struct rp_write *w)
{
	const struct rp_view *view;

	lockdep_assert_held(&arm->lock);
	/* The open interval's tracker stays while it is read. */
	rcu_read_lock();
	view = rcu_dereference(arm->vol->view);
	rp_arming_want_ahead(&arm->map, &arm->vol->geo, view->split.tracker[1], w);
	rcu_read_unlock();
	count(arm);
}

bool rp_ahead_ready(struct rp_arm *arm, const struct rp_write *w)
{
	unsigned long flags;
	bool ready;

	spin_lock_irqsave(&arm->lock, flags);
	/* Little is done with interrupts off, and nothing for a write that is to wait. */
	ready = rp_arming_ready(&arm->map, w->first_region, w->last_region);
	if (ready) {
		rp_arming_want(&arm->map, w->first_region, w->last_region);
		rp_ahead_want(arm, w);
		queue_work(rp_arm_wq, &arm->work);
	}
	spin_unlock_irqrestore(&arm->lock, flags);
	return ready;
}

void rp_ahead_judge(struct rp_arm *arm, const struct rp_tracker *t, bool over)
{
	u32 word, words = BITS_TO_LONGS(arm->map.nr_regions);

	/* Writes that find their region not armed wait for the lock. */
	for (word = 0; word < words; word++) {
		spin_lock_irq(&arm->lock);
		rp_arming_judge_ahead(&arm->map, &arm->vol->geo, t, word, over);
		count(arm);
		spin_unlock_irq(&arm->lock);
		cond_resched();
	}
}
