// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_prepare.c - a point made durable on its members, as "prepared"
 *
 * One member hangs: its origin does not end a flush, or its metadata device a write.
 * The point cannot be committed then, and is void when the deadline has passed, or it
 * was cancelled, or another member has failed. The job goes on without that member,
 * whose worker is left to end some time (point_make.c, make_void()).
 */
#include <linux/jiffies.h>

#include "core/order.h"
#include "parallel.h"
#include "point_make.h"

/* How soon a cancel is seen; how long who is about to give up is waited for. */
#define PREPARE_LOOK	(HZ / 4)
#define PREPARE_GRACE	HZ

/* I3: what was acknowledged before the cut, before the point is durable. */
static int prepare_flush(struct rp_point_making *m, unsigned int i)
{
	int err;

	if (READ_ONCE(m->stop))
		return -ECANCELED;
	if (rp_making_out_of_time(m))
		return -ETIMEDOUT;
	err = rp_origin_flush(&m->vol[i]->origin, m->cut[i].since);
	m->flush[i] = err;
	return err;
}

/* I7: the point is going to be void, whatever a member that is held does. */
static bool is_void(void *arg)
{
	const struct rp_point_making *m = arg;

	return READ_ONCE(m->stop) || rp_making_out_of_time(m) || rp_job_cancelled(m->job);
}

static int prepare_store(struct rp_point_making *m, unsigned int i)
{
	int err;

	rp_cut_settle_kinds(&m->cut[i]);
	err = rp_point_store_cut(m->vol[i], &m->p->id, m->cut[i].closed,
				 m->p->rec.time, m->payload, is_void, m);
	if (err == -ETIMEDOUT && !rp_making_out_of_time(m))
		err = -ECANCELED;
	if (err)
		m->question[i] = rp_md_failed(m->vol[i]->md);
	return err;
}

bool rp_making_through(const struct rp_point_making *m, unsigned int i)
{
	/* Pairs with the end of prepare(). */
	return smp_load_acquire(&m->through[i]);
}

static void prepare(void *arg, unsigned int i)
{
	enum rp_prepare_step step = RP_PREPARE_BEGIN;
	struct rp_point_making *m = arg;

	while (step != RP_PREPARE_DONE) {
		int err = 0;

		switch (step) {
		case RP_PREPARE_FLUSH:
			err = prepare_flush(m, i);
			break;
		case RP_PREPARE_STORE:
			err = prepare_store(m, i);
			break;
		case RP_PREPARE_KEEP:
			rp_cut_keep(&m->cut[i]);
			break;
		case RP_PREPARE_UNDO:
			rp_cut_undo(&m->cut[i]);
			break;
		default:
			break;
		}
		if (err) {
			m->err[i] = err;
			WRITE_ONCE(m->stop, true);
		}
		step = rp_prepare_next(step, err);
	}
	if (m->err[i])
		rp_point_say(m->p, i, m->question[i] ? RP_WORD_UNKNOWN :
						       RP_WORD_NONE);
	else
		rp_point_say(m->p, i, m->word);
	if (m->nr > 1)
		rp_making_lend(m, i);
	/* Pairs with rp_making_through(): what became of it is seen by who ends it. */
	smp_store_release(&m->through[i], true);
	rp_making_step_done(m);
}

/* The first member that failed by itself, not because another did. */
static void blame(struct rp_point_making *m, struct rp_result *res)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (rp_making_through(m, i) && m->err[i] && m->err[i] != -ECANCELED)
			break;
	if (i == m->nr)
		return;

	if (m->err[i] == -ETIMEDOUT && !m->flush[i])
		rp_making_set_late(&m->vol[i]->uuid, res);
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

/* Until all are through, or some are given up: m->hanging. */
static void wait_for_all(struct rp_point_making *m)
{
	struct rp_parallel *call = rp_parallel_begin(m->nr, prepare, m);
	bool done = false;

	if (!call) {
		rp_parallel(m->nr, prepare, m);
		return;
	}
	while (!done && !is_void(m))
		done = rp_parallel_wait(call, PREPARE_LOOK);
	if (!done) {
		/* Those whose turn has not come see it, and are through at once. */
		WRITE_ONCE(m->stop, true);
		rp_parallel_help(call);
		done = rp_parallel_wait(call, PREPARE_GRACE);
	}
	if (done)
		rp_parallel_end(call);
	else
		m->hanging = call;
}

void rp_making_prepare(struct rp_point_making *m, struct rp_result *res)
{
	unsigned int i;

	if (m->nr > 1)
		wait_for_all(m);
	else
		prepare(m, 0);
	blame(m, res);
	if (!m->hanging || res->value || rp_job_cancelled(m->job))
		return;
	for (i = 0; i < m->nr; i++)
		if (!rp_making_through(m, i))
			break;
	/* It may be through by now, which makes no difference any more. */
	rp_making_set_late(i < m->nr ? &m->vol[i]->uuid : NULL, res);
}
