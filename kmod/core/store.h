/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * store.h - the inside of struct rp_md, for the files that make it up
 *
 *	metadata.c	sizes, format, open, close, questions
 *	super.c		the superblock
 *	state.c		what is durable, held by readers
 *	stage.c		a transaction in the making
 *	commit.c	a transaction on its way to the disk
 *	slots.c		which record is in which slot of the state it makes
 *	catalogue.c	slots, catalogue pages, the root
 *	record.c	records: chains of blocks
 *	ids.c		records by type and id
 *	interval.c	indexes of intervals, on disk and cached
 *	merge.c		an interval made of others and of a tracker
 *	kinds.c		kinds of a page of granules
 *	batch.c		blocks in flight
 *	query.c		runs of intervals, read page by page
 *	space.c		which blocks are free
 *	format.c	single blocks
 *
 * What is durable is an immutable struct rp_state; a commit makes the next one
 * and swaps the pointer. Readers hold a reference and need no lock. What the
 * step from one state to the next leaves behind (records in memory, their slots, blocks of
 * closed intervals on disk) hangs on the older of the two and goes when it does;
 * each state holds a reference on its successor, hence older ones go first, and
 * nothing goes that any reader may still look at.
 *
 * States share what they have in common, so that a commit costs what it changes,
 * not what there is (I12).
 *
 * md->lock guards: reference counts, md->state, md->ids, the cache of indexes, and
 * the graveyard. Everything else belongs to whoever runs the transaction, who alone
 * changes md->ids and may read it without.
 */
#ifndef RP_STORE_H
#define RP_STORE_H

#include "batch.h"
#include "format.h"
#include "metadata.h"
#include "space.h"

/* The first block that is not fixed. */
#define RP_DATA_START	(RP_SUPER_COPIES + RP_ARM_BLOCKS)

/* Entries of indexes kept in memory, 12 bytes each, beside those in use. */
#define RP_CACHE_ENTRIES (128U << 10)
/* The same, pinned by one query; what is beyond is read again when needed. */
#define RP_QUERY_ENTRIES (512U << 10)

/* Blocks kept for catalogue, root and small records next to an interval. */
#define RP_CATALOGUE_SLACK 16

/* Sources of one merged interval: bounds the memory of a transaction. */
#define RP_MERGE_MAX	64

/* --- what is in memory --- */

/* The superblock, decoded. */
struct rp_sb {
	u8 volume[16];
	u8 generation[16];
	u64 generation_time;
	struct rp_geometry geo;
	u64 compat;
	u64 ro_compat;
	u32 flags;
	u32 nr_blocks;
	u64 commit;
	u64 incarnation;
	u64 arm_since;
	u64 open_seq;
	u64 first_seq;
	u64 job_mark;
	u64 time;
	u64 root;
	u64 root_commit;
	struct rp_print print;
};

/* One page of one plane; @where sorts by page, then by plane. */
struct rp_entry {
	u32 where;		/* page << 2 | plane */
	u32 block;		/* 0: all ones */
	u32 csum;
};

static inline u32 rp_where(u32 page, unsigned int plane)
{
	return page << 2 | plane;
}

/* Immutable; @refs under md->lock. */
struct rp_index {
	unsigned int refs;
	u32 nr;
	struct rp_entry entry[];
};

struct rp_interval {
	struct rp_record *rec;
	u64 start;
	u64 end;
	u64 time;
	u64 sectors;
	u32 flags;
	u32 nr;			/* entries */
	u32 nr_blocks;		/* of pages */
	struct rp_interval_disk disk;
	/* md->lock: */
	struct rp_index *index;	/* cached, or NULL */
	struct list_head lru;
};

/* Immutable once committed. */
struct rp_record {
	struct rp_record *dead_next;
	u8 type;
	u8 id[16];
	u32 length;
	u32 slot;
	u64 commit;		/* of the first block */
	u64 tail_commit;	/* of the others */
	struct rp_payload *payload;	/* NULL for an interval */
	struct rp_interval *iv;
	u32 nr_blocks;
	u32 block[];
};

/*
 * Records by slot, of one catalogue page. @rec and @nr are immutable once committed.
 * Nothing counts the states that have it, or each commit would touch all pages there are.
 */
struct rp_slots {
	struct rp_slots *dead_next;
	/* Slots that the commit which made it has touched. */
	unsigned long touched[BITS_TO_LONGS(RP_SLOTS_PER_PAGE)];
	u32 nr[RP_RECORD_MAX + 1];	/* by type */
	struct rp_record *rec[RP_SLOTS_PER_PAGE];
};

/*
 * Closed intervals, oldest first. States that differ by cuts have one in common and
 * see so many of it as they have: the newest one may put another behind its own.
 */
