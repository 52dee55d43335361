// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_ahead.c - regions that are armed ahead of a stream: how many, for whom, and
 * that a checkpoint takes all of them back
 */
#include "core/arming.h"
#include "test.h"

#define REGIONS		300
#define GRANULES	4	/* of a region */

struct volume {
	struct rp_arming a;
	struct rp_geometry geo;
	struct rp_tracker *t;
	_Alignas(8) u8 image[RP_BLOCK_SIZE];
	unsigned int waits;	/* writes that had to wait for a write of the map */
	unsigned int queued;	/* and those that asked, and could go on */
};

static struct volume *volume_new(void)
{
	struct volume *v = calloc(1, sizeof(*v));
	struct rp_md_info info = { };

	rp_geometry_init(&v->geo, REGIONS * GRANULES * 8ULL, 12, 14);
	CHECK_EQ(rp_arming_init(&v->a, &v->geo, &info), 0);
	v->t = rp_tracker_alloc(&v->geo);
	CHECK(v->t);
	return v;
}

static void volume_free(struct volume *v)
{
	rp_tracker_free(v->t);
	rp_arming_exit(&v->a);
	free(v);
}

static void arm(struct volume *v)
{
	while (rp_arming_build(&v->a, 0, v->image))
		rp_arming_end(&v->a, 0, false);
}

/* One write of a granule, as the module lets it in. */
static void put(struct volume *v, u64 granule)
{
	struct rp_write w;
	bool ready;

	rp_write_range(&w, &v->geo, granule * 8, granule * 8 + 8, RP_PLANE_WRITTEN);
	if (!rp_arming_test(&v->a, w.first_region, w.last_region)) {
		ready = rp_arming_want(&v->a, w.first_region, w.last_region);
		rp_arming_want_ahead(&v->a, &v->geo, v->t, &w);
		v->queued += ready;
		v->waits += !ready;
		/* What is asked for while it goes on becomes durable behind its back. */
		arm(v);
	}
	CHECK(rp_arming_test(&v->a, w.first_region, w.last_region));
	rp_tracker_mark(v->t, RP_PLANE_WRITTEN, w.first, w.last);
}

static void judge(struct volume *v, const struct rp_tracker *t, bool over)
{
	u32 word;

	for (word = 0; word < BITS_TO_LONGS(REGIONS); word++)
		rp_arming_judge_ahead(&v->a, &v->geo, t, word, over);
}

static u32 checkpoint(struct volume *v)
{
	u32 before = rp_arming_nr_durable(&v->a);

	rp_arming_drop_begin(&v->a);
	judge(v, v->t, true);
	rp_arming_drop_start(&v->a);
	arm(v);
	CHECK(rp_arming_drop_done(&v->a));
	rp_arming_drop_finish(&v->a);
	CHECK_EQ(rp_arming_nr_durable(&v->a), 0);
	CHECK_EQ(v->a.nr_used + v->a.nr_wasted, v->a.nr_ahead);
	return before;
}

/* It waits while it is short; then what it gets to is armed already. */
static void test_stream(struct rng *r)
{
	struct volume *v = volume_new();
	u64 first = rng_below(r, 20 * GRANULES), end = (REGIONS - 60) * GRANULES, g;
	u32 written = 0, wasted;

	for (g = first; g < end; g++) {
		put(v, g);
		/* I8: no more ahead than is written, and no more than said. */
		written = g / GRANULES - first / GRANULES + 1;
		CHECK(rp_arming_nr_durable(&v->a) <= 2 * written);
		CHECK(rp_arming_nr_durable(&v->a) <= written + RP_ARMING_AHEAD);
	}
	CHECK(v->waits <= 6);
	/* One in sixteen regions at most asks for more. */
	CHECK(v->queued <= end / GRANULES / 16 + 2);
	wasted = checkpoint(v) - written;
	CHECK(wasted <= RP_ARMING_AHEAD);
	CHECK_EQ(v->a.nr_wasted, wasted);
	volume_free(v);
}

