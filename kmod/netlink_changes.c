// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink_changes.c - GET_CHANGES
 */
#include "changes.h"
#include "netlink.h"

static int rp_nl_one_end(struct genl_info *info, int attr, int other)
{
	if (rp_nl_has(info, attr) && rp_nl_has(info, other)) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[other],
				    "one point, one handle, or neither");
		return -EINVAL;
	}
	return 0;
}

static int rp_nl_get_from(struct genl_info *info, struct rp_end *end)
{
	int err;

	err = rp_nl_one_end(info, REFPOINT_A_FROM_POINT, REFPOINT_A_FROM_HANDLE);
	if (!err)
		err = rp_nl_one_end(info, REFPOINT_A_FROM_POINT,
				    REFPOINT_A_FROM_ALL);
	if (!err)
		err = rp_nl_one_end(info, REFPOINT_A_FROM_HANDLE,
				    REFPOINT_A_FROM_ALL);
	if (err)
		return err;

	if (rp_nl_has(info, REFPOINT_A_FROM_ALL)) {
		end->type = RP_END_ALL;
	} else if (rp_nl_has(info, REFPOINT_A_FROM_HANDLE)) {
		end->type = RP_END_HANDLE;
		strscpy(end->handle, rp_nl_str(info, REFPOINT_A_FROM_HANDLE),
			sizeof(end->handle));
	} else {
		err = rp_nl_require(info, REFPOINT_A_FROM_POINT);
		if (err)
			return err;
		end->type = RP_END_POINT;
		rp_nl_get_uuid(info->attrs[REFPOINT_A_FROM_POINT], &end->point);
	}
	return 0;
}

static int rp_nl_get_to(struct genl_info *info, struct rp_end *end)
{
	int err = rp_nl_one_end(info, REFPOINT_A_TO_POINT, REFPOINT_A_TO_HANDLE);

	if (err)
		return err;
	end->type = RP_END_NOW;
	if (rp_nl_has(info, REFPOINT_A_TO_POINT)) {
		end->type = RP_END_POINT;
		rp_nl_get_uuid(info->attrs[REFPOINT_A_TO_POINT], &end->point);
	} else if (rp_nl_has(info, REFPOINT_A_TO_HANDLE)) {
		end->type = RP_END_HANDLE;
		strscpy(end->handle, rp_nl_str(info, REFPOINT_A_TO_HANDLE),
			sizeof(end->handle));
	}
	return 0;
}

static u64 rp_nl_u64(const struct genl_info *info, int attr)
{
	return rp_nl_has(info, attr) ? nla_get_u64(info->attrs[attr]) : 0;
}

static int rp_nl_read_request(struct genl_info *info,
			      struct rp_changes_request *req)
{
	int err;

	err = rp_nl_get_from(info, &req->from);
	if (!err)
		err = rp_nl_get_to(info, &req->to);
	if (err)
		return err;
	req->start = rp_nl_u64(info, REFPOINT_A_START);
	req->length = rp_nl_u64(info, REFPOINT_A_LENGTH);
	req->has_length = rp_nl_has(info, REFPOINT_A_LENGTH);
	req->granularity = rp_nl_u64(info, REFPOINT_A_GRANULARITY);
	req->max_extents = REFPOINT_EXTENTS_MAX;
	if (rp_nl_has(info, REFPOINT_A_MAX_EXTENTS))
		req->max_extents = nla_get_u32(info->attrs[REFPOINT_A_MAX_EXTENTS]);
	req->allow_unknown = rp_nl_has(info, REFPOINT_A_ALLOW_UNKNOWN);
	req->lease = rp_nl_u64(info, REFPOINT_A_LEASE);
	return 0;
}

static int rp_nl_put_page(struct sk_buff *msg, const struct rp_volume *vol,
			  const struct rp_changes_reply *page)
{
	if (rp_nl_put_uuid(msg, REFPOINT_A_VOLUME_ID, &vol->uuid) ||
	    nla_put(msg, REFPOINT_A_GENERATION, sizeof(page->generation),
		    page->generation) ||
	    (page->from_handle[0] &&
	     nla_put_string(msg, REFPOINT_A_FROM_HANDLE, page->from_handle)) ||
	    (page->to_handle[0] &&
	     nla_put_string(msg, REFPOINT_A_TO_HANDLE, page->to_handle)) ||
	    (page->has_capacity_from &&
	     rp_nl_put_u64(msg, REFPOINT_A_CAPACITY_FROM, page->capacity_from)) ||
	    rp_nl_put_u64(msg, REFPOINT_A_CAPACITY_TO, page->capacity_to) ||
	    rp_nl_put_u64(msg, REFPOINT_A_GRANULE, 1ULL << vol->geo.granule_shift) ||
	    rp_nl_put_u64(msg, REFPOINT_A_PROCESSED, page->processed) ||
	    nla_put_u8(msg, REFPOINT_A_COMPLETE, page->complete) ||
	    rp_nl_put_u64(msg, REFPOINT_A_NEXT_START, page->next_start) ||
	    (page->lease && rp_nl_put_u64(msg, REFPOINT_A_LEASE, page->lease)))
		return -EMSGSIZE;
	return nla_put(msg, REFPOINT_A_EXTENTS,
		       page->nr_extents * sizeof(*page->extents), page->extents);
}

static int rp_nl_reply_changes(struct genl_info *info,
			       const struct rp_volume *vol,
			       const struct rp_changes_reply *page,
			       const struct rp_result *res)
{
	struct sk_buff *msg;
	void *hdr;

	if (res->value != REFPOINT_RV_DONE)
		return rp_nl_reply_result(info, res);
	msg = rp_nl_reply_new(info, res,
			      page->nr_extents * sizeof(*page->extents), &hdr);
	if (!msg)
		return -ENOMEM;
	if (rp_nl_put_page(msg, vol, page)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rp_nl_reply_send(msg, hdr, info);
}

int rp_nl_get_changes(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_changes_request *req;
	struct rp_changes_reply page = { };
	struct rp_result *res;
	int err = -ENOMEM;

	req = kzalloc(sizeof(*req), GFP_KERNEL);
	res = kzalloc(sizeof(*res), GFP_KERNEL);
	if (!req || !res)
		goto out;
	err = rp_nl_read_request(info, req);
	if (!err)
		err = rp_nl_volume(info, &req->vol, res);
	if (err)
		goto out;
	if (req->vol)
		err = rp_changes_get(req, &page, res);
	if (!err)
		err = rp_nl_reply_changes(info, req->vol, &page, res);
	kvfree(page.extents);
	if (req->vol)
		rp_volume_put(req->vol);
out:
	kfree(res);
	kfree(req);
	return err;
}
