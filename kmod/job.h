/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * job.h - the object that a long operation runs in
 *
 * Ids are never used again, over reboots too: they start from the clock and
 * from the mark that every metadata commit carries (rp_job_mark,
 * rp_job_raise_mark).
 */
#ifndef RP_JOB_H
#define RP_JOB_H

#include <linux/kref.h>
#include <linux/types.h>

#include "result.h"

struct rp_job;

/**
 * struct rp_job_info - a copy of what a job shows
 * Times in ns since 1970, 0: not yet.
 */
struct rp_job_info {
	u64 id;
	u16 type;
	u16 state;
	u16 percent;
	bool cancellable;
	struct rp_result result;
	char owner[REFPOINT_OWNER_MAX + 1];
	u64 submitted;
	u64 started;
	u64 ended;
	u64 keep_ms;
	bool has_point;
	uuid_t point;
};

/**
 * struct rp_job_ops - the work
 * @run: in a workqueue; fills @res
 * @release: frees @data, once, when the work has ended; may be NULL
 */
struct rp_job_ops {
	void (*run)(struct rp_job *job, void *data, struct rp_result *res);
	void (*release)(void *data);
};

/*
 * Make and start a job. Takes over @data, on failure too. Return: a referenced
 * job, ERR_PTR(-ENOMEM), ERR_PTR(-ESHUTDOWN) while the module unloads,
 * ERR_PTR(-EBUSY) above the ceiling of jobs.
 */
struct rp_job *rp_job_start(u16 type, const char *owner, const uuid_t *point,
			    const struct rp_job_ops *ops, void *data);
void rp_job_put(struct rp_job *job);
struct rp_job *rp_job_find(u64 id);
struct rp_job *rp_job_next(u64 after);	/* smallest id above; referenced */
void rp_job_get_info(struct rp_job *job, struct rp_job_info *info);

/* Wait for the end at most @ms; killable. Return: whether it has ended. */
bool rp_job_wait(struct rp_job *job, unsigned int ms);

/* For run(): tell how far, learn whether to stop (legal points only). */
void rp_job_progress(struct rp_job *job, unsigned int percent);
bool rp_job_cancelled(struct rp_job *job);
/*
 * From here on no cancelling (a commit has been submitted). Return: false if it
 * was cancelled before.
 */
bool rp_job_point_of_no_return(struct rp_job *job);

/*
 * It ends with @res for all who look, while run() still waits for something that
 * makes no difference to them (I7). The first word counts.
 */
void rp_job_end_early(struct rp_job *job, const struct rp_result *res);

/*
 * RequestStateChange. TERMINATE and KILL ask the work to stop at its next legal
 * point; nothing in the kernel can be killed sooner, so they are the same, and
 * the job ends as TERMINATED. @res:
 *
 *   DONE			it had been asked before
 *   JOB_STARTED		"transition started": the end is an event
 *   INVALID_STATE, JOB_STATE	the job has ended, cannot be cancelled any more,
 *				or the request is not one of the two
 */
int rp_job_request(struct rp_job *job, u16 requested, struct rp_result *res);

/* Ids up to here may have been used. */
u64 rp_job_mark(void);
void rp_job_raise_mark(u64 mark);

/* Grows whenever a job comes or goes: for consistent dumps. */
u32 rp_job_generation(void);

int rp_job_init(void);
/*
 * Cancels all jobs, waits for them, forgets them. After rp_netlink_exit() (which
 * holds references) and before rp_point_exit() (which the jobs use).
 */
void rp_job_exit(void);

#endif /* RP_JOB_H */
