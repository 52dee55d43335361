// SPDX-License-Identifier: GPL-2.0-only
/*
 * recovery.c - the open interval after an activation, and what begins and ends
 * an incarnation
 */
#include "recovery.h"

int rp_recovery_open(struct rp_md *md, const struct rp_md_info *info,
		     struct rp_tracker *t)
{
	/* I13: after an unclean stop the open interval's kinds are written. */
	bool to_written = !info->clean && !RP_PLANT(kinds_survive_a_crash);
	int err = rp_md_load_open(md, t, to_written);

	/*
	 * The state may be one commit old, and regions may have been taken back
	 * since: nothing vouches for the open interval.
	 */
	if (info->one_copy)
		rp_tracker_mark(t, RP_PLANE_WRITTEN, rp_granule(0),
				rp_granule(t->nr_granules - 1));
	return err;
}

int rp_recovery_begin(struct rp_md *md, const struct rp_md_info *info,
		      struct rp_tracker *t)
{
	bool keep_arms = !info->clean && !RP_PLANT(arms_void_after_a_crash);

	rp_md_stage_active(md, keep_arms);
	if (!info->one_copy)
		return 0;
	/*
	 * The commit mends the superblock, so that the next activation will not
	 * know: all of the open interval has to be durable with it. A boundary
	 * that is lost may be known to other members (I10).
	 */
	rp_md_stage_skip(md);
	return rp_md_stage_open(md, t);
}

int rp_recovery_end(struct rp_md *md, struct rp_tracker *t, bool flushed)
{
	int err = 0;

	if (!flushed)
		rp_tracker_to_written(t);
	if (!RP_PLANT(clean_without_bits))
		err = rp_md_stage_open(md, t);
	if (!err)
		rp_md_stage_clean(md);
	return err;
}
