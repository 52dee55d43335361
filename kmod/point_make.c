// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_make.c - a reference point made, in a job
 *
 * The making, in this order and no other (O6, I4; core/order.h):
 *
 *   claim and enter all members	nobody else cuts them, none goes away
 *   cut				the instant (O3); cannot fail half-way
 *   prepare, on all in parallel	origin flushed (I3), then one transaction:
 *					interval closed, record "prepared"
 *   -- every prepare is durable; from here on there is no voiding --
 *   commit, on all in parallel		record "committed"
 *
 * Before that line any failure, the deadline (I7) or a cancel makes the point
 * void: remembered, and the members that had prepared merge their interval back; one
 * that hangs does so when it comes back, and nobody waits for it.
 * A refusal before the cut (a member not fit) leaves nothing behind, the id is
 * free again. After the line a failure leaves the point in doubt where the
 * commit is missing; the others have it, so it is committed.
 *
 * With one member the prepare is the commit, in one transaction.
 *
 * A member that has done its part of a step lends its claim until the next one: a
 * suspend does not wait for the other members (I7), save for one whose turn to
 * prepare has not come (RP_PARALLEL_MAX). Whoever was suspended by then
 * has left: its prepare stands, and it learns what became of the point when it is
 * back (O6). If all have left, nobody commits, and the point is void.
 */
#include <linux/jiffies.h>

#include "core/order.h"
#include "event.h"
#include "parallel.h"
#include "point_make.h"

/* Where a step begins, in percent: prepares, commits, the end. */
#define PERCENT_PREPARE	10
#define PERCENT_COMMIT	70
#define PERCENT_END	100

/* For members that are to be told that the point is void, and for their claims. */
#define END_PATIENCE	(5 * HZ)

static void step_begin(struct rp_point_making *m, unsigned int from, unsigned int to)
{
	m->percent = from;
	m->span = to - from;
	atomic_set(&m->done, 0);
}

void rp_making_step_done(struct rp_point_making *m)
{
	unsigned int done = atomic_inc_return(&m->done);

	rp_job_progress(m->job, m->percent + m->span * done / m->nr);
}

static void exit_all(struct rp_point_making *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		rp_making_leave(m, i);
}

static bool enter_all(struct rp_point_making *m, struct rp_result *res)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++) {
		int err = rp_making_enter(m, i);

		if (err) {
			rp_volume_refuse(m->vol[i], err, res);
			return false;
		}
	}
	return true;
}

bool rp_making_out_of_time(const struct rp_point_making *m)
{
	return time_after(jiffies, m->deadline);
}

void rp_making_set_late(const uuid_t *volume, struct rp_result *res)
{
	rp_result_set(res, REFPOINT_RV_TIMEOUT, REFPOINT_REASON_DEADLINE,
		      volume, "the deadline passed before the point was complete");
}

/* Between two steps. Return: whether to go on. */
static bool go_on(struct rp_point_making *m, struct rp_result *res)
{
	if (rp_job_cancelled(m->job))
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_CANCELLED, NULL,
			      "the job was cancelled");
	else if (rp_making_out_of_time(m))
		rp_making_set_late(NULL, res);
	return !res->value;
}

/* Which boundary the cut will make on each member; they are claimed. */
static void note_boundaries(struct rp_point_making *m)
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

static bool cut(struct rp_point_making *m, struct rp_result *res)
{
	unsigned int culprit = 0, i;
	int err;

	for (i = 0; i < m->nr; i++)
		m->cut[i].vol = m->vol[i];
	err = rp_cut(m->cut, m->nr, m->deadline, &culprit);
	if (!err)
		return true;
	if (err == -ETIMEDOUT && culprit < m->nr)
		rp_making_set_late(&m->vol[culprit]->uuid, res);
	else if (err == -EAGAIN && culprit < m->nr)
		rp_volume_refuse(m->vol[culprit], err, res);
	else if (err == -ENOMEM)
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_NO_MEMORY, NULL,
			      "no memory for the new intervals");
	else
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_IO_ERROR,
			      NULL, "the members could not be cut (%d)", err);
	return false;
}

