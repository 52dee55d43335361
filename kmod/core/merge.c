// SPDX-License-Identifier: GPL-2.0-only
/*
 * merge.c - an interval made of others and of a tracker
 *
 * Sources are laid over each other page by page, the later kind standing (I13).
 * A page that only one closed interval has is not copied: the new index refers
 * to the same block. The open interval's checkpoint shares nothing, so that its
 * blocks are free as soon as the next checkpoint is durable, whatever queries
 * may be pinned meanwhile; the reserve counts on that (I12).
 */
#include "store.h"

/* Where a source stands. */
struct cursor {
	struct rp_src src;
	struct rp_index *index;
	u32 pos;
};

struct entries {
	struct rp_index *index;		/* being filled */
	u32 max;
};

static int entries_add(struct entries *out, u32 where, u32 block, u32 csum)
{
	struct rp_index *index = out->index;
	u32 nr = index ? index->nr : 0;

	if (nr == out->max) {
		u32 max = out->max ? 2 * out->max : 64;
		struct rp_index *bigger;

		bigger = rp_zalloc(sizeof(*bigger) +
				   (size_t)max * sizeof(*bigger->entry));
		if (!bigger)
			return -ENOMEM;
		if (nr)
			memcpy(bigger->entry, index->entry,
			       (size_t)nr * sizeof(*bigger->entry));
		bigger->nr = nr;
		rp_free(index);
		out->index = bigger;
		out->max = max;
		index = bigger;
	}
	index->entry[index->nr++] = (struct rp_entry) {
		.where = where,
		.block = block,
		.csum = csum,
	};
	return 0;
}

/* The first page at or after @page that the source has. False: none. */
static bool cursor_page(const struct cursor *cur, u32 page, u32 *found)
{
	rp_page_t p;
	u32 i;
	bool any = false;

	if (cur->index) {
		if (cur->pos >= cur->index->nr)
			return false;
		*found = cur->index->entry[cur->pos].where >> 2;
		return true;
	}
	for (i = 0; i < RP_NR_PLANES; i++) {
		p = rp_page(page);
		if (!rp_tracker_next_page(cur->src.t, i, &p))
			continue;
		if (!any || rp_page_nr(p) < *found)
			*found = rp_page_nr(p);
		any = true;
	}
	return any;
}

/* Entries of @page at the cursor. */
static u32 cursor_entries(const struct cursor *cur, u32 page)
{
	u32 n = 0;

	while (cur->pos + n < cur->index->nr &&
	       cur->index->entry[cur->pos + n].where >> 2 == page)
		n++;
	return n;
}

/* @block of a source is not part of the result. */
static int source_garbage(struct rp_commit *c, const struct rp_interval *iv,
			  u32 block)
{
	/* The open one's checkpoint is given up as a whole, by the commit. */
	if (iv->flags & RP_INTERVAL_OPEN)
		return 0;
	return rp_commit_garbage(c, block);
}

/* Lay what @cur has of @page over c->kinds and step past it. */
static int cursor_overlay(struct rp_commit *c, struct cursor *cur, u32 page)
{
	const unsigned long *plane[RP_NR_PLANES];
	const struct rp_entry *e;
	u32 i, n;
	int err;

	if (!cur->index) {
		for (i = 0; i < RP_NR_PLANES; i++)
			plane[i] = rp_tracker_page(cur->src.t, i, rp_page(page));
		rp_page_kinds_lay(&c->kinds, plane);
		return 0;
	}
	n = cursor_entries(cur, page);
	e = &cur->index->entry[cur->pos];
	err = rp_entries_read(&c->read, e, n, plane);
	if (err)
		return err;
	rp_page_kinds_lay(&c->kinds, plane);
	cur->pos += n;
	for (i = 0; i < n && !err; i++)
		if (e[i].block)
			err = source_garbage(c, cur->src.iv, e[i].block);
	return err;
}

