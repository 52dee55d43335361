// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults.c - the story of disks that fail
 *
 * A short scripted life of two volumes in a collection: writes into new regions, a
 * point, a checkpoint, more writes, a point, a destroyed point, deactivated,
 * activated, more writes. It is lived again and again while the k-th read, write
 * or flush of the first one's metadata fails, for k = 1, 2, ... until a life
 * passes without; once or from then on, before or after it has done its work.
 * Likewise with its origin, and with disks that are slow, read-only or gone.
 *
 * After each life the fault is lifted and the volumes are activated: users' I/O
 * went on (I6), every list is a superset or refused (I1), points are on both
 * volumes or on none (I4), and the second volume has noticed nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cuts.h"

/* A write that waits for a metadata device waits for arm_timeout at most (I7). */
#define IO_MAX		40.0
/* One of the volume whose disks are sound waits for nobody else's. */
#define OTHER_MAX	5.0
#define WALK_MAX	400

/**
 * struct scenario - what is wrong during a life
 * @disk: "meta" or "data" of the first volume
 * @fault: for messages to the disk, with %u for k
 * @walk: for each k
 */
struct scenario {
	const char *disk;
	const char *fault;
	bool walk;
	bool full;		/* tier full alone */
};

static const struct scenario scenarios[] = {
	{ "meta", "fault write %u once before", true, false },
	{ "meta", "fault write %u once after", true, true },
	{ "meta", "fault write %u always before", true, true },
	{ "meta", "fault write %u always after", true, true },
	{ "meta", "fault flush %u once before", true, false },
	{ "meta", "fault flush %u always after", true, true },
	{ "meta", "fault read %u once before", true, false },
	{ "meta", "fault read %u always before", true, true },
	{ "meta", "mode ro", false, false },
	{ "meta", "mode gone", false, false },
	{ "meta", "delay 30", false, false },
	{ "meta", "delay 2000", false, true },
	{ "data", "fault write %u once before", true, true },
	{ "data", "fault write %u once after", true, true },
	{ "data", "fault flush %u once before", true, false },
	{ "data", "fault flush %u always before", true, true },
};

static double slowest;

/* --- the life --- */

/* Of the first @origin_fails volumes writes may fail. */
static void put(struct cuts *k, unsigned int which, enum op_type type, uint32_t first,
		uint32_t count, bool origin_fails)
{
	struct volume *v = &k->world.volume[which];
	double begun = seconds_now();
	bool good = volume_put(v, type, first, count);

	tally(k, TALLY_IO, good || (origin_fails && !which),
	      "%s: a write failed: %m", v->name);
	begun = seconds_now() - begun;
	tally(k, TALLY_IO, begun < (which ? OTHER_MAX : IO_MAX), "%s: a write took %.0f s", v->name, begun);
	if (begun > slowest)
		slowest = begun;
}

/* In both volumes, into a region each time anew, and over what is there. */
static void writes(struct cuts *k, unsigned int region, bool origin_fails)
{
	unsigned int i;

	for (i = 0; i < k->world.nr; i++) {
		uint32_t first = region * k->region[i] / SECTOR;

		if (first + 4096 > k->world.volume[i].sectors)
			continue;
		put(k, i, OP_WRITE, first + 8 * (k->round % 97), 24, origin_fails);
		put(k, i, OP_WRITE, first + 1003, 1, origin_fails);
		put(k, i, OP_ZERO, first + 2000, 64, origin_fails);
	}
}

static struct point *make(struct cuts *k)
{
	struct life *l = &k->life[k->points.nr];
	struct point *p;

	memset(l, 0, sizeof(*l));
	l->asked = moment_now();
	p = point_make(&k->world, &k->points);
	l->made = p->alive;
	truth_of_point(k, p);
	return p;
}

static void destroy(struct cuts *k, struct point *p)
{
	k->life[p - k->points.point].destroyed = moment_now();
	point_destroy(&k->world, p);
}

/* Down and up; it may not come up before the fault is lifted. */
static bool cycle(struct cuts *k)
{
	struct machine_volume *mv = &k->machine.volume[0];
	struct volume *v = &k->world.volume[0];
	int r;

	volume_close(v);
	r = volume_down(mv);
	if (r)
		die("%s: cannot remove: %s", v->name, strerror(-r));
	r = volume_up(mv);
	if (!r)
		volume_open(v);
	return !r;
}

/* Return: whether the first volume is up. */
static bool live(struct cuts *k, bool origin_fails)
{
	struct point *p;

	writes(k, 1, origin_fails);
	p = make(k);
	dm_message(k->machine.volume[0].name, "checkpoint");
	writes(k, 0, origin_fails);
	writes(k, 2, origin_fails);
	make(k);
	if (p->alive)
		destroy(k, p);
	writes(k, 1, origin_fails);
	if (!cycle(k))
		return false;
	writes(k, 0, origin_fails);
	writes(k, 3, origin_fails);
	return true;
}

/* --- what has to be true after it --- */

static const char *disk_of(struct cuts *k, const char *disk)
{
	return strcmp(disk, "meta") ? k->machine.volume[0].data :
				      k->machine.volume[0].meta;
}

static uint64_t failed_requests(const char *disk)
{
	unsigned long long reads, writes, flushes, failed;
	char line[256];

	if (dm_status(disk, line, sizeof(line)) ||
	    sscanf(line, "%llu %llu %llu %llu", &reads, &writes, &flushes,
		   &failed) != 4)
		die("%s: status: %s", disk, line);
	return failed;
}

