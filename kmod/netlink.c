// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink.c - the family, what all handlers share, and events
 */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "event.h"
#include "genl.h"
#include "job.h"
#include "netlink.h"
#include "volume.h"

static const struct genl_multicast_group mcgrps[] = {
	{
		.name = REFPOINT_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/*
 * Not netnsok: outside the initial network namespace the family is not there.
 * parallel_ops: a handler may write to metadata devices, and holds up nobody.
 */
struct genl_family rp_genl_family __ro_after_init = {
	.name = REFPOINT_GENL_NAME,
	.version = REFPOINT_GENL_VERSION,
	.maxattr = REFPOINT_A_MAX,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.ops = rp_genl_ops,
	.n_ops = RP_GENL_NR_OPS,
	.mcgrps = mcgrps,
	.n_mcgrps = ARRAY_SIZE(mcgrps),
};

/* --- before a handler --- */

static bool is_list(u8 cmd, int attr)
{
	switch (attr) {
	case REFPOINT_A_VOLUME_ID:
		return cmd == REFPOINT_CMD_DEFINE_COLLECTION ||
		       cmd == REFPOINT_CMD_ADD_MEMBER ||
		       cmd == REFPOINT_CMD_REMOVE_MEMBER;
	case REFPOINT_A_ONLY_VOLUME:
	case REFPOINT_A_EXCEPT_VOLUME:
		return true;
	default:
		return false;
	}
}

/* The parser keeps the last of two: a caller would not learn which counts. */
static int check_twice(unsigned long *seen, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	if (!__test_and_set_bit(nla_type(attr), seen))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the attribute is given twice");
	return -EINVAL;
}

static int check_settings(const struct nlattr *nest,
			  struct netlink_ext_ack *extack)
{
	DECLARE_BITMAP(seen, REFPOINT_SETTINGS_A_MAX + 1) = { 0 };
	const struct nlattr *attr;
	int rem, err = 0;

	nla_for_each_nested(attr, nest, rem) {
		err = check_twice(seen, attr, extack);
		if (err)
			break;
	}
	return err;
}

static int check_attrs(const struct nlmsghdr *nlh, u8 cmd,
		       struct netlink_ext_ack *extack)
{
	DECLARE_BITMAP(seen, REFPOINT_A_MAX + 1) = { 0 };
	const struct nlattr *attr;
	int rem, err = 0;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (is_list(cmd, nla_type(attr)))
			continue;
		err = check_twice(seen, attr, extack);
		if (!err && nla_type(attr) == REFPOINT_A_SETTINGS)
			err = check_settings(attr, extack);
		if (err)
			break;
	}
	return err;
}

/*
 * One policy serves do and dump of GET_REFERENCE_POINT, whose filters are for
 * the dump and whose id is for the do; the other dumps take nothing.
 */
static int check_for_dump(const struct nlmsghdr *nlh, u8 cmd, bool dump,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		bool filter = cmd == REFPOINT_CMD_GET_REFERENCE_POINT &&
			      nla_type(attr) != REFPOINT_A_POINT_ID;

		if (dump == filter)
			continue;
		if (dump)
			NL_SET_ERR_MSG_ATTR(extack, attr, "not for a listing");
		else
			NL_SET_ERR_MSG_ATTR(extack, attr, "for a listing only");
		return -EINVAL;
	}
	return 0;
}

/* GENL_ADMIN_PERM has asked for CAP_NET_ADMIN only (S1). */
static int check_caller(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(extack, "CAP_SYS_ADMIN is needed");
	return -EPERM;
}

int rp_nl_check_do(struct sk_buff *skb, struct genl_info *info)
{
	u8 cmd = info->genlhdr->cmd;
	int err;

	err = check_caller(skb, info->extack);
	if (!err)
		err = check_attrs(info->nlhdr, cmd, info->extack);
	if (!err)
		err = check_for_dump(info->nlhdr, cmd, false, info->extack);
	return err;
}

int rp_nl_check_dump(struct netlink_callback *cb)
{
	const struct genlmsghdr *genlhdr = nlmsg_data(cb->nlh);
	int err;

	err = check_caller(cb->skb, cb->extack);
	if (!err)
		err = check_attrs(cb->nlh, genlhdr->cmd, cb->extack);
	if (!err)
		err = check_for_dump(cb->nlh, genlhdr->cmd, true, cb->extack);
	return err;
}

/* --- reading a request --- */

int rp_nl_require(struct genl_info *info, int attr)
{
	return GENL_REQ_ATTR_CHECK(info, attr) ? -EINVAL : 0;
}

