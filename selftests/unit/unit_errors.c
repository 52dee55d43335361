// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_errors.c - want of memory, failing writes, a full device
 *
 * Whatever fails, and wherever: the old state or the new one, nothing lost,
 * nothing leaked, and an object that goes on.
 */
#include "core/store.h"
#include "model.h"

/* A device with a history, of which each round below takes a copy. */
struct start {
	struct sim s;
	struct model m;
	struct kinds *open;
};

static void start_init(struct rng *r, struct start *st, unsigned int nr_txn)
{
	struct rp_tracker *t, *old;
	struct rp_md *md;
	unsigned int i;

	make_device(r, &st->s, 400, &st->m);
	CHECK_EQ(rp_md_open(&st->s.io, &md, NULL), 0);
	t = rp_tracker_alloc(&st->m.info.geo);
	for (i = 0; i < nr_txn; i++) {
		random_txn(r, TXN_ALL, md, &st->m, &t, &old);
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
		model_commit(&st->m);
		rp_tracker_free(old);
	}
	st->open = calloc(1, sizeof(*st->open));
	kinds_of_tracker(st->open, t);
	rp_md_close(md);
	rp_tracker_free(t);
}

static void start_exit(struct start *st)
{
	free(st->open);
	model_exit(&st->m);
	sim_exit(&st->s);
}

/* One try: the device as it was at the start, a transaction staged in it. */
struct round {
	struct sim s;
	struct model before;
	struct model after;
	struct rp_md *md;
	struct rp_tracker *t;
	struct rp_tracker *old;
};

static void round_init(struct round *x, const struct start *st,
		       const struct rng *r)
{
	struct rng same = *r;

	sim_init(&x->s, st->s.io.nr_blocks);
	sim_copy(&x->s, &st->s);
	model_copy(&x->before, &st->m);
	model_copy(&x->after, &st->m);
	CHECK_EQ(rp_md_open(&x->s.io, &x->md, NULL), 0);
	x->t = rp_tracker_alloc(&st->m.info.geo);
	tracker_of_kinds(x->t, st->open, st->m.info.geo.nr_granules);
	random_txn(&same, TXN_ALL, x->md, &x->after, &x->t, &x->old);
	model_commit(&x->after);
}

static void round_exit(struct round *x)
{
	rp_md_close(x->md);
	rp_tracker_free(x->t);
	rp_tracker_free(x->old);
	model_exit(&x->before);
	model_exit(&x->after);
	sim_exit(&x->s);
}

static void reopen(struct round *x)
{
	rp_md_close(x->md);
	CHECK_EQ(rp_md_open(&x->s.io, &x->md, NULL), 0);
}

/* It goes on: a plain commit is fine, now and after a new open. */
static void goes_on(struct round *x, struct model *m, bool coarse)
{
	u8 id[16] = { 99 };

	CHECK_EQ(rp_md_stage_record(x->md, RP_RECORD_GAP, id, "x", 1), 0);
	CHECK_EQ(rp_md_commit(x->md, 1, false), 0);
	CHECK_EQ(rp_md_stage_delete(x->md, RP_RECORD_GAP, id), 0);
	CHECK_EQ(rp_md_commit(x->md, 1, false), 0);
	m->info.commit += 2;
	model_check_kinds(m, x->md, coarse);
	reopen(x);
	model_check_kinds(m, x->md, coarse);
}

/* --- memory --- */

static void test_commit_memory(struct rng *r)
{
	struct start st;
	unsigned long k;
	bool done = false;

	start_init(r, &st, 8);
	for (k = 1; !done; k++) {
		struct round x;
		int err;

		round_init(&x, &st, r);
		rp_port_memory.fail_at = k;
		rp_port_memory.sticky = k % 2;
		err = rp_md_commit(x.md, 1, false);
		/* Buffers do without: success does not mean that none failed. */
		done = rp_port_memory.fail_at > 1 ||
		       (!rp_port_memory.sticky && rp_port_memory.fail_at);
		rp_port_memory.fail_at = 0;
		rp_port_memory.sticky = false;
		CHECK(!err || err == -ENOMEM);
		CHECK(!done || !err);
		CHECK(!rp_md_failed(x.md));
		model_check(err ? &x.before : &x.after, x.md);
		goes_on(&x, err ? &x.before : &x.after, false);
		round_exit(&x);
		test_count("allocations that failed", 1);
	}
	start_exit(&st);
}

