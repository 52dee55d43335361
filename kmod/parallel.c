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

/* One call of rp_parallel(), on the caller's stack: it outlives the workers. */
struct parallel {
	void (*fn)(void *arg, unsigned int i);
	void *arg;
	unsigned int nr;
	atomic_t next;
	atomic_t workers;
	struct completion done;
};

struct worker {
	struct work_struct work;
	struct parallel *call;
};

static void parallel_loop(struct parallel *call)
{
	unsigned int i;

	while ((i = atomic_inc_return(&call->next) - 1) < call->nr)
		call->fn(call->arg, i);
}

static void parallel_work(struct work_struct *work)
{
	struct parallel *call = container_of(work, struct worker, work)->call;

	parallel_loop(call);
	if (atomic_dec_and_test(&call->workers))
		complete(&call->done);
}

void rp_parallel(unsigned int nr, void (*fn)(void *arg, unsigned int i),
		 void *arg)
{
	struct parallel call = { .fn = fn, .arg = arg, .nr = nr };
	unsigned int i, helpers = min_t(unsigned int, nr, RP_PARALLEL_MAX);
	struct worker *workers = NULL;

	init_completion(&call.done);
	/* One of them is this task. */
	helpers = helpers ? helpers - 1 : 0;
	if (helpers)
		workers = kcalloc(helpers, sizeof(*workers), GFP_NOIO);
	if (!workers)
		helpers = 0;

	atomic_set(&call.workers, helpers + 1);
	for (i = 0; i < helpers; i++) {
		workers[i].call = &call;
		INIT_WORK(&workers[i].work, parallel_work);
		queue_work(parallel_wq, &workers[i].work);
	}

	parallel_loop(&call);

	/* A worker that has not begun has nothing left to do. */
	for (i = 0; i < helpers; i++)
		if (cancel_work_sync(&workers[i].work))
			atomic_dec(&call.workers);
	if (!atomic_dec_and_test(&call.workers))
		wait_for_completion(&call.done);
	kfree(workers);
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
