// SPDX-License-Identifier: GPL-2.0-only
/*
 * gap.c - what was not tracked (I6)
 *
 * A failed volume lets everything pass. Its gap begins in the interval that was
 * open at that moment and has no end until the volume is activated anew: a
 * query that reaches into it or beyond sees it. Whether a cut was under way just
 * then does not matter for that reason.
 */
#include <linux/device-mapper.h>
#include <linux/slab.h>

#include "arm.h"
#include "event.h"
#include "gap.h"
#include "witness.h"
#include "workqueue.h"

/* A metadata device that takes no record within this time is not waited for. */
#define WITNESS_DELAY	(2 * HZ)

static struct rp_volume_gap *add_gap(struct rp_volume *vol,
				     const struct rp_gap *gap, gfp_t gfp)
{
	struct rp_volume_gap *g = kzalloc(sizeof(*g), gfp);

	if (!g)
		return NULL;
	g->gap = *gap;
	spin_lock(&vol->lock);
	list_add_tail(&g->node, &vol->gaps);
	vol->nr_gaps++;
	spin_unlock(&vol->lock);
	return g;
}

static void open_fail_gap(struct rp_volume *vol)
{
	lockdep_assert_held(&vol->lock);
	vol->fail_gap->open = true;
	list_add_tail(&vol->fail_gap->node, &vol->gaps);
	vol->nr_gaps++;
}

/*
 * I6: the record may hang, or not even be begun for those of others that do, and
 * the host may go down meanwhile.
 */
static void queue_gap(struct rp_volume *vol)
{
	queue_delayed_work(rp_word_wq, &vol->witness_work, WITNESS_DELAY);
	queue_work(rp_md_wq, &vol->fail_work);
}

void rp_volume_fail(struct rp_volume *vol, u32 reason, const char *text)
{
	struct rp_volume_gap *g = vol->fail_gap;

	spin_lock(&vol->lock);
	if (vol->state != REFPOINT_VOLUME_ACTIVE &&
	    vol->state != REFPOINT_VOLUME_HELD) {
		bool stale = reason == REFPOINT_GAP_STALE && !g->open &&
			     vol->state == REFPOINT_VOLUME_FAILED;

		/* It has stopped without a gap, and is known to need one now. */
		if (stale) {
			g->gap.reason = reason;
			open_fail_gap(vol);
		}
		spin_unlock(&vol->lock);
		if (stale)
			queue_gap(vol);
		return;
	}
	WRITE_ONCE(vol->state, REFPOINT_VOLUME_FAILED);
	vol->held = 0;
	/* Allocated with the volume: failing must not fail. */
	memset(g, 0, sizeof(*g));
	g->fixed = true;
	generate_random_uuid(g->gap.id);
	g->gap.start = 0;
	g->gap.length = rp_volume_capacity(vol);
	g->gap.time = rp_time_now();
	g->gap.seq = vol->info.open_seq;
	g->gap.reason = reason;
	strscpy(g->gap.text, text, sizeof(g->gap.text));
	/*
	 * Where writes stop nothing passes unmarked: what had been let in is marked,
	 * in regions whose records are durable (I2). A history that is wrong has its
	 * gap all the same.
	 */
	if (!vol->fail_stop || reason == REFPOINT_GAP_STALE)
		open_fail_gap(vol);
	spin_unlock(&vol->lock);

	/* Only now, so that no unmarked write precedes the gap in memory. */
	if (vol->fail_stop)
		rp_arm_stop(vol->arm);
	else
		rp_arm_bypass(vol->arm);
	queue_gap(vol);
}

int rp_gap_stage_failed(struct rp_volume *vol)
{
	struct rp_volume_gap *g = vol->fail_gap;
	struct rp_gap_disk disk;
	struct rp_md_info info;
	u64 seq;
	int r;

	lockdep_assert_held(&vol->md_mutex);
	rp_md_get_info(vol->md, &info);
	for (seq = rp_seq_nr(g->gap.seq); seq <= rp_seq_nr(info.open_seq); seq++) {
		struct rp_gap gap = g->gap;

		gap.seq = rp_seq(seq);
		if (seq != rp_seq_nr(g->gap.seq))
			generate_random_uuid(gap.id);
		rp_gap_encode(&gap, &disk);
		r = rp_md_stage_record(vol->md, RP_RECORD_GAP, gap.id, &disk,
				       sizeof(disk));
		if (r)
			return r;
	}
	rp_md_stage_failed(vol->md);
	return 0;
}

