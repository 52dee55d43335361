// SPDX-License-Identifier: GPL-2.0-only
/*
 * load.c - what is done while writers are at work: points, checkpoints
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cuts.h"

static void make_point(struct cuts *k)
{
	struct world *w = &k->world;
	struct life *l = &k->life[k->points.nr];
	struct point *p;

	memset(l, 0, sizeof(*l));
	l->asked = moment_now();
	l->round = k->round;
	p = point_make(w, &k->points);
	/* What was said after the cut was not. */
	truth_made(k, p, !w->gone);
	truth_of_point(k, p);
	l->known = true;
}

static void destroy_point(struct cuts *k)
{
	unsigned int i;

	if (!k->points.nr)
		return;
	i = chance_below(&k->world.chance, k->points.nr);
	if (i < k->pinned || !k->life[i].made || !k->points.point[i].alive)
		return;
	/* The first time: what was asked for just before the cut may have been done. */
	if (!k->life[i].destroyed)
		k->life[i].destroyed = moment_now();
	point_destroy(&k->world, &k->points.point[i]);
	/* Kept, to see that it stays so. Not if it was said after the cut. */
	if (k->world.gone)
		k->points.point[i].alive = true;
}

void load_step(struct cuts *k)
{
	struct world *w = &k->world;
	unsigned int i = chance_below(&w->chance, w->nr);
	int r;

	switch (chance_below(&w->chance, 10)) {
	case 0 ... 3:
		if (k->points.nr < k->most) {
			make_point(k);
			break;
		}
		/* fallthrough */
	case 4 ... 5:
		destroy_point(k);
		break;
	case 6 ... 7:
		r = dm_message(w->volume[i].name, "checkpoint");
		if (r && !w->gone)
			die("%s: checkpoint: %s", w->volume[i].name, strerror(-r));
		if (!w->gone)
			k->checkpointed[i] = true;
		break;
	default:
		usleep(chance_below(&w->chance, 4000));
	}
}
