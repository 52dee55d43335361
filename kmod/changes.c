// SPDX-License-Identifier: GPL-2.0-only
/*
 * changes.c - GetChanges: what was written between two boundaries of a volume
 */
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "changes_work.h"
#include "handle.h"

#define RP_CHANGES_PAGES	64U	/* of bits, read for one request (I12) */
#define RP_CHANGES_MS		200U	/* likewise */
#define RP_CHANGES_SETTLE_MS	5000U
#define RP_CHANGES_UNIT_MAX	(1ULL << 30)

static int rp_changes_check_range(struct rp_changes *c)
{
	const struct rp_changes_request *req = c->req;
	u64 capacity = c->lease->capacity_to;
	u8 shift = c->vol->geo.granule_shift;

	c->unit_shift = shift;
	if (req->granularity) {
		if (!is_power_of_2(req->granularity) ||
		    req->granularity < 1ULL << shift ||
		    req->granularity > RP_CHANGES_UNIT_MAX)
			return rp_changes_refuse(c, REFPOINT_RV_INVALID_PARAMETER,
						 REFPOINT_REASON_OUT_OF_RANGE,
						 "granularity %llu is not a power of two from %llu to %llu",
						 req->granularity, 1ULL << shift,
						 RP_CHANGES_UNIT_MAX);
		c->unit_shift = ilog2(req->granularity);
	}
	if (req->start > capacity ||
	    (req->has_length && req->length > capacity - req->start))
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_PARAMETER,
					 REFPOINT_REASON_OUT_OF_RANGE,
					 "the range does not lie within the volume's %llu bytes",
					 capacity);
	c->end = req->has_length ? req->start + req->length : capacity;
	return 0;
}

/* Is the page beyond the last unit asked for? */
static bool rp_changes_beyond(struct rp_changes *c, rp_page_t page)
{
	u64 last = (c->end - 1) | ((1ULL << c->unit_shift) - 1);

	return rp_page_nr(page) >
	       last >> (c->vol->geo.granule_shift + RP_PAGE_BITS_SHIFT);
}

static int rp_changes_feed(struct rp_changes *c, struct rp_extents *x)
{
	unsigned long until = jiffies + msecs_to_jiffies(RP_CHANGES_MS);
	rp_page_t page = rp_extents_page(x);
	unsigned int pages = 0;
	bool found;
	int err;

	while (rp_extents_want(x)) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		err = rp_changes_next_page(c, &page, &found);
		if (err)
			return err;
		if (!found || rp_changes_beyond(c, page)) {
			rp_extents_finish(x);
			break;
		}
		err = rp_changes_read_page(c, page);
		if (err)
			return err;
		rp_extents_add(x, page, &c->kinds);
		page = rp_page(rp_page_nr(page) + 1);
		/* A unit may be longer than a page of bits: do not end in it. */
		if (x->pos > x->start && (++pages >= RP_CHANGES_PAGES ||
					  time_after(jiffies, until)))
			break;
	}
	return 0;
}

static int rp_changes_fill(struct rp_changes *c, struct rp_changes_reply *reply)
{
	const struct rp_changes_request *req = c->req;
	struct rp_lease *lease = c->lease;
	struct rp_extents_params params = {
		.granule_shift = c->vol->geo.granule_shift,
		.unit_shift = c->unit_shift,
		.capacity = lease->capacity_to,
		.start = req->start,
		.length = c->end - req->start,
		.grown_from = U64_MAX,
		.out = (struct rp_extent *)reply->extents,
		.max = min(req->max_extents, RP_CHANGES_PAGE_EXTENTS),
	};
	unsigned int tries = RP_CHANGES_TRIES;
	struct rp_extents x;
	bool grown;
	int err;

	BUILD_BUG_ON(sizeof(struct rp_extent) != sizeof(struct refpoint_extent));

	if (c->all)
		params.grown_from = 0;
	else if (lease->capacity_to > lease->capacity_from)
		params.grown_from = lease->capacity_from;

	/*
	 * A gap may open while bits are read. It is in the volume's list before
	 * the first untracked write passes, so the list is read after the bits
	 * too, and the page made anew if it has changed.
	 */
	err = rp_changes_read_gaps(c, &grown);
	if (err)
		return err;
	do {
		if (!tries--)
			return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
						 REFPOINT_REASON_BUSY,
						 "tracking is being lost at this moment");
		params.unknown = c->all ? NULL : c->gaps;
		params.nr_unknown = c->all ? 0 : c->nr_gaps;
		err = rp_extents_init(&x, &params);
		if (!err)
			err = rp_changes_feed(c, &x);
		if (!err)
			err = rp_changes_read_gaps(c, &grown);
		if (err)
			return err;
	} while (grown);

	reply->nr_extents = x.nr;
	reply->processed = x.pos - x.start;
	reply->next_start = x.pos;
	reply->complete = x.pos == x.end;
	return 0;
}

