// SPDX-License-Identifier: GPL-2.0-only
/*
 * members.c - the story of operations on collections and points, each cut short
 *
 * A few volumes, a collection of all of them that points are cut over, and beside
 * it one that is created, gets members, loses some, is renamed and destroyed. Each
 * operation is done again and again while something happens (mishaps.c) at its k-th
 * write or flush, counted over all disks, for k = 1, 2, ... until it ends before.
 * When power goes, part of what was not flushed survives, as the seed says.
 *
 * Then the volumes come back in some order, first some of them, to worlds that
 * pass: one that ends in a power cut that takes back all of it or a part, or one
 * in which the others never come. What each of these worlds says is compared with
 * what is said when all are there (sights.c), and that with the truth (truth.c).
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

#include "members.h"

#define POINTS_KEPT	3
#define ROUNDS_MAX	20000

/* --- up and down --- */

static const char *any_disk(struct cuts *k)
{
	return k->machine.volume[0].meta;
}

static void say(const char *disk, const char *message)
{
	int r = dm_message(disk, "%s", message);

	if (r)
		die("%s: %s: %s", disk, message, strerror(-r));
}

/* All goes down, and nothing is remembered but by disks. */
static void fall(struct party *p)
{
	struct cuts *k = p->k;

	refpoint_close(k->world.ctx);
	machine_down(&k->machine);
	module_unload();
	say(any_disk(k), "on");
	module_load();
	k->world.gone = false;
	context_open(&k->world);
	p->fallen = true;
}

/* Return: those that are up now. */
static unsigned int rise(struct party *p, const unsigned int *order, unsigned int nr)
{
	unsigned int i, present = 0;

	for (i = 0; i < nr; i++) {
		int r = volume_up(&p->k->machine.volume[order[i]]);

		tally(p->k, TALLY_UP, !r, "a volume does not come up: %s",
		      strerror(-r));
		if (r)
			die("cannot go on");
		present |= 1U << order[i];
	}
	return present;
}

/* Nothing can be cut over a collection whose members are not all there. */
static void refuse_point(struct party *p)
{
	struct world *w = &p->k->world;
	int err = refpoint_point_create(w->ctx, w->collection, NULL, NULL, NULL,
					w->result);

	if (err)
		die("point create: %s", refpoint_error_message(w->ctx));
	tally(p->k, TALLY_GUESS,
	      refpoint_result_reason(w->result) == REFPOINT_REASON_MEMBER_INACTIVE,
	      "a point over members that are away: %s",
	      refpoint_result_message(w->result));
}

/* A world that passes. */
static void trial(struct party *p)
{
	struct cuts *k = p->k;
	struct chance *c = &k->world.chance;
	unsigned int order[VOLUMES_MAX], present, nr = 1 + chance_below(c, k->machine.nr);
	unsigned int how = chance_below(c, 3);

	/* Nothing of it will have been, or what was before some request, or all. */
	if (how == 0)
		dm_message(any_disk(k), "cut %u ghost", (uint32_t)chance_next(c));
	else if (how == 1)
		dm_message(any_disk(k), "cut_at %u %u ghost",
			   1 + (unsigned int)chance_below(c, 20 * nr),
			   (uint32_t)chance_next(c));
	machine_order(&k->machine, c, order);
	present = rise(p, order, nr);
	usleep(chance_below(c, 20000));
	sight_take(p, present, 0);
	if (present != p->all && !p->removed && chance_hit(c, 30))
		refuse_point(p);
	fall(p);
}

/* All come back, some late. */
static void come_back(struct party *p)
{
	struct cuts *k = p->k;
	struct chance *c = &k->world.chance;
	unsigned int order[VOLUMES_MAX], present = 0, early = 0, i;

	for (i = chance_below(c, 3); i; i--)
		trial(p);
	machine_order(&k->machine, c, order);
	if (chance_hit(c, 50)) {
		early = 1 + chance_below(c, k->machine.nr - 1);
		present = rise(p, order, early);
		usleep(chance_below(c, 20000));
		sight_take(p, present, 0);
	}
	present |= rise(p, order + early, k->machine.nr - early);
	volumes_open(k);
	sight_take(p, present, 500);
	sights_judge(p);
}

