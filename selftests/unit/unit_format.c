// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_format.c - the format, frozen: golden bytes, and what a reader refuses
 *
 * When a golden value here changes the format has changed: see the version rule
 * in Documentation/ondisk-format.rst before touching it.
 */
#include "core/format.h"
#include "sim.h"

/* crc32c of the device that test_golden_device() makes. */
#define GOLDEN_DEVICE	0x6a76f120U

static const struct rp_md_params params = {
	.volume = "volume-uuid-0016",
	.generation = "generation-16-by",
	.sectors = 3 * 8 * RP_PAGE_BITS - 5,
	.granule_shift = 12,
	.time = 0x0102030405060708,
};

static void make(struct sim *s)
{
	struct rp_why why;

	sim_init(s, 400);
	CHECK_EQ(rp_md_format(&s->io, &params, &why), 0);
}

static void test_crc(struct rng *r)
{
	u8 data[300];
	u32 whole, parts, cut;
	unsigned int i;

	/* The check value of CRC-32C, which inverts at both ends. */
	CHECK_EQ(~crc32c(~0U, "123456789", 9), 0xe3069283U);
	for (i = 0; i < sizeof(data); i++)
		data[i] = rng_next(r);
	cut = rng_below(r, sizeof(data));
	whole = crc32c(7, data, sizeof(data));
	parts = crc32c(crc32c(7, data, cut), data + cut, sizeof(data) - cut);
	CHECK_EQ(whole, parts);
}

static u64 le(const u8 *p, unsigned int n)
{
	u64 v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

/* Offsets by number, as Documentation/ondisk-format.rst has them. */
static void test_golden_super(struct rng *r)
{
	const u8 *b;
	struct sim s;

	make(&s);
	b = sim_block(&s, 1);
	CHECK_EQ(le(b, 4), crc32c(0x52505342, b + 4, 508));
	CHECK_EQ(le(b + 4, 4), 1);			/* flags: clean */
	CHECK(!memcmp(b + 8, "REFPOINT", 8));
	CHECK_EQ(le(b + 16, 2), 1);
	CHECK_EQ(le(b + 18, 2), 0);
	CHECK_EQ(le(b + 20, 4), 4096);
	CHECK_EQ(le(b + 24, 8) | le(b + 32, 8) | le(b + 40, 8), 0);
	CHECK_EQ(le(b + 48, 8), 1);			/* commit */
	CHECK(!memcmp(b + 56, params.volume, 16));
	CHECK(!memcmp(b + 72, params.generation, 16));
	CHECK_EQ(le(b + 88, 8), 400);
	CHECK_EQ(le(b + 96, 8), params.sectors);
	CHECK_EQ(b[104], 12);
	CHECK_EQ(b[105], 22);
	CHECK_EQ(le(b + 112, 8), 0);			/* incarnation */
	CHECK_EQ(le(b + 120, 8), 1);			/* arm_since */
	CHECK_EQ(le(b + 128, 8), 2);
	CHECK_EQ(le(b + 136, 8), 35);
	CHECK_EQ(le(b + 144, 8), 0);			/* root */
	CHECK_EQ(le(b + 160, 8), 1);			/* open_seq */
	CHECK_EQ(le(b + 168, 8), params.time);
	CHECK_EQ(le(b + 184, 8), params.time);		/* generation_time */
	CHECK_EQ(le(b + 192, 8), 1);			/* first_seq */
	CHECK_EQ(le(sim_block(&s, 0) + 48, 8), 0);
	/* Sector 9 of the arm map: block 3, second sector. */
	b = sim_block(&s, 3) + 512;
	CHECK_EQ(le(b, 4), crc32c(0x52504152, b + 4, 508));
	CHECK_EQ(le(b + 4, 4), 9);
	CHECK(!memcmp(b + 16, params.volume, 8));
	sim_exit(&s);
}

/* A record that took the place of another, and differs in the first of two blocks. */
static void test_golden_chain(struct rng *r)
{
	static u8 data[5000] = "prepared";
	u8 id[16] = "point-identifier";
	struct rp_md *md;
	struct sim s;
	const u8 *b;

	make(&s);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, id, data, sizeof(data)), 0);
	CHECK_EQ(rp_md_commit(md, 12, true), 0);
	data[0] = 'P';
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, id, data, sizeof(data)), 0);
	CHECK_EQ(rp_md_commit(md, 13, true), 0);
	rp_md_close(md);

	b = sim_block(&s, 38);				/* of the older one */
	CHECK_EQ(le(b + 4, 4), 3);			/* type */
	CHECK_EQ(le(b + 16, 8), 2);			/* commit */
	CHECK_EQ(le(b + 32, 8), 0);			/* next */
	CHECK_EQ(le(b + 40, 4), 5000 - 4048);		/* length */
	CHECK_EQ(le(b + 44, 4), 0);			/* tail_age */
	b = sim_block(&s, 41);
	CHECK_EQ(le(b, 4), crc32c(0x5250424c, b + 4, 4092));
	CHECK_EQ(le(b + 4, 4), 3);
	CHECK_EQ(le(b + 16, 8), 3);
	CHECK_EQ(le(b + 32, 8), 38);
	CHECK_EQ(le(b + 40, 4), 4048);
	CHECK_EQ(le(b + 44, 4), 1);
	CHECK(!memcmp(b + 48, "Prepared", 8));
	sim_exit(&s);
}

