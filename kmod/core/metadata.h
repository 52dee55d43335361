/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * metadata.h - what is durable about one volume, as an opaque object
 *
 * A volume's metadata is a catalogue of records (intervals, points,
 * collections, gaps, tombstones) and the open interval's last checkpoint. It
 * changes by transactions: stage anything, then commit. A commit
 *
 *   1. writes everything new to fresh blocks (nothing durable refers to them),
 *   2. flushes,
 *   3. writes one copy of the superblock with FUA, the older one.
 *
 * A power cut before 3 leaves the old state, after it the new one, during it
 * one of them, because the copy written holds the older state and fits into
 * one sector of 512 bytes. Blocks of the old state are free once 3 is done.
 *
 * Locking: one transaction at a time, the caller sees to it (rp_volume:
 * md_mutex). rp_md_get_*, rp_md_for_each_* and the queries may run beside a
 * transaction and see the state before or after it, never between; they take
 * the object's own short lock. Intervals are immutable and counted, so that a
 * query reads them without any lock.
 *
 * Functions sleep and return 0 or -errno unless said otherwise. After a failed
 * commit whose superblock write is in question (-EIO from step 3) the object
 * refuses further commits (rp_md_failed()); any other failed commit leaves the
 * old state, staged changes gone, object usable.
 */
#ifndef RP_METADATA_H
#define RP_METADATA_H

#include "fingerprint.h"
#include "mdio.h"
#include "ondisk.h"
#include "payload.h"
#include "tracker.h"

struct rp_md;

#define RP_WHY_MAX	160

/* A sentence that goes with an error. */
struct rp_why {
	char text[RP_WHY_MAX];
};

/**
 * struct rp_md_info - the superblock in words
 * @volume: UUID, as bytes of the text form
 * @generation: UUID
 * @generation_time: ns since 1970
 * @geo: geometry of the volume
 * @nr_blocks: blocks of the metadata device
 * @commit: number of the newest commit
 * @incarnation: activations so far
 * @arm_since: first incarnation whose arm sectors count
 * @arm_start: first block of the arm map
 * @open_seq: number of the open interval
 * @first_seq: first interval of the generation
 * @newest: the newest boundary there is, @first_seq - 1 at least; lower than
 *	@open_seq - 1 once the point there was destroyed: its successor is the
 *	open interval. rp_md_probe() does not look so far and says @first_seq - 1
 * @job_mark: job ids up to here were used
 * @clean: the volume was deactivated in order
 * @failed: tracking had failed
 * @one_copy: the other copy of the superblock is damaged, so that this one may be
 *	a commit too old: regions may have been disarmed in between; the volume
 *	has to take all of its open interval for unknown
 */
struct rp_md_info {
	u8 volume[16];
	u8 generation[16];
	u64 generation_time;
	struct rp_geometry geo;
	u64 nr_blocks;
	u64 commit;
	u64 incarnation;
	u64 arm_since;
	rp_block_t arm_start;
	rp_seq_t open_seq;
	rp_seq_t first_seq;
	rp_seq_t newest;
	u64 job_mark;
	bool clean;
	bool failed;
	bool one_copy;
};

/**
 * struct rp_md_params - what to format with
 * @volume: UUID of the volume
 * @generation: UUID of its first generation
 * @sectors: length of the volume, 512 bytes each
 * @granule_shift: log2 of the granule in bytes
 * @region_shift: log2 of the region in bytes, 0: choose
 * @time: now, ns since 1970
 */
struct rp_md_params {
	u8 volume[16];
	u8 generation[16];
	u64 sectors;
	u8 granule_shift;
	u8 region_shift;
	u64 time;
};

/* --- before there is an object --- */

/* Region by default: 4 MiB (but 4 granules at least), doubled until 2^16 are enough. */
u8 rp_md_default_region_shift(u64 sectors, u8 granule_shift);

/* Blocks a metadata device needs at least; reserves for the open interval included. */
u64 rp_md_min_blocks(u64 sectors, u8 granule_shift);

/* Blocks recommended: the same, and room for about a thousand sparse points. */
u64 rp_md_recommended_blocks(u64 sectors, u8 granule_shift);

/*
 * Write an empty metadata device. -ENOSPC: too small, -EINVAL: parameters.
 * The superblock is written last: a power cut leaves an unformatted device.
 */
int rp_md_format(struct rp_mdio *io, const struct rp_md_params *p,
		 struct rp_why *why);

/*
 * Read and check the superblock only. -ENODATA: not formatted (no magic in
 * either copy), -EUCLEAN: damaged (both copies fail), -EPROTONOSUPPORT: made by
 * a newer version, -EFBIG: the device is smaller than the metadata says, -EINVAL:
 * values that cannot be, -EIO. @why always tells.
 */
