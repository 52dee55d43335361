// SPDX-License-Identifier: GPL-2.0-only
/*
 * collection_change.c - define, destroy, rename, add and remove members
 *
 * A change is a new version of the record, written to every member that is
 * active, those that it takes out included, and then published. It counts from
 * the first member that has it: versions only grow, so the others follow when
 * they can (settle.h). Hence a change that fails on one member is not taken
 * back; taking back would be one more version that may fail in the same way.
 * A definition is different: nobody knew it before, so it is buried (tombstone)
 * where it had been written, and the caller may begin anew with another id.
 */
#include <linux/random.h>
#include <linux/sort.h>

#include "collection_registry.h"
#include "collection_write.h"
#include "event.h"
#include "tombstone.h"
#include "volume.h"

static int cmp_id(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

/* A copy of what @c is now: a member that comes up may replace the original. */
static int copy_record(struct rp_collection *c,
		       struct rp_collection_record *rec)
{
	int err = 0;

	mutex_lock(&rp_collections_lock);
	*rec = c->rec;
	rec->members = rp_calloc(rec->nr_members, sizeof(*rec->members));
	if (rec->members)
		memcpy(rec->members, c->rec.members,
		       rec->nr_members * sizeof(*rec->members));
	else
		err = -ENOMEM;
	mutex_unlock(&rp_collections_lock);
	return err;
}

/* The version after @cur, with room for @nr_more members. */
static int next_version(const struct rp_collection_record *cur,
			unsigned int nr_more, struct rp_collection_record *rec)
{
	*rec = *cur;
	rec->members = rp_calloc(cur->nr_members + nr_more,
				 sizeof(*rec->members));
	if (!rec->members)
		return -ENOMEM;
	memcpy(rec->members, cur->members,
	       cur->nr_members * sizeof(*rec->members));
	rec->version++;
	rec->stamp = get_random_u64();
	rec->time = rp_time_now();
	return 0;
}

static int check_name(const char *name, struct rp_result *res)
{
	const char *p;

	for (p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
					     REFPOINT_REASON_SETTINGS_INVALID,
					     NULL,
					     "a name must not hold control characters");
	/* Tools take what reads as a UUID for one: it could never be named. */
	if (!*name || (strlen(name) == UUID_STRING_LEN && uuid_is_valid(name)))
		return rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				     REFPOINT_REASON_SETTINGS_INVALID, NULL,
				     "a name must not be empty nor read as a UUID");
	return 0;
}

/* Sorted, into @rec. @res refuses when one is there twice. */
static int take_members(const uuid_t *volumes, unsigned int nr,
			struct rp_collection_record *rec, struct rp_result *res)
{
	unsigned int i;

	if (!nr)
		return rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				     REFPOINT_REASON_NO_MEMBERS, NULL,
				     "no volume was named");
	if (nr > REFPOINT_MEMBERS_MAX)
		return rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				     REFPOINT_REASON_TOO_MANY_MEMBERS, NULL,
				     "a collection has at most %d members",
				     REFPOINT_MEMBERS_MAX);
	rec->members = rp_calloc(nr, sizeof(*rec->members));
	if (!rec->members)
		return -ENOMEM;
	memcpy(rec->members, volumes, nr * sizeof(*rec->members));
	rec->nr_members = nr;
	sort(rec->members, nr, sizeof(*rec->members), cmp_id, NULL);
	for (i = 1; i < nr; i++) {
		uuid_t uuid;

		if (cmp_id(rec->members[i - 1], rec->members[i]))
			continue;
		import_uuid(&uuid, rec->members[i]);
		return rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				     REFPOINT_REASON_DUPLICATE_MEMBER, &uuid,
				     "volume %pUb was named twice", &uuid);
	}
	return 0;
}

/* Who is taken in must be there. */
static void check_active(const struct rp_collection_record *rec,
			 struct rp_result *res)
{
	unsigned int i;

	for (i = 0; i < rec->nr_members && !res->value; i++) {
		struct rp_volume *vol;
		uuid_t uuid;
		int err;

		import_uuid(&uuid, rec->members[i]);
		vol = rp_volume_find(&uuid);
		err = vol ? rp_volume_enter(vol, true) : -ENXIO;
		if (err)
			rp_collection_refuse_member(rec->members[i], err, res);
		else
			rp_volume_exit(vol);
		if (vol)
			rp_volume_put(vol);
	}
}

