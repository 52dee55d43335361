// SPDX-License-Identifier: GPL-2.0-only
/*
 * nomem.c - the story of allocations that fail
 *
 * Each request is made while the k-th allocation fails that it makes below a
 * function of the module, itself or in a worker of the kernel, for k = 1, 2, ...
 * until none fails any more. It says that there is no memory, or does without;
 * repeated with memory it succeeds; and what has to be true of a life (life.c) is
 * true afterwards. The module is loaded likewise.
 *
 * What no request waits for, work in interrupts above all, is left to whole lives
 * in which every n-th allocation fails, whoever makes it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "inject.h"
#include "requests.h"

#define WALK_MAX	3000

struct options {
	const char *only;	/* requests with that in their name */
	const char *sites;	/* file for the call sites that were hit */
	const char *report;	/* command that judges it */
	unsigned int stride;	/* of k */
	unsigned int lives;
	const char *name[4];
};

/* --- requests --- */

/* Whether an answer names the lack of memory. */
static bool names_memory(struct cuts *k, int r)
{
	const struct refpoint_result *res = k->world.result;

	/* Device mapper calls a path that it had no memory to look up unknown. */
	if (r != REFUSED)
		return r == -ENOMEM || r == -ENXIO || r == -ENODEV;
	/* A commit that was not written, of a point that is decided by others. */
	return refpoint_result_reason(res) == REFPOINT_REASON_NO_MEMORY ||
	       strstr(refpoint_result_message(res), "(-12)");
}

static const char *words(struct cuts *k, int r)
{
	return !r ? "done" : r == REFUSED ?
	       refpoint_result_message(k->world.result) : strerror(-r);
}

static void judge(struct cuts *k)
{
	k->world.gone = false;
	life_check(k, true);
	k->world.gone = true;
}

/* Lists begin at a point from before. */
static void fresh_point(struct cuts *k)
{
	k->world.gone = false;
	life_forget(k);
	k->armed[0][k->round] = UINT64_MAX;
	k->armed[1][k->round] = UINT64_MAX;
	life_make(k);
	life_writes(k, 1, false);
	k->world.gone = true;
}

/* Return: whether an allocation failed. */
static bool one_request(struct cuts *k, const struct request *q, unsigned int nth)
{
	unsigned int hit;
	bool lost;
	int r, again;

	if (q->before)
		q->before(k);
	inject_arm(nth);
	r = q->run(k);
	hit = inject_disarm();
	tally(k, TALLY_REQUEST, !r || (hit && names_memory(k, r)),
	      "%s, k = %u%s: %s", q->name, nth, hit ? "" : ", with memory",
	      words(k, r));
	if (r && q->after)
		q->after(k, false);
	if (r) {
		if (q->before && q->after)
			q->before(k);
		again = q->run(k);
		tally(k, TALLY_REQUEST, !again, "%s, once more after k = %u: %s",
		      q->name, nth, words(k, again));
	}
	if (q->after)
		q->after(k, true);
	events_read(&lost);
	return hit;
}

static void one_walk(struct cuts *k, const struct request *q, unsigned int stride)
{
	unsigned int nth = 1 + chance_below(&k->world.chance, stride), hits = 0;
	unsigned int missed = 0;
	double begun = seconds_now();

	fresh_point(k);
	/* A worker that was not there yet may have had its turn: twice. */
	for (; missed < 2 && nth < WALK_MAX && !tally_bad(k); nth += stride) {
		if (one_request(k, q, nth)) {
			missed = 0;
			hits++;
		} else {
			missed++;
		}
		if (q->judge && hits % q->judge == q->judge - 1) {
			judge(k);
			fresh_point(k);
		}
	}
	judge(k);
	printf("# %s: %u failed, %.1f s\n", q->name, hits, seconds_now() - begun);
	if (tally_bad(k))
		printf("# that was: %s, k = %u\n", q->name, nth - stride);
}

static void walks(struct cuts *k, const struct request *q, unsigned int nr,
		  const struct options *o)
{
	unsigned int i;

	for (i = 0; i < nr && !tally_bad(k); i++)
		if (!o->only || strstr(q[i].name, o->only))
			one_walk(k, &q[i], o->stride);
}

/* --- the module --- */

