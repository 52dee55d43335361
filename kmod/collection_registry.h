/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collection_registry.h - the inside of collections, for collection*.c only
 */
#ifndef RP_COLLECTION_REGISTRY_H
#define RP_COLLECTION_REGISTRY_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>

#include "collection.h"
#include "core/collection_record.h"

/**
 * struct rp_collection - one collection
 * @node: in the registry's tree, which holds a reference
 * @ref: references
 * @id: id
 * @change: one change of this collection at a time; held over the writes to the members, outside
 *	of everything else
 * @linked: it is in the tree; this and all below under the registry's mutex
 * @nascent: being defined: the name is taken, nobody sees it yet
 * @told: a member of @rec has come up, or a method has answered on it; else only who left it
 *	knows of it, which is not shown (collection_left.c)
 * @left: volumes that left it and carry a record of it
 * @new_name: name that a change under way will give it, taken meanwhile
 * @rec: what is durable on at least one member
 */
struct rp_collection {
	struct rb_node node;
	struct kref ref;
	uuid_t id;
	struct mutex change;	/* one change at a time, over the writes */
	bool linked;
	bool nascent;
	bool told;
	struct list_head left;
	char new_name[REFPOINT_NAME_MAX + 1];
	struct rp_collection_record rec;
};

/* The registry's mutex: see struct rp_collection. No I/O under it. */
extern struct mutex rp_collections_lock;

struct rp_collection *rp_collection_alloc(const uuid_t *id);
void rp_collection_put(struct rp_collection *c);

/* All of these under rp_collections_lock. */
struct rp_collection *rp_collection_lookup(const uuid_t *id);
/* The first at or above @id in the order of ids (NULL: of all), nascent too. */
struct rp_collection *rp_collection_first(const uuid_t *id);
struct rp_collection *rp_collection_after(struct rp_collection *c);
/* In the tree, with a reference of the tree's own; the id must be free. */
void rp_collection_link(struct rp_collection *c);
void rp_collection_unlink(struct rp_collection *c);
/* Take over @rec, whose members then belong to @c; the old ones go. */
void rp_collection_replace(struct rp_collection *c,
			   struct rp_collection_record *rec);
/* Neither being defined nor known from those alone who left it. */
static inline bool rp_collection_shown(const struct rp_collection *c)
{
	return !c->nascent && c->told;
}

/* Another one than @but that is shown, or being defined, with @name now or soon. */
struct rp_collection *rp_collection_by_name(const char *name,
					    const struct rp_collection *but);
/* No table of any member is there: only this module remembers it. */
bool rp_collection_orphaned(const struct rp_collection *c);
/*
 * Forget one that is orphaned, or, while somebody is there who left it, show it no
 * more.
 */
void rp_collection_drop_orphan(struct rp_collection *c);
/* Has a member of @rec come up, whose table is there? */
bool rp_collection_told(const struct rp_collection_record *rec);
/* @volume, which is no member, carries a record of @c. */
void rp_collection_left_add(struct rp_collection *c, const uuid_t *volume);
/* So do members of @was that @c has no more. */
void rp_collection_left_note(struct rp_collection *c,
			     const struct rp_collection_record *was);
/* They look for what became of @c. */
void rp_collection_left_tell(const struct rp_collection *c);
/* With the last reference, which needs no lock. */
void rp_collection_left_free(struct rp_collection *c);
/* Something a dump would show has changed. */
void rp_collection_touch(void);

/* The object that @key names, referenced; NULL and a refusal in @res. */
struct rp_collection *rp_collection_ref(const struct rp_collection_key *key,
					struct rp_result *res);

int rp_collection_load_init(void);
void rp_collection_load_exit(void);

#endif /* RP_COLLECTION_REGISTRY_H */
