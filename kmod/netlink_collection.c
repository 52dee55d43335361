// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink_collection.c - DEFINE, DESTROY, RENAME, ADD_MEMBER, REMOVE_MEMBER, GET
 *
 * A collection of a dump that does not fit one message goes on in the next, with
 * the same COLLECTION_ID and further members.
 */
#include <linux/slab.h>

#include "collection.h"
#include "netlink.h"
#include "volume.h"

/* Members looked at in one go, under the registry's mutex. */
#define MEMBER_PAGE	64
/* A member's nest at its largest. */
#define MEMBER_SIZE	(nla_total_size(0) + \
			 nla_total_size(REFPOINT_UUID_LEN) + \
			 nla_total_size(REFPOINT_NAME_MAX + 1) + \
			 nla_total_size(sizeof(u32)))

/* Id or name; one of them is required. @key points into the message and @id. */
static int get_key(struct genl_info *info, struct rp_collection_key *key,
		   uuid_t *id)
{
	const struct nlattr *by_id = info->attrs[REFPOINT_A_COLLECTION_ID];
	const struct nlattr *name = info->attrs[REFPOINT_A_COLLECTION_NAME];

	if (!by_id && !name)
		return rp_nl_require(info, REFPOINT_A_COLLECTION_NAME);
	if (by_id && name) {
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "either the id or the name of a collection");
		return -EINVAL;
	}
	key->id = NULL;
	key->name = NULL;
	if (by_id) {
		rp_nl_get_uuid(by_id, id);
		key->id = id;
	} else {
		key->name = nla_data(name);
	}
	return 0;
}

