// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_extent.c - extents against a naive kind for every byte unit
 */
#include "core/extent.h"
#include "test.h"
#include "refpoint_layout.h"

#define PAGES	3
#define RANGES	6

struct world {
	struct rp_extents_params p;
	struct rp_page_kinds *page;	/* PAGES of them */
	struct rp_range range[RANGES];
	u8 *kind;			/* of each granule, overlay included */
	u64 nr;
	struct rp_extent out[64];
};

static u8 page_kind(const struct rp_page_kinds *k, u32 bit)
{
	unsigned int i;

	for (i = 0; i < RP_NR_PLANES; i++)
		if (test_bit(bit, k->plane[i]))
			return 1 << i;
	return 0;
}

static void make(struct rng *r, struct world *w)
{
	u8 shift = 12 + rng_below(r, 5);
	unsigned int i, n = rng_below(r, 40);
	u64 g;

	memset(w, 0, sizeof(*w));
	w->page = calloc(PAGES, sizeof(*w->page));
	w->p.granule_shift = shift;
	w->p.capacity = (1 + rng_below(r, PAGES * (u64)RP_PAGE_BITS)) << shift;
	if (rng_one_in(r, 2))
		w->p.capacity -= 512 * rng_below(r, 8);
	w->nr = (w->p.capacity + (1ULL << shift) - 1) >> shift;
	w->kind = calloc(w->nr, 1);
	while (n--) {
		u64 first = rng_below(r, w->nr);
		u64 last = first + rng_below(r, rng_one_in(r, 3) ? 40000 : 40);
		u8 plane = rng_below(r, 4);

		for (g = first; g <= last && g < w->nr; g++) {
			struct rp_page_kinds *k = &w->page[g / RP_PAGE_BITS];

			for (i = 0; i < RP_NR_PLANES; i++)
				__clear_bit(g % RP_PAGE_BITS, k->plane[i]);
			if (plane < RP_NR_PLANES)
				__set_bit(g % RP_PAGE_BITS, k->plane[plane]);
		}
	}
	/* Bits beyond the capacity must not matter. */
	for (g = w->nr; g % RP_PAGE_BITS; g++)
		__set_bit(g % RP_PAGE_BITS, w->page[g / RP_PAGE_BITS].plane[0]);

	w->p.grown_from = rng_one_in(r, 3) ? rng_below(r, w->p.capacity) : U64_MAX;
	for (i = 0; i < RANGES && rng_one_in(r, 2); i++) {
		w->range[i].start = rng_below(r, w->p.capacity);
		w->range[i].end = w->range[i].start +
				  rng_below(r, w->p.capacity / 4 + 1);
	}
	for (g = 0; g < w->nr; g++) {
		u64 from = g << shift, to = from + (1ULL << shift);

		w->kind[g] = page_kind(&w->page[g / RP_PAGE_BITS],
				       g % RP_PAGE_BITS);
		if (!w->kind[g] && to > w->p.grown_from)
			w->kind[g] = RP_KIND_WRITTEN;
		for (n = 0; n < i; n++)
			if (w->range[n].start < w->range[n].end &&
			    w->range[n].start < to && w->range[n].end > from)
				w->kind[g] = RP_KIND_UNKNOWN;
	}
	w->p.nr_unknown = rp_ranges_normalise(w->range, i);
	w->p.unknown = w->range;
	w->p.unit_shift = rng_one_in(r, 3) ? 0 : shift + rng_below(r, 8);
	if (rng_one_in(r, 6))
		w->p.unit_shift = shift + rng_below(r, 30);
	w->p.start = rng_one_in(r, 3) ? 0 : rng_below(r, w->p.capacity + 1);
	w->p.length = rng_one_in(r, 3) ? U64_MAX : rng_below(r, w->p.capacity);
	w->p.max = 1 + rng_below(r, rng_one_in(r, 2) ? 4 : 64);
	w->p.out = w->out;
}

/* The kind of the unit that byte @at is in, by asking each of its granules. */
static u8 unit_kind(const struct world *w, u64 at, u64 *end)
{
	u8 shift = w->p.unit_shift ? w->p.unit_shift : w->p.granule_shift;
	u64 from = at >> shift << shift, g, last;
	bool differ = false, unknown = false;
	u8 kind;

	*end = min(from + (1ULL << shift), w->p.capacity);
	g = from >> w->p.granule_shift;
	last = (*end - 1) >> w->p.granule_shift;
	kind = w->kind[g];
	for (; g <= last; g++) {
		differ |= w->kind[g] != kind;
		unknown |= w->kind[g] == RP_KIND_UNKNOWN;
	}
	return unknown ? RP_KIND_UNKNOWN : differ ? RP_KIND_WRITTEN : kind;
}

