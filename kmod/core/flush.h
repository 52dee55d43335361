/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * flush.h - what a flush says when others beside it fail
 *
 * A device may drop what its cache holds when it fails a flush, and do the next
 * one well. So a flush that succeeds is believed only if none has failed since the
 * first of what it is to make durable was written. FUA writes count as flushes,
 * for where the device has no FUA they end in one.
 *
 * Ends are not told in the order in which the device came to them: a flush that
 * ended well waits for those that were on their way then.
 */
#ifndef RP_FLUSH_H
#define RP_FLUSH_H

#include "port.h"

/**
 * struct rp_flushes - those of one device; whoever calls has locked it
 * @pending: not settled, in the order in which they began
 * @nr_begun: how many there have been
 * @nr_failed: of these
 */
struct rp_flushes {
	struct list_head pending;
	u64 nr_begun;
	u64 nr_failed;
};

/**
 * struct rp_flush - a flush or a FUA write, from its begin until it is settled
 * @node: of rp_flushes.pending, then of who has settled it
 * @nr: which of @nr_begun it is
 * @since: @nr_failed when the first of what it makes durable was to be written
 * @until: once it has ended: it waits for those with numbers up to that
 * @ended: the device has answered
 * @failed: once it is settled: what it was for may not be durable
 */
struct rp_flush {
	struct list_head node;
	u64 nr;
	u64 since;
	u64 until;
	bool ended;
	bool failed;
};

void rp_flushes_init(struct rp_flushes *fs);

/* Before the first write that a flush is for: its @since. */
static inline u64 rp_flushes_since(const struct rp_flushes *fs)
{
	return fs->nr_failed;
}

/* It is about to be submitted. */
void rp_flush_begin(struct rp_flushes *fs, struct rp_flush *f, u64 since);

/*
 * The device has answered. Each that is settled by that is added to @settled, with
 * its @failed; this one may be among them, or wait.
 */
void rp_flush_end(struct rp_flushes *fs, struct rp_flush *f, bool failed,
		  struct list_head *settled);

#endif /* RP_FLUSH_H */