int rp_nl_uuid_list(struct genl_info *info, int attr, uuid_t **list,
		    unsigned int *nr)
{
	const struct nlattr *pos;
	unsigned int n = 0;
	int rem;

	*list = NULL;
	*nr = 0;
	nlmsg_for_each_attr(pos, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(pos) == attr && ++n > REFPOINT_MEMBERS_MAX) {
			NL_SET_ERR_MSG_ATTR(info->extack, pos,
					    "more volumes than a collection can have");
			return -E2BIG;
		}
	if (!n)
		return 0;

	*list = kvcalloc(n, sizeof(**list), GFP_KERNEL);
	if (!*list)
		return -ENOMEM;
	nlmsg_for_each_attr(pos, info->nlhdr, GENL_HDRLEN, rem)
		if (nla_type(pos) == attr)
			rp_nl_get_uuid(pos, &(*list)[(*nr)++]);
	return 0;
}

int rp_nl_get_new_id(struct genl_info *info, int attr, uuid_t *uuid)
{
	rp_nl_get_uuid(info->attrs[attr], uuid);
	if (!uuid_is_null(uuid))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr], "the nil UUID is no id");
	return -EINVAL;
}

int rp_nl_volume(struct genl_info *info, struct rp_volume **vol,
		 struct rp_result *res)
{
	const struct nlattr *id = info->attrs[REFPOINT_A_VOLUME_ID];
	const struct nlattr *name = info->attrs[REFPOINT_A_VOLUME_NAME];
	uuid_t uuid;

	*vol = NULL;
	rp_result_done(res);
	if (!id && !name)
		return rp_nl_require(info, REFPOINT_A_VOLUME_ID);
	if (id && name) {
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "either the id or the name of a volume");
		return -EINVAL;
	}
	if (name) {
		*vol = rp_volume_find_name(nla_data(name));
		if (!*vol)
			rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				      REFPOINT_REASON_NO_SUCH_VOLUME, NULL,
				      "there is no volume \"%s\"",
				      (const char *)nla_data(name));
		return 0;
	}
	rp_nl_get_uuid(id, &uuid);
	*vol = rp_volume_find(&uuid);
	if (!*vol)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_SUCH_VOLUME, &uuid,
			      "there is no volume %pUb", &uuid);
	return 0;
}

const struct nlattr *rp_nl_dump_attr(struct netlink_callback *cb, int attr)
{
	return nlmsg_find_attr(cb->nlh, GENL_HDRLEN, attr);
}

/* --- writing a reply --- */

int rp_nl_put_uuid(struct sk_buff *skb, int attr, const uuid_t *uuid)
{
	return nla_put(skb, attr, REFPOINT_UUID_LEN, uuid);
}

int rp_nl_put_result(struct sk_buff *skb, const struct rp_result *res)
{
	if (nla_put_u32(skb, REFPOINT_A_RETURN_VALUE, res->value))
		return -EMSGSIZE;
	if (res->value == REFPOINT_RV_DONE ||
	    res->value == REFPOINT_RV_JOB_STARTED)
		return 0;
	if (nla_put_u32(skb, REFPOINT_A_REASON, res->reason) ||
	    nla_put_string(skb, REFPOINT_A_MESSAGE, res->text) ||
	    (res->has_volume &&
	     rp_nl_put_uuid(skb, REFPOINT_A_REASON_VOLUME, &res->volume)))
		return -EMSGSIZE;
	return 0;
}

struct sk_buff *rp_nl_reply_new(struct genl_info *info,
				const struct rp_result *res, size_t room,
				void **hdr)
{
	struct sk_buff *msg;
	void *head;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE + room, GFP_KERNEL);
	if (!msg)
		return NULL;
	head = genlmsg_put_reply(msg, info, &rp_genl_family, 0,
				 info->genlhdr->cmd);
	if (!head || rp_nl_put_result(msg, res)) {
		nlmsg_free(msg);
		return NULL;
	}
	*hdr = head;
	return msg;
}

int rp_nl_reply_send(struct sk_buff *msg, void *hdr, struct genl_info *info)
{
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int rp_nl_reply_result(struct genl_info *info, const struct rp_result *res)
{
	struct sk_buff *msg;
	void *hdr;

	msg = rp_nl_reply_new(info, res, 0, &hdr);
	return msg ? rp_nl_reply_send(msg, hdr, info) : -ENOMEM;
}

void *rp_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &rp_genl_family, NLM_F_MULTI, cmd);
	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

/* --- events --- */

