// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink_point.c - CREATE, DESTROY_REFERENCE_POINT, REMOVE_ASSOCIATED_DATA
 */
#include <linux/slab.h>

#include "job.h"
#include "netlink.h"
#include "point.h"

/* A short job is answered at once unless the caller says otherwise. */
#define WAIT_MS_DEFAULT	50

/* Give the job a moment. Return: 0 and its result, if it has ended, or its id. */
static u64 wait_for_job(struct genl_info *info, struct rp_job *job,
			struct rp_result *res)
{
	const struct nlattr *wait = info->attrs[REFPOINT_A_WAIT_MS];
	struct rp_job_info shown;

	rp_job_wait(job, wait ? nla_get_u32(wait) : WAIT_MS_DEFAULT);
	rp_job_get_info(job, &shown);
	if (!shown.ended)
		return shown.id;
	*res = shown.result;
	return 0;
}

static int reply_method(struct genl_info *info, struct rp_job *job,
			const uuid_t *point, struct rp_result *res)
{
	struct sk_buff *msg;
	u64 job_id = 0;
	void *hdr;

	if (job) {
		job_id = wait_for_job(info, job, res);
		rp_job_put(job);
	}
	msg = rp_nl_reply_new(info, res, 0, &hdr);
	if (!msg)
		return -ENOMEM;
	if ((point && !uuid_is_null(point) &&
	     rp_nl_put_uuid(msg, REFPOINT_A_POINT_ID, point)) ||
	    (job_id && rp_nl_put_u64(msg, REFPOINT_A_JOB_ID, job_id))) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rp_nl_reply_send(msg, hdr, info);
}

/* @args points into the message. */
static int get_settings(struct genl_info *info, struct rp_point_args *args)
{
	struct nlattr *tb[REFPOINT_SETTINGS_A_MAX + 1];
	int err;

	if (!info->attrs[REFPOINT_A_SETTINGS])
		return 0;
	/* The operation's policy has been applied to the nest already. */
	err = nla_parse_nested_deprecated(tb, REFPOINT_SETTINGS_A_MAX,
					  info->attrs[REFPOINT_A_SETTINGS],
					  NULL, info->extack);
	if (err)
		return err;
	if (tb[REFPOINT_SETTINGS_A_CONSISTENCY])
		args->consistency =
			nla_get_u8(tb[REFPOINT_SETTINGS_A_CONSISTENCY]);
	if (tb[REFPOINT_SETTINGS_A_REQUIRE])
		args->require = nla_get_u8(tb[REFPOINT_SETTINGS_A_REQUIRE]);
	if (tb[REFPOINT_SETTINGS_A_DEADLINE_MS])
		args->deadline_ms =
			nla_get_u32(tb[REFPOINT_SETTINGS_A_DEADLINE_MS]);
	if (tb[REFPOINT_SETTINGS_A_CUT_ID]) {
		args->has_cut_id = true;
		rp_nl_get_uuid(tb[REFPOINT_SETTINGS_A_CUT_ID], &args->cut_id);
	}
	if (tb[REFPOINT_SETTINGS_A_TAG]) {
		args->tag = nla_data(tb[REFPOINT_SETTINGS_A_TAG]);
		args->tag_len = nla_len(tb[REFPOINT_SETTINGS_A_TAG]);
	}
	if (tb[REFPOINT_SETTINGS_A_VENDOR]) {
		args->vendor = nla_data(tb[REFPOINT_SETTINGS_A_VENDOR]);
		args->vendor_len = nla_len(tb[REFPOINT_SETTINGS_A_VENDOR]);
	}
	return 0;
}

static int get_collection(struct genl_info *info, struct rp_point_args *args)
{
	const struct nlattr *id = info->attrs[REFPOINT_A_COLLECTION_ID];
	const struct nlattr *name = info->attrs[REFPOINT_A_COLLECTION_NAME];

	if (!id && !name)
		return rp_nl_require(info, REFPOINT_A_COLLECTION_NAME);
	if (id && name) {
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "either the id or the name of a collection");
		return -EINVAL;
	}
	args->has_collection = id;
	if (id)
		rp_nl_get_uuid(id, &args->collection);
	else
		args->collection_name = nla_data(name);
	return 0;
}

static int get_args(struct genl_info *info, struct rp_point_args *args)
{
	int err;

	args->tag = "";
	args->owner = rp_nl_str(info, REFPOINT_A_OWNER);
	args->label = rp_nl_str(info, REFPOINT_A_LABEL);
	err = rp_nl_require(info, REFPOINT_A_POINT_TYPE);
	if (err)
		return err;
	args->type = nla_get_u16(info->attrs[REFPOINT_A_POINT_TYPE]);
	args->has_id = rp_nl_has(info, REFPOINT_A_POINT_ID);
	if (args->has_id)
		err = rp_nl_get_new_id(info, REFPOINT_A_POINT_ID, &args->id);
	if (!err)
		err = get_collection(info, args);
	return err ?: get_settings(info, args);
}

int rp_nl_create_point(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_point_args args = { .has_id = false };
	uuid_t *only = NULL, *except = NULL, id;
	struct rp_job *job = NULL;
	struct rp_result res;
	int err;

	err = get_args(info, &args);
	if (!err)
		err = rp_nl_uuid_list(info, REFPOINT_A_ONLY_VOLUME, &only,
				      &args.nr_only);
	if (!err)
		err = rp_nl_uuid_list(info, REFPOINT_A_EXCEPT_VOLUME, &except,
				      &args.nr_except);
	args.only = only;
	args.except = except;
	if (!err)
		err = rp_point_create(&args, &id, &job, &res);
	kvfree(only);
	kvfree(except);
	return err ?: reply_method(info, job, &id, &res);
}

int rp_nl_destroy_point(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_job *job = NULL;
	struct rp_result res;
	uuid_t id;
	int err;

	err = rp_nl_require(info, REFPOINT_A_POINT_ID);
	if (err)
		return err;
	rp_nl_get_uuid(info->attrs[REFPOINT_A_POINT_ID], &id);
	err = rp_point_destroy(&id, rp_nl_str(info, REFPOINT_A_OWNER),
			       rp_nl_has(info, REFPOINT_A_FORCE), &job, &res);
	return err ?: reply_method(info, job, NULL, &res);
}

int rp_nl_remove_data(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_result res;
	uuid_t id;
	int err;

	err = rp_nl_require(info, REFPOINT_A_POINT_ID);
	if (err)
		return err;
	rp_nl_get_uuid(info->attrs[REFPOINT_A_POINT_ID], &id);
	err = rp_point_remove_data(&id, rp_nl_str(info, REFPOINT_A_OWNER),
				   rp_nl_has(info, REFPOINT_A_FORCE), &res);
	return err ?: rp_nl_reply_result(info, &res);
}
