/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point_record.h - a reference point, and ids used up, as records
 *
 * RP_RECORD_POINT stands on every member of a point, with the same bytes on
 * each save for the state. RP_RECORD_TOMBSTONES is a pack of ids that are never
 * used again (O6), each with what became of it.
 *
 * Decoding trusts nothing: every length and number is checked against the
 * record's length and its range, and the members must be in strict order, so
 * that there is one encoding for one point.
 */
#ifndef RP_POINT_RECORD_H
#define RP_POINT_RECORD_H

#include "types.h"
#include <linux/refpoint.h>

/**
 * struct rp_point_member - one volume that a point was cut over
 * @volume: UUID
 * @generation: UUID of its generation at the cut
 * @seq: boundary that the cut made
 * @level: consistency achieved, enum refpoint_consistency
 */
struct rp_point_member {
	u8 volume[16];
	u8 generation[16];
	rp_seq_t seq;
	u8 level;
};

/* Which members of the collection were asked for. */
enum rp_selection {
	RP_SELECT_ALL,
	RP_SELECT_ONLY,
	RP_SELECT_EXCEPT,
	RP_NR_SELECTIONS,
};

/**
 * struct rp_point_record - a point in words
 * @state: REFPOINT_POINT_PREPARED or REFPOINT_POINT_COMMITTED
 * @selection: enum rp_selection
 * @type: enum refpoint_point_type
 * @consistency: as was asked
 * @require: it was required
 * @has_cut_id: @cut_id was given
 * @tag_len: bytes of @tag
 * @vendor_len: bytes of @vendor
 * @deadline_ms: as was asked, 0: default
 * @selection_hash: of the volumes named by only or except, in any order
 * @time: of the cut, ns since 1970
 * @membership: version of the collection
 * @collection: its id
 * @cut_id: the caller's
 * @tag: the caller's
 * @collection_name: at the cut
 * @owner: may be empty
 * @label: may be empty
 * @vendor: allocated, NULL if there is none
 * @nr_members: 1..REFPOINT_MEMBERS_MAX
 * @members: allocated, in the order of their volumes' UUIDs
 */
struct rp_point_record {
	u8 state;
	u8 selection;
	u16 type;
	u8 consistency;
	bool require;
	bool has_cut_id;
	u8 tag_len;
	u16 vendor_len;
	u32 deadline_ms;
	u64 selection_hash;
	u64 time;
	u64 membership;
	u8 collection[16];
	u8 cut_id[16];
	u8 tag[REFPOINT_TAG_MAX];
	char collection_name[REFPOINT_NAME_MAX + 1];
	char owner[REFPOINT_OWNER_MAX + 1];
	char label[REFPOINT_LABEL_MAX + 1];
	u8 *vendor;
	unsigned int nr_members;
	struct rp_point_member *members;
};

#define RP_POINT_RECORD_VERSION	1

/* Head of the record; the strings, the vendor settings and the members follow. */
struct rp_point_disk {
	__le16 version;
	__le16 type;
	__u8 state;
	__u8 selection;
	__u8 consistency;
	__u8 flags;		/* RP_POINT_DISK_* */
	__le32 deadline_ms;
	__le32 nr_members;
	__le64 selection_hash;
	__le64 time;
	__le64 membership;
	__u8 collection[16];
	__u8 cut_id[16];
	__le16 name_len;
	__le16 owner_len;
	__le16 label_len;
	__le16 tag_len;
	__le16 vendor_len;
	__u8 reserved[14];
} __attribute__((packed));

#define RP_POINT_DISK_REQUIRE	0x1
#define RP_POINT_DISK_CUT_ID	0x2

struct rp_point_member_disk {
	__u8 volume[16];
	__u8 generation[16];
	__le64 seq;
	__u8 level;
	__u8 pad[7];
} __attribute__((packed));

_Static_assert(sizeof(struct rp_point_disk) == 96, "point");
_Static_assert(offsetof(struct rp_point_disk, collection) == 40, "point");
_Static_assert(sizeof(struct rp_point_member_disk) == 48, "point member");

/* Bytes of the record of @rec; fill them. @rec must be within its limits. */
size_t rp_point_record_size(const struct rp_point_record *rec);
void rp_point_record_encode(const struct rp_point_record *rec, void *data);

/*
 * Return: 0, -EUCLEAN (it cannot be one), -EPROTONOSUPPORT (made by a newer
 * version), -ENOMEM. After 0 to be freed with rp_point_record_release().
 */
int rp_point_record_decode(const void *data, size_t len,
			   struct rp_point_record *rec);
void rp_point_record_release(struct rp_point_record *rec);

/* Index of the member that is @volume, or -ENOENT. */
int rp_point_record_member(const struct rp_point_record *rec,
			   const u8 volume[16]);

/* Do two records speak of the same point (all but state and time)? */
bool rp_point_record_same(const struct rp_point_record *a,
			  const struct rp_point_record *b);

/* A hash of a set of volumes: add one after the other, in any order. */
u64 rp_selection_hash_add(u64 hash, const u8 volume[16]);

/* --- tombstones --- */

/* What became of an id; the first two are enum refpoint_point_state. */
enum rp_tombstone_state {
	RP_TOMBSTONE_VOID	= REFPOINT_POINT_VOID,
	RP_TOMBSTONE_DESTROYED	= REFPOINT_POINT_DESTROYED,
	RP_TOMBSTONE_COLLECTION	= 16,	/* a collection, destroyed */
};

/**
 * struct rp_tombstone - one id that is never used again
 * @id: of a point or a collection
 * @time: of its end, ns since 1970
 * @reason: enum refpoint_reason, why it is void
 * @state: enum rp_tombstone_state
 */
struct rp_tombstone {
	u8 id[16];
	u64 time;
	u32 reason;
	u8 state;
};

struct rp_tombstone_disk {
	__u8 id[16];
	__le64 time;
	__le32 reason;
	__u8 state;
	__u8 pad[3];
} __attribute__((packed));

struct rp_tombstones_disk {
	__le16 version;
	__le16 nr;
	__le32 pad;
	/* nr of struct rp_tombstone_disk */
} __attribute__((packed));

_Static_assert(sizeof(struct rp_tombstone_disk) == 32, "tombstone");
_Static_assert(sizeof(struct rp_tombstones_disk) == 8, "tombstones");

#define RP_TOMBSTONES_VERSION	1
/* As many as fit the one block of a record. */
#define RP_TOMBSTONES_MAX	126U

#define RP_TOMBSTONES_SIZE(nr)	(sizeof(struct rp_tombstones_disk) + \
				 (nr) * sizeof(struct rp_tombstone_disk))

/* Encode @nr of them into RP_TOMBSTONES_SIZE(nr) bytes. */
void rp_tombstones_encode(const struct rp_tombstone *t, unsigned int nr,
			  void *data);
/* Into @t, room for RP_TOMBSTONES_MAX. Errors as rp_point_record_decode(). */
int rp_tombstones_decode(const void *data, size_t len, struct rp_tombstone *t,
			 unsigned int *nr);
/* The one of @id, where there is no memory for all. -ENOENT, and as above. */
int rp_tombstones_find(const void *data, size_t len, const u8 id[16],
		       struct rp_tombstone *t);

#endif /* RP_POINT_RECORD_H */
