/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsck.h - a metadata device as it is, damaged or not
 *
 *	walk.c		read all that can be read: superblocks, catalogue, records
 *	pages.c		pages of bits, and blocks with more than one owner
 *	check.c		what records say about each other; the arm map
 *	plan.c		what a repair would do
 *	apply.c		do it, in one commit
 *	identity.c	a new volume UUID and generation
 *
 * The module stops at the first thing that does not prove itself; this goes on,
 * with the same functions of kmod/core for each single thing. It takes all
 * memory it needs and is not for the kernel. Reading writes nothing.
 */
#ifndef FSCK_H
#define FSCK_H

#include "../../kmod/core/collection_record.h"
#include "../../kmod/core/gap.h"
#include "../../kmod/core/point_record.h"
#include "../../kmod/core/store.h"
#include "../../kmod/core/witness_record.h"

enum fsck_severity {
	FSCK_NOTE,	/* worth knowing; nothing is wrong */
	FSCK_WARNING,	/* wrong, and the module copes with it */
	FSCK_ERROR,	/* the module refuses it, or an answer could be wrong */
};

#define FSCK_WHERE_MAX	64

/* Superblocks, arm map, root, catalogue. */
#define FSCK_OWNER_TREE	U32_MAX

/**
 * struct fsck_finding - one thing that is not as it should be
 * @severity: how bad
 * @where: the block or record
 * @what: a sentence
 */
struct fsck_finding {
	enum fsck_severity severity;
	char where[FSCK_WHERE_MAX];
	char what[RP_WHY_MAX];
};

/**
 * struct fsck_slot - one slot of the catalogue that is in use
 * @disk: the slot
 * @rec: what it names; NULL: cannot be read
 * @index: of an interval: its entries
 * @good: the same with all of each lost page written, NULL: none is lost
 * @lost: it cannot be used, as a whole
 * @nr_lost: of an interval: pages of granules that are lost
 * @lost_first: the first of them
 * @lost_last: the last of them
 */
struct fsck_slot {
	struct rp_slot_disk disk;
	struct rp_record *rec;
	struct rp_index *index;
	struct rp_index *good;
	bool lost;
	u32 nr_lost;
	u32 lost_first;
	u32 lost_last;
};

/* Why history cannot be kept: plan.c says it in words. */
enum fsck_loss {
	FSCK_LOST_WRITES	= 0x01,	/* of superblocks */
	FSCK_LOST_ROOT		= 0x02,
	FSCK_LOST_PAGE		= 0x04,	/* of the catalogue */
	FSCK_LOST_GAP		= 0x08,
	FSCK_LOST_LINE		= 0x10,	/* intervals do not follow each other */
	FSCK_LOST_TYPE		= 0x20,	/* records of a type that nobody knows */
	FSCK_LOST_FUTURE	= 0x40,	/* something is newer than the superblock */
	FSCK_LOST_LENGTH	= 0x80,	/* of the volume, at a boundary */
	FSCK_GIVEN_UP		= 0x100, /* somebody asked for it */
};

/**
 * struct fsck_arm - the arm map, summed up
 * @sectors: that count for this volume
 * @torn: sectors that do not prove themselves
 * @void_sectors: of an incarnation that ended in order
 * @armed: regions that count as armed
 * @newest: the highest incarnation found
 */
struct fsck_arm {
	u32 sectors;
	u32 torn;
	u32 void_sectors;
	u32 armed;
	u64 newest;
};

/**
 * struct fsck - what was found
 * @io: the device
 * @copy: of the superblock
 * @best: the copy that counts, -1: none can be used
 * @err: why not: -ENODATA, -EUCLEAN, -EPROTONOSUPPORT, -EFBIG, -EINVAL, -EIO
 * @why: the same in words
 * @one_copy: as rp_md_info
 * @two_volumes: both copies are good, and of two volumes
 * @newer: a record was made by a newer version
 * @print_bad: the fingerprint of the origin cannot be
 * @md: an object of what is good; its slots are those of @slot that have a record
 * @loss: bits of enum fsck_loss
 * @page: of the catalogue, as the root names them
 * @page_bad: bit set: that one cannot be read
 * @nr_slots: of @slot
 * @slot: those in use, by number; disk.type 0: free
 * @owner: of each block: number of its slot + 1, FSCK_OWNER_TREE, 0: none
 * @touched: blocks that anything at all refers to
 * @nr_line: of @line
 * @line: slots of closed intervals, lost ones too, by the boundary that ends them
 * @open: slot of the checkpoint + 1, 0: there is none
 * @arm: the arm map
 * @finding: what is wrong
 */
struct fsck {
	struct rp_mdio *io;
	struct rp_super_copy copy[RP_SUPER_COPIES];
	int best;
	int err;
	struct rp_why why;
	bool one_copy;
	bool two_volumes;
	bool newer;
	bool print_bad;
	struct rp_md *md;
	u32 loss;
	struct rp_cat_page page[RP_ROOT_ENTRIES];
	unsigned long page_bad[BITS_TO_LONGS(RP_ROOT_ENTRIES)];
	u32 nr_slots;
	struct fsck_slot *slot;
	u32 *owner;
	unsigned long *touched;
	u32 nr_line;
	u32 *line;
	u32 open;
	struct fsck_arm arm;
	u32 nr_findings;
	u32 max_findings;
	struct fsck_finding *finding;
};

