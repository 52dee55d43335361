// SPDX-License-Identifier: GPL-2.0-only
/*
 * view.c - replacing a volume's view, and waiting for writes in flight
 */
#include <linux/delay.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "cut.h"
#include "view.h"

int rp_view_create(struct rp_volume *vol, struct rp_tracker *t)
{
	struct rp_view *view = kzalloc(sizeof(*view), GFP_KERNEL);

	if (!view)
		return -ENOMEM;
	rp_split_init(&view->split, READ_ONCE(rp_epoch), t);
	rcu_assign_pointer(vol->view, view);
	return 0;
}

void rp_view_destroy(struct rp_volume *vol)
{
	struct rp_view *view = rcu_dereference_protected(vol->view, 1);

	if (!view)
		return;
	RCU_INIT_POINTER(vol->view, NULL);
	synchronize_rcu();
	rp_tracker_free(view->split.tracker[1]);
	kfree(view);
}

struct rp_view *rp_view_get(struct rp_volume *vol)
{
	return rcu_dereference_protected(vol->view, READ_ONCE(vol->claimed));
}

void rp_view_replace(struct rp_volume *vol, struct rp_view *new)
{
	struct rp_view *old = rp_view_get(vol);

	rcu_assign_pointer(vol->view, new);
	kfree_rcu(old, rcu);
}

struct rp_tracker *rp_view_open_tracker(struct rp_volume *vol)
{
	return rp_view_get(vol)->split.tracker[1];
}

/*
 * Writes begun and ended on different CPUs: only the sums mean something. No
 * write is begun in @phase any more (the caller saw to it and waited for
 * readers), so the sum of begun ones is exact while ended ones may be missed:
 * equal sums mean that all have ended.
 */
static bool phase_drained(struct rp_volume *vol, unsigned int phase)
{
	unsigned long started = 0, ended = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		ended += READ_ONCE(per_cpu_ptr(vol->inflight, cpu)->ended[phase]);
	/* Pairs with rp_write_end(): marks made before "ended" are seen. */
	smp_mb();
	for_each_possible_cpu(cpu)
		started += READ_ONCE(per_cpu_ptr(vol->inflight, cpu)->started[phase]);
	return started == ended;
}

/*
 * Each write is counted as started once, on the CPU that let it in and in the phase
 * of its view, and nothing is ever taken back: the sum over CPUs and phases is how
 * many there were. It lags behind the writes that are let in meanwhile, and does not
 * fall. Summed as wide as they are, so that where longs have 32 bits it wraps as
 * each of them does, and differences of two readings are right. Suspend and resume
 * keep the counts; another table has a volume, and counts, of its own.
 */
u64 rp_view_writes(const struct rp_volume *vol)
{
	unsigned long writes = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct rp_inflight *f = per_cpu_ptr(vol->inflight, cpu);

		writes += READ_ONCE(f->started[0]) + READ_ONCE(f->started[1]);
	}
	return writes;
}

bool rp_view_drained(struct rp_volume *vol)
{
	struct rp_view *view;
	bool drained;

	rcu_read_lock();
	view = rcu_dereference(vol->view);
	drained = !view || phase_drained(vol, !view->split.phase[1]);
	rcu_read_unlock();
	return drained;
}

int rp_view_drain(struct rp_volume *vol, unsigned long deadline)
{
	unsigned int us = 20;

	while (!rp_view_drained(vol)) {
		if (time_after(jiffies, deadline))
			return -ETIMEDOUT;
		usleep_range(us, 2 * us);
		us = min(2 * us, 10000U);
	}
	return 0;
}

int rp_view_flip(struct rp_volume *vol, unsigned long deadline)
{
	struct rp_view *view;
	int r;

	r = rp_view_drain(vol, deadline);
	if (r)
		return r;
	view = kmemdup(rp_view_get(vol), sizeof(*view), GFP_NOIO);
	if (!view)
		return -ENOMEM;
	rp_split_flip(&view->split);
	rp_view_replace(vol, view);
	synchronize_rcu();
	return rp_view_drain(vol, deadline);
}
