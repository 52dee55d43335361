// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_fsck.c - any device at all: no crash, no loop, no stray access, and what the
 * reader takes is what the checker takes
 *
 * The input is a list of changes to an image that is good (world.h), so that a few
 * bytes reach deep; after them every block that looks like one of ours is sealed
 * again, unless the change says that it is to stay as it is. Both libFuzzer and
 * AFL++ call it.
 *
 *   1 byte	which image, and whether to begin with zeroes instead
 *   then, for each change: 1 byte block, 2 bytes offset (bit 15: do not seal),
 *   1 byte length, so many bytes
 */
#include "fsck.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/* The harness of the tests, which the fuzzer has no use for. */
void test_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

u64 rng_next(struct rng *r)
{
	u64 z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

u64 rng_below(struct rng *r, u64 n)
{
	return rng_next(r) % n;
}

static struct world worlds[WORLD_NR_KINDS];
static struct sim disk;

static void make_worlds(void)
{
	struct rng r = { .state = 1 };
	unsigned int i;

	for (i = 0; i < WORLD_NR_KINDS; i++)
		world_make(&worlds[i], i, &r);
	sim_init(&disk, WORLD_BLOCKS);
}

/* --- the device that the input describes --- */

/* From the block's place and head, the checksum that it should have. */
static void seal(struct sim *s, u32 block)
{
	static const u32 salt[] = { 0, RP_SALT_ROOT, RP_SALT_CATALOGUE,
				    RP_SALT_BLOB };
	u8 *b = sim_block(s, block);
	struct rp_block_head *h = (void *)b;
	unsigned int i;

	if (block < RP_SUPER_COPIES) {
		((struct rp_super_disk *)b)->csum =
			cpu_to_le32(crc32c(RP_SALT_SUPER, b + 4, 508));
	} else if (block < RP_DATA_START) {
		for (i = 0; i < RP_BLOCK_SIZE; i += 512) {
			struct rp_arm_sector_disk *d = (void *)(b + i);

			d->csum = cpu_to_le32(crc32c(RP_SALT_ARM, b + i + 4, 508));
		}
	} else if (le32_to_cpu(h->type) - 1 < RP_BLOCK_BLOB) {
		h->csum = cpu_to_le32(crc32c(salt[le32_to_cpu(h->type)], b + 4,
					     RP_BLOCK_SIZE - 4));
	}
}

static void make_disk(const u8 *p, const u8 *end)
{
	unsigned long touched[BITS_TO_LONGS(WORLD_BLOCKS)] = { 0 };
	u32 block;

	sim_copy(&disk, &worlds[*p % WORLD_NR_KINDS].sim);
	if (*p++ & 0x80)
		memset(disk.cur, 0, WORLD_BLOCKS * RP_BLOCK_SIZE);
	while (end - p > 4) {
		u32 at = (p[1] | p[2] << 8) & (RP_BLOCK_SIZE - 1);
		bool raw = p[2] & 0x80;
		u32 n = p[3];

		block = p[0];
		p += 4;
		n = min(n, (u32)(end - p));
		n = min(n, RP_BLOCK_SIZE - at);
		memcpy(sim_block(&disk, block) + at, p, n);
		p += n;
		if (!raw)
			__set_bit(block, touched);
	}
	for (block = 0; block < WORLD_BLOCKS; block++)
		if (test_bit(block, touched))
			seal(&disk, block);
}

/* --- what must hold --- */

static void fake_id(u8 id[16])
{
	static u64 n;

	n++;
	memset(id, 0x5a, 16);
	memcpy(id, &n, 8);
}

/* Read all that the module would, of one that was let through. */
static int read_all(struct rp_md *md)
{
	static struct rp_page_kinds k;
	struct rp_md_query *q;
	struct rp_tracker *t;
	struct rp_md_info info;
	rp_page_t page;
	int err, n;

	rp_md_get_info(md, &info);
	/* Larger than this device could fill: time, not insight. */
	if (info.geo.nr_pages > 64)
		return 0;
	t = rp_tracker_alloc(&info.geo);
	err = rp_md_load_open(md, t, false);
	rp_tracker_free(t);
	if (err || rp_md_query_open(md, rp_seq(rp_seq_nr(info.first_seq) - 1),
				    info.newest, &q))
		return err;
	page = rp_page(0);
	for (n = 0; n < 64 && !err && rp_md_query_next_page(q, &page); n++) {
		err = rp_md_query_page(q, page, &k);
		page = rp_page(rp_page_nr(page) + 1);
	}
	rp_md_query_close(q);
	return err;
}

/* The module's reader. Return: what it says. */
static int reader(void)
{
	struct rp_why why = { "" };
	struct rp_md *md;
	int err;

	err = rp_md_open(&disk.io, &md, &why);
	CHECK(!err || why.text[0]);
	if (err)
		return err;
	err = read_all(md);
	rp_md_close(md);
	return err;
}

static void check_repaired(void)
{
	struct fsck f;

	CHECK_EQ(reader(), 0);
	CHECK_EQ(fsck_open(&f, &disk.io), 0);
	if (!fsck_clean(&f))
		test_fail(f.finding[0].where, 0, "%s", f.finding[0].what);
	fsck_close(&f);
}

static void repair(struct fsck *f, bool identity)
{
	struct fsck_new n = { .generation = { 1 }, .volume = { 2 },
			      .id = fake_id, .time = 1 };
	struct rp_why why = { "" };
	struct fsck_plan plan;
	int err;

	if (identity)
		CHECK_EQ(fsck_plan_identity(f, &plan), 0);
	else
		CHECK_EQ(fsck_plan(f, false, &plan), 0);
	if (plan.err) {
		CHECK(plan.why.text[0]);
	} else if (plan.nr_steps) {
		err = identity ? fsck_identity(f, &n, &why) :
				 fsck_apply(f, &plan, &n, &why);
		fsck_plan_free(&plan);
		CHECK(!err || why.text[0]);
		/* A device that is full, or numbers at their end, may refuse. */
		if (!err)
			check_repaired();
		return;
	}
	fsck_plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	long live;
	struct fsck f;
	int err;

	if (!disk.cur)
		make_worlds();
	if (!size)
		return 0;
	live = rp_port_memory.live;
	make_disk(data, data + size);
	disk.read_only = true;
	err = reader();
	CHECK_EQ(fsck_open(&f, &disk.io), 0);
	/* What cannot be read is found; what is clean can be read. */
	CHECK(!err || !fsck_clean(&f));
	disk.read_only = false;
	repair(&f, *data & 0x40);
	fsck_close(&f);
	CHECK_EQ(rp_port_memory.live, live);
	return 0;
}