/* A device with one of everything, and the checksum of all of it. */
static void test_golden_device(struct rng *r)
{
	struct rp_geometry geo;
	struct rp_tracker *t;
	struct rp_md *md;
	struct sim s;
	u8 id[16] = "point-identifier";
	const u8 *b;

	make(&s);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_geometry_init(&geo, params.sectors, 12, 22);
	t = rp_tracker_alloc(&geo);
	rp_tracker_mark(t, RP_PLANE_WRITTEN, rp_granule(3), rp_granule(5));
	rp_tracker_mark(t, RP_PLANE_ZEROED, rp_granule(RP_PAGE_BITS),
			rp_granule(2 * RP_PAGE_BITS - 1));
	rp_tracker_mark(t, RP_PLANE_DISCARDED, rp_granule(2 * RP_PAGE_BITS + 1),
			rp_granule(2 * RP_PAGE_BITS + 1));
	rp_md_stage_active(md, false);
	CHECK_EQ(rp_md_stage_cut(md, t, 11), 0);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, id, "hello", 5), 0);
	CHECK_EQ(rp_md_commit(md, 12, true), 0);
	rp_md_close(md);
	rp_tracker_free(t);

	/* Interval: two pages of bits, one of all ones without a block. */
	b = sim_block(&s, 37);
	CHECK_EQ(b[0], 0x38);
	CHECK_EQ(le(b + 1, 8), 0);
	b = sim_block(&s, 38);
	CHECK_EQ(b[0], 2);
	b = sim_block(&s, 39);
	CHECK_EQ(le(b, 4), crc32c(0x5250424c, b + 4, 4092));
	CHECK_EQ(le(b + 4, 4), 3);			/* type */
	CHECK_EQ(le(b + 8, 8), 39);			/* its own number */
	CHECK_EQ(le(b + 16, 8), 2);			/* commit */
	CHECK(!memcmp(b + 24, params.volume, 8));
	CHECK_EQ(le(b + 32, 8), 0);			/* next */
	CHECK_EQ(le(b + 40, 4), 40 + 3 * 24);		/* length */
	CHECK_EQ(le(b + 48, 8), 0);			/* start_seq */
	CHECK_EQ(le(b + 56, 8), 1);			/* end_seq */
	CHECK_EQ(le(b + 64, 8), 11);			/* time */
	CHECK_EQ(le(b + 72, 8), params.sectors);
	CHECK_EQ(le(b + 84, 4), 3);			/* nr_pages */
	CHECK_EQ(le(b + 88, 8), 0);			/* page 0: */
	CHECK_EQ(le(b + 96, 8), 37);
	CHECK_EQ(le(b + 104, 4), crc32c(0x52504250, sim_block(&s, 37), 4096));
	CHECK_EQ(b[108], RP_PLANE_WRITTEN);
	CHECK_EQ(le(b + 112, 8), 1);			/* page 1: */
	CHECK_EQ(le(b + 120, 8), 0);
	CHECK_EQ(b[132], RP_PLANE_ZEROED);
	CHECK_EQ(le(b + 136, 8), 2);			/* page 2: */
	CHECK_EQ(le(b + 144, 8), 38);
	CHECK_EQ(b[156], RP_PLANE_DISCARDED);
	b = sim_block(&s, 40);
	CHECK(!memcmp(b + 48, "hello", 5));
	b = sim_block(&s, 41);				/* catalogue */
	CHECK_EQ(le(b, 4), crc32c(0x52504341, b + 4, 4092));
	CHECK_EQ(le(b + 4, 4), 2);
	CHECK_EQ(b[32], RP_RECORD_INTERVAL);
	CHECK_EQ(le(b + 36, 4), 112);
	CHECK_EQ(le(b + 40, 8), 39);
	CHECK_EQ(le(b + 48, 8), 2);
	CHECK_EQ(b[56], 1);
	CHECK_EQ(b[72], RP_RECORD_POINT);
	CHECK(!memcmp(b + 96, id, 16));
	b = sim_block(&s, 42);				/* root */
	CHECK_EQ(le(b, 4), crc32c(0x52504354, b + 4, 4092));
	CHECK_EQ(le(b + 4, 4), 1);
	CHECK_EQ(le(b + 32, 8), 41);
	CHECK_EQ(le(b + 40, 8), 2);
	b = sim_block(&s, 0);
	CHECK_EQ(le(b + 4, 4), 0);			/* active */
	CHECK_EQ(le(b + 48, 8), 2);
	CHECK_EQ(le(b + 144, 8), 42);
	CHECK_EQ(le(b + 152, 8), 2);

	/* Everything else too. */
	CHECK_EQ(crc32c(0, sim_block(&s, 0), 400 * RP_BLOCK_SIZE), GOLDEN_DEVICE);
	sim_exit(&s);
}

