/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.h - a host with volumes, their disks, and everybody who is at work
 *
 * Everybody is an actor: a step machine that does one thing when it is asked to,
 * or says that there is nothing that it can do. Between any two steps the power
 * may go. What is decided in a step is decided by kmod/core; an actor does what
 * the module's files of the same purpose do with queues, workers and RCU.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "core/arming.h"
#include "core/flush.h"
#include "core/mark.h"
#include "core/metadata.h"
#include "core/order.h"
#include "core/point_record.h"
#include "core/resolve.h"
#include "core/split.h"
#include "origin.h"

#define MEMBERS_MAX	3
#define WRITERS_MAX	6
#define BOUNDS_MAX	12
#define POINTS_MAX	24
#define HOT_MAX		64	/* granules that are looked at: bits of a u64 */
#define ARM_IOS_MAX	8
#define MAKERS		2
#define ACTOR_KINDS	10
#define GRANULE_SECTORS	8	/* granules of 4 KiB */

/* --- the oracle's memory (oracle.c) --- */

/**
 * struct bound - contents of a volume at the instant of a cut
 * @seq: number of the boundary
 * @content: of each sector
 * @vague: granules with a write in flight: contents of more than one kind
 * @zero: granules that read as zeroes
 * @undefined: granules that were discarded as a whole
 * @may: granules that may be reported in the interval that ends here (I8)
 * @must: granules that must be reported since bound[i], where that is older
 */
struct bound {
	u64 seq;
	u32 content[SECTORS_MAX];
	u64 vague;
	u64 zero;
	u64 undefined;
	u64 may;
	u64 must[BOUNDS_MAX];
};

/* --- volumes --- */

/* A write of the arm map. */
struct arm_io {
	bool live;
	bool ended;
	bool failed;
	unsigned int block;
	u32 id;
};

enum member_state { MEMBER_DOWN, MEMBER_UP };

/**
 * struct member - a volume
 * @claimed: as the module's
 * @busy: a transaction is on its way
 * @going: is being deactivated
 * @clean: was deactivated in order; nothing is over-reported (I8)
 * @opened: what the superblock said at activation
 * @started: writes let in, by phase
 * @ended: likewise
 * @worker: what the arm worker does next, 0: sleeps
 * @again: it was woken meanwhile
 * @flushes: of the origin, users' and ours
 * @kinds_since: failed ones when the open interval began (I13)
 * @may: granules that may be reported in the open interval (I8)
 * @armed: regions that may be armed on disk, as granules
 * @armed_next: the same, once the checkpoint under way has ended
 */
struct member {
	unsigned int nr;
	u8 uuid[16];
	struct disk disk;
	struct origin origin;
	enum member_state state;
	bool claimed;
	bool busy;
	bool going;
	struct rp_md *md;
	struct rp_md_info opened;
	struct rp_arming arming;
	struct arm_io io[ARM_IOS_MAX];
	struct rp_split split;
	struct list_head zeroings;
	long started[2];
	long ended[2];
	unsigned int worker;
	bool again;
	struct rp_flushes flushes;
	u64 kinds_since;

	struct bound bound[BOUNDS_MAX];
	unsigned int nr_bounds;
	u64 may;
	u64 armed;
	u64 armed_next;
	bool checkpointing;
	bool there[BOUNDS_MAX];
};

/* --- actors --- */

enum writer_state {
	WRITER_IDLE,
	WRITER_EPOCH,		/* is let in: read section begins */
	WRITER_VIEW,
	WRITER_TEST,
	WRITER_MARK,
	WRITER_SUBMIT,		/* read section ends */
	WRITER_FLIGHT,
	WRITER_END_EPOCH,
	WRITER_END_VIEW,
	WRITER_END_MARK,
	WRITER_END_COUNT,
	WRITER_ASKS,		/* its regions are not armed: are they durable? */
	WRITER_QUEUED,		/* they are not */
};

struct writer {
	enum writer_state state;
	unsigned int member;
	u32 start;		/* sectors of the volume's windows */
	u32 end;
	u32 landed;
	u32 content;
	bool fails;
	bool asked;		/* WRITER_ASKS was its state before */
	u64 granules;
	struct rp_write w;
	u64 epoch;
	struct rp_split split;
	bool reading;		/* in a read section */
	u64 section;
};

struct flusher {
	bool busy;
	unsigned int member;
	u64 begin;
	struct rp_flush flush;
};

struct checkpointer {
	unsigned int at;	/* of the actor's own steps */
	enum rp_checkpoint_step step;
	bool any;
	int err;
	u64 section;
};