/* Only @cur has bits of @page: take its blocks over. */
static int cursor_share(struct cursor *cur, u32 page, struct entries *out)
{
	u32 n = cursor_entries(cur, page);
	int err = 0;

	for (; n && !err; n--, cur->pos++) {
		const struct rp_entry *e = &cur->index->entry[cur->pos];

		err = entries_add(out, e->where, e->block, e->csum);
	}
	return err;
}

static bool plane_empty(const unsigned long *plane)
{
	return !memchr_inv(plane, 0, RP_BLOCK_SIZE);
}

/* Has it the bits of all @nr granules, 1..RP_PAGE_BITS, and no other? */
static bool plane_full(const unsigned long *plane, u32 nr)
{
	return find_next_zero_bit(plane, nr, 0) == nr;
}

/* Write c->kinds as @page of the interval. */
static int write_kinds(struct rp_commit *c, u32 page, u64 nr_granules,
		       struct entries *out)
{
	u64 nr = min_t(u64, nr_granules - ((u64)page << RP_PAGE_BITS_SHIFT),
		       RP_PAGE_BITS);
	struct rp_page_kinds *k = &c->kinds;
	unsigned int p, i;

	rp_page_kinds_clip(k, page, nr_granules);
	if (c->collapse) {
		/* Copy what need not be copied, rather than refuse the cut. */
		for (i = 0; i < RP_PAGE_LONGS; i++)
			k->plane[RP_PLANE_WRITTEN][i] |=
				k->plane[RP_PLANE_ZEROED][i] |
				k->plane[RP_PLANE_DISCARDED][i];
		memset(k->plane[RP_PLANE_ZEROED], 0, RP_BLOCK_SIZE);
		memset(k->plane[RP_PLANE_DISCARDED], 0, RP_BLOCK_SIZE);
	}
	for (p = 0; p < RP_NR_PLANES; p++) {
		u32 block = 0, csum = 0;
		void *buf;
		int err;

		if (plane_empty(k->plane[p]))
			continue;
		if (!plane_full(k->plane[p], nr)) {
			__le64 *le;

			err = rp_space_alloc(&c->md->space, &block);
			if (!err)
				err = rp_batch_add(&c->batch, block, &buf);
			if (err)
				return err;
			for (i = 0, le = buf; i < RP_PAGE_LONGS; i++)
				le[i] = cpu_to_le64(k->plane[p][i]);
			csum = rp_page_csum(buf);
		}
		err = entries_add(out, rp_where(page, p), block, csum);
		if (err)
			return err;
	}
	return 0;
}

static int write_pages(struct rp_commit *c, struct cursor *cur, u32 nr,
		       u64 nr_granules, bool share, struct entries *out)
{
	u32 nr_pages = ((nr_granules - 1) >> RP_PAGE_BITS_SHIFT) + 1;
	u32 page, found = 0, i;
	int err;

	for (page = 0; ; page++) {
		u32 next = U32_MAX, with = 0;
		struct cursor *only = NULL;

		for (i = 0; i < nr; i++) {
			if (!cursor_page(&cur[i], page, &found) || found > next)
				continue;
			with = found < next ? 1 : with + 1;
			only = &cur[i];
			next = found;
		}
		if (!with)
			return 0;
		page = next;

		/* The last page may have to be clipped to a shorter volume. */
		if (share && with == 1 && only->index && page + 1 < nr_pages) {
			err = cursor_share(only, page, out);
			if (err)
				return err;
			continue;
		}
		memset(&c->kinds, 0, sizeof(c->kinds));
		for (i = 0; i < nr; i++) {
			if (!cursor_page(&cur[i], page, &found) || found != page)
				continue;
			err = cursor_overlay(c, &cur[i], page);
			if (err)
				return err;
		}
		if (page < nr_pages) {
			err = write_kinds(c, page, nr_granules, out);
			if (err)
				return err;
		}
	}
}