/*
 * Take @name for @c. A collection that no table knows any more gives its name
 * up: its volumes were removed, and if they ever come back, both stay (by id).
 */
static void reserve_name(struct rp_collection *c, const char *name,
			 struct rp_result *res)
{
	struct rp_collection *other;

	lockdep_assert_held(&rp_collections_lock);
	while ((other = rp_collection_by_name(name, c))) {
		if (!rp_collection_orphaned(other)) {
			rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				      REFPOINT_REASON_NAME_IN_USE, NULL,
				      "collection %pUb has the name \"%s\"",
				      &other->id, name);
			return;
		}
		rp_collection_drop_orphan(other);
	}
	strscpy(c->new_name, name, sizeof(c->new_name));
}

/* Is @c what is being defined? */
static bool same_definition(const struct rp_collection *c,
			    const struct rp_collection_record *rec)
{
	lockdep_assert_held(&rp_collections_lock);
	return rp_collection_shown(c) && !strcmp(c->rec.name, rec->name) &&
	       c->rec.nr_members == rec->nr_members &&
	       !memcmp(c->rec.members, rec->members,
		       rec->nr_members * sizeof(*rec->members));
}

/* Return: whether there is something left to do; else @res is the answer. */
static bool enter_nascent(struct rp_collection *c,
			  const struct rp_collection_record *rec,
			  struct rp_result *res)
{
	struct rp_collection *other;
	bool entered;

	mutex_lock(&rp_collections_lock);
	other = rp_collection_lookup(&c->id);
	if (rp_tombstone_find(&c->id, NULL)) {
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_ID_USED_UP, NULL,
			      "the id %pUb was used before", &c->id);
	} else if (other) {
		if (!same_definition(other, rec))
			rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				      REFPOINT_REASON_ID_IN_USE, NULL,
				      "the id %pUb is in use by another collection",
				      &c->id);
	} else {
		reserve_name(c, rec->name, res);
		if (!res->value) {
			c->nascent = true;
			rp_collection_link(c);
		}
	}
	entered = c->linked;
	mutex_unlock(&rp_collections_lock);
	return entered;
}

/* Not everybody has it: bury it where it is. */
static void bury(struct rp_collection_write *ch, struct rp_tombstone_entry *entry)
{
	struct rp_result ignored;

	rp_free(ch->data);
	ch->data = NULL;
	ch->keep_reserve = false;
	memcpy(ch->end.id, ch->id, 16);
	ch->end.state = RP_TOMBSTONE_COLLECTION;
	ch->end.time = rp_time_now();
	rp_tombstone_publish(entry, &ch->end);
	rp_collection_write_all(ch, false, &ignored);
}

int rp_collection_define(const char *name, const uuid_t *want_id,
			 const uuid_t *volumes, unsigned int nr, uuid_t *id,
			 struct rp_result *res)
{
	struct rp_collection_record rec = { .version = 1 };
	struct rp_collection_record none = { .nr_members = 0 };
	struct rp_tombstone_entry *entry = NULL;
	struct rp_collection_write ch = { .keep_reserve = true };
	struct rp_collection *c = NULL;
	int err;

	rp_result_done(res);
	check_name(name, res);
	if (res->value)
		return 0;
	err = take_members(volumes, nr, &rec, res);
	if (err || res->value)
		goto out;
	strscpy(rec.name, name, sizeof(rec.name));
	rec.stamp = get_random_u64();
	rec.time = rp_time_now();

	if (want_id)
		*id = *want_id;
	else
		uuid_gen(id);
	ch.id = id;
	err = -ENOMEM;
	c = rp_collection_alloc(id);
	entry = rp_tombstone_reserve();
	if (!c || !entry || rp_collection_write_targets(&ch, &rec, &none) ||
	    rp_collection_write_encode(&ch, &rec))
		goto out;
	err = 0;

	if (!enter_nascent(c, &rec, res))
		goto out;
	check_active(&rec, res);
	if (!res->value) {
		rp_collection_write_all(&ch, true, res);
		if (res->value) {
			bury(&ch, entry);
			entry = NULL;
		}
	}

