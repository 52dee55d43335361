// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_create.c - CreateReferencePoint: check, then make, in a job
 *
 * The making, in this order and no other (O6, I4):
 *
 *   claim and enter all members	nobody else cuts them, none goes away
 *   cut				the instant (O3); cannot fail half-way
 *   prepare, on all in parallel	origin flushed (I3), then one transaction:
 *					interval closed, record "prepared"
 *   -- every prepare is durable; from here on there is no voiding --
 *   commit, on all in parallel		record "committed"
 *
 * Before that line any failure, the deadline (I7) or a cancel makes the point
 * void: remembered, and the members that had prepared merge their interval back.
 * A refusal before the cut (a member not fit) leaves nothing behind, the id is
 * free again. After the line a failure leaves the point in doubt where the
 * commit is missing; the others have it, so it is committed.
 *
 * With one member the prepare is the commit, in one transaction.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "cut.h"
#include "event.h"
#include "job.h"
#include "parallel.h"
#include "point_create.h"
#include "point_registry.h"
#include "volume.h"

/**
 * struct making - a point on its way
 * @p: the point, phase CREATING, ours
 * @job: that we run in
 * @nr: members
 * @vol: the members' volumes, referenced
 * @entered: which of them we are in
 * @cut: for rp_cut()
 * @err: what became of each
 * @flush: it was the origin's flush that failed
 * @question: its metadata may or may not have what was written
 * @deadline: jiffies
 * @data: the record to be written
 * @len: of @data
 * @word: what a member says once @data is durable there
 * @stop: somebody failed: the rest need not try
 * @done: members that are through with this step, for progress
 * @percent: of the job at the beginning of this step
 * @span: of the step
 * @end: the tombstone
 * @entry: room for it in memory
 */
struct making {
	struct rp_point *p;
	struct rp_job *job;
	unsigned int nr;
	struct rp_volume **vol;
	bool *entered;
	struct rp_cut_member *cut;
	int *err;
	bool *flush;
	bool *question;
	unsigned long deadline;
	void *data;
	size_t len;
	enum rp_word word;
	bool stop;
	atomic_t done;
	unsigned int percent;
	unsigned int span;
	struct rp_tombstone end;
	struct rp_tombstone_entry *entry;
};

/* Where a step begins, in percent: prepares, commits, the end. */
#define PERCENT_PREPARE	10
#define PERCENT_COMMIT	70
#define PERCENT_END	100

static void step_begin(struct making *m, unsigned int from, unsigned int to)
{
	m->percent = from;
	m->span = to - from;
	atomic_set(&m->done, 0);
}

static void step_done(struct making *m)
{
	unsigned int done = atomic_inc_return(&m->done);

	rp_job_progress(m->job, m->percent + m->span * done / m->nr);
}

static void making_free(struct making *m)
{
	unsigned int i;

	for (i = 0; m->vol && i < m->nr; i++)
		if (m->vol[i])
			rp_volume_put(m->vol[i]);
	rp_free(m->vol);
	rp_free(m->entered);
	rp_free(m->cut);
	rp_free(m->err);
	rp_free(m->flush);
	rp_free(m->question);
	rp_free(m->data);
	rp_tombstone_cancel(m->entry);
	if (m->p)
		rp_point_put(m->p);
	rp_free(m);
}

static struct making *making_alloc(unsigned int nr)
{
	struct making *m = rp_zalloc(sizeof(*m));

	if (!m)
		return NULL;
	m->nr = nr;
	m->vol = rp_calloc(nr, sizeof(*m->vol));
	m->entered = rp_calloc(nr, sizeof(*m->entered));
	m->cut = rp_calloc(nr, sizeof(*m->cut));
	m->err = rp_calloc(nr, sizeof(*m->err));
	m->flush = rp_calloc(nr, sizeof(*m->flush));
	m->question = rp_calloc(nr, sizeof(*m->question));
	m->entry = rp_tombstone_reserve();
	if (m->vol && m->entered && m->cut && m->err && m->flush &&
	    m->question && m->entry)
		return m;
	making_free(m);
	return NULL;
}

