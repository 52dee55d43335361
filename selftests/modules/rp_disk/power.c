// SPDX-License-Identifier: GPL-2.0-only
/*
 * power.c - the cut, and power on; ways.h says what survives
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "rp_disk.h"
#include "ways.h"

DEFINE_MUTEX(rp_power_mutex);
LIST_HEAD(rp_disks);
enum rp_power rp_power = RP_POWER_ON;
atomic64_t rp_clock = ATOMIC64_INIT(0);
DEFINE_SPINLOCK(rp_pending_lock);

/* What happens at the nth write or flush, counted over all disks; 0: nothing. */
static struct rp_planned planned;

/* Writes in flight may have got anywhere. FUA or not: no one was told. */
static int take_in_flight(struct rp_disk *d)
{
	struct rp_io *io;
	int r = 0;

	/*
	 * Requests are taken off only under the mutex, so this one stays. What is
	 * added from here on is in flight, too: nothing that it could have waited
	 * for completes before the cut has gone over all disks.
	 */
	spin_lock_irq(&rp_pending_lock);
	list_for_each_entry(io, &d->pending, node) {
		spin_unlock_irq(&rp_pending_lock);
		if (bio_sectors(io->bio) && op_is_write(bio_op(io->bio)))
			r = rp_image_in_flight(d, io->bio);
		spin_lock_irq(&rp_pending_lock);
		if (r)
			break;
	}
	spin_unlock_irq(&rp_pending_lock);
	return r;
}

static unsigned int entry_sectors(const void *entry)
{
	return ((const struct rp_entry *)entry)->nr;
}

static void entry_survive(void *disk, const void *entry, unsigned int nth)
{
	rp_image_survive(disk, entry, nth);
}

static int cut_disk(struct rp_disk *d, struct rp_survival *s)
{
	unsigned int n = 0;
	struct rp_entry *e;
	void **order;
	int r = take_in_flight(d);

	if (r || !d->nr_cache)
		return r;
	order = kvmalloc_array(d->nr_cache, sizeof(*order), GFP_NOIO);
	if (!order)
		return -ENOMEM;
	list_for_each_entry(e, &d->cache, node)
		order[n++] = e;
	s->disk = d;
	rp_survive(s, order, n);
	kvfree(order);
	return 0;
}

static int cut_all(u32 seed, bool ghost)
{
	struct rp_survival s = {
		.seed = seed, .sectors = entry_sectors, .survive = entry_survive,
	};
	struct rp_disk *d;
	int r = 0;

	lockdep_assert_held(&rp_power_mutex);
	if (rp_power != RP_POWER_ON)
		return -EBUSY;
	planned.nth = 0;
	rp_power = ghost ? RP_POWER_GHOST : RP_POWER_OFF;
	list_for_each_entry(d, &rp_disks, node) {
		r = cut_disk(d, &s);
		if (r)
			break;
	}
	return r;
}

int rp_power_cut(u32 seed, bool ghost)
{
	int r;

	mutex_lock(&rp_power_mutex);
	r = cut_all(seed, ghost);
	mutex_unlock(&rp_power_mutex);
	return r;
}

int rp_power_plan(const struct rp_planned *plan)
{
	int r = 0;

	mutex_lock(&rp_power_mutex);
	if (!plan->nth && !planned.nth)
		r = -ENOENT;
	planned = *plan;
	mutex_unlock(&rp_power_mutex);
	return r;
}

void rp_power_forget(const struct rp_disk *d)
{
	lockdep_assert_held(&rp_power_mutex);
	if (planned.disk == d)
		planned.nth = 0;
}

void rp_power_count(struct rp_disk *d)
{
	lockdep_assert_held(&rp_power_mutex);
	if (!planned.nth || --planned.nth)
		return;
	switch (planned.what) {
	case RP_PLAN_CUT:
		/* Without memory nothing that is found afterwards would mean anything. */
		WARN_ON(cut_all(planned.seed, planned.ghost));
		break;
	case RP_PLAN_GONE:
		planned.disk->mode = RP_MODE_GONE;
		break;
	case RP_PLAN_STALL:
		d->stalled = true;
		break;
	}
}

int rp_power_on(void)
{
	struct rp_disk *d;
	int r = 0;

	mutex_lock(&rp_power_mutex);
	planned.nth = 0;
	list_for_each_entry(d, &rp_disks, node) {
		spin_lock_irq(&rp_pending_lock);
		if (!list_empty(&d->pending))
			r = -EBUSY;
		spin_unlock_irq(&rp_pending_lock);
	}
	if (!r && rp_power != RP_POWER_ON) {
		list_for_each_entry(d, &rp_disks, node)
			rp_image_restart(d);
		rp_power = RP_POWER_ON;
	}
	mutex_unlock(&rp_power_mutex);
	return r;
}
