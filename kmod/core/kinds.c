// SPDX-License-Identifier: GPL-2.0-only
/*
 * kinds.c - the kinds of one page of granules, and how they combine (I13)
 */
#include "store.h"

static unsigned long word_of(const unsigned long *page, unsigned int i)
{
	if (!page)
		return 0;
	return page == RP_PAGE_FULL ? ~0UL : READ_ONCE(page[i]);
}

/*
 * rp_kind_of_planes() for a word of granules. The planes may be marked at the
 * same time; each bit is seen or not.
 */
static void kinds_of_word(const unsigned long *const plane[RP_NR_PLANES],
			  unsigned int i, unsigned long kind[RP_NR_PLANES])
{
	unsigned long z = word_of(plane[RP_PLANE_ZEROED], i);
	unsigned long d = word_of(plane[RP_PLANE_DISCARDED], i);
	unsigned long w = word_of(plane[RP_PLANE_WRITTEN], i) | (z & d);

	kind[RP_PLANE_WRITTEN] = w;
	kind[RP_PLANE_ZEROED] = z & ~w;
	kind[RP_PLANE_DISCARDED] = d & ~w;
}

void rp_page_kinds_lay(struct rp_page_kinds *k,
		       const unsigned long *const plane[RP_NR_PLANES])
{
	unsigned long kind[RP_NR_PLANES], any;
	unsigned int i, p;

	for (i = 0; i < RP_PAGE_LONGS; i++) {
		kinds_of_word(plane, i, kind);
		any = kind[0] | kind[1] | kind[2];
		if (!any)
			continue;
		for (p = 0; p < RP_NR_PLANES; p++)
			k->plane[p][i] = (k->plane[p][i] & ~any) | kind[p];
	}
}

void rp_page_kinds_overlay(struct rp_page_kinds *k, const unsigned long *written,
			   const unsigned long *zeroed,
			   const unsigned long *discarded)
{
	const unsigned long *plane[RP_NR_PLANES] = {
		[RP_PLANE_WRITTEN] = written,
		[RP_PLANE_ZEROED] = zeroed,
		[RP_PLANE_DISCARDED] = discarded,
	};

	rp_page_kinds_lay(k, plane);
}

void rp_page_kinds_to_written(struct rp_page_kinds *k)
{
	unsigned int i, p;

	for (p = RP_PLANE_WRITTEN + 1; p < RP_NR_PLANES; p++) {
		for (i = 0; i < RP_PAGE_LONGS; i++) {
			k->plane[RP_PLANE_WRITTEN][i] |= k->plane[p][i];
			k->plane[p][i] = 0;
		}
	}
}

bool rp_page_kinds_underlay(struct rp_page_kinds *k,
			    const unsigned long *const plane[RP_NR_PLANES])
{
	unsigned long kind[RP_NR_PLANES], none, missing = 0;
	unsigned int i, p;

	for (i = 0; i < RP_PAGE_LONGS; i++) {
		none = ~(k->plane[0][i] | k->plane[1][i] | k->plane[2][i]);
		if (!none)
			continue;
		kinds_of_word(plane, i, kind);
		missing |= none & ~(kind[0] | kind[1] | kind[2]);
		for (p = 0; p < RP_NR_PLANES; p++)
			k->plane[p][i] |= kind[p] & none;
	}
	return missing;
}

void rp_page_kinds_clip(struct rp_page_kinds *k, u32 page, u64 nr_granules)
{
	u64 first = (u64)page << RP_PAGE_BITS_SHIFT;
	unsigned int i, p, left;

	if (nr_granules >= first + RP_PAGE_BITS)
		return;
	left = nr_granules > first ? nr_granules - first : 0;
	for (p = 0; p < RP_NR_PLANES; p++) {
		i = left / BITS_PER_LONG;
		if (left % BITS_PER_LONG) {
			k->plane[p][i] &= ~0UL >> (BITS_PER_LONG -
						   left % BITS_PER_LONG);
			i++;
		}
		memset(&k->plane[p][i], 0, (RP_PAGE_LONGS - i) * sizeof(long));
	}
}