int rp_md_probe(struct rp_mdio *io, struct rp_md_info *info, struct rp_why *why);

/* --- the object --- */

/*
 * Read superblock, catalogue, all records and the indexes of intervals (whose
 * pages stay on disk), and work out which blocks are free. Writes nothing. A device
 * that has grown since is used to its new end from the next commit on.
 * Errors as rp_md_probe(); a block claimed twice is -EUCLEAN.
 */
int rp_md_open(struct rp_mdio *io, struct rp_md **mdp, struct rp_why *why);
void rp_md_close(struct rp_md *md);

void rp_md_get_info(struct rp_md *md, struct rp_md_info *info);
/* The origin's fingerprint; print->seed is 0 if there is none. */
void rp_md_get_print(struct rp_md *md, struct rp_print *print);
bool rp_md_failed(struct rp_md *md);
/*
 * For again() of the device, within a commit: its superblock may be on the disk or
 * not. As long as that is not so, a commit that is given up has never been.
 */
bool rp_md_super_tried(struct rp_md *md);

/**
 * struct rp_md_usage - blocks
 * @total: of the device
 * @used: in use by the durable state, superblocks and arm map included
 * @reserve: kept free for the worst open interval (I12); new points must leave it
 */
struct rp_md_usage {
	u64 total;
	u64 used;
	u64 reserve;
};

void rp_md_get_usage(struct rp_md *md, struct rp_md_usage *usage);

/*
 * Blocks that the device has too few of for a volume of @sectors, as of the last
 * commit: the worst open interval has to fit (I12). Free ones count.
 */
u64 rp_md_blocks_short(struct rp_md *md, u64 sectors);

/*
 * The durable bits of the open interval, ORed into @t. With @to_written all of
 * them go to the written plane: I13 after an unclean stop. Not beside a commit.
 */
int rp_md_load_open(struct rp_md *md, struct rp_tracker *t, bool to_written);

/* --- records --- */

/*
 * Call @fn for each record of @type until it returns other than 0; return that.
 * @fn gets the record as of the last commit; it may sleep and may ask @md, but not
 * change it. Of an interval it gets struct rp_interval_disk, without the pages.
 */
int rp_md_for_each_record(struct rp_md *md, enum rp_record_type type,
			  int (*fn)(const u8 id[16], const void *data, size_t len,
				    void *arg), void *arg);

/* A copy of one record, to be freed with rp_free(). -ENOENT, -ENOMEM. */
int rp_md_get_record(struct rp_md *md, enum rp_record_type type,
		     const u8 id[16], void **data, size_t *len);

unsigned int rp_md_nr_records(struct rp_md *md, enum rp_record_type type);

/* --- staging; nothing is written before rp_md_commit() --- */

/*
 * Insert or replace. @data is copied. -ENOMEM, -ENOSPC (catalogue full), -EMSGSIZE
 * (beyond RP_RECORD_BYTES_MAX), -EINVAL (RP_RECORD_INTERVAL is for the functions
 * below).
 */
int rp_md_stage_record(struct rp_md *md, enum rp_record_type type,
		       const u8 id[16], const void *data, size_t len);
/* The same; the record has @payload in common with whoever else has it. */
int rp_md_stage_payload(struct rp_md *md, enum rp_record_type type,
			const u8 id[16], struct rp_payload *payload);
/* -ENOENT if it does not exist. */
int rp_md_stage_delete(struct rp_md *md, enum rp_record_type type,
		       const u8 id[16]);

/*
 * Checkpoint: commit will write the bits @t has then; concurrent marks may or
 * may not be in. @t must stay until commit or abort.
 */
int rp_md_stage_open(struct rp_md *md, struct rp_tracker *t);

/*
 * Close the open interval with the bits of @closed (nobody marks in it any
 * more) and begin the next one, with nothing in it. At most once in a
 * transaction. open_seq grows by one.
 */
int rp_md_stage_cut(struct rp_md *md, struct rp_tracker *closed, u64 time);

/*
 * Merge the interval that ends at @boundary into its successor, which may be
 * the open one: its checkpoint then holds both; the caller merges in memory too
 * (rp_md_load_interval()), before the commit. -ENOENT: no such boundary.
 * May be called several times in one transaction; -E2BIG: too many intervals
 * become one (RP_MERGE_MAX), commit first.
 */
int rp_md_stage_merge(struct rp_md *md, rp_seq_t boundary);

/* A new history: intervals are dropped, open_seq goes on, the open one is empty. */
int rp_md_stage_generation(struct rp_md *md, const u8 generation[16], u64 time);

/*
 * The volume is that long from now on. A checkpoint has to be staged with it, of a
 * tracker of the new length in which what was added is marked written
 * (rp_tracker_mark_tail()). Commit a longer one with keep_reserve (I12).
 * -EFBIG: more than this granularity and this region can do.
 */