static int rp_changes_answer(struct rp_changes *c, struct rp_changes_reply *reply)
{
	struct rp_lease *lease = c->lease;
	unsigned long deadline = jiffies + msecs_to_jiffies(RP_CHANGES_SETTLE_MS);
	int err;

	rp_md_get_info(c->vol->md, &c->info);
	if (!lease->resolved)
		err = rp_changes_resolve(c);
	else if (memcmp(lease->generation, c->info.generation, 16))
		err = rp_changes_generation_ended(c);
	else
		err = 0;
	if (!err)
		err = rp_changes_check_range(c);
	if (err)
		return err;

	/*
	 * I5: a write in flight at "from" and not ended yet has no mark after
	 * it. An interval that is closed has all of its marks, since a cut waits
	 * for the writes in flight at the one before it.
	 */
	if (c->now && rp_volume_settle(c->vol, deadline))
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_BUSY,
					 "a write admitted before the last cut has not ended yet");

	if (c->now || rp_seq_nr(lease->from) != rp_seq_nr(lease->to)) {
		err = rp_changes_fill(c, reply);
		if (err)
			return err;
	} else {
		reply->processed = c->end - c->req->start;
		reply->next_start = c->end;
		reply->complete = true;
	}

	memcpy(reply->generation, lease->generation, 16);
	reply->has_capacity_from = !c->all;
	reply->capacity_from = lease->capacity_from;
	reply->capacity_to = lease->capacity_to;
	if (!c->all)
		rp_handle_format(reply->from_handle, &c->vol->uuid,
				 lease->generation, lease->from);
	if (!c->now)
		rp_handle_format(reply->to_handle, &c->vol->uuid,
				 lease->generation, lease->to);
	return 0;
}

static int rp_changes_run(struct rp_changes *c, struct rp_changes_reply *reply)
{
	int err;

	reply->extents = kvcalloc(RP_CHANGES_PAGE_EXTENTS,
				  sizeof(*reply->extents), GFP_KERNEL);
	c->lease = rp_lease_begin(c->req);
	if (!reply->extents || !c->lease)
		err = -ENOMEM;
	else
		err = rp_changes_answer(c, reply);

	if (c->lease && !err && !reply->complete)
		reply->lease = rp_lease_keep(c->lease);
	else if (c->lease)
		rp_lease_end(c->lease);
	if (err) {
		kvfree(reply->extents);
		reply->extents = NULL;
	}
	return err == RP_REFUSED ? 0 : err;
}

int rp_changes_get(const struct rp_changes_request *req,
		   struct rp_changes_reply *reply, struct rp_result *res)
{
	struct rp_changes *c;
	unsigned int noio;
	int err;

	memset(reply, 0, sizeof(*reply));
	rp_result_done(res);
	c = kvzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->req = req;
	c->res = res;
	c->vol = req->vol;
	c->all = req->from.type == RP_END_ALL;
	c->now = req->to.type == RP_END_NOW;

	err = rp_volume_enter(req->vol, false);
	if (err) {
		err = rp_volume_refuse(req->vol, err, res);
	} else {
		/* A suspend waits for us: wait for no write to this volume. */
		noio = memalloc_noio_save();
		err = rp_changes_run(c, reply);
		memalloc_noio_restore(noio);
		rp_volume_exit(req->vol);
	}
	kvfree(c->gaps);
	kvfree(c);
	return err;
}
