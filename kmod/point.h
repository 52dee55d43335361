/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point.h - reference points: made, found, destroyed, resolved after a crash
 *
 * A point is a record on each of its members (core/point_record.h). The host
 * keeps a registry of what the active members' records say; every member has a
 * word (core/resolve.h), and what becomes of the point follows from the words
 * alone (O6). What is not durable on some member is not in the registry as such
 * (a point being made is there as "preparing").
 *
 * Files: point.c lifetime; point_registry.c registry, lookup, copies for
 * reading; point_load.c what a volume that comes up says; point_store.c what is
 * written to one member; point_create.c; point_destroy.c; point_recover.c brings
 * a member's records up to what the host knows.
 *
 * Locks: the registry's mutex (point_registry.c) covers the trees, the words and
 * the phase; the rest of a point never changes once it is in the registry, save
 * for its members' sequences and levels, which the creating job fills in before
 * anything is prepared. It is taken inside nothing but vol->life, and nothing
 * that sleeps on a device happens under it.
 *
 * Teardown: rp_netlink_exit() first, then rp_job_exit() (the jobs use points),
 * then rp_point_exit(), then rp_collection_exit(); no volume is left then.
 */
#ifndef RP_POINT_H
#define RP_POINT_H

#include <linux/types.h>
#include <linux/uuid.h>
#include <linux/refpoint.h>

#include "core/point_record.h"
#include "result.h"

struct rp_job;

/**
 * struct rp_point_args - what CreateReferencePoint takes
 * @has_id: @id was given: the call is idempotent
 * @id: the point's id
 * @has_collection: @collection was given, else @collection_name
 * @collection: id
 * @collection_name: name
 * @type: enum refpoint_point_type
 * @consistency: enum refpoint_consistency, unchecked
 * @require: it is required, not just preferred
 * @has_cut_id: @cut_id was given
 * @deadline_ms: 0: the default
 * @cut_id: the caller's 128 bits
 * @tag: bytes kept with the point
 * @tag_len: of them, at most REFPOINT_TAG_MAX
 * @vendor: settings of a vendor's type
 * @vendor_len: bytes, at most REFPOINT_VENDOR_MAX
 * @only: cut over these members alone
 * @nr_only: how many
 * @except: cut over all members but these
 * @nr_except: how many
 * @owner: may be empty
 * @label: may be empty
 */
struct rp_point_args {
	bool has_id;
	uuid_t id;
	bool has_collection;
	uuid_t collection;
	const char *collection_name;
	u16 type;
	u8 consistency;
	bool require;
	bool has_cut_id;
	u32 deadline_ms;
	uuid_t cut_id;
	const void *tag;
	size_t tag_len;
	const void *vendor;
	size_t vendor_len;
	const uuid_t *only;
	unsigned int nr_only;
	const uuid_t *except;
	unsigned int nr_except;
	const char *owner;
	const char *label;
};

#define RP_POINT_DEADLINE_MS		30000U

/*
 * The methods. Return: 0 and @res filled in, -ENOMEM. @job: when @res says
 * JOB_STARTED the job, referenced, else NULL. @id: of the point, whenever one
 * came to be (or was there before: idempotence); else the nil UUID.
 */
int rp_point_create(const struct rp_point_args *args, uuid_t *id,
		    struct rp_job **job, struct rp_result *res);
int rp_point_destroy(const uuid_t *id, const char *owner, bool force,
		     struct rp_job **job, struct rp_result *res);
int rp_point_remove_data(const uuid_t *id, const char *owner, bool force,
			 struct rp_result *res);

/**
 * rp_point_lookup() - where a point divides the writes of one volume
 * @id: the point
 * @volume: UUID of the volume
 * @generation: of the volume at the point
 * @seq: boundary of the point there
 *
 * Takes the registry's mutex, no I/O.
 *
 * Return: 0, 1 (the same, but the volume itself has given no word yet: it cannot
 * vouch for that boundary), -ENOENT (no such point), -ESTALE (destroyed), -EINPROGRESS (in
 * doubt), -EBUSY (being made or destroyed), -ECANCELED (void), -ENOTUNIQ (the
 * volume is not one of those it was cut over).
 */
int rp_point_lookup(const uuid_t *id, const uuid_t *volume, u8 generation[16],
		    rp_seq_t *seq);

/**
 * struct rp_point_info - a copy of what a point shows
 * @id: of the point
 * @state: enum refpoint_point_state
 * @reason: of a void or of doubt, enum refpoint_reason
 * @job: id of the job at work on it, 0: none
 * @remembered: void or destroyed, nothing but id, state and time is known
 * @rec: a shallow copy; no members and no vendor settings in it
 * @vendor: the vendor settings, rec.vendor_len bytes
 * @nr_members: all of them
 */
struct rp_point_info {
	uuid_t id;
	u32 state;
	u32 reason;
	u64 job;
	bool remembered;
	struct rp_point_record rec;
	u8 vendor[REFPOINT_VENDOR_MAX];
	unsigned int nr_members;
};

/**
 * struct rp_point_member_info - one member of a point
 * @volume: UUID
 * @generation: its generation at the point
 * @seq: boundary; 0: not cut yet
 * @state: enum refpoint_point_state, of the point there
 * @level: consistency achieved
 */
struct rp_point_member_info {
	uuid_t volume;
	u8 generation[16];
	rp_seq_t seq;
	u32 state;
	u8 level;
};

/*
 * Copy a point and up to @max of its members from @first on. @info is large:
 * not for the stack. Return: number of members copied, -ENOENT.
 */
int rp_point_get(const uuid_t *id, struct rp_point_info *info,
		 unsigned int first, struct rp_point_member_info *members,
		 unsigned int max);

/* The smallest id above @id (NULL: the first) that is not just remembered. */
bool rp_point_next(const uuid_t *id, uuid_t *next);

/* Grows whenever a point comes or goes: for consistent dumps. */
u32 rp_point_generation(void);

int rp_point_init(void);
void rp_point_exit(void);

#endif /* RP_POINT_H */