static void test_arm_sector(struct rng *r)
{
	struct rp_arm_sector_disk s;
	u8 bits[480], volume[16] = { 1 }, other[16] = { 2 };
	unsigned int i;

	for (i = 0; i < sizeof(bits); i++)
		bits[i] = rng_next(r);
	rp_arm_sector_encode(&s, 7, 3, 99, volume, bits);
	CHECK(!memcmp(rp_arm_sector_decode(&s, 7, 3, volume), bits, 480));
	CHECK(!memcmp(rp_arm_sector_decode(&s, 7, 1, volume), bits, 480));
	CHECK(!rp_arm_sector_decode(&s, 7, 4, volume));
	CHECK(rp_arm_sector_decode(&s, 8, 3, volume) == RP_ARM_TORN);
	CHECK(rp_arm_sector_decode(&s, 7, 3, other) == RP_ARM_TORN);
	/* O5: also a torn one of an older incarnation. */
	for (i = 0; i < 512; i++) {
		((u8 *)&s)[i] ^= 1 << i % 8;
		CHECK(rp_arm_sector_decode(&s, 7, 4, volume) == RP_ARM_TORN);
		((u8 *)&s)[i] ^= 1 << i % 8;
	}
	rp_arm_sector_encode(&s, 7, 3, 99, volume, NULL);
	CHECK(!memchr_inv(rp_arm_sector_decode(&s, 7, 3, volume), 0, 480));
}

/* --- what is refused --- */

static struct rp_super_disk *both(struct sim *s, unsigned int i)
{
	return (void *)sim_block(s, i);
}

static int probe(struct sim *s)
{
	struct rp_md_info info;
	struct rp_why why = { };
	int err = rp_md_probe(&s->io, &info, &why);

	/* An error always comes with a sentence. */
	CHECK(!err == !why.text[0]);
	return err;
}

static void sign(struct rp_super_disk *s)
{
	s->csum = cpu_to_le32(crc32c(RP_SALT_SUPER, (u8 *)s + 4, 508));
}

/* Change both copies in the same way. */
#define WITH(stmt, want) do {						\
	struct sim sim_with;						\
	unsigned int with_i;						\
	make(&sim_with);						\
	for (with_i = 0; with_i < 2; with_i++) {			\
		struct rp_super_disk *d = both(&sim_with, with_i);	\
		stmt;							\
		sign(d);						\
	}								\
	CHECK_EQ(probe(&sim_with), want);				\
	sim_exit(&sim_with);						\
} while (0)

static void test_refused(struct rng *r)
{
	WITH(d->version_minor = cpu_to_le16(9), 0);
	WITH(d->compat = cpu_to_le64(9), 0);
	WITH(d->ro_compat = cpu_to_le64(9), 0);
	WITH(d->incompat = cpu_to_le64(9), -EPROTONOSUPPORT);
	WITH(d->version_major = cpu_to_le16(2), -EPROTONOSUPPORT);
	WITH(d->magic[0] = 'r', -ENODATA);
	WITH(d->block_size = cpu_to_le32(512), -EINVAL);
	WITH(d->nr_blocks = cpu_to_le64(401), -EFBIG);
	WITH(d->nr_blocks = cpu_to_le64(1ULL << 40), -EINVAL);
	WITH(d->nr_blocks = cpu_to_le64(10), -EINVAL);
	WITH(d->granule_shift = 11, -EINVAL);
	WITH(d->granule_shift = 25, -EINVAL);
	WITH(d->region_shift = 12, -EINVAL);
	WITH(d->region_shift = 63, -EINVAL);
	WITH(d->sectors = 0, -EINVAL);
	WITH(d->sectors = cpu_to_le64(1ULL << 50), -EINVAL);
	WITH(d->root = cpu_to_le64(20), -EINVAL);
	WITH(d->root = cpu_to_le64(400), -EINVAL);
	WITH(d->root_commit = cpu_to_le64(10), -EINVAL);
	WITH(d->first_seq = 0, -EINVAL);
	WITH(d->first_seq = cpu_to_le64(2), -EINVAL);
	WITH(d->open_seq = cpu_to_le64(~0ULL), -EINVAL);
	WITH(d->arm_start = cpu_to_le64(3), -EINVAL);
	WITH(d->arm_blocks = cpu_to_le64(1), -EINVAL);
	/* Numbers that do not follow each other: a write was lost. */
	WITH(d->commit = cpu_to_le64(le64_to_cpu(d->commit) * 3), -EUCLEAN);
	/* In the wrong place. */
	WITH(d->commit = cpu_to_le64(le64_to_cpu(d->commit) + 1), -EUCLEAN);
	/* Of two devices. */
	WITH(d->volume[0] = with_i, -EUCLEAN);
}

