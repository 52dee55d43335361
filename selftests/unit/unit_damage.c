// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_damage.c - blocks that are not what they should be: found out, or harmless
 */
#include "core/format.h"
#include "core/store.h"
#include "model.h"

/* A device that has seen something, its state and the one before. */
static void make_used(struct rng *r, struct sim *s, struct model *before,
		      struct model *m, unsigned int nr_txn)
{
	struct rp_tracker *t, *old;
	struct rp_md *md;
	unsigned int i;

	make_device(r, s, 300, m);
	model_copy(before, m);
	CHECK_EQ(rp_md_open(&s->io, &md, NULL), 0);
	t = rp_tracker_alloc(&m->info.geo);
	for (i = 0; i < nr_txn; i++) {
		model_exit(before);
		model_copy(before, m);
		random_txn(r, TXN_ALL, md, m, &t, &old);
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
		model_commit(m);
		rp_tracker_free(old);
	}
	rp_md_close(md);
	rp_tracker_free(t);
	sim_fold(s);
}

/* Read all there is. Return: 0, or the error that came up. */
static int read_all(struct rp_md *md, struct rp_geometry *geo)
{
	struct rp_page_kinds *k = malloc(sizeof(*k));
	struct rp_tracker *t = rp_tracker_alloc(geo);
	struct rp_md_query *q;
	struct rp_md_info info;
	int err = rp_md_load_open(md, t, false);
	u64 from, seq, p;

	rp_md_get_info(md, &info);
	from = rp_seq_nr(info.first_seq) - 1;
	for (seq = from + 1; !err && seq <= rp_seq_nr(info.newest); seq++) {
		if (!rp_md_has_boundary(md, rp_seq(seq)))
			continue;
		CHECK_EQ(rp_md_query_open(md, rp_seq(from), rp_seq(seq), &q), 0);
		for (p = 0; p < geo->nr_pages && !err; p++)
			err = rp_md_query_page(q, rp_page(p), k);
		rp_md_query_close(q);
		from = seq;
	}
	rp_tracker_free(t);
	free(k);
	return err;
}

enum verdict { FOUND, HARMLESS, OLDER };

/* -EUCLEAN somewhere, or the state; the one before only when told so. */
static enum verdict judge(struct sim *s, const struct model *before,
			  const struct model *m)
{
	struct rp_why why = { };
	struct rp_md_info info;
	enum verdict verdict = HARMLESS;
	struct rp_md *md;
	int err;

	s->read_only = true;
	err = rp_md_open(&s->io, &md, &why);
	if (err) {
		CHECK_EQ(err, -EUCLEAN);
		CHECK(why.text[0]);
		s->read_only = false;
		return FOUND;
	}
	rp_md_get_info(md, &info);
	err = read_all(md, &info.geo);
	if (err) {
		CHECK_EQ(err, -EUCLEAN);
		verdict = FOUND;
	} else if (info.commit == m->info.commit) {
		model_check(m, md);
	} else {
		CHECK(info.one_copy);
		CHECK_EQ(info.commit, before->info.commit);
		model_check(before, md);
		verdict = OLDER;
	}
	rp_md_close(md);
	s->read_only = false;
	return verdict;
}

static void count(enum verdict v)
{
	test_count(v == FOUND ? "found" : v == HARMLESS ? "harmless" :
		   "the state before, and told so", 1);
}

static void test_flips(struct rng *r)
{
	struct model before, m;
	struct sim s;
	u32 block;

	make_used(r, &s, &before, &m, 14);
	for (block = 0; block < s.io.nr_blocks; block++) {
		u8 *b = sim_block(&s, block);
		unsigned int i;

		/* The arm map proves itself sector by sector, elsewhere. */
		if ((block >= 2 && block < 37) || !memchr_inv(b, 0, RP_BLOCK_SIZE))
			continue;
		for (i = 0; i < 12; i++) {
			/* Mostly where something stands. */
			u32 at = rng_below(r, i < 8 ? 256 : RP_BLOCK_SIZE);
			u8 bit = 1 << rng_below(r, 8);

			b[at] ^= bit;
			count(judge(&s, &before, &m));
			b[at] ^= bit;
		}
	}
	CHECK_EQ(judge(&s, &before, &m), HARMLESS);
	model_exit(&before);
	model_exit(&m);
	sim_exit(&s);
}

