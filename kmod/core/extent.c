// SPDX-License-Identifier: GPL-2.0-only
/*
 * extent.c - from pages of kinds to packed extents
 *
 * Three stages: runs of one kind within a page (planes have at most one bit
 * for a granule), overlaid with grown tail and unknown ranges (feed_run), joined
 * to units (feed), cut to what was asked for (emit).
 */
#include "extent.h"

static u64 shift_up(u64 v, u8 shift)
{
	u64 mask = (1ULL << shift) - 1;

	/* The end of the world stays the end of the world. */
	return v > U64_MAX - mask ? U64_MAX : (v + mask) & ~mask;
}

static u64 shift_down(u64 v, u8 shift)
{
	return v & ~((1ULL << shift) - 1);
}

int rp_extents_init(struct rp_extents *x, const struct rp_extents_params *p)
{
	u8 unit_shift = p->unit_shift ? p->unit_shift : p->granule_shift;

	if (unit_shift < p->granule_shift || unit_shift > 63 || !p->max)
		return -EINVAL;
	if (p->start > p->capacity)
		return -ERANGE;

	memset(x, 0, sizeof(*x));
	x->out = p->out;
	x->max = p->max;
	x->granule_shift = p->granule_shift;
	x->unit_shift = unit_shift;
	x->capacity = p->capacity;
	x->grown_from = p->grown_from;
	x->unknown = p->unknown;
	x->nr_unknown = p->nr_unknown;
	x->start = p->start;
	x->end = p->capacity;
	if (p->length < p->capacity - p->start)
		x->end = p->start + p->length;
	x->pos = x->start;
	x->at = shift_down(x->start, unit_shift);
	x->stop = min(shift_up(x->end, unit_shift), x->capacity);
	return 0;
}

rp_page_t rp_extents_page(const struct rp_extents *x)
{
	return rp_page(x->at >> (x->granule_shift + RP_PAGE_BITS_SHIFT));
}

/* A run of whole units of one kind. False: it did not fit. */
static bool emit(struct rp_extents *x, u64 from, u64 to, u32 kind)
{
	struct rp_extent *last = x->nr ? &x->out[x->nr - 1] : NULL;

	from = max(from, x->start);
	to = min(to, x->end);
	if (from >= to)
		return true;

	if (kind == RP_KIND_NONE) {
		x->pos = to;
		return true;
	}
	if (last && last->kinds == kind && last->offset + last->length == from) {
		last->length += to - from;
		x->pos = to;
		return true;
	}
	if (x->nr == x->max) {
		x->full = true;
		return false;
	}
	x->out[x->nr++] = (struct rp_extent) {
		.offset = from,
		.length = to - from,
		.kinds = kind,
	};
	x->pos = to;
	return true;
}

static u32 combine(u32 a, u32 b)
{
	if (a == b)
		return a;
	if (a == RP_KIND_UNKNOWN || b == RP_KIND_UNKNOWN)
		return RP_KIND_UNKNOWN;
	return RP_KIND_WRITTEN;
}

/* Bytes x->at..@to, whole granules, are of @kind. */
static void feed(struct rp_extents *x, u64 to, u32 kind)
{
	while (x->at < to && !x->full) {
		u64 unit = shift_down(x->at, x->unit_shift);
		u64 unit_end = min(shift_up(x->at + 1, x->unit_shift),
				   x->capacity);
		u64 whole;

		if (x->in_unit || to < unit_end) {
			x->kind = x->in_unit ? combine(x->kind, kind) : kind;
			x->in_unit = to < unit_end;
			x->at = min(to, unit_end);
			if (!x->in_unit && !emit(x, unit, unit_end, x->kind))
				return;
			continue;
		}
		whole = to == x->capacity ? to : shift_down(to, x->unit_shift);
		if (!emit(x, x->at, whole, kind))
			return;
		x->at = whole;
	}
}

/* The kind of the granule at @at, and how far it reaches at most. */
static u32 overlay(const struct rp_extents *x, u64 at, u64 *to, u32 kind)
{
	u64 grown = x->grown_from == U64_MAX ? U64_MAX :
		    shift_down(x->grown_from, x->granule_shift);
	unsigned int lo = 0, hi = x->nr_unknown;

	/* The first unknown range whose last granule ends beyond @at. */
	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (shift_up(x->unknown[mid].end, x->granule_shift) <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < x->nr_unknown) {
		u64 start = shift_down(x->unknown[lo].start, x->granule_shift);

		if (start <= at) {
			*to = min(*to, shift_up(x->unknown[lo].end,
						x->granule_shift));
			return RP_KIND_UNKNOWN;
		}
		*to = min(*to, start);
	}
	if (kind == RP_KIND_NONE) {
		if (at >= grown)
			return RP_KIND_WRITTEN;
		*to = min(*to, grown);
	}
	return kind;
}

/* Bytes x->at..@to have @kind as far as the bits go. */
static void feed_run(struct rp_extents *x, u64 to, u32 kind)
{
	to = min(to, x->stop);
	while (x->at < to && !x->full) {
		u64 part = to;
		u32 k = overlay(x, x->at, &part, kind);

		feed(x, part, k);
	}
}

/* Run of equal kinds from @bit. */
static u32 page_run(const struct rp_page_kinds *k, u32 bit, u32 *end)
{
	unsigned int p;

	for (p = 0; p < RP_NR_PLANES; p++) {
		if (test_bit(bit, k->plane[p])) {
			*end = find_next_zero_bit(k->plane[p], RP_PAGE_BITS, bit);
			return 1U << p;
		}
	}
	*end = RP_PAGE_BITS;
	for (p = 0; p < RP_NR_PLANES; p++)
		*end = find_next_bit(k->plane[p], *end, bit);
	return RP_KIND_NONE;
}

void rp_extents_add(struct rp_extents *x, rp_page_t page,
		    const struct rp_page_kinds *k)
{
	u8 shift = x->granule_shift;
	u64 base = rp_page_nr(page) << (shift + RP_PAGE_BITS_SHIFT);
	u64 end = base + ((u64)RP_PAGE_BITS << shift);

	feed_run(x, base, RP_KIND_NONE);
	while (x->at < min(end, x->stop) && !x->full) {
		u32 bit = (x->at - base) >> shift;
		u32 run_end = RP_PAGE_BITS;
		u32 kind = RP_KIND_NONE;

		/* Lower than asked for: a page fed twice. */
		if (x->at < base)
			return;
		if (k)
			kind = page_run(k, bit, &run_end);
		feed_run(x, base + ((u64)run_end << shift), kind);
	}
}

void rp_extents_finish(struct rp_extents *x)
{
	feed_run(x, x->stop, RP_KIND_NONE);
}

unsigned int rp_ranges_normalise(struct rp_range *r, unsigned int nr)
{
	unsigned int i, j, out = 0;

	/* They come nearly sorted and are few. */
	for (i = 1; i < nr; i++) {
		struct rp_range this = r[i];

		for (j = i; j && r[j - 1].start > this.start; j--)
			r[j] = r[j - 1];
		r[j] = this;
	}
	for (i = 0; i < nr; i++) {
		if (r[i].start >= r[i].end)
			continue;
		if (out && r[i].start <= r[out - 1].end)
			r[out - 1].end = max(r[out - 1].end, r[i].end);
		else
			r[out++] = r[i];
	}
	return out;
}
