// SPDX-License-Identifier: GPL-2.0-only
/*
 * model.c - what a metadata device should say, kept the naive way
 */
#include "core/store.h"
#include "model.h"

static struct kinds *kinds_new(void)
{
	return calloc(1, sizeof(struct kinds));
}

static struct kinds *kinds_dup(const struct kinds *k)
{
	struct kinds *n;

	if (!k)
		return NULL;
	n = malloc(sizeof(*n));
	memcpy(n, k, sizeof(*n));
	return n;
}

static unsigned int kind_get(const struct kinds *k, u64 g)
{
	const struct rp_page_kinds *p = &k->page[g / RP_PAGE_BITS];
	unsigned int i;

	for (i = 0; i < RP_NR_PLANES; i++)
		if (test_bit(g % RP_PAGE_BITS, p->plane[i]))
			return 1U << i;
	return 0;
}

static void kind_set(struct kinds *k, u64 g, unsigned int kind)
{
	struct rp_page_kinds *p = &k->page[g / RP_PAGE_BITS];
	unsigned int i;

	for (i = 0; i < RP_NR_PLANES; i++) {
		if (kind == 1U << i)
			__set_bit(g % RP_PAGE_BITS, p->plane[i]);
		else
			__clear_bit(g % RP_PAGE_BITS, p->plane[i]);
	}
}

void kinds_overlay(struct kinds *k, const struct kinds *earlier,
		   const struct kinds *later, u64 nr)
{
	u64 g;

	for (g = 0; g < nr; g++) {
		unsigned int kind = later ? kind_get(later, g) : 0;

		if (!kind && earlier)
			kind = kind_get(earlier, g);
		kind_set(k, g, kind);
	}
}

void kinds_of_tracker(struct kinds *k, const struct rp_tracker *t)
{
	u64 g;

	memset(k, 0, sizeof(*k));
	for (g = 0; g < t->nr_granules; g++)
		kind_set(k, g, rp_tracker_kind(t, rp_granule(g)));
}

void tracker_of_kinds(struct rp_tracker *t, const struct kinds *k, u64 nr)
{
	u64 g;

	for (g = 0; g < nr; g++) {
		unsigned int kind = kind_get(k, g);

		if (kind)
			rp_tracker_mark(t, kind >> 1, rp_granule(g), rp_granule(g));
	}
}

void random_marks(struct rng *r, struct rp_tracker *t)
{
	unsigned int n = rng_below(r, 6);

	while (n--) {
		u64 first = rng_below(r, t->nr_granules), len = 1;

		switch (rng_below(r, 4)) {
		case 0:
			break;
		case 1:
			len = 1 + rng_below(r, 300);
			break;
		case 2:
			len = 1 + rng_below(r, RP_PAGE_BITS);
			break;
		case 3:
			first &= ~(u64)(RP_PAGE_BITS - 1);
			len = RP_PAGE_BITS;
		}
		rp_tracker_mark(t, rng_below(r, RP_NR_PLANES), rp_granule(first),
				rp_granule(first + len - 1));
	}
}

void model_init(struct model *m, const struct rp_md_info *info)
{
	memset(m, 0, sizeof(*m));
	m->info = *info;
	m->open = kinds_new();
}

void model_exit(struct model *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_intervals; i++)
		free(m->iv[i].k);
	for (i = 0; i < m->nr_records; i++)
		free(m->rec[i].data);
	free(m->open);
	free(m->prefix);
	free(m->staged);
	memset(m, 0, sizeof(*m));
}

void model_copy(struct model *to, const struct model *from)
{
	unsigned int i;

	*to = *from;
	for (i = 0; i < to->nr_intervals; i++)
		to->iv[i].k = kinds_dup(from->iv[i].k);
	for (i = 0; i < to->nr_records; i++) {
		to->rec[i].data = malloc(from->rec[i].len + 1);
		memcpy(to->rec[i].data, from->rec[i].data, from->rec[i].len);
	}
	to->open = kinds_dup(from->open);
	to->prefix = kinds_dup(from->prefix);
	to->staged = kinds_dup(from->staged);
}

/* --- comparing --- */

