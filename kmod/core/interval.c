// SPDX-License-Identifier: GPL-2.0-only
/*
 * interval.c - indexes of intervals, on disk and cached; pages of bits
 *
 * An index says where the pages of an interval are. It is checked at open, then
 * read again when it is wanted; the ones used last are kept.
 */
#include "store.h"

u32 rp_sectors_pages(const struct rp_geometry *geo, u64 sectors)
{
	struct rp_geometry g;

	rp_geometry_init(&g, sectors, geo->granule_shift, geo->region_shift);
	return min_t(u64, g.nr_pages, RP_PAGES_MAX);
}

void rp_interval_id(u64 seq, u8 id[16])
{
	__le64 le = cpu_to_le64(seq);

	memset(id, 0, 16);
	memcpy(id, &le, sizeof(le));
}

/* Entries: in order, inside of the volume and of the device. */
static int decode_entries(struct rp_md *md, struct rp_interval *iv, u32 nr_pages,
			  const struct rp_interval_page_disk *d,
			  struct rp_index *index, struct rp_why *why)
{
	u32 first = RP_DATA_START;
	u32 i;

	for (i = 0; i < index->nr; i++) {
		struct rp_entry *e = &index->entry[i];
		u64 page = le64_to_cpu(d[i].page);
		u64 block = le64_to_cpu(d[i].block);

		if (page >= nr_pages || d[i].plane >= RP_NR_PLANES ||
		    block >= md->space.nr || (block && block < first))
			goto bad;
		e->where = rp_where(page, d[i].plane);
		e->block = block;
		e->csum = le32_to_cpu(d[i].csum);
		if (i && e->where <= e[-1].where)
			goto bad;
		iv->nr_blocks += block != 0;
	}
	return 0;
bad:
	rp_why(why, "interval %llu: entry %u of its index is impossible",
	       (unsigned long long)iv->end, i);
	return -EUCLEAN;
}

int rp_interval_decode(struct rp_md *md, struct rp_record *rec,
		       const void *data, struct rp_index **ip,
		       struct rp_why *why)
{
	const struct rp_interval_disk *d = data;
	struct rp_interval *iv = rec->iv;
	struct rp_interval head = { };
	struct rp_index *index;
	size_t want;
	int err;

	if (rec->length < sizeof(*d)) {
		rp_why(why, "an interval of %u bytes", rec->length);
		return -EUCLEAN;
	}
	head.start = le64_to_cpu(d->start_seq);
	head.end = le64_to_cpu(d->end_seq);
	head.time = le64_to_cpu(d->time);
	head.sectors = le64_to_cpu(d->sectors);
	head.flags = le32_to_cpu(d->flags);
	head.nr = le32_to_cpu(d->nr_pages);
	head.disk = *d;
	want = sizeof(*d) + (size_t)head.nr * sizeof(struct rp_interval_page_disk);
	if (want != rec->length || head.start >= head.end || !head.sectors ||
	    head.sectors > RP_SECTORS_MAX || (head.flags & ~RP_INTERVAL_OPEN)) {
		rp_why(why, "interval %llu: impossible values",
		       (unsigned long long)head.end);
		return -EUCLEAN;
	}

	index = rp_zalloc(sizeof(*index) + (size_t)head.nr * sizeof(*index->entry));
	if (!index)
		return -ENOMEM;
	index->refs = 1;
	index->nr = head.nr;
	err = decode_entries(md, &head, rp_sectors_pages(&md->geo, head.sectors),
			     data + sizeof(*d), index, why);
	if (!err && iv && memcmp(&iv->disk, d, sizeof(*d)))
		err = -EUCLEAN;
	if (!err && !iv) {
		iv = rp_zalloc(sizeof(*iv));
		if (iv) {
			*iv = head;
			iv->rec = rec;
			INIT_LIST_HEAD(&iv->lru);
			rec->iv = iv;
		} else {
			err = -ENOMEM;
		}
	}
	if (err) {
		rp_free(index);
		return err;
	}
	*ip = index;
	return 0;
}