	mutex_lock(&rp_collections_lock);
	c->nascent = false;
	c->new_name[0] = '\0';
	c->told = !res->value;
	if (res->value)
		rp_collection_unlink(c);
	else
		rp_collection_replace(c, &rec);
	mutex_unlock(&rp_collections_lock);
	if (!res->value)
		rp_event_collection(id, name, REFPOINT_EVENT_CREATED);
out:
	rp_collection_write_release(&ch);
	rp_collection_record_release(&rec);
	rp_tombstone_cancel(entry);
	if (c)
		rp_collection_put(c);
	return err;
}

/*
 * The collection, held still, with a copy in @cur, to be released always. NULL:
 * @res refuses, or *@err.
 */
static struct rp_collection *begin_change(const struct rp_collection_key *key,
					  struct rp_collection_record *cur,
					  struct rp_result *res, int *err)
{
	struct rp_collection *c;

	*err = 0;
	memset(cur, 0, sizeof(*cur));
	rp_result_done(res);
	c = rp_collection_ref(key, res);
	if (!c)
		return NULL;
	*err = mutex_lock_killable(&c->change);
	if (*err)
		goto out_put;
	*err = copy_record(c, cur);
	if (*err)
		goto out_unlock;
	/* Somebody else may have destroyed it while we waited. */
	if (READ_ONCE(c->linked))
		return c;
	rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
		      REFPOINT_REASON_NO_SUCH_COLLECTION, NULL,
		      "collection %pUb was destroyed", &c->id);
	rp_collection_record_release(cur);
out_unlock:
	mutex_unlock(&c->change);
out_put:
	rp_collection_put(c);
	return NULL;
}

static void end_change(struct rp_collection *c,
		       struct rp_collection_record *cur)
{
	rp_collection_record_release(cur);
	mutex_lock(&rp_collections_lock);
	c->new_name[0] = '\0';
	mutex_unlock(&rp_collections_lock);
	mutex_unlock(&c->change);
	rp_collection_put(c);
}

/* Nobody is there to remember it. */
static void refuse_nobody(const struct rp_collection_write *ch, struct rp_result *res)
{
	if (!res->value)
		rp_collection_refuse_member(ch->volume[0], ch->err[0], res);
}

/* Write @rec, which follows @cur, and publish it. Takes over @rec. */
static int change_record(struct rp_collection *c,
			 const struct rp_collection_record *cur,
			 struct rp_collection_record *rec, bool keep_reserve,
			 struct rp_result *res)
{
	struct rp_collection_write ch = { .id = &c->id, .keep_reserve = keep_reserve };
	char name[REFPOINT_NAME_MAX + 1];
	int err;

	lockdep_assert_held(&c->change);
	err = rp_collection_write_targets(&ch, cur, rec);
	if (!err)
		err = rp_collection_write_encode(&ch, rec);
	if (err)
		goto out;

	if (rp_collection_write_all(&ch, false, res)) {
		mutex_lock(&rp_collections_lock);
		/* A member that came up meanwhile may have known better. */
		if (rp_collection_record_compare(rec, &c->rec) > 0)
			rp_collection_replace(c, rec);
		c->told = true;
		rp_collection_left_note(c, cur);
		strscpy(name, c->rec.name, sizeof(name));
		mutex_unlock(&rp_collections_lock);
		rp_collection_write_tell_late(&ch);
		rp_event_collection(&c->id, name, REFPOINT_EVENT_STATE_CHANGED);
	} else {
		refuse_nobody(&ch, res);
	}
out:
	rp_collection_write_release(&ch);
	rp_collection_record_release(rec);
	return err;
}

int rp_collection_destroy(const struct rp_collection_key *key,
			  struct rp_result *res)
{
	struct rp_collection_record none = { .nr_members = 0 }, cur;
	struct rp_tombstone_entry *entry;
	struct rp_collection_write ch = { .end.state = RP_TOMBSTONE_COLLECTION };
	struct rp_collection *c;
	int err;

	c = begin_change(key, &cur, res, &err);
	if (!c)
		return err;

	ch.id = &c->id;
	memcpy(ch.end.id, &c->id, 16);
	ch.end.time = rp_time_now();
	entry = rp_tombstone_reserve();
	err = rp_collection_write_targets(&ch, &cur, &none);
	if (!entry)
		err = -ENOMEM;
	if (err)
		goto out;

