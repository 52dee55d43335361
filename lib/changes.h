/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the two files about changes share.
 */
#ifndef _REFPOINT_CHANGES_H
#define _REFPOINT_CHANGES_H

#include "priv.h"

/* Where an interval begins or ends. */
enum rp_end_type {
	RP_END_NONE,		/* "from": not said yet; "to": now */
	RP_END_ALL,
	RP_END_POINT,
	RP_END_HANDLE,
};

struct rp_end {
	enum rp_end_type type;
	struct refpoint_uuid point;
	char handle[REFPOINT_HANDLE_MAX + 1];
};

struct refpoint_changes_options {
	struct rp_end from;
	struct rp_end to;
	uint64_t start;
	uint64_t length;		/* 0: to the end */
	uint64_t granularity;
	uint64_t merge_gap;
	uint32_t page;
	bool allow_unknown;
};

int rp_changes_options_put(struct nl_msg *msg,
			   const struct refpoint_changes_options *o,
			   uint64_t start);

#endif /* _REFPOINT_CHANGES_H */
