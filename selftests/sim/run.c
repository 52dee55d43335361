// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - one life of a simulated host, step by step
 */
#include "run.h"

struct actor {
	const char *name;
	bool (*step)(struct world *w, unsigned int i);
	unsigned int nr;
};

static bool power_step(struct world *w, unsigned int i)
{
	if (w->dry || !choose_rare(w->c, 150))
		return false;
	world_power_cut(w);
	return true;
}

static const struct actor actors[ACTOR_KINDS] = {
	{ "writer", writer_step, WRITERS_MAX },
	{ "disk", disk_actor_step, MEMBERS_MAX },
	{ "arm", arm_step, MEMBERS_MAX },
	{ "flush", flusher_step, 1 },
	{ "checkpoint", checkpointer_step, MEMBERS_MAX },
	{ "maker", maker_step, MAKERS },
	{ "destroyer", destroyer_step, 1 },
	{ "settler", settler_step, MEMBERS_MAX },
	{ "keeper", keeper_step, MEMBERS_MAX },
	{ "power", power_step, 1 },
};

#define ACTORS_MAX	16

/* Which one, of all that there are, by weight. */
static u8 pick_actor(const struct setup *s, struct rng *r)
{
	unsigned int sum = 0, i, n;

	for (i = 0; i < ACTOR_KINDS; i++)
		sum += s->weight[i] * actors[i].nr;
	n = rng_below(r, sum);
	for (i = 0; n >= s->weight[i] * actors[i].nr; i++)
		n -= s->weight[i] * actors[i].nr;
	return i * ACTORS_MAX + n % actors[i].nr;
}

static bool take_step(struct world *w, u8 actor, u64 seed)
{
	const struct actor *a = &actors[actor / ACTORS_MAX];
	unsigned int i = actor % ACTORS_MAX;

	if (a->nr == MEMBERS_MAX && i >= w->setup.members)
		return false;
	if (a->step == writer_step && i >= w->setup.writers)
		return false;
	w->c->rng.state = seed;
	return a->step(w, i);
}

static void check_step(struct world *w, u64 seed)
{
	static const enum loss losses[] = { LOSS_ANY, LOSS_DROP, LOSS_KEEP,
					    LOSS_NONSENSE };
	unsigned int i, n = 0;

	w->c->rng.state = seed ^ 0x5bd1e9955bd1e995ULL;
	for (i = 0; i < w->setup.members; i++)
		n += disk_volatile(&w->m[i].disk);
	/* With nothing to be lost there is one outcome. */
	check_power_cut(w, n ? losses[choose(w->c, 4)] : LOSS_DROP, 4);
}

void life_random(struct life *l, struct rng *r, unsigned int steps)
{
	struct choice *c = calloc(1, sizeof(*c));
	struct world *w = malloc(sizeof(*w));
	unsigned int idle = 0;

	world_init(w, &l->setup, c);
	while (l->nr < steps && idle < 3000) {
		struct step *s = &l->step[l->nr];

		s->actor = pick_actor(&l->setup, r);
		s->seed = rng_next(r);
		/* Before it is done, so that a failure finds it noted. */
		l->nr++;
		if (!take_step(w, s->actor, s->seed)) {
			l->nr--;
			idle++;
			continue;
		}
		idle = 0;
		check_step(w, s->seed);
	}
	test_count("steps", l->nr);
	test_count("states of all disks", w->states);
	test_count("recoveries", w->recoveries);
	test_count("points", w->nr_points);
	test_count("power cuts lived through", w->power_cuts);
	world_exit(w);
	free(w);
	free(c);
}

