// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_create.c - CreateReferencePoint: check, enter, start the job
 *
 * Between the checks and the job stands the registry: a point is entered there
 * as "preparing" before its job starts, so that a second call with the same id
 * finds the first.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "event.h"
#include "point_create.h"
#include "point_make.h"

static void making_free(struct rp_point_making *m)
{
	unsigned int i;

	for (i = 0; m->vol && i < m->nr; i++)
		if (m->vol[i])
			rp_volume_put(m->vol[i]);
	rp_free(m->vol);
	rp_free(m->entered);
	rp_free(m->claim);
	rp_free(m->cut);
	rp_free(m->err);
	rp_free(m->flush);
	rp_free(m->question);
	rp_free(m->through);
	rp_free(m->ended);
	rp_payload_put(m->payload);
	rp_tombstone_cancel(m->entry);
	if (m->p)
		rp_point_put(m->p);
	rp_free(m);
}

static struct rp_point_making *making_alloc(unsigned int nr)
{
	struct rp_point_making *m = rp_zalloc(sizeof(*m));

	if (!m)
		return NULL;
	m->nr = nr;
	m->vol = rp_calloc(nr, sizeof(*m->vol));
	m->entered = rp_calloc(nr, sizeof(*m->entered));
	m->claim = rp_calloc(nr, sizeof(*m->claim));
	m->cut = rp_calloc(nr, sizeof(*m->cut));
	m->err = rp_calloc(nr, sizeof(*m->err));
	m->flush = rp_calloc(nr, sizeof(*m->flush));
	m->question = rp_calloc(nr, sizeof(*m->question));
	m->through = rp_calloc(nr, sizeof(*m->through));
	m->ended = rp_calloc(nr, sizeof(*m->ended));
	m->entry = rp_tombstone_reserve();
	if (m->vol && m->entered && m->claim && m->cut && m->err && m->flush &&
	    m->question && m->through && m->ended && m->entry)
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
static void find_volumes(struct rp_point_making *m, struct rp_result *res)
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
		err = rp_making_enter(m, i);
		if (err)
			rp_volume_refuse(m->vol[i], err, res);
		rp_making_leave(m, i);
	}
}

static void create_release(void *data)
{
	making_free(data);
}

static const struct rp_job_ops create_ops = {
	.run = rp_point_make,
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
static int start(struct rp_point_making *m, struct rp_job **jobp, struct rp_result *res)
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
	struct rp_point_making *m = NULL;
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
