// SPDX-License-Identifier: GPL-2.0-only
/*
 * identity.c - a new volume UUID and generation (I10)
 *
 * For a clone of a metadata device. What the old identity has is not the clone's:
 * intervals and gaps lie in another generation, points and collections list
 * another volume. They go, for on this volume they could only be mistaken for
 * something. Ids used up stay used up, and what is vouched for about other volumes
 * is true whoever says it.
 *
 * Two commits, so that both copies of the superblock are of the new volume. Between
 * them they are of two volumes, which is refused until this is run again: it takes
 * the newer one.
 */
#include "fsck.h"

static bool stays(u8 type)
{
	return type == RP_RECORD_TOMBSTONES || type == RP_RECORD_WITNESS;
}

int fsck_plan_identity(struct fsck *f, struct fsck_plan *plan)
{
	u32 nr[RP_RECORD_MAX + 1] = { 0 }, lost = 0, i;
	int err;

	/* Whatever is damaged of what goes does not matter. */
	err = fsck_plan(f, true, plan);
	if (err)
		return err;
	/* Where that is all that plan.c has against it. */
	if (f->best >= 0 && f->two_volumes && plan->err == -EUCLEAN)
		plan->err = 0;
	if (plan->err)
		return 0;
	for (i = 0; i < f->nr_slots; i++) {
		struct fsck_slot *s = &f->slot[i];

		if (s->disk.type > RP_RECORD_MAX)
			continue;
		if (s->disk.type && s->lost && stays(s->disk.type))
			lost++;
		else if (s->disk.type)
			nr[s->disk.type]++;
	}
	plan->nr_steps = 0;
	err = fsck_step(plan, false, "it gets a new volume UUID and a new generation");
	if (!err)
		err = fsck_step(plan, true,
				"%u intervals, %u points, %u collections and %u gaps of the old identity go",
				nr[RP_RECORD_INTERVAL], nr[RP_RECORD_POINT],
				nr[RP_RECORD_COLLECTION], nr[RP_RECORD_GAP]);
	if (!err && lost)
		err = fsck_step(plan, true,
				"%u damaged records of ids used up, or about other volumes, go", lost);
	if (!err && (f->loss & (FSCK_LOST_ROOT | FSCK_LOST_PAGE)))
		err = fsck_step(plan, true, "a part of the catalogue is lost, and what it named");
	return err;
}

static int keep(struct fsck *f)
{
	struct rp_state *s = f->md->state;
	u32 i;
	int err = 0;

	for (i = 0; i < rp_state_nr_slots(s) && !err; i++) {
		const struct rp_record *rec = rp_state_slot(s, i);

		if (!rec || rec->iv)
			continue;
		/* Written anew: the head of every block names the volume. */
		if (stays(rec->type))
			err = rp_md_stage_record(f->md, rec->type, rec->id,
						 rec->payload->data, rec->length);
		else
			err = rp_md_stage_delete(f->md, rec->type, rec->id);
	}
	return err;
}

int fsck_identity(struct fsck *f, const struct fsck_new *n, struct rp_why *why)
{
	struct rp_sb *sb;
	int err;

	err = fsck_state(f);
	if (err)
		return err;
	rp_txn_begin(f->md);
	f->md->txn.rewrite = true;
	sb = &f->md->txn.sb;
	if (f->one_copy)
		rp_md_stage_skip(f->md);
	err = keep(f);
	if (!err)
		err = rp_md_stage_generation(f->md, n->generation, n->time);
	if (!err) {
		rp_md_stage_clean(f->md);
		sb->flags &= ~RP_SUPER_FAILED;
		memcpy(sb->volume, n->volume, sizeof(sb->volume));
		memcpy(f->md->volume, n->volume, sizeof(f->md->volume));
		err = rp_md_commit(f->md, n->time, false);
	}
	if (!err)
		err = rp_md_commit(f->md, n->time, false);
	/* Void as it is, but sectors of another volume would count as torn later. */
	if (!err)
		err = fsck_write_arms(f, true);
	if (err)
		rp_why(why, "the device cannot be written: %d", err);
	return err;
}
