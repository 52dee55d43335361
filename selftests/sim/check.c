// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - is what a power cut leaves enough?
 *
 * Every volume is opened and recovered as an activation does, without writing;
 * then it has to answer for every two points, and for every point and now.
 */
#include "core/format.h"
#include "core/recovery.h"
#include "world.h"

/* Granules by what is said of them. */
struct said {
	u64 written;
	u64 zeroed;
	u64 discarded;
};

static void said_by_page(const struct world *w, const struct rp_page_kinds *k,
			 u64 page, struct said *s)
{
	unsigned int i;

	for (i = 0; i < w->nr_hot; i++) {
		u64 bit = w->hot[i] & (RP_PAGE_BITS - 1);

		if (w->hot[i] >> RP_PAGE_BITS_SHIFT != page)
			continue;
		s->written |= (u64)test_bit(bit, k->plane[0]) << i;
		s->zeroed |= (u64)test_bit(bit, k->plane[1]) << i;
		s->discarded |= (u64)test_bit(bit, k->plane[2]) << i;
	}
}

static void said_between(const struct world *w, struct rp_md *md, u64 from,
			 u64 to, struct said *s)
{
	static struct rp_page_kinds k;
	rp_page_t page = rp_page(0);
	struct rp_md_query *q;

	memset(s, 0, sizeof(*s));
	CHECK_EQ(rp_md_query_open(md, rp_seq(from), rp_seq(to), &q), 0);
	for (; rp_md_query_next_page(q, &page);
	     page = rp_page(rp_page_nr(page) + 1)) {
		CHECK_EQ(rp_md_query_page(q, page, &k), 0);
		said_by_page(w, &k, rp_page_nr(page), s);
	}
	rp_md_query_close(q);
}

static void said_by_tracker(const struct world *w, const struct rp_tracker *t,
			    struct said *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < w->nr_hot; i++) {
		unsigned int kind = rp_tracker_kind(t, rp_granule(w->hot[i]));

		s->written |= (u64)!!(kind & RP_KIND_WRITTEN) << i;
		s->zeroed |= (u64)!!(kind & RP_KIND_ZEROED) << i;
		s->discarded |= (u64)!!(kind & RP_KIND_DISCARDED) << i;
	}
}

static u64 any(const struct said *s)
{
	return s->written | s->zeroed | s->discarded;
}

static void overlay(struct said *s, const struct said *later)
{
	u64 mask = any(later);

	s->written = (s->written & ~mask) | later->written;
	s->zeroed = (s->zeroed & ~mask) | later->zeroed;
	s->discarded = (s->discarded & ~mask) | later->discarded;
}

/* --- the comparison --- */

static void judge(const struct member *m, const char *from_to, u64 from, u64 to,
		  const struct said *s, u64 must, u64 may, u64 zero, u64 undefined)
{
	if (must & ~any(s))
		test_fail(__FILE__, __LINE__,
			  "I1: volume %u, %s %llu, %llu: granules %llx changed, of which %llx are not reported",
			  m->nr, from_to, (unsigned long long)from,
			  (unsigned long long)to, (unsigned long long)must,
			  (unsigned long long)(must & ~any(s)));
	if (any(s) & ~may)
		test_fail(__FILE__, __LINE__,
			  "I8: volume %u, %s %llu, %llu: granules %llx reported beyond the bound",
			  m->nr, from_to, (unsigned long long)from,
			  (unsigned long long)to,
			  (unsigned long long)(any(s) & ~may));
	if ((s->zeroed & ~zero) || (s->discarded & ~undefined))
		test_fail(__FILE__, __LINE__,
			  "I13: volume %u, %s %llu, %llu: granules %llx are not zeroes, %llx were not discarded",
			  m->nr, from_to, (unsigned long long)from,
			  (unsigned long long)to,
			  (unsigned long long)(s->zeroed & ~zero),
			  (unsigned long long)(s->discarded & ~undefined));
}

/**
 * struct found - one volume as it is found after a power cut
 * @there: bounds that exist
 * @open: what is said of the open interval
 * @before: what is said from each bound to the newest
 * @may: since each bound, granules that may be reported
 * @excess: of these, what is due to the power cut
 */
struct found {
	struct rp_md *md;
	struct rp_md_info info;
	bool there[BOUNDS_MAX];
	unsigned int newest;
	struct said open;
	struct said before[BOUNDS_MAX];
	u64 may[BOUNDS_MAX];
	u64 excess;
};