static void check_page(const struct rp_page_kinds *want,
		       const struct rp_page_kinds *got, bool coarse)
{
	unsigned int i;

	if (!coarse) {
		CHECK(!memcmp(want, got, sizeof(*want)));
		return;
	}
	for (i = 0; i < PAGE_LONGS; i++) {
		unsigned long want_any = want->plane[0][i] | want->plane[1][i] |
					 want->plane[2][i];
		unsigned long got_any = got->plane[0][i] | got->plane[1][i] |
					got->plane[2][i];

		CHECK_EQ(want_any, got_any);
		CHECK(!(got->plane[1][i] & ~want->plane[1][i]));
		CHECK(!(got->plane[2][i] & ~want->plane[2][i]));
	}
}

static void check_run(const struct kinds *want, struct rp_md *md, u64 from,
		      u64 to, u64 nr_pages, bool coarse)
{
	static const struct rp_page_kinds none;
	struct rp_page_kinds *k = malloc(sizeof(*k));
	rp_page_t page = rp_page(0);
	struct rp_md_query *q;
	u64 p;

	CHECK_EQ(rp_md_query_open(md, rp_seq(from), rp_seq(to), &q), 0);
	for (p = 0; p < nr_pages; p++) {
		bool more;

		page = rp_page(p);
		more = rp_md_query_next_page(q, &page);
		CHECK(!more || rp_page_nr(page) >= p);
		if (!more || rp_page_nr(page) > p)
			CHECK(!memcmp(&want->page[p], &none, sizeof(none)));
		CHECK_EQ(rp_md_query_page(q, rp_page(p), k), 0);
		check_page(&want->page[p], k, coarse);
	}
	rp_md_query_close(q);
	free(k);
}

static int check_record(const u8 id[16], const void *data, size_t len, void *arg)
{
	const struct model *m = ((void **)arg)[0];
	unsigned int *seen = ((void **)arg)[1], i;
	u8 type = **(u8 **)((void **)arg + 2);

	for (i = 0; i < m->nr_records; i++) {
		const struct model_record *rec = &m->rec[i];

		if (rec->type != type || memcmp(rec->id, id, 16))
			continue;
		CHECK_EQ(rec->len, len);
		CHECK(!memcmp(rec->data, data, len));
		(*seen)++;
		return 0;
	}
	test_fail(__FILE__, __LINE__, "a record that should not be there");
	return 0;
}

static void check_info(const struct model *m, struct rp_md *md)
{
	const struct rp_md_info *want = &m->info;
	struct rp_md_info got;

	rp_md_get_info(md, &got);
	CHECK(!memcmp(want->generation, got.generation, 16));
	CHECK(!memcmp(want->volume, got.volume, 16));
	CHECK_EQ(want->generation_time, got.generation_time);
	CHECK_EQ(want->geo.sectors, got.geo.sectors);
	CHECK_EQ(want->commit, got.commit);
	CHECK_EQ(want->incarnation, got.incarnation);
	CHECK_EQ(want->arm_since, got.arm_since);
	CHECK_EQ(rp_seq_nr(want->open_seq), rp_seq_nr(got.open_seq));
	CHECK_EQ(rp_seq_nr(want->first_seq), rp_seq_nr(got.first_seq));
	CHECK_EQ(want->job_mark, got.job_mark);
	CHECK_EQ(want->clean, got.clean);
	CHECK_EQ(want->failed, got.failed);
	CHECK_EQ(rp_seq_nr(got.newest), m->nr_intervals ?
		 m->iv[m->nr_intervals - 1].end : rp_seq_nr(want->first_seq) - 1);
}

static void check_records(const struct model *m, struct rp_md *md)
{
	unsigned int seen = 0, nr = 0;
	u8 type;

	for (type = RP_RECORD_POINT; type <= RP_RECORD_MAX; type++) {
		u8 *tp = &type;
		void *arg[] = { (void *)m, &seen, tp };

		CHECK_EQ(rp_md_for_each_record(md, type, check_record, arg), 0);
		nr += rp_md_nr_records(md, type);
	}
	CHECK_EQ(seen, m->nr_records);
	CHECK_EQ(nr, m->nr_records);
}

static void check_open(const struct model *m, struct rp_md *md, bool coarse)
{
	struct rp_tracker *t = rp_tracker_alloc(&m->info.geo);
	struct kinds *k = kinds_new();
	unsigned int p;

	CHECK_EQ(rp_md_load_open(md, t, false), 0);
	kinds_of_tracker(k, t);
	for (p = 0; p < m->info.geo.nr_pages; p++)
		check_page(&m->open->page[p], &k->page[p], coarse);
	rp_tracker_free(t);
	free(k);
}