/* One member of a point that is being made. */
struct making {
	unsigned int at;
	enum rp_prepare_step step;
	int err;
	u64 begin;
	u64 since;
	struct rp_flush flush;
	u64 section;
	struct rp_tracker *closed;
	struct rp_tracker *fresh;
	bool cut;
	bool prepared;
	bool done;
};

struct maker {
	unsigned int at;
	unsigned int point;
	enum rp_making_step step;
	unsigned int next;	/* member whose view is given next */
	u64 boundary;
	u64 section;
	bool stop;
	struct making m[MEMBERS_MAX];
};

/* A destroyer, or somebody who settles: one transaction on one member. */
struct ender {
	unsigned int at;
	unsigned int point;
	u32 left;		/* members still to be told */
	unsigned int member;
};

struct settler {
	unsigned int at;
	unsigned int point;
	enum rp_word word;
};

struct keeper {
	unsigned int at;	/* activation and deactivation of one member */
};

/* --- points --- */

/**
 * struct spoint - a point
 * @id: of it
 * @members: bits
 * @seq: boundary on each
 * @words: what the host has heard of each member
 * @worked_on: a maker or destroyer has it
 * @ended: 0, or enum rp_tombstone_state: as the host knows
 * @committing: a commit was submitted (O6)
 * @destroying: a destruction was
 * @told: RP_VERDICT_* that the user was told; IN_DOUBT: nothing
 */
struct spoint {
	u8 id[16];
	u32 members;
	u64 seq[MEMBERS_MAX];
	u8 words[MEMBERS_MAX];
	bool worked_on;
	u8 ended;
	bool committing;
	bool destroying;
	enum rp_verdict told;
};

/* --- the host --- */

/**
 * struct setup - what a run is made of
 * @members: volumes
 * @writers: at most so many writes in flight
 * @wide: windows on a volume of many regions, so that sectors of the map count
 * @granules: of a volume that is not wide
 * @cut_tail: sectors that its last granule lacks
 * @writes: in all
 * @points: in all
 * @checkpoints: in all
 * @kinds: of 8 writes, zeroings and discards
 * @long_records: those of points, of two blocks
 * @errors: one in so many writes of the map fails; 0: none
 * @weight: how often each kind of actor has its turn
 */
struct setup {
	unsigned int members;
	unsigned int writers;
	bool wide;
	u32 granules;
	u32 cut_tail;
	unsigned int writes;
	unsigned int points;
	unsigned int checkpoints;
	unsigned int kinds;
	bool long_records;
	unsigned int errors;
	u8 weight[ACTOR_KINDS];
};

struct world {
	struct choice *c;
	struct setup setup;
	bool dry;		/* a step says whether it would, and does nothing */
	struct rp_geometry geo;
	u64 hot[HOT_MAX];	/* numbers of the granules */
	unsigned int nr_hot;
	u32 window[5];		/* where windows begin, in hot granules */
	unsigned int nr_windows;
	u32 nr_sectors;
	u64 all;		/* all hot granules */

	u64 epoch;
	u64 section;		/* read sections begun */
	u64 clock;
	u32 next_content;
	unsigned int writes;
	unsigned int points_made;
	unsigned int checkpoints;

	struct member m[MEMBERS_MAX];
	struct writer writer[WRITERS_MAX];
	struct flusher flusher;
	struct checkpointer checkpointer[MEMBERS_MAX];
	struct maker maker[MAKERS];
	bool cutting;		/* cuts are serialised (O3) */
	struct ender destroyer;
	struct settler settler[MEMBERS_MAX];
	struct keeper keeper[MEMBERS_MAX];
	struct spoint point[POINTS_MAX];
	unsigned int nr_points;
	unsigned int power_cuts;
	struct rp_tracker *left_over[64];	/* of a planted fault */
	unsigned int nr_left_over;
	u64 states;		/* contents of all disks that were checked */
	u64 recoveries;		/* of metadata among them */
};

/* At the place in a step from which on it changes something. */
#define STEP(w) do { if ((w)->dry) return true; } while (0)

void world_init(struct world *w, const struct setup *s, struct choice *c);
void world_exit(struct world *w);

/* Actors; @i tells them apart. Return: whether there is anything to be done. */
bool writer_step(struct world *w, unsigned int i);
bool flusher_step(struct world *w, unsigned int i);
bool disk_actor_step(struct world *w, unsigned int i);
bool arm_step(struct world *w, unsigned int i);
/* @wr asks for what may come next: the oracle is told, too. */
void arm_ahead(struct world *w, struct member *m, const struct writer *wr);
bool checkpointer_step(struct world *w, unsigned int i);
bool maker_step(struct world *w, unsigned int i);
bool destroyer_step(struct world *w, unsigned int i);
bool settler_step(struct world *w, unsigned int i);
bool keeper_step(struct world *w, unsigned int i);

