// SPDX-License-Identifier: GPL-2.0-only
/*
 * apply.c - do what a plan says, in one commit
 *
 * By the commit of kmod/core: everything new goes to blocks that nothing refers
 * to, damaged or not, then one copy of the superblock is written. A power cut
 * leaves the old state, as damaged as it was, or the new one.
 */
#include "fsck.h"

int fsck_state(struct fsck *f)
{
	struct rp_md *md = f->md;
	struct rp_state *s = md->state;
	u32 i;
	int err;

	s->closed = rp_closed_alloc(f->nr_line + 1);
	if (!s->closed || rp_state_pages(s, f->nr_slots / RP_SLOTS_PER_PAGE))
		return -ENOMEM;
	s->line = s->closed->iv;
	for (i = 0; i < f->nr_slots; i++) {
		struct rp_record *rec = f->slot[i].rec;

		if (!rec || f->slot[i].lost)
			continue;
		if (rp_state_add(s, i, rec))
			return -ENOMEM;
		f->slot[i].rec = NULL;
	}
	for (i = 0; i < f->nr_line; i++) {
		const struct rp_record *rec = rp_state_slot(s, f->line[i]);

		if (rec)
			s->line[s->nr_line++] = rec->iv;
	}
	if (f->open && rp_state_slot(s, f->open - 1))
		s->open = rp_state_slot(s, f->open - 1)->iv;
	err = rp_state_index(md, s, NULL);
	if (err)
		return err;
	memcpy(md->cat, f->page, sizeof(md->cat));
	/* What is referred to stays as it is, so that a power cut does no harm. */
	for (i = RP_DATA_START; i < md->space.nr; i++)
		if (test_bit(i, f->touched))
			rp_space_claim(&md->space, i);
	return 0;
}

/* --- intervals --- */

/* A tracker in which all is written, of a volume of @sectors. */
static struct rp_tracker *all_written(const struct rp_geometry *geo, u64 sectors)
{
	struct rp_geometry g;
	struct rp_tracker *t;
	u64 page;

	rp_geometry_init(&g, sectors, geo->granule_shift, geo->region_shift);
	t = rp_tracker_alloc(&g);
	for (page = 0; t && page < g.nr_pages; page++) {
		if (rp_tracker_load(t, RP_PLANE_WRITTEN, rp_page(page),
				    RP_PAGE_FULL)) {
			rp_tracker_free(t);
			t = NULL;
		}
	}
	return t;
}

/* Of a record that is kept; NULL: it is none of an interval. */
static struct rp_interval *interval_of(const struct fsck *f, const struct fsck_slot *slot)
{
	const struct rp_record *rec = rp_state_slot(f->md->state, slot - f->slot);

	return rec ? rec->iv : NULL;
}

static int make_line(struct fsck *f, const struct fsck_plan *plan,
		     struct rp_tracker **t)
{
	struct rp_state *s = f->md->state;
	struct rp_txn *txn = &f->md->txn;
	u64 start = s->sb.first_seq - 1;
	u32 i;

	txn->line = rp_calloc(plan->nr_line + 1, sizeof(*txn->line));
	if (!txn->line)
		return -ENOMEM;
	txn->line_staged = true;
	for (i = 0; i < plan->nr_line; start = plan->line[i++].end) {
		const struct fsck_line *l = &plan->line[i];
		struct rp_interval *iv = NULL;
		struct rp_plan *p;

		if (l->slot)
			iv = interval_of(f, l->slot);
		if (iv && !l->slot->good) {
			txn->line[txn->nr_line++].iv = iv;
			continue;
		}
		p = rp_zalloc(sizeof(*p));
		if (!p)
			return -ENOMEM;
		txn->line[txn->nr_line++].plan = p;
		p->start = start;
		p->end = l->end;
		p->time = l->time;
		p->sectors = l->sectors;
		p->nr_src = 1;
		if (iv) {
			p->src[0].iv = iv;
			p->src[0].index = l->slot->good;
			continue;
		}
		t[i] = all_written(&s->sb.geo, l->sectors);
		if (!t[i])
			return -ENOMEM;
		p->src[0].t = t[i];
	}
	return 0;
}

static int make_open(struct fsck *f, const struct fsck_plan *plan,
		     struct rp_tracker **t)
{
	struct rp_txn *txn = &f->md->txn;
	struct rp_interval *iv;

