// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_destroy.c - DestroyReferencePoint, RemoveAssociatedData
 *
 * On every member that is there, in one transaction each: the record goes, the
 * boundary is merged into the interval after it (no other point has it), the id
 * is remembered. The first member that has that destroys the point; members that
 * are away or fail learn by the tombstone (settle.h), for destroyed outweighs
 * all (core/resolve.h). So a point in doubt can be destroyed too.
 *
 * A member is claimed when its turn comes, of which there are RP_PARALLEL_MAX at a
 * time, and let go behind its transaction: one that waits for others, whose devices
 * may hang, is free for points, checkpoints and suspends (I7). Nothing needs all of
 * them at once, since the phase of the point keeps everybody else off its records.
 */
#include <linux/jiffies.h>

#include "event.h"
#include "job.h"
#include "parallel.h"
#include "point_create.h"
#include "point_registry.h"
#include "volume.h"

/**
 * struct destroying - a point on its way out
 * @p: the point, phase DESTROYING, ours
 * @job: the job
 * @deadline: for the claims, in jiffies
 * @nr: members that are there
 * @vol: their volumes, referenced
 * @member: their indexes in the point
 * @err: what became of each
 * @end: the tombstone
 * @entry: room for it in memory
 */
struct destroying {
	struct rp_point *p;
	struct rp_job *job;
	unsigned long deadline;
	unsigned int nr;
	struct rp_volume **vol;
	unsigned int *member;
	int *err;
	struct rp_tombstone end;
	struct rp_tombstone_entry *entry;
};

static void destroying_free(void *data)
{
	struct destroying *d = data;
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		rp_volume_put(d->vol[i]);
	rp_free(d->vol);
	rp_free(d->member);
	rp_free(d->err);
	rp_tombstone_cancel(d->entry);
	rp_point_put(d->p);
	rp_free(d);
}

/* Takes a reference of its own to @p. */
static struct destroying *destroying_alloc(struct rp_point *p)
{
	struct destroying *d = rp_zalloc(sizeof(*d));

	if (!d)
		return NULL;
	rp_point_ref(p);
	d->p = p;
	d->vol = rp_calloc(p->rec.nr_members, sizeof(*d->vol));
	d->member = rp_calloc(p->rec.nr_members, sizeof(*d->member));
	d->err = rp_calloc(p->rec.nr_members, sizeof(*d->err));
	d->entry = rp_tombstone_reserve();
	if (d->vol && d->member && d->err && d->entry)
		return d;
	destroying_free(d);
	return NULL;
}

/* The members that are there. @res refuses when there is none. */
static void find_volumes(struct destroying *d, struct rp_result *res)
{
	struct rp_result why;
	unsigned int i;

	rp_result_done(&why);
	for (i = 0; i < d->p->rec.nr_members; i++) {
		struct rp_volume *vol;
		uuid_t uuid;
		int err;

		import_uuid(&uuid, d->p->rec.members[i].volume);
		vol = rp_volume_find(&uuid);
		err = vol ? rp_volume_enter(vol, true) : -ENXIO;
		if (!err) {
			rp_volume_exit(vol);
			d->member[d->nr] = i;
			d->vol[d->nr++] = vol;
			continue;
		}
		if (!why.value && vol)
			rp_volume_refuse(vol, err, &why);
		else if (!why.value)
			rp_result_set(&why, REFPOINT_RV_INVALID_STATE,
				      REFPOINT_REASON_MEMBER_INACTIVE, &uuid,
				      "no member is active, volume %pUb for one",
				      &uuid);
		if (vol)
			rp_volume_put(vol);
	}
	if (!d->nr)
		*res = why;
}

/* Claimed. */
static int store_end(struct destroying *d, unsigned int i)
{
	struct rp_point_end end;
	int err;

	/* The first that is about to write it decides; the others are told the same. */
	if (!rp_job_point_of_no_return(d->job))
		return -ECANCELED;
	err = rp_volume_enter(d->vol[i], true);
	if (err)
		return err;
	rp_point_end_init(&end, d->p, d->member[i], d->vol[i], &d->end);
	err = rp_point_store_end(d->vol[i], &end);
	rp_volume_exit(d->vol[i]);
	return err;
}

