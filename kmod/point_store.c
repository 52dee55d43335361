// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_store.c - what is written to one member of a point
 *
 * One function, one transaction. All writers of a point's records hold the
 * volume's claim, so a job and the settling of an older state cannot meet.
 */
#include "hold.h"
#include "point_registry.h"
#include "volume.h"

int rp_point_store_cut(struct rp_volume *vol, const uuid_t *id,
		       struct rp_tracker *closed, u64 time,
		       struct rp_payload *payload, bool (*give_up)(void *arg),
		       void *arg)
{
	struct rp_md *md = rp_volume_begin(vol);
	int err;

	rp_hold_give_up(vol, give_up, arg);
	/*
	 * It may have failed since it was entered. The records of its gap end
	 * with the interval that was open when they were written (gap.c), and
	 * they may be written already: no interval may begin after them.
	 */
	err = rp_volume_state(vol) == REFPOINT_VOLUME_FAILED ? -EIO : 0;
	if (!err)
		err = rp_md_stage_cut(md, closed, time);
	if (!err)
		err = rp_md_stage_payload(md, RP_RECORD_POINT, id->b, payload);
	if (err) {
		rp_volume_abort(vol);
		return err;
	}
	/* A full device refuses points, and nothing else (I12). */
	return rp_volume_commit(vol, true);
}

int rp_point_store_record(struct rp_volume *vol, const uuid_t *id,
			  struct rp_payload *payload)
{
	struct rp_md *md = rp_volume_begin(vol);
	int err;

	err = rp_md_stage_payload(md, RP_RECORD_POINT, id->b, payload);
	if (err) {
		rp_volume_abort(vol);
		return err;
	}
	return rp_volume_commit(vol, false);
}

static int stage_end(struct rp_md *md, struct rp_volume *vol,
		     const struct rp_point_end *end)
{
	int err;

	err = rp_md_stage_delete(md, RP_RECORD_POINT, end->t.id);
	/*
	 * A record and its boundary come and go together. Without the one, the number
	 * may be another point's by now: what was never durable is used again (I4).
	 */
	if (err == -ENOENT)
		return 0;
	if (err || !end->merge)
		return err;
	/* Each boundary belongs to one point, so nobody else needs it. */
	err = rp_volume_absorb(vol, end->boundary);
	return err == -ENOENT ? 0 : err;
}

int rp_point_store_end(struct rp_volume *vol, const struct rp_point_end *end)
{
	struct rp_md *md = rp_volume_begin(vol);
	int err;

	err = stage_end(md, vol, end);
	if (!err)
		err = rp_tombstone_stage(md, &end->t, 1);
	if (err) {
		rp_volume_abort(vol);
		return err;
	}
	return rp_volume_commit(vol, false);
}

void rp_point_end_init(struct rp_point_end *end, const struct rp_point *p,
		       unsigned int member, struct rp_volume *vol,
		       const struct rp_tombstone *t)
{
	const struct rp_point_member *m = &p->rec.members[member];
	struct rp_md_info info;

	rp_md_get_info(vol->md, &info);
	end->t = *t;
	/* The boundaries of an older generation went with it. */
	end->merge = rp_seq_nr(m->seq) &&
		     !memcmp(info.generation, m->generation, 16);
	end->boundary = m->seq;
}
