/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collection.h - named lists of volumes, kept in the members' metadata
 *
 * Every member carries the whole record of every collection that it is in; a
 * volume that was taken out carries the first version without it, which alone is
 * not shown. The registry is filled from these records in whatever order the volumes
 * come; the highest version counts, and who has an older one is told (settle.h).
 * Collections may overlap; a point's record names its members itself, so nothing
 * that happens to a collection disturbs its points.
 *
 * When a change cannot be written to one of the members, the change stands (it
 * is on the others, and versions only grow): the method answers FAILED and names
 * the member, which learns when it is back. A definition alone is taken back.
 *
 * Files: collection.c registry and copies for reading; collection_change.c the
 * methods; collection_load.c volumes that come and go; collection_left.c those that
 * are members no more.
 *
 * Teardown: after rp_point_exit().
 */
#ifndef RP_COLLECTION_H
#define RP_COLLECTION_H

#include <linux/uuid.h>
#include <linux/refpoint.h>

#include "result.h"

/**
 * struct rp_collection_key - how a caller names a collection
 * @id: its id, or NULL
 * @name: its name, when @id is NULL
 */
struct rp_collection_key {
	const uuid_t *id;
	const char *name;
};

/**
 * struct rp_collection_info - a copy of what a collection shows
 * @id: id
 * @name: name
 * @version: of the membership and the name
 * @nr_members: all of them
 */
struct rp_collection_info {
	uuid_t id;
	char name[REFPOINT_NAME_MAX + 1];
	u64 version;
	unsigned int nr_members;
};

/*
 * The methods. Return: 0 and @res filled in, -ENOMEM, -EINTR. @volumes must not
 * hold the same volume twice (REASON_DUPLICATE_MEMBER). @want_id may be NULL; a
 * definition with an id, repeated, answers DONE again.
 */
int rp_collection_define(const char *name, const uuid_t *want_id,
			 const uuid_t *volumes, unsigned int nr, uuid_t *id,
			 struct rp_result *res);
int rp_collection_destroy(const struct rp_collection_key *key,
			  struct rp_result *res);
int rp_collection_rename(const struct rp_collection_key *key,
			 const char *name, struct rp_result *res);
int rp_collection_add(const struct rp_collection_key *key,
		      const uuid_t *volumes, unsigned int nr,
		      struct rp_result *res);
int rp_collection_remove(const struct rp_collection_key *key,
			 const uuid_t *volumes, unsigned int nr,
			 struct rp_result *res);

/*
 * Find one and copy it with all of its members, in the order of their UUIDs,
 * into *@members (kvfree(); NULL unless found). Return: 0 and @res filled in,
 * -ENOMEM.
 */
int rp_collection_find(const struct rp_collection_key *key,
		       struct rp_collection_info *info, uuid_t **members,
		       struct rp_result *res);

/*
 * Copy one and up to @max of its members from @first on. Return: number of
 * members copied, -ENOENT.
 */
int rp_collection_get(const uuid_t *id, struct rp_collection_info *info,
		      unsigned int first, uuid_t *members, unsigned int max);

/* The smallest id above @id (NULL: the first). */
bool rp_collection_next(const uuid_t *id, uuid_t *next);

/* Grows whenever a collection comes, changes or goes: for consistent dumps. */
u32 rp_collection_generation(void);

/*
 * Also begins and ends what points share with collections: settle.h, parallel.h
 * and tombstone.h. So before rp_point_init(), and after rp_point_exit().
 */
int rp_collection_init(void);
void rp_collection_exit(void);

#endif /* RP_COLLECTION_H */
