/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * changes.h - GetChanges: what was written between two boundaries of a volume
 *
 * One call answers for one page: bounded work, no lock held against writers or
 * cuts (I12). Between the pages of one list a lease (lease.h) holds the
 * intervals.
 */
#ifndef RP_CHANGES_H
#define RP_CHANGES_H

#include "volume.h"

/*
 * In one reply, whatever the caller allows. With what rp_nl_reply_new() adds and what the
 * socket buffer needs itself it fits into 32 KiB: more in one piece may not be there.
 */
#define RP_CHANGES_PAGE_EXTENTS	1190U

enum rp_end_type {
	RP_END_POINT,
	RP_END_HANDLE,
	RP_END_ALL,		/* as "from" only */
	RP_END_NOW,		/* as "to" only */
};

/**
 * struct rp_end - one end of the question, as it was asked
 * @type: which of the others counts
 * @point: id of a point
 * @handle: text of a handle
 */
struct rp_end {
	enum rp_end_type type;
	uuid_t point;
	char handle[REFPOINT_HANDLE_MAX + 1];
};

/**
 * struct rp_changes_request - see REFPOINT_CMD_GET_CHANGES
 * @vol: the volume, referenced by the caller
 * @from: point, handle or all
 * @to: point, handle or now
 * @start: first byte
 * @length: bytes, if @has_length; else to the end
 * @has_length: see @length
 * @granularity: bytes, 0: native
 * @max_extents: at most so many in this page, 1 at least
 * @allow_unknown: gaps are extents of kind unknown, not a refusal
 * @lease: cookie of the page before, 0: none
 */
struct rp_changes_request {
	struct rp_volume *vol;
	struct rp_end from;
	struct rp_end to;
	u64 start;
	u64 length;
	bool has_length;
	u64 granularity;
	u32 max_extents;
	bool allow_unknown;
	u64 lease;
};

/**
 * struct rp_changes_reply - one page
 * @extents: kvmalloc()ed, the caller's to kvfree()
 * @nr_extents: of them
 * @processed: bytes from the request's start that this page answers for
 * @complete: they are all of the request's
 * @next_start: where to go on
 * @from_handle: what "from" stands for; empty for all
 * @to_handle: what "to" stands for; empty for now
 * @has_capacity_from: false for all
 * @capacity_from: bytes
 * @capacity_to: bytes
 * @generation: UUID of the history
 * @lease: cookie for the next page, 0: none
 */
struct rp_changes_reply {
	struct refpoint_extent *extents;
	u32 nr_extents;
	u64 processed;
	bool complete;
	u64 next_start;
	char from_handle[REFPOINT_HANDLE_MAX + 1];
	char to_handle[REFPOINT_HANDLE_MAX + 1];
	bool has_capacity_from;
	u64 capacity_from;
	u64 capacity_to;
	u8 generation[16];
	u64 lease;
};

/*
 * Answer one page. Return: 0 with the outcome in @res and, if that is DONE, the
 * page in @reply; -ENOMEM, -EINTR.
 */
int rp_changes_get(const struct rp_changes_request *req,
		   struct rp_changes_reply *reply, struct rp_result *res);

/* The table of leases; no volume is left at exit. */
int rp_changes_init(void);
void rp_changes_exit(void);

#endif /* RP_CHANGES_H */
