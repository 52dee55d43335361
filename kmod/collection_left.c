// SPDX-License-Identifier: GPL-2.0-only
/*
 * collection_left.c - volumes that left a collection, and what they know of it
 *
 * A volume that was taken out keeps the first version without it, because a member
 * that missed the change may come up with it alone (O6). That says that the volume
 * left, not that the collection is still there: it may have been renamed, changed
 * or destroyed since, of which nobody tells those who are out. So a version of
 * which no member has come up is known, and not shown.
 */
#include <linux/slab.h>

#include "collection_registry.h"
#include "settle.h"
#include "volume.h"

/**
 * struct rp_collection_left - a volume that carries a record, and is no member
 * @node: in the collection's list, under the registry's mutex
 * @volume: which; a member again by now, perhaps
 */
struct rp_collection_left {
	struct list_head node;
	uuid_t volume;
};

/* Return: whether there is a table of it, and whether that has been up. */
static bool is_there(const uuid_t *volume, bool *been_up)
{
	struct rp_volume *vol = rp_volume_find(volume);

	if (!vol)
		return false;
	*been_up = rp_volume_state(vol) != REFPOINT_VOLUME_INACTIVE;
	rp_volume_put(vol);
	return true;
}

bool rp_collection_told(const struct rp_collection_record *rec)
{
	unsigned int i;

	for (i = 0; i < rec->nr_members; i++) {
		bool been_up;
		uuid_t uuid;

		import_uuid(&uuid, rec->members[i]);
		if (is_there(&uuid, &been_up) && been_up)
			return true;
	}
	return false;
}

void rp_collection_left_add(struct rp_collection *c, const uuid_t *volume)
{
	struct rp_collection_left *left;

	lockdep_assert_held(&rp_collections_lock);
	list_for_each_entry(left, &c->left, node)
		if (uuid_equal(&left->volume, volume))
			return;
	/* As in settle_queue(): small, and it must not fail what is durable. */
	left = kzalloc(sizeof(*left), GFP_NOIO | __GFP_NOFAIL);
	left->volume = *volume;
	list_add(&left->node, &c->left);
}

void rp_collection_left_note(struct rp_collection *c, const struct rp_collection_record *was)
{
	unsigned int i;

	for (i = 0; i < was->nr_members; i++) {
		uuid_t uuid;

		import_uuid(&uuid, was->members[i]);
		if (rp_collection_record_member(&c->rec, uuid.b) < 0)
			rp_collection_left_add(c, &uuid);
	}
}

void rp_collection_left_tell(const struct rp_collection *c)
{
	struct rp_collection_left *left;

	lockdep_assert_held(&rp_collections_lock);
	list_for_each_entry(left, &c->left, node)
		rp_settle_queue_up(&left->volume);
}

void rp_collection_left_free(struct rp_collection *c)
{
	struct rp_collection_left *left, *next;

	list_for_each_entry_safe(left, next, &c->left, node)
		kfree(left);
	INIT_LIST_HEAD(&c->left);
}

/* Those whose tables are gone say anew what they know when they are back. */
static void prune(struct rp_collection *c)
{
	struct rp_collection_left *left, *next;
	bool been_up;

	list_for_each_entry_safe(left, next, &c->left, node) {
		if (is_there(&left->volume, &been_up))
			continue;
		list_del(&left->node);
		kfree(left);
	}
}

void rp_collection_drop_orphan(struct rp_collection *c)
{
	lockdep_assert_held(&rp_collections_lock);
	prune(c);
	if (list_empty(&c->left)) {
		rp_collection_unlink(c);
	} else if (c->told) {
		/* Else a member with an older version would find nobody who knows. */
		c->told = false;
		rp_collection_touch();
	}
}
