/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point_make.h - a point on its way, for point_create.c and point_make.c
 */
#ifndef RP_POINT_MAKE_H
#define RP_POINT_MAKE_H

#include <linux/atomic.h>

#include "cut.h"
#include "job.h"
#include "point_registry.h"
#include "volume.h"

/* What the job has of a member's claim, once it runs. */
enum rp_making_claim {
	RP_MAKING_HELD,
	RP_MAKING_LENT,		/* done with a step, and waiting for the others */
	RP_MAKING_TAKEN,	/* suspended meanwhile: it has left the job */
};

/**
 * struct rp_point_making - a point on its way
 * @p: the point, phase CREATING, ours
 * @job: that we run in
 * @nr: members
 * @vol: the members' volumes, referenced
 * @entered: which of them we are in
 * @claimed: all members are
 * @claim: enum rp_making_claim of each, then
 * @cut: for rp_cut()
 * @err: what became of each
 * @flush: it was the origin's flush that failed
 * @question: its metadata may or may not have what was written
 * @deadline: jiffies
 * @payload: the record to be written
 * @word: what a member says once @payload is durable there
 * @stop: somebody failed: the rest need not try
 * @through: which of them are through with their prepare; see rp_making_through()
 * @ended: which of them were told that it is void
 * @hanging: not NULL: some are not through, and nobody waits for them
 * @done: members that are through with this step, for progress
 * @percent: of the job at the beginning of this step
 * @span: of the step
 * @end: the tombstone
 * @entry: room for it in memory
 */
struct rp_point_making {
	struct rp_point *p;
	struct rp_job *job;
	unsigned int nr;
	struct rp_volume **vol;
	bool *entered;
	bool claimed;
	u8 *claim;
	struct rp_cut_member *cut;
	int *err;
	bool *flush;
	bool *question;
	unsigned long deadline;
	struct rp_payload *payload;
	enum rp_word word;
	bool stop;
	bool *through;
	bool *ended;
	struct rp_parallel *hanging;
	atomic_t done;
	unsigned int percent;
	unsigned int span;
	struct rp_tombstone end;
	struct rp_tombstone_entry *entry;
};

/* --- the members' claims (point_claim.c) --- */

/* One that is claimed, and has said all that it has to say. As rp_volume_enter(). */
int rp_making_enter(struct rp_point_making *m, unsigned int i);
/* If we are in it. */
void rp_making_leave(struct rp_point_making *m, unsigned int i);
/* Done here until the others are, or for good. Leaves the volume. */
void rp_making_lend(struct rp_point_making *m, unsigned int i);
/*
 * Return: whether the member is ours again, or was never lent. A checkpoint that has
 * borrowed it is waited for, @timeout jiffies, and is left with it then.
 */
bool rp_making_take_back(struct rp_point_making *m, unsigned int i,
			 unsigned long timeout);
/* Done here for good. */
void rp_making_release(struct rp_point_making *m, unsigned int i);
/* All claims but of those that were taken. */
void rp_making_release_all(struct rp_point_making *m);
/* Nobody is there to commit. */
bool rp_making_all_left(const struct rp_point_making *m);

/* --- the prepare (point_prepare.c) --- */

/* On all members; why not is in @res. */
void rp_making_prepare(struct rp_point_making *m, struct rp_result *res);

/* One of them is through: all that it did is seen. */
bool rp_making_through(const struct rp_point_making *m, unsigned int i);

/* --- of the whole (point_make.c) --- */

bool rp_making_out_of_time(const struct rp_point_making *m);
/* The deadline has passed, because of @volume if that is not NULL. */
void rp_making_set_late(const uuid_t *volume, struct rp_result *res);
/* One more member is through with this step. */
void rp_making_step_done(struct rp_point_making *m);

/* Make the point of @data, a struct rp_point_making; the run of its job. */
void rp_point_make(struct rp_job *job, void *data, struct rp_result *res);

#endif /* RP_POINT_MAKE_H */
