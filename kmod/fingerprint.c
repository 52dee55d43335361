// SPDX-License-Identifier: GPL-2.0-only
/*
 * fingerprint.c - has the origin been written behind the target's back? (I11)
 *
 * Deactivation takes a fingerprint when all writes have ended and the origin's cache
 * is flushed, and makes it durable with the commit that says "clean". Activation
 * looks at the same places before it lets a write in. After an unclean stop the
 * places that were written since are left out: those that the open interval has a
 * mark for, armed regions included, and every interval closed since. Activation
 * keeps what it has read as the next fingerprint.
 *
 * The look is short, all places at once; it waits for the origin, as every read of
 * the volume does. What cannot be read is not compared.
 */
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/device-mapper.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "blockdev.h"
#include "compat/compat.h"
#include "fingerprint.h"
#include "gap.h"

struct look {
	atomic_t pending;
	struct completion done;
};

/* One place being read. */
struct look_place {
	struct look *look;
	void *page;
	bool good;
};

static void look_put(struct look *look)
{
	if (atomic_dec_and_test(&look->pending))
		complete(&look->done);
}

static void look_end(unsigned long error, void *context)
{
	struct look_place *p = context;

	p->good = !error;
	look_put(p->look);
}

static void look_at(struct rp_volume *vol, struct look_place *p, u64 sector)
{
	struct dm_io_request req = {
		.bi_opf = REQ_OP_READ,
		.mem.type = DM_IO_KMEM,
		.mem.ptr.addr = p->page,
		.notify.fn = look_end,
		.notify.context = p,
		.client = vol->bd->client,
	};
	struct dm_io_region where = {
		.bdev = vol->origin.dev->bdev,
		.sector = sector,
		.count = RP_PRINT_SECTORS,
	};

	atomic_inc(&p->look->pending);
	if (rp_dm_io(&req, 1, &where, NULL))
		look_end(1, p);
}

/*
 * Fill in print->sum for its seed; what cannot be read stays 0. Return: 0 or, with
 * no place looked at, -ENOMEM.
 */
static int take(struct rp_volume *vol, struct rp_print *print, u64 sectors)
{
	u64 end = bdev_nr_sectors(vol->origin.dev->bdev);
	struct look_place *place;
	struct look look;
	unsigned int i;
	u64 sector;

	memset(print->sum, 0, sizeof(print->sum));
	place = kcalloc(RP_PRINT_PLACES, sizeof(*place), GFP_NOIO);
	if (!place)
		return -ENOMEM;
	atomic_set(&look.pending, 1);
	init_completion(&look.done);
	for (i = 0; i < RP_PRINT_PLACES; i++) {
		if (!rp_print_place(sectors, print->seed, i, &sector) ||
		    sector + RP_PRINT_SECTORS > end)
			continue;
		place[i].look = &look;
		place[i].page = (void *)__get_free_page(GFP_NOIO | __GFP_NORETRY |
							__GFP_NOWARN);
		if (place[i].page)
			look_at(vol, &place[i], sector);
	}
	look_put(&look);
	wait_for_completion_io(&look.done);
	for (i = 0; i < RP_PRINT_PLACES; i++) {
		if (place[i].good)
			print->sum[i] = rp_print_sum(place[i].page);
		free_page((unsigned long)place[i].page);
	}
	kfree(place);
	return 0;
}

static u64 new_seed(void)
{
	return get_random_u64() | 1;
}

/* Only what a power cut cannot take back may be compared after it. */
static void flush_or_forget(struct rp_volume *vol)
{
	if (rp_origin_flush(&vol->origin, rp_origin_failed(&vol->origin)))
		vol->print.seed = 0;
}

void rp_fingerprint_take(struct rp_volume *vol)
{
	struct rp_md_info info;

	/* I7: the origin may be what does not answer. */
	if (vol->noflush) {
		vol->print.seed = 0;
		return;
	}
	rp_md_get_info(vol->md, &info);
	vol->print.seed = new_seed();
	vol->print.seq = rp_seq_nr(info.open_seq);
	if (take(vol, &vol->print, vol->geo.sectors)) {
		/* A fingerprint of nothing would match whatever is there then. */
		DMWARN("%pUb: no memory for a fingerprint: the next activation does not notice what is written past the target",
		       &vol->uuid);
		vol->print.seed = 0;
		return;
	}
	flush_or_forget(vol);
}

struct since {
	struct rp_md *md;
	struct rp_tracker *t;
	u64 seq;
};

static int add_interval(const u8 id[16], const void *data, size_t len, void *arg)
{
	const struct rp_interval_disk *d = data;
	struct since *s = arg;

	if (le32_to_cpu(d->flags) & RP_INTERVAL_OPEN ||
	    le64_to_cpu(d->end_seq) < s->seq)
		return 0;
	return rp_md_load_interval(s->md, rp_seq(le64_to_cpu(d->end_seq)), s->t);
}