/* @cuts: how many cuts may have been on their way to the disk just then. */
static void tell_witnesses(struct rp_volume *vol, const struct rp_gap *gap,
			   unsigned int cuts)
{
	struct rp_witness w = {
		.first = gap->seq,
		.last = rp_seq(rp_seq_nr(gap->seq) + cuts),
		.time = gap->time,
		.reason = gap->reason,
	};

	export_uuid(w.volume, &vol->uuid);
	memcpy(w.id, gap->id, sizeof(w.id));
	strscpy(w.text, gap->text, sizeof(w.text));
	spin_lock(&vol->lock);
	memcpy(w.generation, vol->info.generation, sizeof(w.generation));
	w.incarnation = vol->info.incarnation;
	spin_unlock(&vol->lock);
	rp_witness_note(&w);
}

void rp_gap_degraded(struct rp_volume *vol, const char *text)
{
	struct rp_gap gap = {
		.time = rp_time_now(),
		.reason = REFPOINT_GAP_DEGRADED,
	};

	generate_random_uuid(gap.id);
	strscpy(gap.text, text, sizeof(gap.text));
	spin_lock(&vol->lock);
	gap.seq = vol->info.open_seq;
	spin_unlock(&vol->lock);
	/* A cut of the table before may be on the disk although it failed. */
	tell_witnesses(vol, &gap, 1);
}

/* The failed volume's own record is durable after all. */
void rp_gap_failed_durable(struct rp_volume *vol)
{
	spin_lock(&vol->lock);
	vol->fail_gap->durable = true;
	spin_unlock(&vol->lock);
	rp_witness_heard(vol);
}

void rp_gap_witness_work(struct work_struct *work)
{
	struct rp_volume *vol = container_of(to_delayed_work(work),
					     struct rp_volume, witness_work);
	bool open;

	/* What it was to say of others is for them to say: it may hang in it (I6). */
	rp_witness_excuse(vol);
	spin_lock(&vol->lock);
	open = vol->fail_gap->open;
	spin_unlock(&vol->lock);
	if (open && !rp_gap_known(vol, vol->fail_gap->gap.id))
		tell_witnesses(vol, &vol->fail_gap->gap, 1);
}

/* Tell, and try once to make the gap durable where it happened. */
void rp_gap_fail_work(struct work_struct *work)
{
	struct rp_volume *vol = container_of(work, struct rp_volume, fail_work);
	struct rp_volume_gap *g = vol->fail_gap;
	bool open;
	int r;

	spin_lock(&vol->lock);
	open = g->open;
	spin_unlock(&vol->lock);
	DMERR("%pUb: tracking failed: %s (metadata on %pg); %s", &vol->uuid,
	      g->gap.text, rp_volume_metadata(vol),
	      vol->fail_stop ? "writes fail" : "writes pass, a gap is open");
	/* Before what may hang. */
	rp_event_volume(vol, REFPOINT_EVENT_STATE_CHANGED, 0, g->gap.text);
	if (open)
		rp_event_volume(vol, REFPOINT_EVENT_GAP, g->gap.reason,
				g->gap.text);
	dm_table_event(vol->ti->table);
	if (!open)
		return;
	rp_volume_begin(vol);
	r = rp_gap_stage_failed(vol);
	if (r)
		rp_volume_abort(vol);
	else
		r = rp_volume_commit(vol, false);
	if (!r)
		rp_gap_failed_durable(vol);
	else
		mod_delayed_work(rp_word_wq, &vol->witness_work, 0);
}

u64 rp_gap_reach(struct rp_volume *vol, rp_seq_t first, rp_seq_t last)
{
	u64 reach = rp_volume_capacity(vol), sectors;
	rp_seq_t end = first;

	while (rp_md_next_boundary(vol->md, end, &end)) {
		if (!rp_md_boundary_sectors(vol->md, end, &sectors))
			reach = max(reach, sectors << SECTOR_SHIFT);
		if (rp_seq_nr(end) >= rp_seq_nr(last))
			break;
		end = rp_seq(rp_seq_nr(end) + 1);
	}
	return reach;
}

static int load_one(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct rp_volume *vol = arg;
	struct rp_volume_gap *g;
	struct rp_gap gap;
	int r;

	r = rp_gap_decode(id, data, len, &gap);
	if (r)
		return r;
	/* Under the metadata's short lock: no sleeping. */
	g = add_gap(vol, &gap, GFP_ATOMIC);
	if (!g)
		return -ENOMEM;
	g->durable = true;
	return 0;
}

