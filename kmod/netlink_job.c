// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink_job.c - GET_JOB, REQUEST_JOB_STATE_CHANGE
 */
#include "job.h"
#include "netlink.h"

/* REASON, MESSAGE and REASON_VOLUME of a job are of its own result. */
static int put_job(struct sk_buff *msg, const struct rp_job_info *info)
{
	const struct rp_result *res = &info->result;

	if (rp_nl_put_u64(msg, REFPOINT_A_JOB_ID, info->id) ||
	    nla_put_u16(msg, REFPOINT_A_JOB_TYPE, info->type) ||
	    nla_put_u16(msg, REFPOINT_A_JOB_STATE, info->state) ||
	    nla_put_u16(msg, REFPOINT_A_PERCENT, info->percent) ||
	    nla_put_u32(msg, REFPOINT_A_ERROR_CODE, res->value) ||
	    rp_nl_put_u64(msg, REFPOINT_A_TIME_SUBMITTED, info->submitted) ||
	    rp_nl_put_u64(msg, REFPOINT_A_TIME_STARTED, info->started) ||
	    rp_nl_put_u64(msg, REFPOINT_A_TIME_ENDED, info->ended) ||
	    rp_nl_put_u64(msg, REFPOINT_A_KEEP_MS, info->keep_ms) ||
	    nla_put_u8(msg, REFPOINT_A_CANCELLABLE, info->cancellable) ||
	    nla_put_string(msg, REFPOINT_A_OWNER, info->owner) ||
	    (info->has_point &&
	     rp_nl_put_uuid(msg, REFPOINT_A_POINT_ID, &info->point)))
		return -EMSGSIZE;
	if (!res->value)
		return 0;
	if (nla_put_u32(msg, REFPOINT_A_REASON, res->reason) ||
	    nla_put_string(msg, REFPOINT_A_MESSAGE, res->text) ||
	    (res->has_volume &&
	     rp_nl_put_uuid(msg, REFPOINT_A_REASON_VOLUME, &res->volume)))
		return -EMSGSIZE;
	return 0;
}

/* The job of JOB_ID, referenced; NULL and a refusal in @res. */
static struct rp_job *find_job(struct genl_info *info, struct rp_result *res)
{
	u64 id = nla_get_u64(info->attrs[REFPOINT_A_JOB_ID]);
	struct rp_job *job = rp_job_find(id);

	rp_result_done(res);
	if (!job)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_SUCH_JOB, NULL,
			      "there is no job %llu, or it ended long ago", id);
	return job;
}

int rp_nl_get_job(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_job_info shown;
	struct rp_result res;
	struct sk_buff *msg;
	struct rp_job *job;
	void *hdr;
	int err;

	err = rp_nl_require(info, REFPOINT_A_JOB_ID);
	if (err)
		return err;
	job = find_job(info, &res);
	if (!job)
		return rp_nl_reply_result(info, &res);
	rp_job_get_info(job, &shown);
	rp_job_put(job);

	msg = rp_nl_reply_new(info, &res, 0, &hdr);
	if (!msg)
		return -ENOMEM;
	err = put_job(msg, &shown);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return rp_nl_reply_send(msg, hdr, info);
}

int rp_nl_request_job_state(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_result res;
	struct rp_job *job;
	int err;

	err = rp_nl_require(info, REFPOINT_A_JOB_ID);
	if (!err)
		err = rp_nl_require(info, REFPOINT_A_REQUESTED_STATE);
	if (err)
		return err;
	job = find_job(info, &res);
	if (job) {
		rp_job_request(job,
			       nla_get_u16(info->attrs[REFPOINT_A_REQUESTED_STATE]),
			       &res);
		rp_job_put(job);
	}
	return rp_nl_reply_result(info, &res);
}

/* Ids only grow, so the last one shown is all there is to remember. */
struct job_cursor {
	u64 last;
};

static struct job_cursor *job_cursor(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct job_cursor) > sizeof(cb->ctx));
	return (struct job_cursor *)cb->ctx;
}

int rp_nl_dump_jobs_start(struct netlink_callback *cb)
{
	job_cursor(cb)->last = 0;
	return 0;
}

int rp_nl_dump_jobs(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct job_cursor *cur = job_cursor(cb);
	struct rp_job *job;

	cb->seq = rp_job_generation() + 1;
	while ((job = rp_job_next(cur->last))) {
		struct rp_job_info shown;
		void *hdr;

		rp_job_get_info(job, &shown);
		rp_job_put(job);
		hdr = rp_nl_dump_put(skb, cb, REFPOINT_CMD_GET_JOB);
		if (!hdr)
			break;
		if (put_job(skb, &shown)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
		cur->last = shown.id;
	}
	return skb->len;
}

int rp_nl_dump_jobs_done(struct netlink_callback *cb)
{
	return 0;
}