/* The head and the record of the new interval, then its chain. */
static int write_record(struct rp_commit *c, const struct rp_plan *p, bool open,
			struct rp_index *index, struct rp_interval **ivp)
{
	struct rp_interval *iv = rp_zalloc(sizeof(*iv));
	struct rp_record *rec;
	void *data = NULL;
	u8 id[16];
	u32 i;
	int err = -ENOMEM;

	rp_interval_id(p->end, id);
	rec = rp_record_alloc(RP_RECORD_INTERVAL, id, sizeof(iv->disk) +
			      index->nr * sizeof(struct rp_interval_page_disk));
	if (!iv || !rec) {
		rp_free(iv);
		goto fail;
	}
	rec->iv = iv;
	iv->rec = rec;
	INIT_LIST_HEAD(&iv->lru);
	iv->start = p->start;
	iv->end = p->end;
	iv->time = p->time;
	iv->sectors = p->sectors;
	iv->flags = open ? RP_INTERVAL_OPEN : 0;
	iv->nr = index->nr;
	for (i = 0; i < index->nr; i++)
		iv->nr_blocks += index->entry[i].block != 0;
	iv->disk.start_seq = cpu_to_le64(iv->start);
	iv->disk.end_seq = cpu_to_le64(iv->end);
	iv->disk.time = cpu_to_le64(iv->time);
	iv->disk.sectors = cpu_to_le64(iv->sectors);
	iv->disk.flags = cpu_to_le32(iv->flags);
	iv->disk.nr_pages = cpu_to_le32(iv->nr);

	data = rp_interval_encode(iv, index);
	if (!data)
		goto fail;
	err = rp_record_write(&c->batch, rec, c->nr, data, NULL);
	if (err)
		goto fail;
	rp_free(data);
	rp_index_cache(c->md, iv, index);
	*ivp = iv;
	return 0;
fail:
	rp_free(data);
	rp_record_free(c->md, rec);
	return err;
}

/* A source gives its pages to another interval: its index is garbage. */
static int chain_garbage(struct rp_commit *c, const struct rp_interval *iv)
{
	u32 i;
	int err = 0;

	for (i = 0; i < iv->rec->nr_blocks && !err; i++)
		err = source_garbage(c, iv, iv->rec->block[i]);
	return err;
}

int rp_plan_write(struct rp_commit *c, struct rp_plan *p, bool open,
		  struct rp_interval **ivp)
{
	struct rp_geometry geo;
	struct entries out = { };
	struct cursor *cur;
	u32 i;
	int err = 0;

	*ivp = NULL;
	rp_geometry_init(&geo, p->sectors, c->md->geo.granule_shift,
			 c->md->geo.region_shift);
	cur = rp_calloc(p->nr_src, sizeof(*cur));
	if (!cur)
		return -ENOMEM;
	for (i = 0; i < p->nr_src && !err; i++) {
		cur[i].src = p->src[i];
		if (cur[i].src.index)
			cur[i].index = rp_index_ref(c->md, cur[i].src.index);
		else if (cur[i].src.iv)
			err = rp_index_get(c->md, cur[i].src.iv, &cur[i].index);
	}
	if (!err)
		err = write_pages(c, cur, p->nr_src, geo.nr_granules, !open,
				  &out);
	for (i = 0; i < p->nr_src && !err; i++)
		if (cur[i].index)
			err = chain_garbage(c, cur[i].src.iv);

	/* A checkpoint of nothing is no checkpoint. */
	if (!err && !out.index && !open) {
		out.index = rp_zalloc(sizeof(*out.index));
		if (!out.index)
			err = -ENOMEM;
	}
	if (!err && out.index) {
		out.index->refs = 1;
		err = write_record(c, p, open, out.index, ivp);
		rp_index_put(c->md, out.index);
	} else {
		rp_free(out.index);
	}
	for (i = 0; i < p->nr_src; i++)
		rp_index_put(c->md, cur[i].index);
	rp_free(cur);
	return err;
}