/* Everything but the commit, by a script that ends at the first error. */
static int script(struct sim *s, const struct start *st, struct rp_tracker *t)
{
	struct rp_page_kinds *k = malloc(sizeof(*k));
	u8 id[16] = { 77 };
	struct rp_md_query *q = NULL;
	struct rp_md *md;
	rp_page_t page;
	void *data;
	size_t len;
	int err, any;

	err = rp_md_open(&s->io, &md, NULL);
	if (err)
		goto out;
	any = rp_md_stage_record(md, RP_RECORD_POINT, id, "data", 4);
	any = any ?: rp_md_stage_record(md, RP_RECORD_POINT, id, "more data", 9);
	any = any ?: rp_md_stage_merge(md, rp_seq(st->m.iv[0].end));
	any = any ?: rp_md_stage_cut(md, t, 1);
	any = any ?: rp_md_stage_merge(md, st->m.info.open_seq);
	any = any ?: rp_md_stage_open(md, t);
	rp_md_abort(md);
	any = any ?: rp_md_stage_generation(md, id, 1);
	rp_md_abort(md);
	any = any ?: rp_md_load_open(md, t, true);
	any = any ?: rp_md_load_interval(md, rp_seq(st->m.iv[0].end), t);
	if (!any && st->m.nr_records) {
		any = rp_md_get_record(md, st->m.rec[0].type, st->m.rec[0].id,
				       &data, &len);
		if (!any)
			rp_free(data);
	}
	if (!any) {
		any = rp_md_query_open(md, rp_seq(st->m.iv[0].start),
				       rp_seq(st->m.iv[0].end), &q);
		for (page = rp_page(0); q && !any && rp_md_query_next_page(q, &page);
		     page = rp_page(rp_page_nr(page) + 1)) {
			any = rp_md_query_page(q, page, k);
			CHECK(any || !memcmp(&st->m.iv[0].k->page[rp_page_nr(page)],
					     k, sizeof(*k)));
		}
		rp_md_query_close(q);
	}
	err = any;
	rp_port_memory.fail_at = 0;
	rp_port_memory.sticky = false;
	model_check(&st->m, md);
	rp_md_close(md);
out:
	free(k);
	return err;
}

static void test_script_memory(struct rng *r)
{
	struct start st;
	unsigned long k;
	int err = -ENOMEM;

	do {
		start_init(r, &st, 8);
		if (!st.m.nr_intervals)
			start_exit(&st);
	} while (!st.m.nr_intervals);
	for (k = 1; err; k++) {
		struct rp_tracker *t = rp_tracker_alloc(&st.m.info.geo);

		rp_port_memory.fail_at = k;
		rp_port_memory.sticky = k % 2;
		err = script(&st.s, &st, t);
		rp_port_memory.fail_at = 0;
		rp_port_memory.sticky = false;
		CHECK(!err || err == -ENOMEM);
		rp_tracker_free(t);
		test_count("allocations that failed", 1);
	}
	start_exit(&st);
}

/* --- failing writes --- */

/* O5: a write that failed may yet arrive; the next commit keeps out of its way. */
static void check_quarantine(struct round *x)
{
	unsigned int i, from = x->s.nr_log;
	u8 id[16] = { 98 };

	x->md->space.cursor = 0;
	CHECK_EQ(rp_md_stage_record(x->md, RP_RECORD_GAP, id, "x", 1), 0);
	CHECK_EQ(rp_md_commit(x->md, 1, false), 0);
	for (i = from; i < x->s.nr_log; i++)
		if (x->s.log[i].op == SIM_WRITE)
			CHECK(x->s.log[i].block != x->s.failed);
	CHECK_EQ(rp_md_stage_delete(x->md, RP_RECORD_GAP, id), 0);
	CHECK_EQ(rp_md_commit(x->md, 1, false), 0);
	x->before.info.commit += 2;
}

