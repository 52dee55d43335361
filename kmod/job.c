// SPDX-License-Identifier: GPL-2.0-only
/*
 * job.c - the object that a long operation runs in
 *
 * A job lives in a tree by id from its start until five minutes after its end.
 * One delayed work forgets jobs; it is armed only while there is an ended one,
 * for the oldest of them: all are kept equally long, so that the list of ended
 * jobs is in the order of forgetting.
 *
 * Jobs share an unbound workqueue and no lock over their work: two jobs wait for
 * each other only where they claim the same volume.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "event.h"
#include "job.h"

#define JOBS_MAX	4096
#define JOB_KEEP_MS	(5 * 60 * 1000)
/* At once, so that hung devices of some collections leave room for others. */
#define JOBS_RUNNING_MAX	256

/**
 * struct rp_job - see the head of this file
 * @node: in the tree, which holds a reference
 * @ended_node: in the list of ended jobs
 * @ref: references
 * @work: the run
 * @done: completed at the end
 * @ops: of the maker
 * @data: of the maker
 * @expires: jiffies when it is to be forgotten
 * @cancel: somebody asked it to stop
 * @final: cancelling is over: a commit has been submitted, or it has ended
 * @info: what it shows; @info.id, type, owner and point never change
 */
struct rp_job {
	struct rb_node node;
	struct list_head ended_node;
	struct kref ref;
	struct work_struct work;
	struct completion done;
	const struct rp_job_ops *ops;
	void *data;
	unsigned long expires;
	bool cancel;
	bool final;
	struct rp_job_info info;
};

/*
 * The tree, the list of ended jobs, the next id, and of every job the fields
 * that change. Leaf: nothing is taken inside it, nothing sleeps under it.
 */
static DEFINE_SPINLOCK(jobs_lock);
static struct rb_root jobs = RB_ROOT;
static LIST_HEAD(ended_jobs);
static unsigned int nr_jobs;
static u64 last_id;
static u32 generation;
static bool unloading;

static struct workqueue_struct *job_wq;

static void forget_old(struct work_struct *work);
static DECLARE_DELAYED_WORK(forget_work, forget_old);

static void job_free(struct kref *ref)
{
	kfree(container_of(ref, struct rp_job, ref));
}

void rp_job_put(struct rp_job *job)
{
	kref_put(&job->ref, job_free);
}

/* Take an ended job out; the caller puts the tree's reference, unlocked. */
static void job_unlink(struct rp_job *job)
{
	lockdep_assert_held(&jobs_lock);
	rb_erase(&job->node, &jobs);
	list_del(&job->ended_node);
	nr_jobs--;
	generation++;
}

static void forget_old(struct work_struct *work)
{
	struct rp_job *job, *next;
	LIST_HEAD(old);

	spin_lock(&jobs_lock);
	list_for_each_entry_safe(job, next, &ended_jobs, ended_node) {
		if (time_before(jiffies, job->expires)) {
			mod_delayed_work(job_wq, &forget_work,
					 job->expires - jiffies + 1);
			break;
		}
		job_unlink(job);
		list_add_tail(&job->ended_node, &old);
	}
	spin_unlock(&jobs_lock);

	list_for_each_entry_safe(job, next, &old, ended_node)
		rp_job_put(job);
}

/* By its own work alone, perhaps early and then once more: the first word counts. */
static void job_end(struct rp_job *job, const struct rp_result *res)
{
	if (completion_done(&job->done))
		return;
	spin_lock(&jobs_lock);
	job->final = true;
	job->info.cancellable = false;
	job->info.result = *res;
	job->info.ended = ktime_get_real_ns();
	if (res->value == REFPOINT_RV_DONE) {
		job->info.state = REFPOINT_JOB_COMPLETED;
		job->info.percent = 100;
	} else if (res->reason == REFPOINT_REASON_CANCELLED) {
		job->info.state = REFPOINT_JOB_TERMINATED;
	} else {
		job->info.state = REFPOINT_JOB_EXCEPTION;
	}
	job->expires = jiffies + msecs_to_jiffies(JOB_KEEP_MS);
	list_add_tail(&job->ended_node, &ended_jobs);
	if (!unloading)
		queue_delayed_work(job_wq, &forget_work,
				   msecs_to_jiffies(JOB_KEEP_MS) + 1);
	spin_unlock(&jobs_lock);

	complete_all(&job->done);
	rp_event_job(job, REFPOINT_EVENT_STATE_CHANGED);
}

