/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record_list.h - walk a volume's records where the visitor may sleep
 */
#ifndef RP_RECORD_LIST_H
#define RP_RECORD_LIST_H

#include <linux/types.h>

#include "core/metadata.h"

/*
 * Call @fn with a copy of each record of @type. rp_md_for_each_record() holds
 * the metadata's short lock; this one holds nothing, so @fn may allocate and
 * take mutexes. A record that goes meanwhile is left out. Return: 0, what @fn
 * returned if not 0, -ENOMEM.
 */
int rp_record_walk(struct rp_md *md, enum rp_record_type type,
		   int (*fn)(const u8 id[16], const void *data, size_t len,
			     void *arg), void *arg);

#endif /* RP_RECORD_LIST_H */
