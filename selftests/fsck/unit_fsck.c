// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_fsck.c - damage, then check and repair: nothing that was known to be written
 * is missing afterwards (I1), whatever was damaged and whenever the power went
 */
#include "fsck.h"
#include "truth.h"
#include "world.h"

static struct rng *id_rng;

static void make_id(u8 id[16])
{
	u64 a = rng_next(id_rng), b = rng_next(id_rng);

	memcpy(id, &a, 8);
	memcpy(id + 8, &b, 8);
}

static void make_new(struct fsck_new *n, struct rng *r)
{
	id_rng = r;
	make_id(n->generation);
	make_id(n->volume);
	n->id = make_id;
	n->time = 42;
}

static void check_clean(struct sim *s)
{
	struct fsck f;

	CHECK_EQ(fsck_open(&f, &s->io), 0);
	if (!fsck_clean(&f))
		test_fail(__FILE__, __LINE__, "%s: %s", f.finding[0].where,
			  f.finding[0].what);
	fsck_close(&f);
}

/* --- repair --- */

enum fate { REFUSED, NOTHING, KEPT, ANEW };

static void count(enum fate fate)
{
	static const char *const names[] = {
		"refused", "nothing to do", "history kept", "a new generation",
	};

	test_count(names[fate], 1);
}

/* Repair what is on @s, and no more: the caller looks at the result. */
static enum fate repair(struct rng *r, struct sim *s)
{
	struct rp_why why = { "" };
	struct fsck_plan plan;
	struct fsck_new n;
	enum fate fate;
	struct fsck f;

	make_new(&n, r);
	s->read_only = true;
	CHECK_EQ(fsck_open(&f, &s->io), 0);
	CHECK_EQ(fsck_plan(&f, false, &plan), 0);
	s->read_only = false;
	if (plan.err) {
		CHECK(plan.why.text[0]);
		fate = REFUSED;
	} else if (!plan.nr_steps) {
		CHECK(fsck_clean(&f));
		fate = NOTHING;
	} else {
		fate = plan.generation ? ANEW : KEPT;
		if (fsck_apply(&f, &plan, &n, &why))
			test_fail(__FILE__, __LINE__, "%s", why.text);
	}
	fsck_plan_free(&plan);
	fsck_close(&f);
	return fate;
}

static void check_repaired(struct world *w, struct sim *s, enum fate fate)
{
	if (fate == REFUSED)
		return;
	check_clean(s);
	CHECK_EQ(check_truth(w, s), fate != ANEW);
}

/* Blocks in use of a device that is as it should be. */
static void used_blocks(struct sim *s, unsigned long *used)
{
	struct rp_md *md;

	CHECK_EQ(rp_md_open(&s->io, &md, NULL), 0);
	memcpy(used, md->space.used, BITS_TO_LONGS(WORLD_BLOCKS) * sizeof(long));
	rp_md_close(md);
}

static u32 pick_block(struct rng *r, const unsigned long *used)
{
	u32 block;

	do {
		block = rng_below(r, WORLD_BLOCKS);
		/* The arm map is most of the device and all alike. */
	} while (!test_bit(block, used) ||
		 (block >= 3 && block < RP_DATA_START));
	return block;
}

/* A sector gone, a bit flipped, a block of something else. */
static void damage(struct rng *r, struct sim *s, const unsigned long *used)
{
	u32 block = pick_block(r, used), i;
	u8 *b = sim_block(s, block);

	switch (rng_below(r, 4)) {
	case 0:
		memset(b + 512 * rng_below(r, 8), 0, 512);
		return;
	case 1:
		b[rng_below(r, rng_one_in(r, 2) ? 200 : 4096)] ^=
			1 << rng_below(r, 8);
		return;
	case 2:
		for (i = 0; i < RP_BLOCK_SIZE; i++)
			b[i] = rng_next(r);
		return;
	}
	memcpy(b, sim_block(s, pick_block(r, used)), RP_BLOCK_SIZE);
}

