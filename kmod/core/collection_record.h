/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collection_record.h - a collection, as a record
 *
 * RP_RECORD_COLLECTION stands on every member; on a volume that was taken out
 * stands the first version without it, as a witness for members that missed the
 * change, and not for the collection's being there. The highest version counts. A
 * destroyed collection is a tombstone (point_record.h), not a record.
 */
#ifndef RP_COLLECTION_RECORD_H
#define RP_COLLECTION_RECORD_H

#include "types.h"
#include <linux/refpoint.h>

/**
 * struct rp_collection_record - a collection in words
 * @name: not empty
 * @version: of the membership and the name; grows with each change
 * @stamp: of that change, random: decides between two equal versions
 * @time: of that change, ns since 1970
 * @nr_members: 1..REFPOINT_MEMBERS_MAX
 * @members: allocated; UUIDs of the volumes in strict order
 */
struct rp_collection_record {
	char name[REFPOINT_NAME_MAX + 1];
	u64 version;
	u64 stamp;
	u64 time;
	unsigned int nr_members;
	u8 (*members)[16];
};

#define RP_COLLECTION_RECORD_VERSION	1

/* Head of the record; the name and the members follow. */
struct rp_collection_disk {
	__le16 disk_version;
	__le16 name_len;
	__le32 nr_members;
	__le64 version;
	__le64 stamp;
	__le64 time;
} __attribute__((packed));

_Static_assert(sizeof(struct rp_collection_disk) == 32, "collection");

size_t rp_collection_record_size(const struct rp_collection_record *rec);
void rp_collection_record_encode(const struct rp_collection_record *rec,
				 void *data);

/*
 * Return: 0, -EUCLEAN, -EPROTONOSUPPORT, -ENOMEM. After 0 to be freed with
 * rp_collection_record_release().
 */
int rp_collection_record_decode(const void *data, size_t len,
				struct rp_collection_record *rec);
void rp_collection_record_release(struct rp_collection_record *rec);

/* Below, equal to or above 0: @a is older than, the same as, newer than @b. */
int rp_collection_record_compare(const struct rp_collection_record *a,
				 const struct rp_collection_record *b);

/* Index of @volume among the members, or -ENOENT. */
int rp_collection_record_member(const struct rp_collection_record *rec,
				const u8 volume[16]);

#endif /* RP_COLLECTION_RECORD_H */
