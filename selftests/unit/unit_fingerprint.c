// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_fingerprint.c - places of a fingerprint, the comparison, the superblock
 */
#include "model.h"

static void test_places(struct rng *r)
{
	u64 sectors = 1 + rng_below(r, 1ULL << (1 + rng_below(r, 53))), sector;
	u64 seed = rng_next(r) | 1;
	unsigned int i, seen = 0;

	for (i = 0; i < RP_PRINT_PLACES + 3; i++) {
		if (!rp_print_place(sectors, seed, i, &sector))
			continue;
		CHECK(i < RP_PRINT_PLACES);
		CHECK(!(sector % RP_PRINT_SECTORS));
		CHECK(sector + RP_PRINT_SECTORS <= sectors);
		seen++;
	}
	CHECK(seen || sectors < RP_PRINT_SECTORS);
	CHECK(!rp_print_place(sectors, 0, 0, &sector));
	/* What an ext4, an LVM label, btrfs and a spare GPT change. */
	if (sectors > 1 << 20) {
		CHECK(rp_print_place(sectors, seed, 0, &sector) && !sector);
		CHECK(rp_print_place(sectors, seed, 1, &sector) && sector == 8);
		CHECK(rp_print_place(sectors, seed, 4, &sector) && sector == 128);
		CHECK(rp_print_place(sectors, seed, 11, &sector) &&
		      sector == (sectors / 8 - 1) * 8);
	}
}

static void test_golden(struct rng *r)
{
	u64 sector;

	/* Part of the format: an origin is looked at by who comes later. */
	CHECK(rp_print_place(1 << 21, 1, 20, &sector));
	CHECK_EQ(sector, 77368);
	CHECK(rp_print_place(1 << 21, 1, 63, &sector));
	CHECK_EQ(sector, 1336856);
}

static void test_compare(struct rng *r)
{
	const u64 sectors = 1 << 20;
	struct rp_print was = { .seed = 5, .seq = 1 }, is;
	struct rp_print_diff diff;
	struct rp_geometry geo;
	struct rp_tracker *t;
	u64 sector;
	unsigned int i, odd = 40;

	rp_geometry_init(&geo, sectors, 16, 22);
	t = rp_tracker_alloc(&geo);
	for (i = 0; i < RP_PRINT_PLACES; i++)
		was.sum[i] = 1 + i;
	is = was;
	rp_print_compare(&was, &is, &geo, sectors, NULL, &diff);
	CHECK_EQ(diff.differ, 0);
	CHECK(diff.compared > 50);

	CHECK(rp_print_place(sectors, 5, odd, &sector));
	is.sum[odd]++;
	rp_print_compare(&was, &is, &geo, sectors, t, &diff);
	CHECK_EQ(diff.differ, 1);
	CHECK_EQ(diff.sector, sector);
	/* Not known, then or now; another sample; written through the volume. */
	is.sum[odd] = 0;
	rp_print_compare(&was, &is, &geo, sectors, t, &diff);
	CHECK_EQ(diff.differ, 0);
	is.sum[odd] = 7777;
	is.seed = 6;
	rp_print_compare(&was, &is, &geo, sectors, t, &diff);
	CHECK_EQ(diff.differ, 0);
	is.seed = 5;
	rp_tracker_mark(t, RP_PLANE_DISCARDED, rp_sector_granule(&geo, sector),
			rp_sector_granule(&geo, sector));
	rp_print_compare(&was, &is, &geo, sectors, t, &diff);
	CHECK_EQ(diff.differ, 0);
	rp_tracker_free(t);
}

/* It comes back as it was staged, stays over commits, and ends with a generation. */
static void test_superblock(struct rng *r)
{
	struct rp_print print = { .seed = 9, .seq = 3 }, got;
	struct model m;
	struct rp_md *md;
	struct sim s;
	unsigned int i;

	for (i = 0; i < RP_PRINT_PLACES; i++)
		print.sum[i] = rng_next(r);
	make_device(r, &s, 0, &m);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_md_get_print(md, &got);
	CHECK_EQ(got.seed, 0);
	rp_md_stage_print(md, &print);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	rp_md_close(md);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_md_get_print(md, &got);
	CHECK(!memcmp(&got, &print, sizeof(got)));
	CHECK_EQ(sim_block(&s, 0)[24] & 1, 1);
	CHECK_EQ(rp_md_stage_generation(md, (u8[16]){ 1 }, 1), 0);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	rp_md_get_print(md, &got);
	CHECK_EQ(got.seed, 0);
	rp_md_close(md);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_md_get_print(md, &got);
	CHECK_EQ(got.seed, 0);
	rp_md_close(md);
	model_exit(&m);
	sim_exit(&s);
}

static const struct test_case cases[] = {
	{ "fingerprint_places", test_places, 100 },
	{ "fingerprint_golden_places", test_golden, 1 },
	{ "fingerprint_compare", test_compare, 1 },
	{ "fingerprint_superblock", test_superblock, 4 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
