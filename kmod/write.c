// SPDX-License-Identifier: GPL-2.0-only
/*
 * write.c - a write on its way through
 *
 * Which interval a write belongs to (O3): the cutter readies the view of every
 * member with the boundary N + 1, then stores N + 1 to the epoch word. A writer
 * loads the word, then the view: if it sees N + 1 it sees that view or a later
 * one and marks in the new interval; if it sees N it marks in the old one,
 * whatever view it gets. The cutter waits for readers after the store: then the
 * old interval has all of its marks. I4: if X completed before Y was submitted
 * and Y read N, X read N or less.
 *
 * A write that was admitted before a boundary and ends after it is marked in the
 * new interval too, before it is counted as ended (I5, O4).
 *
 * Zeroings and discards are rare: they are kept in a list while in flight and
 * get their kind at the end, when it is known to be true (I13). Whoever looks at
 * an interval meanwhile takes those in the list for written.
 */
#include "arm.h"
#include "cut.h"
#include "write.h"

static void mark(struct rp_volume *vol, struct rp_tracker *t, enum rp_plane plane,
		 rp_granule_t first, rp_granule_t last)
{
	u64 n = rp_tracker_mark(t, plane, first, last);

	if (n)
		atomic64_add(n, &vol->counters.first_touches);
}

void rp_write_init(struct rp_volume *vol, struct bio *bio, struct rp_write *w)
{
	const struct rp_geometry *geo = &vol->geo;
	sector_t start = dm_target_offset(vol->ti, bio->bi_iter.bi_sector);
	sector_t end = start + bio_sectors(bio);
	sector_t mask = (1ULL << (geo->granule_shift - SECTOR_SHIFT)) - 1;

	w->first = rp_sector_granule(geo, start);
	w->last = rp_sector_granule(geo, end - 1);
	w->first_region = rp_sector_region(geo, start);
	w->last_region = rp_sector_region(geo, end - 1);
	w->counted = false;
	switch (bio_op(bio)) {
	case REQ_OP_WRITE_ZEROES:
		w->kind = RP_PLANE_ZEROED;
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
		w->kind = RP_PLANE_DISCARDED;
		break;
	default:
		w->kind = RP_PLANE_WRITTEN;
		return;
	}
	w->cut_head = start & mask;
	w->cut_tail = (end & mask) && end != geo->sectors;
}

/* The granules that are covered wholly. Return: whether there is any. */
static bool whole_granules(const struct rp_write *w, rp_granule_t *first,
			   rp_granule_t *last)
{
	u64 f = rp_granule_nr(w->first) + w->cut_head;
	u64 l = rp_granule_nr(w->last) + 1 - w->cut_tail;

	*first = rp_granule(f);
	*last = rp_granule(l - 1);
	return f < l;
}

static void admit_zeroer(struct rp_volume *vol, struct rp_tracker *t,
			 struct rp_write *w)
{
	unsigned long flags;

	spin_lock_irqsave(&vol->zero_lock, flags);
	list_add_tail(&w->node, &vol->zeroers);
	/* I13: a partly covered granule is written. */
	if (w->cut_head)
		mark(vol, t, RP_PLANE_WRITTEN, w->first, w->first);
	if (w->cut_tail)
		mark(vol, t, RP_PLANE_WRITTEN, w->last, w->last);
	spin_unlock_irqrestore(&vol->zero_lock, flags);
}

bool rp_write_admit(struct rp_volume *vol, struct rp_write *w)
{
	const struct rp_view *view;
	struct rp_tracker *t;
	bool armed, after;
	u64 epoch;

	rcu_read_lock();
	/* Pairs with rp_cut(): the word first, then the view. */
	epoch = smp_load_acquire(&rp_epoch);
	view = rcu_dereference(vol->view);
	after = epoch >= view->boundary;
	t = view->tracker[after];
	/* O1: the test and the mark in one section. */
	armed = rp_arm_test(vol->arm, w->first_region, w->last_region);
	if (likely(armed)) {
		w->epoch = epoch;
		w->phase = view->phase[after];
		w->counted = true;
		if (unlikely(w->kind != RP_PLANE_WRITTEN))
			admit_zeroer(vol, t, w);
		else if (rp_granule_nr(w->first) != rp_granule_nr(w->last) ||
			 !rp_tracker_test(t, RP_PLANE_WRITTEN, w->first))
			mark(vol, t, RP_PLANE_WRITTEN, w->first, w->last);
		this_cpu_inc(vol->inflight->started[w->phase]);
	}
	rcu_read_unlock();
	return armed;
}