static void refuse_absent(const uuid_t *uuid, struct rp_result *res)
{
	rp_result_set(res, REFPOINT_RV_INVALID_STATE,
		      REFPOINT_REASON_MEMBER_INACTIVE, uuid,
		      "volume %pUb is not active", uuid);
}

/* Find the members' volumes; each must be fit now, and is asked again later. */
static void find_volumes(struct making *m, struct rp_result *res)
{
	unsigned int i;

	for (i = 0; i < m->nr && !res->value; i++) {
		uuid_t uuid;
		int err;

		import_uuid(&uuid, m->p->rec.members[i].volume);
		m->vol[i] = rp_volume_find(&uuid);
		if (!m->vol[i]) {
			refuse_absent(&uuid, res);
			break;
		}
		err = rp_volume_enter(m->vol[i], true);
		if (err)
			rp_volume_refuse(m->vol[i], err, res);
		else
			rp_volume_exit(m->vol[i]);
	}
}

static void exit_all(struct making *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->entered[i])
			rp_volume_exit(m->vol[i]);
}

static bool enter_all(struct making *m, struct rp_result *res)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		int err = rp_volume_enter(m->vol[i], true);

		if (err) {
			rp_volume_refuse(m->vol[i], err, res);
			return false;
		}
		m->entered[i] = true;
	}
	return true;
}

static bool out_of_time(const struct making *m)
{
	return time_after(jiffies, m->deadline);
}

static void set_deadline_passed(const uuid_t *volume, struct rp_result *res)
{
	rp_result_set(res, REFPOINT_RV_TIMEOUT, REFPOINT_REASON_DEADLINE,
		      volume, "the deadline passed before the point was complete");
}

/* Between two steps. Return: whether to go on. */
static bool go_on(struct making *m, struct rp_result *res)
{
	if (rp_job_cancelled(m->job))
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_CANCELLED, NULL,
			      "the job was cancelled");
	else if (out_of_time(m))
		set_deadline_passed(NULL, res);
	return !res->value;
}

/* Which boundary the cut will make on each member; they are claimed. */
static void note_boundaries(struct making *m)
{
	unsigned int i;

	mutex_lock(&rp_points_lock);
	m->p->rec.time = rp_time_now();
	for (i = 0; i < m->nr; i++) {
		struct rp_point_member *member = &m->p->rec.members[i];
		struct rp_md_info info;

		rp_md_get_info(m->vol[i]->md, &info);
		memcpy(member->generation, info.generation, 16);
		member->seq = info.open_seq;
		member->level = REFPOINT_CONSISTENCY_GROUP_CRASH;
	}
	mutex_unlock(&rp_points_lock);
}

static bool cut(struct making *m, struct rp_result *res)
{
	unsigned int culprit = 0, i;
	int err;

	for (i = 0; i < m->nr; i++)
		m->cut[i].vol = m->vol[i];
	err = rp_cut(m->cut, m->nr, m->deadline, &culprit);
	if (!err)
		return true;
	if (err == -ETIMEDOUT && culprit < m->nr)
		set_deadline_passed(&m->vol[culprit]->uuid, res);
	else if (err == -ENOMEM)
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_NO_MEMORY, NULL,
			      "no memory for the new intervals");
	else
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_IO_ERROR,
			      NULL, "the cut failed (%d)", err);
	return false;
}

static int prepare_write(struct making *m, unsigned int i)
{
	int err;

	if (READ_ONCE(m->stop))
		return -ECANCELED;
	if (out_of_time(m))
		return -ETIMEDOUT;
	/* I3: what was acknowledged before the cut, before the point is durable. */
	err = rp_volume_flush_origin(m->vol[i]);
	if (err) {
		m->flush[i] = true;
		return err;
	}
	err = rp_point_store_cut(m->vol[i], &m->p->id, m->cut[i].closed,
				 m->p->rec.time, m->data, m->len);
	if (err)
		m->question[i] = rp_md_failed(m->vol[i]->md);
	return err;
}

