// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reference points: create, list, get, destroy, remove associated data.
 */
#include "point.h"

struct refpoint_point {
	struct rp_object node;
	struct rp_uuid_field id;
	uint32_t type;
	uint32_t state;
	uint32_t reason;
	char *message;
	uint64_t time;
	char *owner;
	char *label;
	struct rp_uuid_field collection;
	char *collection_name;
	uint64_t version;
	uint32_t has_data;
	uint64_t job;
	uint32_t consistency;
	uint32_t require;
	uint32_t deadline_ms;
	struct rp_uuid_field cut_id;
	struct rp_blob tag;
	struct rp_blob vendor;
	struct rp_object *members;
};

static const struct rp_field settings_fields[] = {
	RP_FIELD(REFPOINT_SETTINGS_A_CONSISTENCY, RP_U8, refpoint_point,
		 consistency),
	RP_FIELD(REFPOINT_SETTINGS_A_REQUIRE, RP_U8, refpoint_point, require),
	RP_FIELD(REFPOINT_SETTINGS_A_DEADLINE_MS, RP_U32, refpoint_point,
		 deadline_ms),
	RP_FIELD(REFPOINT_SETTINGS_A_CUT_ID, RP_UUID, refpoint_point, cut_id),
	RP_FIELD(REFPOINT_SETTINGS_A_TAG, RP_BLOB, refpoint_point, tag),
	RP_FIELD(REFPOINT_SETTINGS_A_VENDOR, RP_BLOB, refpoint_point, vendor),
};

static const struct rp_kind settings_kind =
	RP_KIND(refpoint_point, settings_fields, 0);

static const struct rp_field point_fields[] = {
	RP_FIELD(REFPOINT_A_POINT_ID, RP_UUID, refpoint_point, id),
	RP_FIELD(REFPOINT_A_POINT_TYPE, RP_U16, refpoint_point, type),
	RP_FIELD(REFPOINT_A_STATE, RP_U32, refpoint_point, state),
	RP_FIELD(REFPOINT_A_REASON, RP_U32, refpoint_point, reason),
	RP_FIELD(REFPOINT_A_MESSAGE, RP_SENTENCE, refpoint_point, message),
	RP_FIELD(REFPOINT_A_TIME, RP_U64, refpoint_point, time),
	RP_FIELD(REFPOINT_A_OWNER, RP_STR, refpoint_point, owner),
	RP_FIELD(REFPOINT_A_LABEL, RP_STR, refpoint_point, label),
	RP_FIELD(REFPOINT_A_COLLECTION_ID, RP_UUID, refpoint_point, collection),
	RP_FIELD(REFPOINT_A_COLLECTION_NAME, RP_STR, refpoint_point,
		 collection_name),
	RP_FIELD(REFPOINT_A_VERSION, RP_U64, refpoint_point, version),
	RP_FIELD(REFPOINT_A_HAS_ASSOCIATED_DATA, RP_U8, refpoint_point,
		 has_data),
	RP_FIELD(REFPOINT_A_JOB_ID, RP_U64, refpoint_point, job),
	RP_FIELD_SUB(REFPOINT_A_SETTINGS, RP_NEST, refpoint_point, consistency,
		     &settings_kind),
	RP_FIELD_SUB(REFPOINT_A_MEMBER, RP_CHAIN, refpoint_point, members,
		     &rp_member_kind),
};

static const struct rp_kind point_kind =
	RP_KIND(refpoint_point, point_fields, REFPOINT_A_POINT_ID);

/* ---- verbs ------------------------------------------------------------------------ */

