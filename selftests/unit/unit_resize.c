// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_resize.c - a volume that grows and shrinks, power cuts included
 *
 * The model knows for each point which granules have changed since: those that
 * were written, and those that were added, all of them, whatever was there before.
 */
#include "model.h"

#define MAX_GRANULES	(MODEL_PAGES * RP_PAGE_BITS)
#define MAX_POINTS	6

struct point {
	u64 seq;
	u64 sectors;
	bool *changed;
};

struct volume {
	struct sim s;
	u64 sectors;
	unsigned int nr_points;
	struct point point[MAX_POINTS];
	/* while it is active */
	struct rp_md *md;
	struct rp_tracker *t;
	struct rp_geometry geo;
};

/* Often within a granule, or near the end of a page of bits. */
static u64 random_sectors(struct rng *r)
{
	u64 page = RP_PAGE_BITS * 8ULL;

	switch (rng_below(r, 3)) {
	case 0:
		return page * (1 + rng_below(r, MODEL_PAGES - 1)) + rng_below(r, 33) - 16;
	case 1:
		return page * (1 + rng_below(r, MODEL_PAGES));
	default:
		return 1 + rng_below(r, page * MODEL_PAGES);
	}
}

static u64 granules(u64 sectors)
{
	return (sectors - 1) / 8 + 1;
}

static void model_resize(struct volume *v, u64 sectors)
{
	unsigned int i;
	u64 g;

	for (i = 0; i < v->nr_points; i++) {
		for (g = v->sectors / 8; g < MAX_GRANULES; g++)
			if (g < granules(sectors) && sectors > v->sectors)
				v->point[i].changed[g] = true;
		for (g = granules(sectors); g < MAX_GRANULES; g++)
			v->point[i].changed[g] = false;
	}
	v->sectors = sectors;
}

/* What preresume does. Commits @sectors; @s may be what a power cut has left. */
static struct rp_md *activate(struct sim *s, u64 sectors, struct rp_tracker **t,
			      struct rp_geometry *geo)
{
	struct rp_md_info info;
	struct rp_why why = { };
	struct rp_md *md;

	if (rp_md_open(&s->io, &md, &why))
		test_fail(__FILE__, __LINE__, "open: %s", why.text);
	rp_md_get_info(md, &info);
	rp_geometry_init(geo, sectors, info.geo.granule_shift,
			 info.geo.region_shift);
	*t = rp_tracker_alloc(geo);
	CHECK_EQ(rp_md_load_open(md, *t, !info.clean), 0);
	rp_tracker_mark_tail(*t, geo, info.geo.sectors);
	rp_md_stage_active(md, !info.clean);
	if (sectors != info.geo.sectors) {
		CHECK_EQ(rp_md_stage_sectors(md, sectors), 0);
		CHECK_EQ(rp_md_stage_open(md, *t), 0);
	}
	CHECK_EQ(rp_md_commit(md, 1, sectors > info.geo.sectors), 0);
	return md;
}

static void deactivate(struct volume *v)
{
	CHECK_EQ(rp_md_stage_open(v->md, v->t), 0);
	rp_md_stage_clean(v->md);
	CHECK_EQ(rp_md_commit(v->md, 1, false), 0);
	rp_md_close(v->md);
	rp_tracker_free(v->t);
}

