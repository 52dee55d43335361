// SPDX-License-Identifier: GPL-2.0-only
/*
 * collection.c - named lists of volumes: registry, and copies for reading
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "collection_registry.h"
#include "parallel.h"
#include "settle.h"
#include "tombstone.h"
#include "volume.h"

/* The tree, and of every collection what may change; no I/O under it. */
DEFINE_MUTEX(rp_collections_lock);
static struct rb_root collections = RB_ROOT;
static u32 generation;

struct rp_collection *rp_collection_alloc(const uuid_t *id)
{
	struct rp_collection *c = rp_zalloc(sizeof(*c));

	if (!c)
		return NULL;
	kref_init(&c->ref);
	mutex_init(&c->change);
	INIT_LIST_HEAD(&c->left);
	c->id = *id;
	return c;
}

static void collection_free(struct kref *ref)
{
	struct rp_collection *c = container_of(ref, struct rp_collection, ref);

	rp_collection_record_release(&c->rec);
	rp_collection_left_free(c);
	mutex_destroy(&c->change);
	rp_free(c);
}

void rp_collection_put(struct rp_collection *c)
{
	kref_put(&c->ref, collection_free);
}

void rp_collection_touch(void)
{
	lockdep_assert_held(&rp_collections_lock);
	WRITE_ONCE(generation, generation + 1);
}

u32 rp_collection_generation(void)
{
	return READ_ONCE(generation);
}

struct rp_collection *rp_collection_first(const uuid_t *id)
{
	struct rb_node *node = collections.rb_node;
	struct rp_collection *found = NULL;

	lockdep_assert_held(&rp_collections_lock);
	while (node) {
		struct rp_collection *c = rb_entry(node, struct rp_collection,
						   node);

		if (!id || memcmp(&c->id, id, sizeof(*id)) >= 0) {
			found = c;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct rp_collection *rp_collection_after(struct rp_collection *c)
{
	lockdep_assert_held(&rp_collections_lock);
	return rb_entry_safe(rb_next(&c->node), struct rp_collection, node);
}

struct rp_collection *rp_collection_lookup(const uuid_t *id)
{
	struct rp_collection *c = rp_collection_first(id);

	return c && uuid_equal(&c->id, id) ? c : NULL;
}

void rp_collection_link(struct rp_collection *c)
{
	struct rb_node **link = &collections.rb_node, *parent = NULL;

	lockdep_assert_held(&rp_collections_lock);
	while (*link) {
		struct rp_collection *other;

		parent = *link;
		other = rb_entry(parent, struct rp_collection, node);
		link = memcmp(&c->id, &other->id, sizeof(c->id)) < 0 ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&c->node, parent, link);
	rb_insert_color(&c->node, &collections);
	kref_get(&c->ref);
	WRITE_ONCE(c->linked, true);
	rp_collection_touch();
}

void rp_collection_unlink(struct rp_collection *c)
{
	lockdep_assert_held(&rp_collections_lock);
	if (!c->linked)
		return;
	WRITE_ONCE(c->linked, false);
	rb_erase(&c->node, &collections);
	rp_collection_touch();
	rp_collection_put(c);
}

void rp_collection_replace(struct rp_collection *c,
			   struct rp_collection_record *rec)
{
	lockdep_assert_held(&rp_collections_lock);
	rp_collection_record_release(&c->rec);
	c->rec = *rec;
	memset(rec, 0, sizeof(*rec));
	rp_collection_touch();
}

struct rp_collection *rp_collection_by_name(const char *name,
					    const struct rp_collection *but)
{
	struct rp_collection *c;

	for (c = rp_collection_first(NULL); c; c = rp_collection_after(c))
		if (c != but && (c->nascent || c->told) &&
		    (!strcmp(c->rec.name, name) || !strcmp(c->new_name, name)))
			return c;
	return NULL;
}

bool rp_collection_orphaned(const struct rp_collection *c)
{
	unsigned int i;

	lockdep_assert_held(&rp_collections_lock);
	if (c->nascent)
		return false;
	for (i = 0; i < c->rec.nr_members; i++) {
		struct rp_volume *vol;
		uuid_t uuid;

		import_uuid(&uuid, c->rec.members[i]);
		vol = rp_volume_find(&uuid);
		if (vol) {
			rp_volume_put(vol);
			return false;
		}
	}
	return true;
}

/* Of those that are seen; a name that a clash gave to two is no name. */
static struct rp_collection *find_by_name(const char *name, bool *several)
{
	struct rp_collection *c, *found = NULL;

	*several = false;
	for (c = rp_collection_first(NULL); c; c = rp_collection_after(c)) {
		if (!rp_collection_shown(c) || strcmp(c->rec.name, name))
			continue;
		if (found)
			*several = true;
		found = c;
	}
	return found;
}

struct rp_collection *rp_collection_ref(const struct rp_collection_key *key,
					struct rp_result *res)
{
	struct rp_collection *c;
	bool several = false;

	mutex_lock(&rp_collections_lock);
	if (key->id) {
		c = rp_collection_lookup(key->id);
		if (c && !rp_collection_shown(c))
			c = NULL;
	} else {
		c = find_by_name(key->name, &several);
	}
	if (c && !several)
		kref_get(&c->ref);
	mutex_unlock(&rp_collections_lock);

	if (several)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NAME_IN_USE, NULL,
			      "several collections are named \"%s\": use the id, and rename one",
			      key->name);
	else if (!c && key->id)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_SUCH_COLLECTION, NULL,
			      rp_tombstone_find(key->id, NULL) ?
			      "collection %pUb was destroyed" :
			      "there is no collection %pUb", key->id);
	else if (!c)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_SUCH_COLLECTION, NULL,
			      "there is no collection \"%s\"", key->name);
	return several ? NULL : c;
}

