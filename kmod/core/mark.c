// SPDX-License-Identifier: GPL-2.0-only
/*
 * mark.c - what a write marks, when it is let in and when it has ended
 */
#include "mark.h"

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

u64 rp_zeroing_admit(struct list_head *list, struct rp_write *w,
		     struct rp_tracker *t)
{
	u64 n = 0;

	list_add_tail(&w->node, list);
	/* I13: a partly covered granule is written. */
	if (w->cut_head)
		n += rp_tracker_mark(t, RP_PLANE_WRITTEN, w->first, w->first);
	if (w->cut_tail)
		n += rp_tracker_mark(t, RP_PLANE_WRITTEN, w->last, w->last);
	return n;
}

/* Another zeroing or discard of the same granules is in flight. */
static bool overlaps(const struct list_head *list, const struct rp_write *w)
{
	const struct rp_write *o;

	list_for_each_entry(o, list, node)
		if (rp_granule_nr(o->first) <= rp_granule_nr(w->last) &&
		    rp_granule_nr(w->first) <= rp_granule_nr(o->last))
			return !RP_PLANT(zeroings_do_not_race);
	return false;
}

u64 rp_zeroing_end(struct list_head *list, struct rp_write *w,
		   const struct rp_split *s, u64 epoch, bool failed)
{
	struct rp_tracker *t = s->tracker[rp_split_side(s, epoch)];
	enum rp_plane other = w->kind == RP_PLANE_ZEROED ? RP_PLANE_DISCARDED :
							   RP_PLANE_ZEROED;
	bool late = rp_split_late(s, w->epoch, epoch);
	rp_granule_t first, last;
	u64 n = 0;

	list_del(&w->node);
	/* I13: failed, or in which order nobody can tell: written. */
	if (failed || late || overlaps(list, w)) {
		n = rp_tracker_mark(t, RP_PLANE_WRITTEN, w->first, w->last);
		/* A cut under way may not have seen it in the list. */
		if (late && s->tracker[0] != t)
			n += rp_tracker_mark(s->tracker[0], RP_PLANE_WRITTEN,
					     w->first, w->last);
	} else if (whole_granules(w, &first, &last)) {
		n = rp_tracker_mark(t, w->kind, first, last);
		rp_tracker_clear(t, other, first, last);
	}
	return n;
}

u64 rp_zeroing_settle(struct list_head *list, u64 boundary,
		      struct rp_tracker *closed)
{
	struct rp_write *w;
	u64 n = 0;

	if (RP_PLANT(zeroings_in_flight_not_settled))
		return 0;
	list_for_each_entry(w, list, node)
		if (w->epoch < boundary)
			n += rp_tracker_mark(closed, RP_PLANE_WRITTEN, w->first,
					     w->last);
	return n;
}

void rp_zeroing_overlay(const struct list_head *list, rp_page_t page,
			struct rp_page_kinds *k)
{
	u64 first = rp_page_nr(page) << RP_PAGE_BITS_SHIFT;
	u64 last = first + RP_PAGE_BITS - 1;
	const struct rp_write *w;
	enum rp_plane plane;

	list_for_each_entry(w, list, node) {
		u64 from = max(first, rp_granule_nr(w->first));
		u64 to = min(last, rp_granule_nr(w->last));

		if (from > to)
			continue;
		for (plane = 0; plane < RP_NR_PLANES; plane++)
			bitmap_clear(k->plane[plane], from - first, to - from + 1);
		bitmap_set(k->plane[RP_PLANE_WRITTEN], from - first, to - from + 1);
	}
}

bool rp_zeroing_next_page(const struct list_head *list, rp_page_t from,
			  rp_page_t *found)
{
	const struct rp_write *w;
	bool any = false;

	list_for_each_entry(w, list, node) {
		u64 page = max(rp_page_nr(rp_granule_page(w->first)),
			       rp_page_nr(from));

		if (page > rp_page_nr(rp_granule_page(w->last)))
			continue;
		if (!any || page < rp_page_nr(*found))
			*found = rp_page(page);
		any = true;
	}
	return any;
}