int rp_nl_define_collection(struct sk_buff *skb, struct genl_info *info)
{
	bool want = rp_nl_has(info, REFPOINT_A_COLLECTION_ID);
	struct rp_result res;
	struct sk_buff *msg;
	uuid_t *volumes, want_id, id;
	unsigned int nr;
	void *hdr;
	int err;

	err = rp_nl_require(info, REFPOINT_A_COLLECTION_NAME);
	if (!err && want)
		err = rp_nl_get_new_id(info, REFPOINT_A_COLLECTION_ID, &want_id);
	if (!err)
		err = rp_nl_uuid_list(info, REFPOINT_A_VOLUME_ID, &volumes, &nr);
	if (err)
		return err;
	err = rp_collection_define(rp_nl_str(info, REFPOINT_A_COLLECTION_NAME),
				   want ? &want_id : NULL, volumes, nr, &id,
				   &res);
	kvfree(volumes);
	if (err)
		return err;
	if (res.value)
		return rp_nl_reply_result(info, &res);

	msg = rp_nl_reply_new(info, &res, 0, &hdr);
	if (!msg)
		return -ENOMEM;
	if (rp_nl_put_uuid(msg, REFPOINT_A_COLLECTION_ID, &id)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rp_nl_reply_send(msg, hdr, info);
}

int rp_nl_destroy_collection(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_collection_key key;
	struct rp_result res;
	uuid_t id;
	int err;

	err = get_key(info, &key, &id);
	if (!err)
		err = rp_collection_destroy(&key, &res);
	return err ?: rp_nl_reply_result(info, &res);
}

int rp_nl_rename_collection(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_collection_key key;
	struct rp_result res;
	uuid_t id;
	int err;

	err = get_key(info, &key, &id);
	if (!err)
		err = rp_nl_require(info, REFPOINT_A_NEW_NAME);
	if (!err)
		err = rp_collection_rename(&key,
					   rp_nl_str(info, REFPOINT_A_NEW_NAME),
					   &res);
	return err ?: rp_nl_reply_result(info, &res);
}

static int change_members(struct genl_info *info,
			  int (*change)(const struct rp_collection_key *key,
					const uuid_t *volumes, unsigned int nr,
					struct rp_result *res))
{
	struct rp_collection_key key;
	struct rp_result res;
	unsigned int nr;
	uuid_t *volumes, id;
	int err;

	err = get_key(info, &key, &id);
	if (!err)
		err = rp_nl_require(info, REFPOINT_A_VOLUME_ID);
	if (!err)
		err = rp_nl_uuid_list(info, REFPOINT_A_VOLUME_ID, &volumes, &nr);
	if (err)
		return err;
	err = change(&key, volumes, nr, &res);
	kvfree(volumes);
	return err ?: rp_nl_reply_result(info, &res);
}

int rp_nl_add_member(struct sk_buff *skb, struct genl_info *info)
{
	return change_members(info, rp_collection_add);
}

int rp_nl_remove_member(struct sk_buff *skb, struct genl_info *info)
{
	return change_members(info, rp_collection_remove);
}

/* --- GET --- */

static u32 volume_state(const uuid_t *uuid, char name[REFPOINT_NAME_MAX + 1])
{
	struct rp_volume *vol = rp_volume_find(uuid);
	u32 state = REFPOINT_VOLUME_INACTIVE;

	name[0] = '\0';
	if (vol) {
		state = rp_volume_state(vol);
		rp_volume_name(vol, name);
		rp_volume_put(vol);
	}
	return state;
}

static int put_member(struct sk_buff *msg, const uuid_t *uuid)
{
	char name[REFPOINT_NAME_MAX + 1];
	struct nlattr *nest;
	u32 state;

	nest = nla_nest_start(msg, REFPOINT_A_MEMBER);
	if (!nest)
		return -EMSGSIZE;
	state = volume_state(uuid, name);
	if (rp_nl_put_uuid(msg, REFPOINT_MEMBER_A_VOLUME_ID, uuid) ||
	    (name[0] && nla_put_string(msg, REFPOINT_MEMBER_A_VOLUME_NAME,
				       name)) ||
	    nla_put_u32(msg, REFPOINT_MEMBER_A_STATE, state)) {
		nla_nest_cancel(msg, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(msg, nest);
	return 0;
}

/**
 * struct collection_page - a collection and some of its members, copied
 * @info: the collection
 * @nr: of @members, from the position asked for
 * @members: their UUIDs
 */
struct collection_page {
	struct rp_collection_info info;
	unsigned int nr;
	uuid_t members[MEMBER_PAGE];
};

static int load_page(const uuid_t *id, unsigned int first,
		     struct collection_page *page)
{
	int nr = rp_collection_get(id, &page->info, first, page->members,
				   MEMBER_PAGE);

	if (nr < 0)
		return nr;
	page->nr = nr;
	return 0;
}

/* Over all members; uses @page, and leaves its first page there. */
static u32 collection_state(const uuid_t *id, struct collection_page *page)
{
	u32 state = REFPOINT_COLLECTION_COMPLETE;
	unsigned int first = 0, i;

	do {
		char name[REFPOINT_NAME_MAX + 1];

		if (load_page(id, first, page))
			break;
		for (i = 0; i < page->nr; i++)
			if (volume_state(&page->members[i], name) !=
			    REFPOINT_VOLUME_ACTIVE)
				state = REFPOINT_COLLECTION_INCOMPLETE;
		first += page->nr;
	} while (state == REFPOINT_COLLECTION_COMPLETE &&
		 first < page->info.nr_members);
	if (first > page->nr || state == REFPOINT_COLLECTION_INCOMPLETE)
		load_page(id, 0, page);
	return state;
}

static int put_collection(struct sk_buff *msg, struct collection_page *page)
{
	u32 state = collection_state(&page->info.id, page);

	if (rp_nl_put_uuid(msg, REFPOINT_A_COLLECTION_ID, &page->info.id) ||
	    nla_put_string(msg, REFPOINT_A_COLLECTION_NAME, page->info.name) ||
	    nla_put_u32(msg, REFPOINT_A_STATE, state) ||
	    rp_nl_put_u64(msg, REFPOINT_A_VERSION, page->info.version))
		return -EMSGSIZE;
	return 0;
}

/* The whole collection, found by @id, into one message. */
static int reply_collection(struct genl_info *info, const uuid_t *id,
			    unsigned int nr_members, struct rp_result *res)
{
	struct collection_page *page;
	unsigned int first = 0, i;
	struct sk_buff *msg;
	u64 version = 0;
	void *hdr;
	int err;

	page = kmalloc(sizeof(*page), GFP_KERNEL);
	msg = rp_nl_reply_new(info, res, nr_members * MEMBER_SIZE, &hdr);
	err = -ENOMEM;
	if (!page || !msg)
		goto out;

	err = load_page(id, 0, page);
	if (!err) {
		err = put_collection(msg, page);
		version = page->info.version;
	}
	while (!err && page->nr) {
		for (i = 0; i < page->nr && !err; i++)
			err = put_member(msg, &page->members[i]);
		first += page->nr;
		if (!err)
			err = load_page(id, first, page);
		/* By numbers: one that went would hide another. */
		if (!err && page->info.version != version)
			err = -EAGAIN;
	}
	if (!err)
		err = rp_nl_reply_send(msg, hdr, info);
	else
		nlmsg_free(msg);
	msg = NULL;
out:
	if (msg)
		nlmsg_free(msg);
	kfree(page);
	/* Members came or went, or it did, meanwhile: from the start. */
	return err == -EMSGSIZE || err == -ENOENT ? -EAGAIN : err;
}

static int get_collection(struct genl_info *info, const struct rp_collection_key *key)
{
	struct rp_collection_info found;
	struct rp_result res;
	uuid_t *members;
	int err;

	err = rp_collection_find(key, &found, &members, &res);
	if (err)
		return err;
	kvfree(members);
	if (res.value)
		return rp_nl_reply_result(info, &res);
	return reply_collection(info, &found.id, found.nr_members, &res);
}

/* One that never rests is the caller's to ask for again. */
#define GET_TRIES	5

int rp_nl_get_collection(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_collection_key key;
	int err, tries = GET_TRIES;
	uuid_t id;

	err = get_key(info, &key, &id);
	if (err)
		return err;
	do {
		err = get_collection(info, &key);
	} while (err == -EAGAIN && --tries);
	return err;
}

/**
 * struct collection_cursor - where a dump is
 * @id: of the collection
 * @open: it has not been shown to its end
 * @started: @id is valid
 * @member: next member of it
 * @page: room for copies
 */
struct collection_cursor {
	uuid_t id;
	bool open;
	bool started;
	unsigned int member;
	struct collection_page page;
};

int rp_nl_dump_collections_start(struct netlink_callback *cb)
{
	struct collection_cursor *cur = kzalloc(sizeof(*cur), GFP_KERNEL);

	if (!cur)
		return -ENOMEM;
	*(struct collection_cursor **)cb->ctx = cur;
	return 0;
}

int rp_nl_dump_collections_done(struct netlink_callback *cb)
{
	kfree(*(struct collection_cursor **)cb->ctx);
	return 0;
}

/*
 * One message of the collection at hand. Return: 0, -EMSGSIZE: full, -ENOENT: it
 * has gone, or so many of its members that all that is left has been told. The
 * generation has changed then, so that the dump is interrupted.
 */
static int dump_message(struct sk_buff *skb, struct netlink_callback *cb,
			struct collection_cursor *cur)
{
	struct collection_page *page = &cur->page;
	unsigned int put = 0;
	void *hdr;
	int err;

	err = load_page(&cur->id, cur->member, page);
	if (!err && cur->member && !page->nr)
		err = -ENOENT;
	if (err)
		return err;
	hdr = rp_nl_dump_put(skb, cb, REFPOINT_CMD_GET_COLLECTION);
	if (!hdr)
		return -EMSGSIZE;
	err = cur->member ? rp_nl_put_uuid(skb, REFPOINT_A_COLLECTION_ID,
					   &cur->id) :
			    put_collection(skb, page);
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

int rp_nl_dump_collections(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct collection_cursor *cur = *(struct collection_cursor **)cb->ctx;
	int err = 0;

	cb->seq = rp_collection_generation() + 1;
	while (!err) {
		if (!cur->open) {
			if (!rp_collection_next(cur->started ? &cur->id : NULL,
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