/* Its turn has come. */
static void end_member(void *arg, unsigned int i)
{
	struct destroying *d = arg;

	d->err[i] = rp_volumes_claim(&d->vol[i], 1, d->deadline);
	if (d->err[i])
		return;
	d->err[i] = store_end(d, i);
	/* Its part is done: a suspend does not wait for the others (I7). */
	rp_volumes_release(&d->vol[i], 1);
}

/* Nobody has it: why. */
static void blame(struct destroying *d, struct rp_result *res)
{
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		if (d->err[i])
			break;
	if (i == d->nr)
		return;
	if (d->err[i] == -ECANCELED)
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_CANCELLED,
			      NULL, "the job was cancelled");
	else if (d->err[i] == -ETIMEDOUT || d->err[i] == -EINTR)
		rp_result_set(res, REFPOINT_RV_TIMEOUT, REFPOINT_REASON_DEADLINE,
			      &d->vol[i]->uuid, "volume %pUb was busy for too long",
			      &d->vol[i]->uuid);
	else
		rp_result_set(res, REFPOINT_RV_FAILED,
			      d->err[i] == -ENOMEM ? REFPOINT_REASON_NO_MEMORY :
			      d->err[i] == -ENOSPC ? REFPOINT_REASON_NO_SPACE :
						     REFPOINT_REASON_IO_ERROR,
			      &d->vol[i]->uuid,
			      "the metadata of volume %pUb cannot be %s (%d)",
			      &d->vol[i]->uuid,
			      d->err[i] == -EUCLEAN ? "read" : "written", d->err[i]);
}

/* It is gone on at least one member: so it is gone. */
static void publish(struct destroying *d)
{
	unsigned int i;

	rp_tombstone_publish(d->entry, &d->end);
	d->entry = NULL;

	for (i = 0; i < d->nr; i++)
		if (!d->err[i])
			rp_point_say(d->p, d->member[i], RP_WORD_DESTROYED);
}

static void destroy_run(struct rp_job *job, void *data, struct rp_result *res)
{
	struct destroying *d = data;
	bool gone = false;
	unsigned int i;

	memcpy(d->end.id, &d->p->id, 16);
	d->end.time = rp_time_now();
	d->end.state = RP_TOMBSTONE_DESTROYED;

	d->job = job;
	d->deadline = jiffies + msecs_to_jiffies(RP_POINT_DEADLINE_MS);
	rp_parallel(d->nr, end_member, d);
	for (i = 0; i < d->nr; i++)
		gone |= !d->err[i];
	if (gone)
		publish(d);
	else
		blame(d, res);
	rp_point_leave(d->p);
	if (gone)
		rp_event_point(&d->p->id, REFPOINT_EVENT_DESTROYED,
			       REFPOINT_POINT_DESTROYED);
}

static const struct rp_job_ops destroy_ops = {
	.run = destroy_run,
	.release = destroying_free,
};

/* Why @id cannot be had: it has ended, or never was. */
static void refuse_unknown(const uuid_t *id, struct rp_result *res)
{
	struct rp_tombstone t;

	if (!rp_tombstone_find(id, &t) || t.state == RP_TOMBSTONE_COLLECTION)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_SUCH_POINT, NULL,
			      "there is no point %pUb", id);
	else if (t.state == RP_TOMBSTONE_VOID)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_VOID, NULL,
			      "point %pUb is void, there is nothing to be destroyed",
			      id);
	else
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_DESTROYED, NULL,
			      "point %pUb was destroyed before", id);
}

/*
 * The point that a caller who is @owner may touch, referenced; NULL and a
 * refusal in @res.
 */
