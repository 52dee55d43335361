/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mark.h - what a write marks, when it is let in and when it has ended
 *
 * I9: every granule that it touches. I5, O4: a write that was let in before a
 * boundary and ends after it is marked on both sides. I13: zeroings and discards
 * are rare; they are kept in a list while in flight and get their kind at the
 * end, when it is known to be true. Whoever looks at an interval meanwhile takes
 * those in the list for written.
 *
 * The list is the caller's and so is its lock, which all rp_zeroing_*() need.
 * Functions return how many granules were marked for the first time.
 */
#ifndef RP_MARK_H
#define RP_MARK_H

#include "metadata.h"
#include "split.h"

/**
 * struct rp_write - what is remembered of a write while it is in flight
 * @epoch: the host's epoch when it was admitted
 * @first: first granule it touches
 * @last: last granule it touches
 * @first_region: and regions
 * @last_region: likewise
 * @kind: enum rp_plane that its whole granules get
 * @phase: in-flight counter it was counted in
 * @counted: it was admitted
 * @cut_head: its first granule is not covered wholly
 * @cut_tail: its last granule is not covered wholly
 * @node: in the list of zeroings and discards when @kind is not written
 */
struct rp_write {
	u64 epoch;
	rp_granule_t first;
	rp_granule_t last;
	rp_region_t first_region;
	rp_region_t last_region;
	u8 kind;
	u8 phase;
	bool counted;
	bool cut_head;
	bool cut_tail;
	struct list_head node;
};

/* Of the sectors @start..@end, @end exclusive, relative to the volume. */
static inline void rp_write_range(struct rp_write *w, const struct rp_geometry *geo,
				  u64 start, u64 end, enum rp_plane kind)
{
	u64 mask = (1ULL << (geo->granule_shift - RP_SECTOR_SHIFT)) - 1;

	w->first = rp_sector_granule(geo, start);
	w->last = rp_sector_granule(geo, end - 1);
	if (RP_PLANT(forget_last_granule) && rp_granule_nr(w->last) >
	    rp_granule_nr(w->first))
		w->last = rp_granule(rp_granule_nr(w->last) - 1);
	w->first_region = rp_sector_region(geo, start);
	w->last_region = rp_sector_region(geo, end - 1);
	w->counted = false;
	w->kind = kind;
	w->cut_head = start & mask;
	/* The last granule of the volume may be partial itself. */
	w->cut_tail = (end & mask) && end != geo->sectors;
}

/* Let in at @epoch: count it in w->phase, mark it in what is returned. */
static inline struct rp_tracker *rp_write_side(struct rp_write *w,
					       const struct rp_split *s,
					       u64 epoch)
{
	unsigned int side = rp_split_side(s, epoch);

	w->epoch = epoch;
	w->phase = s->phase[side];
	w->counted = true;
	return s->tracker[side];
}

/* The mark of a write proper. In steady state a test and no store. */
static inline u64 rp_write_mark(const struct rp_write *w, struct rp_tracker *t)
{
	if (rp_granule_nr(w->first) == rp_granule_nr(w->last) &&
	    rp_tracker_test(t, RP_PLANE_WRITTEN, w->first))
		return 0;
	return rp_tracker_mark(t, RP_PLANE_WRITTEN, w->first, w->last);
}

/* A zeroing or discard is let in, and marked in @t as far as is known. */
u64 rp_zeroing_admit(struct list_head *list, struct rp_write *w,
		     struct rp_tracker *t);
/* It has ended, at @epoch: its kind, if that is true (I13). */
u64 rp_zeroing_end(struct list_head *list, struct rp_write *w,
		   const struct rp_split *s, u64 epoch, bool failed);

/*
 * Those in flight that were admitted before @boundary may or may not have
 * happened at the cut: written in @closed (I5, I13).
 */
u64 rp_zeroing_settle(struct list_head *list, u64 boundary,
		      struct rp_tracker *closed);

/* Those in flight in @page, as written, over @k. */
void rp_zeroing_overlay(const struct list_head *list, rp_page_t page,
			struct rp_page_kinds *k);
/* The first page from @from on with one of them in it. */
bool rp_zeroing_next_page(const struct list_head *list, rp_page_t from,
			  rp_page_t *found);

#endif /* RP_MARK_H */
