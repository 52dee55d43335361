// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink_point_get.c - GET_REFERENCE_POINT
 *
 * A point of a dump that does not fit one message goes on in the next, with the
 * same POINT_ID and further members.
 */
#include <linux/slab.h>

#include "collection.h"
#include "handle.h"
#include "netlink.h"
#include "point.h"
#include "volume.h"

#define MEMBER_PAGE	64
/* A member's nest at its largest. */
#define MEMBER_SIZE	(nla_total_size(0) + \
			 nla_total_size(REFPOINT_UUID_LEN) + \
			 nla_total_size(REFPOINT_NAME_MAX + 1) + \
			 nla_total_size(REFPOINT_HANDLE_MAX + 1) + \
			 nla_total_size(sizeof(u32)) + \
			 nla_total_size(sizeof(u8)))
/* All else of a point, vendor settings included; so much a dump must hold. */
#define POINT_SIZE	8192

static int put_member_attrs(struct sk_buff *msg,
			    const struct rp_point_member_info *m)
{
	char name[REFPOINT_NAME_MAX + 1] = "";
	char handle[REFPOINT_HANDLE_MAX + 1];
	struct rp_volume *vol = rp_volume_find(&m->volume);

	if (vol) {
		rp_volume_name(vol, name);
		rp_volume_put(vol);
	}
	if (rp_nl_put_uuid(msg, REFPOINT_MEMBER_A_VOLUME_ID, &m->volume) ||
	    (name[0] &&
	     nla_put_string(msg, REFPOINT_MEMBER_A_VOLUME_NAME, name)) ||
	    nla_put_u32(msg, REFPOINT_MEMBER_A_STATE, m->state) ||
	    nla_put_u8(msg, REFPOINT_MEMBER_A_CONSISTENCY, m->level))
		return -EMSGSIZE;
	/* Nothing to chain from before it is committed. */
	if (!rp_seq_nr(m->seq))
		return 0;
	rp_handle_format(handle, &m->volume, m->generation, m->seq);
	return nla_put_string(msg, REFPOINT_MEMBER_A_HANDLE, handle);
}

