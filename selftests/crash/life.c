// SPDX-License-Identifier: GPL-2.0-only
/*
 * life.c - a short scripted life of two volumes, and what has to be true after it
 *
 * Writes into new regions, a point, a checkpoint, more writes, a point, a destroyed
 * point, deactivated, activated, more writes; meanwhile something is wrong. Then
 * that is lifted and the volumes are activated: users' I/O went on (I6), every
 * list is a superset or refused (I1), points are on both volumes or on none (I4),
 * and the second volume has noticed nothing.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "life.h"

/* A write that waits for a metadata device waits for arm_timeout at most (I7). */
#define IO_MAX		40.0
/* One of the volume whose disks are sound waits for nobody else's. */
#define OTHER_MAX	5.0

double life_slowest;

/* --- the life --- */

/* Of the first @origin_fails volumes writes may fail. */
void life_put(struct cuts *k, unsigned int which, enum op_type type, uint32_t first,
		uint32_t count, bool origin_fails)
{
	struct volume *v = &k->world.volume[which];
	double begun = seconds_now();
	bool good = volume_put(v, type, first, count);

	tally(k, TALLY_IO, good || (origin_fails && !which),
	      "%s: a write failed: %m", v->name);
	begun = seconds_now() - begun;
	tally(k, TALLY_IO, begun < (which ? OTHER_MAX : IO_MAX), "%s: a write took %.0f s", v->name, begun);
	if (begun > life_slowest)
		life_slowest = begun;
}

/* In both volumes, into a region each time anew, and over what is there. */
void life_writes(struct cuts *k, unsigned int region, bool origin_fails)
{
	unsigned int i;

	for (i = 0; i < k->world.nr; i++) {
		uint32_t first = region * k->region[i] / SECTOR;

		if (first + 4096 > k->world.volume[i].sectors)
			continue;
		life_put(k, i, OP_WRITE, first + 8 * (k->round % 97), 24, origin_fails);
		life_put(k, i, OP_WRITE, first + 1003, 1, origin_fails);
		life_put(k, i, OP_ZERO, first + 2000, 64, origin_fails);
	}
}

struct point *life_make(struct cuts *k)
{
	struct life *l = &k->life[k->points.nr];
	struct point *p;

	memset(l, 0, sizeof(*l));
	l->round = k->round;
	l->asked = moment_now();
	p = point_make(&k->world, &k->points);
	l->made = p->alive;
	truth_of_point(k, p);
	return p;
}

void life_destroy(struct cuts *k, struct point *p)
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

	life_writes(k, 1, origin_fails);
	p = life_make(k);
	dm_message(k->machine.volume[0].name, "checkpoint");
	life_writes(k, 0, origin_fails);
	life_writes(k, 2, origin_fails);
	life_make(k);
	if (p->alive)
		life_destroy(k, p);
	life_writes(k, 1, origin_fails);
	if (!cycle(k))
		return false;
	life_writes(k, 0, origin_fails);
	life_writes(k, 3, origin_fails);
	return true;
}

/* --- what has to be true after it --- */

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

void life_check(struct cuts *k, bool hit)
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

/* No point is left behind. */
void life_forget(struct cuts *k)
{
	while (k->points.nr) {
		if (k->points.point[0].alive)
			point_destroy(&k->world, &k->points.point[0]);
		truth_forget(k, 0);
	}
	k->round++;
}

bool life_once(struct cuts *k, const struct trouble *t)
{
	struct world *w = &k->world;
	unsigned int i;
	bool up, hit;
	int r;

	/* Regions: what a gap reports is no excess. */
	for (i = 0; i < w->nr; i++)
		k->armed[i][k->round] = i ? k->armed[i][k->round] : UINT64_MAX;
	life_writes(k, 0, false);
	life_make(k);
	t->begin(t->arg);
	w->gone = true;
	up = live(k, t->origin_fails);
	hit = t->end(t->arg);
	if (up) {
		volume_close(&w->volume[0]);
		r = volume_down(&k->machine.volume[0]);
		if (r)
			die("cannot remove: %s", strerror(-r));
	}
	r = volume_up(&k->machine.volume[0]);
	tally(k, TALLY_UP, !r, "it does not come up: %s", strerror(-r));
	if (r)
		die("cannot go on");
	volume_open(&w->volume[0]);
	w->gone = false;
	life_check(k, hit);
	life_forget(k);
	return hit;
}