int refpoint_point_create(struct refpoint_ctx *ctx, const char *collection,
			  const struct refpoint_point_options *options,
			  struct refpoint_uuid *id, uint64_t *job,
			  struct refpoint_result *result)
{
	static const struct refpoint_point_options defaults = {
		.type = REFPOINT_TYPE_RCT,
	};
	struct rp_answer answer = { .job = 0 };
	struct nl_msg *msg;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!collection)
		return rp_result_fail(ctx, result,
				      rp_ctx_error(ctx, -EINVAL,
						   "no collection was named"));
	msg = rp_nl_msg(ctx, REFPOINT_CMD_CREATE_REFERENCE_POINT);
	if (!msg)
		return rp_result_fail(ctx, result, -ENOMEM);
	err = rp_put_collection(msg, collection);
	if (err)
		rp_result_fail(ctx, result, err);
	else
		err = rp_point_options_put(ctx, msg,
					   options ? options : &defaults,
					   result);
	if (err) {
		nlmsg_free(msg);
		return err < 0 ? err : 0;
	}
	err = rp_object_method(ctx, msg, &rp_answer_kind, &answer, result);
	if (!err && result->value == REFPOINT_RV_JOB_STARTED && !answer.job)
		err = rp_result_fail(ctx, result,
				     rp_ctx_error(ctx, -EPROTO,
						  "the kernel started a job without an id"));
	if (id)
		*id = answer.point.uuid;
	if (job)
		*job = answer.job;
	return err;
}

int refpoint_point_list(struct refpoint_ctx *ctx, const char *collection,
			const char *owner, struct refpoint_point **list,
			struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!list)
		return rp_result_fail(ctx, result, -EINVAL);
	*list = NULL;
	msg = rp_nl_msg(ctx, REFPOINT_CMD_GET_REFERENCE_POINT);
	if (!msg)
		return rp_result_fail(ctx, result, -ENOMEM);
	if (collection)
		err = rp_put_collection(msg, collection);
	if (!err && owner)
		err = rp_put_str(msg, REFPOINT_A_OWNER, owner);
	if (err) {
		nlmsg_free(msg);
		return rp_result_fail(ctx, result, err);
	}
	return rp_object_list(ctx, msg, &point_kind, (struct rp_object **)list,
			      result);
}

/* A request about one point; @err says why there is none. */
static struct nl_msg *point_msg(struct refpoint_ctx *ctx, uint8_t cmd,
				const struct refpoint_uuid *id,
				struct refpoint_result *result, int *err)
{
	struct nl_msg *msg;

	*err = rp_result_begin(ctx, result);
	if (*err)
		return NULL;
	msg = id ? rp_nl_msg(ctx, cmd) : NULL;
	if (!id)
		*err = -EINVAL;
	else
		*err = msg ? rp_put_uuid(msg, REFPOINT_A_POINT_ID, id) :
			     -ENOMEM;
	if (*err) {
		nlmsg_free(msg);
		rp_result_fail(ctx, result, *err);
		return NULL;
	}
	return msg;
}

int refpoint_point_get(struct refpoint_ctx *ctx,
		       const struct refpoint_uuid *id,
		       struct refpoint_point **found,
		       struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err;

	if (!found)
		return -EINVAL;
	*found = NULL;
	msg = point_msg(ctx, REFPOINT_CMD_GET_REFERENCE_POINT, id, result,
			&err);
	if (!msg)
		return err;
	return rp_object_get(ctx, msg, &point_kind,
			     (struct rp_object **)found, result);
}

/* Destroy and remove are the same request by another name. */
static int point_end(struct refpoint_ctx *ctx, uint8_t cmd,
		     const struct refpoint_uuid *id, const char *owner,
		     unsigned int flags, uint32_t wait_ms, uint64_t *job,
		     struct refpoint_result *result)
{
	struct rp_answer answer = { .job = 0 };
	struct nl_msg *msg;
	int err;

	msg = point_msg(ctx, cmd, id, result, &err);
	if (!msg)
		return err;
	if (flags & ~REFPOINT_FORCE)
		err = -EINVAL;
	if (!err && owner && owner[0])
		err = rp_put_str(msg, REFPOINT_A_OWNER, owner);
	if (!err && (flags & REFPOINT_FORCE) &&
	    nla_put_flag(msg, REFPOINT_A_FORCE))
		err = -EMSGSIZE;
	if (!err && wait_ms && nla_put_u32(msg, REFPOINT_A_WAIT_MS, wait_ms))
		err = -EMSGSIZE;
	if (err) {
		nlmsg_free(msg);
		return rp_result_fail(ctx, result, err);
	}
	err = rp_object_method(ctx, msg, &rp_answer_kind, &answer, result);
	if (job)
		*job = answer.job;
	return err;
}