void *rp_interval_encode(const struct rp_interval *iv,
			 const struct rp_index *index)
{
	struct rp_interval_page_disk *d;
	void *data = rp_zalloc(sizeof(iv->disk) + (size_t)index->nr * sizeof(*d));
	u32 i;

	if (!data)
		return NULL;
	memcpy(data, &iv->disk, sizeof(iv->disk));
	d = data + sizeof(iv->disk);
	for (i = 0; i < index->nr; i++) {
		const struct rp_entry *e = &index->entry[i];

		d[i].page = cpu_to_le64(e->where >> 2);
		d[i].plane = e->where & 3;
		d[i].block = cpu_to_le64(e->block);
		d[i].csum = cpu_to_le32(e->csum);
	}
	return data;
}

/* --- the cache --- */

struct rp_index *rp_index_ref(struct rp_md *md, struct rp_index *index)
{
	rp_lock(&md->lock);
	index->refs++;
	rp_unlock(&md->lock);
	return index;
}

void rp_index_put(struct rp_md *md, struct rp_index *index)
{
	bool last;

	if (!index)
		return;
	rp_lock(&md->lock);
	last = !--index->refs;
	rp_unlock(&md->lock);
	if (last)
		rp_free(index);
}

void rp_index_cache(struct rp_md *md, struct rp_interval *iv,
		    struct rp_index *index)
{
	struct rp_index *out;

	rp_lock(&md->lock);
	if (!iv->index) {
		iv->index = index;
		index->refs++;
		md->nr_cached += index->nr;
		list_add(&iv->lru, &md->lru);
	}
	rp_unlock(&md->lock);

	/* One at a time: freeing is not for under the lock. */
	do {
		out = NULL;
		rp_lock(&md->lock);
		if (md->nr_cached > RP_CACHE_ENTRIES) {
			iv = list_last_entry(&md->lru, struct rp_interval, lru);
			out = iv->index;
			iv->index = NULL;
			list_del_init(&iv->lru);
			md->nr_cached -= out->nr;
		}
		rp_unlock(&md->lock);
		rp_index_put(md, out);
	} while (out);
}

static struct rp_index *index_cached(struct rp_md *md, struct rp_interval *iv)
{
	struct rp_index *index;

	rp_lock(&md->lock);
	index = iv->index;
	if (index) {
		index->refs++;
		list_move(&iv->lru, &md->lru);
	}
	rp_unlock(&md->lock);
	return index;
}

int rp_index_get(struct rp_md *md, struct rp_interval *iv, struct rp_index **ip)
{
	struct rp_batch *b;
	void *data;
	int err = -ENOMEM;

	*ip = index_cached(md, iv);
	if (*ip)
		return 0;

	b = rp_zalloc(sizeof(*b));
	data = rp_zalloc(iv->rec->length);
	if (!b || !data || rp_batch_init(b, md, RP_READ_BATCH))
		goto out;
	err = rp_record_read(b, iv->rec, 0, false, data, NULL);
	if (!err)
		err = rp_interval_decode(md, iv->rec, data, ip, NULL);
	if (!err)
		rp_index_cache(md, iv, *ip);
	rp_batch_exit(b);
out:
	rp_free(data);
	rp_free(b);
	return err;
}

