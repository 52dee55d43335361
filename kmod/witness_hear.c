// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness_hear.c - a volume and what others say of it
 */
#include "doubt.h"
#include "event.h"
#include "gap.h"
#include "generation.h"
#include "settle.h"
#include "witness_note.h"

#define STALE_TEXT	"another volume knows of a later failure of tracking than its metadata do"

static enum rp_witness_verdict judge(struct rp_volume *vol, const struct rp_note *n,
				     rp_seq_t *from, rp_seq_t *to)
{
	struct rp_witness_about about = {
		.heard = rp_gap_known(vol, n->w.id),
	};
	u32 state = rp_volume_state(vol);
	struct rp_md_info info;

	rp_md_get_info(vol->md, &info);
	/*
	 * A word of the incarnation under way would be of a volume that has failed,
	 * which hears nothing, and is not looked at (is_own()): one of that number
	 * is of another, lost one. Read-only, it has begun none.
	 */
	about.incarnation = info.incarnation;
	if (state != REFPOINT_VOLUME_INACTIVE && state != REFPOINT_VOLUME_SUSPENDED &&
	    state != REFPOINT_VOLUME_READ_ONLY)
		about.incarnation--;
	about.first_seq = info.first_seq;
	about.open_seq = info.open_seq;
	if (n->by_origin) {
		*from = info.open_seq;
		*to = info.open_seq;
		return about.heard ? RP_WITNESS_HEARD : RP_WITNESS_GAP;
	}
	return rp_witness_judge(&n->w, &about, from, to);
}

/*
 * One word, in each of the intervals that it may be about. Numbers between which
 * there is no boundary any more are one interval: two words made one may be far apart,
 * and a gap for each number would be without bound (I12).
 */
static int stage_word(struct rp_volume *vol, const struct rp_witness *w,
		      rp_seq_t from, rp_seq_t to, struct list_head *staged)
{
	u64 seq = rp_seq_nr(from);

	while (seq <= rp_seq_nr(to)) {
		struct rp_gap gap = {
			.length = rp_gap_reach(vol, rp_seq(seq), rp_seq(seq)),
			.time = w->time,
			.reason = w->reason,
		};
		rp_seq_t end;
		int r;

		if (!rp_md_next_boundary(vol->md, rp_seq(seq), &end) ||
		    rp_seq_nr(end) > rp_seq_nr(to))
			end = to;
		gap.seq = end;
		/* The first one carries the word's id: by it the word is known. */
		if (seq == rp_seq_nr(from))
			memcpy(gap.id, w->id, sizeof(gap.id));
		else
			generate_random_uuid(gap.id);
		strscpy(gap.text, w->text, sizeof(gap.text));
		r = rp_gap_stage(vol, &gap, staged);
		if (r)
			return r;
		seq = rp_seq_nr(end) + 1;
	}
	return 0;
}

int rp_witness_stage(struct rp_volume *vol, struct list_head *staged)
{
	rp_seq_t from, to;
	struct rp_note *n;
	int r = 0;

	mutex_lock(&rp_notes_lock);
	list_for_each_entry(n, &rp_notes, node) {
		if (n->heard || !rp_note_is_about(n, vol) ||
		    judge(vol, n, &from, &to) != RP_WITNESS_GAP)
			continue;
		r = stage_word(vol, &n->w, from, to, staged);
		if (r)
			break;
	}
	mutex_unlock(&rp_notes_lock);
	return r;
}

void rp_witness_heard(struct rp_volume *vol)
{
	struct rp_note *n, *tmp;
	struct rp_carrier *c;
	rp_seq_t from, to;

	mutex_lock(&rp_notes_lock);
	list_for_each_entry_safe(n, tmp, &rp_notes, node) {
		if (n->heard || !rp_note_is_about(n, vol) ||
		    judge(vol, n, &from, &to) != RP_WITNESS_HEARD)
			continue;
		n->heard = true;
		list_for_each_entry(c, &n->carriers, node)
			if (c->state != RP_CARRY_AWAY)
				rp_settle_queue(&c->volume);
		rp_note_retire(n);
	}
	mutex_unlock(&rp_notes_lock);
}

