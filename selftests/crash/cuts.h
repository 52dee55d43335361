/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cuts.h - power cuts and disks that fail, and what has to be true after each
 *
 *	machine.c	module, volumes and disks, up and down
 *	volumes.c	the tracked volumes; the count of what was found
 *	load.c		points and checkpoints
 *	truth.c		what may be on the volumes, what lists have to hold
 *	cuts.c		the story of power cuts
 *	whole.c		the story of whole machines that lose power
 *	life.c		a short life in which something goes wrong
 *	faults.c	the story of disks that fail
 *	inject.c	allocations that fail
 *	requests.c	requests to be repeated while allocations fail
 *	spare.c		those that would disturb the volumes that are judged; spare.h
 *			has its parts
 *	nomem.c		the story of allocations that fail
 *	many.c		the story of very many members; many.h has its parts
 *	members.c	the story of operations on collections and points, each
 *			cut short at every request; members.h has its parts
 *
 * The rest is the oracle's: content of every sector, writers, points, lists.
 */
#ifndef CUTS_H
#define CUTS_H

#include "machine.h"

enum tally {
	TALLY_UP,		/* comes up, tracking, without a gap */
	TALLY_CONTENT,		/* I3: what was said to be durable is */
	TALLY_POINT,		/* I4: a point is there for all or for none */
	TALLY_SUPERSET,		/* I1 */
	TALLY_EXCESS,		/* I8, loosely: in regions written since */
	TALLY_IO,		/* I6: the user's I/O went on */
	TALLY_GUESS,		/* O6: some members do not say what all deny */
	TALLY_WHOLE,		/* a change of a collection: all of it or nothing */
	TALLY_USABLE,		/* of what is left something can be made */
	TALLY_REQUEST,		/* without memory: refused with that, then served */
	TALLY_SITES,		/* every call that allocates has failed */
	NR_TALLIES,
};

#define TALLIES_OF_DATA	((2U << TALLY_IO) - 1)
#define TALLIES_OF_MEMBERS	((2U << TALLY_USABLE) - 1)

/* What is known of a point beside when it was made. */
struct life {
	uint64_t asked;		/* moment before it was to be made */
	uint64_t destroyed;	/* moment before it was to be destroyed; 0: never */
	bool made;		/* said so while power was there */
	bool known;		/* what is below */
	unsigned int round;
	/* Operations around its cut, each of which it may hold. */
	uint32_t *blur[VOLUMES_MAX];
	unsigned int nr_blur[VOLUMES_MAX];
	bool *blurred[VOLUMES_MAX];	/* by sector: there is one */
};

struct cuts {
	const char *word;	/* what is counted: in messages */
	unsigned int told;	/* which of the tallies belong to it, by bit */
	struct world world;
	struct machine machine;
	struct points points;
	struct life life[POINTS_MAX];
	unsigned int most;	/* points, in a round */
	unsigned int pinned;	/* so many of the first ones are not destroyed */
	unsigned int round;
	unsigned int rounds;
	uint64_t cut_before;	/* moments around the cut */
	uint64_t cut_after;
	/*
	 * By volume: regions that each round wrote into or may have armed ahead of
	 * that, those that may have been armed when it began, and those that writes
	 * have asked for since a checkpoint.
	 */
	uint64_t *regions[VOLUMES_MAX];
	uint64_t *armed[VOLUMES_MAX];
	uint64_t asked[VOLUMES_MAX];
	bool checkpointed[VOLUMES_MAX];	/* in this round */
	uint64_t region[VOLUMES_MAX];
	uint32_t gaps[VOLUMES_MAX];	/* that there were */
	uint32_t first_op[VOLUMES_MAX];	/* of this round */
	uint64_t done[NR_TALLIES];
	uint64_t failed[NR_TALLIES];
	uint64_t lost;		/* sectors whose last write was forgotten */
	uint64_t in_doubt;	/* points of which nothing was known */
	bool may_refuse;	/* lists: something failed */
	uint64_t refused;
};

void tally(struct cuts *k, enum tally t, bool good, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

bool tally_bad(const struct cuts *k);
/* The results as KTAP. Return: the exit status. */
int tally_tell(struct cuts *k);
double seconds_now(void);

void context_open(struct world *w);
void volumes_open(struct cuts *k);
void volumes_close(struct cuts *k);
uint64_t volumes_ops(const struct cuts *k);
/* Active, and (but for @may_refuse) without a new gap. */
void volumes_check(struct cuts *k);
/* For the first time: up, and in a collection. */
void volumes_set_up(struct cuts *k);

/* A point made or destroyed, a checkpoint, or nothing. */
void load_step(struct cuts *k);

/* While all is known: the operations around a point that was just made. */
void truth_of_point(struct cuts *k, struct point *p);
/* After a cut, volumes are up: read what is there, judge it, take it as given. */
void truth_of_content(struct cuts *k);
/* Which points are there; those that are not are forgotten. */
void truth_of_points(struct cuts *k);
/* Lists between all points, and to now. */
void truth_of_lists(struct cuts *k);
void truth_forget(struct cuts *k, unsigned int nth);
/*
 * A point's state, 0 if there is none. Members that were up before the point was
 * known are asked a moment later: doubt is given a while, so many times 10 ms.
 */
uint32_t truth_state(struct cuts *k, const struct point *p, unsigned int patience);
/* A point was made, or not; if power was there when that was said, it counts. */
void truth_made(struct cuts *k, struct point *p, bool power);

/* Write: @count sectors at @first. Return: whether that was done. */
bool volume_put(struct volume *v, enum op_type type, uint32_t first, uint32_t count);

#endif /* CUTS_H */