static int put_member(struct sk_buff *msg, const struct rp_point_member_info *m)
{
	struct nlattr *nest = nla_nest_start(msg, REFPOINT_A_MEMBER);

	if (!nest)
		return -EMSGSIZE;
	if (put_member_attrs(msg, m)) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

static int put_settings(struct sk_buff *msg, const struct rp_point_info *info)
{
	const struct rp_point_record *rec = &info->rec;
	struct nlattr *nest = nla_nest_start(msg, REFPOINT_A_SETTINGS);

	if (!nest ||
	    nla_put_u8(msg, REFPOINT_SETTINGS_A_CONSISTENCY, rec->consistency) ||
	    nla_put_u8(msg, REFPOINT_SETTINGS_A_REQUIRE, rec->require) ||
	    nla_put_u32(msg, REFPOINT_SETTINGS_A_DEADLINE_MS,
			rec->deadline_ms) ||
	    (rec->has_cut_id && nla_put(msg, REFPOINT_SETTINGS_A_CUT_ID,
					REFPOINT_UUID_LEN, rec->cut_id)) ||
	    (rec->tag_len && nla_put(msg, REFPOINT_SETTINGS_A_TAG, rec->tag_len,
				     rec->tag)) ||
	    (rec->vendor_len && nla_put(msg, REFPOINT_SETTINGS_A_VENDOR,
					rec->vendor_len, info->vendor)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* Why it is void or in doubt. */
static const char *reason_text(u32 reason)
{
	switch (reason) {
	case REFPOINT_REASON_DEADLINE:
		return "the deadline passed before the point was complete";
	case REFPOINT_REASON_CANCELLED:
		return "the job that made it was cancelled";
	case REFPOINT_REASON_NO_SPACE:
		return "the metadata of a member was full";
	case REFPOINT_REASON_NO_MEMORY:
		return "there was no memory to make it";
	case REFPOINT_REASON_FLUSH_FAILED:
		return "the origin of a member could not be flushed";
	case REFPOINT_REASON_IO_ERROR:
		return "the metadata of a member could not be written";
	case REFPOINT_REASON_IN_DOUBT:
		return "a member that may know its outcome is not there";
	case REFPOINT_REASON_VOID:
		return "its making was interrupted";
	default:
		return "";
	}
}

static int put_point(struct sk_buff *msg, const struct rp_point_info *info)
{
	const struct rp_point_record *rec = &info->rec;

	if (rp_nl_put_uuid(msg, REFPOINT_A_POINT_ID, &info->id) ||
	    nla_put_u32(msg, REFPOINT_A_STATE, info->state) ||
	    rp_nl_put_u64(msg, REFPOINT_A_TIME, rec->time) ||
	    (info->reason &&
	     (nla_put_u32(msg, REFPOINT_A_REASON, info->reason) ||
	      nla_put_string(msg, REFPOINT_A_MESSAGE,
			     reason_text(info->reason)))))
		return -EMSGSIZE;
	if (info->remembered)
		return 0;
	if (nla_put_u16(msg, REFPOINT_A_POINT_TYPE, rec->type) ||
	    nla_put(msg, REFPOINT_A_COLLECTION_ID, REFPOINT_UUID_LEN,
		    rec->collection) ||
	    nla_put_string(msg, REFPOINT_A_COLLECTION_NAME,
			   rec->collection_name) ||
	    rp_nl_put_u64(msg, REFPOINT_A_VERSION, rec->membership) ||
	    nla_put_string(msg, REFPOINT_A_OWNER, rec->owner) ||
	    nla_put_string(msg, REFPOINT_A_LABEL, rec->label) ||
	    nla_put_u8(msg, REFPOINT_A_HAS_ASSOCIATED_DATA, 0) ||
	    (info->job && rp_nl_put_u64(msg, REFPOINT_A_JOB_ID, info->job)))
		return -EMSGSIZE;
	return put_settings(msg, info);
}

/**
 * struct point_page - a point and some of its members, copied
 * @info: the point
 * @nr: of @members, from the position asked for
 * @members: of the point
 */
struct point_page {
	struct rp_point_info info;
	unsigned int nr;
	struct rp_point_member_info members[MEMBER_PAGE];
};

static int load_page(const uuid_t *id, unsigned int first,
		     struct point_page *page)
{
	int nr = rp_point_get(id, &page->info, first, page->members,
			      MEMBER_PAGE);

	if (nr < 0)
		return nr;
	page->nr = nr;
	return 0;
}

/* The whole point, into one message. @page holds its first page. */
static int reply_point(struct genl_info *info, struct point_page *page,
		       const struct rp_result *res)
{
	uuid_t id = page->info.id;
	unsigned int first = 0, i;
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = rp_nl_reply_new(info, res, POINT_SIZE +
			      page->info.nr_members * MEMBER_SIZE, &hdr);
	if (!msg)
		return -ENOMEM;
	err = put_point(msg, &page->info);
	while (!err && page->nr && !page->info.remembered) {
		for (i = 0; i < page->nr && !err; i++)
			err = put_member(msg, &page->members[i]);
		first += page->nr;
		if (!err)
			err = load_page(&id, first, page);
	}
	/* It went between two pages: what is there already would mislead. */
	if (!err && first && page->info.remembered)
		err = -EAGAIN;
	if (err) {
		nlmsg_free(msg);
		return err == -ENOENT ? -EAGAIN : err;
	}
	return rp_nl_reply_send(msg, hdr, info);
}

int rp_nl_get_point(struct sk_buff *skb, struct genl_info *info)
{
	struct point_page *page;
	struct rp_result res;
	uuid_t id;
	int err;

	err = rp_nl_require(info, REFPOINT_A_POINT_ID);
	if (err)
		return err;
	rp_nl_get_uuid(info->attrs[REFPOINT_A_POINT_ID], &id);
	page = kvmalloc(sizeof(*page), GFP_KERNEL);
	if (!page)
		return -ENOMEM;

	rp_result_done(&res);
	if (load_page(&id, 0, page)) {
		rp_result_set(&res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_SUCH_POINT, NULL,
			      "there is no point %pUb", &id);
		err = rp_nl_reply_result(info, &res);
	} else {
		err = reply_point(info, page, &res);
	}
	kvfree(page);
	return err;
}

/**
 * struct point_cursor - where a dump is, and what it leaves out
 * @id: of the point
 * @open: it has not been shown to its end
 * @started: @id is valid
 * @member: next member of it
 * @by_collection: only points over @collection
 * @collection: id
 * @collection_name: only points over a collection that had this name, NULL: all
 * @owner: only points of this owner, NULL: all
 * @page: room for copies
 */
struct point_cursor {
	uuid_t id;
	bool open;
	bool started;
	unsigned int member;
	bool by_collection;
	uuid_t collection;
	const char *collection_name;
	const char *owner;
	struct point_page page;
};

/* A name stands for the collection that has it now, else for one that had it. */
static int name_filter(struct netlink_callback *cb, struct point_cursor *cur,
		       const char *name)
{
	struct rp_collection_key key = { .name = name };
	struct rp_collection_info found;
	struct rp_result res;
	uuid_t *members;
	int err;

	err = rp_collection_find(&key, &found, &members, &res);
	if (err)
		return err;
	kvfree(members);
	if (res.value) {
		cur->collection_name = name;
	} else {
		cur->by_collection = true;
		cur->collection = found.id;
	}
	return 0;
}

int rp_nl_dump_points_start(struct netlink_callback *cb)
{
	const struct nlattr *id, *name, *owner;
	struct point_cursor *cur;
	int err = 0;

	id = rp_nl_dump_attr(cb, REFPOINT_A_COLLECTION_ID);
	name = rp_nl_dump_attr(cb, REFPOINT_A_COLLECTION_NAME);
	owner = rp_nl_dump_attr(cb, REFPOINT_A_OWNER);
	if (id && name) {
		NL_SET_ERR_MSG_ATTR(cb->extack, name,
				    "either the id or the name of a collection");
		return -EINVAL;
	}

	cur = kvzalloc(sizeof(*cur), GFP_KERNEL);
	if (!cur)
		return -ENOMEM;
	/* The request stays as long as the dump does. */
	if (owner)
		cur->owner = nla_data(owner);
	if (id) {
		cur->by_collection = true;
		rp_nl_get_uuid(id, &cur->collection);
	} else if (name) {
		err = name_filter(cb, cur, nla_data(name));
	}
	if (err) {
		kvfree(cur);
		return err;
	}
	cb->min_dump_alloc = POINT_SIZE + 4 * MEMBER_SIZE;
	*(struct point_cursor **)cb->ctx = cur;
	return 0;
}

int rp_nl_dump_points_done(struct netlink_callback *cb)
{
	kvfree(*(struct point_cursor **)cb->ctx);
	return 0;
}

static bool wanted(const struct point_cursor *cur)
{
	const struct rp_point_record *rec = &cur->page.info.rec;

	if (cur->page.info.remembered)
		return false;
	if (cur->owner && strcmp(cur->owner, rec->owner))
		return false;
	if (cur->collection_name &&
	    strcmp(cur->collection_name, rec->collection_name))
		return false;
	return !cur->by_collection ||
	       !memcmp(&cur->collection, rec->collection, REFPOINT_UUID_LEN);
}

/*
 * One message of the point at hand. Return: 0, -EMSGSIZE: the buffer is full,
 * -ENOENT: not this point, or not any more.
 */
static int dump_message(struct sk_buff *skb, struct netlink_callback *cb,
			struct point_cursor *cur)
{
	struct point_page *page = &cur->page;
	unsigned int put = 0;
	void *hdr;
	int err;

	err = load_page(&cur->id, cur->member, page);
	if (err || !wanted(cur))
		return -ENOENT;
	hdr = rp_nl_dump_put(skb, cb, REFPOINT_CMD_GET_REFERENCE_POINT);
	if (!hdr)
		return -EMSGSIZE;
	err = cur->member ? rp_nl_put_uuid(skb, REFPOINT_A_POINT_ID, &cur->id) :
			    put_point(skb, &page->info);
	while (!err && put < page->nr) {
		err = put_member(skb, &page->members[put]);
		if (!err)
			put++;
	}
	/* Without a member it would go nowhere: the next buffer has room. */
	if (!put) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	cur->member += put;
	if (cur->member >= page->info.nr_members)
		cur->open = false;
	return err;
}

int rp_nl_dump_points(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct point_cursor *cur = *(struct point_cursor **)cb->ctx;
	int err = 0;

	cb->seq = rp_point_generation() + 1;
	while (!err) {
		if (!cur->open) {
			if (!rp_point_next(cur->started ? &cur->id : NULL,
					   &cur->id))
				break;
			cur->started = true;
			cur->open = true;
			cur->member = 0;
		}
		err = dump_message(skb, cb, cur);
		if (err == -ENOENT) {
			cur->open = false;
			err = 0;
		}
		cond_resched();
	}
	return skb->len || !err ? skb->len : err;
}
