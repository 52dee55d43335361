// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_recover.c - bring a member's records up to the verdict (O6)
 *
 * After a crash, or when a member was away. Publishing follows the disk: that a
 * point is void or destroyed is told by a tombstone, and that goes into memory
 * once one member has it.
 */
#include "event.h"
#include "point_registry.h"
#include "settle.h"
#include "volume.h"

/* Points looked at in one round under the lock (I12). */
#define RECOVER_BATCH	16

/**
 * struct recover - what one member lacks, at most RECOVER_BATCH points of a kind
 * @vol: claimed and entered
 * @nr_commit: of @commit
 * @nr_end: of @end, @ending and @entry
 * @commit: points whose record becomes committed
 * @ending: points that end
 * @end: how
 * @entry: reservations for their tombstones
 */
struct recover {
	struct rp_volume *vol;
	unsigned int nr_commit;
	unsigned int nr_end;
	struct rp_point *commit[RECOVER_BATCH];
	struct rp_point *ending[RECOVER_BATCH];
	struct rp_point_end end[RECOVER_BATCH];
	struct rp_tombstone_entry *entry[RECOVER_BATCH];
};

static int add_end(struct recover *r, struct rp_point *p, unsigned int member)
{
	struct rp_tombstone t = {
		.time = rp_time_now(),
		.state = RP_TOMBSTONE_VOID,
		.reason = REFPOINT_REASON_VOID,
	};

	/* No tombstone yet: nobody committed, and all say so. */
	if (!rp_tombstone_find(&p->id, &t))
		memcpy(t.id, &p->id, 16);
	r->entry[r->nr_end] = rp_tombstone_reserve();
	if (!r->entry[r->nr_end])
		return -ENOMEM;
	rp_point_end_init(&r->end[r->nr_end], p, member, r->vol, &t);
	rp_point_ref(p);
	r->ending[r->nr_end++] = p;
	return 0;
}

/* What the volume lacks. Return: 0, -ENOMEM. */
static int collect(struct recover *r)
{
	struct rp_point *p;
	int err = 0;

	mutex_lock(&rp_points_lock);
	for (p = rp_point_first(NULL); p && !err; p = rp_point_after(p)) {
		int i = rp_point_record_member(&p->rec, r->vol->uuid.b);

		if (i < 0 || p->phase != RP_POINT_IDLE)
			continue;
		/* It came up before anybody told of the point (point_load.c). */
		if (rp_point_say_none(r->vol, p, i)) {
			rp_point_tell_lagging(p);
			rp_point_touch();
		}
		switch (rp_resolve_remedy(rp_point_verdict(p), p->words[i])) {
		case RP_REMEDY_COMMIT:
			if (r->nr_commit < RECOVER_BATCH) {
				rp_point_ref(p);
				r->commit[r->nr_commit++] = p;
			}
			break;
		case RP_REMEDY_FORGET:
			if (r->nr_end < RECOVER_BATCH)
				err = add_end(r, p, i);
			break;
		default:
			break;
		}
	}
	mutex_unlock(&rp_points_lock);
	return err;
}

/* The word of the volume on @p, now durable; and all others learn from it. */
static void said(struct recover *r, struct rp_point *p, enum rp_word word)
{
	u32 state;

	mutex_lock(&rp_points_lock);
	p->words[rp_point_record_member(&p->rec, r->vol->uuid.b)] = word;
	state = rp_point_state(p);
	rp_point_tell_lagging(p);
	rp_point_retire(p);
	rp_point_touch();
	mutex_unlock(&rp_points_lock);
	rp_event_point(&p->id, REFPOINT_EVENT_STATE_CHANGED, state);
}

static int recover_commits(struct recover *r)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < r->nr_commit && !err; i++) {
		struct rp_point *p = r->commit[i];
		struct rp_payload *payload;

		payload = rp_point_encode(p, REFPOINT_POINT_COMMITTED);
		if (!payload)
			return -ENOMEM;
		err = rp_point_store_record(r->vol, &p->id, payload);
		rp_payload_put(payload);
		if (!err)
			said(r, p, RP_WORD_COMMITTED);
	}
	return err;
}

static int recover_ends(struct recover *r)
{
	unsigned int i;
	int err;

	for (i = 0; i < r->nr_end; i++) {
		err = rp_point_store_end(r->vol, &r->end[i]);
		if (err)
			return err;
		rp_tombstone_publish(r->entry[i], &r->end[i].t);
		r->entry[i] = NULL;
		said(r, r->ending[i],
		     r->end[i].t.state == RP_TOMBSTONE_VOID ?
			     RP_WORD_VOID : RP_WORD_DESTROYED);
	}
	return 0;
}

static void release(struct recover *r)
{
	unsigned int i;

	for (i = 0; i < r->nr_commit; i++)
		rp_point_put(r->commit[i]);
	for (i = 0; i < r->nr_end; i++)
		rp_point_put(r->ending[i]);
	for (i = 0; i < RECOVER_BATCH; i++)
		rp_tombstone_cancel(r->entry[i]);
	memset(r, 0, sizeof(*r));
}

int rp_point_settle(struct rp_volume *vol)
{
	struct recover *r = rp_zalloc(sizeof(*r));
	bool more = true;
	int err;

	if (!r)
		return -ENOMEM;
	err = rp_point_find_lost(vol, false);
	while (more && !err) {
		r->vol = vol;
		err = collect(r);
		more = r->nr_commit || r->nr_end;
		if (!err)
			err = recover_commits(r);
		if (!err)
			err = recover_ends(r);
		release(r);
		cond_resched();
	}
	rp_free(r);
	return err;
}
