/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tracker.h - the bits of one interval in memory
 *
 * Three planes of bits, one for each kind that can be told apart, each a
 * two-level table of 4 KiB pages that come into being as they are touched. Where all
 * granules of a page count as marked it may be RP_PAGE_FULL, which takes no memory:
 * because no page could be had (O7), or because they are, and the page was given up
 * (rp_tracker_squeeze()). For want of memory there is one in the plane of
 * what is written only: of the other granules of the page nothing is known, and
 * "discarded" would be a lie about them (I13) that hides an earlier write (I1).
 *
 * Marking is safe from any context and against other markers. Readers need no lock,
 * but a promise of the caller that the tracker stays and that no page of it is given
 * up meanwhile: RCU, or the claim of its volume.
 */
#ifndef RP_TRACKER_H
#define RP_TRACKER_H

#include "kind.h"
#include "types.h"

#define RP_PAGE_FULL	((unsigned long *)1UL)

#define RP_DIR_SHIFT	9
#define RP_DIR_SLOTS	(1U << RP_DIR_SHIFT)

struct rp_dir {
	unsigned long *slot[RP_DIR_SLOTS];
};

/**
 * struct rp_tracker - the marks of one interval
 * @nr_pages: pages of a plane
 * @nr_granules: bits of a plane
 * @plane: for each plane the table of directories; entries NULL, a directory,
 *	or (struct rp_dir *)RP_PAGE_FULL
 */
struct rp_tracker {
	u64 nr_pages;
	u64 nr_granules;
	struct rp_dir **plane[RP_NR_PLANES];
} ____cacheline_aligned_in_smp;

struct rp_tracker *rp_tracker_alloc(const struct rp_geometry *geo);
void rp_tracker_free(struct rp_tracker *t);

/**
 * rp_tracker_page() - one page of a plane
 *
 * Return: NULL (no bit set), RP_PAGE_FULL (all set) or the page.
 */
static inline unsigned long *rp_tracker_page(const struct rp_tracker *t,
					     enum rp_plane plane, rp_page_t page)
{
	u64 nr = rp_page_nr(page);
	struct rp_dir *dir = READ_ONCE(t->plane[plane][nr >> RP_DIR_SHIFT]);

	if (!dir || dir == (void *)RP_PAGE_FULL)
		return (unsigned long *)dir;
	return READ_ONCE(dir->slot[nr & (RP_DIR_SLOTS - 1)]);
}

static inline bool rp_tracker_test(const struct rp_tracker *t,
				   enum rp_plane plane, rp_granule_t g)
{
	unsigned long *page = rp_tracker_page(t, plane, rp_granule_page(g));

	if (!page)
		return false;
	return page == RP_PAGE_FULL || test_bit(rp_granule_bit(g), page);
}

/**
 * rp_tracker_mark() - set the bits of @first..@last in a plane
 *
 * Never fails: where memory is short a whole page counts as written (O7), or for
 * the other planes the range does. Does not sleep.
 * Return: number of bits that were not set before (RP_PAGE_FULL counts 1).
 */
u64 rp_tracker_mark(struct rp_tracker *t, enum rp_plane plane,
		    rp_granule_t first, rp_granule_t last);

/*
 * The volume was @before sectors long and is @geo now: what was added is written, it
 * is the change, and so is the granule that was partial. Nothing if it shrank.
 */
void rp_tracker_mark_tail(struct rp_tracker *t, const struct rp_geometry *geo,
			  u64 before);

/* Clear bits of a plane; a page that is RP_PAGE_FULL keeps all of them. */
void rp_tracker_clear(struct rp_tracker *t, enum rp_plane plane,
		      rp_granule_t first, rp_granule_t last);

/* Kind of one granule, RP_KIND_NONE if it was not touched. */
unsigned int rp_tracker_kind(const struct rp_tracker *t, rp_granule_t g);

/* Does one of @first..@last have a kind? */
bool rp_tracker_any(const struct rp_tracker *t, rp_granule_t first, rp_granule_t last);
/* Are all of them written? */
bool rp_tracker_all(const struct rp_tracker *t, rp_granule_t first, rp_granule_t last);

/* Install a page read from disk: bits are ORed in. Sleeps. Return: 0, -ENOMEM. */
int rp_tracker_load(struct rp_tracker *t, enum rp_plane plane, rp_page_t page,
		    const unsigned long *bits);

/*
 * All bits of @from into @to, plane by plane: they are one interval, and a granule
 * that has several kinds then is written (I13). Does not fail.
 */
void rp_tracker_absorb(struct rp_tracker *to, const struct rp_tracker *from);
/* The same, as one kind: all of them are written in @to. */
void rp_tracker_absorb_written(struct rp_tracker *to, const struct rp_tracker *from);

/**
 * rp_tracker_squeeze() - give up pages of what is written of which every bit is set
 * @at: page to begin at, 0 at first; on return the one to go on at, another time
 * @full: of as many as @max, the pages that RP_PAGE_FULL has taken the place of; the
 *	caller frees them, once nobody looks at them any more
 *
 * Nothing clears a bit of that plane, so that they do not change while they are looked
 * at, and RP_PAGE_FULL says what they say. A page that the volume ends in is kept.
 * Bounded: it looks at RP_SQUEEZE_LOOK pages at most (I12). Where there is nothing
 * further on, @at is 0.
 * Return: how many are in @full.
 */
u32 rp_tracker_squeeze(struct rp_tracker *t, rp_page_t *at, unsigned long **full,
		       u32 max);
#define RP_SQUEEZE_LOOK	1024

/* Is there, or was there, anything but written? */
bool rp_tracker_has_kinds(const struct rp_tracker *t);
/* Whatever was zeroed or discarded counts as written. Does not fail. */
void rp_tracker_to_written(struct rp_tracker *t);

/* Pages in memory, of all planes. */
u64 rp_tracker_nr_pages(const struct rp_tracker *t);

/**
 * rp_tracker_next_page() - find a page of @plane that has or may have bits
 * @page: where to begin; on success the page found
 *
 * Return: false when there is none from there on.
 */
bool rp_tracker_next_page(const struct rp_tracker *t, enum rp_plane plane,
			  rp_page_t *page);

#endif /* RP_TRACKER_H */