static void prepare(void *arg, unsigned int i)
{
	struct making *m = arg;

	m->err[i] = prepare_write(m, i);
	if (m->err[i]) {
		WRITE_ONCE(m->stop, true);
		rp_cut_undo(&m->cut[i]);
		rp_point_say(m->p, i, m->question[i] ? RP_WORD_UNKNOWN :
						       RP_WORD_NONE);
	} else {
		rp_cut_keep(&m->cut[i]);
		rp_point_say(m->p, i, m->word);
	}
	step_done(m);
}

static void commit(void *arg, unsigned int i)
{
	struct making *m = arg;

	m->err[i] = rp_point_store_record(m->vol[i], &m->p->id, m->data, m->len);
	if (!m->err[i])
		rp_point_say(m->p, i, RP_WORD_COMMITTED);
	else if (rp_md_failed(m->vol[i]->md))
		rp_point_say(m->p, i, RP_WORD_UNKNOWN);
	step_done(m);
}

/* The first member that failed by itself, not because another did. */
static void blame(struct making *m, struct rp_result *res)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->err[i] && m->err[i] != -ECANCELED)
			break;
	if (i == m->nr)
		return;

	if (m->err[i] == -ETIMEDOUT && !m->flush[i])
		set_deadline_passed(&m->vol[i]->uuid, res);
	else if (m->flush[i])
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_FLUSH_FAILED, &m->vol[i]->uuid,
			      "the origin of volume %pUb could not be flushed (%d)",
			      &m->vol[i]->uuid, m->err[i]);
	else if (m->err[i] == -ENOSPC)
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_NO_SPACE,
			      &m->vol[i]->uuid,
			      "the metadata of volume %pUb is full: destroy points",
			      &m->vol[i]->uuid);
	else if (m->err[i] == -ENOMEM)
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_NO_MEMORY, &m->vol[i]->uuid,
			      "no memory to write the metadata of volume %pUb",
			      &m->vol[i]->uuid);
	else
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_IO_ERROR,
			      &m->vol[i]->uuid,
			      "the metadata of volume %pUb cannot be written (%d)",
			      &m->vol[i]->uuid, m->err[i]);
}

/* One member remembers that the point is void; who prepared merges back. */
static void end_member(void *arg, unsigned int i)
{
	struct making *m = arg;
	struct rp_point_end end = { .t = m->end };
	int err;

	if (!m->entered[i]) {
		if (rp_volume_enter(m->vol[i], true))
			return;	/* it has no record: others remember */
	}
	/* Without a record of it there is nothing that needs the claim. */
	if (READ_ONCE(m->p->words[i]) == RP_WORD_PREPARED)
		rp_point_end_init(&end, m->p, i, m->vol[i], &m->end);
	err = rp_point_store_end(m->vol[i], &end, 1);
	if (!err)
		rp_point_say(m->p, i, RP_WORD_VOID);
	if (!m->entered[i])
		rp_volume_exit(m->vol[i]);
}

/*
 * Void, for the reason in @res. Told at once: nobody commits it from here on,
 * and after a crash the words of its members say the same.
 */
static void make_void(struct making *m, const struct rp_result *res)
{
	memcpy(m->end.id, &m->p->id, 16);
	m->end.time = rp_time_now();
	m->end.state = RP_TOMBSTONE_VOID;
	m->end.reason = res->reason;
	rp_tombstone_publish(m->entry, &m->end);
	m->entry = NULL;
	rp_event_point(&m->p->id, REFPOINT_EVENT_STATE_CHANGED,
		       REFPOINT_POINT_VOID);
	rp_parallel(m->nr, end_member, m);
}

static bool encode(struct making *m, u8 state, struct rp_result *res)
{
	rp_free(m->data);
	m->data = rp_point_encode(m->p, state, &m->len);
	if (!m->data)
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_NO_MEMORY, NULL,
			      "no memory for the record of the point");
	return m->data;
}