static void test_failing_writes(struct rng *r)
{
	struct start st;
	unsigned int k, done_too;
	bool over = false;

	start_init(r, &st, 8);
	for (k = 1; !over; k++) {
		for (done_too = 0; done_too < 2; done_too++) {
			struct round x;
			struct rp_md_info info;
			int err;

			round_init(&x, &st, r);
			x.s.fail_at = k;
			x.s.fail_done = done_too;
			err = rp_md_commit(x.md, 1, false);
			over = x.s.fail_at;
			x.s.fail_at = 0;
			CHECK_EQ(err, over ? 0 : -EIO);
			test_count("writes that failed", !over);
			if (!rp_md_failed(x.md)) {
				model_check(err ? &x.before : &x.after, x.md);
				if (err)
					check_quarantine(&x);
				goes_on(&x, err ? &x.before : &x.after, false);
			} else {
				/* The superblock: in question until reopened. */
				CHECK_EQ(rp_md_commit(x.md, 1, false), -EIO);
				model_check(&x.before, x.md);
				reopen(&x);
				rp_md_get_info(x.md, &info);
				CHECK_EQ(info.commit, done_too ?
					 x.after.info.commit : x.before.info.commit);
				goes_on(&x, done_too ? &x.after : &x.before, false);
			}
			round_exit(&x);
		}
	}
	start_exit(&st);
}

/*
 * Tried again, and as often as it takes: done, as if nothing had failed, and
 * without using up the device; or given up, which is one failure.
 */
static void try_again(const struct start *st, const struct rng *r, unsigned int k,
		      bool done_too, bool give_up, bool *over)
{
	struct round x;
	int err;

	round_init(&x, st, r);
	x.s.fail_at = k;
	x.s.fail_more = 199;
	x.s.fail_done = done_too;
	x.s.patience = give_up ? 50 : 200;
	err = rp_md_commit(x.md, 1, false);
	*over = x.s.fail_more == 199;
	CHECK_EQ(err, give_up && !*over ? -EIO : 0);
	CHECK(!err || !x.s.patience);
	test_count("commits that were tried again", !*over);
	x.s.fail_at = 0;
	if (!rp_md_failed(x.md)) {
		model_check(err ? &x.before : &x.after, x.md);
		goes_on(&x, err ? &x.before : &x.after, false);
	}
	round_exit(&x);
}

/* Each try writes all of it anew: where flushes alone fail that takes no space. */
static void flush_again(const struct start *st, const struct rng *r)
{
	struct round x;

	round_init(&x, st, r);
	x.s.fail_flushes = 200;
	x.s.patience = 200;
	CHECK_EQ(rp_md_commit(x.md, 1, false), 0);
	CHECK_EQ(x.s.patience, 0);
	model_check(&x.after, x.md);
	goes_on(&x, &x.after, false);
	round_exit(&x);
}

static void test_tried_again(struct rng *r)
{
	struct start st;
	unsigned int k, how;
	bool over = false;

	start_init(r, &st, 8);
	for (k = 1; !over; k++)
		for (how = 0; how < 4; how++)
			try_again(&st, r, k, how & 1, how & 2, &over);
	flush_again(&st, r);
	start_exit(&st);
}

/* --- no space --- */

/* Leave @left blocks free. */
static void occupy(struct rp_md *md, u32 left, unsigned long *taken)
{
	struct rp_space *s = &md->space;
	u32 b = 0;

	while (s->nr - s->nr_used > left) {
		b = find_next_zero_bit(s->used, s->nr, b);
		CHECK_EQ(rp_space_claim(s, b), 0);
		__set_bit(b, taken);
	}
}

static void give_back(struct rp_md *md, const unsigned long *taken)
{
	u32 b;

	for (b = 0; b < md->space.nr; b++)
		if (test_bit(b, taken))
			rp_space_free(&md->space, b);
}