/* Every point against the volume as it is now: all that changed, and no more. */
static void check_points(struct volume *v, struct rp_md *md, struct rp_tracker *t)
{
	struct rp_page_kinds *k = malloc(sizeof(*k));
	unsigned int i, bit;
	struct rp_md_query *q;
	struct rp_md_info info;
	u64 sectors, g, page;

	rp_md_get_info(md, &info);
	CHECK_EQ(info.geo.sectors, v->sectors);
	for (i = 0; i < v->nr_points; i++) {
		struct point *p = &v->point[i];

		CHECK_EQ(rp_md_boundary_sectors(md, rp_seq(p->seq), &sectors), 0);
		CHECK_EQ(sectors, p->sectors);
		CHECK_EQ(rp_md_query_open(md, rp_seq(p->seq), info.newest, &q), 0);
		for (page = 0; page < info.geo.nr_pages; page++) {
			CHECK_EQ(rp_md_query_page(q, rp_page(page), k), 0);
			for (bit = 0; bit < RP_PAGE_BITS; bit++) {
				g = page * RP_PAGE_BITS + bit;
				if (g >= granules(v->sectors))
					break;
				if (p->changed[g] !=
				    (test_bit(bit, k->plane[0]) ||
				     test_bit(bit, k->plane[1]) ||
				     test_bit(bit, k->plane[2]) ||
				     rp_tracker_kind(t, rp_granule(g))))
					test_fail(__FILE__, __LINE__,
						  "point %u: granule %llu of %llu: changed %d",
						  i, (unsigned long long)g,
						  (unsigned long long)granules(v->sectors),
						  p->changed[g]);
			}
		}
		rp_md_query_close(q);
	}
	free(k);
}

/* The power goes everywhere in the resize; then comes a table of any length. */
static void cut_everywhere(struct rng *r, struct volume *v, u64 to)
{
	unsigned int at, loss, i;
	struct sim left;

	sim_init(&left, v->s.io.nr_blocks);
	for (at = 0; at <= v->s.nr_log; at++) {
		for (loss = SIM_DROP; loss <= SIM_RANDOM; loss++) {
			struct volume w = *v;
			struct rp_md_info info;
			u64 next;

			sim_cut(&v->s, at, loss, r, &left);
			CHECK_EQ(rp_md_probe(&left.io, &info, NULL), 0);
			CHECK(info.geo.sectors == v->sectors ||
			      info.geo.sectors == to);
			for (i = 0; i < w.nr_points; i++) {
				w.point[i].changed = malloc(MAX_GRANULES);
				memcpy(w.point[i].changed, v->point[i].changed,
				       MAX_GRANULES);
			}
			if (info.geo.sectors != w.sectors)
				model_resize(&w, info.geo.sectors);
			next = rng_one_in(r, 3) ? random_sectors(r) :
			       rng_one_in(r, 2) ? to : v->sectors;
			if (next != w.sectors)
				model_resize(&w, next);
			w.md = activate(&left, next, &w.t, &w.geo);
			check_points(&w, w.md, w.t);
			rp_md_close(w.md);
			rp_tracker_free(w.t);
			for (i = 0; i < w.nr_points; i++)
				free(w.point[i].changed);
			test_count("power cuts", 1);
		}
	}
	sim_exit(&left);
}

static void some_writes(struct rng *r, struct volume *v)
{
	unsigned int n = rng_below(r, 4), i;

	while (n--) {
		u64 first = rng_below(r, v->geo.nr_granules), g;
		u64 len = 1 + rng_below(r, rng_one_in(r, 2) ? 10 : RP_PAGE_BITS + 9);
		u64 last = min(first + len, v->geo.nr_granules) - 1;

		rp_tracker_mark(v->t, rng_below(r, RP_NR_PLANES), rp_granule(first),
				rp_granule(last));
		for (i = 0; i < v->nr_points; i++)
			for (g = first; g <= last; g++)
				v->point[i].changed[g] = true;
	}
}

static void make_point(struct volume *v)
{
	struct rp_tracker *closed = v->t;
	struct rp_md_info info;
	struct point *p = &v->point[v->nr_points];

	if (v->nr_points == MAX_POINTS)
		return;
	rp_md_get_info(v->md, &info);
	v->t = rp_tracker_alloc(&v->geo);
	CHECK_EQ(rp_md_stage_cut(v->md, closed, 1), 0);
	CHECK_EQ(rp_md_commit(v->md, 1, true), 0);
	rp_tracker_free(closed);
	p->seq = rp_seq_nr(info.open_seq);
	p->sectors = v->sectors;
	p->changed = calloc(MAX_GRANULES, 1);
	v->nr_points++;
}

