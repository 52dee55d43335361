// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_arming.c - armed regions when writes of the map fail, and when all stops
 *
 * What is decided when nothing fails is for selftests/sim to judge.
 */
#include "core/arming.h"
#include "core/format.h"
#include "test.h"

static const u8 volume[16] = { 7 };

/* A map of two blocks, and what each of them is on the disk. */
struct map {
	struct rp_arming a;
	struct rp_geometry geo;
	struct rp_md_info info;
	_Alignas(8) u8 disk[2][RP_BLOCK_SIZE];
	_Alignas(8) u8 way[2][RP_BLOCK_SIZE];
};

static struct map *map_new(void)
{
	struct map *m = calloc(1, sizeof(*m));

	rp_geometry_init(&m->geo, (RP_ARM_BLOCK_REGIONS + 100) * 8ULL, 12, 12);
	memcpy(m->info.volume, volume, sizeof(volume));
	m->info.arm_since = 1;
	m->info.geo = m->geo;
	CHECK_EQ(rp_arming_init(&m->a, &m->geo, &m->info), 0);
	CHECK_EQ(m->a.nr_blocks, 2);
	return m;
}

static void map_free(struct map *m)
{
	rp_arming_exit(&m->a);
	free(m);
}

static bool want(struct map *m, u32 r)
{
	return rp_arming_want(&m->a, rp_region(r), rp_region(r));
}

static bool armed(const struct map *m, u32 r)
{
	return rp_arming_test(&m->a, rp_region(r), rp_region(r));
}

static bool build(struct map *m, unsigned int b)
{
	return rp_arming_build(&m->a, b, m->way[b]);
}

/* The write of @b ends; it has done what it was to do, or only some sectors. */
static void end(struct map *m, unsigned int b, bool failed, unsigned int sectors)
{
	unsigned int s;

	for (s = 0; s < RP_ARM_BLOCK_SECTORS; s++)
		if (sectors >> s & 1)
			memcpy(m->disk[b] + s * 512, m->way[b] + s * 512, 512);
	rp_arming_end(&m->a, b, failed);
}

/* What a crash would find armed: all that may be written into is. */
static void check_disk(struct map *m)
{
	struct rp_arming found;
	unsigned int b;
	u32 r;

	CHECK_EQ(rp_arming_init(&found, &m->geo, &m->info), 0);
	for (b = 0; b < 2; b++)
		rp_arming_load(&found, b, m->disk[b], &m->info);
	for (r = 0; r < m->a.nr_regions; r++) {
		if (test_bit(r, m->a.armed) || test_bit(r, m->a.durable))
			CHECK(test_bit(r, found.durable));
	}
	rp_arming_exit(&found);
}

/* I2: a failed write arms nothing, whatever of it has arrived; the next one does. */
static void test_failed(struct rng *r)
{
	struct map *m = map_new();
	unsigned int tries = 1 + rng_below(r, 4), b = rng_below(r, 2), i;
	u32 first = b * RP_ARM_BLOCK_REGIONS;

	CHECK(!want(m, first + 3));
	CHECK(build(m, b));
	end(m, b, false, ~0U);
	CHECK(armed(m, first + 3));

	CHECK(!want(m, first + 5));
	for (i = 0; i < tries; i++) {
		CHECK(build(m, b));
		CHECK(!build(m, b));
		/* Asked for while a write is on its way: in the next one. */
		CHECK(!want(m, first + 10 + i));
		end(m, b, true, rng_below(r, 256));
		CHECK(!armed(m, first + 5));
		CHECK(armed(m, first + 3));
		CHECK(!want(m, first + 5));
		check_disk(m);
	}
	CHECK(build(m, b));
	end(m, b, false, ~0U);
	for (i = 0; i < tries; i++)
		CHECK(armed(m, first + 10 + i));
	CHECK(armed(m, first + 5));
	check_disk(m);
	/* Nothing is left to be done. */
	CHECK(!build(m, 0) && !build(m, 1));
	map_free(m);
}

/* O2: regions are not taken back before a write without them has succeeded. */
static void test_failed_drop(struct rng *r)
{
	struct map *m = map_new();
	unsigned int i;

	CHECK(!want(m, 1) && !want(m, 2));
	CHECK(build(m, 0));
	end(m, 0, false, ~0U);
	CHECK(rp_arming_drop_begin(&m->a));
	rp_arming_drop_start(&m->a);
	for (i = 0; i < 3; i++) {
		CHECK(build(m, 0));
		end(m, 0, true, rng_below(r, 256));
		CHECK(!rp_arming_drop_done(&m->a));
		/* Not durable any more, though it may be there. */
		CHECK(!i || !want(m, 2));
		CHECK(!armed(m, 2));
		check_disk(m);
	}
	CHECK(build(m, 0));
	end(m, 0, false, ~0U);
	CHECK(rp_arming_drop_done(&m->a));
	rp_arming_drop_finish(&m->a);
	CHECK(armed(m, 2) && !armed(m, 1));
	CHECK_EQ(rp_arming_nr_durable(&m->a), 1);
	check_disk(m);
	map_free(m);
}

/* Nothing is let in after a stop, by whatever ends late. */
static void test_stop(struct rng *r)
{
	struct map *m = map_new();

	CHECK(!want(m, 1));
	CHECK(!want(m, RP_ARM_BLOCK_REGIONS));
	CHECK(build(m, 0));
	end(m, 0, false, ~0U);
	CHECK(build(m, 1));
	CHECK(rp_arming_drop_begin(&m->a));
	rp_arming_stop(&m->a);
	end(m, 1, false, ~0U);
	CHECK(!armed(m, RP_ARM_BLOCK_REGIONS));
	rp_arming_drop_cancel(&m->a);
	CHECK(!armed(m, 1));
	/* Their records are durable; that lets nobody in. */
	CHECK(!want(m, 1) && !want(m, RP_ARM_BLOCK_REGIONS) && !want(m, 2));
	CHECK(!armed(m, 1) && !armed(m, RP_ARM_BLOCK_REGIONS));
	CHECK(!build(m, 0) && !build(m, 1));
	CHECK(!rp_arming_drop_begin(&m->a));
	CHECK(rp_arming_drop_done(&m->a));
	check_disk(m);
	map_free(m);
}

/* A bypass lets everything pass; one that was on its way changes nothing. */
static void test_bypass(struct rng *r)
{
	struct map *m = map_new();

	CHECK(!want(m, 1));
	CHECK(build(m, 0));
	rp_arming_bypass(&m->a);
	end(m, 0, true, 0);
	CHECK(want(m, 1) && want(m, 2) && armed(m, m->a.nr_regions - 1));
	CHECK(!build(m, 0) && !build(m, 1));
	map_free(m);
}

static const struct test_case cases[] = {
	{ "arming_failed_writes", test_failed, 30 },
	{ "arming_failed_drops", test_failed_drop, 10 },
	{ "arming_stop", test_stop, 1 },
	{ "arming_bypass", test_bypass, 1 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
