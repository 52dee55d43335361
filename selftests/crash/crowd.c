// SPDX-License-Identifier: GPL-2.0-only
/*
 * crowd.c - a collection of very many volumes that is changed while power goes
 *
 * It is created, gets half of its members and loses them, is renamed and destroyed.
 * Of each change there is all or nothing once all members are back; and all of it if
 * it was said to be done (I4 is for points: this is what a collection promises).
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "many.h"

/* Records and superblocks of a change, for each member, with their flushes. */
#define REQUESTS	10
/* Who was up before another one told of the change learns it a moment later. */
#define PATIENCE	3000

static const char *const names[] = { "crowd", "throng" };

static bool same(const struct crowd *a, const struct crowd *b)
{
	return a->members == b->members && (!a->members || a->name == b->name);
}

/* Return: how many members it has under this name; 0: there is none. */
static unsigned int members_of(struct world *w, const char *name)
{
	struct refpoint_collection *c = NULL;
	const struct refpoint_member *member;
	unsigned int n = 0;

	if (refpoint_collection_get(w->ctx, name, &c, w->result))
		die("get: %s", refpoint_error_message(w->ctx));
	if (!c || refpoint_collection_state(c) != REFPOINT_COLLECTION_COMPLETE)
		goto out;
	for (member = refpoint_collection_members(c); member;
	     member = refpoint_member_next(member))
		n++;
out:
	refpoint_collection_free(c);
	return n;
}

/* Return: whether it is there under one name at most. */
static bool look(struct many *m, struct crowd *now)
{
	unsigned int n[2], i;

	for (i = 0; i < 2; i++)
		n[i] = members_of(&m->k->world, names[i]);
	now->name = !n[0];
	now->members = n[now->name];
	return !n[0] || !n[1];
}

static bool done(struct many *m, int err)
{
	return !err && refpoint_result_ok(m->k->world.result);
}

static bool change(struct many *m)
{
	struct world *w = &m->k->world;
	unsigned int half = m->nr / 2;
	const char *name = names[m->before.name];

	m->after = m->before;
	if (!m->before.members) {
		m->after.members = m->nr;
		return done(m, refpoint_collection_create(w->ctx, name, NULL, m->name,
							  m->nr, NULL, w->result));
	}
	switch (chance_below(&w->chance, 3)) {
	case 0:
		m->after.name = !m->before.name;
		return done(m, refpoint_collection_rename(w->ctx, name,
							  names[m->after.name],
							  w->result));
	case 1:
		m->after.members = 0;
		return done(m, refpoint_collection_destroy(w->ctx, name, w->result));
	}
	if (m->before.members == half) {
		m->after.members = m->nr;
		return done(m, refpoint_collection_add_member(w->ctx, name,
							      m->name + half,
							      m->nr - half, w->result));
	}
	m->after.members = half;
	return done(m, refpoint_collection_remove_member(w->ctx, name, m->name + half,
							 m->nr - half, w->result));
}

void crowd_act(struct many *m)
{
	bool ok;

	power_goes_within(m, REQUESTS);
	ok = change(m);
	m->cut_short = power_has_gone(m);
	tally(m->k, TALLY_USABLE, ok || m->cut_short, "a change of the collection: %s",
	      refpoint_result_message(m->k->world.result));
}

void crowd_judge(struct many *m)
{
	unsigned int patience = PATIENCE;
	struct crowd now;
	bool one;

	do {
		one = look(m, &now);
		if (one && (same(&now, &m->after) ||
			    (m->cut_short && same(&now, &m->before))))
			break;
		usleep(10000);
	} while (--patience);
	tally(m->k, TALLY_WHOLE, patience,
	      "a collection of %u was to become one of %u%s and is one of %u%s",
	      m->before.members, m->after.members,
	      m->before.name == m->after.name ? "" : ", renamed", now.members,
	      one ? "" : ", under both names");
	m->before = now;
}

const char *crowd_words(const struct many *m)
{
	return !m->before.members ? "not there" :
	       m->before.members == m->nr ? "whole" : "a half";
}