static void fill_info(const struct rp_collection *c,
		      struct rp_collection_info *info)
{
	lockdep_assert_held(&rp_collections_lock);
	info->id = c->id;
	strscpy(info->name, c->rec.name, sizeof(info->name));
	info->version = c->rec.version;
	info->nr_members = c->rec.nr_members;
}

int rp_collection_find(const struct rp_collection_key *key,
		       struct rp_collection_info *info, uuid_t **members,
		       struct rp_result *res)
{
	struct rp_collection *c;
	int err = 0;

	*members = NULL;
	rp_result_done(res);
	c = rp_collection_ref(key, res);
	if (!c)
		return 0;

	mutex_lock(&rp_collections_lock);
	fill_info(c, info);
	*members = rp_calloc(info->nr_members, sizeof(**members));
	if (*members)
		memcpy(*members, c->rec.members,
		       info->nr_members * sizeof(**members));
	else
		err = -ENOMEM;
	mutex_unlock(&rp_collections_lock);
	rp_collection_put(c);
	return err;
}

int rp_collection_get(const uuid_t *id, struct rp_collection_info *info,
		      unsigned int first, uuid_t *members, unsigned int max)
{
	struct rp_collection *c;
	int nr = -ENOENT;

	mutex_lock(&rp_collections_lock);
	c = rp_collection_lookup(id);
	if (c && rp_collection_shown(c)) {
		fill_info(c, info);
		first = min(first, info->nr_members);
		nr = min(max, info->nr_members - first);
		memcpy(members, c->rec.members[first], nr * sizeof(*members));
	}
	mutex_unlock(&rp_collections_lock);
	return nr;
}

bool rp_collection_next(const uuid_t *id, uuid_t *next)
{
	struct rp_collection *c;

	mutex_lock(&rp_collections_lock);
	c = rp_collection_first(id);
	while (c && (!rp_collection_shown(c) || (id && uuid_equal(&c->id, id))))
		c = rp_collection_after(c);
	if (c)
		*next = c->id;
	mutex_unlock(&rp_collections_lock);
	return c;
}

int rp_collection_init(void)
{
	int err;

	err = rp_parallel_init();
	if (err)
		return err;
	err = rp_settle_init();
	if (err)
		goto out_parallel;
	err = rp_collection_load_init();
	if (err)
		goto out_settle;
	return 0;

out_settle:
	rp_settle_exit();
out_parallel:
	rp_parallel_exit();
	return err;
}

void rp_collection_exit(void)
{
	struct rp_collection *c;

	rp_collection_load_exit();
	/* Nothing queues any more: points and jobs are gone. */
	rp_settle_exit();
	rp_parallel_exit();

	mutex_lock(&rp_collections_lock);
	while ((c = rp_collection_first(NULL)))
		rp_collection_unlink(c);
	mutex_unlock(&rp_collections_lock);
	rp_tombstone_exit();
}
