// SPDX-License-Identifier: GPL-2.0-only
/*
 * cut.c - divide the writes of many volumes at one instant
 *
 * See write.c for the argument. Writers never wait: a cut costs them one cache
 * miss on the epoch word and one on the view.
 */
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "ahead.h"
#include "cut.h"
#include "view.h"
#include "write.h"

/* Read by every write, stored by cuts only. */
u64 rp_epoch __read_mostly = 1;

/* O3: cuts are serialised. Held from reading rp_epoch until it is stored. */
static DEFINE_MUTEX(cut_mutex);

struct cut_view {
	struct rp_view *view;
};

static void cut_free(struct rp_cut_member *members, struct cut_view *views,
		     unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		rp_tracker_free(members[i].fresh);
		members[i].fresh = NULL;
		kfree(views[i].view);
	}
	kvfree(views);
}

/* Everything that can fail, before anything is visible. */
static struct cut_view *cut_alloc(struct rp_cut_member *members, unsigned int nr)
{
	struct cut_view *views = kvcalloc(nr, sizeof(*views), GFP_NOIO);
	unsigned int i;

	if (!views)
		return NULL;
	for (i = 0; i < nr; i++) {
		members[i].closed = NULL;
		members[i].fresh = NULL;
	}
	for (i = 0; i < nr; i++) {
		members[i].fresh = rp_tracker_alloc(&members[i].vol->geo);
		views[i].view = kzalloc(sizeof(*views[i].view), GFP_NOIO);
		if (!members[i].fresh || !views[i].view) {
			cut_free(members, views, nr);
			return NULL;
		}
	}
	return views;
}

/*
 * I7: a suspend waits for the claim, with the volume's I/O held: whoever is
 * waiting for another volume's writes gives up for its sake.
 */
static bool any_going(struct rp_cut_member *members, unsigned int nr,
		      unsigned int *which)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (READ_ONCE(members[i].vol->going)) {
			*which = i;
			return true;
		}
	}
	return false;
}

static int drain(struct rp_cut_member *members, unsigned int nr, unsigned int i,
		 unsigned long deadline, unsigned int *culprit)
{
	int r;

	do {
		r = rp_view_drain(members[i].vol, jiffies + HZ / 50);
		if (r != -ETIMEDOUT)
			return r;
		if (any_going(members, nr, culprit))
			return -EAGAIN;
	} while (time_before(jiffies, deadline));
	*culprit = i;
	return -ETIMEDOUT;
}

int rp_cut(struct rp_cut_member *members, unsigned int nr,
	   unsigned long deadline, unsigned int *culprit)
{
	struct cut_view *views;
	u64 boundary, ns;
	unsigned int i;
	int r;

	/*
	 * I5: a write crosses one boundary at most, so those from before the
	 * last one have to be gone before there is another.
	 */
	for (i = 0; i < nr; i++) {
		r = drain(members, nr, i, deadline, culprit);
		if (r)
			return r;
	}
	/* Nor is one cut at the last moment, that was refused it just now. */
	if (any_going(members, nr, culprit))
		return -EAGAIN;
	views = cut_alloc(members, nr);
	if (!views) {
		*culprit = 0;
		return -ENOMEM;
	}

	mutex_lock(&cut_mutex);
	ns = ktime_get_ns();
	boundary = rp_epoch + 1;
	for (i = 0; i < nr; i++) {
		const struct rp_view *old = rp_view_get(members[i].vol);
		struct rp_view *new = views[i].view;

		/* Before the cut: what fails from here on may take back what is. */
		members[i].since = rp_origin_failed(&members[i].vol->origin);
		members[i].closed = old->split.tracker[1];
		rp_split_cut(&new->split, &old->split, boundary,
			     members[i].fresh);
		rp_view_replace(members[i].vol, new);
	}
	/*
	 * The cut. Pairs with rp_write_admit() and rp_write_end(): whoever sees
	 * the new word sees the new views.
	 */
	smp_store_release(&rp_epoch, boundary);
	mutex_unlock(&cut_mutex);
	kvfree(views);

	/* Writers that read the old word have marked in the closed intervals. */
	synchronize_rcu();
	/* From the first new view on until no writer uses an old one. */
	ns = ktime_get_ns() - ns;
	for (i = 0; i < nr; i++) {
		rp_write_settle_zeroers(members[i].vol, boundary,
					members[i].closed);
		atomic64_inc(&members[i].vol->counters.cuts);
		rp_times_add(&members[i].vol->counters.cut_times, ns);
	}
	return 0;
}

/* From now on the view has one tracker; the other one is the caller's. */
static void cut_settle(struct rp_cut_member *m)
{
	struct rp_view *view;

	view = kmemdup(rp_view_get(m->vol), sizeof(*view), GFP_NOIO | __GFP_NOFAIL);
	rp_split_settle(&view->split);
	rp_view_replace(m->vol, view);
	/* A late end of a zeroing may be marking in the closed one. */
	synchronize_rcu();
}

void rp_cut_settle_kinds(struct rp_cut_member *m)
{
	if (!rp_origin_has_kinds(&m->vol->origin))
		rp_tracker_to_written(m->closed);
}

/* Nobody marks in @closed any more. */
static void cut_end(struct rp_cut_member *m)
{
	cut_settle(m);
	rp_tracker_free(m->closed);
	m->closed = NULL;
}

void rp_cut_keep(struct rp_cut_member *m)
{
	rp_ahead_judge(m->vol->arm, m->closed, false);
	cut_end(m);
	WRITE_ONCE(m->vol->origin.kinds_since, m->since);
}

void rp_cut_undo(struct rp_cut_member *m)
{
	/* I13: one interval again; what has both kinds becomes written. */
	rp_tracker_absorb(m->fresh, m->closed);
	cut_end(m);
}
