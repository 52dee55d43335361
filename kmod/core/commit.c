// SPDX-License-Identifier: GPL-2.0-only
/*
 * commit.c - a transaction on its way to the disk
 *
 * Everything that can fail comes before the superblock; what comes after it only
 * moves pointers. The steps of rp_md_commit() in metadata.h are commit_blocks(),
 * commit_super() and commit_apply().
 */
#include "store.h"

int rp_commit_garbage(struct rp_commit *c, u32 block)
{
	if (c->nr_garbage == c->max_garbage) {
		u32 max = c->max_garbage ? 2 * c->max_garbage : 256;
		u32 *bigger = rp_calloc(max, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		if (c->nr_garbage)
			memcpy(bigger, c->garbage,
			       c->nr_garbage * sizeof(*bigger));
		rp_free(c->garbage);
		c->garbage = bigger;
		c->max_garbage = max;
	}
	c->garbage[c->nr_garbage++] = block;
	if (RP_PLANT(reuse_before_the_superblock))
		rp_space_free(&c->md->space, block);
	return 0;
}

/* --- the new state, record by record --- */

static int put_records(struct rp_commit *c)
{
	struct rp_record *was;
	struct rp_staged *s;
	int err;

	list_for_each_entry(s, &c->md->txn.records, list) {
		was = rp_ids_find(c->md->ids, s->type, s->id);
		err = was ? rp_slot_set(c, was->slot, NULL) : 0;
		if (err)
			return err;
	}
	list_for_each_entry(s, &c->md->txn.records, list) {
		if (!s->rec)
			continue;
		was = rp_ids_find(c->md->ids, s->type, s->id);
		err = rp_record_write(&c->batch, s->rec, c->nr, s->rec->payload->data,
				      c->md->txn.rewrite ? NULL : was);
		if (!err)
			err = rp_slot_put(c, s->rec);
		if (err)
			return err;
	}
	return 0;
}

static int put_interval(struct rp_commit *c, struct rp_plan *p, bool open,
			struct rp_interval **ivp)
{
	int err = rp_plan_write(c, p, open, ivp);

	if (err || !*ivp)
		return err;
	err = rp_slot_put(c, (*ivp)->rec);
	if (err) {
		rp_record_free(c->md, (*ivp)->rec);
		*ivp = NULL;
	}
	return err;
}

/* The checkpoint: what is merged into it, then the tracker or the old one. */
static int put_open(struct rp_commit *c)
{
	struct rp_txn *txn = &c->md->txn;
	struct rp_state *old = c->old, *new = c->new;
	struct rp_plan *p = &c->open_plan;

	if (!txn->open && !txn->open_tracker) {
		if (!txn->open_reset)
			new->open = old->open;
		return 0;
	}
	memset(p, 0, sizeof(*p));
	if (txn->open)
		*p = *txn->open;
	if (txn->open_tracker)
		p->src[p->nr_src++].t = txn->open_tracker;
	else if (!txn->open_reset && old->open)
		p->src[p->nr_src++].iv = old->open;
	p->start = new->nr_line ? new->line[new->nr_line - 1]->end :
				  new->sb.first_seq - 1;
	p->end = new->sb.open_seq;
	p->time = new->sb.time;
	p->sectors = new->sb.geo.sectors;
	return put_interval(c, p, true, &new->open);
}

/* How many closed intervals stay where they are. */
static u32 line_at(const struct rp_commit *c)
{
	return c->md->txn.line_staged ? c->md->txn.line_at : c->old->nr_line;
}

/* What is closed: behind what stays, in place where that is all there is. */
static int line_init(struct rp_commit *c)
{
	u32 at = line_at(c), nr = at + c->md->txn.nr_line;
	struct rp_state *old = c->old, *new = c->new;

	new->closed = old->closed;
	if (at < old->nr_line || nr > (old->closed ? old->closed->max : 0)) {
		new->closed = rp_closed_alloc(nr + nr / 2 + 1);
		if (!new->closed)
			return -ENOMEM;
		if (at)
			memcpy(new->closed->iv, old->line, at * sizeof(*old->line));
	}
	new->line = new->closed ? new->closed->iv : NULL;
	new->nr_line = at;
	return 0;
}

/* Slots of intervals that go; those that stay are in order. */
static int drop_slots(struct rp_commit *c)
{
	struct rp_txn *txn = &c->md->txn;
	struct rp_state *old = c->old;
	u32 i, next = 0;
	int err = 0;

	if (old->open && (txn->open || txn->open_tracker || txn->open_reset))
		err = rp_slot_set(c, old->open->rec->slot, NULL);
	for (i = line_at(c); i < old->nr_line && !err; i++) {
		while (next < txn->nr_line && !txn->line[next].iv)
			next++;
		if (next < txn->nr_line && txn->line[next].iv == old->line[i])
			next++;
		else
			err = rp_slot_set(c, old->line[i]->rec->slot, NULL);
	}
	return err;
}

static int put_intervals(struct rp_commit *c)
{
	struct rp_txn *txn = &c->md->txn;
	struct rp_state *new = c->new;
	u32 i;
	int err;

	err = line_init(c);
	if (!err)
		err = drop_slots(c);
	for (i = 0; i < txn->nr_line && !err; i++) {
		new->line[new->nr_line] = txn->line[i].iv;
		if (!txn->line[i].iv)
			err = put_interval(c, txn->line[i].plan, false,
					   &new->line[new->nr_line]);
		new->nr_line += !err;
	}
	return err ? err : put_open(c);
}

/* --- what goes --- */

/*
 * Blocks of the pages of @iv. When its index cannot be read they are lost until
 * the next open, which finds that nobody refers to them; better than to refuse
 * what gets rid of a damaged interval.
 */
static int drop_pages(struct rp_commit *c, struct rp_interval *iv)
{
	struct rp_index *index;
	u32 i;
	int err;

	err = rp_index_get(c->md, iv, &index);
	if (err)
		return err == -ENOMEM ? err : 0;
	for (i = 0; i < index->nr && !err; i++) {
		u32 block = index->entry[i].block;

		if (!block)
			continue;
		if (iv->flags & RP_INTERVAL_OPEN)
			rp_space_release(&c->md->space, block);
		else
			err = rp_commit_garbage(c, block);
	}
	rp_index_put(c->md, index);
	return err;
}

/* How many of its blocks go: the first one only if who takes its place has the others. */
static u32 blocks_that_go(struct rp_commit *c, const struct rp_record *rec)
{
	const struct rp_staged *s = rp_staged_find(c->md, rec->type, rec->id);
	bool keeps = s && s->rec && rp_record_keeps_tail(s->rec, rec);

	return keeps && !RP_PLANT(kept_blocks_are_free) ? 1 : rec->nr_blocks;
}

static int drop_record(struct rp_commit *c, struct rp_record *rec)
{
	bool closed = rec->iv && !(rec->iv->flags & RP_INTERVAL_OPEN);
	u32 nr = rec->iv ? rec->nr_blocks : blocks_that_go(c, rec), i;
	int err = 0;

	/* Those that were merged have said themselves what is left of them. */
	if (closed && !c->md->txn.generation)
		return 0;
	for (i = 0; i < nr && !err; i++) {
		if (closed)
			err = rp_commit_garbage(c, rec->block[i]);
		else
			rp_space_release(&c->md->space, rec->block[i]);
	}
	if (!err && rec->iv)
		err = drop_pages(c, rec->iv);
	return err;
}

/* Find out which pages differ, and what goes. */
static int compare_slots(struct rp_commit *c)
{
	struct rp_record *was, *is;
	int err = 0;
	u32 i;

	for (i = 0; !err && rp_slots_next(c, &i, &was, &is); i++) {
		__set_bit(i / RP_SLOTS_PER_PAGE, c->dirty);
		err = was ? drop_record(c, was) : 0;
	}
	return err;
}

/* --- space --- */

/*
 * I12. Let W be the blocks of the worst checkpoint of the open interval with its
 * kinds collapsed into written, plus what any commit writes of the catalogue. A
 * checkpoint needs W free blocks and leaves W less what the one before it took.
 * With F blocks free and a checkpoint of C there, F + min(C, W) >= 2 W is kept by
 * writing checkpoints of W at most, for ever, and implies F >= W.
 *
 * A cut is written out of the same F: it needs W at most, takes the place of the
 * checkpoint, and must leave 2 W, or else the point is refused.
 *
 * Kinds beyond written are a luxury: where they would eat into that, the commit
 * is tried again without (c->collapse).
 */
static int check_space(struct rp_commit *c, bool keep_reserve)
{
	struct rp_md *md = c->md;
	const struct rp_geometry *geo = &c->new->sb.geo;
	bool pinned, short_of;
	u64 free;

	/* Older states are still looked at: garbage has to wait for them. */
	rp_lock(&md->lock);
	pinned = c->old->refs > 1;
	rp_unlock(&md->lock);

	free = md->space.nr - md->space.nr_used + md->space.freed.nr;
	if (!pinned)
		free += c->nr_garbage;
	short_of = free < rp_reserve_blocks(geo, c->new->open);
	if (keep_reserve && short_of)
		return -ENOSPC;
	/* A merge must not let a query sit on the reserve; it can wait. */
	if (pinned && c->nr_garbage && short_of)
		return -ENOSPC;
	if (!c->collapse && c->new->open && c->new->open != c->old->open &&
	    free < rp_worst_blocks(geo))
		return -ENOSPC;
	return 0;
}

/* --- the steps --- */

static int commit_blocks(struct rp_commit *c, bool keep_reserve)
{
	int err;

	rp_mdio_begin(c->md->io);
	err = rp_slots_init(c);
	if (!err)
		err = put_intervals(c);
	if (!err)
		err = put_records(c);
	if (!err)
		err = compare_slots(c);
	if (!err)
		err = rp_slots_room(c);
	if (!err)
		err = rp_catalogue_write(c);
	if (!err)
		err = check_space(c, keep_reserve);
	/*
	 * I6: a block that cannot be read fails what needs it, as a damaged one
	 * does. Only what cannot be written ends tracking.
	 */
	if (err == -EIO && !c->batch.failed)
		err = -EUCLEAN;
	if (!err && !RP_PLANT(superblock_before_blocks))
		err = rp_batch_write(&c->batch);
	if (!err && !RP_PLANT(commit_does_not_flush))
		err = c->md->io->ops->flush(c->md->io);
	return err;
}

/* -EIO: it may be on the disk or not. */
static int commit_super(struct rp_commit *c)
{
	struct rp_mdio *io = c->md->io;
	/* A buffer of those to read with: the other batch may be waiting. */
	void *buf = c->read.vec[0].data;

	memset(buf, 0, RP_BLOCK_SIZE);
	rp_sb_encode(&c->new->sb, buf);
	/* Until it is there the older state counts, whose copy is the other one. */
	while (io->ops->write_fua(io, rp_block(c->nr & 1), buf)) {
		c->md->super_tried = true;
		if (rp_mdio_again(io))
			continue;
		WRITE_ONCE(c->md->failed, true);
		return -EIO;
	}
	return RP_PLANT(superblock_before_blocks) ? rp_batch_write(&c->batch) : 0;
}

static void commit_apply(struct rp_commit *c)
{
	struct rp_md *md = c->md;
	struct rp_state *old = c->old, *new = c->new;
	struct rp_staged *s;

	rp_slots_index(c);
	rp_slots_leave(c);
	if (old->closed != new->closed)
		old->dead_closed = old->closed;
	old->garbage = c->garbage;
	old->nr_garbage = c->nr_garbage;
	c->garbage = NULL;
	list_for_each_entry(s, &md->txn.records, list)
		s->rec = NULL;
	memcpy(md->cat, c->cat, sizeof(md->cat));
	md->one_copy = false;

	rp_lock(&md->lock);
	new->refs = 2;		/* md->state and old->next */
	old->next = new;
	md->state = new;
	rp_unlock(&md->lock);

	rp_space_commit(&md->space);
	rp_state_put(md, old);
	rp_graveyard_reap(md);
}

/* What commit_blocks() made of plans. */
static void free_new(struct rp_commit *c)
{
	struct rp_state *new = c->new;
	u32 i;

	if (!new)
		return;
	for (i = line_at(c); i < new->nr_line; i++)
		if (c->md->txn.line[i - line_at(c)].plan)
			rp_record_free(c->md, new->line[i]->rec);
	if (new->open && new->open != c->old->open)
		rp_record_free(c->md, new->open->rec);
	if (new->closed != c->old->closed)
		rp_free(new->closed);
	for_each_set_bit(i, c->own, new->nr_pages)
		rp_free(new->page[i]);
	rp_free(new->page);
	rp_free(new);
	rp_ids_free(c->ids);
	c->ids = NULL;
	c->new = NULL;
}

static int commit_try(struct rp_commit *c, u64 time, bool keep_reserve)
{
	struct rp_md *md = c->md;
	int err = -ENOMEM;

	c->old = md->state;
	c->nr = c->old->sb.commit + 1;
	c->nr_garbage = 0;
	memcpy(c->cat, md->cat, sizeof(c->cat));
	memset(c->own, 0, sizeof(c->own));
	memset(c->dirty, md->txn.rewrite ? 0xff : 0, sizeof(c->dirty));
	c->batch.nr = 0;
	c->batch.failed = false;
	c->new = rp_zalloc(sizeof(*c->new));
	if (!c->new)
		return -ENOMEM;
	c->new->sb = md->txn.sb;
	c->new->sb.commit = c->nr;
	c->new->sb.time = time;

	err = commit_blocks(c, keep_reserve);
	if (err) {
		free_new(c);
		/* O5: a write that failed may arrive yet. */
		rp_space_abort(&md->space, c->batch.failed);
		return err;
	}
	err = commit_super(c);
	if (err) {
		free_new(c);
		rp_space_abort(&md->space, true);
		return err;
	}
	commit_apply(c);
	return 0;
}

static struct rp_commit *commit_alloc(struct rp_md *md)
{
	struct rp_commit *c = rp_zalloc(sizeof(*c));

	if (!c)
		return NULL;
	c->md = md;
	if (rp_batch_init(&c->batch, md, RP_WRITE_BATCH))
		goto fail;
	if (rp_batch_init(&c->read, md, RP_READ_BATCH))
		goto fail_batch;
	return c;

fail_batch:
	rp_batch_exit(&c->batch);
fail:
	rp_free(c);
	return NULL;
}

int rp_md_commit(struct rp_md *md, u64 time, bool keep_reserve)
{
	struct rp_txn *txn = &md->txn;
	struct rp_commit *c;
	int err = 0;

	rp_txn_begin(md);
	md->super_tried = false;
	if (md->failed)
		err = -EIO;
	else if (md->read_only)
		err = -EROFS;
	else if (txn->open_tracker &&
		 txn->open_tracker->nr_granules != txn->sb.geo.nr_granules)
		err = -EINVAL;
	/* No reader would take such a superblock: keep the one that there is. */
	else if (txn->sb.commit >= RP_SEQ_MAX || txn->sb.open_seq > RP_SEQ_MAX)
		err = -EOVERFLOW;
	if (err)
		goto out;
	err = -ENOMEM;
	c = commit_alloc(md);
	if (!c)
		goto out;

	rp_graveyard_reap(md);
	do {
		err = commit_try(c, time, keep_reserve);
		if (err == -ENOSPC && (txn->line_staged || txn->open_tracker)) {
			c->collapse = true;
			err = commit_try(c, time, keep_reserve);
		}
		/* After a failed flush nobody knows what has arrived: all of it again. */
	} while (err == -EIO && !md->failed && rp_mdio_again(md->io));
	rp_free(c->garbage);
	rp_ids_free(c->ids);
	rp_batch_exit(&c->batch);
	rp_batch_exit(&c->read);
	rp_free(c);
out:
	rp_txn_end(md);
	return err;
}