/* Nothing is active. */
static void load_walk(struct cuts *k, unsigned int stride)
{
	unsigned int nth = 1 + chance_below(&k->world.chance, stride), hits = 0, hit;
	int r;

	do {
		module_unload();
		inject_aim_at_init();
		inject_arm(nth);
		r = module_load_try();
		hit = inject_disarm();
		hits += hit;
		/* sysfs has words of its own for it. */
		tally(k, TALLY_REQUEST, !r || (hit && r == -ENOMEM),
		      "loading the module, k = %u: %s", nth, strerror(-r));
		if (r)
			module_load();
		nth += stride;
	} while (hit && nth < WALK_MAX && !tally_bad(k));
	inject_aim();
	printf("# loading the module: %u failed\n", hits);
}

/* --- lives --- */

struct rain {
	unsigned int interval;
	unsigned int hits;
};

static void rain_begin(void *arg)
{
	const struct rain *r = arg;

	inject_all(r->interval);
}

static bool rain_end(void *arg)
{
	struct rain *r = arg;

	r->hits = inject_none();
	return r->hits;
}

static void lives(struct cuts *k, unsigned int nr)
{
	struct rain rain = { 0 };
	const struct trouble t = {
		.begin = rain_begin, .end = rain_end, .arg = &rain,
	};
	double begun = seconds_now();
	unsigned int i, hits = 0;

	for (i = 0; i < nr && !tally_bad(k); i++) {
		/* Rare ones let a life get far, frequent ones meet each other. */
		rain.interval = 5 + chance_below(&k->world.chance, 20U << i % 6);
		life_once(k, &t);
		hits += rain.hits;
	}
	printf("# %u lives: %u failed, %.1f s\n", i, hits, seconds_now() - begun);
	if (tally_bad(k))
		printf("# that was: every %u.\n", rain.interval);
}

/* --- the story --- */

static struct options parse(int argc, char **argv)
{
	struct options o = { .stride = 1, .lives = 20 };
	int i;

	for (; argc > 1 && !strncmp(argv[1], "--", 2); argc--, argv++) {
		if (!strncmp(argv[1], "--only=", 7))
			o.only = argv[1] + 7;
		else if (!strncmp(argv[1], "--sites=", 8))
			o.sites = argv[1] + 8;
		else if (!strncmp(argv[1], "--report=", 9))
			o.report = argv[1] + 9;
		else if (!strncmp(argv[1], "--stride=", 9))
			o.stride = atoi(argv[1] + 9);
		else if (!strncmp(argv[1], "--lives=", 8))
			o.lives = atoi(argv[1] + 8);
		else
			die("unknown option %s", argv[1]);
	}
	if (argc != 5 || !o.stride)
		die("usage: nomem [--only=TEXT] [--sites=FILE] [--stride=N] [--lives=N] VOLUME VOLUME SPARE WIDE");
	for (i = 0; i < 4; i++)
		o.name[i] = argv[i + 1];
	return o;
}

int main(int argc, char **argv)
{
	const struct options o = parse(argc, argv);
	struct cuts *k = calloc(1, sizeof(*k));
	if (!k)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!inject_set_up()) {
		printf("1..0 # SKIP the kernel has no fault injection\n");
		return 4;
	}
	printf("TAP version 13\n");
	k->word = "round";
	k->rounds = WALK_MAX + o.lives;
	k->told = TALLIES_OF_DATA | 1U << TALLY_REQUEST;
	if (getrandom(&k->world.chance.state, 8, 0) != 8)
		die("no random number: %m");
	k->world.result = refpoint_result_new();
	k->world.patience = 15000;
	/* First: of what an older instance lost kmemleak knows no function's name. */
	if (!o.only || strstr("load", o.only))
		load_walk(k, o.stride);
	machine_add(&k->machine, o.name[0]);
	machine_add(&k->machine, o.name[1]);
	volumes_set_up(k);
	requests_set_up();
	spare_set_up(k, o.name[2], o.name[3]);
	k->world.gone = true;
	walks(k, requests, nr_requests, &o);
	walks(k, spare_requests, nr_spare_requests, &o);
	k->world.gone = false;
	if (!tally_bad(k))
		life_forget(k);
	lives(k, o.lives);
	volumes_close(k);
	requests_end();
	spare_end();
	refpoint_close(k->world.ctx);
	machine_down(&k->machine);
	if (o.sites)
		inject_tell(o.sites);
	/* Of all k, or it would say little. */
	if (o.report && !o.only && o.stride == 1) {
		k->told |= 1U << TALLY_SITES;
		tally(k, TALLY_SITES, !system(o.report), "see above");
	}
	return tally_tell(k);
}
