// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Collections: list, get, create, destroy, rename, members; and the members
 * themselves, which points have too.
 */
#include "priv.h"

struct refpoint_collection {
	struct rp_object node;
	struct rp_uuid_field id;
	char *name;
	uint32_t state;
	uint64_t version;
	struct rp_object *members;
};

static const struct rp_field collection_fields[] = {
	RP_FIELD(REFPOINT_A_COLLECTION_ID, RP_UUID, refpoint_collection, id),
	RP_FIELD(REFPOINT_A_COLLECTION_NAME, RP_STR, refpoint_collection, name),
	RP_FIELD(REFPOINT_A_STATE, RP_U32, refpoint_collection, state),
	RP_FIELD(REFPOINT_A_VERSION, RP_U64, refpoint_collection, version),
	RP_FIELD_SUB(REFPOINT_A_MEMBER, RP_CHAIN, refpoint_collection, members,
		     &rp_member_kind),
};

static const struct rp_kind collection_kind =
	RP_KIND(refpoint_collection, collection_fields,
		REFPOINT_A_COLLECTION_ID);

int refpoint_collection_list(struct refpoint_ctx *ctx,
			     struct refpoint_collection **list,
			     struct refpoint_result *result)
{
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!list)
		return rp_result_fail(ctx, result, -EINVAL);
	return rp_object_list(ctx, rp_nl_msg(ctx, REFPOINT_CMD_GET_COLLECTION),
			      &collection_kind, (struct rp_object **)list,
			      result);
}

/* A request about one collection; @err says why there is none. */
static struct nl_msg *collection_msg(struct refpoint_ctx *ctx, uint8_t cmd,
				     const char *collection,
				     struct refpoint_result *result, int *err)
{
	struct nl_msg *msg;

	*err = rp_result_begin(ctx, result);
	if (*err)
		return NULL;
	if (!collection) {
		*err = rp_result_fail(ctx, result,
				      rp_ctx_error(ctx, -EINVAL,
						   "no collection was named"));
		return NULL;
	}
	msg = rp_nl_msg(ctx, cmd);
	*err = msg ? rp_put_collection(msg, collection) : -ENOMEM;
	if (*err) {
		nlmsg_free(msg);
		rp_result_fail(ctx, result, *err);
		return NULL;
	}
	return msg;
}

int refpoint_collection_get(struct refpoint_ctx *ctx, const char *collection,
			    struct refpoint_collection **found,
			    struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err;

	if (!found)
		return -EINVAL;
	*found = NULL;
	msg = collection_msg(ctx, REFPOINT_CMD_GET_COLLECTION, collection,
			     result, &err);
	if (!msg)
		return err;
	return rp_object_get(ctx, msg, &collection_kind,
			     (struct rp_object **)found, result);
}

int refpoint_collection_create(struct refpoint_ctx *ctx, const char *name,
			       const struct refpoint_uuid *want_id,
			       const char *const *volumes, size_t count,
			       struct refpoint_uuid *id,
			       struct refpoint_result *result)
{
	struct rp_answer answer = { .job = 0 };
	struct nl_msg *msg;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!name || (count && !volumes) || count > REFPOINT_MEMBERS_MAX)
		return rp_result_fail(ctx, result, -EINVAL);
	msg = rp_nl_msg(ctx, REFPOINT_CMD_DEFINE_COLLECTION);
	if (!msg)
		return rp_result_fail(ctx, result, -ENOMEM);
	/* The name as it is, even one that reads as a UUID: the kernel's say. */
	err = rp_put_str(msg, REFPOINT_A_COLLECTION_NAME, name);
	if (!err && want_id)
		err = rp_put_uuid(msg, REFPOINT_A_COLLECTION_ID, want_id);
	if (err)
		rp_result_fail(ctx, result, err);
	else
		err = rp_volume_put_list(ctx, msg, REFPOINT_A_VOLUME_ID,
					 volumes, count, result);
	if (err) {
		nlmsg_free(msg);
		return err < 0 ? err : 0;
	}
	err = rp_object_method(ctx, msg, &rp_answer_kind, &answer, result);
	if (id)
		*id = answer.collection.uuid;
	return err;
}

