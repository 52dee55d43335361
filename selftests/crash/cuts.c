// SPDX-License-Identifier: GPL-2.0-only
/*
 * cuts.c - the story: write, cut points, lose power, come up, compare
 *
 * The disks below (selftests/modules/rp_disk) lose power at one instant, while
 * writers are at work and points are made, destroyed and checkpointed. In most
 * rounds nobody above notices ("ghost"): everything is taken down in peace, and
 * nothing of that will have been. In the others all I/O fails from the cut on.
 * Then the module is loaded anew, so that it knows what is on disk and no more;
 * in some rounds power goes once more while the volumes come up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cuts.h"

#define ACTIONS		8

/* --- the cut --- */

struct cutter {
	struct cuts *cuts;
	pthread_t thread;
	atomic_bool go;
	atomic_bool done;
	unsigned int delay;	/* microseconds after go */
	uint32_t seed;
	bool ghost;
};

static void *cutter_main(void *arg)
{
	struct cutter *c = arg;
	struct cuts *k = c->cuts;
	int r;

	while (!c->go)
		usleep(50);
	if (c->delay)
		usleep(c->delay);
	k->cut_before = moment_now();
	k->world.gone = true;
	r = dm_message(k->machine.volume[0].meta, "cut %u %s", c->seed,
		       c->ghost ? "ghost" : "dead");
	if (r)
		die("cut: %s", strerror(-r));
	k->cut_after = moment_now();
	c->done = true;
	return NULL;
}

static void cutter_begin(struct cuts *k, struct cutter *c, unsigned int delay)
{
	struct chance *chance = &k->world.chance;

	*c = (struct cutter) {
		.cuts = k, .delay = chance_below(chance, delay),
		.seed = chance_next(chance), .ghost = chance_hit(chance, 75),
	};
	if (pthread_create(&c->thread, NULL, cutter_main, c))
		die("cannot make a thread");
}

/* --- a round --- */

/* Until power is gone. */
static void live(struct cuts *k, struct cutter *c)
{
	static const unsigned int delays[] = { 300, 2000, 10000, 40000 };
	struct world *w = &k->world;
	unsigned int when = chance_below(&w->chance, ACTIONS), i;
	struct burst *b = NULL;
	unsigned int delay = delays[chance_below(&w->chance, SIZE_OF(delays))];

	w->stop = false;
	/* Mostly: a cut without writers is for what was said to be done before. */
	if (chance_hit(&w->chance, 85))
		b = burst_begin(w, 100000);
	cutter_begin(k, c, delay);
	for (i = 0; !c->done && i < 1000; i++) {
		if (i == when)
			c->go = true;
		load_step(k);
		if (i == when && !b && chance_hit(&w->chance, 30))
			b = burst_begin(w, 100000);
	}
	pthread_join(c->thread, NULL);
	w->stop = true;
	if (b)
		burst_end(b);
	/* A writer dies of an error that came before the cut. */
	tally(k, TALLY_IO, true, "-");
}

static void power_on(struct cuts *k)
{
	int r = dm_message(k->machine.volume[0].meta, "on");

	if (r)
		die("power on: %s", strerror(-r));
}

/* All volumes are down; power is gone, or not. */
static void come_up(struct cuts *k)
{
	struct world *w = &k->world;
	struct cutter again;
	int r;

	while (chance_hit(&w->chance, 20)) {
		/* Power goes while they come up. */
		uint64_t before = k->cut_before, after = k->cut_after;

		cutter_begin(k, &again, 30000);
		again.go = true;
		r = machine_up(&k->machine, &w->chance);
		if (r && !w->gone)
			die("cannot bring up: %s", strerror(-r));
		pthread_join(again.thread, NULL);
		k->cut_before = before;
		k->cut_after = after;
		machine_down(&k->machine);
		module_unload();
		power_on(k);
		module_load();
		w->gone = false;
	}
	r = machine_up(&k->machine, &w->chance);
	tally(k, TALLY_UP, !r, "a volume does not come up: %s", strerror(-r));
	if (r)
		die("cannot go on");
}

static void one_round(struct cuts *k)
{
	struct world *w = &k->world;
	struct cutter c;

	live(k, &c);
	volumes_close(k);
	refpoint_close(w->ctx);
	machine_down(&k->machine);
	module_unload();
	power_on(k);
	module_load();
	w->gone = false;
	come_up(k);
	context_open(w);
	volumes_open(k);
	volumes_check(k);
	truth_of_content(k);
	truth_of_points(k);
	truth_of_lists(k);
}

/* --- beginning and end --- */

static void latency(struct cuts *k, unsigned int us)
{
	unsigned int i;

	for (i = 0; i < k->machine.nr; i++) {
		dm_message(k->machine.volume[i].data, "latency %u", us);
		dm_message(k->machine.volume[i].meta, "latency %u", us);
	}
}

/* A disk that lies: the test has to find it out. */
static void lie(struct cuts *k, const char *plant)
{
	unsigned int i;

	for (i = 0; i < k->machine.nr && !strcmp(plant, "origin-flush"); i++)
		dm_message(k->machine.volume[i].data, "lie flush");
	for (i = 0; i < k->machine.nr && !strcmp(plant, "metadata-flush"); i++)
		dm_message(k->machine.volume[i].meta, "lie flush");
	for (i = 0; i < k->machine.nr && !strcmp(plant, "metadata-fua"); i++)
		dm_message(k->machine.volume[i].meta, "lie fua");
}

static void usage(void)
{
	fprintf(stderr,
		"usage: cuts [--seed N] [--rounds N] [--seconds N] [--threads N]\n"
		"            [--plant lose-one|origin-flush|metadata-flush|metadata-fua] VOLUME...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 'l' },
		{ "threads", required_argument, NULL, 't' },
		{ "plant", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	struct cuts *k = calloc(1, sizeof(*k));
	double begun = seconds_now(), limit = 1e9;
	const char *plant = "";
	uint64_t seed = 0;
	int c;

	if (!k)
		return 1;
	if (getrandom(&seed, 4, 0) != 4)
		seed = getpid();
	k->word = "cut";
	k->told = TALLIES_OF_DATA;
	k->rounds = 25;
	k->most = 8;
	k->world.threads = 3;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'r')
			k->rounds = atoi(optarg);
		else if (c == 'l')
			limit = atof(optarg);
		else if (c == 't')
			k->world.threads = atoi(optarg);
		else if (c == 'p')
			plant = optarg;
		else
			usage();
	}
	if (optind == argc || !k->world.threads || k->world.threads > THREADS_MAX ||
	    !k->rounds)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n# RP_SEED=%" PRIu64 "\n", seed);
	k->world.chance.state = seed;
	k->world.plant = !strcmp(plant, "lose-one");
	k->world.result = refpoint_result_new();
	for (; optind < argc; optind++)
		machine_add(&k->machine, argv[optind]);
	volumes_set_up(k);
	latency(k, 60);
	lie(k, plant);
	for (; k->round < k->rounds && !tally_bad(k); k->round++) {
		if (seconds_now() - begun > limit)
			break;
		one_round(k);
	}
	volumes_close(k);
	refpoint_close(k->world.ctx);
	machine_down(&k->machine);
	printf("# %u cuts in %.1f s, %" PRIu64 " operations, %" PRIu64 " sectors forgotten, %" PRIu64 " points cut short\n",
	       k->round, seconds_now() - begun, volumes_ops(k), k->lost,
	       k->in_doubt);
	return tally_tell(k);
}
