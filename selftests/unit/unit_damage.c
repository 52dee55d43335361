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

/* A block as it was earlier, valid in itself: a write that never arrived. */
static void test_lost_writes(struct rng *r)
{
	struct model before, m, next;
	struct rp_tracker *t, *old;
	struct rp_md *md;
	struct sim s, was;
	u32 block;
	unsigned int i;

	make_used(r, &s, &before, &m, 10);
	sim_init(&was, s.io.nr_blocks);
	sim_copy(&was, &s);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	t = rp_tracker_alloc(&m.info.geo);
	for (i = 0; i < 12; i++) {
		model_copy(&next, &m);
		random_txn(r, TXN_ALL, md, &next, &t, &old);
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
		model_commit(&next);
		rp_tracker_free(old);
		model_exit(&before);
		before = m;
		m = next;
	}
	rp_md_close(md);
	rp_tracker_free(t);
	for (block = 0; block < s.io.nr_blocks; block++) {
		u8 keep[RP_BLOCK_SIZE], *b = sim_block(&s, block);

		if (!memcmp(b, sim_block(&was, block), RP_BLOCK_SIZE))
			continue;
		memcpy(keep, b, RP_BLOCK_SIZE);
		memcpy(b, sim_block(&was, block), RP_BLOCK_SIZE);
		count(judge(&s, &before, &m));
		memcpy(b, keep, RP_BLOCK_SIZE);
	}
	/* The newer superblock is gone and what it freed was used again. */
	CHECK_EQ(judge(&s, &before, &m), HARMLESS);
	model_exit(&before);
	model_exit(&m);
	sim_exit(&was);
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

static u32 salt_of(u32 type)
{
	return type == RP_BLOCK_ROOT ? RP_SALT_ROOT :
	       type == RP_BLOCK_CATALOGUE ? RP_SALT_CATALOGUE : RP_SALT_BLOB;
}

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
				h->csum = cpu_to_le32(crc32c(salt_of(type),
							     b + 4, 4092));
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
	{ "damage_rollback", test_rollback, 4 },
	{ "damage_hostile", test_hostile, 6 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