static void destroy_point(struct rng *r, struct volume *v)
{
	unsigned int i;

	if (!v->nr_points)
		return;
	i = rng_below(r, v->nr_points);
	/* As rp_volume_absorb(): in memory first where it is the youngest. */
	if (i + 1 == v->nr_points)
		CHECK_EQ(rp_md_load_interval(v->md, rp_seq(v->point[i].seq), v->t), 0);
	CHECK_EQ(rp_md_stage_merge(v->md, rp_seq(v->point[i].seq)), 0);
	CHECK_EQ(rp_md_commit(v->md, 1, false), 0);
	free(v->point[i].changed);
	v->nr_points--;
	memmove(&v->point[i], &v->point[i + 1],
		(v->nr_points - i) * sizeof(v->point[0]));
}

static void test_resize(struct rng *r)
{
	struct volume v = { };
	struct model m;
	unsigned int i, life;
	u64 to;

	make_device(r, &v.s, 0, &m);
	v.sectors = m.info.geo.sectors;
	model_exit(&m);
	v.md = activate(&v.s, v.sectors, &v.t, &v.geo);
	for (life = 0; life < 8; life++) {
		for (i = 0; i < 3; i++) {
			some_writes(r, &v);
			if (rng_one_in(r, 2))
				make_point(&v);
			else if (rng_one_in(r, 2))
				destroy_point(r, &v);
		}
		check_points(&v, v.md, v.t);
		deactivate(&v);
		sim_fold(&v.s);
		to = random_sectors(r);
		v.md = activate(&v.s, to, &v.t, &v.geo);
		if (rng_one_in(r, 3))
			cut_everywhere(r, &v, to);
		if (to != v.sectors)
			model_resize(&v, to);
		check_points(&v, v.md, v.t);
	}
	deactivate(&v);
	for (i = 0; i < v.nr_points; i++)
		free(v.point[i].changed);
	sim_exit(&v.s);
}

/* I12: what has no room for the worst open interval is refused and changes nothing. */
static void test_no_room(struct rng *r)
{
	const u64 small = 8ULL * RP_PAGE_BITS, large = 8 * small;
	struct rp_md_params p = { .volume = { 1 }, .generation = { 2 },
				  .sectors = small, .granule_shift = 12 };
	u32 blocks = rp_md_min_blocks(small, 12);
	struct rp_tracker *t;
	struct rp_geometry geo;
	struct rp_md_info info;
	struct rp_md *md;
	struct sim s, more;
	u64 want;

	/* Too small until @want is there, which is what it says is missing. */
	sim_init(&s, blocks);
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), 0);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	CHECK_EQ(rp_md_blocks_short(md, small), 0);
	for (want = large; !rp_md_blocks_short(md, want); want *= 2)
		;
	rp_geometry_init(&geo, want, 12, rp_md_default_region_shift(small, 12));
	t = rp_tracker_alloc(&geo);
	rp_tracker_mark_tail(t, &geo, small);
	CHECK_EQ(rp_md_stage_sectors(md, want), 0);
	CHECK_EQ(rp_md_stage_open(md, t), 0);
	CHECK_EQ(rp_md_commit(md, 1, true), -ENOSPC);
	blocks += rp_md_blocks_short(md, want);
	rp_md_close(md);
	CHECK_EQ(rp_md_probe(&s.io, &info, NULL), 0);
	CHECK_EQ(info.geo.sectors, small);

	/* The device grows, and all of it is used. */
	sim_init(&more, blocks + 16);
	memcpy(more.cur, s.cur, s.io.nr_blocks * RP_BLOCK_SIZE);
	memcpy(more.durable, s.cur, s.io.nr_blocks * RP_BLOCK_SIZE);
	CHECK_EQ(rp_md_open(&more.io, &md, NULL), 0);
	CHECK_EQ(rp_md_stage_sectors(md, want), 0);
	CHECK_EQ(rp_md_stage_open(md, t), 0);
	CHECK_EQ(rp_md_commit(md, 1, true), 0);
	rp_md_get_info(md, &info);
	CHECK_EQ(info.nr_blocks, blocks + 16);
	CHECK_EQ(info.geo.sectors, want);
	rp_md_close(md);
	rp_tracker_free(t);
	sim_exit(&more);
	sim_exit(&s);
}

static const struct test_case cases[] = {
	{ "resize_power_cuts", test_resize, 12 },
	{ "resize_no_room", test_no_room, 1 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