static void test_no_space(struct rng *r)
{
	struct start st;
	u32 left;
	bool first = true;

	start_init(r, &st, 6);
	for (left = 0; left < 160; left += left < 60 ? 1 : 9) {
		unsigned long taken[BITS_TO_LONGS(400)] = { };
		struct round x;
		int err;

		round_init(&x, &st, r);
		occupy(x.md, left, taken);
		err = rp_md_commit(x.md, 1, rng_one_in(&(struct rng){ left }, 2));
		CHECK(!err || err == -ENOSPC);
		CHECK(!rp_md_failed(x.md));
		give_back(x.md, taken);
		if (err)
			model_check(&x.before, x.md);
		else
			model_check_kinds(&x.after, x.md, true);
		goes_on(&x, err ? &x.before : &x.after, true);
		test_count(err ? "refused" : "fitted", 1);
		if (!err)
			first = false;
		round_exit(&x);
	}
	CHECK(!first);
	start_exit(&st);
}

/* Every page of every plane needs a block. */
static void dense_marks(struct rng *r, struct rp_tracker *t)
{
	u64 page, g;
	unsigned int p, i;

	for (page = 0; page < t->nr_pages; page++)
		for (p = 0; p < RP_NR_PLANES; p++)
			for (i = 0; i < 5; i++) {
				g = page * RP_PAGE_BITS + rng_below(r, RP_PAGE_BITS);
				rp_tracker_mark(t, p, rp_granule(g), rp_granule(g));
			}
}

static int cut(struct rng *r, struct rp_md *md, struct rp_geometry *geo)
{
	struct rp_tracker *t = rp_tracker_alloc(geo);
	int err;

	dense_marks(r, t);
	CHECK_EQ(rp_md_stage_cut(md, t, 1), 0);
	err = rp_md_commit(md, 1, true);
	rp_tracker_free(t);
	return err;
}

/* The worst checkpoint, again and again: never refused (I12). */
static void checkpoints(struct rng *r, struct rp_md *md, struct rp_geometry *geo)
{
	struct rp_tracker *t = rp_tracker_alloc(geo);
	unsigned int i;

	for (i = 0; i < 4; i++) {
		dense_marks(r, t);
		CHECK_EQ(rp_md_stage_open(md, t), 0);
		if (i == 3)
			rp_md_stage_clean(md);
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
	}
	rp_tracker_free(t);
}

/* Records take what is free, and leave the reserve. */
static void fill_with_records(struct sim *s, struct rp_md *md)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err; i++) {
		u8 id[16] = { i, i >> 8, 1 };

		CHECK_EQ(rp_md_stage_record(md, RP_RECORD_GAP, id, "a gap", 5), 0);
		err = rp_md_commit(md, 1, true);
		sim_fold(s);
	}
	CHECK_EQ(err, -ENOSPC);
}

static void drop_records(struct rp_md *md)
{
	unsigned int i, nr = rp_md_nr_records(md, RP_RECORD_GAP);

	for (i = 0; i < nr; i++) {
		u8 id[16] = { i, i >> 8, 1 };

		CHECK_EQ(rp_md_stage_delete(md, RP_RECORD_GAP, id), 0);
	}
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
}

/*
 * The smallest device takes a cut of a volume that is all written; when it is
 * full it refuses points, nothing else; and destroying points makes room again.
 */
