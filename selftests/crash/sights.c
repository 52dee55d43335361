// SPDX-License-Identifier: GPL-2.0-only
/*
 * sights.c - what is shown while some members are there, and when all are
 *
 * After a crash a point that was on its way may be committed or not, and who is
 * away may know. So whatever some of the members say, all of them together have
 * to confirm, in whatever order they come: "committed", "void" and "there is none"
 * are words for good, "in doubt" is the only one that may be followed by any
 * (O6). Of a collection versions only grow: what some have seen all will see.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"

static unsigned int member_bit(struct party *p, const struct refpoint_uuid *id)
{
	char uuid[REFPOINT_UUID_STR];
	unsigned int i;

	refpoint_uuid_format(id, uuid);
	for (i = 0; i < p->k->world.nr; i++)
		if (!strcmp(uuid, p->k->world.volume[i].uuid))
			return 1U << i;
	die("a member %s that was never taken in", uuid);
}

static unsigned int members_of(struct party *p, const struct refpoint_collection *c)
{
	const struct refpoint_member *m;
	unsigned int set = 0;

	for (m = refpoint_collection_members(c); m; m = refpoint_member_next(m))
		set |= member_bit(p, refpoint_member_volume(m));
	return set;
}

void side_read(struct party *p, unsigned int present, struct side *side)
{
	struct world *w = &p->k->world;
	struct refpoint_collection *list = NULL;
	const struct refpoint_collection *c;

	memset(side, 0, sizeof(*side));
	if (refpoint_collection_list(w->ctx, &list, w->result) ||
	    !refpoint_result_ok(w->result))
		die("collection list: %s", refpoint_error_message(w->ctx));
	for (c = list; c; c = refpoint_collection_next(c)) {
		unsigned int members = members_of(p, c);

		if (!strcmp(refpoint_collection_name(c), w->collection))
			continue;
		/* Of one that has been shown the members may be away, or lost, by now. */
		tally(p->k, TALLY_GUESS, members & present || !p->fallen,
		      "volumes %x: a collection \"%s\" of %x, who are away", present,
		      refpoint_collection_name(c), members);
		if (!(members & present))
			continue;
		tally(p->k, TALLY_WHOLE, !side->there, "there are \"%s\" and \"%s\"",
		      side->name, refpoint_collection_name(c));
		side->there = true;
		snprintf(side->name, sizeof(side->name), "%s",
			 refpoint_collection_name(c));
		side->members = members;
	}
	refpoint_collection_free(list);
}

/* The list from a point, of a volume that is there, goes with its state. */
static void ask_one(struct party *p, unsigned int nth, unsigned int present,
		    uint32_t state)
{
	const struct question q = { .from = &p->k->points.point[nth] };
	struct world *w = &p->k->world;
	struct list list;
	uint32_t reason;
	unsigned int i;

	do {
		i = chance_below(&w->chance, w->nr);
	} while (!(present >> i & 1));
	reason = ask(w, &w->volume[i], &q, &list);
	list_free(&list);
	/* It may have been resolved since. */
	if (truth_state(p->k, q.from, 0) != state)
		return;
	if (state == REFPOINT_POINT_IN_DOUBT)
		tally(p->k, TALLY_GUESS, reason == REFPOINT_REASON_IN_DOUBT,
		      "%s: a point is in doubt, and a list from it is %s",
		      w->volume[i].name, refpoint_reason_name(reason));
	else if (state == REFPOINT_POINT_COMMITTED)
		tally(p->k, TALLY_POINT, !reason, "%s: a list from a point is %s",
		      w->volume[i].name, refpoint_reason_name(reason));
	else
		tally(p->k, TALLY_POINT, reason, "%s: a list from a point that is %s",
		      w->volume[i].name, refpoint_point_state_name(state));
}

void sight_take(struct party *p, unsigned int present, unsigned int patience)
{
	struct sight *s = &p->sight[p->nr_sights++];
	unsigned int i;

	if (p->nr_sights > SIGHTS_MAX)
		die("too many sights");
	s->present = present;
	s->settled = patience;
	for (i = 0; i < p->k->points.nr; i++) {
		s->state[i] = truth_state(p->k, &p->k->points.point[i], patience);
		ask_one(p, i, present, s->state[i]);
	}
	side_read(p, present, &s->side);
}

