// SPDX-License-Identifier: GPL-2.0-only
/*
 * state.c - what is durable, as an immutable object that readers hold
 *
 * See store.h for what hangs on a state and when it goes.
 */
#include "store.h"

/* --- records by slot --- */

struct rp_slots *rp_slots_copy(const struct rp_slots *page)
{
	struct rp_slots *copy = rp_zalloc(sizeof(*copy));

	if (!copy)
		return NULL;
	if (page)
		*copy = *page;
	memset(copy->touched, 0, sizeof(copy->touched));
	return copy;
}

int rp_state_pages(struct rp_state *s, u32 nr_pages)
{
	s->page = rp_calloc(nr_pages ? nr_pages : 1, sizeof(struct rp_slots *));
	if (!s->page)
		return -ENOMEM;
	s->nr_pages = nr_pages;
	return 0;
}

int rp_state_add(struct rp_state *s, u32 slot, struct rp_record *rec)
{
	struct rp_slots **page = &s->page[slot / RP_SLOTS_PER_PAGE];

	if (!*page)
		*page = rp_slots_copy(NULL);
	if (!*page)
		return -ENOMEM;
	rec->slot = slot;
	(*page)->rec[slot % RP_SLOTS_PER_PAGE] = rec;
	(*page)->nr[rec->type]++;
	s->nr_records[rec->type]++;
	return 0;
}

int rp_state_index(struct rp_md *md, const struct rp_state *s, struct rp_why *why)
{
	u32 nr = 0, i;

	for (i = 0; i <= RP_RECORD_MAX; i++)
		nr += s->nr_records[i];
	md->ids = rp_ids_alloc(nr);
	if (!md->ids)
		return -ENOMEM;
	for (i = 0; i < rp_state_nr_slots(s); i++) {
		struct rp_record *rec = rp_state_slot(s, i);

		if (!rec || !rp_ids_put(md->ids, rec))
			continue;
		rp_why(why, "two records of type %u with one id", rec->type);
		return -EUCLEAN;
	}
	return 0;
}

/* --- closed intervals --- */

struct rp_closed *rp_closed_alloc(u32 max)
{
	struct rp_closed *c = rp_zalloc(sizeof(*c) + max * sizeof(c->iv[0]));

	if (!c)
		return NULL;
	c->max = max;
	return c;
}

bool rp_state_find(const struct rp_state *s, u64 seq, u32 *at)
{
	u32 lo = 0, hi = s->nr_line;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (s->line[mid]->end < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	*at = lo;
	return lo < s->nr_line && s->line[lo]->end == seq;
}

/* Heapsort: no recursion and no bad case, since the order comes from the disk. */
static void sift(struct rp_interval **line, u32 root, u32 nr)
{
	u32 child;

	while ((child = 2 * root + 1) < nr) {
		if (child + 1 < nr && line[child + 1]->end > line[child]->end)
			child++;
		if (line[root]->end >= line[child]->end)
			return;
		swap(line[root], line[child]);
		root = child;
	}
}

static void line_sort(struct rp_interval **line, u32 nr)
{
	u32 i;

	for (i = nr / 2; i--; )
		sift(line, i, nr);
	for (i = nr; i-- > 1; ) {
		swap(line[0], line[i]);
		sift(line, 0, i);
	}
}

/* Intervals must follow each other without a gap, the open one last. */
int rp_state_line(struct rp_state *s, struct rp_why *why)
{
	u64 end = s->sb.first_seq - 1;
	u8 id[16];
	u32 i;

	s->closed = rp_closed_alloc(s->nr_records[RP_RECORD_INTERVAL] + 1);
	if (!s->closed)
		return -ENOMEM;
	s->line = s->closed->iv;
	for (i = 0; i < rp_state_nr_slots(s); i++) {
		struct rp_record *rec = rp_state_slot(s, i);

		if (!rec || !rec->iv)
			continue;
		rp_interval_id(rec->iv->end, id);
		if (memcmp(id, rec->id, sizeof(id)))
			goto bad;
		if (!(rec->iv->flags & RP_INTERVAL_OPEN))
			s->line[s->nr_line++] = rec->iv;
		else if (!s->open)
			s->open = rec->iv;
		else
			goto bad;
	}
	line_sort(s->line, s->nr_line);
	for (i = 0; i < s->nr_line; i++) {
		if (s->line[i]->start != end)
			goto bad;
		end = s->line[i]->end;
	}
	/* What is open may span merged boundaries, but ends where it must. */
	if (end >= s->sb.open_seq ||
	    (s->open && (s->open->start != end || s->open->end != s->sb.open_seq)))
		goto bad;
	return 0;
bad:
	rp_why(why, "intervals do not follow each other after boundary %llu",
	       (unsigned long long)end);
	return -EUCLEAN;
}

/* --- the life of a state --- */

struct rp_state *rp_state_get(struct rp_md *md)
{
	struct rp_state *s;

	rp_lock(&md->lock);
	s = md->state;
	s->refs++;
	rp_unlock(&md->lock);
	return s;
}

void rp_state_free(struct rp_md *md, struct rp_state *s)
{
	u32 i;

	for (i = 0; i < rp_state_nr_slots(s); i++)
		rp_record_free(md, rp_state_slot(s, i));
	for (i = 0; i < s->nr_pages; i++)
		rp_free(s->page[i]);
	rp_free(s->page);
	rp_free(s->closed);
	rp_free(s);
}

/* What the step to the next state left behind: older ones have gone, newer have it not. */
static void dead_free(struct rp_md *md, struct rp_state *s)
{
	while (s->dead) {
		struct rp_record *rec = s->dead;

		s->dead = rec->dead_next;
		rp_record_free(md, rec);
	}
	while (s->dead_pages) {
		struct rp_slots *page = s->dead_pages;

		s->dead_pages = page->dead_next;
		rp_free(page);
	}
	rp_free(s->dead_closed);
	rp_free(s->page);
}

void rp_state_put(struct rp_md *md, struct rp_state *s)
{
	struct rp_state *gone = NULL, **tail = &gone;

	/* Each that goes lets go of the next newer one. */
	rp_lock(&md->lock);
	while (s && !--s->refs) {
		*tail = s;
		tail = &s->next;
		s = s->next;
	}
	*tail = NULL;
	rp_unlock(&md->lock);

	while (gone) {
		s = gone;
		gone = s->next;
		dead_free(md, s);
		/* Its blocks are for the next transaction: the map has no lock. */
		rp_lock(&md->lock);
		s->next = md->graveyard;
		md->graveyard = s;
		rp_unlock(&md->lock);
	}
}

void rp_graveyard_reap(struct rp_md *md)
{
	struct rp_state *s;
	u32 i;

	for (;;) {
		rp_lock(&md->lock);
		s = md->graveyard;
		if (s)
			md->graveyard = s->next;
		rp_unlock(&md->lock);
		if (!s)
			return;
		for (i = 0; i < s->nr_garbage; i++)
			rp_space_free(&md->space, s->garbage[i]);
		rp_free(s->garbage);
		rp_free(s);
	}
}
