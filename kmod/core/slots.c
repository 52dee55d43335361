// SPDX-License-Identifier: GPL-2.0-only
/*
 * slots.c - which record is in which slot, of the state that a commit makes
 *
 * Pages of slots are shared with the state before until something in them changes,
 * so that a commit copies, compares and writes what it changes (I12).
 */
#include "store.h"

static u32 nr_records(const struct rp_state *s)
{
	u32 nr = 0, i;

	for (i = 0; i <= RP_RECORD_MAX; i++)
		nr += s->nr_records[i];
	return nr;
}

int rp_slots_init(struct rp_commit *c)
{
	struct rp_txn *txn = &c->md->txn;
	struct rp_state *old = c->old, *new = c->new;
	u32 want = nr_records(old) + 2, nr_pages = old->nr_pages, i;
	struct rp_staged *s;
	int err;

	list_for_each_entry(s, &txn->records, list)
		want += s->rec != NULL;
	for (i = 0; i < txn->nr_line; i++)
		want += txn->line[i].plan != NULL;
	while (nr_pages * RP_SLOTS_PER_PAGE < want &&
	       nr_pages < RP_ROOT_ENTRIES)
		nr_pages++;
	err = rp_state_pages(new, nr_pages);
	if (err)
		return err;
	new->full_pages = old->full_pages;
	memcpy(new->nr_records, old->nr_records, sizeof(new->nr_records));
	if (old->nr_pages)
		memcpy(new->page, old->page,
		       old->nr_pages * sizeof(struct rp_slots *));
	return 0;
}

int rp_slot_set(struct rp_commit *c, u32 slot, struct rp_record *rec)
{
	u32 page = slot / RP_SLOTS_PER_PAGE, at = slot % RP_SLOTS_PER_PAGE;
	struct rp_state *new = c->new;
	struct rp_slots *slots = new->page[page];
	struct rp_record **place;

	if (!test_bit(page, c->own)) {
		slots = rp_slots_copy(slots);
		if (!slots)
			return -ENOMEM;
		new->page[page] = slots;
		__set_bit(page, c->own);
	}
	__set_bit(at, slots->touched);
	place = &slots->rec[at];
	if (*place) {
		slots->nr[(*place)->type]--;
		new->nr_records[(*place)->type]--;
	}
	*place = rec;
	if (!rec)
		new->full_pages = min(new->full_pages, page);
	if (rec) {
		rec->slot = slot;
		slots->nr[rec->type]++;
		new->nr_records[rec->type]++;
	}
	return 0;
}

static bool page_is_full(const struct rp_slots *slots)
{
	u32 nr = 0, i;

	for (i = 0; slots && i <= RP_RECORD_MAX; i++)
		nr += slots->nr[i];
	return nr == RP_SLOTS_PER_PAGE;
}

/* The first slot that is free, or the end. */
static u32 slot_free(struct rp_state *s)
{
	const struct rp_slots *slots;
	u32 i = 0;

	while (s->full_pages < s->nr_pages && page_is_full(s->page[s->full_pages]))
		s->full_pages++;
	if (s->full_pages == s->nr_pages)
		return rp_state_nr_slots(s);
	slots = s->page[s->full_pages];
	while (slots && slots->rec[i])
		i++;
	return s->full_pages * RP_SLOTS_PER_PAGE + i;
}

int rp_slot_put(struct rp_commit *c, struct rp_record *rec)
{
	u32 slot = slot_free(c->new);

	return slot < rp_state_nr_slots(c->new) ? rp_slot_set(c, slot, rec) : -ENOSPC;
}

bool rp_slots_next(const struct rp_commit *c, u32 *slot,
		   struct rp_record **was, struct rp_record **is)
{
	u32 from = *slot / RP_SLOTS_PER_PAGE, page = from, at;

	for_each_set_bit_from(page, c->own, RP_ROOT_ENTRIES) {
		const struct rp_slots *slots = c->new->page[page];

		at = page == from ? *slot % RP_SLOTS_PER_PAGE : 0;
		for_each_set_bit_from(at, slots->touched, RP_SLOTS_PER_PAGE) {
			*slot = page * RP_SLOTS_PER_PAGE + at;
			*was = rp_state_slot(c->old, *slot);
			*is = slots->rec[at];
			if (*was != *is)
				return true;
		}
	}
	return false;
}

int rp_slots_room(struct rp_commit *c)
{
	struct rp_record *was, *is;
	u32 nr = nr_records(c->old), i;

	for (i = 0; rp_slots_next(c, &i, &was, &is); i++)
		nr += is != NULL;
	if (nr <= rp_ids_room(c->md->ids))
		return 0;
	c->ids = rp_ids_alloc(nr + nr / 2);
	if (!c->ids)
		return -ENOMEM;
	for (i = 0; i < rp_state_nr_slots(c->old); i++) {
		was = rp_state_slot(c->old, i);
		if (was)
			rp_ids_put(c->ids, was);
	}
	return 0;
}

void rp_slots_index(struct rp_commit *c)
{
	struct rp_md *md = c->md;
	struct rp_record *was, *is;
	u32 i;

	rp_lock(&md->lock);
	if (c->ids)
		swap(md->ids, c->ids);
	for (i = 0; rp_slots_next(c, &i, &was, &is); i++)
		if (is)
			rp_ids_put(md->ids, is);
	for (i = 0; rp_slots_next(c, &i, &was, &is); i++)
		if (was)
			rp_ids_del(md->ids, was);
	rp_unlock(&md->lock);
}

void rp_slots_leave(struct rp_commit *c)
{
	struct rp_record *was, *is;
	struct rp_state *old = c->old;
	u32 i;

	for (i = 0; rp_slots_next(c, &i, &was, &is); i++) {
		if (was) {
			was->dead_next = old->dead;
			old->dead = was;
		}
	}
	for_each_set_bit(i, c->own, old->nr_pages) {
		if (old->page[i]) {
			old->page[i]->dead_next = old->dead_pages;
			old->dead_pages = old->page[i];
		}
	}
}
