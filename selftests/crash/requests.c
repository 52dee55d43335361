// SPDX-License-Identifier: GPL-2.0-only
/*
 * requests.c - everything that can be asked of the module, one by one
 *
 * The first volume of the world is the one that things are done to; the second
 * one shares its collection. What would disturb them is done to others (spare.c).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "requests.h"

static struct refpoint_monitor *monitor;
static struct refpoint_uuid wanted;

static const char *first(struct cuts *k)
{
	return k->machine.volume[0].name;
}

int answer(struct cuts *k, int err)
{
	if (err)
		return err;
	return refpoint_result_ok(k->world.result) ? 0 : REFUSED;
}

int job_answer(struct cuts *k, int err, uint64_t job)
{
	struct world *w = &k->world;

	if (!err && refpoint_result_value(w->result) == REFPOINT_RV_JOB_STARTED)
		err = refpoint_job_wait(w->ctx, job, 60000, NULL, NULL, NULL,
					w->result);
	return answer(k, err);
}

void must(struct cuts *k, int r, const char *what)
{
	if (r)
		die("%s: %s", what, r < 0 ? strerror(-r) :
		    refpoint_result_message(k->world.result));
}

/* --- questions --- */

static int volume_list(struct cuts *k)
{
	struct refpoint_volume *list = NULL;
	int err = refpoint_volume_list(k->world.ctx, &list, k->world.result);

	refpoint_volume_free(list);
	return answer(k, err);
}

static int volume_get(struct cuts *k)
{
	struct refpoint_volume *v = NULL;
	int err = refpoint_volume_get(k->world.ctx, first(k), &v, k->world.result);

	refpoint_volume_free(v);
	return answer(k, err);
}

static int collection_list(struct cuts *k)
{
	struct refpoint_collection *list = NULL;
	int err = refpoint_collection_list(k->world.ctx, &list, k->world.result);

	refpoint_collection_free(list);
	return answer(k, err);
}

static int collection_get(struct cuts *k)
{
	struct refpoint_collection *c = NULL;
	int err = refpoint_collection_get(k->world.ctx, k->world.collection, &c,
					  k->world.result);

	refpoint_collection_free(c);
	return answer(k, err);
}

static int point_list(struct cuts *k)
{
	struct refpoint_point *list = NULL;
	int err = refpoint_point_list(k->world.ctx, k->world.collection, NULL, &list,
				      k->world.result);

	refpoint_point_free(list);
	return answer(k, err);
}

static int point_get(struct cuts *k)
{
	struct refpoint_point *p = NULL;
	int err = refpoint_point_get(k->world.ctx, &k->points.point[0].id, &p,
				     k->world.result);

	refpoint_point_free(p);
	return answer(k, err);
}

static int job_list(struct cuts *k)
{
	struct refpoint_job *list = NULL;
	int err = refpoint_job_list(k->world.ctx, &list, k->world.result);

	refpoint_job_free(list);
	return answer(k, err);
}

static int status(struct cuts *k)
{
	char line[256];

	return dm_status(first(k), line, sizeof(line));
}

/* --- collections --- */

static int define_it(struct cuts *k)
{
	const char *names[] = { k->world.volume[0].name, k->world.volume[1].name };

	return answer(k, refpoint_collection_create(k->world.ctx, "nomem", NULL,
						    names, 2, NULL,
						    k->world.result));
}

static void define(struct cuts *k)
{
	must(k, define_it(k), "define");
}

/* It may be there, under one name or the other, or not. */
static void undefine(struct cuts *k, bool done)
{
	(void)done;
	refpoint_collection_destroy(k->world.ctx, "nomem", k->world.result);
	refpoint_collection_destroy(k->world.ctx, "omen", k->world.result);
}

static int forget_it(struct cuts *k)
{
	int r = answer(k, refpoint_collection_destroy(k->world.ctx, "nomem",
						      k->world.result));

	/* Asked again after it was half done. */
	if (r == REFUSED && refpoint_result_reason(k->world.result) ==
			    REFPOINT_REASON_NO_SUCH_COLLECTION)
		return 0;
	return r;
}

static int rename_it(struct cuts *k)
{
	return answer(k, refpoint_collection_rename(k->world.ctx, "nomem", "omen",
						    k->world.result));
}

static int remove_member(struct cuts *k)
{
	const char *names[] = { k->world.volume[1].name };

	return answer(k, refpoint_collection_remove_member(k->world.ctx, "nomem",
							   names, 1,
							   k->world.result));
}

static int add_member(struct cuts *k)
{
	const char *names[] = { k->world.volume[1].name };

	return answer(k, refpoint_collection_add_member(k->world.ctx, "nomem", names,
							1, k->world.result));
}

static void define_small(struct cuts *k)
{
	define(k);
	must(k, remove_member(k), "remove a member");
}

/* --- points and lists --- */

static int make(struct cuts *k)
{
	life_make(k);
	return answer(k, k->world.err);
}

static void make_one(struct cuts *k)
{
	if (make(k))
		die("point: %s", refpoint_result_message(k->world.result));
}

static struct point *last(struct cuts *k)
{
	return &k->points.point[k->points.nr - 1];
}

/*
 * The one that was just made goes, that there is room for more, except that after
 * a failure it stays, to be judged.
 */
static void unmake(struct cuts *k, bool done)
{
	if (done && last(k)->alive) {
		life_destroy(k, last(k));
		truth_forget(k, k->points.nr - 1);
	}
}

