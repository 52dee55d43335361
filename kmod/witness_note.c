// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness_note.c - the rp_notes of what was not tracked, and who carries which (I6)
 */
#include <linux/jiffies.h>
#include <linux/slab.h>

#include "witness_note.h"

/* A commit of a metadata device that answers takes less. */
#define CARRY_PATIENCE	(5 * HZ)

DEFINE_MUTEX(rp_notes_lock);
LIST_HEAD(rp_notes);

struct rp_note *rp_note_find(const u8 id[16])
{
	struct rp_note *n;

	lockdep_assert_held(&rp_notes_lock);
	list_for_each_entry(n, &rp_notes, node)
		if (!memcmp(n->w.id, id, sizeof(n->w.id)))
			return n;
	return NULL;
}

bool rp_note_is_about(const struct rp_note *n, const struct rp_volume *vol)
{
	if (n->by_origin)
		return n->origin == vol->origin.dev->bdev->bd_dev;
	return !memcmp(n->w.volume, vol->uuid.b, sizeof(n->w.volume));
}

/* Small and in process context: the kernel finds this much. */
struct rp_note *rp_note_add(const struct rp_witness *w)
{
	struct rp_note *n = kzalloc(sizeof(*n), GFP_NOIO | __GFP_NOFAIL);

	lockdep_assert_held(&rp_notes_lock);
	n->w = *w;
	INIT_LIST_HEAD(&n->carriers);
	list_add_tail(&n->node, &rp_notes);
	return n;
}

struct rp_carrier *rp_carrier_find(const struct rp_note *n, const uuid_t *volume)
{
	struct rp_carrier *c;

	list_for_each_entry(c, &n->carriers, node)
		if (uuid_equal(&c->volume, volume))
			return c;
	return NULL;
}

struct rp_carrier *rp_carrier_add(struct rp_note *n, const uuid_t *volume)
{
	struct rp_carrier *c = kzalloc(sizeof(*c), GFP_NOIO | __GFP_NOFAIL);

	c->volume = *volume;
	list_add_tail(&c->node, &n->carriers);
	return c;
}

void rp_carrier_ask(struct rp_carrier *c)
{
	c->state = RP_CARRY_ASKED;
	c->asked = jiffies;
}

void rp_carrier_drop(struct rp_note *n, const uuid_t *volume)
{
	struct rp_carrier *c = rp_carrier_find(n, volume);

	if (c) {
		list_del(&c->node);
		kfree(c);
	}
}

static void note_free(struct rp_note *n)
{
	struct rp_carrier *c, *tmp;

	list_for_each_entry_safe(c, tmp, &n->carriers, node)
		kfree(c);
	list_del(&n->node);
	kfree(n);
}

void rp_note_retire(struct rp_note *n)
{
	struct rp_carrier *c;

	lockdep_assert_held(&rp_notes_lock);
	if (!n->heard)
		return;
	list_for_each_entry(c, &n->carriers, node)
		if (c->state != RP_CARRY_AWAY)
			return;
	note_free(n);
}

/* Is @o another word that @volume carries about the volume that @n is about? */
static bool is_beside(const struct rp_note *o, const struct rp_note *n,
		      const uuid_t *volume)
{
	return o != n && !o->by_origin && rp_carrier_find(o, volume) &&
	       !memcmp(o->w.volume, n->w.volume, sizeof(o->w.volume));
}

struct rp_note *rp_note_assign(struct rp_note *n, const uuid_t *volume)
{
	struct rp_note *o, *tmp, *both = NULL;
	u8 id[16];

	lockdep_assert_held(&rp_notes_lock);
	list_for_each_entry_safe(o, tmp, &rp_notes, node) {
		if (!is_beside(o, n, volume))
			continue;
		rp_carrier_drop(o, volume);
		if (o->heard) {
			rp_note_retire(o);
			continue;
		}
		if (!both)
			both = rp_note_add(&n->w);
		generate_random_uuid(id);
		rp_witness_merge(&both->w, &o->w, id);
		o->merged = true;
		n->merged = true;
	}
	if (both)
		n = both;
	if (!rp_carrier_find(n, volume))
		rp_carrier_ask(rp_carrier_add(n, volume));
	return n;
}

struct rp_note *rp_note_join(struct rp_note *n, const uuid_t *volume)
{
	struct rp_note *o, *tmp;

	lockdep_assert_held(&rp_notes_lock);
	list_for_each_entry_safe(o, tmp, &rp_notes, node) {
		if (!is_beside(o, n, volume))
			continue;
		rp_carrier_drop(o, volume);
		/* It makes one of @o and all that @volume carries, @n among them. */
		if (!o->heard)
			return rp_note_assign(o, volume);
		rp_note_retire(o);
	}
	return NULL;
}

bool rp_carrier_hangs(const struct rp_carrier *c)
{
	return c->state == RP_CARRY_ASKED &&
	       time_after_eq(jiffies, c->asked + CARRY_PATIENCE);
}

unsigned int rp_note_missing(const struct rp_note *n)
{
	const struct rp_carrier *c;
	unsigned int nr = 0;

	list_for_each_entry(c, &n->carriers, node)
		nr += c->state != RP_CARRY_REFUSED && !rp_carrier_hangs(c);
	if (n->heard || n->by_origin || n->merged || nr >= RP_WITNESSES)
		return 0;
	return RP_WITNESSES - nr;
}

/* Durable nowhere: memory is all that has it (the exception of I6). */
static bool note_is_lost(const struct rp_note *n)
{
	const struct rp_carrier *c;

	list_for_each_entry(c, &n->carriers, node)
		if (c->state == RP_CARRY_DURABLE || c->state == RP_CARRY_AWAY)
			return false;
	return !n->heard && !n->merged;
}

void rp_witness_forget(void)
{
	struct rp_note *n, *tmp;

	list_for_each_entry_safe(n, tmp, &rp_notes, node) {
		if (note_is_lost(n) && n->by_origin)
			pr_warn("refpoint: nobody knows any more that device %u:%u was not tracked (%s)\n",
				MAJOR(n->origin), MINOR(n->origin), n->w.text);
		else if (note_is_lost(n))
			pr_warn("refpoint: nobody knows any more that volume %pUb was not tracked (%s)\n",
				n->w.volume, n->w.text);
		note_free(n);
	}
}
