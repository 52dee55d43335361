/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * members.h - operations on collections and points, cut short; what is shown after
 *
 *	acts.c		the operations
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

/* A collection beside the one that points are cut over. */
struct side {
	bool there;
	char name[32];
	unsigned int members;
};

/**
 * struct sight - what the module says while some volumes are there
 * @present: which
 * @state: of each point, 0: there is none
 * @side: the other collection
 */
struct sight {
	unsigned int present;
	uint32_t state[POINTS_MAX];
	struct side side;
};

/**
 * struct party - one operation, and the sights after it; the last one is of all
 * @away: volumes that were not there while it ran
 * @before: the other collection before the operation
 * @after: and as it was to be then
 * @acked: it was said to be done while power was there
 * @making: the point that was made, or -1
 * @destroying: likewise
 */
struct party {
	struct cuts *k;
	unsigned int all;
	unsigned int away;
	struct side before;
	struct side after;
	bool acked;
	int making;
	int destroying;
	struct sight sight[SIGHTS_MAX];
	unsigned int nr_sights;
};

/* --- acts.c --- */

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

/* --- sights.c --- */

void side_read(struct party *p, struct side *side);
/* Look, and note it; doubt is given @patience times 10 ms. */
void sight_take(struct party *p, unsigned int present, unsigned int patience);
/* None of the sights may say what the last one denies. */
void sights_judge(struct party *p);

#endif /* MEMBERS_H */
