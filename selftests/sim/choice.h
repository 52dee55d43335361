/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * choice.h - where all that is not determined comes from
 *
 * Either a seeded sequence, or a list that a search goes through: the usual
 * choice is 0, and a life departs from it a limited number of times.
 */
#ifndef SIM_CHOICE_H
#define SIM_CHOICE_H

#include "test.h"

#define CHOICES_MAX	4096

/**
 * struct choice - the source
 * @rng: of a seeded sequence
 * @listed: a list it is
 * @budget: departures from the usual choice that are allowed
 * @spent: of these so far
 * @nr: of @pick and @of that were asked
 * @told: of @pick that are to be followed
 * @pick: what was chosen
 * @of: among how many
 */
struct choice {
	struct rng rng;
	bool listed;
	unsigned int budget;
	unsigned int spent;
	unsigned int nr;
	unsigned int told;
	u8 pick[CHOICES_MAX];
	u8 of[CHOICES_MAX];
};

/* 0..n-1 */
u32 choose(struct choice *c, u32 n);
/* Once in @n by a seed; never in a search, which is about order. */
bool choose_rare(struct choice *c, u32 n);

/*
 * The next list, deepest choice first. Return: false when all of them were had.
 */
bool choice_next(struct choice *c);

#endif /* SIM_CHOICE_H */
