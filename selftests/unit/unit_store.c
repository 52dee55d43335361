// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_store.c - random transactions against a naive model, power cuts included
 */
#include "model.h"

/* Blocks in use, once nothing is pinned, are what a fresh open finds referred to. */
static void check_usage(struct sim *s, struct rp_md *md)
{
	struct rp_md_usage a, b;
	struct rp_why why = { };
	struct rp_md *fresh;
	int err;

	/* The last commit reaps what a query had pinned. */
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	s->read_only = true;
	err = rp_md_open(&s->io, &fresh, &why);
	s->read_only = false;
	if (err)
		test_fail(__FILE__, __LINE__, "open: %d, %s", err, why.text);
	rp_md_get_usage(md, &a);
	rp_md_get_usage(fresh, &b);
	CHECK_EQ(a.used, b.used);
	CHECK_EQ(a.reserve, b.reserve);
	rp_md_close(fresh);
}

static struct rp_md *open_or_fail(struct sim *s)
{
	struct rp_why why = { };
	struct rp_md *md;
	int err;

	s->read_only = true;
	err = rp_md_open(&s->io, &md, &why);
	s->read_only = false;
	if (err)
		test_fail(__FILE__, __LINE__, "open: %d, %s", err, why.text);
	return md;
}

/* --- queries that stay open while intervals go --- */

struct pinned {
	struct rp_md_query *q;
	struct kinds *k;
	u64 nr_pages;
};

static void pin(struct rng *r, struct rp_md *md, const struct model *m,
		struct pinned *p)
{
	u64 base = rp_seq_nr(m->info.first_seq) - 1;
	unsigned int first, last, i;

	if (p->q || !m->nr_intervals)
		return;
	first = rng_below(r, m->nr_intervals);
	last = first + rng_below(r, m->nr_intervals - first);
	CHECK_EQ(rp_md_query_open(md, rp_seq(first ? m->iv[first - 1].end : base),
				  rp_seq(m->iv[last].end), &p->q), 0);
	p->k = calloc(1, sizeof(*p->k));
	for (i = first; i <= last; i++)
		kinds_overlay(p->k, p->k, m->iv[i].k, m->info.geo.nr_granules);
	p->nr_pages = m->info.geo.nr_pages;
}

static void pin_check(struct pinned *p)
{
	struct rp_page_kinds *k = malloc(sizeof(*k));
	u64 i;

	for (i = 0; p->q && i < p->nr_pages; i++) {
		CHECK_EQ(rp_md_query_page(p->q, rp_page(i), k), 0);
		CHECK(!memcmp(k, &p->k->page[i], sizeof(*k)));
	}
	free(k);
}

static void unpin(struct pinned *p)
{
	rp_md_query_close(p->q);
	free(p->k);
	p->q = NULL;
	p->k = NULL;
}

static void test_transactions(struct rng *r)
{
	struct pinned pinned[3] = { };
	struct rp_tracker *t, *old;
	struct model m;
	struct rp_md *md;
	struct sim s;
	unsigned int i, j;

	make_device(r, &s, 0, &m);
	md = open_or_fail(&s);
	t = rp_tracker_alloc(&m.info.geo);
	for (i = 0; i < 40; i++) {
		struct model then;

		model_copy(&then, &m);
		random_txn(r, TXN_ALL, md, &then, &t, &old);
		if (rng_one_in(r, 10)) {
			rp_md_abort(md);
			model_exit(&then);
			if (old) {
				rp_tracker_free(t);
				t = old;
			}
		} else {
			CHECK_EQ(rp_md_commit(md, 1, rng_one_in(r, 2)), 0);
			model_commit(&then);
			model_exit(&m);
			m = then;
			rp_tracker_free(old);
		}
		model_check(&m, md);
		for (j = 0; j < ARRAY_SIZE(pinned); j++) {
			pin_check(&pinned[j]);
			if (rng_one_in(r, 6))
				unpin(&pinned[j]);
			else if (rng_one_in(r, 3))
				pin(r, md, &m, &pinned[j]);
		}
		if (rng_one_in(r, 12)) {
			for (j = 0; j < ARRAY_SIZE(pinned); j++)
				unpin(&pinned[j]);
			check_usage(&s, md);
			rp_md_close(md);
			md = open_or_fail(&s);
			m.info.commit++;
			model_check(&m, md);
		}
	}
	for (j = 0; j < ARRAY_SIZE(pinned); j++)
		unpin(&pinned[j]);
	check_usage(&s, md);
	rp_md_close(md);
	rp_tracker_free(t);
	model_exit(&m);
	sim_exit(&s);
	test_count("transactions", 40);
}