int refpoint_collection_destroy(struct refpoint_ctx *ctx,
				const char *collection,
				struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err;

	msg = collection_msg(ctx, REFPOINT_CMD_DESTROY_COLLECTION, collection,
			     result, &err);
	if (!msg)
		return err;
	return rp_object_method(ctx, msg, NULL, NULL, result);
}

int refpoint_collection_rename(struct refpoint_ctx *ctx,
			       const char *collection, const char *name,
			       struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err;

	msg = collection_msg(ctx, REFPOINT_CMD_RENAME_COLLECTION, collection,
			     result, &err);
	if (!msg)
		return err;
	err = name ? rp_put_str(msg, REFPOINT_A_NEW_NAME, name) : -EINVAL;
	if (err) {
		nlmsg_free(msg);
		return rp_result_fail(ctx, result, err);
	}
	return rp_object_method(ctx, msg, NULL, NULL, result);
}

static int collection_members(struct refpoint_ctx *ctx, uint8_t cmd,
			      const char *collection,
			      const char *const *volumes, size_t count,
			      struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err;

	msg = collection_msg(ctx, cmd, collection, result, &err);
	if (!msg)
		return err;
	if (!volumes || !count || count > REFPOINT_MEMBERS_MAX)
		err = rp_result_fail(ctx, result, -EINVAL);
	else
		err = rp_volume_put_list(ctx, msg, REFPOINT_A_VOLUME_ID,
					 volumes, count, result);
	if (err) {
		nlmsg_free(msg);
		return err < 0 ? err : 0;
	}
	return rp_object_method(ctx, msg, NULL, NULL, result);
}

int refpoint_collection_add_member(struct refpoint_ctx *ctx,
				   const char *collection,
				   const char *const *volumes, size_t count,
				   struct refpoint_result *result)
{
	return collection_members(ctx, REFPOINT_CMD_ADD_MEMBER, collection,
				  volumes, count, result);
}

int refpoint_collection_remove_member(struct refpoint_ctx *ctx,
				      const char *collection,
				      const char *const *volumes, size_t count,
				      struct refpoint_result *result)
{
	return collection_members(ctx, REFPOINT_CMD_REMOVE_MEMBER, collection,
				  volumes, count, result);
}

void refpoint_collection_free(struct refpoint_collection *collection)
{
	rp_object_free((struct rp_object *)collection, &collection_kind);
}

/* ---- accessors ------------------------------------------------------------------ */

const struct refpoint_collection *
refpoint_collection_next(const struct refpoint_collection *collection)
{
	return (const struct refpoint_collection *)collection->node.next;
}

const struct refpoint_uuid *
refpoint_collection_id(const struct refpoint_collection *collection)
{
	return &collection->id.uuid;
}

const char *
refpoint_collection_name(const struct refpoint_collection *collection)
{
	return rp_str(collection->name);
}

uint32_t
refpoint_collection_state(const struct refpoint_collection *collection)
{
	return collection->state;
}

uint64_t
refpoint_collection_version(const struct refpoint_collection *collection)
{
	return collection->version;
}

const struct refpoint_member *
refpoint_collection_members(const struct refpoint_collection *collection)
{
	return (const struct refpoint_member *)collection->members;
}

const struct refpoint_member *
refpoint_member_next(const struct refpoint_member *member)
{
	return (const struct refpoint_member *)member->node.next;
}

const struct refpoint_uuid *
refpoint_member_volume(const struct refpoint_member *member)
{
	return &member->volume.uuid;
}

const char *refpoint_member_name(const struct refpoint_member *member)
{
	return rp_str(member->name);
}

const char *refpoint_member_handle(const struct refpoint_member *member)
{
	return rp_str(member->handle);
}

uint32_t refpoint_member_state(const struct refpoint_member *member)
{
	return member->state;
}

uint32_t refpoint_member_consistency(const struct refpoint_member *member)
{
	return member->consistency;
}