/* One page of the answer: what the kernel does. */
static void answer(struct rng *r, struct world *w, struct rp_extents *x, u64 at,
		   u64 end)
{
	static const struct rp_page_kinds none;
	struct rp_extents_params p = w->p;
	u64 page;

	p.start = at;
	p.length = end - at;
	CHECK_EQ(rp_extents_init(x, &p), 0);
	CHECK_EQ(x->end, end);
	page = rp_page_nr(rp_extents_page(x));
	while (rp_extents_want(x) && page < PAGES) {
		bool empty = !memcmp(&w->page[page], &none, sizeof(none));

		/* An empty page may be left out, or fed in two ways. */
		if (!empty || rng_one_in(r, 2))
			rp_extents_add(x, rp_page(page),
				       empty && rng_one_in(r, 2) ? NULL :
				       &w->page[page]);
		page = max(page + 1, rp_page_nr(rp_extents_page(x)));
		/* Stop early, as one whose time is up. */
		if (x->pos > x->start && rng_one_in(r, 5))
			return;
	}
	if (rp_extents_want(x)) {
		rp_extents_finish(x);
		CHECK(x->full || x->pos == x->end);
	}
}

static void test_naive(struct rng *r)
{
	struct world w;
	u64 at, end, check, last_end = 0;
	u8 last_kind = 0;

	make(r, &w);
	at = w.p.start;
	end = w.p.length < w.p.capacity - at ? at + w.p.length : w.p.capacity;
	check = at;
	while (at < end) {
		struct rp_extents x;
		unsigned int i;

		answer(r, &w, &x, at, end);
		CHECK(x.nr <= w.p.max);
		CHECK(x.pos > at && x.pos <= end);
		for (i = 0; i < x.nr; i++) {
			const struct rp_extent *e = &w.out[i];
			u64 stop = e->offset + e->length, unit;

			CHECK(e->length && e->kinds && !e->reserved);
			CHECK(e->offset >= check && stop <= x.pos);
			/* Joined within a page of the answer. */
			if (i)
				CHECK(e->offset > last_end ||
				      e->kinds != last_kind);
			for (; check < e->offset; check = unit)
				CHECK_EQ(unit_kind(&w, check, &unit), 0);
			check = e->offset;
			for (; check < stop; check = unit)
				CHECK_EQ(unit_kind(&w, check, &unit), e->kinds);
			check = stop;
			last_end = stop;
			last_kind = e->kinds;
		}
		for (; check < x.pos; ) {
			u64 unit;

			CHECK_EQ(unit_kind(&w, check, &unit), 0);
			check = min(unit, x.pos);
		}
		at = x.pos;
	}
	free(w.page);
	free(w.kind);
}

static void test_refused(struct rng *r)
{
	struct rp_extent out;
	struct rp_extents_params p = { .granule_shift = 16, .capacity = 1 << 20,
				       .out = &out, .max = 1,
				       .length = U64_MAX, .grown_from = U64_MAX };
	struct rp_extents x;

	CHECK_EQ(rp_extents_init(&x, &p), 0);
	p.unit_shift = 15;
	CHECK_EQ(rp_extents_init(&x, &p), -EINVAL);
	p.unit_shift = 64;
	CHECK_EQ(rp_extents_init(&x, &p), -EINVAL);
	p.unit_shift = 63;
	CHECK_EQ(rp_extents_init(&x, &p), 0);
	p.max = 0;
	CHECK_EQ(rp_extents_init(&x, &p), -EINVAL);
	p.max = 1;
	p.start = (1 << 20) + 1;
	CHECK_EQ(rp_extents_init(&x, &p), -ERANGE);
	p.start = 1 << 20;
	CHECK_EQ(rp_extents_init(&x, &p), 0);
	CHECK(!rp_extents_want(&x));
}

static const struct test_case cases[] = {
	{ "extent_naive", test_naive, 1500 },
	{ "extent_refused", test_refused, 1 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
