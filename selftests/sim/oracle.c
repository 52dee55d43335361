// SPDX-License-Identifier: GPL-2.0-only
/*
 * oracle.c - contents of volumes at every cut, and what has to be said of them
 */
#include "world.h"

u64 window_granules(const struct world *w, u32 start, u32 end)
{
	u32 first = start / GRANULE_SECTORS, last = (end - 1) / GRANULE_SECTORS;
	u64 mask = last == 63 ? ~0ULL : (1ULL << (last + 1)) - 1;

	return mask & ~((1ULL << first) - 1);
}

/* A region has two granules, and each window begins with a region. */
u64 regions_of(const struct world *w, u64 granules)
{
	const u64 even = 0x5555555555555555ULL;

	granules |= (granules & even) << 1;
	granules |= granules >> 1 & even;
	return granules & w->all;
}

static bool region_is_marked(const struct rp_tracker *t, u32 region)
{
	return rp_tracker_kind(t, rp_granule(2 * region)) != RP_KIND_NONE ||
	       rp_tracker_kind(t, rp_granule(2 * region + 1)) != RP_KIND_NONE;
}

/*
 * What may be armed ahead: as many regions behind a write as lie in a row before it
 * with marks in them (looser than the module, which asks for marks at their ends), and
 * all of its eight if half of them are asked for already.
 */
u64 regions_ahead(const struct world *w, const struct member *m,
		  const struct writer *wr)
{
	u32 r = rp_region_nr(wr->w.first_region), last = rp_region_nr(wr->w.last_region);
	const struct rp_tracker *t = m->split.tracker[1];
	unsigned int i, asked = 0;
	u64 regions = 0;
	u32 n = 0;

	while (n < r && region_is_marked(t, r - n - 1))
		n++;
	for (i = 0; i < 8; i++)
		asked += (test_bit((last & ~7) + i, m->arming.durable) ||
			  test_bit((last & ~7) + i, m->arming.want)) &&
			 !test_bit((last & ~7) + i, m->arming.ahead);
	for (i = 0; i < w->nr_hot; i++) {
		u32 region = w->hot[i] >> 1;

		if ((region > last && region - last <= n) ||
		    (asked >= 4 && region >> 3 == last >> 3))
			regions |= 1ULL << i;
	}
	return regions;
}

u64 granules_of_kind(const struct world *w, const u32 *content, u32 kind)
{
	u64 mask = w->all;
	u32 s;

	for (s = 0; s < w->nr_sectors; s++)
		if (content_kind(content[s]) != kind)
			mask &= ~(1ULL << s / GRANULE_SECTORS);
	return mask;
}

u64 granules_that_differ(const struct world *w, const u32 *a, const u32 *b)
{
	u64 mask = 0;
	u32 s;

	for (s = 0; s < w->nr_sectors; s++)
		mask |= (u64)(a[s] != b[s]) << s / GRANULE_SECTORS;
	return mask;
}

static void cut_member(struct world *w, struct member *m, u64 seq)
{
	struct bound *b = &m->bound[m->nr_bounds];
	u64 late = 0;
	unsigned int i;

	CHECK(m->nr_bounds < BOUNDS_MAX);
	memset(b, 0, sizeof(*b));
	b->seq = seq;
	memcpy(b->content, m->origin.cur, sizeof(b->content));
	for (i = 0; i < w->setup.writers; i++) {
		const struct writer *wr = &w->writer[i];

		if (&w->m[wr->member] != m)
			continue;
		switch (wr->state) {
		case WRITER_VIEW:
		case WRITER_TEST:
		case WRITER_MARK:
			/* May yet be let in before the boundary. */
			late |= wr->granules;
			break;
		case WRITER_SUBMIT:
		case WRITER_FLIGHT:
		case WRITER_END_EPOCH:
			/* I5: has or has not happened. */
			b->vague |= wr->granules;
			break;
		default:
			break;
		}
	}
	b->zero = granules_of_kind(w, b->content, CONTENT_ZERO) & ~b->vague;
	b->undefined = granules_of_kind(w, b->content, CONTENT_UNDEFINED) &
		       ~b->vague;
	b->may = m->may | late;
	m->may = b->vague | late;
	for (i = 0; i < m->nr_bounds; i++)
		b->must[i] = granules_that_differ(w, m->bound[i].content,
						  b->content) |
			     m->bound[i].vague | b->vague;
	m->nr_bounds++;
}

void oracle_cut(struct world *w, u32 members, const struct spoint *p)
{
	unsigned int i;

	for (i = 0; i < w->setup.members; i++)
		if (members >> i & 1)
			cut_member(w, &w->m[i], p->seq[i]);
}

void oracle_drop_bound(struct member *m, u64 seq)
{
	unsigned int i, j;

	for (i = 1; i < m->nr_bounds && m->bound[i].seq != seq; i++)
		;
	if (i == m->nr_bounds)
		return;
	/* Two intervals are one now. */
	if (i + 1 < m->nr_bounds)
		m->bound[i + 1].may |= m->bound[i].may;
	else
		m->may |= m->bound[i].may;
	m->nr_bounds--;
	memmove(&m->bound[i], &m->bound[i + 1],
		(m->nr_bounds - i) * sizeof(m->bound[0]));
	for (j = i; j < m->nr_bounds; j++)
		memmove(&m->bound[j].must[i], &m->bound[j].must[i + 1],
			(BOUNDS_MAX - 1 - i) * sizeof(u64));
}

void oracle_after_power_cut(struct world *w, struct member *m)
{
	unsigned int i;

	found_after_power_cut(w, m);
	for (i = m->nr_bounds; --i; )
		if (!m->there[i])
			oracle_drop_bound(m, m->bound[i].seq);
}