static void job_work(struct work_struct *work)
{
	struct rp_job *job = container_of(work, struct rp_job, work);
	struct rp_result res;
	bool cancelled;

	spin_lock(&jobs_lock);
	job->info.state = REFPOINT_JOB_RUNNING;
	job->info.started = ktime_get_real_ns();
	cancelled = job->cancel;
	spin_unlock(&jobs_lock);
	if (!cancelled)
		rp_event_job(job, REFPOINT_EVENT_STATE_CHANGED);

	rp_result_done(&res);
	job->ops->run(job, job->data, &res);
	if (job->ops->release)
		job->ops->release(job->data);
	job_end(job, &res);
	rp_job_put(job);
}

/* Room for one more: the oldest ended job goes. Return: it, to be put, or NULL. */
static int job_insert(struct rp_job *job, struct rp_job **dropped)
{
	struct rb_node **link = &jobs.rb_node, *parent = NULL;

	lockdep_assert_held(&jobs_lock);
	*dropped = NULL;
	if (unloading)
		return -ESHUTDOWN;
	if (nr_jobs >= JOBS_MAX) {
		*dropped = list_first_entry_or_null(&ended_jobs, struct rp_job,
						    ended_node);
		if (!*dropped)
			return -EBUSY;
		job_unlink(*dropped);
	}

	job->info.id = ++last_id;
	/* The highest id of all: always the rightmost. */
	while (*link) {
		parent = *link;
		link = &parent->rb_right;
	}
	rb_link_node(&job->node, parent, link);
	rb_insert_color(&job->node, &jobs);
	nr_jobs++;
	generation++;
	return 0;
}

struct rp_job *rp_job_start(u16 type, const char *owner, const uuid_t *point,
			    const struct rp_job_ops *ops, void *data)
{
	struct rp_job *job, *dropped = NULL;
	int err = -ENOMEM;

	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		goto out_release;

	kref_init(&job->ref);
	init_completion(&job->done);
	INIT_LIST_HEAD(&job->ended_node);
	INIT_WORK(&job->work, job_work);
	job->ops = ops;
	job->data = data;
	job->info.type = type;
	job->info.state = REFPOINT_JOB_NEW;
	job->info.cancellable = true;
	job->info.keep_ms = JOB_KEEP_MS;
	job->info.submitted = ktime_get_real_ns();
	strscpy(job->info.owner, owner, sizeof(job->info.owner));
	if (point) {
		job->info.has_point = true;
		job->info.point = *point;
	}

	spin_lock(&jobs_lock);
	err = job_insert(job, &dropped);
	if (!err) {
		kref_get(&job->ref);	/* the run's */
		kref_get(&job->ref);	/* the caller's; the first is the tree's */
	}
	spin_unlock(&jobs_lock);
	if (dropped)
		rp_job_put(dropped);
	if (err)
		goto out_free;

	/* An event of the beginning is before all that the run raises. */
	rp_event_job(job, REFPOINT_EVENT_CREATED);
	queue_work(job_wq, &job->work);
	return job;

out_free:
	kfree(job);
out_release:
	if (ops->release)
		ops->release(data);
	return ERR_PTR(err);
}

struct rp_job *rp_job_find(u64 id)
{
	struct rp_job *job = NULL;
	struct rb_node *node;

	spin_lock(&jobs_lock);
	for (node = jobs.rb_node; node; ) {
		job = rb_entry(node, struct rp_job, node);
		if (id == job->info.id)
			break;
		node = id < job->info.id ? node->rb_left : node->rb_right;
	}
	if (node)
		kref_get(&job->ref);
	spin_unlock(&jobs_lock);
	return node ? job : NULL;
}

struct rp_job *rp_job_next(u64 after)
{
	struct rp_job *found = NULL;
	struct rb_node *node;

