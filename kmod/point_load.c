// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_load.c - what volumes say about points as they come and go
 *
 * A volume that comes up gives its word on every point that lists it; a volume
 * that goes takes it along, save for "committed", which no later event undoes.
 * So "all are there" (rp_resolve()) means: there at the same time.
 */
#include <linux/notifier.h>

#include "doubt.h"
#include "generation.h"
#include "point_registry.h"
#include "record_list.h"
#include "settle.h"
#include "volume.h"
#include "witness.h"

#define LOST_TEXT	"a point that others have was lost"

void rp_point_tell_lagging(const struct rp_point *p)
{
	enum rp_verdict verdict;
	unsigned int i;

	lockdep_assert_held(&rp_points_lock);
	if (p->phase != RP_POINT_IDLE)
		return;
	verdict = rp_point_verdict(p);
	for (i = 0; i < p->rec.nr_members; i++) {
		uuid_t uuid;

		if (!rp_resolve_remedy(verdict, p->words[i]))
			continue;
		import_uuid(&uuid, p->rec.members[i].volume);
		rp_settle_queue(&uuid);
	}
}

/*
 * Members that came up before anybody told of @p have not been asked for their
 * word: those that have no record of it may be all that is missing.
 */
static void ask_silent(const struct rp_point *p)
{
	unsigned int i;

	lockdep_assert_held(&rp_points_lock);
	if (p->phase != RP_POINT_IDLE || rp_point_verdict(p) != RP_VERDICT_IN_DOUBT)
		return;
	for (i = 0; i < p->rec.nr_members; i++) {
		uuid_t uuid;

		if (p->words[i] != RP_WORD_UNKNOWN)
			continue;
		import_uuid(&uuid, p->rec.members[i].volume);
		rp_settle_queue(&uuid);
	}
}

/*
 * Active, or held: it gives its word once in an activation, and a hold is not the end
 * of one. When that is over it is settled (hold.c).
 */
static bool is_there(const u8 *volume)
{
	uuid_t uuid;
	u32 state;

	import_uuid(&uuid, volume);
	state = rp_volume_state_of(&uuid);
	return state == REFPOINT_VOLUME_ACTIVE || state == REFPOINT_VOLUME_HELD;
}

void rp_point_leave(struct rp_point *p)
{
	bool ended = rp_tombstone_find(&p->id, NULL);
	unsigned int i;

	mutex_lock(&rp_points_lock);
	p->phase = RP_POINT_IDLE;
	p->job = 0;
	/* Of a point that has ended, who is away says it anew when it is back. */
	for (i = 0; ended && i < p->rec.nr_members; i++)
		if (!is_there(p->rec.members[i].volume))
			p->words[i] = RP_WORD_UNKNOWN;
	if (p->linked) {
		rp_point_tell_lagging(p);
		ask_silent(p);
	}
	rp_point_retire(p);
	rp_point_touch();
	mutex_unlock(&rp_points_lock);
}

/* Insert, or find, the point of a record; takes over @rec when it inserts. */
static struct rp_point *enter_record(const uuid_t *id,
				     struct rp_point_record *rec)
{
	struct rp_point *p = rp_point_find(id);

	lockdep_assert_held(&rp_points_lock);
	if (p)
		return rp_point_record_same(&p->rec, rec) ? p : ERR_PTR(-EUCLEAN);
	p = rp_point_alloc(id, rec);
	if (!p)
		return ERR_PTR(-ENOMEM);
	rp_point_link(p);
	rp_point_put(p);
	return p;
}

/*
 * A word was given on @p: members that are active have not been asked about a
 * point that was not known, and one that had said "none" may have lost it.
 */
static void ask_members(const struct rp_point *p, bool fresh)
{
	unsigned int i;

	lockdep_assert_held(&rp_points_lock);
	for (i = 0; i < p->rec.nr_members; i++) {
		uuid_t uuid;

		import_uuid(&uuid, p->rec.members[i].volume);
		if (p->words[i] == RP_WORD_NONE ||
		     (fresh && p->words[i] == RP_WORD_UNKNOWN))
			rp_settle_queue_up(&uuid);
	}
}

