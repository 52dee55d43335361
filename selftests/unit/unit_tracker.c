// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_tracker.c - marks against a naive bitmap; want of memory (O7)
 */
#include <pthread.h>

#include "core/tracker.h"
#include "test.h"

#define NR_MAX (5U * RP_PAGE_BITS)

static void make(struct rng *r, struct rp_geometry *geo)
{
	rp_geometry_init(geo, 8 * (1 + rng_below(r, NR_MAX)) - rng_below(r, 8),
			 12, 22);
}

static void range(struct rng *r, u64 nr, u64 *first, u64 *last)
{
	*first = rng_below(r, nr);
	*last = *first;
	switch (rng_below(r, 4)) {
	case 1:
		*last += rng_below(r, 200);
		break;
	case 2:
		*last += rng_below(r, 2 * RP_PAGE_BITS);
		break;
	case 3:
		/* Edges of words and pages, and beyond the end. */
		*first &= ~63ULL;
		*last = (*first | 63) + 64 * rng_below(r, 1200);
	}
}

static void compare(const struct rp_tracker *t, const u8 *naive)
{
	u64 g;

	for (g = 0; g < t->nr_granules; g++)
		CHECK_EQ(rp_tracker_kind(t, rp_granule(g)),
			 rp_kind_of_planes(naive[g] & 1, naive[g] & 2,
					   naive[g] & 4));
	/* Nothing beyond the end, not even in the last page. */
	for (g = t->nr_granules; g % RP_PAGE_BITS; g++) {
		unsigned int p;

		CHECK_EQ(rp_tracker_kind(t, rp_granule(g)), 0);
		for (p = 0; p < RP_NR_PLANES; p++)
			CHECK(!rp_tracker_test(t, p, rp_granule(g)));
	}
}

static void test_naive(struct rng *r)
{
	u8 *naive = calloc(NR_MAX + 1, 1);
	struct rp_geometry geo;
	struct rp_tracker *t;
	unsigned int i, p;

	make(r, &geo);
	t = rp_tracker_alloc(&geo);
	for (i = 0; i < 30; i++) {
		u64 first, last, g, want = 0;

		range(r, geo.nr_granules, &first, &last);
		p = rng_below(r, RP_NR_PLANES);
		if (rng_one_in(r, 4)) {
			rp_tracker_clear(t, p, rp_granule(first), rp_granule(last));
			for (g = first; g <= last && g < geo.nr_granules; g++)
				naive[g] &= ~(1 << p);
			continue;
		}
		for (g = first; g <= last && g < geo.nr_granules; g++) {
			want += !(naive[g] & 1 << p);
			naive[g] |= 1 << p;
		}
		CHECK_EQ(rp_tracker_mark(t, p, rp_granule(first),
					 rp_granule(last)), want);
	}
	compare(t, naive);
	for (i = 0; i < 30; i++) {
		u64 first, last, g;
		bool any = false, all = true;

		range(r, geo.nr_granules, &first, &last);
		first = min(first, geo.nr_granules - 1);
		last = min(last, geo.nr_granules - 1);
		for (g = first; g <= last; g++) {
			any |= naive[g] != 0;
			all &= (naive[g] >> RP_PLANE_WRITTEN) & 1;
		}
		CHECK_EQ(rp_tracker_any(t, rp_granule(first), rp_granule(last)), any);
		CHECK_EQ(rp_tracker_all(t, rp_granule(first), rp_granule(last)), all);
	}

	/* What next_page() leaves out has no bit. */
	for (p = 0; p < RP_NR_PLANES; p++) {
		rp_page_t page = rp_page(0);
		u64 from = 0, g;

		for (;;) {
			bool more = rp_tracker_next_page(t, p, &page);
			u64 to = more ? rp_page_nr(page) : geo.nr_pages;

			for (g = from * RP_PAGE_BITS;
			     g < to * RP_PAGE_BITS && g < geo.nr_granules; g++)
				CHECK(!(naive[g] & 1 << p));
			if (!more)
				break;
			from = to + 1;
			page = rp_page(from);
		}
	}
	rp_tracker_free(t);
	free(naive);
}