struct rp_closed {
	u32 max;
	struct rp_interval *iv[];
};

struct rp_state {
	unsigned int refs;		/* md->lock */
	struct rp_state *next;		/* the newer one, referenced */
	struct rp_sb sb;
	u32 nr_pages;
	u32 full_pages;			/* at the front: none of them has a free slot */
	struct rp_slots **page;		/* NULL: no record in it */
	u32 nr_line;
	struct rp_interval **line;	/* those of @closed that it has */
	struct rp_closed *closed;
	struct rp_interval *open;	/* the checkpoint, NULL: nothing in it */
	u32 nr_records[RP_RECORD_MAX + 1];
	/* left behind by the step to @next */
	struct rp_record *dead;
	struct rp_slots *dead_pages;
	struct rp_closed *dead_closed;
	u32 *garbage;
	u32 nr_garbage;
};

struct rp_cat_page {
	u32 block;		/* 0: none */
	u64 commit;
};

/* --- a transaction --- */

struct rp_staged {
	struct list_head list;
	u8 type;
	u8 id[16];
	struct rp_record *rec;	/* NULL: delete */
};

/* One of the two; @index, if there is one, instead of what @iv has on the disk. */
struct rp_src {
	struct rp_interval *iv;
	struct rp_index *index;
	struct rp_tracker *t;
};

/* An interval to be written. */
struct rp_plan {
	u64 start;
	u64 end;
	u64 time;
	u64 sectors;
	u32 nr_src;
	struct rp_src src[RP_MERGE_MAX];	/* oldest first */
};

/* One of the two. */
struct rp_line {
	struct rp_interval *iv;
	struct rp_plan *plan;
};

struct rp_txn {
	bool begun;
	bool cut;
	bool merge;
	bool generation;
	bool line_staged;		/* @line stands for what is closed from @line_at on */
	bool open_reset;		/* the old checkpoint does not count */
	bool rewrite;			/* every catalogue page, for repair */
	struct rp_sb sb;
	struct list_head records;
	u32 nr_puts;			/* of @records that are not deletions */
	u32 line_at;
	u32 nr_line;
	struct rp_line *line;
	struct rp_plan *open;		/* merged into the open interval */
	struct rp_tracker *open_tracker;
};

struct rp_md {
	struct rp_mdio *io;
	u8 volume[16];
	struct rp_geometry geo;		/* as opened; only the shifts are for ever */
	rp_lock_t lock;
	struct rp_state *state;
	struct rp_ids *ids;		/* of the records of @state */
	struct rp_space space;
	struct rp_cat_page cat[RP_ROOT_ENTRIES];
	struct rp_txn txn;
	bool failed;
	bool super_tried;	/* by the commit under way, and it has failed */
	bool read_only;
	bool one_copy;
	/* md->lock: */
	struct list_head lru;		/* intervals with a cached index */
	u32 nr_cached;			/* entries */
	struct rp_state *graveyard;	/* states whose garbage is to be freed */
};

/* --- format.c --- */

void __printf(2, 3) rp_why(struct rp_why *why, const char *fmt, ...);
u32 rp_page_csum(const void *page);

/* --- super.c --- */

void rp_sb_encode(const struct rp_sb *sb, struct rp_super_disk *s);
void rp_sb_info(const struct rp_sb *sb, bool one_copy, struct rp_md_info *info);
void rp_sb_decode(const struct rp_super_disk *s, struct rp_sb *sb);

/* One copy of the superblock; @err and @why: what is wrong with it. */
struct rp_super_copy {
	struct rp_super_disk *disk;
	int err;
	struct rp_why why;
};

/* Read and check each; to be freed in any case. -ENODATA: too small, -ENOMEM. */
int rp_sb_copies_read(struct rp_mdio *io, struct rp_super_copy c[RP_SUPER_COPIES],
		      struct rp_why *why);
void rp_sb_copies_free(struct rp_super_copy c[RP_SUPER_COPIES]);
/* Which copy counts, or the error that says most. */
int rp_sb_pick(const struct rp_super_copy c[RP_SUPER_COPIES], bool *one_copy,
	       struct rp_why *why);
/* Read both copies, take the one that counts. Errors as rp_md_probe(). */
int rp_sb_read(struct rp_mdio *io, struct rp_sb *sb, bool *one_copy,
	       struct rp_why *why);

/* --- state.c --- */

/* Room for slots of so many catalogue pages. -ENOMEM. */
int rp_state_pages(struct rp_state *s, u32 nr_pages);
/* A record that was read. -ENOMEM. */
int rp_state_add(struct rp_state *s, u32 slot, struct rp_record *rec);
static inline u32 rp_state_nr_slots(const struct rp_state *s)
{
	return s->nr_pages * RP_SLOTS_PER_PAGE;
}

