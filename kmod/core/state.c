// SPDX-License-Identifier: GPL-2.0-only
/*
 * state.c - what is durable, as an immutable object that readers hold
 *
 * See store.h for what hangs on a state and when it goes.
 */
#include "store.h"

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

	s->line = rp_calloc(s->nr_records[RP_RECORD_INTERVAL] + 1,
			    sizeof(*s->line));
	if (!s->line)
		return -ENOMEM;
	for (i = 0; i < s->nr_slots; i++) {
		struct rp_record *rec = s->slot[i];

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

struct rp_state *rp_state_get(struct rp_md *md)
{
	struct rp_state *s;

	rp_lock(&md->lock);
	s = md->state;
	s->refs++;
	rp_unlock(&md->lock);
	return s;
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
		while (s->dead) {
			struct rp_record *rec = s->dead;

			s->dead = rec->dead_next;
			rp_record_free(md, rec);
		}
		rp_free(s->slot);
		rp_free(s->line);
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
