// SPDX-License-Identifier: GPL-2.0-only
/*
 * generation.c - a word about a volume from elsewhere: a new history, a range changed
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "cut.h"
#include "doubt.h"
#include "event.h"
#include "gap.h"
#include "generation.h"

/* For what is at work on the volume, and for its writes in flight. */
#define RP_GENERATION_MS	10000U

/* Claim and enter. Return: 0, -EINTR, 1: @res refuses. */
static int rp_word_begin(struct rp_volume *vol, struct rp_result *res)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(RP_GENERATION_MS);
	int err;

	rp_result_done(res);
	err = rp_volumes_claim(&vol, 1, deadline);
	if (err == -ETIMEDOUT) {
		rp_result_set(res, REFPOINT_RV_INVALID_STATE,
			      REFPOINT_REASON_BUSY, &vol->uuid,
			      "another operation is at work on the volume");
		return 1;
	}
	if (err)
		return err;
	err = rp_volume_enter(vol, true);
	if (err) {
		rp_volumes_release(&vol, 1);
		rp_volume_refuse(vol, err, res);
		return 1;
	}
	return 0;
}

static void rp_word_end(struct rp_volume *vol)
{
	rp_volume_exit(vol);
	rp_volumes_release(&vol, 1);
}

static int rp_word_failed(struct rp_volume *vol, int err, struct rp_result *res)
{
	switch (err) {
	case -ENOMEM:
		return rp_result_set(res, REFPOINT_RV_FAILED,
				     REFPOINT_REASON_NO_MEMORY, &vol->uuid,
				     "out of memory");
	case -ENOSPC:
		return rp_result_set(res, REFPOINT_RV_FAILED,
				     REFPOINT_REASON_NO_SPACE, &vol->uuid,
				     "the metadata device is full");
	case -ETIMEDOUT:
		return rp_result_set(res, REFPOINT_RV_INVALID_STATE,
				     REFPOINT_REASON_BUSY, &vol->uuid,
				     "a write admitted before the last cut has not ended yet");
	case -EAGAIN:
		return rp_volume_refuse(vol, err, res);
	default:
		return rp_result_set(res, REFPOINT_RV_FAILED,
				     REFPOINT_REASON_IO_ERROR, &vol->uuid,
				     "the metadata cannot be written: error %d",
				     err);
	}
}

/**
 * struct rp_stale - the old history's metadata are not what they were
 * @beyond: highest number of a boundary that others know of
 * @why: for people
 */
struct rp_stale {
	rp_seq_t beyond;
	const char *why;
};

static int rp_stage_history(struct rp_volume *vol, u8 generation[16],
			    const struct rp_stale *stale, struct list_head *gaps)
{
	struct rp_md *md = vol->md;
	struct rp_gap gap = {
		.length = rp_volume_capacity(vol),
		.time = rp_time_now(),
		.reason = REFPOINT_GAP_STALE,
	};
	struct rp_md_info info;
	int err = 0;

	if (stale) {
		rp_md_get_info(md, &info);
		gap.seq = info.open_seq;
		generate_random_uuid(gap.id);
		strscpy(gap.text, stale->why, sizeof(gap.text));
		err = rp_gap_stage(vol, &gap, gaps);
		if (!err)
			err = rp_md_stage_beyond(md, rp_seq(max(rp_seq_nr(stale->beyond),
								rp_seq_nr(info.open_seq))));
	}
	generate_random_uuid(generation);
	if (!err)
		err = rp_md_stage_generation(md, generation, gap.time);
	return err;
}

/*
 * The cut puts the writes that come into a tracker of their own, which becomes
 * the new history's first interval. One in flight at the cut is marked there too
 * (I5); the rest of the old one is given up.
 */
static int rp_history_begin(struct rp_volume *vol, u8 generation[16],
			    const struct rp_stale *stale)
{
	struct rp_cut_member m = { .vol = vol };
	unsigned int culprit;
	LIST_HEAD(gaps);
	int err;

	err = rp_cut(&m, 1, jiffies + msecs_to_jiffies(RP_GENERATION_MS),
		     &culprit);
	if (err)
		return err;
	rp_volume_begin(vol);
	err = rp_stage_history(vol, generation, stale, &gaps);
	if (err)
		rp_volume_abort(vol);
	else
		err = rp_volume_commit(vol, false);
	if (err) {
		rp_gap_drop(vol, &gaps);
		rp_cut_undo(&m);
		return err;
	}
	rp_gap_keep(vol, &gaps);
	/* What was untracked was so before this activation: it went with the old one. */
	rp_doubt_clear_all(vol);
	rp_cut_keep(&m);
	return 0;
}

int rp_volume_new_generation(struct rp_volume *vol, const char *why,
			     u8 generation[16], struct rp_result *res)
{
	int err;

	err = rp_word_begin(vol, res);
	if (err)
		return err < 0 ? err : 0;
	err = rp_history_begin(vol, generation, NULL);
	if (err)
		rp_word_failed(vol, err, res);
	else
		rp_event_volume(vol, REFPOINT_EVENT_GENERATION, 0, why);
	rp_word_end(vol);
	return 0;
}

int rp_volume_restart(struct rp_volume *vol, rp_seq_t beyond, const char *why)
{
	struct rp_stale stale = { .beyond = beyond, .why = why };
	unsigned int tries = 20;
	u8 generation[16];
	int err;

	/* Its doubt is all there will be. */
	if (rp_volume_state(vol) == REFPOINT_VOLUME_READ_ONLY)
		return 0;
	err = rp_history_begin(vol, generation, &stale);
	/* Somebody may look at what is to be given up, for a moment (I12). */
	while (err == -ENOSPC && tries--) {
		msleep(50);
		err = rp_history_begin(vol, generation, &stale);
	}
	/* Being suspended: rp_cut() cuts it for nobody, its activation looks again. */
	if (err == -EAGAIN)
		return err;
	if (err) {
		/* Its numbers may have been given before: no more of them (I10). */
		rp_volume_fail(vol, REFPOINT_GAP_STALE, why);
		return err;
	}
	DMWARN("%pUb: its metadata are older than they were: %s; a new history begins",
	       &vol->uuid, why);
	rp_event_volume(vol, REFPOINT_EVENT_GENERATION, REFPOINT_GAP_STALE, why);
	return 0;
}

int rp_volume_mark_changed(struct rp_volume *vol, u64 start, u64 length,
			   const char *why, struct rp_result *res)
{
	u64 capacity;
	int err;

	err = rp_word_begin(vol, res);
	if (err)
		return err < 0 ? err : 0;

	capacity = rp_volume_capacity(vol);
	if (!length || start >= capacity || length > capacity - start) {
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_OUT_OF_RANGE, &vol->uuid,
			      "the range is empty or does not lie within the volume's %llu bytes",
			      capacity);
	} else {
		err = rp_volume_mark(vol, start, length);
		if (err)
			rp_word_failed(vol, err, res);
		else
			rp_event_volume(vol, REFPOINT_EVENT_GAP,
					REFPOINT_GAP_MARKED, why);
	}
	rp_word_end(vol);
	return 0;
}