static int make_alone(struct cuts *k)
{
	struct refpoint_point_options *o = refpoint_point_options_new();
	const char tag[REFPOINT_TAG_MAX] = { 1 };
	uint64_t job = 0;
	int err;

	if (!o || refpoint_point_options_set_tag(o, tag, sizeof(tag)) ||
	    refpoint_point_options_set_label(o, "one member") ||
	    refpoint_point_options_add_only(o, first(k)))
		die("no options");
	err = refpoint_point_create(k->world.ctx, k->world.collection, o, &wanted,
				    &job, k->world.result);
	refpoint_point_options_free(o);
	return job_answer(k, err, job);
}

static void unmake_alone(struct cuts *k, bool done)
{
	uint64_t job = 0;
	int err;

	if (!done)
		return;
	err = refpoint_point_destroy(k->world.ctx, &wanted, NULL, 0, 1000, &job,
				     k->world.result);
	must(k, job_answer(k, err, job), "destroy");
}

static int destroy(struct cuts *k)
{
	struct point *p = last(k);

	life_destroy(k, p);
	/* Said to have failed, and repeated: gone is gone. */
	if (!k->world.err && !p->alive)
		return 0;
	if (!k->world.err && refpoint_result_reason(k->world.result) ==
			     REFPOINT_REASON_DESTROYED)
		return 0;
	return answer(k, k->world.err);
}

static void forget_point(struct cuts *k, bool done)
{
	if (done)
		truth_forget(k, k->points.nr - 1);
}

static int list_changes(struct cuts *k)
{
	struct refpoint_changes_options *o = refpoint_changes_options_new();
	struct world *w = &k->world;
	struct refpoint_changes *c = NULL;
	struct refpoint_extent e;
	int r;

	if (!o)
		die("no options");
	refpoint_changes_options_set_from_point(o, &k->points.point[0].id);
	refpoint_changes_options_set_page(o, 2);
	/* Gaps there may be by now. */
	refpoint_changes_options_set_allow_unknown(o, true);
	r = refpoint_changes_open(w->ctx, first(k), o, &c, w->result);
	refpoint_changes_options_free(o);
	if (r || !c)
		return answer(k, r);
	while ((r = refpoint_changes_next(c, &e, w->result)) > 0)
		;
	refpoint_changes_close(c);
	return r == -EREMOTEIO ? REFUSED : r;
}

/* --- the volume --- */

static int checkpoint(struct cuts *k)
{
	return dm_message(first(k), "checkpoint");
}

static void fresh_regions(struct cuts *k)
{
	/* Kept when it fails: then nothing is to be armed. */
	must(k, checkpoint(k), "checkpoint");
}

/* Judged by itself: each write has to succeed (I6). */
static int write_it(struct cuts *k)
{
	life_writes(k, 0, false);
	life_writes(k, 3, false);
	return 0;
}

static int mark(struct cuts *k)
{
	return answer(k, refpoint_volume_mark(k->world.ctx, first(k), 0, 1 << 20,
					      "nomem", k->world.result));
}

static int resume(struct cuts *k)
{
	int r = dm_suspend(first(k), false);

	return r ? r : dm_suspend(first(k), true);
}

static void resumed(struct cuts *k, bool done)
{
	if (!done)
		must(k, dm_suspend(first(k), true), "resume");
}

/* What goes down cannot fail; it may come up with more to report. */
static int down_and_up(struct cuts *k)
{
	struct volume *v = &k->world.volume[0];
	int r;

	volume_close(v);
	r = volume_down(&k->machine.volume[0]);
	/* After an attempt that failed it is down. */
	if (r && r != -ENXIO)
		die("%s: cannot remove: %s", v->name, strerror(-r));
	r = volume_up(&k->machine.volume[0]);
	if (!r)
		volume_open(v);
	else
		v->fd = v->fd_sync = -1;
	return r;
}

const struct request requests[] = {
	{ "volume list", NULL, volume_list, NULL, 0 },
	{ "volume show", NULL, volume_get, NULL, 0 },
	{ "status", NULL, status, NULL, 0 },
	{ "collection list", NULL, collection_list, NULL, 0 },
	{ "collection show", NULL, collection_get, NULL, 0 },
	{ "point list", NULL, point_list, NULL, 0 },
	{ "point show", NULL, point_get, NULL, 0 },
	{ "job list", NULL, job_list, NULL, 0 },
	{ "changes", NULL, list_changes, NULL, 0 },
	{ "write", fresh_regions, write_it, NULL, 0 },
	{ "checkpoint", NULL, checkpoint, NULL, 0 },
	{ "mark", NULL, mark, NULL, 0 },
	{ "collection create", NULL, define_it, undefine, 0 },
	{ "collection rename", define, rename_it, undefine, 0 },
	{ "collection remove", define, remove_member, undefine, 0 },
	{ "collection add", define_small, add_member, undefine, 0 },
	{ "collection destroy", define, forget_it, undefine, 0 },
	{ "point create", NULL, make, unmake, 8 },
	{ "point create, one member", NULL, make_alone, unmake_alone, 0 },
	{ "point destroy", make_one, destroy, forget_point, 8 },
	{ "suspend and resume", NULL, resume, resumed, 8 },
	{ "down and up", NULL, down_and_up, NULL, 8 },
};

const unsigned int nr_requests = SIZE_OF(requests);

void requests_set_up(void)
{
	if (refpoint_monitor_open(&monitor))
		die("no monitor");
}

void events_read(bool *lost)
{
	struct refpoint_notification *event;
	int r;

	*lost = false;
	for (;;) {
		r = refpoint_monitor_next(monitor, 0, &event);
		if (r == -ENOBUFS)
			*lost = true;
		else if (r > 0)
			refpoint_notification_free(event);
		else if (r)
			die("events: %s", strerror(-r));
		else
			return;
	}
}

void requests_end(void)
{
	refpoint_monitor_close(monitor);
}