	if (plan->skip)
		rp_md_stage_skip(f->md);
	if (plan->open_written) {
		*t = all_written(&txn->sb.geo, txn->sb.geo.sectors);
		return *t ? rp_md_stage_open(f->md, *t) : -ENOMEM;
	}
	if (!plan->open || !plan->open->good)
		return 0;
	iv = interval_of(f, plan->open);
	if (!iv)
		return -EUCLEAN;
	txn->open = rp_zalloc(sizeof(*txn->open));
	if (!txn->open)
		return -ENOMEM;
	txn->open_reset = true;
	txn->open->nr_src = 1;
	txn->open->src[0].iv = iv;
	txn->open->src[0].index = plan->open->good;
	return 0;
}

/*
 * Nothing of the old history counts, nor what was armed in it: no baseline of the
 * new one is older than the repair.
 */
static int make_generation(struct fsck *f, const struct fsck_plan *plan,
			   const struct fsck_new *n)
{
	if (plan->skip)
		rp_md_stage_skip(f->md);
	rp_md_stage_clean(f->md);
	return rp_md_stage_generation(f->md, n->generation, n->time);
}

/* --- records --- */

static int stage_records(struct fsck *f, struct fsck_plan *plan,
			 const struct fsck_new *n)
{
	struct rp_gap_disk disk;
	u32 i;
	int err = 0;

	for (i = 0; i < plan->nr_gaps && !err; i++) {
		struct rp_gap *g = &plan->gap[i];

		n->id(g->id);
		g->time = n->time;
		rp_gap_encode(g, &disk);
		err = rp_md_stage_record(f->md, RP_RECORD_GAP, g->id, &disk,
					 sizeof(disk));
	}
	for (i = 0; i < plan->nr_marks && !err; i++)
		err = rp_md_stage_record(f->md, RP_RECORD_POINT,
					 f->slot[plan->mark[i]].disk.id, "", 0);
	return err;
}

/* --- the arm map, in place --- */

int fsck_write_arms(struct fsck *f, bool all)
{
	const struct rp_sb *sb = &f->md->state->sb;
	bool clean = sb->flags & RP_SUPER_CLEAN;
	struct rp_arm_sector_disk *d = rp_page_alloc();
	u8 ones[sizeof(d->bits)];
	u32 block, i;
	int err = d ? 0 : -ENOMEM;

	memset(ones, 0xff, sizeof(ones));
	for (block = 0; block < RP_ARM_BLOCKS && !err; block++) {
		struct rp_mdio_vec vec = {
			.block = rp_block(RP_SUPER_COPIES + block),
			.data = d,
		};
		bool dirty = all;

		if (f->io->ops->readv(f->io, &vec, 1))
			memset(d, 0, RP_BLOCK_SIZE);
		for (i = 0; i < RP_ARM_BLOCK_SECTORS; i++) {
			u32 index = block * RP_ARM_BLOCK_SECTORS + i;

			if (!all &&
			    rp_arm_sector_decode(&d[i], index, sb->arm_since,
						 sb->volume) != RP_ARM_TORN)
				continue;
			dirty = true;
			/* Torn means armed (O5); while clean nothing is. */
			rp_arm_sector_encode(&d[i], index, clean ? 0 :
					     max(sb->incarnation, sb->arm_since),
					     0, sb->volume, clean ? NULL : ones);
		}
		if (dirty)
			err = f->io->ops->writev(f->io, &vec, 1);
	}
	rp_page_free(d);
	return err ? err : f->io->ops->flush(f->io);
}

/* --- the whole --- */

int fsck_apply(struct fsck *f, struct fsck_plan *plan, const struct fsck_new *n,
	       struct rp_why *why)
{
	struct rp_tracker **t;
	u32 i;
	int err;

	t = rp_calloc(plan->nr_line + 1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	err = fsck_state(f);
	if (!err) {
		rp_txn_begin(f->md);
		f->md->txn.rewrite = true;
		if (plan->generation)
			err = make_generation(f, plan, n);
		else
			err = make_line(f, plan, t);
	}
	if (!err && !plan->generation)
		err = make_open(f, plan, &t[plan->nr_line]);
	if (!err)
		err = stage_records(f, plan, n);
	if (!err && plan->no_print)
		rp_md_stage_print(f->md, &(const struct rp_print){ 0 });
	if (!err)
		err = rp_md_commit(f->md, n->time, false);
	if (err)
		rp_why(why, err == -ENOSPC ?
		       "there is no room for what the repair writes; giving up history (--new-generation) needs less" :
		       "the device cannot be written: %d", err);
	if (!err && (f->arm.torn || plan->generation)) {
		err = fsck_write_arms(f, plan->generation);
		if (err)
			rp_why(why, "the arm map cannot be written: %d", err);
	}
	for (i = 0; i <= plan->nr_line; i++)
		rp_tracker_free(t[i]);
	rp_free(t);
	return err;
}