/* O7: whatever allocation fails, nothing marked is lost. */
/*
 * What is said of a granule with @marks is true, or "written"; of one without marks
 * nothing else, for it would stand before what an earlier interval says (I1, I13).
 */
static void check_memory(unsigned int kind, u8 marks)
{
	unsigned int want = rp_kind_of_planes(marks & 1, marks & 2, marks & 4);

	CHECK(kind == want || kind == RP_KIND_WRITTEN);
}

static void test_memory(struct rng *r)
{
	struct rp_geometry geo;
	unsigned long k;

	make(r, &geo);
	for (k = 1; k < 20; k++) {
		u8 *naive = calloc(NR_MAX + 1, 1);
		struct rp_tracker *t = rp_tracker_alloc(&geo);
		unsigned int i, p;
		u64 g;

		rp_port_memory.fail_at = k;
		rp_port_memory.sticky = rng_one_in(r, 2);
		for (i = 0; i < 12; i++) {
			u64 first, last;

			range(r, geo.nr_granules, &first, &last);
			p = rng_below(r, RP_NR_PLANES);
			rp_tracker_mark(t, p, rp_granule(first), rp_granule(last));
			for (g = first; g <= last && g < geo.nr_granules; g++)
				naive[g] |= 1 << p;
		}
		if (rng_one_in(r, 2)) {
			struct rp_tracker *from = t;

			rp_port_memory.fail_at = 0;
			t = rp_tracker_alloc(&geo);
			rp_port_memory.fail_at = 1 + rng_below(r, 8);
			rp_tracker_absorb(t, from);
			rp_tracker_free(from);
		}
		rp_port_memory.fail_at = 0;
		for (g = 0; g < geo.nr_granules; g++)
			check_memory(rp_tracker_kind(t, rp_granule(g)), naive[g]);
		CHECK_EQ(rp_tracker_kind(t, rp_granule(geo.nr_granules)), 0);
		rp_tracker_free(t);
		free(naive);
	}
}

static void test_alloc_fails(struct rng *r)
{
	struct rp_geometry geo;
	unsigned long k;

	make(r, &geo);
	for (k = 1; k <= 4; k++) {
		rp_port_memory.fail_at = k;
		CHECK(!rp_tracker_alloc(&geo));
	}
	rp_port_memory.fail_at = 0;
}

static void test_load(struct rng *r)
{
	unsigned long *bits = rp_page_alloc();
	struct rp_geometry geo;
	struct rp_tracker *t;
	u64 g, page;

	make(r, &geo);
	t = rp_tracker_alloc(&geo);
	memset(bits, 0xff, RP_BLOCK_SIZE);
	/* Both spellings of "all", into an empty page and one that has bits. */
	for (page = 0; page < geo.nr_pages; page++) {
		if (rng_one_in(r, 2))
			rp_tracker_mark(t, RP_PLANE_ZEROED,
					rp_granule(page * RP_PAGE_BITS),
					rp_granule(page * RP_PAGE_BITS));
		CHECK_EQ(rp_tracker_load(t, RP_PLANE_ZEROED, rp_page(page),
					 rng_one_in(r, 2) ? bits : RP_PAGE_FULL), 0);
	}
	for (g = 0; g < geo.nr_granules; g++)
		CHECK_EQ(rp_tracker_kind(t, rp_granule(g)), RP_KIND_ZEROED);
	CHECK_EQ(rp_tracker_kind(t, rp_granule(g)), 0);

	/* -ENOMEM and nothing else. */
	rp_port_memory.fail_at = 1;
	rp_port_memory.sticky = true;
	CHECK_EQ(rp_tracker_load(t, RP_PLANE_WRITTEN, rp_page(0), bits), -ENOMEM);
	CHECK_EQ(rp_tracker_load(t, RP_PLANE_WRITTEN, rp_page(0), RP_PAGE_FULL),
		 -ENOMEM);
	CHECK_EQ(rp_tracker_load(t, RP_PLANE_WRITTEN, rp_page(geo.nr_pages), bits), 0);
	rp_port_memory.fail_at = 0;
	rp_port_memory.sticky = false;
	rp_tracker_free(t);
	rp_page_free(bits);
}

