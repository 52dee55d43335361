// SPDX-License-Identifier: GPL-2.0-only
/*
 * open.c - the open interval, as those see it who do not write
 */
#include "view.h"
#include "write.h"

static void overlay_tracker(const struct rp_tracker *t, rp_page_t page,
			    struct rp_page_kinds *k)
{
	rp_page_kinds_overlay(k, rp_tracker_page(t, RP_PLANE_WRITTEN, page),
			      rp_tracker_page(t, RP_PLANE_ZEROED, page),
			      rp_tracker_page(t, RP_PLANE_DISCARDED, page));
}

void rp_volume_overlay_open(struct rp_volume *vol, rp_page_t page,
			    struct rp_page_kinds *k)
{
	const struct rp_view *view;
	unsigned long flags;

	rcu_read_lock();
	view = rcu_dereference(vol->view);
	/*
	 * The end of a zeroing moves granules that were discarded from one plane
	 * to the other: without the lock we could find them in neither (I1).
	 */
	spin_lock_irqsave(&vol->zero_lock, flags);
	/* A cut under way whose closed interval is not durable yet: both. */
	if (view->split.tracker[0] != view->split.tracker[1])
		overlay_tracker(view->split.tracker[0], page, k);
	overlay_tracker(view->split.tracker[1], page, k);
	/* Under the same lock: one that ends now is marked, or in the list. */
	rp_write_overlay_zeroers(vol, page, k);
	if (!rp_origin_has_kinds(&vol->origin))
		rp_page_kinds_to_written(k);
	spin_unlock_irqrestore(&vol->zero_lock, flags);
	rcu_read_unlock();
}

static bool next_page(const struct rp_tracker *t, rp_page_t from, rp_page_t *found)
{
	enum rp_plane plane;
	bool any = false;

	for (plane = 0; plane < RP_NR_PLANES; plane++) {
		rp_page_t page = from;

		if (!rp_tracker_next_page(t, plane, &page))
			continue;
		if (!any || rp_page_nr(page) < rp_page_nr(*found))
			*found = page;
		any = true;
	}
	return any;
}

bool rp_volume_next_open_page(struct rp_volume *vol, rp_page_t *page)
{
	const struct rp_view *view;
	rp_page_t from = *page, found;
	unsigned int i;
	bool any;

	rcu_read_lock();
	view = rcu_dereference(vol->view);
	/* The list first: what has left it by then is marked, and seen below. */
	any = rp_write_next_zeroer_page(vol, from, page);
	for (i = 0; i < 2; i++) {
		if (!next_page(view->split.tracker[i], from, &found))
			continue;
		if (!any || rp_page_nr(found) < rp_page_nr(*page))
			*page = found;
		any = true;
	}
	rcu_read_unlock();
	return any;
}

int rp_volume_settle(struct rp_volume *vol, unsigned long deadline)
{
	return rp_view_drain(vol, deadline);
}

int rp_volume_mark(struct rp_volume *vol, u64 start, u64 length)
{
	struct rp_tracker *t = rp_view_open_tracker(vol);
	struct rp_md *md;
	int r;

	rp_tracker_mark(t, RP_PLANE_WRITTEN,
			rp_sector_granule(&vol->geo, start >> SECTOR_SHIFT),
			rp_sector_granule(&vol->geo, (start + length - 1) >> SECTOR_SHIFT));
	md = rp_volume_begin(vol);
	r = rp_md_stage_open(md, t);
	if (r) {
		rp_volume_abort(vol);
		return r;
	}
	return rp_volume_commit(vol, false);
}

int rp_volume_absorb(struct rp_volume *vol, rp_seq_t boundary)
{
	struct rp_md_info info;
	int r;

	lockdep_assert_held(&vol->md_mutex);
	rp_md_get_info(vol->md, &info);
	/* The youngest boundary there is, whatever was merged away after it. */
	if (rp_seq_nr(boundary) == rp_seq_nr(info.newest)) {
		/*
		 * In memory first: should the commit fail, too much is marked,
		 * never too little.
		 */
		r = rp_md_load_interval(vol->md, boundary,
					rp_view_open_tracker(vol));
		if (r)
			return r;
	}
	return rp_md_stage_merge(vol->md, boundary);
}