static int load_record(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct rp_volume *vol = arg;
	struct rp_point_record rec;
	struct rp_point *p;
	uuid_t uuid;
	bool fresh;
	int err, i;

	import_uuid(&uuid, id);
	err = rp_point_record_decode(data, len, &rec);
	if (err == -ENOMEM)
		return err;
	if (err)
		goto warn;
	i = rp_point_record_member(&rec, vol->uuid.b);
	err = -EUCLEAN;
	if (i < 0)
		goto warn;

	mutex_lock(&rp_points_lock);
	fresh = !rp_point_find(&uuid);
	p = enter_record(&uuid, &rec);
	err = PTR_ERR_OR_ZERO(p);
	/* While it is being made: a member that left the job after its prepare. */
	if (!err)
		p->words[i] = rec.state == REFPOINT_POINT_COMMITTED ?
				      RP_WORD_COMMITTED : RP_WORD_PREPARED;
	if (!err)
		ask_members(p, fresh);
	mutex_unlock(&rp_points_lock);
	rp_point_record_release(&rec);
	if (err != -EUCLEAN)
		return err;
warn:
	rp_point_record_release(&rec);
	pr_warn("refpoint: volume %pUb: the record of point %pUb cannot be used (%d)\n",
		&vol->uuid, &uuid, err);
	return 0;
}

/*
 * One that is there and cannot be read is a record; so is a tombstone, which may not
 * have been loaded for want of memory.
 */
static bool no_record(struct rp_volume *vol, const struct rp_point *p)
{
	size_t len;
	void *data;
	int err;

	err = rp_md_get_record(vol->md, RP_RECORD_POINT, p->id.b, &data, &len);
	if (!err)
		rp_free(data);
	return err == -ENOENT && !rp_tombstone_stands(vol->md, &p->id);
}

/*
 * Has @vol, in the generation of the cut, really no record? One that is there
 * and cannot be read, or another generation, is no word at all (resolve.h).
 */
static bool certain_none(struct rp_volume *vol, const struct rp_point *p,
			 unsigned int i)
{
	struct rp_md_info info;

	rp_md_get_info(vol->md, &info);
	return !memcmp(info.generation, p->rec.members[i].generation, 16) &&
	       no_record(vol, p);
}

/*
 * Entered; not claimed of need: a record that goes leaves a tombstone in the same
 * commit, or a generation that begins later, which is why that is looked at last.
 */
static bool look_for_lost(struct rp_volume *vol, bool up, rp_seq_t *beyond)
{
	struct rp_md_info info;
	struct rp_point *p;
	bool stale = false, none;

	*beyond = rp_seq(0);
	mutex_lock(&rp_points_lock);
	for (p = rp_point_first(NULL); p; p = rp_point_after(p)) {
		int i = rp_point_record_member(&p->rec, vol->uuid.b);
		enum rp_verdict verdict;
		rp_seq_t seq;

		if (i < 0 || p->phase != RP_POINT_IDLE)
			continue;
		/* A word of this activation; one from before may be remembered. */
		if (!up && (p->words[i] == RP_WORD_PREPARED ||
			    p->words[i] == RP_WORD_COMMITTED))
			continue;
		seq = p->rec.members[i].seq;
		verdict = rp_point_verdict(p);
		if (verdict != RP_VERDICT_COMMIT)
			continue;
		none = no_record(vol, p);
		rp_md_get_info(vol->md, &info);
		if (!rp_resolve_stale(verdict, none, info.first_seq, seq))
			continue;
		stale = true;
		*beyond = rp_seq(max(rp_seq_nr(*beyond), rp_seq_nr(seq)));
	}
	if (stale)
		rp_doubt_history(vol, RP_DOUBT_POINT, LOST_TEXT);
	mutex_unlock(&rp_points_lock);
	if (!stale)
		return false;
	/* A new history that began just now has ended the doubt, or we do. */
	rp_md_get_info(vol->md, &info);
	if (rp_seq_nr(info.first_seq) <= rp_seq_nr(*beyond))
		return true;
	rp_doubt_clear(vol, RP_DOUBT_POINT);
	return false;
}

void rp_point_doubt(struct rp_volume *vol)
{
	rp_seq_t beyond;

	look_for_lost(vol, false, &beyond);
}

int rp_point_find_lost(struct rp_volume *vol, bool up)
{
	rp_seq_t beyond;

	return look_for_lost(vol, up, &beyond) ?
		       rp_volume_restart(vol, beyond, LOST_TEXT) : 0;
}

