// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages.c - pages of bits, and blocks with more than one owner
 *
 * Of two that claim one block one is wrong, and nothing says which: both count as
 * damaged. What is lost of an interval counts as written, page by page.
 */
#include "fsck.h"

static int lose_shared(struct fsck *f, u32 slot, u32 with, u32 block)
{
	char why[RP_WHY_MAX], other[FSCK_WHERE_MAX];

	if (f->slot[slot].lost)
		return 0;
	fsck_record_name(&f->slot[with].disk, other);
	scnprintf(why, sizeof(why), "block %u: claimed twice, by %s too", block,
		  other);
	return fsck_lose_record(f, slot, why);
}

/* Chains: those who share a block are lost. */
static int own_chain(struct fsck *f, u32 slot)
{
	const struct rp_record *rec = f->slot[slot].rec;
	u32 i, was;
	int err = 0;

	for (i = 0; i < rec->nr_blocks && !err; i++) {
		was = f->owner[rec->block[i]];
		if (!was) {
			f->owner[rec->block[i]] = slot + 1;
			continue;
		}
		err = lose_shared(f, slot, was - 1, rec->block[i]);
		if (!err)
			err = lose_shared(f, was - 1, slot, rec->block[i]);
	}
	return err;
}

static void own_pages(struct fsck *f, u32 slot, unsigned long *twice)
{
	const struct rp_index *index = f->slot[slot].index;
	u32 i;

	for (i = 0; i < index->nr; i++) {
		u32 block = index->entry[i].block;

		if (!block)
			continue;
		if (f->owner[block])
			__set_bit(block, twice);
		else
			f->owner[block] = slot + 1;
		__set_bit(block, f->touched);
	}
}

/* Is the page of bits at @e good? Its bits go to b->vec[0]. */
static int page_check(struct rp_batch *b, const struct rp_entry *e,
		      const unsigned long *twice, struct rp_why *why)
{
	int err;

	if (test_bit(e->block, twice)) {
		rp_why(why, "block %u: claimed twice", e->block);
		return -EUCLEAN;
	}
	err = rp_batch_read(b, &e->block, 1);
	if (err) {
		rp_why(why, "block %u: cannot be read: %d", e->block, err);
		return err;
	}
	if (rp_page_csum(b->vec[0].data) != e->csum) {
		rp_why(why, "block %u: a damaged page of bits", e->block);
		return -EUCLEAN;
	}
	return 0;
}

static int lose_page(struct fsck *f, struct fsck_slot *s, u32 page,
		     const char *why)
{
	if (!s->nr_lost)
		s->lost_first = page;
	if (!s->nr_lost || s->lost_last != page)
		s->nr_lost++;
	s->lost_last = page;
	return fsck_add_record(f, FSCK_ERROR, &s->disk, "page %u of granules: %s",
			       page, why);
}

/* Bits beyond the end: harmless, readers clip them (I13). */
static int check_tail(struct fsck *f, struct fsck_slot *s, u32 page,
		      const void *bits)
{
	struct rp_geometry geo;
	u64 nr;
	u32 bit;

	rp_geometry_init(&geo, s->rec->iv->sectors, f->md->geo.granule_shift,
			 f->md->geo.region_shift);
	nr = geo.nr_granules - ((u64)page << RP_PAGE_BITS_SHIFT);
	if (nr >= RP_PAGE_BITS)
		return 0;
	bit = find_next_bit(bits, RP_PAGE_BITS, nr);
	if (bit >= RP_PAGE_BITS)
		return 0;
	return fsck_add_record(f, FSCK_NOTE, &s->disk,
			       "page %u of granules: a bit is set beyond the end of the volume",
			       page);
}

/* The index with all of each lost page as written; it takes no block. */
static int make_good(struct fsck_slot *s, const u8 *bad)
{
	const struct rp_index *index = s->index;
	struct rp_index *g;
	u32 i, n, j;

	g = rp_zalloc(sizeof(*g) + (size_t)index->nr * sizeof(*g->entry));
	if (!g)
		return -ENOMEM;
	g->refs = 1;
	for (i = 0; i < index->nr; i += n) {
		u32 page = index->entry[i].where >> 2;
		bool lost = false;

		for (n = 0; i + n < index->nr &&
		     index->entry[i + n].where >> 2 == page; n++)
			lost |= bad[i + n];
		for (j = 0; j < n && !lost; j++)
			g->entry[g->nr++] = index->entry[i + j];
		if (lost)
			g->entry[g->nr++].where = rp_where(page, RP_PLANE_WRITTEN);
	}
	s->good = g;
	return 0;
}

static int check_pages(struct fsck *f, struct rp_batch *b, struct fsck_slot *s,
		       const unsigned long *twice)
{
	u8 *bad = rp_zalloc(s->index->nr + 1);
	int err = bad ? 0 : -ENOMEM;
	u32 i;

	for (i = 0; i < s->index->nr && !err; i++) {
		const struct rp_entry *e = &s->index->entry[i];
		struct rp_why why = { "" };

		if (!e->block)
			continue;
		err = page_check(b, e, twice, &why);
		if (!err) {
			err = check_tail(f, s, e->where >> 2, b->vec[0].data);
		} else if (err != -ENOMEM) {
			bad[i] = true;
			err = lose_page(f, s, e->where >> 2, why.text);
		}
	}
	if (!err && s->nr_lost)
		err = make_good(s, bad);
	rp_free(bad);
	return err;
}

static bool has_pages(const struct fsck_slot *s)
{
	return s->rec && s->index && !s->lost;
}

int fsck_pages(struct fsck *f, struct rp_batch *b)
{
	unsigned long *twice;
	u32 i;
	int err = 0;

	twice = rp_calloc(BITS_TO_LONGS((size_t)f->md->space.nr), sizeof(*twice));
	if (!twice)
		return -ENOMEM;
	for (i = 0; i < f->nr_slots && !err; i++)
		if (f->slot[i].rec)
			err = own_chain(f, i);
	for (i = 0; i < f->nr_slots && !err; i++)
		if (has_pages(&f->slot[i]))
			own_pages(f, i, twice);
	for (i = 0; i < f->nr_slots && !err; i++)
		if (has_pages(&f->slot[i]))
			err = check_pages(f, b, &f->slot[i], twice);
	rp_free(twice);
	return err;
}