/* --- power cuts --- */

/*
 * The power goes at every step of what @s has logged: what is left must open and
 * be the state before or after, never another one.
 */
static void cut_everywhere(struct rng *r, struct sim *s, struct sim *left,
			   const struct model *before, const struct model *after)
{
	unsigned int at, loss;

	for (at = 0; at <= s->nr_log; at++) {
		for (loss = SIM_DROP; loss <= SIM_RANDOM; loss++) {
			struct rp_md_info info;
			struct rp_md *md;

			sim_cut(s, at, loss, r, left);
			md = open_or_fail(left);
			rp_md_get_info(md, &info);
			if (info.commit == before->info.commit) {
				/* A superblock that was acknowledged stays. */
				CHECK(at < s->nr_log);
				model_check(before, md);
			} else {
				model_check(after, md);
			}
			rp_md_close(md);
			test_count("power cuts", 1);
		}
	}
}

/* Of what the next commit does, some fails, and is tried again until it is done. */
static void fail_some(struct rng *r, struct sim *s)
{
	s->fail_at = 1 + rng_below(r, 20);
	s->fail_more = rng_below(r, 3);
	s->fail_done = rng_one_in(r, 2);
	s->patience = 3;
}

/* Beside the next commit an arm write fails, and with it goes what is not flushed. */
static void fail_beside(struct rng *r, struct sim *s)
{
	s->beside_at = 1 + rng_below(r, 20);
	s->patience = 1;
}

static void power_cuts(struct rng *r, void (*fail)(struct rng *r, struct sim *s))
{
	struct rp_tracker *t, *old;
	struct sim s, left;
	struct model m;
	struct rp_md *md;
	unsigned int i;

	make_device(r, &s, 0, &m);
	sim_init(&left, s.io.nr_blocks);
	md = open_or_fail(&s);
	t = rp_tracker_alloc(&m.info.geo);
	for (i = 0; i < 12; i++) {
		struct model then;

		sim_fold(&s);
		model_copy(&then, &m);
		random_txn(r, TXN_ALL, md, &then, &t, &old);
		if (fail)
			fail(r, &s);
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
		s.fail_at = 0;
		s.beside_at = 0;
		model_commit(&then);
		if (i > 2)
			cut_everywhere(r, &s, &left, &m, &then);
		/* Now and then go on with what a cut has left. */
		if (rng_one_in(r, 4)) {
			struct rp_md_info info;

			rp_md_close(md);
			sim_cut(&s, rng_below(r, s.nr_log + 1), SIM_RANDOM, r,
				&left);
			sim_copy(&s, &left);
			md = open_or_fail(&s);
			rp_md_get_info(md, &info);
			if (info.commit == m.info.commit) {
				struct model tmp = m;

				m = then;
				then = tmp;
			}
		}
		model_exit(&m);
		m = then;
		rp_tracker_free(old);
	}
	rp_md_close(md);
	rp_tracker_free(t);
	model_exit(&m);
	sim_exit(&left);
	sim_exit(&s);
}

static void test_power_cuts(struct rng *r)
{
	power_cuts(r, NULL);
}

static void test_power_cuts_and_failures(struct rng *r)
{
	power_cuts(r, fail_some);
}

static void test_power_cuts_and_failures_beside(struct rng *r)
{
	power_cuts(r, fail_beside);
}

