/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * members.h - operations on collections and points, cut short; what is shown after
 *
 *	acts.c		the operations
 *	mishaps.c	what happens at some request of an operation
 *	sights.c	what is shown
 *	members.c	the story
 *
 * Sets of volumes are bits, by their index.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include "cuts.h"

#define SIGHTS_MAX	8

enum act {
	ACT_MAKE_POINT,
	ACT_DESTROY_POINT,
	ACT_CREATE,
	ACT_ADD,
	ACT_REMOVE,
	ACT_RENAME,
	ACT_DESTROY,
	NR_ACTS,
};

extern const char *const act_name[NR_ACTS];

enum mishap {
	MISHAP_CUT,		/* power goes */
	MISHAP_GONE,		/* a member's disk goes, metadata mostly */
	MISHAP_LEAVE,		/* a member is taken down, while another one waits */
	MISHAP_REMOVE,		/* one is removed from the points' collection */
	NR_MISHAPS,
};

extern const char *const mishap_name[NR_MISHAPS];

/* A collection beside the one that points are cut over. */
struct side {
	bool there;
	char name[32];
	unsigned int members;
};

/**
 * struct sight - what the module says while some volumes are there
 * @present: which
 * @settled: time was given to doubt
 * @state: of each point, 0: there is none
 * @side: the other collection
 */
struct sight {
	unsigned int present;
	bool settled;
	uint32_t state[POINTS_MAX];
	struct side side;
};

/**
 * struct party - one operation, and the sights after it; the last one is of all
 * @away: volumes that were not there while it ran, or not to its end
 * @lost: those with a disk that failed meanwhile
 * @closed: those that are down
 * @fallen: what is known is what the volumes that are up have said
 * @removed: the collection of points has lost a member, or is about to
 * @before: the other collection before the operation
 * @after: and as it was to be then
 * @acked: it was said to be done while power was there
 * @refused: it was said that it failed, and not that there is doubt
 * @making: the point that was made, or -1
 * @destroying: likewise
 */
struct party {
	struct cuts *k;
	unsigned int all;
	unsigned int away;
	unsigned int lost;
	unsigned int closed;
	bool fallen;
	bool removed;
	struct side before;
	struct side after;
	bool acked;
	bool refused;
	int making;
	int destroying;
	struct sight sight[SIGHTS_MAX];
	unsigned int nr_sights;
};

/* --- acts.c --- */

/* UUIDs of the volumes of @set. Return: how many. */
unsigned int names_of(struct party *p, unsigned int set, const char **names);
/* What the operation needs is there; power is. */
void act_ready(struct party *p, enum act act);
/* What the other collection, which is p->before, is to be: p->after. */
void act_plan(struct party *p, enum act act);
/* Return: whether it was said to be done. */
bool act_do(struct party *p, enum act act);
/* What was said of a point when power was gone, p->acked says, was not. */
void act_told(struct party *p);
/* A point over the other collection, if it is there, is made and destroyed. */
void side_use(struct party *p);
struct point *point_new(struct cuts *k);
void point_drop(struct cuts *k, unsigned int nth);

/* --- mishaps.c --- */

/*
 * Do it, while @mishap happens at the @nth write or flush. Return: whether that
 * was before it was done. After MISHAP_CUT power is gone, done or not.
 */
bool mishap_act(struct party *p, enum act act, enum mishap mishap, unsigned int nth);
/* Power goes. Return: whether it had gone before. */
bool mishap_cut(struct party *p);
/* Disks that failed do not any more. */
void mishap_lift(struct party *p);
/* So, and all members are there, while the host lives on. */
void mishap_heal(struct party *p);

/* --- sights.c --- */

/* The other collection, if one of its members is present. */
void side_read(struct party *p, unsigned int present, struct side *side);
/* Look, and note it; doubt is given @patience times 10 ms. */
void sight_take(struct party *p, unsigned int present, unsigned int patience);
/* None of the sights may say what the last one denies. */
void sights_judge(struct party *p);

#endif /* MEMBERS_H */