/* All that may still fail and make it void. Return: whether to commit. */
static bool prepare_all(struct making *m, struct rp_result *res)
{
	bool single = m->nr == 1;

	note_boundaries(m);
	m->word = single ? RP_WORD_COMMITTED : RP_WORD_PREPARED;
	if (!encode(m, single ? REFPOINT_POINT_COMMITTED :
				REFPOINT_POINT_PREPARED, res))
		return false;
	if (!go_on(m, res) || !cut(m, res))
		return false;
	/* With one member the next write is the commit. */
	if (single && !rp_job_point_of_no_return(m->job)) {
		rp_cut_undo(&m->cut[0]);
		go_on(m, res);
		return false;
	}

	step_begin(m, PERCENT_PREPARE, PERCENT_COMMIT);
	rp_parallel(m->nr, prepare, m);
	blame(m, res);
	if (res->value)
		return false;
	return single || (go_on(m, res) && encode(m, REFPOINT_POINT_COMMITTED,
						   res));
}

static void tell_state(struct making *m, u32 event)
{
	u32 state;

	mutex_lock(&rp_points_lock);
	state = rp_point_state(m->p);
	mutex_unlock(&rp_points_lock);
	rp_event_point(&m->p->id, event, state);
}

/* Durable on all members as prepared: no voiding from here on. */
static void commit_all(struct making *m, struct rp_result *res)
{
	unsigned int i;

	mutex_lock(&rp_points_lock);
	m->p->prepared = true;
	mutex_unlock(&rp_points_lock);
	tell_state(m, REFPOINT_EVENT_STATE_CHANGED);

	step_begin(m, PERCENT_COMMIT, PERCENT_END);
	rp_parallel(m->nr, commit, m);
	for (i = 0; i < m->nr && !res->value; i++)
		if (m->err[i])
			rp_result_set(res, REFPOINT_RV_FAILED,
				      REFPOINT_REASON_IN_DOUBT,
				      &m->vol[i]->uuid,
				      "the point is in doubt on volume %pUb, whose metadata cannot be written (%d)",
				      &m->vol[i]->uuid, m->err[i]);
}

/* Claimed: make it. Return: whether the point stays in the registry. */
static bool make_claimed(struct making *m, struct rp_result *res)
{
	bool cut_done, doubt;

	if (!enter_all(m, res)) {
		exit_all(m);
		return false;
	}
	cut_done = prepare_all(m, res);
	/* One member, and nobody knows whether its commit arrived. */
	doubt = m->nr == 1 && m->question[0];
	if (cut_done && m->nr > 1) {
		if (rp_job_point_of_no_return(m->job))
			commit_all(m, res);
		else
			go_on(m, res);
	}
	if (doubt)
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_IN_DOUBT,
			      &m->vol[0]->uuid,
			      "the metadata of volume %pUb failed while the point was being committed",
			      &m->vol[0]->uuid);
	else if (res->value && res->reason != REFPOINT_REASON_IN_DOUBT)
		make_void(m, res);
	exit_all(m);
	return true;
}

static void create_run(struct rp_job *job, void *data, struct rp_result *res)
{
	struct making *m = data;
	bool keep = true;

	m->job = job;
	if (!go_on(m, res)) {
		make_void(m, res);
	} else if (rp_volumes_claim(m->vol, m->nr, m->deadline)) {
		set_deadline_passed(NULL, res);
		make_void(m, res);
	} else {
		keep = make_claimed(m, res);
		rp_volumes_release(m->vol, m->nr);
	}
	if (!keep) {
		mutex_lock(&rp_points_lock);
		rp_point_unlink(m->p);
		mutex_unlock(&rp_points_lock);
	}
	rp_point_leave(m->p);
	if (!res->value || res->reason == REFPOINT_REASON_IN_DOUBT)
		tell_state(m, REFPOINT_EVENT_STATE_CHANGED);
	else if (!keep)
		rp_event_point(&m->p->id, REFPOINT_EVENT_DESTROYED,
			       REFPOINT_POINT_VOID);
}