	spin_lock(&jobs_lock);
	for (node = jobs.rb_node; node; ) {
		struct rp_job *job = rb_entry(node, struct rp_job, node);

		if (job->info.id > after) {
			found = job;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	if (found)
		kref_get(&found->ref);
	spin_unlock(&jobs_lock);
	return found;
}

void rp_job_get_info(struct rp_job *job, struct rp_job_info *info)
{
	spin_lock(&jobs_lock);
	*info = job->info;
	spin_unlock(&jobs_lock);
}

bool rp_job_wait(struct rp_job *job, unsigned int ms)
{
	wait_for_completion_killable_timeout(&job->done, msecs_to_jiffies(ms));
	return completion_done(&job->done);
}

void rp_job_progress(struct rp_job *job, unsigned int percent)
{
	bool changed;

	percent = min(percent, 99U);	/* 100 is the end alone */
	spin_lock(&jobs_lock);
	changed = job->info.percent < percent && !job->info.ended;
	if (changed)
		job->info.percent = percent;
	spin_unlock(&jobs_lock);
	if (changed)
		rp_event_job(job, REFPOINT_EVENT_PROGRESS);
}

void rp_job_end_early(struct rp_job *job, const struct rp_result *res)
{
	job_end(job, res);
}

bool rp_job_cancelled(struct rp_job *job)
{
	return READ_ONCE(job->cancel);
}

bool rp_job_point_of_no_return(struct rp_job *job)
{
	bool cancelled;

	spin_lock(&jobs_lock);
	cancelled = job->cancel;
	if (!cancelled) {
		job->final = true;
		job->info.cancellable = false;
	}
	spin_unlock(&jobs_lock);
	return !cancelled;
}

int rp_job_request(struct rp_job *job, u16 requested, struct rp_result *res)
{
	bool ended, final, before;

	if (requested != REFPOINT_REQUEST_TERMINATE &&
	    requested != REFPOINT_REQUEST_KILL)
		return rp_result_set(res, REFPOINT_RV_INVALID_STATE,
				     REFPOINT_REASON_JOB_STATE, NULL,
				     "a job here can be terminated, but not started, suspended or serviced");

	spin_lock(&jobs_lock);
	ended = job->info.ended;
	final = job->final;
	before = job->cancel;
	if (!final) {
		WRITE_ONCE(job->cancel, true);
		job->info.cancellable = false;
	}
	spin_unlock(&jobs_lock);

	if (ended)
		return rp_result_set(res, REFPOINT_RV_INVALID_STATE,
				     REFPOINT_REASON_JOB_STATE, NULL,
				     "the job has ended");
	if (final)
		return rp_result_set(res, REFPOINT_RV_INVALID_STATE,
				     REFPOINT_REASON_JOB_STATE, NULL,
				     "the job has gone too far to be cancelled");
	rp_result_done(res);
	if (!before)
		res->value = REFPOINT_RV_JOB_STARTED;
	return 0;
}

u64 rp_job_mark(void)
{
	u64 mark;

	spin_lock(&jobs_lock);
	mark = last_id;
	spin_unlock(&jobs_lock);
	return mark;
}

void rp_job_raise_mark(u64 mark)
{
	spin_lock(&jobs_lock);
	/* A mark from a damaged record must not wrap the counter. */
	if (mark > last_id && mark < S64_MAX)
		last_id = mark;
	spin_unlock(&jobs_lock);
}

u32 rp_job_generation(void)
{
	return READ_ONCE(generation);
}

int rp_job_init(void)
{
	/* Ids go on from the clock: no reboot comes within the same nanosecond. */
	last_id = ktime_get_real_ns();
	job_wq = alloc_workqueue("refpoint_job", WQ_UNBOUND | WQ_MEM_RECLAIM,
				 JOBS_RUNNING_MAX);
	return job_wq ? 0 : -ENOMEM;
}

void rp_job_exit(void)
{
	struct rp_job *job, *next;
	struct rb_node *node;

	spin_lock(&jobs_lock);
	unloading = true;	/* no new ones, and nothing arms the timer */
	for (node = rb_first(&jobs); node; node = rb_next(node)) {
		job = rb_entry(node, struct rp_job, node);
		if (!job->final)
			WRITE_ONCE(job->cancel, true);
	}
	spin_unlock(&jobs_lock);

	cancel_delayed_work_sync(&forget_work);
	destroy_workqueue(job_wq);	/* waits for the runs */

	/* All have ended, and nobody is left to look at them. */
	list_for_each_entry_safe(job, next, &ended_jobs, ended_node)
		rp_job_put(job);
	jobs = RB_ROOT;
	INIT_LIST_HEAD(&ended_jobs);
	nr_jobs = 0;
}