int rp_md_stage_sectors(struct rp_md *md, u64 sectors);

/*
 * Never use the number of the open interval again: one copy of the superblock
 * is lost, and with it perhaps a boundary of that number that others remember.
 * Together with rp_md_stage_open(), whose checkpoint gets the new number.
 */
void rp_md_stage_skip(struct rp_md *md);

/*
 * Give the open interval a number above @seq, which others know to have been a
 * boundary's. Together with rp_md_stage_generation(), and before it. -EINVAL: no
 * number is as high as that.
 */
int rp_md_stage_beyond(struct rp_md *md, rp_seq_t seq);

/*
 * Activation: incarnation + 1, not clean, not failed; @keep_arms: arm_since stays.
 */
void rp_md_stage_active(struct rp_md *md, bool keep_arms);
/* Deactivation: clean, the arm map is void from now on. */
void rp_md_stage_clean(struct rp_md *md);
void rp_md_stage_failed(struct rp_md *md);
/* The origin's fingerprint; every commit after this one carries it on. */
void rp_md_stage_print(struct rp_md *md, const struct rp_print *print);
void rp_md_stage_job_mark(struct rp_md *md, u64 job_mark);

/*
 * Make what is staged durable. With @keep_reserve it fails with -ENOSPC unless the
 * reserve stays free (new points, new records); without it the reserve may be dug
 * into. When space is short, kinds of intervals that are written become written
 * before the commit is refused; no change is ever lost. A merge may fail with
 * -ENOSPC while a query pins what it replaces: try again when that is closed.
 * -EOVERFLOW: the numbers of commits or intervals are at their end.
 */
int rp_md_commit(struct rp_md *md, u64 time, bool keep_reserve);
void rp_md_abort(struct rp_md *md);

/* --- intervals --- */

/*
 * OR the bits of the closed interval that ends at @boundary into @t, later kind
 * (that of @t) standing (I13).
 */
int rp_md_load_interval(struct rp_md *md, rp_seq_t boundary, struct rp_tracker *t);

/* Is there a boundary @seq (the end of a closed interval, or the first_seq - 1)? */
bool rp_md_has_boundary(struct rp_md *md, rp_seq_t seq);

/*
 * The first boundary at or after @seq: the end of the closed interval that @seq lies
 * in. False: it lies in the open one.
 */
bool rp_md_next_boundary(struct rp_md *md, rp_seq_t seq, rp_seq_t *end);

/*
 * Length of the volume in sectors when boundary @seq was cut. -ENOENT, also for
 * first_seq - 1, at which nothing was cut.
 */
int rp_md_boundary_sectors(struct rp_md *md, rp_seq_t seq, u64 *sectors);

/**
 * struct rp_page_kinds - the kinds of one page of granules
 * @plane: bits; at most one plane has a granule's bit
 */
struct rp_page_kinds {
	unsigned long plane[RP_NR_PLANES][RP_PAGE_BITS / (8 * sizeof(long))];
};

/*
 * Overlay @k with a later interval's page; each argument NULL (no bits),
 * RP_PAGE_FULL or a page. I13.
 */
void rp_page_kinds_overlay(struct rp_page_kinds *k, const unsigned long *written,
			   const unsigned long *zeroed,
			   const unsigned long *discarded);
/* What was zeroed or discarded counts as written. */
void rp_page_kinds_to_written(struct rp_page_kinds *k);

/**
 * struct rp_md_query - a pinned run of closed intervals, oldest first
 *
 * Taking and putting it is short and takes no I/O; reading through it needs no
 * lock. Blocks of intervals merged away meanwhile are not reused before the
 * last query that pinned them is put.
 */
struct rp_md_query;

/*
 * Pin all closed intervals after boundary @from up to boundary @to.
 * -ENOENT: one of the boundaries is not there any more (or never was), -EINVAL:
 * @from is after @to. One thread at a time uses a query.
 */
int rp_md_query_open(struct rp_md *md, rp_seq_t from, rp_seq_t to,
		     struct rp_md_query **qp);
void rp_md_query_close(struct rp_md_query *q);

/*
 * The kinds of the granules of @page over the pinned intervals, into @k (zeroed
 * first). Reads from disk.
 */
int rp_md_query_page(struct rp_md_query *q, rp_page_t page,
		     struct rp_page_kinds *k);

/*
 * The first page at or after *@page in which any pinned interval has bits; may
 * read indexes. Where that fails it says true for *@page as it is, and
 * rp_md_query_page() tells the error.
 * Return: false if there is none.
 */
bool rp_md_query_next_page(struct rp_md_query *q, rp_page_t *page);

#endif /* RP_METADATA_H */
