// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness_carry.c - a volume and what it says of others
 */
#include "witness_note.h"

enum todo { TODO_NOTHING, TODO_WRITE, TODO_DELETE };

/* The next thing that @vol has to do. */
static enum todo next_todo(struct rp_volume *vol, struct rp_witness *w)
{
	enum todo todo = TODO_NOTHING;
	struct rp_note *n;

	mutex_lock(&rp_notes_lock);
	list_for_each_entry(n, &rp_notes, node) {
		struct rp_carrier *c = rp_carrier_find(n, &vol->uuid);

		if (!c)
			continue;
		if (n->heard)
			todo = TODO_DELETE;
		else if (c->state == RP_CARRY_ASKED || c->state == RP_CARRY_AWAY)
			todo = TODO_WRITE;
		else
			continue;
		*w = n->w;
		break;
	}
	mutex_unlock(&rp_notes_lock);
	return todo;
}

static int carry_one(struct rp_volume *vol, const struct rp_witness *w,
		     enum todo todo)
{
	struct rp_md *md = rp_volume_begin(vol);
	struct rp_witness_disk disk;
	int r;

	if (todo == TODO_WRITE) {
		rp_witness_encode(w, &disk);
		r = rp_md_stage_record(md, RP_RECORD_WITNESS, w->volume, &disk,
				       sizeof(disk));
	} else {
		r = rp_md_stage_delete(md, RP_RECORD_WITNESS, w->volume);
	}
	if (r) {
		rp_volume_abort(vol);
		return todo == TODO_DELETE && r == -ENOENT ? 0 : r;
	}
	return rp_volume_commit(vol, false);
}

/* It is done, or @err says why not. */
static void carried(struct rp_volume *vol, const struct rp_witness *w,
		    enum todo todo, int err)
{
	struct rp_carrier *c;
	struct rp_note *n;

	mutex_lock(&rp_notes_lock);
	n = rp_note_find(w->id);
	c = n ? rp_carrier_find(n, &vol->uuid) : NULL;
	if (c) {
		if (todo == TODO_WRITE && !err)
			c->state = RP_CARRY_DURABLE;
		else if (todo == TODO_WRITE && err != -EIO)
			c->state = RP_CARRY_REFUSED;
		else /* Or it has failed itself: nobody asks that one. */
			rp_carrier_drop(n, &vol->uuid);
		rp_note_retire(n);
	}
	mutex_unlock(&rp_notes_lock);
}

/*
 * No claim: a record about another volume is no business of cuts, and a point
 * that waits for the volume that failed must not keep its witness waiting.
 */
int rp_witness_carry(struct rp_volume *vol)
{
	struct rp_witness w;
	enum todo todo;
	int r;

	while ((todo = next_todo(vol, &w)) != TODO_NOTHING) {
		r = carry_one(vol, &w, todo);
		if (r && todo == TODO_DELETE)
			return r;
		carried(vol, &w, todo, r);
		/* This one cannot take it: another one, if there is. */
		if (r) {
			rp_witness_ask(w.id);
			rp_witness_ask_again();
		}
	}
	return 0;
}