static struct rp_point *get_point(const uuid_t *id, const char *owner,
				  bool force, struct rp_result *res)
{
	struct rp_point *p;

	rp_result_done(res);
	mutex_lock(&rp_points_lock);
	p = rp_point_find(id);
	if (!p || rp_tombstone_find(id, NULL)) {
		refuse_unknown(id, res);
		p = NULL;
	} else if (!force && p->rec.owner[0] && strcmp(p->rec.owner, owner)) {
		rp_result_set(res, REFPOINT_RV_INVALID_STATE,
			      REFPOINT_REASON_FOREIGN_OWNER, NULL,
			      "point %pUb belongs to \"%s\"", id, p->rec.owner);
		p = NULL;
	} else {
		rp_point_ref(p);
	}
	mutex_unlock(&rp_points_lock);
	return p;
}

/* Make the point ours. Return: whether; else @res or *@running answers. */
static bool begin_destroy(struct rp_point *p, u64 *running,
			  struct rp_result *res)
{
	bool ours = false;

	mutex_lock(&rp_points_lock);
	if (!p->linked || rp_tombstone_find(&p->id, NULL)) {
		refuse_unknown(&p->id, res);
	} else if (p->phase == RP_POINT_DESTROYING && p->job) {
		*running = p->job;
	} else if (p->phase != RP_POINT_IDLE) {
		rp_result_set(res, REFPOINT_RV_INVALID_STATE,
			      REFPOINT_REASON_BUSY, NULL,
			      "a job is at work on point %pUb", &p->id);
	} else {
		p->phase = RP_POINT_DESTROYING;
		ours = true;
	}
	mutex_unlock(&rp_points_lock);
	return ours;
}

/* Takes over @d. */
static int start(struct destroying *d, struct rp_job **jobp,
		 struct rp_result *res)
{
	struct rp_point *p = d->p;
	struct rp_job_info info;
	struct rp_job *job;

	rp_point_ref(p);
	job = rp_job_start(REFPOINT_JOBTYPE_DESTROY_POINT, p->rec.owner, &p->id,
			   &destroy_ops, d);
	if (IS_ERR(job)) {
		rp_point_leave(p);
		rp_point_put(p);
		return rp_point_refuse_job(PTR_ERR(job), res);
	}
	rp_job_get_info(job, &info);
	mutex_lock(&rp_points_lock);
	if (p->phase == RP_POINT_DESTROYING)
		p->job = info.id;
	mutex_unlock(&rp_points_lock);
	rp_point_put(p);
	*jobp = job;
	res->value = REFPOINT_RV_JOB_STARTED;
	return 0;
}

int rp_point_destroy(const uuid_t *id, const char *owner, bool force,
		     struct rp_job **jobp, struct rp_result *res)
{
	struct destroying *d;
	struct rp_point *p;
	u64 running = 0;
	int err = 0;

	*jobp = NULL;
	p = get_point(id, owner, force, res);
	if (!p)
		return 0;
	d = destroying_alloc(p);
	if (!d) {
		err = -ENOMEM;
		goto out;
	}
	find_volumes(d, res);
	if (!res->value && begin_destroy(p, &running, res)) {
		err = start(d, jobp, res);
		d = NULL;
	} else if (running) {
		*jobp = rp_job_find(running);
		if (*jobp)
			res->value = REFPOINT_RV_JOB_STARTED;
	}
	if (d)
		destroying_free(d);
out:
	rp_point_put(p);
	return err;
}

int rp_point_remove_data(const uuid_t *id, const char *owner, bool force,
			 struct rp_result *res)
{
	struct rp_point *p = get_point(id, owner, force, res);

	if (!p)
		return 0;
	/*
	 * Only points of type 1 have a log to be removed. Saying "done" would let
	 * a caller believe that space was freed.
	 */
	rp_result_set(res, REFPOINT_RV_INVALID_STATE, REFPOINT_REASON_NO_LOG,
		      NULL, "point %pUb of type %u has no log", id, p->rec.type);
	rp_point_put(p);
	return 0;
}