/* A format that is cut short leaves an unformatted device, or a good one. */
static void test_format_cuts(struct rng *r)
{
	struct rp_md_params p = { .volume = { 1 }, .generation = { 2 },
				  .sectors = 100000, .granule_shift = 12 };
	struct sim s, left;
	struct model m;
	unsigned int at, loss;
	bool good = false;

	/* Over an old one, whose records must not shine through. */
	make_device(r, &s, 0, &m);
	sim_init(&left, s.io.nr_blocks);
	sim_fold(&s);
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), 0);
	for (at = 0; at <= s.nr_log; at++) {
		for (loss = SIM_DROP; loss <= SIM_RANDOM; loss++) {
			struct rp_md_info info;
			int err;

			sim_cut(&s, at, loss, r, &left);
			err = rp_md_probe(&left.io, &info, NULL);
			if (!err && !memcmp(info.volume, p.volume, 16)) {
				struct rp_md *md = open_or_fail(&left);

				CHECK(!info.one_copy);
				rp_md_close(md);
				good = true;
			} else if (!err) {
				/* The old one, before its superblocks went. */
				CHECK(at <= 1);
			} else {
				CHECK(err == -ENODATA);
				CHECK(at < s.nr_log);
			}
		}
	}
	CHECK(good);
	model_exit(&m);
	sim_exit(&left);
	sim_exit(&s);
}

/* Blocks of records that the last commit wrote; @age: what the first one says. */
static unsigned int blobs_written(const struct sim *s, u32 *age)
{
	unsigned int i, nr = 0;

	for (i = 0; i < s->nr_log; i++) {
		const struct rp_blob_disk *blob = (void *)s->log[i].data;

		if (s->log[i].op != SIM_WRITE ||
		    le32_to_cpu(blob->head.type) != RP_BLOCK_BLOB)
			continue;
		if (!nr++)
			*age = le32_to_cpu(blob->tail_age);
	}
	return nr;
}

static void put_record(struct sim *s, struct rp_md *md, const u8 *data, size_t len)
{
	static const u8 id[16] = { 1 };

	sim_fold(s);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, id, data, len), 0);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
}

/* I12: where the first block of a record differs, only that one is written. */
static void test_kept_blocks(struct rng *r)
{
	size_t len = 3 * RP_BLOB_DATA - rng_below(r, 1000);
	u8 *data = malloc(len);
	struct rp_md *md;
	struct model m;
	struct sim s;
	u32 age, i;

	make_device(r, &s, 0, &m);
	md = open_or_fail(&s);
	for (i = 0; i < len; i++)
		data[i] = rng_next(r);
	put_record(&s, md, data, len);
	CHECK_EQ(blobs_written(&s, &age), 3);
	CHECK_EQ(age, 0);
	/* Two commits in each round: one is that of check_usage(). */
	for (i = 1; i < 6; i += 2) {
		data[rng_below(r, RP_BLOB_DATA)]++;
		put_record(&s, md, data, len);
		CHECK_EQ(blobs_written(&s, &age), 1);
		CHECK_EQ(age, i);
		check_usage(&s, md);
		rp_md_close(md);
		md = open_or_fail(&s);
	}
	data[RP_BLOB_DATA + rng_below(r, len - RP_BLOB_DATA)]++;
	put_record(&s, md, data, len);
	CHECK_EQ(blobs_written(&s, &age), 3);
	CHECK_EQ(age, 0);
	put_record(&s, md, data, len - 1);
	CHECK_EQ(blobs_written(&s, &age), 3);
	check_usage(&s, md);
	rp_md_close(md);
	model_exit(&m);
	sim_exit(&s);
	free(data);
}

static const struct test_case cases[] = {
	{ "store_power_cuts", test_power_cuts, 12 },
	{ "store_failures_and_power_cuts", test_power_cuts_and_failures, 12 },
	{ "store_failures_beside_and_power_cuts", test_power_cuts_and_failures_beside,
	  12 },
	{ "store_random_transactions", test_transactions, 25 },
	{ "store_format_power_cuts", test_format_cuts, 1 },
	{ "store_kept_blocks", test_kept_blocks, 10 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