/* Put what @was had back into a random part of the blocks that differ. */
static void revert(struct rng *r, struct sim *s, struct sim *was, u32 one_in)
{
	u32 block;

	/* Not the superblocks: that case is test_rollback(). */
	for (block = 37; block < s->io.nr_blocks; block++)
		if (rng_one_in(r, one_in))
			memcpy(sim_block(s, block), sim_block(was, block),
			       RP_BLOCK_SIZE);
}

/* Blocks as they were a little earlier, valid in themselves: lost writes. */
static void test_lost_writes(struct rng *r)
{
	struct model before, m, next;
	struct rp_tracker *t, *old;
	struct sim s, was, bad;
	struct rp_md *md;
	unsigned int i, j;

	make_used(r, &s, &before, &m, 10);
	sim_init(&was, s.io.nr_blocks);
	sim_init(&bad, s.io.nr_blocks);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	t = rp_tracker_alloc(&m.info.geo);
	for (i = 0; i < 16; i++) {
		if (i % 2 == 0)
			sim_copy(&was, &s);
		model_copy(&next, &m);
		random_txn(r, i < 8 ? TXN_ALL : TXN_RECORDS, md, &next, &t, &old);
		md->space.cursor = 0;
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
		model_commit(&next);
		rp_tracker_free(old);
		model_exit(&before);
		before = m;
		m = next;
		for (j = 1; i % 2 && j < 12; j++) {
			sim_copy(&bad, &s);
			revert(r, &bad, &was, j);
			count(judge(&bad, &before, &m));
		}
	}
	rp_md_close(md);
	rp_tracker_free(t);
	CHECK_EQ(judge(&s, &before, &m), HARMLESS);
	model_exit(&before);
	model_exit(&m);
	sim_exit(&bad);
	sim_exit(&was);
	sim_exit(&s);
}

/* --- one block, two owners --- */

static void reseal(u8 *b)
{
	struct rp_block_head *h = (void *)b;
	static const u32 salt[] = { 0, RP_SALT_ROOT, RP_SALT_CATALOGUE,
				    RP_SALT_BLOB };

	h->csum = cpu_to_le32(crc32c(salt[le32_to_cpu(h->type)], b + 4, 4092));
}

static void check_refused(struct sim *s, const char *what)
{
	struct rp_why why = { };
	struct rp_md *md;

	CHECK_EQ(rp_md_open(&s->io, &md, &why), -EUCLEAN);
	if (!strstr(why.text, what))
		test_fail(__FILE__, __LINE__, "'%s' and not '%s'", why.text, what);
}

/*
 * Blocks of a device with two records and an interval: interval's pages 37 and
 * 38, its index 39, records 40 and 41, catalogue 42, root 43.
 */
static void make_small(struct sim *s)
{
	struct rp_md_params p = { .volume = { 1 }, .granule_shift = 12,
				  .sectors = 16 * RP_PAGE_BITS };
	struct rp_tracker *t;
	struct rp_md_info info;
	struct rp_md *md;
	u8 id[16] = { 1 };

	sim_init(s, 300);
	CHECK_EQ(rp_md_format(&s->io, &p, NULL), 0);
	CHECK_EQ(rp_md_open(&s->io, &md, NULL), 0);
	rp_md_get_info(md, &info);
	t = rp_tracker_alloc(&info.geo);
	rp_tracker_mark(t, 0, rp_granule(RP_PAGE_BITS - 1), rp_granule(RP_PAGE_BITS));
	CHECK_EQ(rp_md_stage_cut(md, t, 1), 0);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, id, "one", 3), 0);
	id[0]++;
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, id, "two", 3), 0);
	CHECK_EQ(rp_md_commit(md, 1, true), 0);
	rp_md_close(md);
	rp_tracker_free(t);
}