static inline struct rp_slots *rp_state_page(const struct rp_state *s, u32 i)
{
	return i < s->nr_pages ? s->page[i] : NULL;
}

static inline struct rp_record *rp_state_slot(const struct rp_state *s, u32 slot)
{
	const struct rp_slots *page = rp_state_page(s, slot / RP_SLOTS_PER_PAGE);

	return page ? page->rec[slot % RP_SLOTS_PER_PAGE] : NULL;
}

struct rp_slots *rp_slots_copy(const struct rp_slots *page);
struct rp_closed *rp_closed_alloc(u32 max);
/* Put the intervals that were read in order. -EUCLEAN: there is none. */
int rp_state_line(struct rp_state *s, struct rp_why *why);
/* Place of the first closed interval that ends at @seq or later. True: at @seq. */
bool rp_state_find(const struct rp_state *s, u64 seq, u32 *at);
/* Find its records by their ids: md->ids. -EUCLEAN: there are two of one. */
int rp_state_index(struct rp_md *md, const struct rp_state *s, struct rp_why *why);
/* The last one, or one that was only read, with all its records; nobody else has it. */
void rp_state_free(struct rp_md *md, struct rp_state *s);
struct rp_state *rp_state_get(struct rp_md *md);
void rp_state_put(struct rp_md *md, struct rp_state *s);
/* Free the blocks that states gone by have left. */
void rp_graveyard_reap(struct rp_md *md);

/* --- metadata.c --- */

/* Blocks of the worst checkpoint of the open interval, kinds collapsed (I12). */
u32 rp_worst_blocks(const struct rp_geometry *geo);
/*
 * What has to be free so that the open interval can always be checkpointed, when
 * @open is its checkpoint now (I12).
 */
u64 rp_reserve_blocks(const struct rp_geometry *geo,
		      const struct rp_interval *open);

/* --- record.c --- */

u32 rp_chain_blocks(u32 length);
struct rp_record *rp_record_alloc(enum rp_record_type type, const u8 id[16],
				  u32 length);
/* Also what hangs on it. */
void rp_record_free(struct rp_md *md, struct rp_record *rec);
/*
 * Take blocks for @rec and write @data as its chain. @was: the one whose place it
 * takes, or NULL: its blocks but the first are kept where they have the same to say.
 */
int rp_record_write(struct rp_batch *b, struct rp_record *rec, u64 commit,
		    const void *data, const struct rp_record *was);
/* Does @rec, which takes the place of @was, have its blocks but the first? */
bool rp_record_keeps_tail(const struct rp_record *rec, const struct rp_record *was);
/*
 * Read the chain of @rec, which begins at @head, into @data. @claim: at open,
 * when rec->block[] is not known yet and each block is claimed.
 */
int rp_record_read(struct rp_batch *b, struct rp_record *rec, u64 head,
		   bool claim, void *data, struct rp_why *why);

/* --- ids.c --- */

/* Room for @nr records at least. NULL: no memory. */
struct rp_ids *rp_ids_alloc(u32 nr);
void rp_ids_free(struct rp_ids *ids);
/* So many records may be in it. */
u32 rp_ids_room(const struct rp_ids *ids);
struct rp_record *rp_ids_find(const struct rp_ids *ids, u8 type, const u8 id[16]);
/* Return: the one of that type and id whose place it takes, or NULL. */
struct rp_record *rp_ids_put(struct rp_ids *ids, struct rp_record *rec);
/* No other of that type and id. */
void rp_ids_del(struct rp_ids *ids, const struct rp_record *rec);

/* --- interval.c --- */

u32 rp_sectors_pages(const struct rp_geometry *geo, u64 sectors);
void rp_interval_id(u64 seq, u8 id[16]);
/* Make rec->iv of the raw record; @ip gets the index, to be put. */
int rp_interval_decode(struct rp_md *md, struct rp_record *rec,
		       const void *data, struct rp_index **ip,
		       struct rp_why *why);
void *rp_interval_encode(const struct rp_interval *iv,
			 const struct rp_index *index);
int rp_index_get(struct rp_md *md, struct rp_interval *iv, struct rp_index **ip);
struct rp_index *rp_index_ref(struct rp_md *md, struct rp_index *index);
void rp_index_put(struct rp_md *md, struct rp_index *index);
/* Keep @index, which the caller goes on to hold, with @iv. */
void rp_index_cache(struct rp_md *md, struct rp_interval *iv,
		    struct rp_index *index);
/* First entry at or after @page. */
u32 rp_index_find(const struct rp_index *index, u32 page);

/*
 * The planes of @page from @nr entries that are of that page: plane[] gets NULL,
 * RP_PAGE_FULL or a buffer of @b.
 */