static void create_release(void *data)
{
	making_free(data);
}

static const struct rp_job_ops create_ops = {
	.run = create_run,
	.release = create_release,
};

/*
 * Enter the point into the registry, or answer for the one that is there.
 * Return: whether it was entered.
 */
static bool enter_point(struct rp_point *p, const struct rp_point_args *args,
			u64 *running, struct rp_result *res)
{
	bool entered;

	mutex_lock(&rp_points_lock);
	entered = !rp_point_answer(args, &p->id, running, res);
	if (entered) {
		p->phase = RP_POINT_CREATING;
		rp_point_link(p);
	}
	mutex_unlock(&rp_points_lock);
	return entered;
}

/* Start the job of a point that was entered. Takes over @m. */
static int start(struct making *m, struct rp_job **jobp, struct rp_result *res)
{
	struct rp_point *p = m->p;
	struct rp_job *job;

	rp_point_ref(p);
	rp_event_point(&p->id, REFPOINT_EVENT_CREATED, REFPOINT_POINT_PREPARING);
	job = rp_job_start(REFPOINT_JOBTYPE_CREATE_POINT, p->rec.owner, &p->id,
			   &create_ops, m);
	mutex_lock(&rp_points_lock);
	if (IS_ERR(job)) {
		p->phase = RP_POINT_IDLE;
		rp_point_unlink(p);
	} else if (p->phase == RP_POINT_CREATING) {
		struct rp_job_info info;

		rp_job_get_info(job, &info);
		p->job = info.id;
	}
	mutex_unlock(&rp_points_lock);
	rp_point_put(p);
	if (IS_ERR(job))
		return rp_point_refuse_job(PTR_ERR(job), res);
	*jobp = job;
	res->value = REFPOINT_RV_JOB_STARTED;
	return 0;
}

int rp_point_create(const struct rp_point_args *args, uuid_t *id,
		    struct rp_job **jobp, struct rp_result *res)
{
	struct rp_point_record rec = { .nr_members = 0 };
	struct making *m = NULL;
	u64 running = 0;
	bool answered;
	int err;

	*jobp = NULL;
	*id = uuid_null;
	rp_result_done(res);
	rp_point_check_args(args, res);
	if (res->value)
		return 0;
again:
	if (args->has_id) {
		/* Before the collection, which may be gone by now. */
		mutex_lock(&rp_points_lock);
		answered = rp_point_answer(args, &args->id, &running, res);
		mutex_unlock(&rp_points_lock);
		if (answered) {
			*id = args->id;
			goto out_answered;
		}
	}

	err = rp_point_fill_record(args, &rec, res);
	if (err || res->value)
		goto out;
	if (args->has_id)
		*id = args->id;
	else
		uuid_gen(id);
	err = -ENOMEM;
	m = making_alloc(rec.nr_members);
	if (!m)
		goto out;
	m->p = rp_point_alloc(id, &rec);
	if (!m->p)
		goto out;
	err = 0;
	m->deadline = jiffies + msecs_to_jiffies(args->deadline_ms ?:
						 RP_POINT_DEADLINE_MS);
	find_volumes(m, res);
	if (res->value) {
		*id = uuid_null;
		goto out;
	}
	if (!enter_point(m->p, args, &running, res)) {
		making_free(m);
		m = NULL;
		goto out_answered;
	}
	err = start(m, jobp, res);
	m = NULL;
out:
	rp_point_record_release(&rec);
	if (m)
		making_free(m);
	return err;

out_answered:
	/* The same call again: its job, if that still runs, else its answer. */
	if (running == RP_POINT_JOB_COMING) {
		/* The other caller is just starting it. */
		if (msleep_interruptible(1))
			return -EINTR;
		running = 0;
		goto again;
	}
	if (running)
		*jobp = rp_job_find(running);
	if (*jobp)
		res->value = REFPOINT_RV_JOB_STARTED;
	return 0;
}
