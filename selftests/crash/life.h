/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * life.h - a short life of two volumes in which something goes wrong
 */
#ifndef LIFE_H
#define LIFE_H

#include "cuts.h"

/**
 * struct trouble - what goes wrong in a life
 * @begin: from here on
 * @end: until here. Return: whether anything has gone wrong
 * @arg: for both
 * @origin_fails: of the first volume writes may fail
 */
struct trouble {
	void (*begin)(void *arg);
	bool (*end)(void *arg);
	void *arg;
	bool origin_fails;
};

/* Live, lift the trouble, judge. Return: whether anything went wrong. */
bool life_once(struct cuts *k, const struct trouble *t);

/* The seconds that the slowest write took. */
extern double life_slowest;

/* --- its steps --- */

/* Of the first volume writes may fail if @origin_fails. */
void life_put(struct cuts *k, unsigned int which, enum op_type type, uint32_t first,
	      uint32_t count, bool origin_fails);
/* In both volumes, into a region each time anew, and over what is there. */
void life_writes(struct cuts *k, unsigned int region, bool origin_fails);
struct point *life_make(struct cuts *k);
void life_destroy(struct cuts *k, struct point *p);

/* Judge. @hit: something went wrong, so that lists may be refused. */
void life_check(struct cuts *k, bool hit);
/* Destroy all points and begin the next round. */
void life_forget(struct cuts *k);

#endif /* LIFE_H */
