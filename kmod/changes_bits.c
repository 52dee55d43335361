// SPDX-License-Identifier: GPL-2.0-only
/*
 * changes_bits.c - the kinds of a page of granules between two boundaries
 *
 * Closed intervals are pinned by the lease and read without a lock. "Now" adds
 * the open interval, which writers mark and cuts close meanwhile; why nothing is
 * missed then (I1):
 *
 *   1. Look at the open interval's bits, all trackers of the view.
 *   2. Then ask which boundary is the newest, and pin up to it.
 *   3. Then read the pinned intervals.
 *
 * A mark made before 1 was, at 1, either in a tracker of the view, and then 1
 * saw it, or in an interval that a commit had closed before 1. A cut keeps the
 * closed tracker in the view until that commit is done (rp_cut_keep()), so there
 * is no third case. A boundary committed before 1 is seen by 2 and read by 3. A
 * new generation drops intervals instead; 2 sees that too and refuses. The same
 * three steps find the next page that has bits. Destroying the newest point puts
 * the marks of its interval into the open one before the commit, and what is
 * pinned stays pinned, so that it moves marks out of nobody's sight.
 *
 * Only a boundary that is both cut and destroyed between 1 and 2 could take its
 * marks out of sight; so when a commit came in between, the look is made anew.
 */
#include <linux/slab.h>

#include "changes_work.h"

/* Number of the newest commit. */
static u64 rp_changes_commit(struct rp_changes *c)
{
	struct rp_md_info info;

	rp_md_get_info(c->vol->md, &info);
	return info.commit;
}

static int rp_changes_busy(struct rp_changes *c)
{
	return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
				 REFPOINT_REASON_BUSY,
				 "the volume's points change faster than they can be looked at");
}

/* Step 2 of the head of this file; *@commit is what was newest then. */
static int rp_changes_pin_newest(struct rp_changes *c, u64 *commit)
{
	unsigned int tries = RP_CHANGES_TRIES;
	struct rp_md_info info;
	int err;

	do {
		rp_md_get_info(c->vol->md, &info);
		*commit = info.commit;
		if (memcmp(info.generation, c->lease->generation, 16))
			return rp_changes_generation_ended(c);
		err = rp_lease_pin(c->lease, info.newest);
	} while (err == -ENOENT && --tries);
	if (err == -ENOENT)
		return rp_changes_destroyed(c);
	return err ? rp_changes_io_error(c, err) : 0;
}

int rp_changes_next_page(struct rp_changes *c, rp_page_t *page, bool *found)
{
	struct rp_lease *lease = c->lease;
	rp_page_t at, best = *page;
	unsigned int i, tries = RP_CHANGES_TRIES;
	u64 before = 0, after = 0;
	int err;

	*found = false;
	while (c->now) {
		before = rp_changes_commit(c);
		best = *page;
		*found = rp_volume_next_open_page(c->vol, &best);
		err = rp_changes_pin_newest(c, &after);
		if (err)
			return err;
		if (before == after)
			break;
		if (!--tries)
			return rp_changes_busy(c);
	}
	for (i = 0; i < lease->nr_pins; i++) {
		at = *page;
		if (!rp_md_query_next_page(lease->pin[i], &at))
			continue;
		if (!*found || rp_page_nr(at) < rp_page_nr(best))
			best = at;
		*found = true;
	}
	*page = best;
	return 0;
}

static void rp_changes_overlay(struct rp_page_kinds *k,
			       const struct rp_page_kinds *later)
{
	rp_page_kinds_overlay(k, later->plane[RP_PLANE_WRITTEN],
			      later->plane[RP_PLANE_ZEROED],
			      later->plane[RP_PLANE_DISCARDED]);
}

/*
 * Join kinds of which nobody knows which is later: what is in both and differs
 * is written.
 */
static void rp_changes_join(struct rp_page_kinds *k,
			    const struct rp_page_kinds *other)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(k->plane[0]); i++) {
		unsigned long w = k->plane[RP_PLANE_WRITTEN][i] |
				  other->plane[RP_PLANE_WRITTEN][i];
		unsigned long z = k->plane[RP_PLANE_ZEROED][i] |
				  other->plane[RP_PLANE_ZEROED][i];
		unsigned long d = k->plane[RP_PLANE_DISCARDED][i] |
				  other->plane[RP_PLANE_DISCARDED][i];

		w |= z & d;
		k->plane[RP_PLANE_WRITTEN][i] = w;
		k->plane[RP_PLANE_ZEROED][i] = z & ~w;
		k->plane[RP_PLANE_DISCARDED][i] = d & ~w;
	}
}

/* A full copy takes what was not tracked as written. */
static void rp_changes_fill_gaps(struct rp_changes *c, rp_page_t page)
{
	u8 shift = c->vol->geo.granule_shift;
	u64 first = rp_page_nr(page) << RP_PAGE_BITS_SHIFT;
	u64 last = first + RP_PAGE_BITS - 1;
	unsigned int i;

	for (i = 0; i < c->nr_gaps; i++) {
		u64 a = max(c->gaps[i].start >> shift, first);
		u64 z = min((c->gaps[i].end - 1) >> shift, last);

		if (a > z)
			continue;
		bitmap_set(c->kinds.plane[RP_PLANE_WRITTEN], a - first, z - a + 1);
		bitmap_clear(c->kinds.plane[RP_PLANE_ZEROED], a - first,
			     z - a + 1);
		bitmap_clear(c->kinds.plane[RP_PLANE_DISCARDED], a - first,
			     z - a + 1);
	}
}

static int rp_changes_read_closed(struct rp_changes *c, rp_page_t page,
				  struct rp_page_kinds *k, unsigned int pin)
{
	int err = rp_md_query_page(c->lease->pin[pin], page, k);

	return err ? rp_changes_io_error(c, err) : 0;
}

int rp_changes_read_page(struct rp_changes *c, rp_page_t page)
{
	struct rp_lease *lease = c->lease;
	struct rp_page_kinds *open = NULL;
	unsigned int i, tries = RP_CHANGES_TRIES;
	rp_seq_t before = lease->pinned;
	u64 first, second;
	int err = 0;

	if (c->now) {
		open = kvzalloc(sizeof(*open), GFP_KERNEL);
		if (!open)
			return -ENOMEM;
		do {
			first = rp_changes_commit(c);
			memset(open, 0, sizeof(*open));
			rp_volume_overlay_open(c->vol, page, open);
			err = rp_changes_pin_newest(c, &second);
			if (!err && first != second && !--tries)
				err = rp_changes_busy(c);
		} while (!err && first != second);
	}

	memset(&c->kinds, 0, sizeof(c->kinds));
	for (i = 0; i < lease->nr_pins && !err; i++) {
		err = rp_changes_read_closed(c, page, &c->part, i);
		if (!err)
			rp_changes_overlay(&c->kinds, &c->part);
	}
	if (open && !err) {
		if (rp_seq_nr(before) == rp_seq_nr(lease->pinned))
			rp_changes_overlay(&c->kinds, open);
		else
			rp_changes_join(&c->kinds, open);
	}
	kvfree(open);
	if (!err && c->all)
		rp_changes_fill_gaps(c, page);
	return err;
}