/*
 * Events are raised from many places, with mutexes held and in the path of
 * resume: nothing here waits for memory. A listener that misses one for lack of
 * memory is told so (ENOBUFS), as when its socket overflows.
 */
static struct sk_buff *event_new(u8 cmd, u32 event, void **hdr)
{
	struct sk_buff *msg;

	if (!genl_has_listeners(&rp_genl_family, &init_net, 0))
		return NULL;
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_NOWAIT | __GFP_NOWARN);
	if (msg) {
		*hdr = genlmsg_put(msg, 0, 0, &rp_genl_family, 0, cmd);
		if (*hdr && !nla_put_u32(msg, REFPOINT_A_EVENT, event) &&
		    !rp_nl_put_u64(msg, REFPOINT_A_TIME, rp_time_now()))
			return msg;
		nlmsg_free(msg);
	}
	genl_set_err(&rp_genl_family, &init_net, 0, 0, -ENOBUFS);
	return NULL;
}

static void event_send(struct sk_buff *msg, void *hdr, bool complete)
{
	if (!complete) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	genlmsg_multicast(&rp_genl_family, msg, 0, 0,
			  GFP_NOWAIT | __GFP_NOWARN);
}

static void point_event(const uuid_t *id, u32 event, u32 state)
{
	struct sk_buff *msg;
	void *hdr;

	msg = event_new(REFPOINT_CMD_POINT_EVENT, event, &hdr);
	if (msg)
		event_send(msg, hdr,
			   !rp_nl_put_uuid(msg, REFPOINT_A_POINT_ID, id) &&
			   !nla_put_u32(msg, REFPOINT_A_STATE, state));
}

static void job_event(struct rp_job *job, u32 event)
{
	struct rp_job_info info;
	struct sk_buff *msg;
	void *hdr;

	msg = event_new(REFPOINT_CMD_JOB_EVENT, event, &hdr);
	if (!msg)
		return;
	rp_job_get_info(job, &info);
	event_send(msg, hdr,
		   !rp_nl_put_u64(msg, REFPOINT_A_JOB_ID, info.id) &&
		   !nla_put_u16(msg, REFPOINT_A_JOB_TYPE, info.type) &&
		   !nla_put_u16(msg, REFPOINT_A_JOB_STATE, info.state) &&
		   !nla_put_u16(msg, REFPOINT_A_PERCENT, info.percent) &&
		   !nla_put_u32(msg, REFPOINT_A_ERROR_CODE, info.result.value) &&
		   (!info.has_point ||
		    !rp_nl_put_uuid(msg, REFPOINT_A_POINT_ID, &info.point)));
}

static void volume_event(struct rp_volume *vol, u32 event, u32 gap_reason,
			 const char *text)
{
	char name[REFPOINT_NAME_MAX + 1];
	struct sk_buff *msg;
	void *hdr;

	msg = event_new(REFPOINT_CMD_VOLUME_EVENT, event, &hdr);
	if (!msg)
		return;
	rp_volume_name(vol, name);
	event_send(msg, hdr,
		   !rp_nl_put_uuid(msg, REFPOINT_A_VOLUME_ID, &vol->uuid) &&
		   !nla_put_string(msg, REFPOINT_A_VOLUME_NAME, name) &&
		   !nla_put_u32(msg, REFPOINT_A_STATE, rp_volume_state(vol)) &&
		   (!text || !nla_put_string(msg, REFPOINT_A_REASON_TEXT, text)) &&
		   (!gap_reason ||
		    !nla_put_u32(msg, REFPOINT_A_GAP_REASON, gap_reason)));
}

static void collection_event(const uuid_t *id, const char *name, u32 event)
{
	struct sk_buff *msg;
	void *hdr;

	msg = event_new(REFPOINT_CMD_COLLECTION_EVENT, event, &hdr);
	if (msg)
		event_send(msg, hdr,
			   !rp_nl_put_uuid(msg, REFPOINT_A_COLLECTION_ID, id) &&
			   !nla_put_string(msg, REFPOINT_A_COLLECTION_NAME,
					   name));
}

static const struct rp_event_sink event_sink = {
	.point = point_event,
	.job = job_event,
	.volume = volume_event,
	.collection = collection_event,
};

int __init rp_netlink_init(void)
{
	int err = genl_register_family(&rp_genl_family);

	if (!err)
		rp_event_set_sink(&event_sink);
	return err;
}

void rp_netlink_exit(void)
{
	rp_event_set_sink(NULL);
	genl_unregister_family(&rp_genl_family);
}
