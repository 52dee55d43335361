// SPDX-License-Identifier: GPL-2.0-only
/*
 * changes_gap.c - what was not tracked between two boundaries
 */
#include <linux/slab.h>

#include "changes_work.h"

#define RP_CHANGES_GAPS_MAX	4096U

static int rp_changes_copy_gaps(struct rp_changes *c, struct rp_gap **gaps,
				unsigned int *nr)
{
	rp_seq_t to = c->now ? rp_seq(U64_MAX) : c->lease->to;
	unsigned int max;

	for (max = 32; max <= RP_CHANGES_GAPS_MAX; max *= 4) {
		*gaps = kvcalloc(max, sizeof(**gaps), GFP_KERNEL);
		if (!*gaps)
			return -ENOMEM;
		*nr = rp_volume_gaps(c->vol, c->lease->from, to, *gaps, max);
		if (*nr < max)
			return 0;
		kvfree(*gaps);
	}
	/* Too many to tell apart: all of the volume is one. */
	*gaps = kvcalloc(1, sizeof(**gaps), GFP_KERNEL);
	if (!*gaps)
		return -ENOMEM;
	(*gaps)->length = U64_MAX;
	*nr = 1;
	return 0;
}

/* A gap inside what is asked for is a refusal, unless the caller can take it. */
static int rp_changes_check_gaps(struct rp_changes *c, const struct rp_gap *gaps,
				 unsigned int nr)
{
	u64 unit = 1ULL << c->unit_shift;
	u64 from = round_down(c->req->start, unit);
	u64 to = c->end ? ((c->end - 1) | (unit - 1)) + 1 : 0;
	unsigned int i;

	if (c->all || c->req->allow_unknown)
		return 0;
	for (i = 0; i < nr; i++) {
		u64 end = gaps[i].start + gaps[i].length;

		if (gaps[i].start >= to || end <= from || !gaps[i].length)
			continue;
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_GAP,
					 "%llu bytes from %llu on were not tracked for a while%s%s",
					 gaps[i].length, gaps[i].start,
					 gaps[i].text[0] ? ": " : "",
					 gaps[i].text);
	}
	return 0;
}

int rp_changes_read_gaps(struct rp_changes *c, bool *grown)
{
	struct rp_range *ranges;
	struct rp_gap *gaps;
	unsigned int i, nr;
	int err;

	err = rp_changes_copy_gaps(c, &gaps, &nr);
	if (err)
		return err;
	err = rp_changes_check_gaps(c, gaps, nr);
	ranges = err ? NULL : kvcalloc(nr + 1, sizeof(*ranges), GFP_KERNEL);
	if (!ranges) {
		kvfree(gaps);
		return err ? err : -ENOMEM;
	}
	for (i = 0; i < nr; i++) {
		ranges[i].start = gaps[i].start;
		ranges[i].end = gaps[i].start + gaps[i].length;
	}
	kvfree(gaps);
	nr = rp_ranges_normalise(ranges, nr);
	*grown = nr != c->nr_gaps ||
		 (nr && memcmp(ranges, c->gaps, nr * sizeof(*ranges)));
	kvfree(c->gaps);
	c->gaps = ranges;
	c->nr_gaps = nr;
	return 0;
}