/* To the very end, where there is nothing ahead. */
static void test_end(struct rng *r)
{
	struct volume *v = volume_new();
	u64 g;

	for (g = 0; g < v->geo.nr_granules; g++)
		put(v, g);
	CHECK_EQ(rp_arming_nr_durable(&v->a), v->a.nr_regions);
	checkpoint(v);
	CHECK_EQ(v->a.nr_wasted, 0);
	volume_free(v);
}

/* Nothing is armed ahead of what is scattered. */
static void test_scattered(struct rng *r)
{
	struct volume *v = volume_new();
	unsigned int i;

	for (i = 0; i < REGIONS; i += 3)
		put(v, i * GRANULES + rng_below(r, GRANULES));
	CHECK_EQ(v->a.nr_ahead, 0);
	checkpoint(v);
	volume_free(v);
}

/* Where half of a group is written the rest is armed, and nothing else. */
static void test_group(struct rng *r)
{
	struct volume *v = volume_new();
	u32 group = rng_below(r, REGIONS / RP_ARMING_GROUP) * RP_ARMING_GROUP;
	unsigned int odd = rng_below(r, 2), i;

	/* From the last to the first: no stream. */
	for (i = RP_ARMING_GROUP / 2; i--; ) {
		CHECK_EQ(v->a.nr_ahead, 0);
		put(v, (group + 2 * i + odd) * GRANULES + 1);
	}
	CHECK_EQ(v->a.nr_ahead, RP_ARMING_GROUP / 2);
	CHECK_EQ(rp_arming_nr_durable(&v->a), RP_ARMING_GROUP);
	put(v, (group + !odd) * GRANULES);
	for (i = 0; i < RP_ARMING_GROUP; i++)
		CHECK(test_bit(group + i, v->a.durable));
	checkpoint(v);
	CHECK_EQ(v->a.nr_used, 1);
	volume_free(v);
}

/* Marks from before a checkpoint are no stream: each write arms one region more at most. */
static void test_old_marks(struct rng *r)
{
	struct volume *v = volume_new();
	unsigned int i, asked = 0;

	for (i = 0; i < REGIONS; i++)
		put(v, i * GRANULES + GRANULES - 1);
	checkpoint(v);
	/* Always there where nothing is armed any more. */
	for (i = 1 + rng_below(r, 8); i < REGIONS;
	     i = find_next_zero_bit(v->a.durable, REGIONS, i)) {
		put(v, i * GRANULES);
		asked++;
		CHECK(rp_arming_nr_durable(&v->a) <= 2 * asked);
	}
	volume_free(v);
}

/* What is written wholly is no excess: a stream over it goes on as any. */
static void test_again(struct rng *r)
{
	struct volume *v = volume_new();
	unsigned int g;

	for (g = 0; g < 200 * GRANULES; g++)
		put(v, g);
	checkpoint(v);
	v->waits = 0;
	for (g = 0; g < 200 * GRANULES; g++)
		put(v, g);
	CHECK(v->waits <= 6);
	volume_free(v);
}

/* After a cut the stream begins anew, in the tracker that is open. */
static void test_cut(struct rng *r)
{
	struct volume *v = volume_new();
	struct rp_tracker *closed = v->t;
	unsigned int g = 0;

	while (g < 40 * GRANULES)
		put(v, g++);
	v->t = rp_tracker_alloc(&v->geo);
	judge(v, closed, false);
	CHECK_EQ(v->a.nr_wasted, 0);
	CHECK(v->a.nr_used && v->a.nr_used < v->a.nr_ahead);
	while (g < 150 * GRANULES)
		put(v, g++);
	CHECK(v->waits <= 11);
	checkpoint(v);
	CHECK(v->a.nr_wasted <= RP_ARMING_AHEAD);
	rp_tracker_free(closed);
	volume_free(v);
}

static const struct test_case cases[] = {
	{ "ahead_of_a_stream", test_stream, 20 },
	{ "ahead_of_the_end", test_end, 1 },
	{ "ahead_of_nothing", test_scattered, 5 },
	{ "ahead_in_a_group", test_group, 10 },
	{ "ahead_of_old_marks", test_old_marks, 20 },
	{ "ahead_once_more", test_again, 1 },
	{ "ahead_after_a_cut", test_cut, 1 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
