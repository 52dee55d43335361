/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arming.h - which regions are armed: what is decided, without queues and I/O
 *
 * A region goes through four bitmaps (I2, O1, O2, O5):
 *
 *   want     a write waits for it; the next write of its block arms it
 *   durable  the metadata device has a record of it
 *   armed    writes may go into it; never without durable, save when bypassed
 *   drop     a checkpoint takes it back, unless a write asks for it before that
 *
 * A fifth one, ahead, says of some that no write has asked for them: one will, soon,
 * and should not wait. Where a stream has come to is seen at every 16th of them,
 * which is durable and not armed: a write that gets there asks for the next ones, and
 * goes on at once.
 *
 * One write of each block of the map is on its way at most (O5). From the
 * moment that a block is built without a region, that region is not durable
 * any more. A block whose write has failed is to be written again: what is on the
 * disk then is the old image, the new one, or a mixture of their sectors, and each
 * of these arms all that is in durable.
 *
 * The caller serialises all of it; rp_arming_test() alone runs beside the rest.
 */
#ifndef RP_ARMING_H
#define RP_ARMING_H

#include "mark.h"
#include "metadata.h"

/**
 * struct rp_arming_block - one block of the map on disk
 * @sent: regions that the write on its way arms
 * @in_flight: a write is on its way or its end has not been looked at
 * @drops: the write on its way, or one that has failed, takes regions back
 * @failed: the last write has failed: to be written again, whatever it says
 */
struct rp_arming_block {
	unsigned long *sent;
	bool in_flight;
	bool drops;
	bool failed;
};

/**
 * struct rp_arming - the regions of one volume
 * @armed: see above; read by the write path without a lock
 * @nr_regions: bits in use
 * @durable: see above
 * @want: see above
 * @drop: see above
 * @ahead: see above; the checkpoint that takes them back forgets it
 * @block: state of each block of the map
 * @nr_blocks: of them
 * @volume: written into every sector, as are
 * @incarnation: this and
 * @serial: this
 * @dropping: what is built takes the regions in @drop back
 * @bypassed: tracking has failed, nothing is built any more
 * @stopped: likewise, and nothing is let in any more
 * @nr_ahead: regions armed ahead, to be counted by the caller
 * @nr_used: likewise, of these, those that were written
 * @nr_wasted: and those that were not when they were taken back
 */
struct rp_arming {
	unsigned long *armed;
	u32 nr_regions;

	/* On other lines, for what comes here is stored to with each block. */
	unsigned long *durable ____cacheline_aligned_in_smp;
	unsigned long *want;
	unsigned long *drop;
	unsigned long *ahead;
	struct rp_arming_block *block;
	unsigned int nr_blocks;
	u8 volume[16];
	u64 incarnation;
	u64 serial;
	bool dropping;
	bool bypassed;
	bool stopped;
	u64 nr_ahead;
	u64 nr_used;
	u64 nr_wasted;
};

/*
 * For the incarnation that comes after @info, of a volume that is @geo now, perhaps
 * longer or shorter than it was; nothing is armed. -ENOMEM.
 */
int rp_arming_init(struct rp_arming *a, const struct rp_geometry *geo,
		   const struct rp_md_info *info);
void rp_arming_exit(struct rp_arming *a);

/*
 * Take in block @b of the map as it was found: what it has armed is durable,
 * all regions of a sector that was torn are (O5). @info: as opened.
 */
void rp_arming_load(struct rp_arming *a, unsigned int b, const void *data,
		    const struct rp_md_info *info);
/* All is loaded: what is durable is armed, and marked in @t (I1). */
void rp_arming_recover(struct rp_arming *a, const struct rp_geometry *geo,
		       struct rp_tracker *t);

/* In one section with the mark that follows it (O1). */
static inline bool rp_arming_test(const struct rp_arming *a, rp_region_t first,
				  rp_region_t last)
{
	u32 r = rp_region_nr(first);

	do {
		if (!test_bit(r, a->armed))
			return false;
	} while (r++ != rp_region_nr(last));
	return true;
}

/*
 * Ask for the regions of a write that found them not armed. Return: whether all are
 * armed by now; one whose record is durable still is kept, without a write (O2).
 */
bool rp_arming_want(struct rp_arming *a, rp_region_t first, rp_region_t last);

/*
 * Will rp_arming_want() say so? It changes nothing to ask, and takes no longer than
 * RP_ARMING_GROUP regions: false of more.
 */
bool rp_arming_ready(const struct rp_arming *a, rp_region_t first, rp_region_t last);

/* No more regions than this are armed ahead of a stream. */
#define RP_ARMING_AHEAD	32
/* Regions side by side, the first one's number a multiple of it. */
#define RP_ARMING_GROUP	8

/*
 * @w came to a region that was not armed: ask for what is likely to be written next.
 * Where one write comes after the other, which the marks in @t, the open interval, tell:
 * as many regions behind it as were written in a row before it, RP_ARMING_AHEAD at most.
 * Else, of a group of which half is asked for: the rest. Either way no more than was
 * asked for or written (I8).
 */
void rp_arming_want_ahead(struct rp_arming *a, const struct rp_geometry *geo,
			  const struct rp_tracker *t, const struct rp_write *w);
/*
 * Count which of those that were armed ahead have marks in @t, the interval that was
 * open until now; at a checkpoint, @over, the others were armed in vain. Of the regions
 * of one word of the bitmaps; each is judged by itself.
 */
void rp_arming_judge_ahead(struct rp_arming *a, const struct rp_geometry *geo,
			   const struct rp_tracker *t, u32 word, bool over);

/*
 * Is block @b to be written? Then its image is in @data, 4096 bytes, and it is
 * in flight until rp_arming_end().
 */
bool rp_arming_build(struct rp_arming *a, unsigned int b, void *data);
/* The write of @b has ended. After a failure the block is to be built again. */
void rp_arming_end(struct rp_arming *a, unsigned int b, bool failed);

/*
 * Taking back (O2): begin clears @armed; start lets blocks be built without
 * what is in @drop by then; once it is done, finish. cancel undoes begin.
 */
bool rp_arming_drop_begin(struct rp_arming *a);
void rp_arming_drop_cancel(struct rp_arming *a);
void rp_arming_drop_start(struct rp_arming *a);
bool rp_arming_drop_done(const struct rp_arming *a);
void rp_arming_drop_finish(struct rp_arming *a);

/* Tracking has failed: everything passes (I6). */
void rp_arming_bypass(struct rp_arming *a);
/*
 * Likewise, but nothing is let in any more, for good. Whoever has tested a region
 * before marks, and goes: its record is durable, so that it is tracked (I2).
 */
void rp_arming_stop(struct rp_arming *a);

/* Is a write of any block on its way? */
bool rp_arming_busy(const struct rp_arming *a);
/* Regions that the metadata device has armed. */
u32 rp_arming_nr_durable(const struct rp_arming *a);

#endif /* RP_ARMING_H */