	if (rp_collection_write_all(&ch, false, res)) {
		/* One has it: destroyed, whatever became of the others. */
		rp_tombstone_publish(entry, &ch.end);
		entry = NULL;
		mutex_lock(&rp_collections_lock);
		rp_collection_left_tell(c);
		rp_collection_unlink(c);
		mutex_unlock(&rp_collections_lock);
		rp_collection_write_tell_late(&ch);
		rp_event_collection(&c->id, cur.name, REFPOINT_EVENT_DESTROYED);
	} else {
		refuse_nobody(&ch, res);
	}
out:
	rp_tombstone_cancel(entry);
	rp_collection_write_release(&ch);
	end_change(c, &cur);
	return err;
}

int rp_collection_rename(const struct rp_collection_key *key, const char *name,
			 struct rp_result *res)
{
	struct rp_collection_record cur, rec;
	struct rp_collection *c;
	int err;

	rp_result_done(res);
	check_name(name, res);
	if (res->value)
		return 0;
	c = begin_change(key, &cur, res, &err);
	if (!c)
		return err;
	if (!strcmp(cur.name, name))
		goto out;

	mutex_lock(&rp_collections_lock);
	reserve_name(c, name, res);
	mutex_unlock(&rp_collections_lock);
	if (res->value)
		goto out;
	err = next_version(&cur, 0, &rec);
	if (err)
		goto out;
	strscpy(rec.name, name, sizeof(rec.name));
	err = change_record(c, &cur, &rec, false, res);
out:
	end_change(c, &cur);
	return err;
}

int rp_collection_add(const struct rp_collection_key *key,
		      const uuid_t *volumes, unsigned int nr,
		      struct rp_result *res)
{
	struct rp_collection_record more = { .nr_members = 0 };
	struct rp_collection_record rec = { .nr_members = 0 }, cur;
	struct rp_collection *c;
	unsigned int i, n;
	int err;

	c = begin_change(key, &cur, res, &err);
	if (!c)
		return err;
	err = take_members(volumes, nr, &more, res);
	if (err || res->value)
		goto out;
	/* Idempotent: who is in already is left as it is, and may be away. */
	for (i = 0, n = 0; i < more.nr_members; i++)
		if (rp_collection_record_member(&cur, more.members[i]) < 0)
			memcpy(more.members[n++], more.members[i], 16);
	more.nr_members = n;
	if (!n)
		goto out;
	if (cur.nr_members + n > REFPOINT_MEMBERS_MAX) {
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_TOO_MANY_MEMBERS, NULL,
			      "a collection has at most %d members",
			      REFPOINT_MEMBERS_MAX);
		goto out;
	}
	check_active(&more, res);
	if (res->value)
		goto out;

	err = next_version(&cur, n, &rec);
	if (err)
		goto out;
	memcpy(rec.members[rec.nr_members], more.members,
	       n * sizeof(*rec.members));
	rec.nr_members += n;
	sort(rec.members, rec.nr_members, sizeof(*rec.members), cmp_id, NULL);
	err = change_record(c, &cur, &rec, true, res);
out:
	rp_collection_record_release(&more);
	end_change(c, &cur);
	return err;
}

int rp_collection_remove(const struct rp_collection_key *key,
			 const uuid_t *volumes, unsigned int nr,
			 struct rp_result *res)
{
	struct rp_collection_record less = { .nr_members = 0 };
	struct rp_collection_record rec = { .nr_members = 0 }, cur;
	struct rp_collection *c;
	unsigned int i, n;
	int err;

	c = begin_change(key, &cur, res, &err);
	if (!c)
		return err;
	err = take_members(volumes, nr, &less, res);
	if (err || res->value)
		goto out;
	err = next_version(&cur, 0, &rec);
	if (err)
		goto out;
	for (i = 0, n = 0; i < rec.nr_members; i++)
		if (rp_collection_record_member(&less, rec.members[i]) < 0)
			memcpy(rec.members[n++], rec.members[i], 16);

	/* Idempotent: who is out already is no error. */
	if (n == rec.nr_members)
		goto out;
	if (!n) {
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_MEMBERS, NULL,
			      "no member would be left: destroy the collection instead");
		goto out;
	}
	rec.nr_members = n;
	err = change_record(c, &cur, &rec, false, res);
out:
	rp_collection_record_release(&rec);
	rp_collection_record_release(&less);
	end_change(c, &cur);
	return err;
}