static bool sector_is_torn(const struct disk *d, u32 sector,
			   const struct rp_md_info *info)
{
	struct rp_mdio *io = (struct rp_mdio *)&d->io;
	static _Alignas(8) u8 block[RP_BLOCK_SIZE];
	struct rp_mdio_vec vec = {
		.block = rp_block(rp_block_nr(info->arm_start) +
				  sector / RP_ARM_BLOCK_SECTORS),
		.data = block,
	};

	io->ops->readv(io, &vec, 1);
	return rp_arm_sector_decode((void *)(block + sector %
					     RP_ARM_BLOCK_SECTORS * 512),
				    sector, 0, info->volume) == RP_ARM_TORN;
}

/*
 * What may be reported beyond what was written (I8): regions that were asked for
 * since the last checkpoint; all those of a sector that cannot be read; all, when
 * a superblock cannot.
 */
static u64 excess_of(const struct world *w, const struct member *m,
		     const struct found *f, const struct disk *d,
		     const struct rp_arming *a)
{
	u32 last = U32_MAX;
	bool torn = false;
	u64 may = m->armed;
	unsigned int i;

	if (f->info.one_copy)
		return w->all;
	if (f->info.clean)
		return 0;
	for (i = 0; i < w->nr_hot; i++) {
		u32 region = w->hot[i] >> 1;

		if (last != region / RP_ARM_SECTOR_REGIONS) {
			last = region / RP_ARM_SECTOR_REGIONS;
			torn = sector_is_torn(d, last, &f->info);
		}
		may |= (u64)torn << i;
		if (test_bit(region, a->durable) && !(may >> i & 1))
			test_fail(__FILE__, __LINE__,
				  "I8: volume %u: region %u is armed, and nobody has asked for it since the last checkpoint",
				  m->nr, region);
	}
	return may;
}

static void check_closed(struct world *w, const struct member *m,
			 struct found *f)
{
	unsigned int a, b;
	struct said s;

	for (a = 0; a < m->nr_bounds; a++) {
		u64 may = 0;

		if (!f->there[a])
			continue;
		for (b = a + 1; b < m->nr_bounds; b++) {
			may |= m->bound[b].may;
			if (!f->there[b])
				continue;
			said_between(w, f->md, m->bound[a].seq, m->bound[b].seq,
				     &s);
			judge(m, "points", m->bound[a].seq, m->bound[b].seq, &s,
			      m->bound[b].must[a], may, m->bound[b].zero,
			      m->bound[b].undefined);
			if (b == f->newest)
				f->before[a] = s;
		}
		f->may[a] = may | m->may | f->excess;
	}
}

static void find_bounds(const struct member *m, struct found *f)
{
	unsigned int a;

	for (a = 0; a < m->nr_bounds; a++) {
		f->there[a] = rp_md_has_boundary(f->md, rp_seq(m->bound[a].seq));
		if (f->there[a])
			f->newest = a;
	}
	CHECK(f->there[0]);
	/* Nothing else is there. */
	CHECK_EQ(rp_seq_nr(f->info.newest), m->bound[f->newest].seq);
}

/* The volume as @d has it; to be closed by the caller. */
static void find_member(struct world *w, const struct member *m,
			struct disk *d, struct found *f)
{
	struct rp_arming arming;
	struct rp_tracker *t;

	memset(f, 0, sizeof(*f));
	member_recover(d, m->nr, &f->md, &arming, &t, &f->info);
	find_bounds(m, f);
	f->excess = excess_of(w, m, f, d, &arming);
	said_by_tracker(w, t, &f->open);
	rp_arming_exit(&arming);
	rp_tracker_free(t);
}

/* From every point to now, when the origin has @left. */
static void check_now(struct world *w, const struct member *m,
		      const struct found *f, const u32 *left)
{
	u64 zero = granules_of_kind(w, left, CONTENT_ZERO);
	u64 undefined = granules_of_kind(w, left, CONTENT_UNDEFINED);
	unsigned int a;

	for (a = 0; a < m->nr_bounds; a++) {
		struct said s = f->before[a];

		if (!f->there[a])
			continue;
		overlay(&s, &f->open);
		judge(m, "point and now", m->bound[a].seq, 0, &s,
		      m->bound[a].vague |
		      granules_that_differ(w, m->bound[a].content, left),
		      f->may[a], zero, undefined);
	}
}

/* --- points over all members (I4) --- */

static void check_verdict(const struct spoint *p, enum rp_verdict verdict)
{
	static const char *const names[] = { "in doubt", "committed", "void",
					     "destroyed" };
	const char *why = NULL;

	if (verdict == RP_VERDICT_IN_DOUBT)
		why = "with all members there";
	else if (p->told == RP_VERDICT_VOID && verdict != RP_VERDICT_VOID)
		why = "although it was said to be void";
	else if (p->told == RP_VERDICT_DESTROYED && verdict != p->told)
		why = "although it was said to be destroyed";
	else if (p->told == RP_VERDICT_COMMIT && verdict != RP_VERDICT_COMMIT &&
		 !(verdict == RP_VERDICT_DESTROYED && p->destroying))
		why = "although it was said to be committed";
	else if (verdict == RP_VERDICT_COMMIT && !p->committing)
		why = "and nobody has committed it";
	else if (verdict == RP_VERDICT_DESTROYED && !p->destroying)
		why = "and nobody has destroyed it";
	if (why)
		test_fail(__FILE__, __LINE__, "I4: point %u is %s, %s", p->id[0],
			  names[verdict], why);
}

