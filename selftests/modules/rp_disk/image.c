// SPDX-License-Identifier: GPL-2.0-only
/*
 * image.c - what a disk holds, now and for good, and its cache
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "rp_disk.h"

#define SECTORS		(PAGE_SIZE >> SECTOR_SHIFT)
/* Beyond that the oldest are written back, as a real cache does. */
#define CACHE_MAX	4096

/**
 * struct rp_block - a page of the disk
 * @clock: by sector, of the write that is durable there: no older one may come
 *	after it
 * @now: what is read
 * @durable: what is left after a power cut
 */
struct rp_block {
	u64 clock[SECTORS];
	u8 *now;
	u8 *durable;
};

static void block_free(struct rp_block *b)
{
	if (!b)
		return;
	free_page((unsigned long)b->now);
	free_page((unsigned long)b->durable);
	kfree(b);
}

static struct rp_block *block_make(struct rp_disk *d, unsigned long index)
{
	struct rp_block *b = xa_load(&d->blocks, index);

	if (b)
		return b;
	b = kzalloc(sizeof(*b), GFP_NOIO);
	if (!b)
		return NULL;
	b->now = (u8 *)get_zeroed_page(GFP_NOIO);
	b->durable = (u8 *)get_zeroed_page(GFP_NOIO);
	if (!b->now || !b->durable ||
	    xa_err(xa_store(&d->blocks, index, b, GFP_NOIO))) {
		block_free(b);
		return NULL;
	}
	return b;
}

static unsigned int offset_of(sector_t s)
{
	return (s % SECTORS) << SECTOR_SHIFT;
}

void rp_image_init(struct rp_disk *d)
{
	xa_init(&d->blocks);
	INIT_LIST_HEAD(&d->cache);
}

static void entry_free(struct rp_disk *d, struct rp_entry *e)
{
	list_del(&e->node);
	d->nr_cache--;
	kvfree(e);
}

void rp_image_free(struct rp_disk *d)
{
	struct rp_entry *e, *tmp;
	struct rp_block *b;
	unsigned long i;

	list_for_each_entry_safe(e, tmp, &d->cache, node)
		entry_free(d, e);
	xa_for_each(&d->blocks, i, b)
		block_free(b);
	xa_destroy(&d->blocks);
}

int rp_image_read(struct rp_disk *d, struct bio *bio)
{
	sector_t s = bio->bi_iter.bi_sector;
	struct bvec_iter iter;
	struct bio_vec bv;
	unsigned int i;

	bio_for_each_segment(bv, bio, iter) {
		u8 *to = bvec_kmap_local(&bv);

		for (i = 0; i < bv.bv_len; i += SECTOR_SIZE, s++) {
			struct rp_block *b = xa_load(&d->blocks, s / SECTORS);

			if (b)
				memcpy(to + i, b->now + offset_of(s), SECTOR_SIZE);
			else
				memset(to + i, 0, SECTOR_SIZE);
		}
		kunmap_local(to);
	}
	return 0;
}

static struct rp_entry *entry_make(struct bio *bio)
{
	bool data = bio_op(bio) == REQ_OP_WRITE;
	struct rp_entry *e;
	struct bvec_iter iter;
	struct bio_vec bv;
	u8 *to;

	e = kvmalloc(sizeof(*e) + (data ? bio->bi_iter.bi_size : 0), GFP_NOIO);
	if (!e)
		return NULL;
	e->clock = atomic64_inc_return(&rp_clock);
	e->sector = bio->bi_iter.bi_sector;
	e->nr = bio_sectors(bio);
	e->data_follows = data;
	to = e->data;
	if (data) {
		bio_for_each_segment(bv, bio, iter) {
			memcpy_from_bvec(to, &bv);
			to += bv.bv_len;
		}
	}
	return e;
}

static void put_sector(u8 *to, const struct rp_entry *e, unsigned int i)
{
	if (e->data_follows)
		memcpy(to, e->data + (i << SECTOR_SHIFT), SECTOR_SIZE);
	else
		memset(to, 0, SECTOR_SIZE);
}

static void entry_settle(struct rp_disk *d, const struct rp_entry *e)
{
	unsigned int i;

	for (i = 0; i < e->nr; i++) {
		sector_t s = e->sector + i;
		struct rp_block *b = xa_load(&d->blocks, s / SECTORS);

		if (e->clock <= b->clock[s % SECTORS])
			continue;
		put_sector(b->durable + offset_of(s), e, i);
		b->clock[s % SECTORS] = e->clock;
	}
}

/* All blocks first: afterwards nothing can fail. */
static int make_room(struct rp_disk *d, struct bio *bio)
{
	unsigned long i, last = (bio_end_sector(bio) - 1) / SECTORS;

	for (i = bio->bi_iter.bi_sector / SECTORS; i <= last; i++)
		if (!block_make(d, i))
			return -ENOMEM;
	return 0;
}

static struct rp_entry *entry_add(struct rp_disk *d, struct bio *bio)
{
	struct rp_entry *e;

	if (make_room(d, bio))
		return NULL;
	e = entry_make(bio);
	if (!e)
		return NULL;
	list_add_tail(&e->node, &d->cache);
	d->nr_cache++;
	return e;
}

int rp_image_write(struct rp_disk *d, struct bio *bio, bool durable)
{
	struct rp_entry *e = entry_add(d, bio);
	unsigned int i;

	if (!e)
		return -ENOMEM;
	for (i = 0; i < e->nr; i++) {
		struct rp_block *b = xa_load(&d->blocks,
					     (e->sector + i) / SECTORS);

		put_sector(b->now + offset_of(e->sector + i), e, i);
	}
	if (rp_power != RP_POWER_ON)
		return 0;
	if (durable) {
		entry_settle(d, e);
		entry_free(d, e);
	}
	while (d->nr_cache > CACHE_MAX) {
		e = list_first_entry(&d->cache, struct rp_entry, node);
		entry_settle(d, e);
		entry_free(d, e);
	}
	return 0;
}

void rp_image_flush(struct rp_disk *d, u64 clock)
{
	struct rp_entry *e, *tmp;

	if (rp_power != RP_POWER_ON)
		return;
	list_for_each_entry_safe(e, tmp, &d->cache, node) {
		if (e->clock > clock)
			break;
		entry_settle(d, e);
		entry_free(d, e);
	}
}

int rp_image_in_flight(struct rp_disk *d, struct bio *bio)
{
	return entry_add(d, bio) ? 0 : -ENOMEM;
}

void rp_image_survive(struct rp_disk *d, const struct rp_entry *e, unsigned int i)
{
	sector_t s = e->sector + i;
	struct rp_block *b = xa_load(&d->blocks, s / SECTORS);

	if (e->clock > b->clock[s % SECTORS])
		put_sector(b->durable + offset_of(s), e, i);
}

void rp_image_restart(struct rp_disk *d)
{
	struct rp_entry *e, *tmp;
	unsigned int i;

	/* Only where something was in the cache do the two differ. */
	list_for_each_entry_safe(e, tmp, &d->cache, node) {
		for (i = 0; i < e->nr; i++) {
			sector_t s = e->sector + i;
			struct rp_block *b = xa_load(&d->blocks, s / SECTORS);

			memcpy(b->now + offset_of(s), b->durable + offset_of(s),
			       SECTOR_SIZE);
		}
		entry_free(d, e);
	}
}