/* Another zeroing or discard of the same granules is in flight. */
static bool overlaps_zeroer(struct rp_volume *vol, const struct rp_write *w)
{
	const struct rp_write *o;

	lockdep_assert_held(&vol->zero_lock);
	list_for_each_entry(o, &vol->zeroers, node)
		if (rp_granule_nr(o->first) <= rp_granule_nr(w->last) &&
		    rp_granule_nr(w->first) <= rp_granule_nr(o->last))
			return true;
	return false;
}

static void end_zeroer(struct rp_volume *vol, const struct rp_view *view,
		       bool after, bool late, struct rp_write *w, bool failed)
{
	struct rp_tracker *t = view->tracker[after];
	enum rp_plane other = w->kind == RP_PLANE_ZEROED ? RP_PLANE_DISCARDED :
							   RP_PLANE_ZEROED;
	rp_granule_t first, last;
	unsigned long flags;

	spin_lock_irqsave(&vol->zero_lock, flags);
	list_del(&w->node);
	/* I13: failed, or in which order nobody can tell: written. */
	if (failed || late || overlaps_zeroer(vol, w)) {
		mark(vol, t, RP_PLANE_WRITTEN, w->first, w->last);
		/* A cut under way may not have seen it in the list. */
		if (late && view->tracker[0] != t)
			mark(vol, view->tracker[0], RP_PLANE_WRITTEN, w->first,
			     w->last);
	} else if (whole_granules(w, &first, &last)) {
		mark(vol, t, w->kind, first, last);
		rp_tracker_clear(t, other, first, last);
	}
	spin_unlock_irqrestore(&vol->zero_lock, flags);
}

void rp_write_end(struct rp_volume *vol, struct rp_write *w, bool failed)
{
	const struct rp_view *view;
	bool after, late;
	u64 epoch;

	if (!w->counted)
		return;
	rcu_read_lock();
	/* Pairs with rp_cut(), as in rp_write_admit(). */
	epoch = smp_load_acquire(&rp_epoch);
	view = rcu_dereference(vol->view);
	after = epoch >= view->boundary;
	late = after && w->epoch < view->boundary;
	if (unlikely(late || w->kind != RP_PLANE_WRITTEN)) {
		if (w->kind != RP_PLANE_WRITTEN)
			end_zeroer(vol, view, after, late, w, failed);
		else
			mark(vol, view->tracker[1], RP_PLANE_WRITTEN, w->first,
			     w->last);
		if (late)
			atomic64_inc(&vol->counters.late_marks);
		/* Pairs with phase_drained(): the marks, then the count (O4). */
		smp_mb();
	}
	this_cpu_inc(vol->inflight->ended[w->phase]);
	rcu_read_unlock();
}

void rp_write_settle_zeroers(struct rp_volume *vol, u64 boundary,
			     struct rp_tracker *closed)
{
	struct rp_write *w;
	unsigned long flags;

	spin_lock_irqsave(&vol->zero_lock, flags);
	list_for_each_entry(w, &vol->zeroers, node)
		if (w->epoch < boundary)
			mark(vol, closed, RP_PLANE_WRITTEN, w->first, w->last);
	spin_unlock_irqrestore(&vol->zero_lock, flags);
}

void rp_write_overlay_zeroers(struct rp_volume *vol, rp_page_t page,
			      struct rp_page_kinds *k)
{
	u64 first = rp_page_nr(page) << RP_PAGE_BITS_SHIFT;
	u64 last = first + RP_PAGE_BITS - 1;
	struct rp_write *w;
	enum rp_plane plane;

	lockdep_assert_held(&vol->zero_lock);
	list_for_each_entry(w, &vol->zeroers, node) {
		u64 from = max(first, rp_granule_nr(w->first));
		u64 to = min(last, rp_granule_nr(w->last));

		if (from > to)
			continue;
		for (plane = 0; plane < RP_NR_PLANES; plane++)
			bitmap_clear(k->plane[plane], from - first, to - from + 1);
		bitmap_set(k->plane[RP_PLANE_WRITTEN], from - first, to - from + 1);
	}
}

bool rp_write_next_zeroer_page(struct rp_volume *vol, rp_page_t from,
			       rp_page_t *found)
{
	const struct rp_write *w;
	unsigned long flags;
	bool any = false;

	spin_lock_irqsave(&vol->zero_lock, flags);
	list_for_each_entry(w, &vol->zeroers, node) {
		u64 page = max(rp_page_nr(rp_granule_page(w->first)),
			       rp_page_nr(from));

		if (page > rp_page_nr(rp_granule_page(w->last)))
			continue;
		if (!any || page < rp_page_nr(*found))
			*found = rp_page(page);
		any = true;
	}
	spin_unlock_irqrestore(&vol->zero_lock, flags);
	return any;
}