/* Bit by bit it says the same as before, and takes what is not full. */
static void test_squeeze(struct rng *r)
{
	unsigned long *full[3];
	u64 g, first, last, pages, whole = 0;
	struct rp_geometry geo;
	struct rp_tracker *t;
	u8 *naive = calloc(NR_MAX + 1, 1);
	rp_page_t at = rp_page(0);
	unsigned int i, turn;
	u32 n, nr = 0;

	make(r, &geo);
	t = rp_tracker_alloc(&geo);
	for (i = 0; i < 6; i++) {
		range(r, geo.nr_granules, &first, &last);
		/* Some to their edges, others but for one bit. */
		if (rng_one_in(r, 2)) {
			first &= ~(RP_PAGE_BITS - 1ULL);
			last |= RP_PAGE_BITS - 1;
			last -= rng_one_in(r, 3);
		}
		rp_tracker_mark(t, i ? 0 : RP_PLANE_ZEROED, rp_granule(first),
				rp_granule(last));
		for (g = first; g <= last && g < geo.nr_granules; g++)
			naive[g] |= i ? 1 : 1 << RP_PLANE_ZEROED;
	}
	for (g = 0; g + RP_PAGE_BITS <= geo.nr_granules; g += RP_PAGE_BITS)
		whole += rp_tracker_all(t, rp_granule(g), rp_granule(g + RP_PAGE_BITS - 1));
	pages = rp_tracker_nr_pages(t);
	/* From wherever one left off, and once around. */
	for (turn = 0; turn < 6; turn++) {
		n = rp_tracker_squeeze(t, &at, full, 1 + rng_below(r, ARRAY_SIZE(full)));
		for (i = 0; i < n; i++)
			rp_page_free(full[i]);
		nr += n;
	}
	CHECK_EQ(nr, whole);
	CHECK_EQ(rp_tracker_nr_pages(t), pages - whole);
	compare(t, naive);
	/* Marks go on, of whatever kind. */
	for (i = 0; i < 6; i++) {
		range(r, geo.nr_granules, &first, &last);
		rp_tracker_mark(t, i % RP_NR_PLANES, rp_granule(first), rp_granule(last));
		for (g = first; g <= last && g < geo.nr_granules; g++)
			naive[g] |= 1 << i % RP_NR_PLANES;
	}
	compare(t, naive);
	rp_tracker_free(t);
	free(naive);
}

static void test_extremes(struct rng *r)
{
	struct rp_geometry geo;
	struct rp_tracker *t;

	/* One granule that is not even whole. */
	rp_geometry_init(&geo, 1, 12, 22);
	CHECK_EQ(geo.nr_granules, 1);
	t = rp_tracker_alloc(&geo);
	CHECK_EQ(rp_tracker_mark(t, 0, rp_granule(0), rp_granule(U64_MAX)), 1);
	CHECK_EQ(rp_tracker_mark(t, 0, rp_granule(1), rp_granule(2)), 0);
	CHECK_EQ(rp_tracker_nr_pages(t), 1);
	rp_tracker_free(t);

	/* Across directories. */
	rp_geometry_init(&geo, 8ULL << (RP_PAGE_BITS_SHIFT + RP_DIR_SHIFT + 1), 12, 30);
	t = rp_tracker_alloc(&geo);
	CHECK_EQ(rp_tracker_mark(t, 2, rp_granule((1ULL << 24) - 1),
				 rp_granule(1ULL << 24)), 2);
	CHECK_EQ(rp_tracker_kind(t, rp_granule((1ULL << 24) - 1)), RP_KIND_DISCARDED);
	CHECK_EQ(rp_tracker_kind(t, rp_granule(1ULL << 24)), RP_KIND_DISCARDED);
	CHECK_EQ(rp_tracker_kind(t, rp_granule((1ULL << 24) + 1)), 0);
	rp_tracker_free(t);
}

/* --- several markers at once --- */

