// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What every noun does: list, get, call a method. The nouns supply the request
 * and the table of their attributes.
 */
#include "priv.h"

static const struct rp_field result_fields[] = {
	RP_FIELD(REFPOINT_A_RETURN_VALUE, RP_U32, refpoint_result, value),
	RP_FIELD(REFPOINT_A_REASON, RP_U32, refpoint_result, reason),
	RP_FIELD(REFPOINT_A_REASON_VOLUME, RP_UUID, refpoint_result, volume),
	RP_FIELD(REFPOINT_A_MESSAGE, RP_SENTENCE, refpoint_result, message),
};

const struct rp_kind rp_result_kind =
	RP_KIND(refpoint_result, result_fields, 0);

static const struct rp_field answer_fields[] = {
	RP_FIELD(REFPOINT_A_POINT_ID, RP_UUID, rp_answer, point),
	RP_FIELD(REFPOINT_A_COLLECTION_ID, RP_UUID, rp_answer, collection),
	RP_FIELD(REFPOINT_A_GENERATION, RP_UUID, rp_answer, generation),
	RP_FIELD(REFPOINT_A_JOB_ID, RP_U64, rp_answer, job),
};

const struct rp_kind rp_answer_kind = RP_KIND(rp_answer, answer_fields, 0);

static const struct rp_field member_fields[] = {
	RP_FIELD(REFPOINT_MEMBER_A_VOLUME_ID, RP_UUID, refpoint_member, volume),
	RP_FIELD(REFPOINT_MEMBER_A_VOLUME_NAME, RP_DM_NAME, refpoint_member,
		 name),
	RP_FIELD(REFPOINT_MEMBER_A_HANDLE, RP_STR, refpoint_member, handle),
	RP_FIELD(REFPOINT_MEMBER_A_STATE, RP_U32, refpoint_member, state),
	RP_FIELD(REFPOINT_MEMBER_A_CONSISTENCY, RP_U8, refpoint_member,
		 consistency),
};

const struct rp_kind rp_member_kind = RP_KIND(refpoint_member, member_fields, 0);

void rp_object_free(struct rp_object *obj, const struct rp_kind *kind)
{
	struct rp_object *next;

	for (; obj; obj = next) {
		next = obj->next;
		rp_attr_release(obj, kind);
		free(obj);
	}
}

/* ---- methods ---------------------------------------------------------------- */

struct method {
	const struct rp_kind *kind;
	void *obj;
	struct refpoint_result *result;
	bool replied;
};

static int method_reply(const struct nlattr *head, int len, void *data)
{
	struct method *m = data;
	int err;

	m->replied = true;
	err = rp_attr_fill(m->result, &rp_result_kind, head, len);
	if (!err && m->kind)
		err = rp_attr_fill(m->obj, m->kind, head, len);
	return err;
}

/**
 * rp_object_method - call a method
 * @ctx: context
 * @msg: request, freed here; NULL is taken as -ENOMEM
 * @kind: how to read the rest of the reply; NULL: there is no interest in it
 * @obj: what @kind describes; the caller's to release, whatever is returned
 * @result: gets the result; the caller has begun it
 *
 * Return: 0 when the kernel answered, well or not; -errno.
 */
int rp_object_method(struct refpoint_ctx *ctx, struct nl_msg *msg,
		     const struct rp_kind *kind, void *obj,
		     struct refpoint_result *result)
{
	struct method m = { .kind = kind, .obj = obj, .result = result };
	int err;

	err = rp_nl_do(ctx, msg, method_reply, &m);
	if (!err && (!m.replied || result->value == RP_VALUE_NONE))
		err = rp_ctx_error(ctx, -EPROTO,
				   "the kernel acknowledged without an answer");
	return rp_result_fail(ctx, result, err);
}

int rp_object_get(struct refpoint_ctx *ctx, struct nl_msg *msg,
		  const struct rp_kind *kind, struct rp_object **found,
		  struct refpoint_result *result)
{
	struct rp_object *obj = calloc(1, kind->size);
	int err;

	if (!obj) {
		nlmsg_free(msg);
		return rp_result_fail(ctx, result, -ENOMEM);
	}
	err = rp_object_method(ctx, msg, kind, obj, result);
	if (err || !refpoint_result_ok(result)) {
		rp_object_free(obj, kind);
		return err;
	}
	*found = obj;
	return 0;
}

/* ---- listings ---------------------------------------------------------------- */

struct listing {
	const struct rp_kind *kind;
	struct rp_object *head;
	struct rp_object *last;
	unsigned char last_id[REFPOINT_UUID_LEN];
	int last_id_len;
	struct refpoint_result *result;
};

static void listing_reset(void *data)
{
	struct listing *l = data;

	rp_object_free(l->head, l->kind);
	l->head = NULL;
	l->last = NULL;
	rp_result_set(l->result, RP_VALUE_NONE, 0, NULL, NULL);
}

/* One object, or more of the last one: a message has room for so many members. */
static int listing_reply(const struct nlattr *head, int len, void *data)
{
	struct listing *l = data;
	const struct nlattr *id;
	struct rp_object *obj;
	int err;

	id = rp_attr_find(head, len, l->kind->id);
	if (!id)
		/* No object: the filter of the listing was refused. */
		return rp_attr_fill(l->result, &rp_result_kind, head, len);
	if (nla_len(id) <= 0 || nla_len(id) > (int)sizeof(l->last_id))
		return -EPROTO;
	if (l->last && l->last_id_len == nla_len(id) &&
	    !memcmp(l->last_id, nla_data(id), l->last_id_len))
		return rp_attr_fill(l->last, l->kind, head, len);

	obj = calloc(1, l->kind->size);
	if (!obj)
		return -ENOMEM;
	err = rp_attr_fill(obj, l->kind, head, len);
	if (err) {
		rp_object_free(obj, l->kind);
		return err;
	}
	if (l->last)
		l->last->next = obj;
	else
		l->head = obj;
	l->last = obj;
	l->last_id_len = nla_len(id);
	memcpy(l->last_id, nla_data(id), l->last_id_len);
	return 0;
}

/**
 * rp_object_list - list all objects of a kind
 * @ctx: context
 * @msg: request, freed here; NULL is taken as -ENOMEM
 * @kind: how to read them
 * @list: the chain, NULL when it is empty or there was an error
 * @result: gets the result; the caller has begun it
 *
 * Return: 0 when the list is complete or the filter was refused; -errno.
 */
int rp_object_list(struct refpoint_ctx *ctx, struct nl_msg *msg,
		   const struct rp_kind *kind, struct rp_object **list,
		   struct refpoint_result *result)
{
	struct listing l = { .kind = kind, .result = result };
	int err;

	err = rp_nl_dump(ctx, msg, listing_reply, listing_reset, &l);
	if (!err && result->value == RP_VALUE_NONE)
		rp_result_set(result, REFPOINT_RV_DONE, 0, NULL, NULL);
	if (err || !refpoint_result_ok(result)) {
		rp_object_free(l.head, kind);
		l.head = NULL;
	}
	*list = l.head;
	return rp_result_fail(ctx, result, err);
}