/* --- read sections (RCU) --- */

static inline void section_begin(struct world *w, struct writer *wr)
{
	wr->reading = true;
	wr->section = ++w->section;
}

/* Have all sections ended that had begun by @section? */
static inline bool sections_ended(const struct world *w, u64 section)
{
	unsigned int i;

	if (RP_PLANT(do_not_wait_for_readers))
		return true;
	for (i = 0; i < w->setup.writers; i++)
		if (w->writer[i].reading && w->writer[i].section <= section)
			return false;
	return true;
}

/* --- volumes (member.c) --- */

static inline bool member_drained(const struct member *m)
{
	unsigned int phase = !m->split.phase[1];

	return m->started[phase] == m->ended[phase] ||
	       RP_PLANT(do_not_wait_for_writes);
}

static inline void arm_wake(struct member *m)
{
	if (m->worker)
		m->again = true;
	else
		m->worker = 1;
}

/* Read what is on the disk, recover; @t gets the open interval (I1). */
void member_recover(struct disk *d, unsigned int nr, struct rp_md **mdp,
		    struct rp_arming *arming, struct rp_tracker **tp,
		    struct rp_md_info *info);
void member_forget(struct member *m);
/* Commit what is staged: into the disk's queue. */
int member_commit(struct world *w, struct member *m, bool keep_reserve);

/* --- flushes of an origin, as kmod/origin.c (flusher.c) --- */

/* A user's waits for nothing. */
#define SINCE_NEVER U64_MAX

/* The device answers @f; where it @fails it may have dropped what it had cached. */
void member_flush_end(struct world *w, struct member *m, struct rp_flush *f,
		      bool fails);
/* Its worth is known: @f->failed. */
static inline bool flush_settled(const struct rp_flush *f)
{
	return list_empty(&f->node);
}

static inline bool member_has_kinds(const struct member *m)
{
	return m->flushes.nr_failed == m->kinds_since ||
	       RP_PLANT(kinds_survive_a_failed_flush);
}

/* --- points (points.c) --- */

/* A point in the making is gone with the host: its trackers. */
void making_forget(struct making *k, const struct member *m);

void *point_encode(struct world *w, const struct spoint *p, u8 state, size_t *len);
struct spoint *point_find(struct world *w, const u8 id[16]);
/* What the records of @md say of @p: a word. */
enum rp_word point_word(struct rp_md *md, const struct spoint *p);
/* What the host makes of all that it has heard. */
enum rp_verdict point_verdict(const struct world *w, const struct spoint *p,
			      const u8 *words);
/* The record goes, the boundary is merged away, the id is remembered. */
int point_store_end(struct world *w, struct member *m, const struct spoint *p,
		    u8 state);
void points_up(struct world *w, struct member *m);
void points_down(struct world *w, struct member *m);

/* --- the oracle (oracle.c) --- */

u64 window_granules(const struct world *w, u32 start, u32 end);
u64 regions_of(const struct world *w, u64 granules);
/* Of the same kind: what may be armed because @wr is queued, beside its own. */
u64 regions_ahead(const struct world *w, const struct member *m,
		  const struct writer *wr);
/* Granules of which every sector has a content of @kind. */
u64 granules_of_kind(const struct world *w, const u32 *content, u32 kind);
/* Granules with a sector that differs. */
u64 granules_that_differ(const struct world *w, const u32 *a, const u32 *b);
/* The word was stored: contents at this instant, of @members. */
void oracle_cut(struct world *w, u32 members, const struct spoint *p);
/* There is no such boundary and never will be. */
void oracle_drop_bound(struct member *m, u64 seq);
/* @m has what a power cut has left: forget what is not there. */
void oracle_after_power_cut(struct world *w, struct member *m);

/* --- what has to be true (check.c) --- */

/*
 * The power goes, in a way chosen: what is left must be enough. Nothing of @w
 * changes. @images: how many contents of the origins to try.
 */
void check_power_cut(struct world *w, enum loss loss, unsigned int images);
/* For oracle_after_power_cut(). */
void found_after_power_cut(struct world *w, struct member *m);
/* The power goes, and the world goes on with what is left (keeper.c). */
void world_power_cut(struct world *w);

#endif /* SIM_WORLD_H */
