// SPDX-License-Identifier: GPL-2.0-only
/*
 * acts.c - the operations: on points, and on the other collection
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "members.h"

const char *const act_name[NR_ACTS] = {
	"make a point", "destroy a point", "create a collection", "add a member",
	"remove a member", "rename", "destroy a collection",
};

/* --- the other collection --- */

static unsigned int any_of(struct chance *c, unsigned int set)
{
	unsigned int bit;

	do {
		bit = 1U << chance_below(c, VOLUMES_MAX);
	} while (!(set & bit));
	return bit;
}

unsigned int names_of(struct party *p, unsigned int set, const char **names)
{
	unsigned int i, n = 0;

	for (i = 0; i < p->k->world.nr; i++)
		if (set >> i & 1)
			names[n++] = p->k->world.volume[i].uuid;
	return n;
}

void act_plan(struct party *p, enum act act)
{
	struct chance *c = &p->k->world.chance;
	struct side *s = &p->after;

	*s = p->before;
	switch (act) {
	case ACT_CREATE:
		s->there = true;
		/* Two at least, and one is left that can be added. */
		s->members = p->all & ~any_of(c, p->all);
		if (chance_hit(c, 70))
			s->members &= ~any_of(c, s->members);
		/* fallthrough */
	case ACT_RENAME:
		snprintf(s->name, sizeof(s->name), "%s%u",
			 act == ACT_CREATE ? "side" : "other", p->k->round);
		break;
	case ACT_ADD:
		s->members |= any_of(c, p->all & ~s->members);
		break;
	case ACT_REMOVE:
		s->members &= ~any_of(c, s->members);
		break;
	case ACT_DESTROY:
		memset(s, 0, sizeof(*s));
		break;
	default:
		break;
	}
}

/* Return: whether it was said to be done. */
static bool change(struct party *p, enum act act)
{
	const struct side *from = &p->before, *to = &p->after;
	struct world *w = &p->k->world;
	const char *names[VOLUMES_MAX];
	unsigned int n;
	int err = 0;

	switch (act) {
	case ACT_CREATE:
		n = names_of(p, to->members, names);
		err = refpoint_collection_create(w->ctx, to->name, NULL, names, n, NULL,
						 w->result);
		break;
	case ACT_ADD:
		n = names_of(p, to->members & ~from->members, names);
		err = refpoint_collection_add_member(w->ctx, from->name, names, n,
						     w->result);
		break;
	case ACT_REMOVE:
		n = names_of(p, from->members & ~to->members, names);
		err = refpoint_collection_remove_member(w->ctx, from->name, names, n,
							w->result);
		break;
	case ACT_RENAME:
		err = refpoint_collection_rename(w->ctx, from->name, to->name,
						 w->result);
		break;
	default:
		err = refpoint_collection_destroy(w->ctx, from->name, w->result);
	}
	if (err)
		die("%s: %s", act_name[act], refpoint_error_message(w->ctx));
	return refpoint_result_ok(w->result);
}

void act_ready(struct party *p, enum act act)
{
	struct cuts *k = p->k;
	enum act first = ACT_CREATE;

	if (act < ACT_CREATE)
		return;
	side_read(p, p->all, &p->before);
	/* Of all members, or of one: a new one, that can do both. */
	if (act == ACT_CREATE ||
	    (p->before.there && (p->before.members == p->all ||
				 !(p->before.members & (p->before.members - 1)))))
		first = ACT_DESTROY;
	if (first == ACT_DESTROY && p->before.there) {
		act_plan(p, ACT_DESTROY);
		tally(k, TALLY_USABLE, change(p, ACT_DESTROY), "destroy: %s",
		      refpoint_result_message(k->world.result));
		memset(&p->before, 0, sizeof(p->before));
	}
	if (act != ACT_CREATE && !p->before.there) {
		act_plan(p, ACT_CREATE);
		tally(k, TALLY_USABLE, change(p, ACT_CREATE), "create: %s",
		      refpoint_result_message(k->world.result));
	}
}

void side_use(struct party *p)
{
	struct world *w = &p->k->world;
	struct refpoint_point_options *o = refpoint_point_options_new();
	struct refpoint_uuid id;
	struct side side;

	side_read(p, p->all, &side);
	if (!o)
		die("out of memory");
	refpoint_point_options_set_wait(o, 1000);
	if (side.there) {
		int err = refpoint_point_create(w->ctx, side.name, o, &id, NULL,
						w->result);

		tally(p->k, TALLY_USABLE, !err &&
		      refpoint_result_value(w->result) == REFPOINT_RV_DONE,
		      "a point over \"%s\": %s", side.name,
		      refpoint_result_message(w->result));
		err = refpoint_point_destroy(w->ctx, &id, NULL, 0, 1000, NULL,
					     w->result);
		tally(p->k, TALLY_USABLE, !err &&
		      refpoint_result_value(w->result) == REFPOINT_RV_DONE,
		      "destroy it: %s", refpoint_result_message(w->result));
	}
	refpoint_point_options_free(o);
}

/* --- points --- */

void point_drop(struct cuts *k, unsigned int nth)
{
	k->life[nth].destroyed = moment_now();
	point_destroy(&k->world, &k->points.point[nth]);
	truth_forget(k, nth);
}

struct point *point_new(struct cuts *k)
{
	struct life *l = &k->life[k->points.nr];
	struct point *pt;

	memset(l, 0, sizeof(*l));
	l->asked = moment_now();
	l->round = k->round;
	pt = point_make(&k->world, &k->points);
	truth_of_point(k, pt);
	return pt;
}

/* Return: whether it was said to be done. */
static bool act_point(struct party *p, enum act act)
{
	struct cuts *k = p->k;

	if (act == ACT_MAKE_POINT) {
		p->making = k->points.nr;
		return point_new(k)->alive;
	}
	p->destroying = chance_below(&k->world.chance, k->points.nr);
	k->life[p->destroying].destroyed = moment_now();
	point_destroy(&k->world, &k->points.point[p->destroying]);
	return !k->points.point[p->destroying].alive;
}

void act_told(struct party *p)
{
	struct cuts *k = p->k;

	if (p->making >= 0)
		truth_made(k, &k->points.point[p->making], p->acked);
	/* It never will be. */
	if (p->making >= 0 && p->refused)
		k->life[p->making].made = true;
	if (p->destroying >= 0 && !p->acked)
		k->points.point[p->destroying].alive = true;
}

/* --- either --- */

bool act_do(struct party *p, enum act act)
{
	return act < ACT_CREATE ? act_point(p, act) : change(p, act);
}
