// SPDX-License-Identifier: GPL-2.0-only
/*
 * flush.c - what a flush says when others beside it fail
 */
#include "flush.h"

void rp_flushes_init(struct rp_flushes *fs)
{
	INIT_LIST_HEAD(&fs->pending);
	fs->nr_begun = 0;
	fs->nr_failed = 0;
}

void rp_flush_begin(struct rp_flushes *fs, struct rp_flush *f, u64 since)
{
	f->nr = ++fs->nr_begun;
	f->since = since;
	f->ended = false;
	f->failed = false;
	list_add_tail(&f->node, &fs->pending);
}

/* The first that is on its way; beyond all of them if there is none. */
static u64 first_on_its_way(const struct rp_flushes *fs)
{
	struct rp_flush *f;

	list_for_each_entry(f, &fs->pending, node)
		if (!f->ended)
			return f->nr;
	return fs->nr_begun + 1;
}

void rp_flush_end(struct rp_flushes *fs, struct rp_flush *f, bool failed,
		  struct list_head *settled)
{
	struct rp_flush *tmp;
	u64 first;

	f->ended = true;
	f->until = fs->nr_begun;
	if (failed)
		fs->nr_failed++;
	first = first_on_its_way(fs);
	list_for_each_entry_safe(f, tmp, &fs->pending, node) {
		if (!f->ended)
			continue;
		if (!RP_PLANT(failed_flush_is_its_own))
			f->failed = fs->nr_failed != f->since;
		/* One of those that it waits for may have dropped what it is for. */
		if (!f->failed && first <= f->until &&
		    !RP_PLANT(flush_does_not_wait))
			continue;
		list_del(&f->node);
		list_add_tail(&f->node, settled);
	}
}