int rp_gap_load(struct rp_volume *vol)
{
	return rp_md_for_each_record(vol->md, RP_RECORD_GAP, load_one, vol);
}

int rp_gap_stage(struct rp_volume *vol, const struct rp_gap *gap,
		 struct list_head *staged)
{
	struct rp_volume_gap *g;
	struct rp_gap_disk disk;
	int r;

	g = kzalloc(sizeof(*g), GFP_NOIO);
	if (!g)
		return -ENOMEM;
	rp_gap_encode(gap, &disk);
	r = rp_md_stage_record(vol->md, RP_RECORD_GAP, gap->id, &disk,
			       sizeof(disk));
	if (r) {
		kfree(g);
		return r;
	}
	g->gap = *gap;
	g->durable = true;
	list_add_tail(&g->node, staged);
	return 0;
}

void rp_gap_keep(struct rp_volume *vol, struct list_head *staged)
{
	struct rp_volume_gap *g, *tmp;
	LIST_HEAD(gone);

	spin_lock(&vol->lock);
	list_for_each_entry_safe(g, tmp, &vol->gaps, node) {
		if (g->going != staged)
			continue;
		list_move(&g->node, &gone);
		vol->nr_gaps--;
	}
	list_for_each_entry(g, staged, node)
		vol->nr_gaps++;
	list_splice_tail_init(staged, &vol->gaps);
	spin_unlock(&vol->lock);
	list_for_each_entry_safe(g, tmp, &gone, node)
		kfree(g);
}

void rp_gap_drop(struct rp_volume *vol, struct list_head *staged)
{
	struct rp_volume_gap *g, *tmp;

	spin_lock(&vol->lock);
	list_for_each_entry(g, &vol->gaps, node)
		if (g->going == staged)
			g->going = NULL;
	spin_unlock(&vol->lock);
	list_for_each_entry_safe(g, tmp, staged, node) {
		list_del(&g->node);
		kfree(g);
	}
}

void rp_gap_remember(struct rp_volume *vol, u32 reason, const char *text)
{
	struct rp_volume_gap *g = kzalloc(sizeof(*g), GFP_NOIO | __GFP_NOFAIL);
	struct rp_md_info info;

	rp_md_get_info(vol->md, &info);
	generate_random_uuid(g->gap.id);
	g->gap.length = rp_volume_capacity(vol);
	g->gap.time = rp_time_now();
	g->gap.seq = info.open_seq;
	g->gap.reason = reason;
	strscpy(g->gap.text, text, sizeof(g->gap.text));
	g->open = true;
	/* Not to be told to anybody: who told us does so again. */
	g->durable = true;
	spin_lock(&vol->lock);
	list_add_tail(&g->node, &vol->gaps);
	vol->nr_gaps++;
	spin_unlock(&vol->lock);
}

bool rp_gap_known(struct rp_volume *vol, const u8 id[16])
{
	const struct rp_volume_gap *g;
	bool known = false;

	spin_lock(&vol->lock);
	list_for_each_entry(g, &vol->gaps, node)
		known |= g->durable && !memcmp(g->gap.id, id, sizeof(g->gap.id));
	spin_unlock(&vol->lock);
	return known;
}

void rp_gap_unload(struct rp_volume *vol)
{
	struct rp_volume_gap *g, *tmp;
	LIST_HEAD(gaps);

	spin_lock(&vol->lock);
	list_splice_init(&vol->gaps, &gaps);
	vol->nr_gaps = 0;
	spin_unlock(&vol->lock);
	list_for_each_entry_safe(g, tmp, &gaps, node) {
		if (!g->durable)
			tell_witnesses(vol, &g->gap, 1);
		list_del_init(&g->node);
		if (!g->fixed)
			kfree(g);
	}
}

unsigned int rp_volume_gaps(struct rp_volume *vol, rp_seq_t from, rp_seq_t to,
			    struct rp_gap *gaps, unsigned int max)
{
	const struct rp_volume_gap *g;
	unsigned int n = 0;

	spin_lock(&vol->lock);
	list_for_each_entry(g, &vol->gaps, node) {
		u64 seq = rp_seq_nr(g->gap.seq);
		u64 last = g->open ? U64_MAX : max(seq, rp_seq_nr(g->last));

		if (n == max)
			break;
		if (seq > rp_seq_nr(to) || last <= rp_seq_nr(from))
			continue;
		gaps[n++] = g->gap;
	}
	spin_unlock(&vol->lock);
	return n;
}