struct marker {
	struct rp_tracker *t;
	struct rng r;
	u64 fresh;
	u8 *naive;
};

static void *marker_run(void *arg)
{
	struct marker *m = arg;
	unsigned int i;

	for (i = 0; i < 2000; i++) {
		u64 first = rng_below(&m->r, m->t->nr_granules);
		u64 last = min(first + rng_below(&m->r, 300),
			       m->t->nr_granules - 1);
		u64 g;

		m->fresh += rp_tracker_mark(m->t, 0, rp_granule(first),
					    rp_granule(last));
		for (g = first; g <= last; g++)
			m->naive[g] = 1;
	}
	return NULL;
}

/* Each bit is new for exactly one of them, and none is lost. */
static void test_threads(struct rng *r)
{
	struct marker m[4];
	struct rp_geometry geo;
	struct rp_tracker *t;
	pthread_t thread[4];
	unsigned int i;
	u64 g, nr = 0, fresh = 0;

	make(r, &geo);
	t = rp_tracker_alloc(&geo);
	for (i = 0; i < 4; i++) {
		m[i] = (struct marker) { .t = t, .r = { rng_next(r) },
					 .naive = calloc(NR_MAX, 1) };
		CHECK_EQ(pthread_create(&thread[i], NULL, marker_run, &m[i]), 0);
	}
	for (i = 0; i < 4; i++)
		pthread_join(thread[i], NULL);
	for (g = 0; g < geo.nr_granules; g++) {
		bool is = m[0].naive[g] | m[1].naive[g] | m[2].naive[g] |
			  m[3].naive[g];

		CHECK_EQ(rp_tracker_test(t, 0, rp_granule(g)), is);
		nr += is;
	}
	for (i = 0; i < 4; i++) {
		fresh += m[i].fresh;
		free(m[i].naive);
	}
	CHECK_EQ(fresh, nr);
	rp_tracker_free(t);
}

/* Fills pages bit by bit, and leaves the last granule of each other one. */
static void *filler_run(void *arg)
{
	struct rp_tracker *t = arg;
	u64 g;

	for (g = 0; g < t->nr_granules; g++)
		if ((g + 1) % (2 * RP_PAGE_BITS))
			rp_tracker_mark(t, RP_PLANE_WRITTEN, rp_granule(g), rp_granule(g));
	return NULL;
}

/* Beside a marker: full pages go, and no other, while they are being filled. */
static void test_squeeze_threads(struct rng *r)
{
	unsigned long *full[5];
	struct rp_geometry geo;
	rp_page_t at = rp_page(0);
	struct rp_tracker *t;
	pthread_t thread;
	u32 i, nr = 0;
	u64 g;

	rp_geometry_init(&geo, 8ULL * (4 * RP_PAGE_BITS + rng_below(r, RP_PAGE_BITS)), 12,
			 22);
	t = rp_tracker_alloc(&geo);
	CHECK_EQ(pthread_create(&thread, NULL, filler_run, t), 0);
	/* The marker has gone by one that is full: none is looked at once it is freed. */
	while (nr < 2)
		nr += rp_tracker_squeeze(t, &at, full + nr, ARRAY_SIZE(full) - nr);
	pthread_join(thread, NULL);
	for (i = 0; i < nr; i++)
		rp_page_free(full[i]);
	for (g = 0; g < geo.nr_granules; g++)
		CHECK_EQ(rp_tracker_kind(t, rp_granule(g)) == RP_KIND_WRITTEN,
			 (g + 1) % (2 * RP_PAGE_BITS) != 0);
	CHECK_EQ(nr, 2);
	rp_tracker_free(t);
}

static const struct test_case cases[] = {
	{ "tracker_naive", test_naive, 60 },
	{ "tracker_memory_short", test_memory, 4 },
	{ "tracker_alloc_fails", test_alloc_fails, 1 },
	{ "tracker_load", test_load, 10 },
	{ "tracker_squeeze", test_squeeze, 40 },
	{ "tracker_extremes", test_extremes, 1 },
	{ "tracker_threads", test_threads, 5 },
	{ "tracker_squeeze_threads", test_squeeze_threads, 20 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
