// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is asked of GetChanges: a builder, and its way onto the wire.
 */
#include "changes.h"

/* One page: what an attribute of 64 KiB can hold, and still a short request. */
#define PAGE_EXTENTS	2048

struct refpoint_changes_options *refpoint_changes_options_new(void)
{
	return calloc(1, sizeof(struct refpoint_changes_options));
}

void refpoint_changes_options_free(struct refpoint_changes_options *options)
{
	free(options);
}

static void end_point(struct rp_end *end, const struct refpoint_uuid *point)
{
	end->type = RP_END_POINT;
	end->point = *point;
}

static int end_handle(struct rp_end *end, const char *handle)
{
	size_t len = handle ? strlen(handle) : 0;

	if (!len || len > REFPOINT_HANDLE_MAX)
		return -EINVAL;
	end->type = RP_END_HANDLE;
	memcpy(end->handle, handle, len + 1);
	return 0;
}

void refpoint_changes_options_set_from_point(
		struct refpoint_changes_options *options,
		const struct refpoint_uuid *point)
{
	end_point(&options->from, point);
}

int refpoint_changes_options_set_from_handle(
		struct refpoint_changes_options *options, const char *handle)
{
	return end_handle(&options->from, handle);
}

void refpoint_changes_options_set_from_all(
		struct refpoint_changes_options *options)
{
	options->from.type = RP_END_ALL;
}

void refpoint_changes_options_set_to_point(
		struct refpoint_changes_options *options,
		const struct refpoint_uuid *point)
{
	end_point(&options->to, point);
}

int refpoint_changes_options_set_to_handle(
		struct refpoint_changes_options *options, const char *handle)
{
	return end_handle(&options->to, handle);
}

void refpoint_changes_options_set_range(
		struct refpoint_changes_options *options, uint64_t start,
		uint64_t length)
{
	options->start = start;
	options->length = length;
}

void refpoint_changes_options_set_granularity(
		struct refpoint_changes_options *options, uint64_t bytes)
{
	options->granularity = bytes;
}

void refpoint_changes_options_set_merge_gap(
		struct refpoint_changes_options *options, uint64_t bytes)
{
	options->merge_gap = bytes;
}

void refpoint_changes_options_set_allow_unknown(
		struct refpoint_changes_options *options, bool allow)
{
	options->allow_unknown = allow;
}

void refpoint_changes_options_set_page(
		struct refpoint_changes_options *options, uint32_t extents)
{
	options->page = extents;
}

/**
 * rp_changes_options_put - one page's request
 * @msg: request
 * @o: options
 * @start: first byte of the page, not before @o->start
 *
 * Return: 0 or -EMSGSIZE.
 */
int rp_changes_options_put(struct nl_msg *msg,
			   const struct refpoint_changes_options *o,
			   uint64_t start)
{
	int err = 0;

	switch (o->from.type) {
	case RP_END_POINT:
		err |= rp_put_uuid(msg, REFPOINT_A_FROM_POINT, &o->from.point);
		break;
	case RP_END_HANDLE:
		err |= rp_put_str(msg, REFPOINT_A_FROM_HANDLE, o->from.handle);
		break;
	case RP_END_ALL:
		err |= nla_put_flag(msg, REFPOINT_A_FROM_ALL);
		break;
	case RP_END_NONE:
		break;
	}
	if (o->to.type == RP_END_POINT)
		err |= rp_put_uuid(msg, REFPOINT_A_TO_POINT, &o->to.point);
	else if (o->to.type == RP_END_HANDLE)
		err |= rp_put_str(msg, REFPOINT_A_TO_HANDLE, o->to.handle);

	err |= nla_put_u64(msg, REFPOINT_A_START, start);
	if (o->length)
		err |= nla_put_u64(msg, REFPOINT_A_LENGTH,
				   o->length - (start - o->start));
	if (o->granularity)
		err |= nla_put_u64(msg, REFPOINT_A_GRANULARITY, o->granularity);
	err |= nla_put_u32(msg, REFPOINT_A_MAX_EXTENTS,
			   o->page ? o->page : PAGE_EXTENTS);
	if (o->allow_unknown)
		err |= nla_put_flag(msg, REFPOINT_A_ALLOW_UNKNOWN);
	return err ? -EMSGSIZE : 0;
}