static void test_full(struct rng *r)
{
	u64 sectors = 8ULL * RP_PAGE_BITS * (1 + rng_below(r, 40)) -
		      rng_below(r, 50000);
	struct rp_md_params p = { .volume = { 1 }, .sectors = sectors,
				  .granule_shift = 12 };
	u64 min = rp_md_min_blocks(sectors, 12);
	struct rp_md_query *q = NULL;
	struct rp_md_usage usage;
	struct rp_md_info info;
	struct rp_md *md;
	struct sim s;
	unsigned int i, nr = 0;
	int err;

	sim_init(&s, min + rng_below(r, 2) * rng_below(r, 300));
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), 0);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_md_get_info(md, &info);
	rp_md_stage_active(md, false);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	/* A checkpoint with room for all kinds, then records up to the reserve. */
	if (rng_one_in(r, 2)) {
		checkpoints(r, md, &info.geo);
		fill_with_records(&s, md);
		checkpoints(r, md, &info.geo);
		drop_records(md);
	}
	for (;;) {
		u8 id[16] = { nr };

		CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, id, "a point", 7), 0);
		err = cut(r, md, &info.geo);
		if (err)
			break;
		nr++;
		sim_fold(&s);
		rp_md_get_usage(md, &usage);
		CHECK(usage.total - usage.used >= usage.reserve);
		if (nr == 1)
			CHECK_EQ(rp_md_query_open(md, rp_seq(0), rp_seq(1), &q), 0);
	}
	CHECK_EQ(err, -ENOSPC);
	CHECK(nr >= 1);
	test_count("points that fitted", nr);
	checkpoints(r, md, &info.geo);

	fill_with_records(&s, md);
	checkpoints(r, md, &info.geo);

	/* A query holds what it looks at; that may put off a merge, not more. */
	for (i = 1; i < nr; i++) {
		sim_fold(&s);
		CHECK_EQ(rp_md_stage_merge(md, rp_seq(i)), 0);
		err = rp_md_commit(md, 1, false);
		CHECK(!err || err == -ENOSPC);
		checkpoints(r, md, &info.geo);
		if (err) {
			test_count("merges put off by a query", 1);
			break;
		}
	}
	rp_md_query_close(q);
	for (; i <= nr; i++) {
		CHECK_EQ(rp_md_stage_merge(md, rp_seq(i)), 0);
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
	}
	checkpoints(r, md, &info.geo);
	CHECK_EQ(cut(r, md, &info.geo), 0);
	rp_md_close(md);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_md_close(md);
	sim_exit(&s);
}

/* Merges share what only one has: cheap where intervals are sparse. */
static void test_merge_is_cheap(struct rng *r)
{
	struct rp_md_params p = { .volume = { 1 }, .granule_shift = 12,
				  .sectors = 8ULL * RP_PAGE_BITS * 100 };
	struct rp_tracker *t;
	struct rp_md_info info;
	struct rp_md *md;
	struct sim s;
	unsigned int i, j;

	sim_init(&s, rp_md_recommended_blocks(p.sectors, 12));
	CHECK_EQ(rp_md_format(&s.io, &p, NULL), 0);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_md_get_info(md, &info);
	for (i = 0; i < 3; i++) {
		t = rp_tracker_alloc(&info.geo);
		for (j = 0; j < (i ? 1 : 99); j++)
			rp_tracker_mark(t, 0, rp_granule(j * (u64)RP_PAGE_BITS),
					rp_granule(j * (u64)RP_PAGE_BITS));
		CHECK_EQ(rp_md_stage_cut(md, t, 1), 0);
		CHECK_EQ(rp_md_commit(md, 1, true), 0);
		rp_tracker_free(t);
	}
	sim_fold(&s);
	s.reads = 0;
	CHECK_EQ(rp_md_stage_merge(md, rp_seq(1)), 0);
	CHECK_EQ(rp_md_commit(md, 1, true), 0);
	/* Two pages read, one written, and the way to the root. */
	CHECK(s.reads <= 4);
	CHECK(s.nr_log <= 8);
	rp_md_close(md);
	sim_exit(&s);
}

