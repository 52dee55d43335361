/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two files about points share.
 */
#ifndef _REFPOINT_POINT_H
#define _REFPOINT_POINT_H

#include "priv.h"

/* A growing list of copied strings. */
struct rp_strings {
	char **list;
	size_t count;
};

struct refpoint_point_options {
	uint16_t type;
	uint8_t consistency;
	bool require;
	uint32_t deadline_ms;
	uint32_t wait_ms;
	struct rp_uuid_field id;
	struct rp_uuid_field cut_id;
	struct rp_blob tag;
	struct rp_blob vendor;
	struct rp_strings only;
	struct rp_strings except;
	char *owner;
	char *label;
};

int rp_point_options_put(struct refpoint_ctx *ctx, struct nl_msg *msg,
			 const struct refpoint_point_options *o,
			 struct refpoint_result *result);

#endif /* _REFPOINT_POINT_H */
