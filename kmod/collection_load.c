// SPDX-License-Identifier: GPL-2.0-only
/*
 * collection_load.c - what volumes say about collections as they come and go
 *
 * In whatever order: a record newer than what is known replaces it, an older one
 * is brought up to date later, by settle.h.
 */
#include <linux/notifier.h>

#include "collection_registry.h"
#include "event.h"
#include "record_list.h"
#include "settle.h"
#include "tombstone.h"
#include "volume.h"
#include "witness.h"

/* Everybody who may have an older record of @c. */
static void tell_members(const struct rp_collection_record *rec)
{
	unsigned int i;

	for (i = 0; i < rec->nr_members; i++) {
		uuid_t uuid;

		import_uuid(&uuid, rec->members[i]);
		if (rp_volume_state_of(&uuid) == REFPOINT_VOLUME_ACTIVE)
			rp_settle_queue(&uuid);
	}
}

/* From now on everybody sees it. */
static void show(struct rp_collection *c)
{
	if (rp_collection_by_name(c->rec.name, c))
		pr_warn("refpoint: collections %pUb and another are both named \"%s\": rename one by its id\n",
			&c->id, c->rec.name);
	c->told = true;
	rp_collection_touch();
}

/* @volume has told of @c, of which c->rec is the version that counts. */
static void hear(struct rp_collection *c, const uuid_t *volume)
{
	bool told = true;

	if (rp_collection_record_member(&c->rec, volume->b) < 0) {
		rp_collection_left_add(c, volume);
		told = rp_collection_told(&c->rec);
	}
	if (told && !c->told)
		show(c);
	if (!told && c->told) {
		c->told = false;
		rp_collection_touch();
	}
}

/*
 * Take over @rec, which came with @volume. Return: whether that has an old one;
 * @changed: what is shown is not what it was.
 */
static bool merge_record(const uuid_t *id, const uuid_t *volume,
			 struct rp_collection_record *rec,
			 struct rp_collection *fresh, bool *changed)
{
	struct rp_collection *c;
	bool behind = false, shown = false;
	int cmp;

	mutex_lock(&rp_collections_lock);
	c = rp_collection_lookup(id);
	*changed = !c;
	if (!c) {
		c = fresh;
		rp_collection_replace(c, rec);
		rp_collection_link(c);
	} else {
		shown = c->told;
		cmp = rp_collection_record_compare(rec, &c->rec);
		if (cmp && rec->version == c->rec.version)
			pr_warn("refpoint: two versions %llu of collection \"%s\" differ: the one of stamp %llx counts\n",
				rec->version, rec->name,
				max(rec->stamp, c->rec.stamp));
		if (cmp > 0) {
			*changed = true;
			tell_members(&c->rec);
			tell_members(rec);
			rp_collection_replace(c, rec);
		} else if (cmp < 0) {
			behind = true;
		}
	}
	if (!c->nascent)
		hear(c, volume);
	*changed = (*changed && c->told) || shown != c->told;
	mutex_unlock(&rp_collections_lock);
	return behind;
}

struct load {
	struct rp_volume *vol;
	bool behind;
};

static int load_record(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct rp_collection_record rec;
	struct rp_collection *fresh;
	struct load *load = arg;
	char name[REFPOINT_NAME_MAX + 1];
	bool changed;
	uuid_t uuid;
	int err;

	import_uuid(&uuid, id);
	err = rp_collection_record_decode(data, len, &rec);
	if (err == -ENOMEM)
		return err;
	if (err) {
		pr_warn("refpoint: volume %pUb: the record of collection %pUb cannot be read (%d)\n",
			&load->vol->uuid, &uuid, err);
		return 0;
	}
	if (rp_tombstone_find(&uuid, NULL)) {
		load->behind = true;
		rp_collection_record_release(&rec);
		return 0;
	}
	fresh = rp_collection_alloc(&uuid);
	if (!fresh) {
		rp_collection_record_release(&rec);
		return -ENOMEM;
	}
	/* Taken over or not, @rec is what this volume has to say. */
	strscpy(name, rec.name, sizeof(name));
	if (merge_record(&uuid, &load->vol->uuid, &rec, fresh, &changed))
		load->behind = true;
	rp_collection_record_release(&rec);
	rp_collection_put(fresh);
	if (changed)
		rp_event_collection(&uuid, name, REFPOINT_EVENT_STATE_CHANGED);
	return 0;
}