/*
 * Read everything. 0 also for a device of which nothing can be read: f->err says
 * so then. -ENOMEM. To be closed in any case.
 */
int fsck_open(struct fsck *f, struct rp_mdio *io);
void fsck_close(struct fsck *f);

/* No finding above a note. */
bool fsck_clean(const struct fsck *f);
const char *fsck_severity_name(enum fsck_severity severity);
const char *fsck_type_name(u8 type);

/* "point 6ba7b810-...", "interval 12": the record of a slot. */
void fsck_record_name(const struct rp_slot_disk *d, char name[FSCK_WHERE_MAX]);

/* --- between the files --- */

int fsck_add(struct fsck *f, enum fsck_severity severity, const char *where,
	     const char *fmt, ...) __printf(4, 5);
/* The record of @d, with a finding. */
int fsck_add_record(struct fsck *f, enum fsck_severity severity,
		    const struct rp_slot_disk *d, const char *fmt, ...)
	__printf(4, 5);
int fsck_lose_record(struct fsck *f, u32 slot, const char *why);
/* Boundary that ends the interval of @d. */
u64 fsck_slot_end(const struct rp_slot_disk *d);
/* Is there a boundary @seq, perhaps of an interval that is lost? */
bool fsck_has_boundary(const struct fsck *f, u64 seq);

int fsck_walk(struct fsck *f);
int fsck_pages(struct fsck *f, struct rp_batch *b);
int fsck_check(struct fsck *f);

/* --- repair --- */

/**
 * struct fsck_step - one thing that a repair does
 * @loss: something is lost by it
 * @text: what
 */
struct fsck_step {
	bool loss;
	char text[2 * RP_WHY_MAX];
};

/* One closed interval of the new state. */
struct fsck_line {
	u64 end;
	u64 time;
	u64 sectors;
	struct fsck_slot *slot;		/* what it was, NULL: all is unknown */
};

/**
 * struct fsck_plan - what a repair does, in one commit
 * @err: it cannot be repaired: 0, or -errno and @why
 * @generation: history cannot be kept: a new generation begins
 * @open_written: all of the open interval counts as written
 * @skip: the number of the open interval is not used again
 * @no_print: the fingerprint of the origin is dropped
 * @nr_line: closed intervals of the new state, of @line
 * @line: closed intervals, oldest first
 * @open: the checkpoint as it was, NULL: there is none
 * @nr_gaps: of @gap
 * @nr_marks: of @mark: slots of points whose record becomes an empty one
 * @nr_steps: of @step: the plan in words; none: nothing to do
 */
struct fsck_plan {
	int err;
	struct rp_why why;
	bool generation;
	bool open_written;
	bool skip;
	bool no_print;
	u32 nr_line;
	struct fsck_line *line;
	struct fsck_slot *open;
	u32 nr_gaps;
	u32 max_gaps;
	struct rp_gap *gap;
	u32 nr_marks;
	u32 *mark;
	u32 nr_steps;
	u32 max_steps;
	struct fsck_step *step;
};

/**
 * struct fsck_new - what the caller makes up
 * @generation: UUID of a new generation
 * @volume: UUID of a new volume, for fsck_identity()
 * @id: fills in a random UUID; of a new gap's record
 * @time: now, ns since 1970
 */
struct fsck_new {
	u8 generation[16];
	u8 volume[16];
	void (*id)(u8 id[16]);
	u64 time;
};

/*
 * -ENOMEM; whether it can be repaired is in plan->err. With @generation history is
 * given up in any case. To be freed in any case.
 */
int fsck_plan(struct fsck *f, bool generation, struct fsck_plan *plan);
void fsck_plan_free(struct fsck_plan *plan);
int fsck_step(struct fsck_plan *plan, bool loss, const char *fmt, ...)
	__printf(3, 4);

/*
 * Make f->md's state of what is good; the records are that object's from then on.
 * -ENOMEM.
 */
int fsck_state(struct fsck *f);
/* Sectors of the arm map that do not prove themselves, written anew. */
int fsck_write_arms(struct fsck *f, bool all);

/*
 * Do it. f->md is of no use for anything else afterwards. A power cut leaves the
 * old state or the new one.
 */
int fsck_apply(struct fsck *f, struct fsck_plan *plan, const struct fsck_new *n,
	       struct rp_why *why);

/*
 * The same for a new identity (I10): volume and generation are new; what belongs
 * to the old ones (intervals, points, collections, gaps) goes; ids used up and what
 * is vouched for about others stay. fsck_identity() may be called again after a
 * power cut.
 */
int fsck_plan_identity(struct fsck *f, struct fsck_plan *plan);
int fsck_identity(struct fsck *f, const struct fsck_new *n, struct rp_why *why);

#endif /* FSCK_H */
