// SPDX-License-Identifier: GPL-2.0-only
/*
 * parallel.c - do the same to each of many volumes, many at a time
 *
 * Metadata commits are waits for two flushes: 1024 members one after the other
 * would take many seconds, 32 at a time less than one. The width is bounded for
 * each caller, so that a collection on hung devices cannot use up the queue.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "parallel.h"

static struct workqueue_struct *parallel_wq;

struct worker {
	struct work_struct work;
	struct rp_parallel *call;
};

/**
 * struct rp_parallel - one call; it outlives the workers
 * @fn: what to do
 * @arg: its argument
 * @nr: how often
 * @next: the next one to begin
 * @working: workers that have not left
 * @done: nobody is any more
 * @nr_workers: of @workers
 * @workers: to do it in
 */
struct rp_parallel {
	void (*fn)(void *arg, unsigned int i);
	void *arg;
	unsigned int nr;
	atomic_t next;
	atomic_t working;
	struct completion done;
	unsigned int nr_workers;
	struct worker workers[];
};

static void parallel_leave(struct rp_parallel *call)
{
	if (atomic_dec_and_test(&call->working))
		complete_all(&call->done);
}

void rp_parallel_help(struct rp_parallel *call)
{
	unsigned int i;

	while ((i = atomic_inc_return(&call->next) - 1) < call->nr)
		call->fn(call->arg, i);
}

static void parallel_work(struct work_struct *work)
{
	struct rp_parallel *call = container_of(work, struct worker, work)->call;

	rp_parallel_help(call);
	parallel_leave(call);
}

static struct rp_parallel *parallel_begin(unsigned int nr, unsigned int nr_workers,
					  void (*fn)(void *arg, unsigned int i),
					  void *arg)
{
	struct rp_parallel *call;
	unsigned int i;

	call = kzalloc(struct_size(call, workers, nr_workers), GFP_NOIO);
	if (!call)
		return NULL;
	call->fn = fn;
	call->arg = arg;
	call->nr = nr;
	call->nr_workers = nr_workers;
	init_completion(&call->done);
	atomic_set(&call->working, nr_workers);
	for (i = 0; i < nr_workers; i++) {
		call->workers[i].call = call;
		INIT_WORK(&call->workers[i].work, parallel_work);
		queue_work(parallel_wq, &call->workers[i].work);
	}
	return call;
}

struct rp_parallel *rp_parallel_begin(unsigned int nr,
				      void (*fn)(void *arg, unsigned int i), void *arg)
{
	return parallel_begin(nr, min_t(unsigned int, nr, RP_PARALLEL_MAX), fn, arg);
}

bool rp_parallel_wait(struct rp_parallel *call, unsigned long timeout)
{
	return wait_for_completion_timeout(&call->done, timeout);
}

void rp_parallel_end(struct rp_parallel *call)
{
	unsigned int i;

	rp_parallel_help(call);
	/* A worker that has not begun has nothing left to do. */
	for (i = 0; i < call->nr_workers; i++)
		if (cancel_work_sync(&call->workers[i].work))
			parallel_leave(call);
	wait_for_completion(&call->done);
	kfree(call);
}

void rp_parallel(unsigned int nr, void (*fn)(void *arg, unsigned int i),
		 void *arg)
{
	unsigned int workers = min_t(unsigned int, nr, RP_PARALLEL_MAX);
	struct rp_parallel *call = NULL;
	unsigned int i;

	/* One of them is this task. */
	if (workers > 1)
		call = parallel_begin(nr, workers - 1, fn, arg);
	if (call)
		rp_parallel_end(call);
	for (i = 0; !call && i < nr; i++)
		fn(arg, i);
}

int rp_parallel_init(void)
{
	parallel_wq = alloc_workqueue("refpoint_members",
				      WQ_UNBOUND | WQ_MEM_RECLAIM,
				      WQ_MAX_ACTIVE);
	return parallel_wq ? 0 : -ENOMEM;
}

void rp_parallel_exit(void)
{
	destroy_workqueue(parallel_wq);
}