static void commit(void *arg, unsigned int i)
{
	struct rp_point_making *m = arg;

	m->err[i] = 0;
	if (!rp_making_take_back(m, i, MAX_SCHEDULE_TIMEOUT)) {
		rp_making_step_done(m);
		return;
	}
	m->err[i] = rp_volume_enter(m->vol[i], true);
	m->entered[i] = !m->err[i];
	if (!m->err[i])
		m->err[i] = rp_point_store_record(m->vol[i], &m->p->id, m->payload);
	if (!m->err[i])
		rp_point_say(m->p, i, RP_WORD_COMMITTED);
	else if (m->entered[i] && rp_md_failed(m->vol[i]->md))
		rp_point_say(m->p, i, RP_WORD_UNKNOWN);
	rp_making_lend(m, i);
	rp_making_step_done(m);
}

/* One member remembers that the point is void; who prepared merges back. */
static void end_member(void *arg, unsigned int i)
{
	struct rp_point_making *m = arg;
	struct rp_point_end end = { .t = m->end };

	/* At work still, or done with. */
	if (m->ended[i] || (m->hanging && !rp_making_through(m, i)))
		return;
	m->ended[i] = true;
	/*
	 * Not there, or not ours any more: the others remember. So do they for one
	 * whose checkpoint does not end: it may be held (I7). Nor is one waited for
	 * that another operation does not let go of.
	 */
	if (m->claimed ? !rp_making_take_back(m, i, END_PATIENCE) :
			 rp_volumes_claim(&m->vol[i], 1, jiffies + END_PATIENCE))
		return;
	if (!m->entered[i])
		m->entered[i] = !rp_volume_enter(m->vol[i], true);
	if (m->entered[i]) {
		if (rp_point_word(m->p, i) == RP_WORD_PREPARED)
			rp_point_end_init(&end, m->p, i, m->vol[i], &m->end);
		if (!rp_point_store_end(m->vol[i], &end))
			rp_point_say(m->p, i, RP_WORD_VOID);
	}
	rp_making_leave(m, i);
	rp_making_release(m, i);
}

/*
 * I7: it is void whatever those do that hang. The others have been told by then, and
 * are free; nor does who asked wait any longer.
 */
static void tell_members(struct rp_point_making *m, const struct rp_result *res)
{
	struct rp_parallel *call = rp_parallel_begin(m->nr, end_member, m);

	if (!call) {
		rp_parallel(m->nr, end_member, m);
		return;
	}
	if (!rp_parallel_wait(call, END_PATIENCE))
		rp_job_end_early(m->job, res);
	rp_parallel_end(call);
}

/*
 * Void, for the reason in @res. Told at once: nobody commits it from here on,
 * and after a crash the words of its members say the same.
 */
static void make_void(struct rp_point_making *m, const struct rp_result *res)
{
	memcpy(m->end.id, &m->p->id, 16);
	m->end.time = rp_time_now();
	m->end.state = RP_TOMBSTONE_VOID;
	m->end.reason = res->reason;
	rp_tombstone_publish(m->entry, &m->end);
	m->entry = NULL;
	rp_event_point(&m->p->id, REFPOINT_EVENT_STATE_CHANGED,
		       REFPOINT_POINT_VOID);
	tell_members(m, res);
	if (!m->hanging)
		return;
	rp_job_end_early(m->job, res);
	rp_parallel_end(m->hanging);
	m->hanging = NULL;
	tell_members(m, res);
}

static bool encode(struct rp_point_making *m, u8 state, struct rp_result *res)
{
	rp_payload_put(m->payload);
	m->payload = rp_point_encode(m->p, state);
	if (!m->payload)
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_NO_MEMORY, NULL,
			      "no memory for the record of the point");
	return m->payload;
}