static void test_damage(struct rng *r)
{
	unsigned long used[BITS_TO_LONGS(WORLD_BLOCKS)];
	struct world w;
	struct sim s;
	unsigned int i, n;

	world_make(&w, WORLD_CLEAN + rng_below(r, WORLD_NR_KINDS - 1), r);
	used_blocks(&w.sim, used);
	sim_init(&s, WORLD_BLOCKS);
	check_clean(&w.sim);
	check_truth(&w, &w.sim);
	for (i = 0; i < 60; i++) {
		enum fate fate;

		sim_copy(&s, &w.sim);
		for (n = 1 + rng_below(r, 3); n; n--)
			damage(r, &s, used);
		fate = repair(r, &s);
		count(fate);
		check_repaired(&w, &s, fate);
	}
	sim_exit(&s);
	world_free(&w);
}

/* Each block alone: what is lost is what it was, and no more. */
static void test_each_block(struct rng *r)
{
	unsigned long used[BITS_TO_LONGS(WORLD_BLOCKS)];
	struct world w;
	struct sim s;
	u32 block;

	world_make(&w, WORLD_CRASHED, r);
	used_blocks(&w.sim, used);
	sim_init(&s, WORLD_BLOCKS);
	for (block = 0; block < WORLD_BLOCKS; block++) {
		enum fate fate;

		if (!test_bit(block, used) ||
		    (block >= 3 && block < RP_DATA_START))
			continue;
		sim_copy(&s, &w.sim);
		memset(sim_block(&s, block), 0xa5, RP_BLOCK_SIZE);
		fate = repair(r, &s);
		count(fate);
		/* A copy of the superblock is one of two; all else was in use. */
		CHECK(fate == KEPT || fate == ANEW);
		check_repaired(&w, &s, fate);
	}
	sim_exit(&s);
	world_free(&w);
}

/* The power goes at each step of a repair; then it is repaired again. */
static void test_power_cuts(struct rng *r)
{
	unsigned long used[BITS_TO_LONGS(WORLD_BLOCKS)];
	struct world w;
	struct sim s, left;
	unsigned int i, at;

	world_make(&w, WORLD_CLEAN + rng_below(r, WORLD_NR_KINDS - 1), r);
	used_blocks(&w.sim, used);
	sim_init(&s, WORLD_BLOCKS);
	sim_init(&left, WORLD_BLOCKS);
	for (i = 0; i < 8; i++) {
		enum fate fate;

		sim_copy(&s, &w.sim);
		damage(r, &s, used);
		memcpy(s.durable, s.cur, WORLD_BLOCKS * RP_BLOCK_SIZE);
		fate = repair(r, &s);
		if (fate == REFUSED || fate == NOTHING)
			continue;
		for (at = 0; at < s.nr_log; at++) {
			enum fate again;

			sim_cut(&s, at, rng_below(r, 3), r, &left);
			again = repair(r, &left);
			CHECK(again != REFUSED);
			/* Old state, or new one: never something else. */
			CHECK(again == NOTHING || again == fate ||
			      left.nr_log);
			check_clean(&left);
			check_truth(&w, &left);
			test_count("power cuts", 1);
		}
	}
	sim_exit(&left);
	sim_exit(&s);
	world_free(&w);
}

/* --- a new identity --- */

static bool is_old(const struct world *w, const struct rp_md_info *info)
{
	return !memcmp(w->info.volume, info->volume, 16);
}

static int name_identity(struct sim *s, struct rng *r, struct fsck_new *n)
{
	struct rp_why why = { "" };
	struct fsck_plan plan;
	struct fsck f;
	int err;

	make_new(n, r);
	CHECK_EQ(fsck_open(&f, &s->io), 0);
	CHECK_EQ(fsck_plan_identity(&f, &plan), 0);
	err = plan.err;
	if (!err)
		err = fsck_identity(&f, n, &why);
	fsck_plan_free(&plan);
	fsck_close(&f);
	return err;
}

