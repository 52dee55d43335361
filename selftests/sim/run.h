/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run.h - one life of a simulated host, step by step
 */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "world.h"

/* One step: which actor, and the seed of what it chooses. */
struct step {
	u8 actor;
	u64 seed;
};

#define STEPS_MAX	4000

/**
 * struct life - a setup and the steps that are taken in it
 * @why: it failed
 * @verbose: say what is done
 * @nr: of @step
 */
struct life {
	struct setup setup;
	char why[256];
	bool verbose;
	unsigned int nr;
	struct step step[STEPS_MAX];
};

/* Live @steps steps, chosen by @r; what is done is noted in @l. */
void life_random(struct life *l, struct rng *r, unsigned int steps);
/* The steps of @l once more; those that cannot be taken are left out. */
void life_again(const struct life *l);
/*
 * All lives of @s that depart from the usual order @delays times at most. The
 * usual order: an actor goes on while it can, then the next one. A departure is
 * an actor that waits although it could go on, or another choice than the first
 * where an actor has one.
 */
void lives_all(const struct setup *s, unsigned int delays);

/*
 * Print the least that is left of the life that @run, with @seed, fails in.
 * Return: an exit status.
 */
int shrink(void (*run)(struct life *l, struct rng *r), u64 seed);

#endif /* SIM_RUN_H */