bool rp_point_say_none(struct rp_volume *vol, struct rp_point *p, unsigned int i)
{
	lockdep_assert_held(&rp_points_lock);
	if (p->phase != RP_POINT_IDLE || p->words[i] != RP_WORD_UNKNOWN ||
	    !certain_none(vol, p, i))
		return false;
	p->words[i] = RP_WORD_NONE;
	return true;
}

bool rp_point_shared(const uuid_t *a, const uuid_t *b)
{
	struct rp_point *p;
	bool shared = false;

	mutex_lock(&rp_points_lock);
	for (p = rp_point_first(NULL); p && !shared; p = rp_point_after(p))
		shared = rp_point_record_member(&p->rec, a->b) >= 0 &&
			 rp_point_record_member(&p->rec, b->b) >= 0;
	mutex_unlock(&rp_points_lock);
	return shared;
}

/* @vol has said all that it has, unless @err. */
static void heard(struct rp_volume *vol, int err)
{
	struct rp_point *p;

	mutex_lock(&rp_points_lock);
	for (p = rp_point_first(NULL); p; p = rp_point_after(p)) {
		int i = rp_point_record_member(&p->rec, vol->uuid.b);

		if (i < 0)
			continue;
		if (!err)
			rp_point_say_none(vol, p, i);
		rp_point_tell_lagging(p);
		ask_silent(p);
	}
	rp_point_touch();
	mutex_unlock(&rp_points_lock);
}

static void volume_up(struct rp_volume *vol)
{
	int err;

	err = rp_record_walk(vol->md, RP_RECORD_POINT, load_record, vol);
	/* At once, before there is another point with a number that was used (I10). */
	rp_point_find_lost(vol, true);
	heard(vol, err);
	rp_settle_read(vol, RP_READER_POINT, err);
}

int rp_point_read(struct rp_volume *vol)
{
	int err = rp_record_walk(vol->md, RP_RECORD_POINT, load_record, vol);

	heard(vol, err);
	return err;
}

static void volume_down(const uuid_t *volume)
{
	struct rp_point *p, *next;

	mutex_lock(&rp_points_lock);
	for (p = rp_point_first(NULL); p; p = next) {
		int i = rp_point_record_member(&p->rec, volume->b);

		next = rp_point_after(p);
		if (i < 0)
			continue;
		if (p->words[i] == RP_WORD_PREPARED ||
		    p->words[i] == RP_WORD_NONE ||
		    rp_tombstone_find(&p->id, NULL))
			p->words[i] = RP_WORD_UNKNOWN;
		rp_point_retire(p);
	}
	rp_point_touch();
	mutex_unlock(&rp_points_lock);
}

/* No member's table is there: only this module remembers the point. */
static bool orphaned(const struct rp_point *p)
{
	unsigned int i;

	lockdep_assert_held(&rp_points_lock);
	for (i = 0; i < p->rec.nr_members; i++) {
		struct rp_volume *vol;
		uuid_t uuid;

		import_uuid(&uuid, p->rec.members[i].volume);
		vol = rp_volume_find(&uuid);
		if (vol) {
			rp_volume_put(vol);
			return false;
		}
	}
	return true;
}

void rp_point_forget(const uuid_t *volume)
{
	struct rp_point *p, *next;

	mutex_lock(&rp_points_lock);
	for (p = rp_point_first(NULL); p; p = next) {
		next = rp_point_after(p);
		if (p->phase == RP_POINT_IDLE &&
		    rp_point_record_member(&p->rec, volume->b) >= 0 &&
		    orphaned(p))
			rp_point_unlink(p);
	}
	mutex_unlock(&rp_points_lock);
}

static int point_note(struct notifier_block *nb, unsigned long note, void *data)
{
	struct rp_volume *vol = data;

	switch (note) {
	case RP_VOLUME_UP:
		volume_up(vol);
		break;
	case RP_VOLUME_DOWN:
		volume_down(&vol->uuid);
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block point_nb = {
	.notifier_call = point_note,
};

int rp_point_load_init(void)
{
	return blocking_notifier_chain_register(&rp_volume_notifier, &point_nb);
}

void rp_point_load_exit(void)
{
	blocking_notifier_chain_unregister(&rp_volume_notifier, &point_nb);
}