void model_check_kinds(const struct model *m, struct rp_md *md, bool coarse)
{
	u64 from = rp_seq_nr(m->info.first_seq) - 1, seq;
	rp_seq_t none;
	unsigned int i;

	check_info(m, md);
	check_records(m, md);
	CHECK(rp_md_has_boundary(md, rp_seq(from)));
	for (i = 0; i < m->nr_intervals; i++) {
		rp_seq_t end;
		u64 sectors;

		for (seq = from + 1; seq < m->iv[i].end; seq++)
			CHECK(!rp_md_has_boundary(md, rp_seq(seq)));
		CHECK(rp_md_next_boundary(md, rp_seq(from + 1), &end));
		CHECK_EQ(rp_seq_nr(end), seq);
		CHECK(rp_md_next_boundary(md, rp_seq(seq), &end));
		CHECK_EQ(rp_seq_nr(end), seq);
		CHECK_EQ(rp_md_boundary_sectors(md, rp_seq(seq), &sectors), 0);
		CHECK_EQ(sectors, m->iv[i].sectors);
		CHECK_EQ(m->iv[i].start, from);
		check_run(m->iv[i].k, md, from, seq, m->info.geo.nr_pages, coarse);
		from = seq;
	}
	CHECK(!rp_md_next_boundary(md, rp_seq(from + 1), &none));
	check_open(m, md, coarse);
}

void model_check(const struct model *m, struct rp_md *md)
{
	model_check_kinds(m, md, false);
}

/* --- random transactions --- */

static void random_id(struct rng *r, u8 id[16])
{
	memset(id, 0, 16);
	id[0] = rng_below(r, 12);
}

static struct model_record *model_find(struct model *m, u8 type, const u8 *id)
{
	unsigned int i;

	for (i = 0; i < m->nr_records; i++)
		if (m->rec[i].type == type && !memcmp(m->rec[i].id, id, 16))
			return &m->rec[i];
	return NULL;
}

/* What differs from @was in a byte or two, in the first block more often than not. */
static void change_some(struct rng *r, u8 *data, const struct model_record *was)
{
	u32 far = rng_one_in(r, 3) ? was->len : min(was->len, (u32)RP_BLOB_DATA);
	u32 i;

	memcpy(data, was->data, was->len);
	for (i = rng_below(r, 3); i && was->len; i--)
		data[rng_below(r, far)] ^= 1 + rng_below(r, 255);
}

static void do_put(struct rng *r, struct rp_md *md, struct model *m)
{
	u32 len = rng_one_in(r, 6) ? rng_below(r, 20000) : rng_below(r, 300);
	u8 type = RP_RECORD_POINT + rng_below(r, RP_RECORD_MAX - 1);
	struct model_record *rec;
	u8 *data;
	u8 id[16];
	u32 i;

	random_id(r, id);
	rec = model_find(m, type, id);
	if (m->nr_records && rng_one_in(r, 3)) {
		rec = &m->rec[rng_below(r, m->nr_records)];
		type = rec->type;
		memcpy(id, rec->id, sizeof(id));
		len = rec->len;
		data = malloc(len + 1);
		change_some(r, data, rec);
	} else {
		data = malloc(len + 1);
		for (i = 0; i < len; i++)
			data[i] = rng_next(r);
	}
	CHECK_EQ(rp_md_stage_record(md, type, id, data, len), 0);
	if (!rec) {
		rec = &m->rec[m->nr_records++];
		CHECK(m->nr_records <= MODEL_RECORDS);
	} else {
		free(rec->data);
	}
	*rec = (struct model_record) { .type = type, .len = len, .data = data };
	memcpy(rec->id, id, 16);
}

static void do_delete(struct rng *r, struct rp_md *md, struct model *m)
{
	u8 type = RP_RECORD_POINT + rng_below(r, RP_RECORD_MAX - 1);
	struct model_record *rec;
	u8 id[16];

	random_id(r, id);
	rec = model_find(m, type, id);
	CHECK_EQ(rp_md_stage_delete(md, type, id), rec ? 0 : -ENOENT);
	if (!rec)
		return;
	free(rec->data);
	*rec = m->rec[--m->nr_records];
}

