/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * many.h - very many volumes, what is done to all of them, and what is left of it
 *
 *	crowd.c		a collection beside the one that points are cut over
 *	many.c		disks, points, the story
 */
#ifndef MANY_H
#define MANY_H

#include "cuts.h"

/* The collection beside: there or not, under the one name or the other. */
struct crowd {
	unsigned int name;
	unsigned int members;	/* 0: there is none */
};

struct many {
	struct cuts *k;
	struct machine_volume *mv;
	struct volume *volume;		/* for lists */
	const char **name;
	unsigned int *order;
	unsigned int nr;
	struct crowd before;		/* the last change of it */
	struct crowd after;
	bool cut_short;
};

/* At some request from now on; so many for each member there are at most. */
void power_goes_within(struct many *m, unsigned int requests);
/* If it has not, it goes now. Return: whether it had. */
bool power_has_gone(struct many *m);

/* Create, add, remove, rename or destroy, while power goes. */
void crowd_act(struct many *m);
/* All are up: it is as it was before or as it was to be. */
void crowd_judge(struct many *m);
const char *crowd_words(const struct many *m);

#endif /* MANY_H */
