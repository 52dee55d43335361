// SPDX-License-Identifier: GPL-2.0-only
/*
 * company.c - requests about what the spare volume shares with others, and about
 * very many pages and gaps
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "spare.h"

/* Settling is tried again after 5 seconds; in steps of 10 ms. */
#define PATIENCE	1500
#define WIDE_PAGES	70
#define WIDE_STRIDE	(128ULL << 20)

static struct refpoint_uuid point[2];

/* Ids that are used up stay, are read each time, and would lead no walk to its end. */
static void forget_ids(struct cuts *k)
{
	static unsigned int times;

	if (++times % 4 == 0)
		spare_renew(k);
}

static bool wait_for_points(unsigned int points, unsigned int steps)
{
	while (spare_look().points != points && steps--)
		usleep(10000);
	return spare_look().points == points;
}

static void make_point(struct cuts *k, const char *collection,
		       struct refpoint_uuid *id)
{
	struct refpoint_point_options *o = refpoint_point_options_new();
	uint64_t job = 0;
	int err;

	if (!o)
		die("no options");
	err = refpoint_point_create(k->world.ctx, collection, o, id, &job,
				    k->world.result);
	refpoint_point_options_free(o);
	must(k, job_answer(k, err, job), "a point");
}

static void drop_point(struct cuts *k, const struct refpoint_uuid *id)
{
	uint64_t job = 0;
	int err = refpoint_point_destroy(k->world.ctx, id, NULL, 0, 1000, &job,
					 k->world.result);

	must(k, job_answer(k, err, job), "destroy");
}

void make_collection(struct cuts *k, const char *name, const char *const *names,
		     unsigned int nr)
{
	must(k, answer(k, refpoint_collection_create(k->world.ctx, name, NULL,
						     (const char **)names, nr, NULL,
						     k->world.result)), name);
}

static void drop_collection(struct cuts *k, const char *name)
{
	must(k, answer(k, refpoint_collection_destroy(k->world.ctx, name,
						      k->world.result)), name);
}

/* While it is away, a point goes and a collection gets another name. */
void behind_before(struct cuts *k)
{
	const char *names[] = { spare.name, k->machine.volume[0].name };

	make_collection(k, "behind", names, 2);
	make_collection(k, "ended", names, 2);
	make_point(k, "behind", &point[0]);
	make_point(k, "behind", &point[1]);
	spare_down(k);
	drop_point(k, &point[0]);
	drop_collection(k, "ended");
	must(k, answer(k, refpoint_collection_rename(k->world.ctx, "behind", "ahead",
						     k->world.result)), "rename");
}

int behind_run(struct cuts *k)
{
	int r = volume_up(&spare);

	(void)k;
	if (!r)
		wait_for_points(1, 10);
	return r;
}

/* Without memory it is tried again, here sooner than after 5 seconds. */
void behind_after(struct cuts *k, bool done)
{
	if (!done)
		spare_up(k);
	if (!wait_for_points(1, 50)) {
		spare_down(k);
		spare_up(k);
	}
	tally(k, TALLY_POINT, wait_for_points(1, PATIENCE),
	      "%s: a point that was destroyed while it was away is there",
	      spare.name);
	drop_point(k, &point[1]);
	drop_collection(k, "ahead");
	forget_ids(k);
}

static bool shown(struct cuts *k)
{
	struct refpoint_collection *c = NULL;
	struct refpoint_point *p = NULL;
	bool both;

	both = !answer(k, refpoint_point_get(k->world.ctx, &point[0], &p,
					     k->world.result)) &&
	       !answer(k, refpoint_collection_get(k->world.ctx, "alone", &c,
						  k->world.result));
	refpoint_point_free(p);
	refpoint_collection_free(c);
	return both;
}

/* Only it has records of these. */
void alone_before(struct cuts *k)
{
	const char *names[] = { spare.name };
	unsigned int i;

	make_collection(k, "alone", names, 1);
	make_point(k, "alone", &point[0]);
	make_point(k, "alone", &point[1]);
	drop_point(k, &point[1]);
	spare_down(k);
	/* Nor does the module remember them: it has to read. */
	for (i = 0; i < PATIENCE && shown(k); i++)
		usleep(10000);
	must(k, i == PATIENCE ? -ETIMEDOUT : 0, "the point of who is gone is shown");
}

/* It is up, and will not be asked again: what it has is shown, if not at once. */
void alone_after(struct cuts *k, bool done)
{
	unsigned int i;

	if (!done)
		spare_up(k);
	for (i = 0; i < PATIENCE && !shown(k); i++)
		usleep(10000);
	if (i == PATIENCE) {
		tally(k, TALLY_POINT, false,
		      "%s: it is up, its collection or its point is not shown",
		      spare.name);
		return;
	}
	drop_point(k, &point[0]);
	drop_collection(k, "alone");
	forget_ids(k);
}

/* --- many pages, many gaps --- */

void wide_before(struct cuts *k)
{
	unsigned int i;

	for (i = 0; i < WIDE_PAGES; i++)
		must(k, spare_put(wide.name, i * WIDE_STRIDE, 4096), wide.name);
}

int wide_run(struct cuts *k)
{
	struct refpoint_point_options *o = refpoint_point_options_new();
	uint64_t job = 0;
	int err;

	if (!o)
		die("no options");
	err = refpoint_point_create(k->world.ctx, "wide", o, &point[0], &job,
				    k->world.result);
	refpoint_point_options_free(o);
	return job_answer(k, err, job);
}

void wide_after(struct cuts *k, bool done)
{
	if (done)
		drop_point(k, &point[0]);
}

void gaps_before(struct cuts *k)
{
	while (spare_look().gaps < 40) {
		spare_bypass(k);
		must(k, spare_up_with_gap(k), spare.name);
	}
}

int gaps_run(struct cuts *k)
{
	struct refpoint_changes_options *o = refpoint_changes_options_new();
	struct world *w = &k->world;
	struct refpoint_changes *c = NULL;
	struct refpoint_extent e;
	int r;

	if (!o)
		die("no options");
	refpoint_changes_options_set_from_all(o);
	r = refpoint_changes_open(w->ctx, spare.name, o, &c, w->result);
	refpoint_changes_options_free(o);
	if (r || !c)
		return answer(k, r);
	while ((r = refpoint_changes_next(c, &e, w->result)) > 0)
		;
	refpoint_changes_close(c);
	return r == -EREMOTEIO ? REFUSED : r;
}