/* --- an operation --- */

/* One of them slow, or all of them in any order, or none. */
static void set_pace(struct cuts *k)
{
	struct chance *c = &k->world.chance;
	unsigned int i, how = chance_below(c, 3), slow = chance_below(c, k->machine.nr);

	for (i = 0; i < k->machine.nr; i++) {
		const struct machine_volume *v = &k->machine.volume[i];

		dm_message(v->data, "latency %u", how == 1 ? 100 : 0);
		dm_message(v->meta, "latency %u", how == 1 ? 100 : 0);
		dm_message(v->meta, "delay %u", how == 2 && i == slow ? 2 : 0);
	}
}

/* Changes need not wait for who is away; making a point and adding do. */
static void send_away(struct party *p, enum act act)
{
	struct cuts *k = p->k;
	unsigned int i = chance_below(&k->world.chance, k->machine.nr);
	int r;

	if (act == ACT_MAKE_POINT || act == ACT_CREATE || act == ACT_ADD ||
	    !chance_hit(&k->world.chance, 25))
		return;
	volume_close(&k->world.volume[i]);
	r = volume_down(&k->machine.volume[i]);
	if (r)
		die("cannot remove: %s", strerror(-r));
	p->away = p->closed = 1U << i;
}

static void write_a_little(struct cuts *k)
{
	unsigned int i;

	for (i = 0; i < k->world.nr; i++) {
		struct volume *v = &k->world.volume[i];
		uint32_t at = chance_below(&k->world.chance, v->sectors / 8 - 1) * 8;

		tally(k, TALLY_IO, volume_put(v, OP_WRITE, at, 8), "%s: a write: %m",
		      v->name);
	}
}

/* Power is there still, unless that was the mishap: what is shown now, and then? */
static void live_on(struct party *p)
{
	struct cuts *k = p->k;
	struct chance *c = &k->world.chance;
	unsigned int i;

	k->may_refuse = k->world.allow_unknown = p->lost;
	if (p->all != (p->away | p->lost))
		sight_take(p, p->all & ~(p->away | p->lost), 0);
	if (chance_hit(c, 50)) {
		mishap_heal(p);
		sight_take(p, p->all, 500);
	}
	if (chance_hit(c, 50))
		mishap_cut(p);
	/* What a gap reports is no excess. */
	for (i = 0; p->lost && i < k->points.nr; i++) {
		unsigned int v;

		for (v = 0; v < k->world.nr; v++)
			k->armed[v][k->life[i].round] = UINT64_MAX;
	}
}

/* The collection that points are cut over is whole, and nothing has a gap. */
static void make_whole(struct party *p)
{
	struct world *w = &p->k->world;
	const char *names[VOLUMES_MAX];
	unsigned int n;

	n = names_of(p, p->all, names);
	if (p->removed)
		tally(p->k, TALLY_USABLE,
		      !refpoint_collection_add_member(w->ctx, w->collection, names, n,
						      w->result) &&
		      refpoint_result_ok(w->result), "add again: %s",
		      refpoint_result_message(w->result));
	while (p->lost && p->k->points.nr)
		point_drop(p->k, 0);
	p->k->may_refuse = w->allow_unknown = false;
}