/* Destroyed while a member was away that told of it only now. */
static void drop_destroyed(void)
{
	struct rp_collection *c, *next;

	mutex_lock(&rp_collections_lock);
	for (c = rp_collection_first(NULL); c; c = next) {
		next = rp_collection_after(c);
		if (c->nascent || !rp_tombstone_find(&c->id, NULL))
			continue;
		tell_members(&c->rec);
		rp_collection_left_tell(c);
		if (c->told)
			rp_event_collection(&c->id, c->rec.name,
					    REFPOINT_EVENT_DESTROYED);
		rp_collection_unlink(c);
	}
	mutex_unlock(&rp_collections_lock);
}

/* The state of a volume shows in the collections that it is in; one that is @up shows them. */
static void member_changed(const uuid_t *volume, bool up)
{
	struct rp_collection *c;

	mutex_lock(&rp_collections_lock);
	for (c = rp_collection_first(NULL); c; c = rp_collection_after(c)) {
		if (c->nascent ||
		    rp_collection_record_member(&c->rec, volume->b) < 0)
			continue;
		if (up && !c->told)
			show(c);
		if (!c->told)
			continue;
		rp_collection_touch();
		rp_event_collection(&c->id, c->rec.name,
				    REFPOINT_EVENT_STATE_CHANGED);
	}
	mutex_unlock(&rp_collections_lock);
}

/* Return: the record that @volume should have of @id, encoded, or NULL. */
static int newer_record(const uuid_t *id, const u8 *volume,
			const struct rp_collection_record *own, void **data,
			size_t *len)
{
	struct rp_collection *c;
	int err = 0;

	*data = NULL;
	mutex_lock(&rp_collections_lock);
	c = rp_collection_lookup(id);
	if (!c || c->nascent)
		goto out;
	if (own && rp_collection_record_compare(&c->rec, own) <= 0)
		goto out;
	/* A witness, who is out already, need not follow every change. */
	if (rp_collection_record_member(&c->rec, volume) < 0 &&
	    (!own || rp_collection_record_member(own, volume) < 0))
		goto out;

	*len = rp_collection_record_size(&c->rec);
	*data = rp_zalloc(*len);
	if (*data)
		rp_collection_record_encode(&c->rec, *data);
	else
		err = -ENOMEM;
out:
	mutex_unlock(&rp_collections_lock);
	return err;
}

/* Ids of destroyed collections told in one transaction. */
#define SETTLE_TOMBSTONES	32

/**
 * struct settle_one - one volume being brought up to date
 * @vol: claimed and entered
 * @md: in a transaction
 * @look: only find out whether there is something to do
 * @found: there is
 * @nr_ended: of @ended
 * @ended: destroyed collections that it has records of
 */
struct settle_one {
	struct rp_volume *vol;
	struct rp_md *md;
	bool look;
	bool found;
	unsigned int nr_ended;
	struct rp_tombstone ended[SETTLE_TOMBSTONES];
};

static int settle_stage(struct settle_one *s, const u8 id[16], void *data,
			size_t len)
{
	int err = 0;

	s->found = true;
	if (!s->look)
		err = rp_md_stage_record(s->md, RP_RECORD_COLLECTION, id, data,
					 len);
	rp_free(data);
	return err;
}

static int settle_record(const u8 id[16], const void *data, size_t len,
			 void *arg)
{
	struct rp_collection_record own;
	struct settle_one *s = arg;
	struct rp_tombstone t;
	void *newer;
	uuid_t uuid;
	int err;

	import_uuid(&uuid, id);
	if (rp_tombstone_find(&uuid, &t)) {
		if (s->nr_ended == SETTLE_TOMBSTONES)
			return 0;
		s->found = true;
		s->ended[s->nr_ended++] = t;
		return rp_md_stage_delete(s->md, RP_RECORD_COLLECTION, id);
	}
	err = rp_collection_record_decode(data, len, &own);
	if (err)
		return err == -ENOMEM ? err : 0;

	err = newer_record(&uuid, s->vol->uuid.b, &own, &newer, &len);
	rp_collection_record_release(&own);
	return newer ? settle_stage(s, id, newer, len) : err;
}