/* --- judging --- */

static void judge_point(struct party *p, const struct sight *s, int nth)
{
	const struct sight *all = &p->sight[p->nr_sights - 1];
	uint32_t said = s->state[nth], is = all->state[nth];
	bool knows = s->present & ~(p->away | p->lost);
	bool gone = p->acked && nth == p->destroying && knows;
	bool good;

	switch (said) {
	case REFPOINT_POINT_COMMITTED:
		/* Who has not heard of the end goes on; the others do not. */
		good = !gone && (is == said || nth == p->destroying);
		break;
	case REFPOINT_POINT_IN_DOUBT:
		good = !s->settled && !gone;
		break;
	case REFPOINT_POINT_VOID:
	case REFPOINT_POINT_DESTROYED:
	case 0:
		good = is != REFPOINT_POINT_COMMITTED;
		break;
	default:
		good = false;
	}
	if (p->acked && nth == p->making && knows)
		good &= said == REFPOINT_POINT_COMMITTED;
	if (p->refused && nth == p->making)
		good &= said != REFPOINT_POINT_COMMITTED;
	tally(p->k, TALLY_GUESS, good,
	      "volumes %x said of a point: %s; all of them: %s%s%s%s%s", s->present,
	      refpoint_point_state_name(said), refpoint_point_state_name(is),
	      nth == p->making ? ", it was being made" : "",
	      nth == p->destroying ? ", it was being destroyed" : "",
	      p->acked ? ", and that was done" : "",
	      p->refused ? ", and that failed" : "");
}

static bool side_same(const struct side *a, const struct side *b)
{
	return a->there == b->there && a->members == b->members &&
	       !strcmp(a->name, b->name);
}

/* A collection is what @present show of @is: none of its members, nothing. */
static bool side_shows(const struct sight *s, const struct side *is)
{
	static const struct side nothing;

	return side_same(&s->side, is->members & s->present ? is : &nothing);
}

/* 0: as before the operation; 1: as after it; -1: neither. */
static int side_rank(const struct party *p, const struct sight *s)
{
	if (side_shows(s, &p->after))
		return 1;
	return side_shows(s, &p->before) ? 0 : -1;
}

static void judge_side(struct party *p, const struct sight *s)
{
	const struct sight *all = &p->sight[p->nr_sights - 1];
	unsigned int concerned = p->before.members | p->after.members;
	bool knows = s->present & concerned & ~(p->away | p->lost);
	int rank = side_rank(p, s);

	/* Who is none of its members has nothing to say. */
	if (!(s->present & concerned))
		return;
	tally(p->k, TALLY_WHOLE, rank >= 0,
	      "volumes %x: a collection \"%s\" of %x, which was \"%s\" of %x, and was to be \"%s\" of %x",
	      s->present, s->side.name, s->side.members, p->before.name,
	      p->before.members, p->after.name, p->after.members);
	/* A definition that failed is buried, which who was away does not know. */
	tally(p->k, TALLY_GUESS, rank <= side_rank(p, all) ||
	      (p->refused && !p->before.there && !knows),
	      "volumes %x: a collection was changed, and then it was not: \"%s\" of %x",
	      s->present, all->side.name, all->side.members);
	tally(p->k, TALLY_WHOLE, !p->acked || rank == 1 || !knows,
	      "volumes %x: a change that was done is gone: \"%s\" of %x, not \"%s\" of %x",
	      s->present, s->side.name, s->side.members, p->after.name,
	      p->after.members);
	tally(p->k, TALLY_WHOLE, !p->refused || p->before.there || !rank || !knows,
	      "volumes %x: a definition that failed is there: \"%s\" of %x",
	      s->present, s->side.name, s->side.members);
}

void sights_judge(struct party *p)
{
	unsigned int i, j;

	for (i = 0; i < p->nr_sights; i++) {
		for (j = 0; j < p->k->points.nr; j++)
			judge_point(p, &p->sight[i], j);
		judge_side(p, &p->sight[i]);
	}
}
