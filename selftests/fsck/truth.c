// SPDX-License-Identifier: GPL-2.0-only
/*
 * truth.c - is everything that was written still known? (I1)
 */
#include "core/format.h"
#include "truth.h"

struct gaps {
	unsigned int nr;
	struct rp_gap gap[64];
};

static int add_gap(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct gaps *g = arg;

	CHECK(g->nr < ARRAY_SIZE(g->gap));
	CHECK_EQ(rp_gap_decode(id, data, len, &g->gap[g->nr]), 0);
	g->nr++;
	return 0;
}

/* Would an answer about (@from, @to] call this byte unknown? */
static bool in_gap(const struct gaps *g, u64 from, u64 to, u64 byte)
{
	unsigned int i;

	for (i = 0; i < g->nr; i++) {
		u64 seq = rp_seq_nr(g->gap[i].seq);

		if (seq > from && seq <= to && byte >= g->gap[i].start &&
		    byte - g->gap[i].start < g->gap[i].length)
			return true;
	}
	return false;
}

static void check_granules(const struct world *w, const struct rp_tracker *t,
			   const struct gaps *g, u64 from, u64 to, u64 page,
			   const struct rp_page_kinds *k)
{
	u64 i;

	for (i = 0; i < RP_PAGE_BITS; i++) {
		u64 nr = page * RP_PAGE_BITS + i;
		bool any = test_bit(i, k->plane[0]) || test_bit(i, k->plane[1]) ||
			   test_bit(i, k->plane[2]);

		if (nr >= w->info.geo.nr_granules || any ||
		    !rp_tracker_kind(t, rp_granule(nr)))
			continue;
		CHECK(in_gap(g, from, to, nr << w->info.geo.granule_shift));
	}
}

static void check_interval(const struct world *w, struct rp_md *md,
			   const struct gaps *g, unsigned int i)
{
	struct rp_page_kinds *k;
	struct rp_md_query *q;
	u64 page;

	/* Of one generation: a boundary that was there is there. */
	CHECK_EQ(rp_md_query_open(md, rp_seq(w->start[i]), rp_seq(w->end[i]), &q),
		 0);
	k = rp_zalloc(sizeof(*k));
	for (page = 0; page < w->info.geo.nr_pages; page++) {
		CHECK_EQ(rp_md_query_page(q, rp_page(page), k), 0);
		check_granules(w, w->t[i], g, w->start[i], w->end[i], page, k);
	}
	rp_free(k);
	rp_md_query_close(q);
}

static void check_open(const struct world *w, struct rp_md *md,
		       const struct gaps *g, u64 seq)
{
	struct rp_tracker *t = rp_tracker_alloc(&w->info.geo);
	u64 i;

	CHECK_EQ(rp_md_load_open(md, t, false), 0);
	for (i = 0; i < w->info.geo.nr_granules; i++)
		if (rp_tracker_kind(w->open, rp_granule(i)) &&
		    !rp_tracker_kind(t, rp_granule(i)))
			CHECK(in_gap(g, seq - 1, seq,
				     i << w->info.geo.granule_shift));
	rp_tracker_free(t);
}

/* Does all of the open interval count as written? */
static bool all_marked(const struct world *w, struct rp_md *md)
{
	struct rp_tracker *t = rp_tracker_alloc(&w->info.geo);
	bool all = true;
	u64 i;

	CHECK_EQ(rp_md_load_open(md, t, false), 0);
	for (i = 0; i < w->info.geo.nr_granules && all; i++)
		all = rp_tracker_kind(t, rp_granule(i));
	rp_tracker_free(t);
	return all;
}

/*
 * What was armed when the power went is armed still (I2), unless all of the open
 * interval counts as written.
 */
static void check_arms(struct world *w, struct sim *s, struct rp_md *md,
		       const struct rp_md_info *info)
{
	const struct rp_arm_sector_disk *d = (void *)sim_block(s, 2);
	const struct rp_arm_sector_disk *was = (void *)sim_block(&w->sim, 2);
	const u8 *bits;
	unsigned int i;

	if (w->info.clean || all_marked(w, md))
		return;
	CHECK(!info->clean);
	bits = rp_arm_sector_decode(d, 0, info->arm_since, info->volume);
	CHECK(bits);
	for (i = 0; bits != RP_ARM_TORN && i < sizeof(was->bits); i++)
		CHECK_EQ(was->bits[i] & ~bits[i], 0);
}

bool check_truth(struct world *w, struct sim *s)
{
	struct rp_md_info info;
	struct gaps *g = rp_zalloc(sizeof(*g));
	struct rp_why why;
	struct rp_md *md;
	unsigned int i;
	bool same;

	if (rp_md_open(&s->io, &md, &why))
		test_fail(__FILE__, __LINE__, "%s", why.text);
	rp_md_get_info(md, &info);
	CHECK(!info.one_copy);
	CHECK_EQ(rp_md_for_each_record(md, RP_RECORD_GAP, add_gap, g), 0);
	same = !memcmp(info.generation, w->info.generation, 16);
	for (i = 0; same && i < w->nr; i++)
		check_interval(w, md, g, i);
	if (same)
		check_open(w, md, g, rp_seq_nr(info.open_seq));
	else
		CHECK(rp_seq_nr(info.first_seq) >= rp_seq_nr(w->info.open_seq));
	if (same)
		check_arms(w, s, md, &info);
	rp_md_close(md);
	rp_free(g);
	return same;
}