u32 rp_index_find(const struct rp_index *index, u32 page)
{
	u32 lo = 0, hi = index->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (index->entry[mid].where < rp_where(page, 0))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* --- pages --- */

/* Bits on disk are little endian, whatever the machine. */
static void page_to_cpu(unsigned long *page)
{
	unsigned int i;

	BUILD_BUG_ON(sizeof(long) != sizeof(u64));
	for (i = 0; i < RP_BLOCK_SIZE / sizeof(long); i++)
		page[i] = le64_to_cpu((__force __le64)page[i]);
}

int rp_entries_read(struct rp_batch *b, const struct rp_entry *e,
		    unsigned int nr, const unsigned long *plane[RP_NR_PLANES])
{
	u32 block[RP_NR_PLANES];
	unsigned int i, n = 0;
	int err;

	memset(plane, 0, RP_NR_PLANES * sizeof(*plane));
	if (nr > RP_NR_PLANES)
		return -EUCLEAN;
	for (i = 0; i < nr; i++)
		if (e[i].block)
			block[n++] = e[i].block;
	err = n ? rp_batch_read(b, block, n) : 0;
	if (err)
		return err;
	for (i = 0, n = 0; i < nr; i++) {
		unsigned long *page = RP_PAGE_FULL;

		if (e[i].block) {
			page = b->vec[n++].data;
			if (rp_page_csum(page) != e[i].csum)
				return -EUCLEAN;
			page_to_cpu(page);
		}
		plane[e[i].where & 3] = page;
	}
	return 0;
}

/* One page of an interval into @t: what @t has already stands where @later. */
static int load_page(struct rp_tracker *t, u32 page, bool to_written, bool later,
		     struct rp_page_kinds *k)
{
	unsigned int i, p, q;
	int err = 0;

	if (later) {
		for (p = 0; p < RP_NR_PLANES; p++) {
			const unsigned long *has = rp_tracker_page(t, p,
								   rp_page(page));

			if (!has)
				continue;
			if (has == RP_PAGE_FULL)
				return 0;
			for (q = 0; q < RP_NR_PLANES; q++)
				for (i = 0; i < RP_PAGE_LONGS; i++)
					k->plane[q][i] &= ~READ_ONCE(has[i]);
		}
	}
	for (p = 0; p < RP_NR_PLANES && !err; p++)
		if (memchr_inv(k->plane[p], 0, RP_BLOCK_SIZE))
			err = rp_tracker_load(t, to_written ? RP_PLANE_WRITTEN : p,
					      rp_page(page), k->plane[p]);
	return err;
}

/* An all-ones page of one plane, which the tracker need not spell out. */
static bool load_whole(const struct rp_entry *e, u32 n, u32 page,
		       const struct rp_tracker *t, u64 nr_granules)
{
	unsigned int p;

	if (n != 1 || e->block ||
	    ((u64)page + 1) << RP_PAGE_BITS_SHIFT > nr_granules)
		return false;
	for (p = 0; p < RP_NR_PLANES; p++)
		if (rp_tracker_page(t, p, rp_page(page)))
			return false;
	return true;
}

int rp_interval_load(struct rp_md *md, struct rp_interval *iv,
		     struct rp_tracker *t, bool to_written, bool later)
{
	const unsigned long *plane[RP_NR_PLANES];
	struct rp_page_kinds *k = rp_zalloc(sizeof(*k));
	struct rp_batch *b = rp_zalloc(sizeof(*b));
	struct rp_index *index = NULL;
	struct rp_geometry geo;
	u32 at, n;
	int err = -ENOMEM;

	if (!k || !b || rp_batch_init(b, md, RP_NR_PLANES))
		goto out;
	rp_geometry_init(&geo, iv->sectors, md->geo.granule_shift,
			 md->geo.region_shift);
	err = rp_index_get(md, iv, &index);
	for (at = 0; !err && at < index->nr; at += n) {
		const struct rp_entry *e = &index->entry[at];
		u32 page = e->where >> 2;

		for (n = 1; at + n < index->nr && e[n].where >> 2 == page; n++)
			;
		if (load_whole(e, n, page, t, geo.nr_granules)) {
			err = rp_tracker_load(t, to_written ? RP_PLANE_WRITTEN :
							      e->where & 3,
					      rp_page(page), RP_PAGE_FULL);
			continue;
		}
		err = rp_entries_read(b, e, n, plane);
		if (err)
			break;
		memset(k, 0, sizeof(*k));
		rp_page_kinds_lay(k, plane);
		rp_page_kinds_clip(k, page, geo.nr_granules);
		err = load_page(t, page, to_written, later, k);
	}
	rp_index_put(md, index);
	rp_batch_exit(b);
out:
	rp_free(b);
	rp_free(k);
	return err;
}