/* Nothing of the old one is left but ids that stay used up. */
static void check_identity(const struct world *w, struct sim *s,
			   const struct fsck_new *n)
{
	struct rp_md_info info;
	struct rp_md *md;

	check_clean(s);
	CHECK_EQ(rp_md_open(&s->io, &md, NULL), 0);
	rp_md_get_info(md, &info);
	CHECK(!memcmp(info.volume, n->volume, 16));
	CHECK(!memcmp(info.generation, n->generation, 16));
	CHECK(info.clean);
	CHECK_EQ(rp_md_nr_records(md, RP_RECORD_INTERVAL), 0);
	CHECK_EQ(rp_md_nr_records(md, RP_RECORD_POINT), 0);
	CHECK_EQ(rp_md_nr_records(md, RP_RECORD_COLLECTION), 0);
	CHECK_EQ(rp_md_nr_records(md, RP_RECORD_GAP), 0);
	CHECK_EQ(rp_md_nr_records(md, RP_RECORD_TOMBSTONES), 1);
	CHECK_EQ(info.geo.sectors, w->info.geo.sectors);
	rp_md_close(md);
}

static void test_identity(struct rng *r)
{
	struct fsck_new n, again;
	struct world w;
	struct sim s, left;
	unsigned int at;

	world_make(&w, WORLD_CLEAN + rng_below(r, WORLD_NR_KINDS - 1), r);
	sim_init(&s, WORLD_BLOCKS);
	sim_init(&left, WORLD_BLOCKS);
	sim_copy(&s, &w.sim);
	CHECK_EQ(name_identity(&s, r, &n), 0);
	check_identity(&w, &s, &n);
	for (at = 0; at < s.nr_log; at++) {
		struct rp_md_info info;
		struct rp_md *md;
		int err;

		sim_cut(&s, at, rng_below(r, 3), r, &left);
		/* The old one, the new one, or refused; never a mixture. */
		err = rp_md_open(&left.io, &md, NULL);
		if (err) {
			CHECK_EQ(err, -EUCLEAN);
			test_count("refused until it is run again", 1);
		} else {
			rp_md_get_info(md, &info);
			CHECK(is_old(&w, &info) ||
			      !memcmp(info.volume, n.volume, 16));
			rp_md_close(md);
			test_count(is_old(&w, &info) ? "old" : "new", 1);
		}
		CHECK_EQ(name_identity(&left, r, &again), 0);
		check_identity(&w, &left, &again);
	}
	sim_exit(&left);
	sim_exit(&s);
	world_free(&w);
}

/* --- a disk that fails --- */

static void test_errors(struct rng *r)
{
	unsigned long used[BITS_TO_LONGS(WORLD_BLOCKS)];
	struct world w;
	struct sim s;
	unsigned int k;
	bool failed = true;

	world_make(&w, WORLD_CLEAN, r);
	used_blocks(&w.sim, used);
	sim_init(&s, WORLD_BLOCKS);
	for (k = 1; failed; k++) {
		struct rp_why why = { "" };
		struct fsck_plan plan;
		struct fsck_new n;
		struct fsck f;

		make_new(&n, r);
		sim_copy(&s, &w.sim);
		memset(sim_block(&s, 1), 0, RP_BLOCK_SIZE);
		CHECK_EQ(fsck_open(&f, &s.io), 0);
		CHECK_EQ(fsck_plan(&f, k % 2, &plan), 0);
		s.fail_at = k;
		s.fail_done = k % 3 == 0;
		failed = fsck_apply(&f, &plan, &n, &why);
		CHECK(!failed || why.text[0]);
		s.fail_at = 0;
		fsck_plan_free(&plan);
		fsck_close(&f);
		CHECK(repair(r, &s) != REFUSED);
		check_clean(&s);
		check_truth(&w, &s);
	}
	test_count("writes and flushes that failed", k - 2);
	sim_exit(&s);
	world_free(&w);
}

static const struct test_case cases[] = {
	{ "fsck_each_block", test_each_block, 2 },
	{ "fsck_damage", test_damage, 20 },
	{ "fsck_power_cuts", test_power_cuts, 6 },
	{ "fsck_identity", test_identity, 3 },
	{ "fsck_errors", test_errors, 2 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
