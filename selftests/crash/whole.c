// SPDX-License-Identifier: GPL-2.0-only
/*
 * whole.c - the story of a whole machine that loses power
 *
 * Runs in the machine, once in each of its lives. The disks are served from outside
 * (selftests/nbd), and so is the memory in which it keeps what it knows: what was
 * asked for, and what was said to be done, up to the store at which the machine
 * stopped. whole.py, on the host, decides when power goes. A life begins with
 * recovery and judges what the one before it left; then it goes on writing until
 * it ends, too. Some lives, on the host's order, bring the volumes up and down and
 * no more until power goes.
 *
 * Once power is gone no request is answered, hence whatever the memory says to be
 * done was done before, and anything in flight in it may be.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cuts.h"

/* To the host: whole.py has the same numbers. */
enum phase {
	PHASE_UP = 1,		/* coming up */
	PHASE_JUDGE,		/* no cut, please */
	PHASE_LIVE,		/* at any time */
};

enum order {
	ORDER_LIVE,
	ORDER_UP_AND_DOWN,
};

static struct cuts *cuts_new(unsigned int rounds, uint64_t seed)
{
	struct cuts *k = keep_alloc(sizeof(*k));

	k->rounds = rounds;
	k->world.threads = 3;
	k->most = 24;
	k->world.chance.state = seed;
	return k;
}

/* What a point that was being made needs to be judged. */
static void complete_point(struct cuts *k, unsigned int nth)
{
	struct point *p = &k->points.point[nth];
	unsigned int i;

	for (i = 0; i < k->world.nr; i++) {
		/* Power went before it was asked for. */
		if (!p->at.before[i]) {
			truth_forget(k, nth);
			return;
		}
	}
	if (!p->at.after)
		instant_end(&p->at);
	truth_of_point(k, p);
	k->life[nth].known = true;
}

/*
 * What lies in memory was left in the middle of things. Nothing that points out of
 * it is worth anything.
 */
static void pick_up(struct cuts *k, uint32_t boot)
{
	struct world *w = &k->world;
	unsigned int i;

	moment_begin((uint64_t)boot << 40);
	k->cut_before = moment_now();
	k->cut_after = k->cut_before;
	for (i = 0; i < w->nr; i++) {
		pthread_mutex_init(&w->volume[i].lock, NULL);
		ops_cut(&w->volume[i]);
	}
	for (i = k->points.nr; i--; )
		if (!k->life[i].known)
			complete_point(k, i);
}

static void up_and_down(struct cuts *k)
{
	for (;;) {
		if (machine_up(&k->machine, &k->world.chance))
			die("cannot bring up");
		machine_down(&k->machine);
	}
}

static void judge(struct cuts *k)
{
	context_open(&k->world);
	volumes_open(k);
	volumes_check(k);
	truth_of_content(k);
	truth_of_points(k);
	truth_of_lists(k);
	k->round++;
}

/* Until power goes. */
static void live(struct cuts *k, struct keep *keep)
{
	/* So that there are lists to ask for after each cut. */
	k->pinned = 1 + chance_below(&k->world.chance, 6);
	burst_begin(&k->world, UINT32_MAX);
	while (!k->points.nr)
		load_step(k);
	keep->phase = PHASE_LIVE;
	for (;;)
		load_step(k);
}

static int finish(struct cuts *k)
{
	volumes_close(k);
	refpoint_close(k->world.ctx);
	machine_down(&k->machine);
	printf("TAP version 13\n");
	printf("# %u cuts, %" PRIu64 " operations, %" PRIu64 " sectors forgotten, %" PRIu64 " points cut short\n",
	       k->round, volumes_ops(k), k->lost, k->in_doubt);
	return tally_tell(k);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: whole --keep FILE [--seed N] [--rounds N] [--plant lose-one] VOLUME...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "keep", required_argument, NULL, 'k' },
		{ "seed", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "plant", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	struct keep *keep = NULL;
	unsigned int rounds = 1;
	uint64_t seed = 1;
	bool plant = false, first;
	struct cuts *k;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'k')
			keep = keep_open(optarg);
		else if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'r')
			rounds = atoi(optarg);
		else if (c == 'p')
			plant = !strcmp(optarg, "lose-one");
		else
			usage();
	}
	if (!keep || optind == argc || !rounds)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	first = !keep->root;
	if (first)
		keep->root = cuts_new(rounds, seed);
	k = keep->root;
	k->word = "cut";
	k->told = TALLIES_OF_DATA;
	k->world.plant = plant;
	k->world.result = refpoint_result_new();
	memset(&k->machine, 0, sizeof(k->machine));
	for (; optind < argc; optind++)
		machine_add(&k->machine, argv[optind]);
	if (first) {
		volumes_set_up(k);
		tally(k, TALLY_IO, true, "-");
		live(k, keep);
	}
	pick_up(k, keep->boots);
	keep->phase = PHASE_UP;
	if (keep->order == ORDER_UP_AND_DOWN)
		up_and_down(k);
	if (machine_up(&k->machine, &k->world.chance))
		die("a volume does not come up");
	tally(k, TALLY_UP, true, "-");
	keep->phase = PHASE_JUDGE;
	judge(k);
	if (tally_bad(k) || k->round >= k->rounds)
		return finish(k);
	live(k, keep);
	return 1;
}
