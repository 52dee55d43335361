/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * counters.h - what performance questions and tests ask for
 *
 * They begin with the table and go with it; a suspend keeps them. The write path
 * adds to one of them where a bit changes: how many writes there were is seen from
 * the counts of those in flight, see rp_view_writes().
 */
#ifndef RP_COUNTERS_H
#define RP_COUNTERS_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct rp_times - how long something took, in nanoseconds
 * @total: all of them
 * @last: the last one
 * @longest: the longest one
 */
struct rp_times {
	atomic64_t total;
	atomic64_t last;
	atomic64_t longest;
};

/* By one at a time: who has the volume's claim. */
static inline void rp_times_add(struct rp_times *t, u64 ns)
{
	atomic64_add(ns, &t->total);
	atomic64_set(&t->last, ns);
	if (ns > (u64)atomic64_read(&t->longest))
		atomic64_set(&t->longest, ns);
}

/**
 * struct rp_io_counters - what was asked of a metadata device
 * @writes: blocks written, @fua among them
 * @fua: with FUA
 * @flushes: of its cache
 */
struct rp_io_counters {
	atomic64_t writes;
	atomic64_t fua;
	atomic64_t flushes;
};

/**
 * struct rp_counters - of one volume
 * @first_touches: granules marked
 * @arm_requests: writes that waited for arming
 * @arm_writes: writes of armed records
 * @arms_ahead: regions armed before a write asked for them
 * @arms_used: of these, written since
 * @arms_wasted: of these, taken back unwritten
 * @commits: metadata transactions
 * @cuts: cuts
 * @late_marks: writes in flight over a cut
 * @checkpoints: those that were completed
 * @metadata: I/O of the metadata device
 * @cut_times: of @cuts
 * @checkpoint_times: of @checkpoints
 */
struct rp_counters {
	atomic64_t first_touches;
	atomic64_t arm_requests;
	atomic64_t arm_writes;
	atomic64_t arms_ahead;
	atomic64_t arms_used;
	atomic64_t arms_wasted;
	atomic64_t commits;
	atomic64_t cuts;
	atomic64_t late_marks;
	atomic64_t checkpoints;
	struct rp_io_counters metadata;
	struct rp_times cut_times;
	struct rp_times checkpoint_times;
};

#endif /* RP_COUNTERS_H */