/* Collections that list the volume, which has no record of them. */
static int settle_missing(struct settle_one *s)
{
	uuid_t id, *last = NULL;
	int err = 0;

	while (!err && rp_collection_next(last, &id)) {
		void *data;
		size_t len;

		last = &id;
		err = rp_md_get_record(s->md, RP_RECORD_COLLECTION, id.b, &data,
				       &len);
		if (!err) {
			rp_free(data);
			continue;
		}
		if (err != -ENOENT)
			break;
		err = newer_record(&id, s->vol->uuid.b, NULL, &data, &len);
		if (data)
			err = settle_stage(s, id.b, data, len);
	}
	return err;
}

/* Does @vol, which came up, lack the record of a collection that lists it? */
static bool lacks_record(struct rp_volume *vol)
{
	struct settle_one *s = rp_zalloc(sizeof(*s));
	bool lacks = true;

	if (s) {
		s->vol = vol;
		s->md = vol->md;
		s->look = true;
		lacks = settle_missing(s) || s->found;
		rp_free(s);
	}
	return lacks;
}

int rp_collection_settle(struct rp_volume *vol)
{
	struct settle_one *s;
	int err;

	s = rp_zalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	/*
	 * Inside the transaction, so that a change that is being written cannot
	 * come between the look at the volume's own record and the write.
	 */
	s->vol = vol;
	s->md = rp_volume_begin(vol);
	err = rp_record_walk(s->md, RP_RECORD_COLLECTION, settle_record, s);
	if (!err)
		err = settle_missing(s);
	if (!err && s->nr_ended)
		err = rp_tombstone_stage(s->md, s->ended, s->nr_ended);
	if (err || !s->found)
		rp_volume_abort(vol);
	else
		err = rp_volume_commit(vol, false);
	if (!err && s->nr_ended == SETTLE_TOMBSTONES)
		rp_settle_queue(&vol->uuid);	/* there may be more */
	rp_free(s);
	return err;
}

bool rp_collection_shared(const uuid_t *a, const uuid_t *b)
{
	struct rp_collection *c;
	bool shared = false;

	mutex_lock(&rp_collections_lock);
	for (c = rp_collection_first(NULL); c && !shared;
	     c = rp_collection_after(c))
		shared = rp_collection_record_member(&c->rec, a->b) >= 0 &&
			 rp_collection_record_member(&c->rec, b->b) >= 0;
	mutex_unlock(&rp_collections_lock);
	return shared;
}

int rp_collection_read(struct rp_volume *vol)
{
	struct load load = { .vol = vol };
	int err;

	err = rp_tombstone_load(vol->md);
	if (!err)
		err = rp_record_walk(vol->md, RP_RECORD_COLLECTION, load_record,
				     &load);
	drop_destroyed();
	member_changed(&vol->uuid, true);
	if (load.behind || lacks_record(vol))
		rp_settle_queue(&vol->uuid);
	return err;
}

void rp_collection_forget(const uuid_t *volume)
{
	struct rp_collection *c, *next;

	mutex_lock(&rp_collections_lock);
	for (c = rp_collection_first(NULL); c; c = next) {
		next = rp_collection_after(c);
		if (!c->nascent && rp_collection_orphaned(c))
			rp_collection_drop_orphan(c);
	}
	mutex_unlock(&rp_collections_lock);
}

static int collection_note(struct notifier_block *nb, unsigned long note,
			   void *data)
{
	struct rp_volume *vol = data;

	switch (note) {
	case RP_VOLUME_UP:
		rp_settle_read(vol, RP_READER_COLLECTION, rp_collection_read(vol));
		break;
	case RP_VOLUME_DOWN:
		member_changed(&vol->uuid, false);
		break;
	case RP_VOLUME_GONE:
		/* Points look there, too. */
		rp_settle_queue(&vol->uuid);
		break;
	}
	return NOTIFY_OK;
}

/* Before points: their members' tombstones are loaded here. */
static struct notifier_block collection_nb = {
	.notifier_call = collection_note,
	.priority = 1,
};

int rp_collection_load_init(void)
{
	return blocking_notifier_chain_register(&rp_volume_notifier,
						&collection_nb);
}

void rp_collection_load_exit(void)
{
	blocking_notifier_chain_unregister(&rp_volume_notifier, &collection_nb);
}
