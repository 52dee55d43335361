// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How a reference point is to be made: a builder, so that settings can be
 * added without breaking those who were compiled before.
 *
 * Numbers are not judged here: what the kernel serves is the kernel's say, and
 * its refusal is an answer with a return value. Only what would not fit on the
 * wire is refused.
 */
#include "point.h"

struct refpoint_point_options *refpoint_point_options_new(void)
{
	struct refpoint_point_options *o = calloc(1, sizeof(*o));

	if (o)
		o->type = REFPOINT_TYPE_RCT;
	return o;
}

static void strings_free(struct rp_strings *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free(s->list[i]);
	free(s->list);
}

void refpoint_point_options_free(struct refpoint_point_options *options)
{
	if (!options)
		return;
	strings_free(&options->only);
	strings_free(&options->except);
	free(options->tag.data);
	free(options->vendor.data);
	free(options->owner);
	free(options->label);
	free(options);
}

void refpoint_point_options_set_type(struct refpoint_point_options *options,
				     uint16_t type)
{
	options->type = type;
}

void refpoint_point_options_set_id(struct refpoint_point_options *options,
				   const struct refpoint_uuid *id)
{
	options->id.set = true;
	options->id.uuid = *id;
}

void
refpoint_point_options_set_consistency(struct refpoint_point_options *options,
				       uint8_t level, bool require)
{
	options->consistency = level;
	options->require = require;
}

void refpoint_point_options_set_deadline(struct refpoint_point_options *options,
					 uint32_t ms)
{
	options->deadline_ms = ms;
}

void refpoint_point_options_set_cut_id(struct refpoint_point_options *options,
				       const struct refpoint_uuid *cut_id)
{
	options->cut_id.set = true;
	options->cut_id.uuid = *cut_id;
}

static int blob_set(struct rp_blob *blob, const void *data, size_t size,
		    size_t max)
{
	void *copy;

	if (size > max || (size && !data))
		return -EINVAL;
	copy = malloc(size ? size : 1);
	if (!copy)
		return -ENOMEM;
	if (size)
		memcpy(copy, data, size);
	free(blob->data);
	blob->data = copy;
	blob->size = size;
	return 0;
}

int refpoint_point_options_set_tag(struct refpoint_point_options *options,
				   const void *tag, size_t size)
{
	return blob_set(&options->tag, tag, size, REFPOINT_TAG_MAX);
}

int refpoint_point_options_set_vendor(struct refpoint_point_options *options,
				      const void *data, size_t size)
{
	return blob_set(&options->vendor, data, size, REFPOINT_VENDOR_MAX);
}

static int strings_add(struct rp_strings *s, const char *text)
{
	char **list;
	char *copy;

	if (!text || s->count >= REFPOINT_MEMBERS_MAX)
		return -EINVAL;
	list = realloc(s->list, (s->count + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	s->list = list;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	list[s->count++] = copy;
	return 0;
}

int refpoint_point_options_add_only(struct refpoint_point_options *options,
				    const char *volume)
{
	return strings_add(&options->only, volume);
}

int refpoint_point_options_add_except(struct refpoint_point_options *options,
				      const char *volume)
{
	return strings_add(&options->except, volume);
}

static int string_set(char **field, const char *text, size_t max)
{
	char *copy = NULL;

	if (text) {
		if (strlen(text) > max)
			return -EINVAL;
		copy = strdup(text);
		if (!copy)
			return -ENOMEM;
	}
	free(*field);
	*field = copy;
	return 0;
}

int refpoint_point_options_set_owner(struct refpoint_point_options *options,
				     const char *owner)
{
	return string_set(&options->owner, owner, REFPOINT_OWNER_MAX);
}

int refpoint_point_options_set_label(struct refpoint_point_options *options,
				     const char *label)
{
	return string_set(&options->label, label, REFPOINT_LABEL_MAX);
}

void refpoint_point_options_set_wait(struct refpoint_point_options *options,
				     uint32_t ms)
{
	options->wait_ms = ms;
}

/* ---- onto the wire -------------------------------------------------------------- */

static int put_settings(struct nl_msg *msg,
			const struct refpoint_point_options *o)
{
	struct nlattr *nest;
	int err = 0;

	/* Nothing asked: no nest, the kernel has its own defaults. */
	if (!o->consistency && !o->require && !o->deadline_ms &&
	    !o->cut_id.set && !o->tag.size && !o->vendor.size)
		return 0;
	nest = nla_nest_start(msg, REFPOINT_A_SETTINGS | NLA_F_NESTED);
	if (!nest)
		return -EMSGSIZE;
	if (o->consistency)
		err |= nla_put_u8(msg, REFPOINT_SETTINGS_A_CONSISTENCY,
				  o->consistency);
	if (o->require)
		err |= nla_put_u8(msg, REFPOINT_SETTINGS_A_REQUIRE, 1);
	if (o->deadline_ms)
		err |= nla_put_u32(msg, REFPOINT_SETTINGS_A_DEADLINE_MS,
				   o->deadline_ms);
	if (o->cut_id.set)
		err |= rp_put_uuid(msg, REFPOINT_SETTINGS_A_CUT_ID,
				   &o->cut_id.uuid);
	if (o->tag.size)
		err |= nla_put(msg, REFPOINT_SETTINGS_A_TAG, o->tag.size,
			       o->tag.data);
	if (o->vendor.size)
		err |= nla_put(msg, REFPOINT_SETTINGS_A_VENDOR, o->vendor.size,
			       o->vendor.data);
	nla_nest_end(msg, nest);
	return err ? -EMSGSIZE : 0;
}

/**
 * rp_point_options_put - options into a request
 * @ctx: context, to resolve the names of volumes
 * @msg: request
 * @o: options
 * @result: begun by the caller
 *
 * Return: 0, 1 when a volume is unknown (see @result), -errno.
 */
int rp_point_options_put(struct refpoint_ctx *ctx, struct nl_msg *msg,
			 const struct refpoint_point_options *o,
			 struct refpoint_result *result)
{
	int err;

	err = nla_put_u16(msg, REFPOINT_A_POINT_TYPE, o->type);
	err |= put_settings(msg, o);
	if (o->id.set)
		err |= rp_put_uuid(msg, REFPOINT_A_POINT_ID, &o->id.uuid);
	if (o->owner && o->owner[0])
		err |= rp_put_str(msg, REFPOINT_A_OWNER, o->owner);
	if (o->label && o->label[0])
		err |= rp_put_str(msg, REFPOINT_A_LABEL, o->label);
	if (o->wait_ms)
		err |= nla_put_u32(msg, REFPOINT_A_WAIT_MS, o->wait_ms);
	if (err)
		return rp_result_fail(ctx, result, -EMSGSIZE);
	err = rp_volume_put_list(ctx, msg, REFPOINT_A_ONLY_VOLUME,
				 (const char *const *)o->only.list,
				 o->only.count, result);
	if (err)
		return err;
	return rp_volume_put_list(ctx, msg, REFPOINT_A_EXCEPT_VOLUME,
				  (const char *const *)o->except.list,
				  o->except.count, result);
}
