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
#include "workqueue.h"

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

void rp_volume_fail(struct rp_volume *vol, u32 reason, const char *text)
{
	struct rp_volume_gap *g = vol->fail_gap;

	spin_lock(&vol->lock);
	if (vol->state != REFPOINT_VOLUME_ACTIVE) {
		spin_unlock(&vol->lock);
		return;
	}
	vol->state = REFPOINT_VOLUME_FAILED;
	/* Allocated with the volume: failing must not fail. */
	memset(g, 0, sizeof(*g));
	generate_random_uuid(g->gap.id);
	g->gap.start = 0;
	g->gap.length = rp_volume_capacity(vol);
	g->gap.time = rp_time_now();
	g->gap.seq = vol->info.open_seq;
	g->gap.reason = reason;
	strscpy(g->gap.text, text, sizeof(g->gap.text));
	g->open = true;
	list_add_tail(&g->node, &vol->gaps);
	vol->nr_gaps++;
	spin_unlock(&vol->lock);

	/* Only now, so that no unmarked write precedes the gap in memory. */
	rp_arm_bypass(vol->arm);
	queue_work(rp_md_wq, &vol->fail_work);
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

/* Tell, and try once to make the gap durable where it happened. */
void rp_gap_fail_work(struct work_struct *work)
{
	struct rp_volume *vol = container_of(work, struct rp_volume, fail_work);
	struct rp_volume_gap *g = vol->fail_gap;
	int r;

	DMERR("%pUb: tracking failed: %s; writes pass, a gap is open", &vol->uuid,
	      g->gap.text);
	rp_volume_begin(vol);
	r = rp_gap_stage_failed(vol);
	if (r)
		rp_volume_abort(vol);
	else
		r = rp_volume_commit(vol, false);
	if (!r)
		g->durable = true;
	rp_event_volume(vol, REFPOINT_EVENT_GAP, g->gap.reason, g->gap.text);
	dm_table_event(vol->ti->table);
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

/* Over the whole volume, in interval @seq. */
static int stage_one(struct rp_volume *vol, struct rp_gap *gap, u64 seq)
{
	struct rp_volume_gap *g;
	struct rp_gap_disk disk;
	int r = 0;

	generate_random_uuid(gap->id);
	gap->seq = rp_seq(seq);
	gap->length = rp_volume_capacity(vol);
	rp_gap_encode(gap, &disk);
	if (!vol->read_only)
		r = rp_md_stage_record(vol->md, RP_RECORD_GAP, gap->id, &disk,
				       sizeof(disk));
	if (r)
		return r;
	g = add_gap(vol, gap, GFP_NOIO);
	if (!g)
		return -ENOMEM;
	/* What a read-only volume cannot write is found again. */
	g->durable = true;
	return 0;
}

int rp_gap_stage(struct rp_volume *vol, struct rp_gap *gap)
{
	struct rp_md_info info;

	rp_md_get_info(vol->md, &info);
	return stage_one(vol, gap, rp_seq_nr(info.open_seq));
}

/* One note, in each of the intervals it may lie in. */
static int stage_note(struct rp_volume *vol, struct rp_untracked *note)
{
	struct rp_md_info info;
	u64 seq;
	int r;

	rp_md_get_info(vol->md, &info);
	seq = note->by_origin ? rp_seq_nr(info.open_seq) : rp_seq_nr(note->gap.seq);
	for (; seq <= rp_seq_nr(info.open_seq); seq++) {
		r = stage_one(vol, &note->gap, seq);
		if (r)
			return r;
	}
	return 0;
}

int rp_gap_stage_noted(struct rp_volume *vol)
{
	struct rp_untracked note;
	unsigned int nth;
	int r;

	for (nth = 0; rp_registry_find_untracked(vol, nth, &note); nth++) {
		r = stage_note(vol, &note);
		if (r)
			return r;
	}
	return 0;
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
		if (!g->durable) {
			struct rp_untracked note = {
				.uuid = vol->uuid,
				.gap = g->gap,
			};

			rp_registry_note_untracked(&note);
		}
		list_del_init(&g->node);
		if (g != vol->fail_gap)
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

		if (n == max)
			break;
		if (seq > rp_seq_nr(to) || (!g->open && seq <= rp_seq_nr(from)))
			continue;
		gaps[n++] = g->gap;
	}
	spin_unlock(&vol->lock);
	return n;
}
