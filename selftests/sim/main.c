// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the simulator's cases
 */
#include "run.h"

static void setup_random(struct setup *s, struct rng *r)
{
	unsigned int i;

	*s = (struct setup) {
		.members = 1 + rng_below(r, MEMBERS_MAX),
		.writers = 1 + rng_below(r, WRITERS_MAX),
		.wide = rng_one_in(r, 8),
		.granules = 3 + rng_below(r, 14),
		.cut_tail = rng_below(r, GRANULE_SECTORS),
		.writes = 1000,
		.points = POINTS_MAX,
		.checkpoints = ~0U,
		.kinds = rng_below(r, 8),
	};
	/* Each life has its own who is quick and who is slow. */
	for (i = 0; i < ACTOR_KINDS; i++)
		s->weight[i] = 1 << rng_below(r, 6);
	if (rng_one_in(r, 3))
		s->errors = 2 + rng_below(r, 6);
	s->long_records = rng_one_in(r, 2);
}

static void live_random(struct life *l, struct rng *r)
{
	setup_random(&l->setup, r);
	life_random(l, r, 1200);
}

static void test_random(struct rng *r)
{
	struct life *l = calloc(1, sizeof(*l));

	live_random(l, r);
	free(l);
}

/*
 * Every life of a small host that departs from the usual order once at most
 * (RP_DELAYS=n: n times): 2 volumes of 3 granules, 4 writes, 2 points, checkpoints, the
 * power gone after every step, with all of what is volatile, none, or some.
 */
static void test_exhaustive(struct rng *r)
{
	const char *delays = getenv("RP_DELAYS");
	struct setup s = {
		.members = 2, .writers = 4, .granules = 3, .writes = 4,
		.points = 2, .checkpoints = 4,
	};

	lives_all(&s, delays && *delays ? strtoul(delays, NULL, 0) : 1);
}

static const struct test_case cases[] = {
	{ "exhaustive", test_exhaustive, 1 },
	{ "random", test_random, 900 },
};

int main(void)
{
	rp_planted = getenv("RP_PLANT");
	if (getenv("RP_SHRINK"))
		return shrink(live_random, strtoull(getenv("RP_SEED"), NULL, 0));
	return test_main(cases, ARRAY_SIZE(cases));
}
