// SPDX-License-Identifier: GPL-2.0-only
/*
 * record_list.c - walk a volume's records where the visitor may sleep
 */
#include <linux/sched.h>

#include "record_list.h"

struct id_list {
	u8 (*id)[16];
	unsigned int nr;
	unsigned int max;
};

static int collect_id(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct id_list *list = arg;

	if (list->nr == list->max)
		return -EAGAIN;	/* more than a moment ago */
	memcpy(list->id[list->nr++], id, 16);
	return 0;
}

static int collect_ids(struct rp_md *md, enum rp_record_type type,
		       struct id_list *list)
{
	int err;

	do {
		list->nr = 0;
		list->max = rp_md_nr_records(md, type) + 16;
		list->id = rp_calloc(list->max, sizeof(*list->id));
		if (!list->id)
			return -ENOMEM;
		err = rp_md_for_each_record(md, type, collect_id, list);
		if (err) {
			rp_free(list->id);
			list->id = NULL;
		}
	} while (err == -EAGAIN);
	return err;
}

int rp_record_walk(struct rp_md *md, enum rp_record_type type,
		   int (*fn)(const u8 id[16], const void *data, size_t len,
			     void *arg), void *arg)
{
	struct id_list list = { .id = NULL };
	unsigned int i;
	int err;

	err = collect_ids(md, type, &list);
	for (i = 0; !err && i < list.nr; i++) {
		void *data;
		size_t len;

		err = rp_md_get_record(md, type, list.id[i], &data, &len);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (err)
			break;
		err = fn(list.id[i], data, len, arg);
		rp_free(data);
		cond_resched();
	}
	rp_free(list.id);
	return err;
}
