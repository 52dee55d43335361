// SPDX-License-Identifier: GPL-2.0-only
/*
 * power.c - the cut, and power on
 *
 * What is legal to find after a cut: in each sector what was made durable last,
 * or anything newer that was written there, flushed by nobody, complete or in
 * flight. The cut takes one such state for each disk by the seed. Any choice for
 * each sector alone would be legal; the ways below are those in which disks go
 * wrong: all lost, all kept, a part of the writes, of their sectors, of their
 * order.
 */
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "rp_disk.h"

DEFINE_MUTEX(rp_power_mutex);
LIST_HEAD(rp_disks);
enum rp_power rp_power = RP_POWER_ON;
atomic64_t rp_clock = ATOMIC64_INIT(0);
DEFINE_SPINLOCK(rp_pending_lock);

enum way {
	WAY_DROP,		/* everything */
	WAY_KEEP,		/* everything */
	WAY_SOME,		/* each write or not */
	WAY_SECTORS,		/* each sector or not */
	WAY_OLDEST,		/* up to some write, which is torn */
	WAY_NEWEST,		/* from some write on, which is torn */
	WAY_SHUFFLE,		/* some, torn or not, in any order */
	NR_WAYS,
};

static u32 below(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

static void keep_whole(struct rp_disk *d, const struct rp_entry *e)
{
	unsigned int i;

	for (i = 0; i < e->nr; i++)
		rp_image_survive(d, e, i);
}

/* From its beginning, or sector by sector. */
static void keep_torn(struct rp_disk *d, const struct rp_entry *e,
		      struct rnd_state *rnd)
{
	unsigned int i, n = below(rnd, e->nr + 1);
	bool scattered = below(rnd, 2);

	for (i = 0; i < e->nr; i++)
		if (scattered ? below(rnd, 2) : i < n)
			rp_image_survive(d, e, i);
}

static void choose(struct rp_disk *d, const struct rp_entry *e, enum way way,
		   unsigned int nth, unsigned int at, struct rnd_state *rnd)
{
	unsigned int dice = below(rnd, 4);

	switch (way) {
	case WAY_KEEP:
		keep_whole(d, e);
		break;
	case WAY_SOME:
		if (dice & 1)
			keep_whole(d, e);
		break;
	case WAY_SECTORS:
		keep_torn(d, e, rnd);
		break;
	case WAY_OLDEST:
	case WAY_NEWEST:
		if (nth == at)
			keep_torn(d, e, rnd);
		else if ((way == WAY_OLDEST) == (nth < at))
			keep_whole(d, e);
		break;
	case WAY_SHUFFLE:
		if (dice == 0)
			keep_torn(d, e, rnd);
		else if (dice != 1)
			keep_whole(d, e);
		break;
	default:
		break;
	}
}

static void shuffle(struct rp_entry **order, unsigned int n, struct rnd_state *rnd)
{
	unsigned int i;

	for (i = n; i > 1; i--)
		swap(order[i - 1], order[below(rnd, i)]);
}

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

static int cut_disk(struct rp_disk *d, struct rnd_state *rnd)
{
	enum way way = below(rnd, NR_WAYS);
	struct rp_entry **order, *e;
	unsigned int n = 0, i, at;
	int r = take_in_flight(d);

	if (r || !d->nr_cache)
		return r;
	order = kvmalloc_array(d->nr_cache, sizeof(*order), GFP_NOIO);
	if (!order)
		return -ENOMEM;
	list_for_each_entry(e, &d->cache, node)
		order[n++] = e;
	if (way == WAY_SHUFFLE)
		shuffle(order, n, rnd);
	at = below(rnd, n);
	for (i = 0; i < n; i++)
		choose(d, order[i], way, i, at, rnd);
	kvfree(order);
	return 0;
}

int rp_power_cut(u32 seed, bool ghost)
{
	struct rnd_state rnd;
	struct rp_disk *d;
	int r = 0;

	prandom_seed_state(&rnd, seed);
	mutex_lock(&rp_power_mutex);
	if (rp_power != RP_POWER_ON)
		r = -EBUSY;
	if (!r)
		rp_power = ghost ? RP_POWER_GHOST : RP_POWER_OFF;
	list_for_each_entry(d, &rp_disks, node) {
		if (r)
			break;
		r = cut_disk(d, &rnd);
	}
	mutex_unlock(&rp_power_mutex);
	return r;
}

int rp_power_on(void)
{
	struct rp_disk *d;
	int r = 0;

	mutex_lock(&rp_power_mutex);
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
