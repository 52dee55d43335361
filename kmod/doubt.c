// SPDX-License-Identifier: GPL-2.0-only
/*
 * doubt.c - what is known to be wrong in a volume's history and has no record yet
 *
 * Queries see it as a gap before anything is tried to make it durable (I1, I10);
 * whether that succeeds, fails or takes an hour is all one to them.
 */
#include <linux/slab.h>

#include "doubt.h"
#include "gap.h"

int rp_doubt_init(struct rp_volume *vol)
{
	unsigned int i;

	vol->doubts = kcalloc(RP_DOUBTERS, sizeof(*vol->doubts), GFP_KERNEL);
	if (!vol->doubts)
		return -ENOMEM;
	for (i = 0; i < RP_DOUBTERS; i++) {
		struct rp_volume_gap *g = &vol->doubts[i];

		INIT_LIST_HEAD(&g->node);
		g->fixed = true;
		/* Not to be told to anybody: who told us does so again. */
		g->durable = true;
	}
	return 0;
}

void rp_doubt_exit(struct rp_volume *vol)
{
	kfree(vol->doubts);
	vol->doubts = NULL;
}

void rp_doubt_set(struct rp_volume *vol, enum rp_doubter who, rp_seq_t first,
		  rp_seq_t last, u32 reason, const char *text)
{
	struct rp_volume_gap *g = &vol->doubts[who];
	u64 reach = rp_gap_reach(vol, first, last);

	spin_lock(&vol->lock);
	if (list_empty(&g->node)) {
		/* No word's: a word is heard when there is a gap with its id. */
		generate_random_uuid(g->gap.id);
		g->gap.time = rp_time_now();
		list_add_tail(&g->node, &vol->gaps);
		vol->nr_gaps++;
	}
	g->gap.start = 0;
	g->gap.length = reach;
	g->gap.seq = first;
	g->last = last;
	g->gap.reason = reason;
	strscpy(g->gap.text, text, sizeof(g->gap.text));
	spin_unlock(&vol->lock);
}

void rp_doubt_history(struct rp_volume *vol, enum rp_doubter who, const char *why)
{
	rp_doubt_set(vol, who, rp_seq(0), rp_seq(U64_MAX), REFPOINT_GAP_STALE, why);
}

void rp_doubt_clear(struct rp_volume *vol, enum rp_doubter who)
{
	struct rp_volume_gap *g = &vol->doubts[who];

	spin_lock(&vol->lock);
	if (!list_empty(&g->node)) {
		list_del_init(&g->node);
		vol->nr_gaps--;
	}
	spin_unlock(&vol->lock);
}

void rp_doubt_clear_all(struct rp_volume *vol)
{
	unsigned int i;

	for (i = 0; i < RP_DOUBTERS; i++)
		rp_doubt_clear(vol, i);
}