static void test_misuse(struct rng *r)
{
	struct rp_geometry geo;
	struct rp_tracker *t;
	struct rp_md_query *q;
	struct rp_md *md;
	struct model m;
	struct sim s;
	u8 id[16] = { 1 };
	void *data;
	size_t len;
	u64 sectors;
	unsigned int i;

	make_device(r, &s, 0, &m);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_geometry_init(&geo, m.info.geo.sectors + 8, 12, 22);
	t = rp_tracker_alloc(&geo);
	CHECK_EQ(rp_md_stage_cut(md, t, 1), -EINVAL);
	CHECK_EQ(rp_md_stage_open(md, t), 0);
	CHECK_EQ(rp_md_commit(md, 1, false), -EINVAL);
	/* Grown: then it is the right length. */
	CHECK_EQ(rp_md_stage_sectors(md, geo.sectors), 0);
	CHECK_EQ(rp_md_stage_open(md, t), 0);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	CHECK_EQ(rp_md_stage_sectors(md, RP_SECTORS_MAX + 1), -EFBIG);
	CHECK_EQ(rp_md_stage_sectors(md, 0), -EFBIG);

	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_INTERVAL, id, "", 0), -EINVAL);
	CHECK_EQ(rp_md_stage_record(md, 99, id, "", 0), -EINVAL);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_GAP, id, "", 2 << 20), -EMSGSIZE);
	CHECK_EQ(rp_md_stage_delete(md, RP_RECORD_GAP, id), -ENOENT);
	CHECK_EQ(rp_md_get_record(md, RP_RECORD_GAP, id, &data, &len), -ENOENT);
	CHECK_EQ(rp_md_boundary_sectors(md, rp_seq(0), &sectors), -ENOENT);
	CHECK_EQ(rp_md_query_open(md, rp_seq(1), rp_seq(0), &q), -EINVAL);
	CHECK_EQ(rp_md_query_open(md, rp_seq(0), rp_seq(1), &q), -ENOENT);
	CHECK_EQ(rp_md_query_open(md, rp_seq(0), rp_seq(0), &q), 0);
	rp_md_query_close(q);
	rp_md_query_close(NULL);
	rp_md_close(NULL);

	/* Twice in one transaction. */
	CHECK_EQ(rp_md_stage_cut(md, t, 1), 0);
	CHECK_EQ(rp_md_stage_cut(md, t, 1), -EINVAL);
	rp_md_abort(md);
	for (i = 0; i < RP_MERGE_MAX + 2; i++) {
		CHECK_EQ(rp_md_stage_cut(md, t, 1), 0);
		CHECK_EQ(rp_md_commit(md, 1, false), 0);
	}
	for (i = 1; i < RP_MERGE_MAX - 1; i++)
		CHECK_EQ(rp_md_stage_merge(md, rp_seq(i)), 0);
	CHECK_EQ(rp_md_stage_merge(md, rp_seq(i)), -E2BIG);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	CHECK(rp_md_has_boundary(md, rp_seq(i)));
	CHECK(!rp_md_has_boundary(md, rp_seq(i - 1)));
	rp_md_close(md);
	rp_tracker_free(t);
	model_exit(&m);
	sim_exit(&s);
}

/* At the end of the numbers nothing is written that no reader would take. */
static void test_numbers(struct rng *r)
{
	struct rp_tracker *t;
	struct rp_md *md;
	struct model m;
	struct sim s;

	make_device(r, &s, 0, &m);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	t = rp_tracker_alloc(&m.info.geo);
	CHECK_EQ(rp_md_stage_beyond(md, rp_seq(RP_SEQ_MAX)), -EINVAL);
	CHECK_EQ(rp_md_stage_beyond(md, rp_seq(RP_SEQ_MAX - 1)), 0);
	CHECK_EQ(rp_md_stage_generation(md, m.info.volume, 1), 0);
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	CHECK_EQ(rp_md_stage_cut(md, t, 1), -EINVAL);
	rp_md_abort(md);
	rp_md_stage_skip(md);
	CHECK_EQ(rp_md_commit(md, 1, false), -EOVERFLOW);
	/* It can be written still, and read. */
	CHECK_EQ(rp_md_commit(md, 1, false), 0);
	rp_md_close(md);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	md->state->sb.commit = RP_SEQ_MAX;
	CHECK_EQ(rp_md_commit(md, 1, false), -EOVERFLOW);
	rp_md_close(md);
	CHECK_EQ(rp_md_open(&s.io, &md, NULL), 0);
	rp_md_close(md);
	rp_tracker_free(t);
	model_exit(&m);
	sim_exit(&s);
}

static const struct test_case cases[] = {
	{ "errors_memory_in_commit", test_commit_memory, 5 },
	{ "errors_memory_elsewhere", test_script_memory, 2 },
	{ "errors_failing_writes", test_failing_writes, 5 },
	{ "errors_tried_again", test_tried_again, 3 },
	{ "errors_no_space", test_no_space, 5 },
	{ "errors_full_device", test_full, 12 },
	{ "errors_merge_is_cheap", test_merge_is_cheap, 1 },
	{ "errors_misuse", test_misuse, 1 },
	{ "errors_numbers", test_numbers, 1 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