/* Return: whether it happened before the operation was done. */
static bool one_round(struct party *p, enum act act, enum mishap mishap,
		      unsigned int nth)
{
	struct cuts *k = p->k;
	unsigned int i;
	bool happened;

	p->making = p->destroying = -1;
	p->away = p->lost = p->closed = p->nr_sights = 0;
	p->removed = p->refused = p->fallen = false;
	while (k->points.nr > (act == ACT_MAKE_POINT ? POINTS_KEPT - 1 : POINTS_KEPT))
		point_drop(k, chance_below(&k->world.chance, k->points.nr));
	while (!k->points.nr)
		truth_made(k, point_new(k), true);
	act_ready(p, act);
	side_read(p, p->all, &p->before);
	act_plan(p, act);
	write_a_little(k);
	if (mishap == MISHAP_CUT)
		send_away(p, act);
	set_pace(k);
	happened = mishap_act(p, act, mishap, nth);
	if (mishap != MISHAP_CUT)
		live_on(p);
	for (i = 0; i < k->world.nr; i++)
		if (!(p->closed >> i & 1))
			volume_close(&k->world.volume[i]);
	fall(p);
	mishap_lift(p);
	come_back(p);
	volumes_check(k);
	truth_of_content(k);
	truth_of_points(k);
	truth_of_lists(k);
	side_use(p);
	make_whole(p);
	k->round++;
	return happened;
}

/* --- the walk --- */

static void walk_act(struct party *p, enum act act, enum mishap mishap,
		     unsigned int stride)
{
	unsigned int nth = 0, rounds = 0;
	double begun = seconds_now();
	struct cuts *k = p->k;

	do {
		if (tally_bad(k) || k->round >= k->rounds)
			return;
		nth += 1 + chance_below(&k->world.chance, 2 * stride - 1);
		rounds++;
	} while (one_round(p, act, mishap, nth));
	printf("# %s: %s at %u requests up to the %uth, %.1f s\n", act_name[act],
	       mishap_name[mishap], rounds, nth, seconds_now() - begun);
}

/* @only: this mishap, NR_MISHAPS: all. */
static void walk(struct party *p, enum mishap only, unsigned int stride)
{
	enum mishap mishap;
	enum act act;

	for (mishap = 0; mishap < NR_MISHAPS; mishap++) {
		if (only != NR_MISHAPS && only != mishap)
			continue;
		for (act = 0; act < NR_ACTS; act++)
			if (mishap != MISHAP_REMOVE || act < ACT_CREATE)
				walk_act(p, act, mishap, stride);
	}
}

static void usage(void)
{
	fprintf(stderr,
		"usage: members [--seed N] [--stride N] [--walks N]\n"
		"               [--mishap 0..%u] VOLUME...\n", NR_MISHAPS - 1);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "stride", required_argument, NULL, 't' },
		{ "walks", required_argument, NULL, 'w' },
		{ "mishap", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 }
	};
	struct cuts *k = calloc(1, sizeof(*k));
	struct party *p = calloc(1, sizeof(*p));
	unsigned int stride = 1, walks = 1, only = NR_MISHAPS;
	double begun = seconds_now();
	uint64_t seed = 0;
	int c;

	if (!k || !p)
		return 1;
	if (getrandom(&seed, 4, 0) != 4)
		seed = getpid();
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 't')
			stride = atoi(optarg);
		else if (c == 'w')
			walks = atoi(optarg);
		else if (c == 'm')
			only = atoi(optarg);
		else
			usage();
	}
	if (argc - optind < 3 || !stride)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n# RP_SEED=%" PRIu64 "\n", seed);
	k->word = "round";
	k->told = TALLIES_OF_MEMBERS;
	k->rounds = ROUNDS_MAX;
	k->world.chance.state = seed;
	k->world.result = refpoint_result_new();
	for (; optind < argc; optind++)
		machine_add(&k->machine, argv[optind]);
	volumes_set_up(k);
	p->k = k;
	p->all = (1U << k->machine.nr) - 1;
	while (walks-- && !tally_bad(k))
		walk(p, only, stride);
	volumes_close(k);
	refpoint_close(k->world.ctx);
	machine_down(&k->machine);
	printf("# %u operations cut short in %.1f s, %" PRIu64 " points of which nothing was known\n",
	       k->round, seconds_now() - begun, k->in_doubt);
	return tally_tell(k);
}