int rp_entries_read(struct rp_batch *b, const struct rp_entry *e,
		    unsigned int nr, const unsigned long *plane[RP_NR_PLANES]);

/*
 * The bits of @iv into @t, all as written with @to_written; with @later granules
 * that have a kind in @t keep it, without bits are just added.
 */
int rp_interval_load(struct rp_md *md, struct rp_interval *iv,
		     struct rp_tracker *t, bool to_written, bool later);

/* --- merge.c --- */

struct rp_commit;
int rp_plan_write(struct rp_commit *c, struct rp_plan *p, bool open,
		  struct rp_interval **ivp);

/* --- kinds.c --- */

/* Overlay @k: what @plane has stands. rp_page_kinds_overlay() with an array. */
void rp_page_kinds_lay(struct rp_page_kinds *k,
		       const unsigned long *const plane[RP_NR_PLANES]);
/* Underlay @k: what it has stands. False if it had every granule already. */
bool rp_page_kinds_underlay(struct rp_page_kinds *k,
			    const unsigned long *const plane[RP_NR_PLANES]);
/* Clear the bits of granules at or beyond @nr_granules. */
void rp_page_kinds_clip(struct rp_page_kinds *k, u32 page, u64 nr_granules);

/* --- stage.c --- */

void rp_txn_begin(struct rp_md *md);
void rp_txn_end(struct rp_md *md);
/* What is staged of that type and id: a record, or its end. NULL: nothing. */
struct rp_staged *rp_staged_find(struct rp_md *md, u8 type, const u8 id[16]);

/* --- catalogue.c --- */

/* Read one block that proves itself, into the batch's first buffer. */
int rp_block_read(struct rp_batch *b, u64 block, enum rp_block_type type,
		  u64 commit, struct rp_why *why);
/* Are the numbers of a slot that is in use possible? -EUCLEAN. */
int rp_slot_check(struct rp_md *md, const struct rp_slot_disk *d,
		  const struct rp_sb *sb, struct rp_why *why);
int rp_catalogue_read(struct rp_md *md, struct rp_batch *b, struct rp_state *s,
		      struct rp_why *why);
/* Write the pages that differ and the root; c->cat, c->root. */
int rp_catalogue_write(struct rp_commit *c);

/* --- commit.c --- */

/**
 * struct rp_commit - a commit in the making
 * @nr: its number
 * @collapse: space is short: zeroed and discarded become written (I12, I13)
 * @old: the durable state
 * @new: the one that it will be
 * @ids: instead of md->ids, whose room does not suffice, or NULL
 * @batch: what is being written
 * @read: buffers to read with
 * @own: pages of slots that @new does not share with @old, bits
 * @dirty: catalogue pages to write, bits
 * @cat: catalogue pages
 * @garbage: blocks of closed intervals that nobody refers to then
 * @open_plan: the open interval's checkpoint
 * @kinds: scratch
 */
struct rp_commit {
	struct rp_md *md;
	u64 nr;
	bool collapse;
	struct rp_state *old;
	struct rp_state *new;
	struct rp_ids *ids;
	struct rp_batch batch;
	struct rp_batch read;
	unsigned long own[BITS_TO_LONGS(RP_ROOT_ENTRIES)];
	unsigned long dirty[BITS_TO_LONGS(RP_ROOT_ENTRIES)];
	struct rp_cat_page cat[RP_ROOT_ENTRIES];
	u32 *garbage;
	u32 nr_garbage;
	u32 max_garbage;
	struct rp_plan open_plan;
	struct rp_page_kinds kinds;
};

int rp_commit_garbage(struct rp_commit *c, u32 block);

/* --- slots.c --- */

/* Those of the old state, and room for what is staged on top. */
int rp_slots_init(struct rp_commit *c);
/* Put @rec, or nothing, into a slot, in a copy of its page. -ENOMEM. */
int rp_slot_set(struct rp_commit *c, u32 slot, struct rp_record *rec);
/* Into the first slot that is free. -ENOMEM, -ENOSPC. */
int rp_slot_put(struct rp_commit *c, struct rp_record *rec);
/*
 * The first slot from *@slot on that differs: what was in it and what is, either of
 * which may be NULL. False: there is none.
 */
bool rp_slots_next(const struct rp_commit *c, u32 *slot, struct rp_record **was,
		   struct rp_record **is);
/*
 * Have room in md->ids for the records of both states: what is new is put in before
 * what is old is taken out, so that nobody misses a record that is in both. -ENOMEM.
 */
int rp_slots_room(struct rp_commit *c);
/* Do that, before the new state is there: who holds it must find none of the old's. */
void rp_slots_index(struct rp_commit *c);
/* What the old state has and the new one has not goes when the old one does. */
void rp_slots_leave(struct rp_commit *c);

#endif /* RP_STORE_H */
