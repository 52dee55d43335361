/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * extent.h - from pages of kinds to the packed extents of GET_CHANGES
 *
 * Pure: no I/O, no allocation. The caller feeds the pages of a query in
 * ascending order; pages it leaves out have no bits. Extents come out strictly
 * increasing and disjoint; neighbours of the same kind are one extent.
 *
 *	rp_extents_init(&x, &params);
 *	page = rp_extents_page(&x);
 *	while (rp_extents_want(&x) && rp_md_query_next_page(q, &page)) {
 *		err = rp_md_query_page(q, page, k);
 *		...
 *		rp_extents_add(&x, page, k);
 *		page = rp_extents_page(&x);
 *	}
 *	if (rp_extents_want(&x) && !stopped_early)
 *		rp_extents_finish(&x);
 *
 * after which @nr extents are good, everything before @pos is settled, and the
 * next page of the answer begins at @pos: no loss, no duplicate. The caller may
 * stop feeding at any time (I12, bounded work) and answer with what it has;
 * with a granularity above rp_page_t's reach @pos moves only when the last page
 * of a unit has been fed, so stop only where @pos has moved past @start.
 */
#ifndef RP_EXTENT_H
#define RP_EXTENT_H

#include "kind.h"
#include "metadata.h"

/* Laid out as struct refpoint_extent of the wire. */
struct rp_extent {
	u64 offset;		/* bytes */
	u64 length;
	u32 kinds;		/* one RP_KIND_* */
	u32 reserved;
};

/* Bytes @start..@end, @end exclusive. */
struct rp_range {
	u64 start;
	u64 end;
};

/**
 * struct rp_extents_params - what is asked for
 * @granule_shift: log2 of the native granule in bytes
 * @unit_shift: log2 of the granularity asked for; 0: native; else at least
 *	@granule_shift and at most 63
 * @capacity: length of the volume at the later point, bytes
 * @start: first byte asked for
 * @length: bytes asked for; U64_MAX: to the end. Clipped to @capacity.
 * @grown_from: a granule at or beyond this byte that has no kind is written (a
 *	grown tail is the change); U64_MAX: the volume did not grow
 * @unknown: ranges that tracking cannot vouch for, normalised by
 *	rp_ranges_normalise(); they must stay while the extents are made
 * @nr_unknown: how many
 * @out: room for the extents
 * @max: how many fit, 1 at least
 */
struct rp_extents_params {
	u8 granule_shift;
	u8 unit_shift;
	u64 capacity;
	u64 start;
	u64 length;
	u64 grown_from;
	const struct rp_range *unknown;
	unsigned int nr_unknown;
	struct rp_extent *out;
	unsigned int max;
};

/**
 * struct rp_extents - extents in the making
 * @out: the extents so far
 * @nr: how many
 * @start: first byte asked for
 * @end: end of what was asked for, clipped to the capacity
 * @pos: everything from @start to here is settled; at @end all is done
 * @full: stopped because another extent did not fit; go on at @pos
 *
 * The rest is private.
 */
struct rp_extents {
	struct rp_extent *out;
	unsigned int nr;
	u64 start;
	u64 end;
	u64 pos;
	bool full;

	unsigned int max;
	u8 granule_shift;
	u8 unit_shift;
	u64 capacity;
	u64 grown_from;
	const struct rp_range *unknown;
	unsigned int nr_unknown;
	u64 at;			/* first byte not fed yet, >= pos */
	u64 stop;		/* end of the last unit asked for */
	bool in_unit;		/* @kind stands for the unit begun before @at */
	u32 kind;
};

/*
 * A unit that reaches over @start or the end of what is asked for is judged as
 * a whole and reported as far as it was asked for: extents are cut there, never
 * outside. Kind of a unit coarser than a granule: unknown if any part is; the
 * common kind of all its granules; written if they differ (I13: a partly zeroed
 * unit is written); nothing only if no granule of it has a kind.
 *
 * Return: 0, -EINVAL for a granularity that cannot be or @max of 0, -ERANGE for
 * a @start beyond the capacity.
 */
int rp_extents_init(struct rp_extents *x, const struct rp_extents_params *p);

/* Is there anything left to feed? */
static inline bool rp_extents_want(const struct rp_extents *x)
{
	return !x->full && x->pos < x->end;
}

/* The first page worth feeding. Lower ones do no harm. */
rp_page_t rp_extents_page(const struct rp_extents *x);

/*
 * The kinds of @page, NULL: none. Pages between the last one fed and this one
 * have no bits. Bits beyond the capacity are ignored.
 */
void rp_extents_add(struct rp_extents *x, rp_page_t page,
		    const struct rp_page_kinds *k);

/* There is no further page with bits. */
void rp_extents_finish(struct rp_extents *x);

/* Sort and join @r in place, empty ones dropped. Return: how many are left. */
unsigned int rp_ranges_normalise(struct rp_range *r, unsigned int nr);

#endif /* RP_EXTENT_H */