/* The first step: nothing is durable of it yet. */
static bool begin_and_cut(struct rp_point_making *m, struct rp_result *res)
{
	bool single = m->nr == 1;

	note_boundaries(m);
	m->word = single ? RP_WORD_COMMITTED : RP_WORD_PREPARED;
	if (!encode(m, single ? REFPOINT_POINT_COMMITTED :
				REFPOINT_POINT_PREPARED, res) ||
	    !go_on(m, res) || !cut(m, res))
		return false;
	/* The next write is the commit. */
	if (single && !rp_job_point_of_no_return(m->job)) {
		rp_cut_undo(&m->cut[0]);
		go_on(m, res);
		return false;
	}
	return true;
}

/* Durable on all members, and nothing speaks against committing it. */
static bool prepare_all(struct rp_point_making *m, struct rp_result *res)
{
	step_begin(m, PERCENT_PREPARE, PERCENT_COMMIT);
	rp_making_prepare(m, res);
	if (res->value || m->nr == 1)
		return !res->value;
	if (go_on(m, res) && encode(m, REFPOINT_POINT_COMMITTED, res) &&
	    rp_job_point_of_no_return(m->job))
		return true;
	go_on(m, res);
	return false;
}

static void tell_state(struct rp_point_making *m, u32 event)
{
	u32 state;

	mutex_lock(&rp_points_lock);
	state = rp_point_state(m->p);
	mutex_unlock(&rp_points_lock);
	rp_event_point(&m->p->id, event, state);
}

/* Durable on all members as prepared: no voiding from here on. */
static bool commit_all(struct rp_point_making *m, struct rp_result *res)
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
	/* No commit was submitted anywhere: void, as after a crash. */
	if (rp_making_all_left(m))
		rp_volume_refuse(m->vol[0], -EAGAIN, res);
	return !res->value;
}

static enum rp_outcome make_step(struct rp_point_making *m,
				 enum rp_making_step step, struct rp_result *res)
{
	bool done = true;

	switch (step) {
	case RP_MAKING_CUT:
		done = begin_and_cut(m, res);
		break;
	case RP_MAKING_PREPARE:
		done = prepare_all(m, res);
		break;
	case RP_MAKING_COMMIT:
		done = commit_all(m, res);
		break;
	default:
		make_void(m, res);
	}
	if (done)
		return RP_OUTCOME_DONE;
	if (step == RP_MAKING_COMMIT && rp_making_all_left(m))
		return RP_OUTCOME_NONE;
	/* One member, and nobody knows whether its commit arrived. */
	return m->nr == 1 && m->question[0] ? RP_OUTCOME_QUESTION :
					      RP_OUTCOME_FAILED;
}

/* Claimed: make it. Return: whether the point stays in the registry. */
static bool make_claimed(struct rp_point_making *m, struct rp_result *res)
{
	enum rp_making_step step = RP_MAKING_CUT;
	enum rp_outcome outcome;

	if (!enter_all(m, res)) {
		exit_all(m);
		return false;
	}
	while (step != RP_MAKING_DONE) {
		outcome = make_step(m, step, res);
		if (outcome == RP_OUTCOME_QUESTION)
			rp_result_set(res, REFPOINT_RV_FAILED,
				      REFPOINT_REASON_IN_DOUBT, &m->vol[0]->uuid,
				      "the metadata of volume %pUb failed while the point was being committed",
				      &m->vol[0]->uuid);
		step = rp_making_next(step, m->nr, outcome);
	}
	exit_all(m);
	return true;
}

void rp_point_make(struct rp_job *job, void *data, struct rp_result *res)
{
	struct rp_point_making *m = data;
	bool keep = true;

	m->job = job;
	if (!go_on(m, res)) {
		make_void(m, res);
	} else if (rp_volumes_claim(m->vol, m->nr, m->deadline)) {
		rp_making_set_late(NULL, res);
		make_void(m, res);
	} else {
		m->claimed = true;
		keep = make_claimed(m, res);
		rp_making_release_all(m);
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
