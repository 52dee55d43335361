// SPDX-License-Identifier: GPL-2.0-only
/*
 * point.c - life of a point, and what its members' words make of it
 */
#include "event.h"
#include "point_registry.h"

struct rp_point *rp_point_alloc(const uuid_t *id, struct rp_point_record *rec)
{
	struct rp_point *p = rp_zalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->words = rp_calloc(rec->nr_members, sizeof(*p->words));
	if (!p->words) {
		rp_free(p);
		return NULL;
	}
	kref_init(&p->ref);
	p->id = *id;
	p->rec = *rec;
	rec->members = NULL;
	rec->vendor = NULL;
	return p;
}

static void point_free(struct kref *ref)
{
	struct rp_point *p = container_of(ref, struct rp_point, ref);

	rp_point_record_release(&p->rec);
	rp_free(p->words);
	rp_free(p);
}

void rp_point_ref(struct rp_point *p)
{
	kref_get(&p->ref);
}

void rp_point_put(struct rp_point *p)
{
	kref_put(&p->ref, point_free);
}

enum rp_verdict rp_point_verdict(const struct rp_point *p)
{
	struct rp_tombstone t;

	lockdep_assert_held(&rp_points_lock);
	if (rp_tombstone_find(&p->id, &t))
		return t.state == RP_TOMBSTONE_VOID ? RP_VERDICT_VOID :
						      RP_VERDICT_DESTROYED;
	return rp_resolve(p->words, p->rec.nr_members);
}

u32 rp_point_state(const struct rp_point *p)
{
	enum rp_verdict verdict;

	lockdep_assert_held(&rp_points_lock);
	/* The job has the word, until it has decided that the point is void. */
	if (p->phase == RP_POINT_CREATING && !rp_tombstone_find(&p->id, NULL))
		return p->prepared ? REFPOINT_POINT_PREPARED :
				     REFPOINT_POINT_PREPARING;

	verdict = rp_point_verdict(p);
	switch (verdict) {
	case RP_VERDICT_COMMIT:
		return REFPOINT_POINT_COMMITTED;
	case RP_VERDICT_VOID:
		return REFPOINT_POINT_VOID;
	case RP_VERDICT_DESTROYED:
		return REFPOINT_POINT_DESTROYED;
	default:
		return REFPOINT_POINT_IN_DOUBT;
	}
}

void rp_point_retire(struct rp_point *p)
{
	unsigned int i;

	lockdep_assert_held(&rp_points_lock);
	if (p->phase != RP_POINT_IDLE || !rp_tombstone_find(&p->id, NULL))
		return;
	/* Who is away and comes back brings the record, and finds the tombstone. */
	for (i = 0; i < p->rec.nr_members; i++)
		if (p->words[i] == RP_WORD_PREPARED ||
		    p->words[i] == RP_WORD_COMMITTED)
			return;
	rp_point_unlink(p);
}

void rp_point_say(struct rp_point *p, unsigned int member, enum rp_word word)
{
	mutex_lock(&rp_points_lock);
	p->words[member] = word;
	mutex_unlock(&rp_points_lock);
}

enum rp_word rp_point_word(struct rp_point *p, unsigned int member)
{
	enum rp_word word;

	mutex_lock(&rp_points_lock);
	word = p->words[member];
	mutex_unlock(&rp_points_lock);
	return word;
}

struct rp_payload *rp_point_encode(const struct rp_point *p, u8 state)
{
	struct rp_point_record rec = p->rec;
	struct rp_payload *payload;

	rec.state = state;
	payload = rp_payload_alloc(rp_point_record_size(&rec));
	if (payload)
		rp_point_record_encode(&rec, payload->data);
	return payload;
}