/* What it has said itself since it failed. With fail_stop it says nothing. */
static bool is_own(struct rp_volume *vol, const struct rp_note *n)
{
	struct rp_md_info info;
	bool failed;

	spin_lock(&vol->lock);
	failed = vol->state == REFPOINT_VOLUME_FAILED && vol->fail_gap->open;
	spin_unlock(&vol->lock);
	rp_md_get_info(vol->md, &info);
	return failed && n->w.incarnation == info.incarnation;
}

/*
 * What the rp_notes are to a volume; the number of the worst one in @last. What they
 * say, and it has no durable gap of, is in doubt from then on.
 */
static enum rp_witness_verdict look(struct rp_volume *vol, rp_seq_t *last)
{
	enum rp_witness_verdict all = RP_WITNESS_HEARD;
	rp_seq_t from, to, first = rp_seq(U64_MAX), end = rp_seq(0);
	struct rp_note *n;

	*last = rp_seq(0);
	mutex_lock(&rp_notes_lock);
	list_for_each_entry(n, &rp_notes, node) {
		enum rp_witness_verdict one;

		if (n->heard || !rp_note_is_about(n, vol) || is_own(vol, n))
			continue;
		/*
		 * A degraded table is noted before the volume is active again, and
		 * heard in its first transaction, which a read-only one has not.
		 */
		if (n->by_origin &&
		    rp_volume_state(vol) != REFPOINT_VOLUME_READ_ONLY)
			continue;
		one = judge(vol, n, &from, &to);
		if (one == RP_WITNESS_STALE)
			*last = rp_seq(max(rp_seq_nr(*last), rp_seq_nr(n->w.last)));
		if (one == RP_WITNESS_GAP) {
			first = rp_seq(min(rp_seq_nr(first), rp_seq_nr(from)));
			end = rp_seq(max(rp_seq_nr(end), rp_seq_nr(to)));
		}
		all = max(all, one);
	}
	if (all == RP_WITNESS_STALE)
		rp_doubt_history(vol, RP_DOUBT_WITNESS, STALE_TEXT);
	else if (all == RP_WITNESS_GAP)
		rp_doubt_set(vol, RP_DOUBT_WITNESS, first, end,
			     REFPOINT_GAP_METADATA_ERROR,
			     "it was told elsewhere while this one could not be written");
	else
		rp_doubt_clear(vol, RP_DOUBT_WITNESS);
	mutex_unlock(&rp_notes_lock);
	return all;
}

void rp_witness_doubt(struct rp_volume *vol)
{
	rp_seq_t last;

	look(vol, &last);
}

int rp_witness_hear(struct rp_volume *vol)
{
	enum rp_witness_verdict verdict;
	LIST_HEAD(staged);
	rp_seq_t last;
	int r;

	verdict = look(vol, &last);
	/* It cannot write what it hears: the doubt is all there will be. */
	if (rp_volume_state(vol) == REFPOINT_VOLUME_READ_ONLY)
		return 0;
	if (verdict == RP_WITNESS_STALE) {
		r = rp_volume_restart(vol, last, STALE_TEXT);
		if (r)
			return r;
		verdict = look(vol, &last);
	}
	if (verdict == RP_WITNESS_GAP) {
		rp_volume_begin(vol);
		r = rp_witness_stage(vol, &staged);
		if (r)
			rp_volume_abort(vol);
		else
			r = rp_volume_commit(vol, false);
		if (r) {
			rp_gap_drop(vol, &staged);
			return r;
		}
		rp_gap_keep(vol, &staged);
		/* They are known, or others have come meanwhile. */
		rp_witness_doubt(vol);
		rp_event_volume(vol, REFPOINT_EVENT_GAP,
				REFPOINT_GAP_METADATA_ERROR,
				"another volume has borne witness of it");
	}
	rp_witness_heard(vol);
	return 0;
}