static void test_two_owners(struct rng *r)
{
	struct rp_slot_disk *slot;
	struct rp_interval_page_disk *e;
	struct rp_root_entry_disk *root;
	struct rp_blob_disk *blob;
	struct sim s;

	/* Two records, one chain. */
	make_small(&s);
	slot = (void *)(sim_block(&s, 42) + 32);
	slot[1].head = slot[2].head;
	reseal(sim_block(&s, 42));
	check_refused(&s, "twice");
	sim_exit(&s);

	/* Two records, one id. */
	make_small(&s);
	slot = (void *)(sim_block(&s, 42) + 32);
	memcpy(slot[1].id, slot[2].id, 16);
	reseal(sim_block(&s, 42));
	check_refused(&s, "one id");
	sim_exit(&s);

	/* Two pages of bits in one block. */
	make_small(&s);
	e = (void *)(sim_block(&s, 39) + 48 + 40);
	e[1].block = e[0].block;
	reseal(sim_block(&s, 39));
	check_refused(&s, "twice");
	sim_exit(&s);

	/* The same page twice, pages out of order, a page beyond the end. */
	make_small(&s);
	e = (void *)(sim_block(&s, 39) + 48 + 40);
	e[1].page = e[0].page;
	reseal(sim_block(&s, 39));
	check_refused(&s, "impossible");
	e[1].page = cpu_to_le64(2);
	reseal(sim_block(&s, 39));
	check_refused(&s, "impossible");
	sim_exit(&s);

	/* A root that names a page twice; a page where the arm map is. */
	make_small(&s);
	root = (void *)(sim_block(&s, 43) + 32);
	root[1] = root[0];
	reseal(sim_block(&s, 43));
	check_refused(&s, "twice");
	root[1].block = cpu_to_le64(5);
	reseal(sim_block(&s, 43));
	check_refused(&s, "twice");
	sim_exit(&s);

	/* A chain that goes on, into itself, or is as long as it can be. */
	make_small(&s);
	blob = (void *)sim_block(&s, 40);
	blob->next = cpu_to_le64(40);
	reseal(sim_block(&s, 40));
	check_refused(&s, "chain");
	slot = (void *)(sim_block(&s, 42) + 32);
	slot[1].length = cpu_to_le32(3 * RP_BLOB_DATA);
	blob->length = cpu_to_le32(RP_BLOB_DATA);
	reseal(sim_block(&s, 40));
	reseal(sim_block(&s, 42));
	check_refused(&s, "twice");
	slot[1].length = cpu_to_le32(RP_RECORD_BYTES_MAX + 1);
	reseal(sim_block(&s, 42));
	check_refused(&s, "record of type");
	sim_exit(&s);

	/* Intervals that do not follow each other. */
	make_small(&s);
	((struct rp_interval_disk *)(sim_block(&s, 39) + 48))->start_seq =
		cpu_to_le64(7);
	reseal(sim_block(&s, 39));
	check_refused(&s, "interval 1");
	sim_exit(&s);
}

/* The newer superblock damaged after a commit that did not get to its own. */
static void test_rollback(struct rng *r)
{
	struct rp_tracker *t, *old;
	struct model before, m, next;
	struct rp_md *md;
	struct sim s;
	unsigned int i;

	make_used(r, &s, &before, &m, 8);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	t = rp_tracker_alloc(&m.info.geo);
	for (i = 0; i < 30; i++) {
		u8 *super, keep;

		model_copy(&next, &m);
		random_txn(r, TXN_ALL, md, &next, &t, &old);
		/* Everything of the commit but its superblock. */
		s.fail_at = 0;
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
		model_commit(&next);
		rp_tracker_free(old);
		super = sim_block(&s, next.info.commit & 1);
		{
			u8 saved[512];

			memcpy(saved, super, 512);
			/* An earlier commit's superblock stands alone now. */
			super[100] ^= 4;
			count(judge(&s, &m, &next));
			memcpy(super, saved, 512);
		}
		/* The older one damaged: nothing is lost. */
		super = sim_block(&s, m.info.commit & 1);
		keep = super[60];
		super[60] ^= 1;
		CHECK_EQ(judge(&s, &m, &next), HARMLESS);
		super[60] = keep;
		model_exit(&m);
		m = next;
	}
	rp_md_close(md);
	rp_tracker_free(t);
	model_exit(&before);
	model_exit(&m);
	sim_exit(&s);
}

