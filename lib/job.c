// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Jobs: list, get, wait, request a change of state.
 */
#include <poll.h>
#include <time.h>

#include "priv.h"

/* How long to trust events before looking again, in milliseconds. */
#define POLL_FIRST	50
#define POLL_MAX	1000

struct refpoint_job {
	struct rp_object node;
	uint64_t id;
	uint32_t type;
	uint32_t state;
	uint32_t percent;
	uint32_t error_code;
	uint32_t reason;
	struct rp_uuid_field volume;
	char *message;
	char *owner;
	struct rp_uuid_field point;
	uint64_t submitted;
	uint64_t started;
	uint64_t ended;
	uint64_t keep_ms;
	uint32_t cancellable;
};

static const struct rp_field job_fields[] = {
	RP_FIELD(REFPOINT_A_JOB_ID, RP_U64, refpoint_job, id),
	RP_FIELD(REFPOINT_A_JOB_TYPE, RP_U16, refpoint_job, type),
	RP_FIELD(REFPOINT_A_JOB_STATE, RP_U16, refpoint_job, state),
	RP_FIELD(REFPOINT_A_PERCENT, RP_U16, refpoint_job, percent),
	RP_FIELD(REFPOINT_A_ERROR_CODE, RP_U32, refpoint_job, error_code),
	RP_FIELD(REFPOINT_A_REASON, RP_U32, refpoint_job, reason),
	RP_FIELD(REFPOINT_A_REASON_VOLUME, RP_UUID, refpoint_job, volume),
	RP_FIELD(REFPOINT_A_MESSAGE, RP_SENTENCE, refpoint_job, message),
	RP_FIELD(REFPOINT_A_OWNER, RP_STR, refpoint_job, owner),
	RP_FIELD(REFPOINT_A_POINT_ID, RP_UUID, refpoint_job, point),
	RP_FIELD(REFPOINT_A_TIME_SUBMITTED, RP_U64, refpoint_job, submitted),
	RP_FIELD(REFPOINT_A_TIME_STARTED, RP_U64, refpoint_job, started),
	RP_FIELD(REFPOINT_A_TIME_ENDED, RP_U64, refpoint_job, ended),
	RP_FIELD(REFPOINT_A_KEEP_MS, RP_U64, refpoint_job, keep_ms),
	RP_FIELD(REFPOINT_A_CANCELLABLE, RP_U8, refpoint_job, cancellable),
};

static const struct rp_kind job_kind =
	RP_KIND(refpoint_job, job_fields, REFPOINT_A_JOB_ID);

bool rp_job_state_finished(uint32_t state)
{
	return state < REFPOINT_JOB_NEW || state > REFPOINT_JOB_SHUTTING_DOWN;
}

int refpoint_job_list(struct refpoint_ctx *ctx, struct refpoint_job **list,
		      struct refpoint_result *result)
{
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!list)
		return rp_result_fail(ctx, result, -EINVAL);
	return rp_object_list(ctx, rp_nl_msg(ctx, REFPOINT_CMD_GET_JOB),
			      &job_kind, (struct rp_object **)list, result);
}