/* What was done, for people. */
static void tell(const struct world *w, u8 actor)
{
	unsigned int i = actor % ACTORS_MAX, j;
	const struct actor *a = &actors[actor / ACTORS_MAX];

	printf("# %-10s %u", a->name, i);
	if (a->step == writer_step) {
		const struct writer *wr = &w->writer[i];

		printf("  volume %u sectors %u..%u kind %u, state %u",
		       wr->member, wr->start, wr->end, wr->w.kind, wr->state);
	} else if (a->step == disk_actor_step) {
		printf("  %u to come, %u volatile", w->m[i].disk.queue.nr,
		       w->m[i].disk.log.nr);
	} else if (a->step == checkpointer_step) {
		printf("  step %u at %u", w->checkpointer[i].step,
		       w->checkpointer[i].at);
	} else if (a->step == maker_step) {
		printf("  point %u step %u at %u, members",
		       w->maker[i].point, w->maker[i].step, w->maker[i].at);
		for (j = 0; j < w->setup.members; j++)
			printf(" %u/%u", w->maker[i].m[j].step,
			       w->maker[i].m[j].at);
	} else if (a->step == keeper_step) {
		printf("  at %u", w->keeper[i].at);
	}
	printf("\n");
}

void life_again(const struct life *l)
{
	struct choice *c = calloc(1, sizeof(*c));
	struct world *w = malloc(sizeof(*w));
	unsigned int i;

	world_init(w, &l->setup, c);
	for (i = 0; i < l->nr; i++) {
		const struct step *s = &l->step[i];

		if (!take_step(w, s->actor, s->seed))
			continue;
		if (l->verbose)
			tell(w, s->actor);
		check_step(w, s->seed);
	}
	world_exit(w);
	free(w);
	free(c);
}

/* --- all of them --- */

/* The first actor from @*at on that can do something. */
static bool next_able(struct world *w, const u8 *list, unsigned int nr,
		      unsigned int *at)
{
	unsigned int i, n = *at;
	bool able = false;

	w->dry = true;
	for (i = 0; i < nr && !able; i++) {
		n = (*at + i) % nr;
		able = actors[list[n] / ACTORS_MAX].step(w, list[n] % ACTORS_MAX);
	}
	w->dry = false;
	*at = n;
	return able;
}

static void check_small(struct world *w, struct choice *c, u64 seed)
{
	check_power_cut(w, LOSS_DROP, 2);
	check_power_cut(w, LOSS_KEEP, 2);
	c->listed = false;
	c->rng.state = seed;
	check_power_cut(w, LOSS_ANY, 3);
	c->listed = true;
}

static void live_listed(const struct setup *s, struct choice *c, const u8 *list,
			unsigned int nr, u64 *states, u64 *recoveries)
{
	struct world *w = malloc(sizeof(*w));
	unsigned int at = 0, steps = 0;

	world_init(w, s, c);
	while (next_able(w, list, nr, &at)) {
		if (choose(c, 2)) {
			at = (at + 1) % nr;
			next_able(w, list, nr, &at);
		}
		CHECK(actors[list[at] / ACTORS_MAX].step(w, list[at] % ACTORS_MAX));
		/* What comes before the newest departure was had. */
		if (c->nr >= c->told)
			check_small(w, c, ++steps);
		CHECK(steps < STEPS_MAX);
	}
	CHECK_EQ(w->writes, s->writes);
	CHECK_EQ(w->points_made, s->points);
	*states += w->states;
	*recoveries += w->recoveries;
	world_exit(w);
	free(w);
}

void lives_all(const struct setup *s, unsigned int delays)
{
	struct choice *c = calloc(1, sizeof(*c));
	u64 lives = 0, states = 0, recoveries = 0;
	u8 list[WRITERS_MAX + 5 * MEMBERS_MAX];
	unsigned int nr = 0, i, kind;

	for (kind = 0; kind < ACTOR_KINDS; kind++) {
		const struct actor *a = &actors[kind];
		unsigned int n = a->step == writer_step ? s->writers :
				 a->step == maker_step ? 1 : s->members;

		/* Those who have no end, or are no part of it. */
		if (a->step == flusher_step || a->step == destroyer_step ||
		    a->step == power_step)
			continue;
		for (i = 0; i < n; i++)
			list[nr++] = kind * ACTORS_MAX + i;
	}
	c->listed = true;
	c->budget = delays;
	do {
		live_listed(s, c, list, nr, &states, &recoveries);
		lives++;
	} while (choice_next(c));
	free(c);
	test_count("lives", lives);
	test_count("states of all disks", states);
	test_count("recoveries", recoveries);
}