/* All that may have been written through the volume since @was was taken. */
static int written_since(struct rp_volume *vol, const struct rp_print *was,
			 const struct rp_tracker *t, struct rp_tracker **sincep)
{
	struct since s = { .md = vol->md, .seq = was->seq };
	int r;

	s.t = rp_tracker_alloc(&vol->geo);
	if (!s.t)
		return -ENOMEM;
	rp_tracker_absorb_written(s.t, t);
	r = rp_md_for_each_record(vol->md, RP_RECORD_INTERVAL, add_interval, &s);
	if (r)
		rp_tracker_free(s.t);
	else
		*sincep = s.t;
	return r;
}

/*
 * Where the last word through the volume was a discard, content is undefined, and may
 * be another with each look. Asked for what differs only: it reads a page of bits of
 * every interval. What cannot be read excuses nothing.
 */
static bool discarded(struct rp_volume *vol, struct rp_md_query *q,
		      const struct rp_tracker *t, struct rp_page_kinds *k, u64 sector)
{
	rp_granule_t g = rp_sector_granule(&vol->geo, sector);
	u64 nr = rp_granule_nr(g);
	unsigned int bit = nr % RP_PAGE_BITS;

	/* The open interval's kinds are believed if they were durable (I13). */
	if (nr < t->nr_granules && rp_tracker_kind(t, g))
		return rp_tracker_kind(t, g) == RP_KIND_DISCARDED;
	if (rp_md_query_page(q, rp_page(nr >> RP_PAGE_BITS_SHIFT), k))
		return false;
	return test_bit(bit, k->plane[RP_PLANE_DISCARDED]);
}

/* Leave out of @was what differs and had been discarded. */
static void excuse_discarded(struct rp_volume *vol, const struct rp_md_info *info,
			     const struct rp_tracker *t, struct rp_print *was)
{
	struct rp_page_kinds *k = kmalloc(sizeof(*k), GFP_NOIO);
	rp_seq_t from = rp_seq(rp_seq_nr(info->first_seq) - 1);
	struct rp_md_query *q;
	unsigned int i;
	u64 sector;

	if (!k || rp_md_query_open(vol->md, from, info->newest, &q))
		goto out;
	for (i = 0; i < RP_PRINT_PLACES; i++)
		if (was->sum[i] && vol->print.sum[i] &&
		    was->sum[i] != vol->print.sum[i] &&
		    rp_print_place(info->geo.sectors, was->seed, i, &sector) &&
		    discarded(vol, q, t, k, sector))
			was->sum[i] = 0;
	rp_md_query_close(q);
out:
	kfree(k);
}

static void tell(struct rp_volume *vol, const struct rp_print_diff *diff)
{
	struct rp_gap *gap = &vol->bypass;

	gap->length = rp_volume_capacity(vol);
	gap->time = rp_time_now();
	gap->reason = REFPOINT_GAP_BYPASS;
	snprintf(gap->text, sizeof(gap->text),
		 "written past the target: %u of %u places looked at differ, the first at byte %llu",
		 diff->differ, diff->compared, diff->sector << SECTOR_SHIFT);
	DMWARN("%pUb: %s; a gap is recorded", &vol->uuid, gap->text);
}

int rp_fingerprint_check(struct rp_volume *vol, const struct rp_md_info *info,
			 const struct rp_tracker *t)
{
	struct rp_print *is = &vol->print, was;
	struct rp_tracker *since = NULL;
	struct rp_print_diff diff;
	int r;

	memset(&vol->bypass, 0, sizeof(vol->bypass));
	rp_md_get_print(vol->md, &was);
	is->seed = was.seed ? was.seed : new_seed();
	is->seq = rp_seq_nr(info->open_seq);
	/* I11: not to look would be to miss it; the resume can be repeated. */
	r = take(vol, is, info->geo.sectors);
	if (r)
		return r;
	if (was.seed) {
		if (!info->clean || info->one_copy) {
			r = written_since(vol, &was, t, &since);
			if (r == -ENOMEM)
				return r;
			if (r) {
				DMWARN("%pUb: what was written since cannot be read (%d): the origin is not compared",
				       &vol->uuid, r);
				was.seed = 0;
			}
		}
		rp_print_compare(&was, is, &vol->geo, info->geo.sectors, since,
				 &diff);
		if (diff.differ) {
			excuse_discarded(vol, info, t, &was);
			rp_print_compare(&was, is, &vol->geo, info->geo.sectors,
					 since, &diff);
		}
		rp_tracker_free(since);
		if (diff.differ)
			tell(vol, &diff);
	}
	/* Its places are those of the old length. */
	if (vol->geo.sectors != info->geo.sectors)
		is->seed = 0;
	if (!vol->read_only)
		flush_or_forget(vol);
	return 0;
}

int rp_fingerprint_stage(struct rp_volume *vol, struct list_head *staged)
{
	struct rp_gap *gap = &vol->bypass;
	struct rp_md_info info;

	lockdep_assert_held(&vol->md_mutex);
	rp_md_stage_print(vol->md, &vol->print);
	if (!gap->length)
		return 0;
	rp_md_get_info(vol->md, &info);
	gap->seq = info.open_seq;
	generate_random_uuid(gap->id);
	return rp_gap_stage(vol, gap, staged);
}