int refpoint_point_destroy(struct refpoint_ctx *ctx,
			   const struct refpoint_uuid *id, const char *owner,
			   unsigned int flags, uint32_t wait_ms, uint64_t *job,
			   struct refpoint_result *result)
{
	return point_end(ctx, REFPOINT_CMD_DESTROY_REFERENCE_POINT, id, owner,
			 flags, wait_ms, job, result);
}

int refpoint_point_remove_associated_data(struct refpoint_ctx *ctx,
					  const struct refpoint_uuid *id,
					  const char *owner,
					  unsigned int flags, uint32_t wait_ms,
					  uint64_t *job,
					  struct refpoint_result *result)
{
	return point_end(ctx, REFPOINT_CMD_REMOVE_ASSOCIATED_DATA, id, owner,
			 flags, wait_ms, job, result);
}

void refpoint_point_free(struct refpoint_point *point)
{
	rp_object_free((struct rp_object *)point, &point_kind);
}

/* ---- accessors ---------------------------------------------------------------------- */

const struct refpoint_point *
refpoint_point_next(const struct refpoint_point *point)
{
	return (const struct refpoint_point *)point->node.next;
}

const struct refpoint_uuid *refpoint_point_id(const struct refpoint_point *point)
{
	return &point->id.uuid;
}

uint32_t refpoint_point_type(const struct refpoint_point *point)
{
	return point->type;
}

uint32_t refpoint_point_state(const struct refpoint_point *point)
{
	return point->state;
}

uint32_t refpoint_point_reason(const struct refpoint_point *point)
{
	return point->reason;
}

const char *refpoint_point_message(const struct refpoint_point *point)
{
	return rp_str(point->message);
}

uint64_t refpoint_point_time(const struct refpoint_point *point)
{
	return point->time;
}

const char *refpoint_point_owner(const struct refpoint_point *point)
{
	return rp_str(point->owner);
}

const char *refpoint_point_label(const struct refpoint_point *point)
{
	return rp_str(point->label);
}

const struct refpoint_uuid *
refpoint_point_collection(const struct refpoint_point *point)
{
	return rp_uuid(&point->collection);
}

const char *
refpoint_point_collection_name(const struct refpoint_point *point)
{
	return rp_str(point->collection_name);
}

uint64_t refpoint_point_version(const struct refpoint_point *point)
{
	return point->version;
}

bool refpoint_point_has_associated_data(const struct refpoint_point *point)
{
	return point->has_data;
}

uint64_t refpoint_point_job(const struct refpoint_point *point)
{
	return point->job;
}

uint32_t refpoint_point_consistency(const struct refpoint_point *point)
{
	return point->consistency;
}

bool refpoint_point_require(const struct refpoint_point *point)
{
	return point->require;
}

uint32_t refpoint_point_deadline(const struct refpoint_point *point)
{
	return point->deadline_ms;
}

const struct refpoint_uuid *
refpoint_point_cut_id(const struct refpoint_point *point)
{
	return rp_uuid(&point->cut_id);
}

const void *refpoint_point_tag(const struct refpoint_point *point, size_t *size)
{
	*size = point->tag.size;
	return point->tag.size ? point->tag.data : NULL;
}

const void *refpoint_point_vendor(const struct refpoint_point *point,
				  size_t *size)
{
	*size = point->vendor.size;
	return point->vendor.size ? point->vendor.data : NULL;
}

const struct refpoint_member *
refpoint_point_members(const struct refpoint_point *point)
{
	return (const struct refpoint_member *)point->members;
}