static void do_cut(struct rng *r, struct rp_md *md, struct model *m,
		   struct rp_tracker **t, struct rp_tracker **old)
{
	struct model_interval *iv = &m->iv[m->nr_intervals];
	u64 time = rng_below(r, 1000000);
	struct kinds *k;

	if (*old || m->nr_intervals == MODEL_INTERVALS - 2)
		return;
	CHECK_EQ(rp_md_stage_cut(md, *t, time), 0);
	k = kinds_new();
	kinds_of_tracker(k, *t);
	kinds_overlay(k, m->prefix, k, m->info.geo.nr_granules);
	iv->start = m->nr_intervals ? iv[-1].end :
				      rp_seq_nr(m->info.first_seq) - 1;
	iv->end = rp_seq_nr(m->info.open_seq);
	iv->time = time;
	iv->sectors = m->info.geo.sectors;
	iv->k = k;
	m->nr_intervals++;
	m->info.open_seq = rp_seq(iv->end + 1);
	free(m->prefix);
	free(m->staged);
	m->prefix = NULL;
	m->staged = NULL;
	memset(m->open, 0, sizeof(*m->open));
	*old = *t;
	*t = rp_tracker_alloc(&m->info.geo);
}

/* An interval laid under what the tracker has. */
static void check_load(struct rp_md *md, struct model *m, u64 seq,
		       struct rp_tracker *t)
{
	struct kinds *want = kinds_new(), *got = kinds_new(), *below = NULL;
	struct rp_md_query *q;
	unsigned int p;
	u64 from = seq - 1;

	while (!rp_md_has_boundary(md, rp_seq(from)))
		from--;
	below = kinds_new();
	CHECK_EQ(rp_md_query_open(md, rp_seq(from), rp_seq(seq), &q), 0);
	for (p = 0; p < m->info.geo.nr_pages; p++)
		CHECK_EQ(rp_md_query_page(q, rp_page(p), &below->page[p]), 0);
	rp_md_query_close(q);
	kinds_of_tracker(want, t);
	kinds_overlay(want, below, want, m->info.geo.nr_granules);
	CHECK_EQ(rp_md_load_interval(md, rp_seq(seq), t), 0);
	kinds_of_tracker(got, t);
	CHECK(!memcmp(want, got, sizeof(*want)));
	free(want);
	free(got);
	free(below);
}

static void do_merge(struct rng *r, struct rp_md *md, struct model *m,
		     struct rp_tracker *t, bool may_load)
{
	u64 nr = m->info.geo.nr_granules;
	u64 seq = rng_below(r, rp_seq_nr(m->info.open_seq) + 1);
	unsigned int i;
	bool there = false;

	if (m->nr_intervals && !rng_one_in(r, 8))
		seq = m->iv[rng_below(r, m->nr_intervals)].end;
	for (i = 0; i < m->nr_intervals && !there; i++)
		there = m->iv[i].end == seq;
	/* What the caller does before it merges into the open interval. */
	if (there && i == m->nr_intervals && may_load &&
	    rp_md_has_boundary(md, rp_seq(seq)) && rng_one_in(r, 2))
		check_load(md, m, seq, t);
	CHECK_EQ(rp_md_stage_merge(md, rp_seq(seq)), there ? 0 : -ENOENT);
	if (!there)
		return;
	i--;
	if (i + 1 < m->nr_intervals) {
		kinds_overlay(m->iv[i + 1].k, m->iv[i].k, m->iv[i + 1].k, nr);
		m->iv[i + 1].start = m->iv[i].start;
	} else {
		if (!m->prefix)
			m->prefix = kinds_new();
		kinds_overlay(m->prefix, m->iv[i].k, m->prefix, nr);
	}
	free(m->iv[i].k);
	m->nr_intervals--;
	memmove(&m->iv[i], &m->iv[i + 1],
		(m->nr_intervals - i) * sizeof(m->iv[0]));
}

static void do_open(struct rp_md *md, struct model *m, struct rp_tracker *t)
{
	CHECK_EQ(rp_md_stage_open(md, t), 0);
	if (!m->staged)
		m->staged = kinds_new();
	kinds_of_tracker(m->staged, t);
}