static struct nl_msg *job_msg(struct refpoint_ctx *ctx, uint8_t cmd,
			      uint64_t id)
{
	struct nl_msg *msg = rp_nl_msg(ctx, cmd);

	if (msg && nla_put_u64(msg, REFPOINT_A_JOB_ID, id)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

int refpoint_job_get(struct refpoint_ctx *ctx, uint64_t id,
		     struct refpoint_job **found,
		     struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!found)
		return rp_result_fail(ctx, result, -EINVAL);
	*found = NULL;
	msg = job_msg(ctx, REFPOINT_CMD_GET_JOB, id);
	if (!msg)
		return rp_result_fail(ctx, result, -ENOMEM);
	return rp_object_get(ctx, msg, &job_kind, (struct rp_object **)found,
			     result);
}

int refpoint_job_request_state_change(struct refpoint_ctx *ctx, uint64_t id,
				      uint16_t state,
				      struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	msg = job_msg(ctx, REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE, id);
	if (!msg)
		return rp_result_fail(ctx, result, -ENOMEM);
	if (nla_put_u16(msg, REFPOINT_A_REQUESTED_STATE, state)) {
		nlmsg_free(msg);
		return rp_result_fail(ctx, result, -EMSGSIZE);
	}
	return rp_object_method(ctx, msg, NULL, NULL, result);
}

/* ---- waiting --------------------------------------------------------------------------- */

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/*
 * Until something about the job may have changed, or @ms are over. Whatever
 * goes wrong here costs time only: the caller looks at the job itself.
 */
static void job_sleep(struct refpoint_monitor *monitor, uint64_t id, int64_t ms)
{
	struct refpoint_notification *event;
	int64_t end = now_ms() + ms, left;
	bool ours;
	int ret;

	while ((left = end - now_ms()) > 0) {
		if (!monitor) {
			poll(NULL, 0, left);
			return;
		}
		ret = refpoint_monitor_next(monitor, left, &event);
		if (ret < 0 && ret != -ENOBUFS && ret != -EINTR)
			/* Not to spin on a socket that is in trouble. */
			poll(NULL, 0, left < POLL_FIRST ? left : POLL_FIRST);
		if (ret <= 0)
			return;
		ours = rp_notification_concerns_job(event, id);
		refpoint_notification_free(event);
		if (ours)
			return;
	}
}

/* Success is REFPOINT_JOB_COMPLETED without an error, and nothing else. */
static void job_result(const struct refpoint_job *job,
		       struct refpoint_result *result)
{
	uint32_t value = job->error_code;

	if (!rp_job_state_finished(job->state)) {
		rp_result_set(result, REFPOINT_RV_JOB_STARTED, 0, NULL, NULL);
		return;
	}
	if (job->state != REFPOINT_JOB_COMPLETED &&
	    (value == REFPOINT_RV_DONE || value == REFPOINT_RV_JOB_STARTED))
		value = REFPOINT_RV_FAILED;
	if (value == REFPOINT_RV_DONE)
		rp_result_set(result, value, 0, NULL, NULL);
	else
		rp_result_set(result, value, job->reason, &job->volume,
			      job->message);
}

int refpoint_job_wait(struct refpoint_ctx *ctx, uint64_t id, int timeout_ms,
		      refpoint_job_progress_fn *progress, void *data,
		      struct refpoint_job **found,
		      struct refpoint_result *result)
{
	struct refpoint_monitor *monitor = NULL;
	struct refpoint_job *job = NULL;
	int64_t deadline = timeout_ms < 0 ? INT64_MAX : now_ms() + timeout_ms;
	int64_t pause = POLL_FIRST, left;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (found)
		*found = NULL;
	/* Listen before looking, or an end in between would go unnoticed. */
	if (!ctx->quiet && timeout_ms)
		(void)refpoint_monitor_open(&monitor);
	for (;;) {
		refpoint_job_free(job);
		err = refpoint_job_get(ctx, id, &job, result);
		if (err || !job)
			break;
		job_result(job, result);
		if (progress && progress(job, data))
			err = rp_ctx_error(ctx, -ECANCELED,
					   "the waiting was ended");
		if (err || rp_job_state_finished(job->state))
			break;
		left = deadline - now_ms();
		if (left <= 0) {
			err = rp_ctx_error(ctx, -ETIMEDOUT,
					   "job %llu did not end in time",
					   (unsigned long long)id);
			break;
		}
		job_sleep(monitor, id, pause < left ? pause : left);
		pause = pause * 2 < POLL_MAX ? pause * 2 : POLL_MAX;
	}
	refpoint_monitor_close(monitor);
	if (found)
		*found = job;
	else
		refpoint_job_free(job);
	return err;
}

void refpoint_job_free(struct refpoint_job *job)
{
	rp_object_free((struct rp_object *)job, &job_kind);
}

/* ---- accessors --------------------------------------------------------------------------- */

const struct refpoint_job *refpoint_job_next(const struct refpoint_job *job)
{
	return (const struct refpoint_job *)job->node.next;
}

uint64_t refpoint_job_id(const struct refpoint_job *job)
{
	return job->id;
}

uint32_t refpoint_job_type(const struct refpoint_job *job)
{
	return job->type;
}

uint32_t refpoint_job_state(const struct refpoint_job *job)
{
	return job->state;
}

bool refpoint_job_finished(const struct refpoint_job *job)
{
	return rp_job_state_finished(job->state);
}

uint32_t refpoint_job_percent(const struct refpoint_job *job)
{
	return job->percent;
}

uint32_t refpoint_job_error_code(const struct refpoint_job *job)
{
	return job->error_code;
}

uint32_t refpoint_job_reason(const struct refpoint_job *job)
{
	return job->reason;
}

const struct refpoint_uuid *refpoint_job_volume(const struct refpoint_job *job)
{
	return rp_uuid(&job->volume);
}

const char *refpoint_job_message(const struct refpoint_job *job)
{
	return rp_str(job->message);
}

const char *refpoint_job_owner(const struct refpoint_job *job)
{
	return rp_str(job->owner);
}

const struct refpoint_uuid *refpoint_job_point(const struct refpoint_job *job)
{
	return rp_uuid(&job->point);
}

uint64_t refpoint_job_time_submitted(const struct refpoint_job *job)
{
	return job->submitted;
}

uint64_t refpoint_job_time_started(const struct refpoint_job *job)
{
	return job->started;
}

uint64_t refpoint_job_time_ended(const struct refpoint_job *job)
{
	return job->ended;
}

uint64_t refpoint_job_keep(const struct refpoint_job *job)
{
	return job->keep_ms;
}

bool refpoint_job_cancellable(const struct refpoint_job *job)
{
	return job->cancellable;
}