/* --- blocks made to look right --- */

/* Values that meet edges more often than chance does. */
static void mutate(struct rng *r, u8 *b, u32 from, u32 to)
{
	static const u64 edges[] = { 0, 1, 2, 36, 37, 38, 40, 299, 300, 4048,
				     1 << 20, 0xffffffff, ~0ULL, 1ULL << 63 };
	u32 at = from + rng_below(r, to - from);

	if (rng_one_in(r, 2)) {
		b[at] ^= 1 << rng_below(r, 8);
	} else {
		__le64 v = cpu_to_le64(edges[rng_below(r, ARRAY_SIZE(edges))]);

		at &= ~7U;
		memcpy(b + at, &v, rng_one_in(r, 2) ? 8 : 4);
	}
}

/* Whatever a device says with valid checksums: no crash, no loop, no stray access. */
static void test_hostile(struct rng *r)
{
	struct rp_tracker *t, *old;
	struct model before, m;
	unsigned long live[BITS_TO_LONGS(300)];
	struct sim s, bad;
	struct rp_md *good;
	unsigned int i, n;

	make_used(r, &s, &before, &m, 12);
	sim_init(&bad, s.io.nr_blocks);
	CHECK_EQ(rp_md_open(&s.io, &good, NULL), 0);
	memcpy(live, good->space.used, sizeof(live));
	rp_md_close(good);
	for (i = 0; i < 300; i++) {
		struct rp_why why = { };
		struct rp_md_info info;
		struct rp_md *md;

		sim_copy(&bad, &s);
		for (n = 1 + rng_below(r, 3); n; ) {
			u32 block = rng_below(r, s.io.nr_blocks);
			u8 *b = sim_block(&bad, block);
			struct rp_block_head *h = (void *)b;
			u32 type = le32_to_cpu(h->type);

			if (!test_bit(block, live))
				continue;
			if (block < 2) {
				struct rp_super_disk *d = (void *)b;

				mutate(r, b, 16, 208);
				d->csum = cpu_to_le32(crc32c(RP_SALT_SUPER,
							     b + 4, 508));
				n--;
			} else if (block >= 37 && le64_to_cpu(h->block) == block &&
				   type && type <= RP_BLOCK_BLOB) {
				mutate(r, b, rng_one_in(r, 8) ? 0 : 32,
				       rng_one_in(r, 4) ? 4096 : 160);
				h->type = cpu_to_le32(type);
				reseal(b);
				n--;
			}
		}
		if (rp_md_open(&bad.io, &md, &why)) {
			CHECK(why.text[0]);
			test_count("refused", 1);
			continue;
		}
		rp_md_get_info(md, &info);
		if (info.geo.nr_pages <= 4 * MODEL_PAGES)
			read_all(md, &info.geo);
		/* And go on with it. */
		t = rp_tracker_alloc(&info.geo);
		old = t;
		random_marks(r, t);
		rp_md_stage_merge(md, info.newest);
		if (!rp_md_stage_cut(md, t, 1))
			rp_md_commit(md, 1, false);
		rp_md_stage_generation(md, info.volume, 1);
		rp_md_commit(md, 1, false);
		rp_md_close(md);
		rp_tracker_free(old);
		test_count("let through", 1);
	}
	model_exit(&before);
	model_exit(&m);
	sim_exit(&bad);
	sim_exit(&s);
}

static const struct test_case cases[] = {
	{ "damage_bit_flips", test_flips, 3 },
	{ "damage_lost_writes", test_lost_writes, 6 },
	{ "damage_two_owners", test_two_owners, 1 },
	{ "damage_rollback", test_rollback, 4 },
	{ "damage_hostile", test_hostile, 6 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