static void do_generation(struct rng *r, struct rp_md *md, struct model *m)
{
	u8 generation[16];
	unsigned int i;

	for (i = 0; i < 16; i++)
		generation[i] = rng_next(r);
	CHECK_EQ(rp_md_stage_generation(md, generation, 77), 0);
	memcpy(m->info.generation, generation, 16);
	m->info.generation_time = 77;
	m->info.first_seq = m->info.open_seq;
	while (m->nr_intervals)
		free(m->iv[--m->nr_intervals].k);
	free(m->prefix);
	free(m->staged);
	m->prefix = NULL;
	m->staged = NULL;
	memset(m->open, 0, sizeof(*m->open));
}

static void do_super(struct rng *r, struct rp_md *md, struct model *m)
{
	struct rp_md_info *info = &m->info;
	bool keep = rng_one_in(r, 2);
	u64 mark = rng_below(r, 1000);

	switch (rng_below(r, 4)) {
	case 0:
		rp_md_stage_active(md, keep);
		info->incarnation++;
		if (!keep)
			info->arm_since = info->incarnation;
		info->clean = false;
		info->failed = false;
		break;
	case 1:
		rp_md_stage_clean(md);
		info->clean = true;
		info->arm_since = info->incarnation + 1;
		break;
	case 2:
		rp_md_stage_failed(md);
		info->failed = true;
		break;
	case 3:
		rp_md_stage_job_mark(md, mark);
		info->job_mark = max(info->job_mark, mark);
		break;
	}
}

void random_txn(struct rng *r, unsigned int what, struct rp_md *md,
		struct model *m, struct rp_tracker **t, struct rp_tracker **old)
{
	unsigned int n = 1 + rng_below(r, 4);
	bool opened = false;	/* the tracker stays as it was staged */

	random_marks(r, *t);

	*old = NULL;
	reuse_blocks(r, md);
	while (n--) {
		switch (rng_below(r, 10)) {
		case 0:
		case 1:
			if (what & TXN_RECORDS)
				do_put(r, md, m);
			break;
		case 2:
			if (what & TXN_RECORDS)
				do_delete(r, md, m);
			break;
		case 3:
		case 4:
			if (what & TXN_INTERVALS) {
				bool was = *old;

				do_cut(r, md, m, t, old);
				if (!was && *old)
					opened = false;
			}
			break;
		case 5:
		case 6:
			if ((what & TXN_INTERVALS) && !opened) {
				random_marks(r, *t);
				do_open(md, m, *t);
				opened = true;
			}
			break;
		case 7:
			if (what & TXN_INTERVALS)
				do_merge(r, md, m, *t, !opened);
			break;
		case 8:
			do_super(r, md, m);
			break;
		case 9:
			if ((what & TXN_INTERVALS) && rng_one_in(r, 12)) {
				do_generation(r, md, m);
				opened = false;
			}
			break;
		}
	}
}

void reuse_blocks(struct rng *r, struct rp_md *md)
{
	if (!rng_one_in(r, 4))
		md->space.cursor = 0;
}

void model_commit(struct model *m)
{
	u64 nr = m->info.geo.nr_granules;

	if (m->staged)
		kinds_overlay(m->open, m->prefix, m->staged, nr);
	else if (m->prefix)
		kinds_overlay(m->open, m->prefix, m->open, nr);
	free(m->prefix);
	free(m->staged);
	m->prefix = NULL;
	m->staged = NULL;
	m->info.commit++;
}

void make_device(struct rng *r, struct sim *s, u32 nr_blocks, struct model *m)
{
	struct rp_md_params p = { .granule_shift = 12, .time = 1 };
	struct rp_md_info info;
	struct rp_why why;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		p.volume[i] = rng_next(r);
		p.generation[i] = rng_next(r);
	}
	/* Up to MODEL_PAGES pages, the last one mostly partial. */
	p.sectors = 8 * (1 + rng_below(r, MODEL_PAGES * RP_PAGE_BITS)) -
		    rng_below(r, 8);
	sim_init(s, nr_blocks ? nr_blocks : 700);
	CHECK_EQ(rp_md_format(&s->io, &p, &why), 0);
	CHECK_EQ(rp_md_probe(&s->io, &info, &why), 0);
	CHECK_EQ(info.geo.sectors, p.sectors);
	model_init(m, &info);
}