/* The second volume, whose disks are sound: no gap, no refusal. */
static void check_other(struct cuts *k)
{
	struct volume *v = &k->world.volume[1];
	struct refpoint_volume *info = NULL;
	char line[256];

	if (refpoint_volume_get(k->world.ctx, v->name, &info, k->world.result) || !info)
		die("%s: %s", v->name, refpoint_result_message(k->world.result));
	dm_status(v->name, line, sizeof(line));
	tally(k, TALLY_UP, !strncmp(line, "active ", 7) &&
	      !refpoint_volume_gap_count(info), "the other volume: %s", line);
	refpoint_volume_free(info);
}

static void check_all(struct cuts *k, bool hit)
{
	struct world *w = &k->world;
	unsigned int i;

	k->may_refuse = hit;
	w->allow_unknown = hit;
	volumes_check(k);
	check_other(k);
	/* Nothing was forgotten here: what was written is there. */
	for (i = 0; i < w->nr; i++)
		w->volume[i].flushed = moment_now();
	k->cut_after = UINT64_MAX;
	truth_of_content(k);
	truth_of_points(k);
	truth_of_lists(k);
	w->allow_unknown = false;
	k->may_refuse = false;
}

/* Return: whether anything failed in it. */
static bool one_life(struct cuts *k, const struct scenario *s, unsigned int nth)
{
	const char *disk = disk_of(k, s->disk);
	bool data = !strcmp(s->disk, "data"), up, hit;
	struct world *w = &k->world;
	unsigned int i;
	char fault[64];
	int r;

	/* Regions: what a gap reports is no excess. */
	for (i = 0; i < w->nr; i++)
		k->armed[i][k->round] = i ? k->armed[i][k->round] : UINT64_MAX;
	writes(k, 0, false);
	make(k);
	snprintf(fault, sizeof(fault), s->fault, nth);
	r = dm_message(disk, "reset") ?: dm_message(disk, "%s", fault);
	if (r)
		die("%s: %s: %s", disk, fault, strerror(-r));
	w->gone = true;
	up = live(k, data);
	hit = failed_requests(disk);
	dm_message(disk, "reset");
	if (up) {
		volume_close(&w->volume[0]);
		r = volume_down(&k->machine.volume[0]);
		if (r)
			die("cannot remove: %s", strerror(-r));
	}
	r = volume_up(&k->machine.volume[0]);
	tally(k, TALLY_UP, !r, "it does not come up: %s", strerror(-r));
	if (r)
		die("cannot go on after '%s'", fault);
	volume_open(&w->volume[0]);
	w->gone = false;
	check_all(k, hit);
	while (k->points.nr) {
		if (k->points.point[0].alive)
			point_destroy(w, &k->points.point[0]);
		truth_forget(k, 0);
	}
	k->round++;
	return hit;
}

static void one_scenario(struct cuts *k, const struct scenario *s)
{
	double begun = seconds_now();
	unsigned int nth = 1;
	bool hit;

	slowest = 0;
	do {
		uint64_t bad = tally_bad(k);

		hit = one_life(k, s, nth);
		if (!bad && tally_bad(k))
			printf("# that was: %s of %s, k = %u\n", s->fault, s->disk,
			       nth);
	} while (hit && s->walk && ++nth < WALK_MAX && !tally_bad(k));
	printf("# %s: %s: %u %s, slowest write %.1f s, %.1f s\n", s->disk, s->fault,
	       nth, s->walk ? "lives" : "life", slowest, seconds_now() - begun);
}

int main(int argc, char **argv)
{
	struct cuts *k = calloc(1, sizeof(*k));
	const char *only = NULL;
	bool full = false;
	unsigned int i;

	if (!k)
		return 1;
	for (; argc > 2 && !strncmp(argv[1], "--", 2); argc--, argv++) {
		if (!strcmp(argv[1], "--full"))
			full = true;
		else if (!strncmp(argv[1], "--only=", 7))
			only = argv[1] + 7;
		else
			die("usage: faults [--full] [--only=TEXT] VOLUME VOLUME");
	}
	if (argc != 3)
		die("usage: faults [--full] [--only=TEXT] VOLUME VOLUME");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	k->word = "life";
	k->told = TALLIES_OF_DATA;
	k->rounds = SIZE_OF(scenarios) * WALK_MAX;
	/* Ids of points are not used twice; nothing else is left to chance. */
	if (getrandom(&k->world.chance.state, 8, 0) != 8)
		die("no random number: %m");
	k->world.result = refpoint_result_new();
	machine_add(&k->machine, argv[1]);
	machine_add(&k->machine, argv[2]);
	volumes_set_up(k);
	for (i = 0; i < SIZE_OF(scenarios) && !tally_bad(k); i++)
		if ((full || !scenarios[i].full) &&
		    (!only || strstr(scenarios[i].fault, only)))
			one_scenario(k, &scenarios[i]);
	printf("# %u lives, %" PRIu64 " operations, %" PRIu64 " lists refused\n",
	       k->round, volumes_ops(k), k->refused);
	volumes_close(k);
	refpoint_close(k->world.ctx);
	machine_down(&k->machine);
	return tally_tell(k);
}
