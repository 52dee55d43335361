// SPDX-License-Identifier: GPL-2.0-only
/*
 * query.c - runs of intervals, read page by page
 *
 * A query holds a reference on the state it began in, so that nothing it may
 * look at goes away or is overwritten; it takes no lock but the short one of the
 * cache. One thread at a time uses a query.
 */
#include "store.h"

struct rp_md_query {
	struct rp_md *md;
	struct rp_state *state;
	u32 nr;
	struct rp_interval **iv;	/* into state->line, oldest first */
	struct rp_index **index;	/* kept for the query's life, or NULL */
	u32 nr_kept;			/* entries in @index */
	struct rp_batch batch;
};

bool rp_md_has_boundary(struct rp_md *md, rp_seq_t seq)
{
	struct rp_state *s = rp_state_get(md);
	u64 nr = rp_seq_nr(seq);
	u32 at;
	bool has = nr == s->sb.first_seq - 1 || rp_state_find(s, nr, &at);

	rp_state_put(md, s);
	return has;
}

bool rp_md_next_boundary(struct rp_md *md, rp_seq_t seq, rp_seq_t *end)
{
	struct rp_state *s = rp_state_get(md);
	bool closed;
	u32 at;

	rp_state_find(s, rp_seq_nr(seq), &at);
	closed = at < s->nr_line;
	if (closed)
		*end = rp_seq(s->line[at]->end);
	rp_state_put(md, s);
	return closed;
}

int rp_md_boundary_sectors(struct rp_md *md, rp_seq_t seq, u64 *sectors)
{
	struct rp_state *s = rp_state_get(md);
	int err = -ENOENT;
	u32 at;

	if (rp_state_find(s, rp_seq_nr(seq), &at)) {
		*sectors = s->line[at]->sectors;
		err = 0;
	}
	rp_state_put(md, s);
	return err;
}

int rp_md_load_interval(struct rp_md *md, rp_seq_t boundary, struct rp_tracker *t)
{
	struct rp_state *s = rp_state_get(md);
	int err = -ENOENT;
	u32 at;

	if (rp_state_find(s, rp_seq_nr(boundary), &at))
		err = rp_interval_load(md, s->line[at], t, false, true);
	rp_state_put(md, s);
	return err;
}

int rp_md_query_open(struct rp_md *md, rp_seq_t from, rp_seq_t to,
		     struct rp_md_query **qp)
{
	u64 a = rp_seq_nr(from), b = rp_seq_nr(to);
	struct rp_md_query *q;
	u32 first = 0, last;
	int err = -ENOENT;

	if (a > b)
		return -EINVAL;
	q = rp_zalloc(sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->md = md;
	q->state = rp_state_get(md);
	if (a != q->state->sb.first_seq - 1) {
		if (!rp_state_find(q->state, a, &first))
			goto fail;
		first++;
	}
	q->iv = q->state->line ? q->state->line + first : NULL;
	if (b != a) {
		if (!rp_state_find(q->state, b, &last))
			goto fail;
		q->nr = last + 1 - first;
	}

	err = -ENOMEM;
	q->index = rp_calloc(q->nr ? q->nr : 1, sizeof(*q->index));
	if (!q->index || rp_batch_init(&q->batch, md, RP_READ_BATCH))
		goto fail;
	*qp = q;
	return 0;
fail:
	rp_free(q->index);
	rp_state_put(md, q->state);
	rp_free(q);
	return err;
}

void rp_md_query_close(struct rp_md_query *q)
{
	u32 i;

	if (!q)
		return;
	for (i = 0; i < q->nr; i++)
		rp_index_put(q->md, q->index[i]);
	rp_free(q->index);
	rp_batch_exit(&q->batch);
	rp_state_put(q->md, q->state);
	rp_free(q);
}

/* The index of interval @i, to be given back by index_done(). */
static int index_of(struct rp_md_query *q, u32 i, struct rp_index **ip)
{
	int err;

	*ip = q->index[i];
	if (*ip)
		return 0;
	err = rp_index_get(q->md, q->iv[i], ip);
	if (err)
		return err;
	if (q->nr_kept + (*ip)->nr <= RP_QUERY_ENTRIES) {
		q->index[i] = *ip;
		q->nr_kept += (*ip)->nr;
	}
	return 0;
}

static void index_done(struct rp_md_query *q, u32 i, struct rp_index *index)
{
	if (index != q->index[i])
		rp_index_put(q->md, index);
}

bool rp_md_query_next_page(struct rp_md_query *q, rp_page_t *page)
{
	u32 first, best = U32_MAX, i;

	if (rp_page_nr(*page) >= RP_PAGES_MAX)
		return false;
	first = rp_page_nr(*page);
	for (i = 0; i < q->nr && best != first; i++) {
		struct rp_index *index;
		u32 at;

		/* rp_md_query_page() runs into it too, and can tell. */
		if (index_of(q, i, &index))
			return true;
		at = rp_index_find(index, first);
		if (at < index->nr)
			best = min(best, index->entry[at].where >> 2);
		index_done(q, i, index);
	}
	if (best == U32_MAX)
		return false;
	*page = rp_page(best);
	return true;
}

/* Newest first: once every granule has its kind, what is older does not matter. */
int rp_md_query_page(struct rp_md_query *q, rp_page_t page_nr,
		     struct rp_page_kinds *k)
{
	const unsigned long *plane[RP_NR_PLANES];
	struct rp_geometry geo;
	bool missing = true;
	u32 page, i;

	memset(k, 0, sizeof(*k));
	if (!q->nr || rp_page_nr(page_nr) >= RP_PAGES_MAX)
		return 0;
	page = rp_page_nr(page_nr);
	for (i = q->nr; i-- && missing; ) {
		struct rp_index *index;
		u32 at, n = 0;
		int err;

		err = index_of(q, i, &index);
		if (err)
			return err;
		at = rp_index_find(index, page);
		while (at + n < index->nr &&
		       index->entry[at + n].where >> 2 == page)
			n++;
		if (n) {
			err = rp_entries_read(&q->batch, &index->entry[at], n,
					      plane);
			if (!err)
				missing = rp_page_kinds_underlay(k, plane);
		}
		index_done(q, i, index);
		if (err)
			return err;
	}

	rp_geometry_init(&geo, q->iv[q->nr - 1]->sectors,
			 q->md->geo.granule_shift, q->md->geo.region_shift);
	rp_page_kinds_clip(k, page, geo.nr_granules);
	return 0;
}