static void test_one_copy(struct rng *r)
{
	struct rp_md_info info;
	struct sim s;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		make(&s);
		both(&s, i)->reserved[0] ^= 1;
		CHECK_EQ(rp_md_probe(&s.io, &info, NULL), 0);
		CHECK_EQ(info.commit, 1 - i);
		CHECK_EQ(info.one_copy, i == 0);
		both(&s, 1 - i)->reserved[0] ^= 1;
		CHECK_EQ(probe(&s), -EUCLEAN);
		sim_exit(&s);
	}
	sim_init(&s, 400);
	CHECK_EQ(probe(&s), -ENODATA);
	s.io.nr_blocks = 3;
	CHECK_EQ(probe(&s), -ENODATA);
	s.io.nr_blocks = 400;
	sim_exit(&s);
}

static void test_ro_compat(struct rng *r)
{
	struct rp_md *md;
	struct sim s;
	unsigned int i;

	make(&s);
	for (i = 0; i < 2; i++) {
		both(&s, i)->ro_compat = cpu_to_le64(1);
		sign(both(&s, i));
	}
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	CHECK_EQ(rp_md_commit(md, 1, false), -EROFS);
	rp_md_close(md);
	sim_exit(&s);
}

static void test_sizes(struct rng *r)
{
	u64 sectors;
	u8 g;

	CHECK_EQ(rp_md_default_region_shift(1, 12), 22);
	CHECK_EQ(rp_md_default_region_shift(1, 24), 26);
	CHECK_EQ(rp_md_default_region_shift(1ULL << 29, 16), 22);	/* 256 GiB */
	CHECK_EQ(rp_md_default_region_shift((1ULL << 29) + 1, 16), 23);
	CHECK_EQ(rp_md_default_region_shift(1ULL << 31, 16), 24);	/* 1 TiB */
	for (g = RP_GRANULE_SHIFT_MIN; g <= RP_GRANULE_SHIFT_MAX; g++) {
		for (sectors = 1; sectors < 1ULL << 40; sectors *= 3) {
			struct rp_md_params p = { .sectors = sectors,
						  .granule_shift = g };
			u64 min = rp_md_min_blocks(sectors, g);
			struct rp_md *md;
			struct sim s;

			CHECK(rp_md_recommended_blocks(sectors, g) > min);
			if (min > 3000)
				continue;
			sim_init(&s, min);
			s.io.nr_blocks--;
			CHECK_EQ(rp_md_format(&s.io, &p, NULL), -ENOSPC);
			s.io.nr_blocks++;
			CHECK_EQ(rp_md_format(&s.io, &p, NULL), 0);
			CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
			rp_md_close(md);
			sim_exit(&s);
		}
	}
}

static void test_format_refused(struct rng *r)
{
	struct rp_md_params p = params;
	struct sim s;

	sim_init(&s, 400);
	s.read_only = true;
	p.sectors = 0;
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), -EINVAL);
	p.sectors = 1ULL << 50;
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), -EINVAL);
	p = params;
	p.granule_shift = 11;
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), -EINVAL);
	p.granule_shift = 255;
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), -EINVAL);
	p = params;
	p.region_shift = 12;
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), -EINVAL);
	sim_exit(&s);
}

static const struct test_case cases[] = {
	{ "format_crc32c", test_crc, 20 },
	{ "format_golden_superblock", test_golden_super, 1 },
	{ "format_golden_device", test_golden_device, 1 },
	{ "format_golden_chain", test_golden_chain, 1 },
	{ "format_arm_sector", test_arm_sector, 3 },
	{ "format_refused_superblocks", test_refused, 1 },
	{ "format_one_copy", test_one_copy, 1 },
	{ "format_ro_compat", test_ro_compat, 1 },
	{ "format_sizes", test_sizes, 1 },
	{ "format_refused_parameters", test_format_refused, 1 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
