// SPDX-License-Identifier: GPL-2.0-only
/*
 * gap_thin.c - gaps that others say the same as (I12)
 *
 * Why no list becomes too short: Documentation/design.rst, "Failures of tracking".
 */
#include <linux/slab.h>

#include "gap.h"

/* So many are kept for people to read, whether there is a use for them or not. */
#define GAPS_KEPT	16

/* Durable, and over: its record is all there is of it. */
static bool is_settled(const struct rp_volume_gap *g)
{
	return g->durable && !g->open && !g->fixed && !g->going && !rp_seq_nr(g->last);
}

/* What counts of a gap in a closed interval. */
struct settled {
	u8 id[16];
	u64 start;
	u64 end;
	u64 seq;
	rp_seq_t boundary;	/* that ends its interval */
	bool closed;
	bool goes;
};

/*
 * Whether whoever meets @a meets @b, too: it is as long, it is not older, and both lie in
 * one closed interval. That stays so: boundaries go, and new ones come behind all there
 * are. In the open interval a cut may be on its way, between the two.
 */
static bool says_the_same(const struct settled *a, const struct settled *b)
{
	return a != b && !b->goes && a->closed && b->closed &&
	       rp_seq_nr(a->boundary) == rp_seq_nr(b->boundary) && a->seq <= b->seq &&
	       b->start <= a->start && b->end >= a->end;
}

static unsigned int list_settled(struct rp_volume *vol, struct settled *all, unsigned int max)
{
	const struct rp_volume_gap *g;
	unsigned int nr = 0, i;

	spin_lock(&vol->lock);
	list_for_each_entry(g, &vol->gaps, node) {
		if (nr == max || !is_settled(g))
			continue;
		memcpy(all[nr].id, g->gap.id, sizeof(all[nr].id));
		all[nr].start = g->gap.start;
		all[nr].end = g->gap.start + g->gap.length;
		all[nr++].seq = rp_seq_nr(g->gap.seq);
	}
	spin_unlock(&vol->lock);
	for (i = 0; i < nr; i++)
		all[i].closed = rp_md_next_boundary(vol->md, rp_seq(all[i].seq),
						    &all[i].boundary);
	return nr;
}

/* Its record goes with the transaction of @staged, and it with that. */
static int stage_going(struct rp_volume *vol, const u8 id[16], struct list_head *staged)
{
	struct rp_volume_gap *g;
	int r;

	r = rp_md_stage_delete(vol->md, RP_RECORD_GAP, id);
	if (r)
		return r;
	spin_lock(&vol->lock);
	list_for_each_entry(g, &vol->gaps, node)
		if (is_settled(g) && !memcmp(g->gap.id, id, sizeof(g->gap.id)))
			g->going = staged;
	spin_unlock(&vol->lock);
	return 0;
}

int rp_gap_stage_thinning(struct rp_volume *vol, struct list_head *staged)
{
	unsigned int max = READ_ONCE(vol->nr_gaps), nr, i, j;
	struct settled *all;
	int r = 0;

	lockdep_assert_held(&vol->md_mutex);
	if (max <= GAPS_KEPT)
		return 0;
	all = kvcalloc(max, sizeof(*all), GFP_NOIO);
	if (!all)
		return -ENOMEM;
	nr = list_settled(vol, all, max);
	for (i = 0; i < nr && !r; i++) {
		for (j = 0; j < nr && !all[i].goes; j++)
			all[i].goes = says_the_same(&all[i], &all[j]);
		if (all[i].goes)
			r = stage_going(vol, all[i].id, staged);
	}
	kvfree(all);
	return r;
}
