/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * changes_work.h - the inside of GetChanges: one request at work
 *
 *	changes.c	the page of the answer
 *	changes_end.c	what the two ends stand for
 *	changes_bits.c	the kinds of a page of granules between them
 *	changes_gap.c	what was not tracked between them
 */
#ifndef RP_CHANGES_WORK_H
#define RP_CHANGES_WORK_H

#include "changes.h"
#include "core/extent.h"
#include "lease.h"

/* How often to look again when something changes between two looks. */
#define RP_CHANGES_TRIES	4U

/* Not an error of the call: the reason is in the result. */
#define RP_REFUSED		1

/**
 * struct rp_changes - one request at work
 * @req: the request
 * @res: where a refusal goes
 * @vol: the volume, entered
 * @lease: resolved ends and pinned intervals
 * @info: of the metadata when the request began
 * @all: from the beginning of all things
 * @now: up to now
 * @end: end of the range asked for, bytes
 * @unit_shift: log2 of the granularity
 * @gaps: ranges of gaps, normalised
 * @nr_gaps: of them
 * @kinds: of the page at hand
 * @part: one contribution to @kinds
 */
struct rp_changes {
	const struct rp_changes_request *req;
	struct rp_result *res;
	struct rp_volume *vol;
	struct rp_lease *lease;
	struct rp_md_info info;
	bool all;
	bool now;
	u64 end;
	u8 unit_shift;
	struct rp_range *gaps;
	unsigned int nr_gaps;
	struct rp_page_kinds kinds;
	struct rp_page_kinds part;
};

#define rp_changes_refuse(c, value, reason, ...)			\
	(rp_result_set((c)->res, (value), (reason), &(c)->vol->uuid,	\
		       __VA_ARGS__), RP_REFUSED)

/* All of these return 0, -errno, or RP_REFUSED with the reason in c->res. */

/* changes_end.c */

/* Fill in the lease from the question. */
int rp_changes_resolve(struct rp_changes *c);

int rp_changes_generation_ended(struct rp_changes *c);
int rp_changes_destroyed(struct rp_changes *c);
int rp_changes_io_error(struct rp_changes *c, int err);

/* changes_bits.c */

/* *@page: the first one at or after it that has bits, if @found. */
int rp_changes_next_page(struct rp_changes *c, rp_page_t *page, bool *found);

/* The kinds of one page, into c->kinds. */
int rp_changes_read_page(struct rp_changes *c, rp_page_t page);

/* changes_gap.c */

/*
 * Read the list of gaps into c->gaps, and refuse if there is one that the caller
 * cannot take. @grown: whether the list differs from what was there.
 */
int rp_changes_read_gaps(struct rp_changes *c, bool *grown);

#endif /* RP_CHANGES_WORK_H */