/* Some are away: the host must not guess. */
static void check_subsets(const struct world *w, const struct spoint *p,
			  const u8 *words, enum rp_verdict all)
{
	u8 some[MEMBERS_MAX];
	u32 mask;
	unsigned int i;

	for (mask = 0; mask < 1U << w->setup.members; mask++) {
		enum rp_verdict verdict;

		for (i = 0; i < w->setup.members; i++)
			some[i] = mask >> i & 1 ? words[i] : RP_WORD_UNKNOWN;
		verdict = point_verdict(w, p, some);
		if (verdict == RP_VERDICT_IN_DOUBT || verdict == all ||
		    (verdict == RP_VERDICT_COMMIT &&
		     all == RP_VERDICT_DESTROYED))
			continue;
		test_fail(__FILE__, __LINE__,
			  "I4: point %u: members %x say %d, all say %d",
			  p->id[0], mask, verdict, all);
	}
}

static void check_points(const struct world *w, const struct found *f)
{
	u8 words[MEMBERS_MAX] = { };
	unsigned int n, i;

	for (n = 0; n < w->nr_points; n++) {
		const struct spoint *p = &w->point[n];
		enum rp_verdict verdict;

		for (i = 0; i < w->setup.members; i++)
			words[i] = p->members >> i & 1 ?
				   point_word(f[i].md, p) : RP_WORD_UNKNOWN;
		verdict = point_verdict(w, p, words);
		check_verdict(p, verdict);
		check_subsets(w, p, words, verdict);
		/* It is there as a whole. */
		for (i = 0; i < w->setup.members; i++)
			if (p->members >> i & 1 && verdict == RP_VERDICT_COMMIT &&
			    !rp_md_has_boundary(f[i].md, rp_seq(p->seq[i])))
				test_fail(__FILE__, __LINE__,
					  "I4: point %u has no boundary on volume %u",
					  p->id[0], i);
	}
}

/* --- a power cut --- */

/* What is in flight may have reached the medium without having ended. */
static void add_in_flight(struct world *w, const struct member *m, u32 *left)
{
	unsigned int i;
	u32 s;

	for (i = 0; i < w->setup.writers; i++) {
		const struct writer *wr = &w->writer[i];

		if (wr->state != WRITER_FLIGHT || &w->m[wr->member] != m)
			continue;
		for (s = wr->landed; s < wr->end; s++)
			if (w->c->listed || choose(w->c, 2))
				left[s] = wr->content;
	}
}

void check_power_cut(struct world *w, enum loss loss, unsigned int images)
{
	static struct disk left[MEMBERS_MAX];
	static u32 content[SECTORS_MAX];
	static struct found f[MEMBERS_MAX];
	unsigned int i, n;

	for (i = 0; i < w->setup.members; i++) {
		struct member *m = &w->m[i];

		if (left[i].io.nr_blocks != m->disk.io.nr_blocks) {
			if (left[i].io.nr_blocks)
				disk_exit(&left[i]);
			disk_init(&left[i], m->disk.io.nr_blocks);
		}
		disk_crash(&m->disk, loss, w->c, &left[i]);
		find_member(w, m, &left[i], &f[i]);
		check_closed(w, m, &f[i]);
	}
	check_points(w, f);
	for (n = 0; n < images; n++) {
		for (i = 0; i < w->setup.members; i++) {
			struct member *m = &w->m[i];
			enum loss how = n < 2 ? LOSS_DROP + n : LOSS_ANY;

			origin_crash(&m->origin, how, w->c, content);
			if (how != LOSS_DROP)
				add_in_flight(w, m, content);
			check_now(w, m, &f[i], content);
		}
	}
	for (i = 0; i < w->setup.members; i++)
		rp_md_close(f[i].md);
	w->states += images;
	w->recoveries++;
}

void found_after_power_cut(struct world *w, struct member *m)
{
	static struct found f;
	unsigned int a;

	find_member(w, m, &m->disk, &f);
	/* I8: what is reported beyond what was written goes with the interval. */
	m->armed = f.excess;
	m->may |= f.excess;
	for (a = 0; a < m->nr_bounds; a++)
		m->there[a] = f.there[a];
	rp_md_close(f.md);
}
