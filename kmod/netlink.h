/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netlink.h - the generic netlink family: handlers and what they share
 *
 * A handler reads attributes, calls one function of a lower layer and writes
 * the reply. Policies and the table of operations are in genl.c, which also
 * sees to it that no handler runs before rp_nl_check_do() or
 * rp_nl_check_dump(): a caller without CAP_SYS_ADMIN and an attribute given
 * twice never reach it.
 *
 * Replies are built with nla helpers alone and every put is checked; a reply
 * that does not fit fails the request with -EMSGSIZE.
 */
#ifndef RP_NETLINK_H
#define RP_NETLINK_H

#include <net/genetlink.h>

#include "result.h"

struct rp_volume;

/* --- handlers, by file --- */

/* netlink_point.c, netlink_point_get.c */
int rp_nl_create_point(struct sk_buff *skb, struct genl_info *info);
int rp_nl_destroy_point(struct sk_buff *skb, struct genl_info *info);
int rp_nl_remove_data(struct sk_buff *skb, struct genl_info *info);
int rp_nl_get_point(struct sk_buff *skb, struct genl_info *info);
int rp_nl_dump_points_start(struct netlink_callback *cb);
int rp_nl_dump_points(struct sk_buff *skb, struct netlink_callback *cb);
int rp_nl_dump_points_done(struct netlink_callback *cb);

/* netlink_collection.c */
int rp_nl_define_collection(struct sk_buff *skb, struct genl_info *info);
int rp_nl_destroy_collection(struct sk_buff *skb, struct genl_info *info);
int rp_nl_rename_collection(struct sk_buff *skb, struct genl_info *info);
int rp_nl_add_member(struct sk_buff *skb, struct genl_info *info);
int rp_nl_remove_member(struct sk_buff *skb, struct genl_info *info);
int rp_nl_get_collection(struct sk_buff *skb, struct genl_info *info);
int rp_nl_dump_collections_start(struct netlink_callback *cb);
int rp_nl_dump_collections(struct sk_buff *skb, struct netlink_callback *cb);
int rp_nl_dump_collections_done(struct netlink_callback *cb);

/* netlink_job.c */
int rp_nl_get_job(struct sk_buff *skb, struct genl_info *info);
int rp_nl_request_job_state(struct sk_buff *skb, struct genl_info *info);
int rp_nl_dump_jobs_start(struct netlink_callback *cb);
int rp_nl_dump_jobs(struct sk_buff *skb, struct netlink_callback *cb);
int rp_nl_dump_jobs_done(struct netlink_callback *cb);

/* netlink_volume.c */
int rp_nl_get_volume(struct sk_buff *skb, struct genl_info *info);
int rp_nl_mark_changed(struct sk_buff *skb, struct genl_info *info);
int rp_nl_new_generation(struct sk_buff *skb, struct genl_info *info);
int rp_nl_dump_volumes_start(struct netlink_callback *cb);
int rp_nl_dump_volumes(struct sk_buff *skb, struct netlink_callback *cb);
int rp_nl_dump_volumes_done(struct netlink_callback *cb);

/* netlink_changes.c */
int rp_nl_get_changes(struct sk_buff *skb, struct genl_info *info);

/* --- shared helpers (netlink.c) --- */

/*
 * Before any handler: capability (S1), and each attribute once, save for those
 * that form a list. Called by genl.c.
 */
int rp_nl_check_do(struct sk_buff *skb, struct genl_info *info);
int rp_nl_check_dump(struct netlink_callback *cb);

/* -EINVAL and an extended ACK that names the attribute unless it is there. */
int rp_nl_require(struct genl_info *info, int attr);

/* Attributes; the policy has checked length and range. */
static inline void rp_nl_get_uuid(const struct nlattr *attr, uuid_t *uuid)
{
	memcpy(uuid, nla_data(attr), REFPOINT_UUID_LEN);
}

/* An id that the caller wants for something new. */
int rp_nl_get_new_id(struct genl_info *info, int attr, uuid_t *uuid);

static inline bool rp_nl_has(const struct genl_info *info, int attr)
{
	return info->attrs[attr];
}

/* String of an attribute, "" when it is absent. */
static inline const char *rp_nl_str(const struct genl_info *info, int attr)
{
	return info->attrs[attr] ? nla_data(info->attrs[attr]) : "";
}

/*
 * The UUIDs of a repeated attribute, in their order, into *@list (kvfree()).
 * -E2BIG with an extended ACK above REFPOINT_MEMBERS_MAX.
 */
int rp_nl_uuid_list(struct genl_info *info, int attr, uuid_t **list,
		    unsigned int *nr);

/*
 * The volume that VOLUME_ID or VOLUME_NAME names, referenced. Return: 0 and
 * *@vol; 0 and NULL with @res refusing (no such volume); -EINVAL with an
 * extended ACK (neither, or both).
 */
int rp_nl_volume(struct genl_info *info, struct rp_volume **vol,
		 struct rp_result *res);

int rp_nl_put_uuid(struct sk_buff *skb, int attr, const uuid_t *uuid);
static inline int rp_nl_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, REFPOINT_A_PAD);
}

/*
 * A reply to a method: same command, the result first. Return: NULL and *@hdr
 * untouched (-ENOMEM), or the message, to be added to and sent with
 * rp_nl_reply_send(), or freed with nlmsg_free(). @room: bytes for what will be
 * added beyond one page.
 */
struct sk_buff *rp_nl_reply_new(struct genl_info *info,
				const struct rp_result *res, size_t room,
				void **hdr);
int rp_nl_reply_send(struct sk_buff *msg, void *hdr, struct genl_info *info);
/* A reply of the result alone. */
int rp_nl_reply_result(struct genl_info *info, const struct rp_result *res);
/* The result's attributes; a DONE one is RETURN_VALUE alone. 0, -EMSGSIZE. */
int rp_nl_put_result(struct sk_buff *skb, const struct rp_result *res);

/*
 * Head of one message of a dump, with the consistency check of @generation
 * (S7; set cb->seq from it at the start of every call). NULL: no room.
 */
void *rp_nl_dump_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);

/* An attribute of a dump's request, NULL when it is absent. */
const struct nlattr *rp_nl_dump_attr(struct netlink_callback *cb, int attr);

extern struct genl_family rp_genl_family;

/*
 * Registered last and taken away first: once rp_netlink_exit() returns, no
 * handler runs and no event is sent.
 */
int rp_netlink_init(void);
void rp_netlink_exit(void);

#endif /* RP_NETLINK_H */
