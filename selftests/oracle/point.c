// SPDX-License-Identifier: GPL-2.0-only
/*
 * point.c - points: made, destroyed; the instants that they stand for
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"

void instant_begin(struct world *w, struct instant *at)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		struct volume *v = &w->volume[i];

		at->last[i] = keep_alloc(v->sectors * sizeof(*v->last));
		pthread_mutex_lock(&v->lock);
		memcpy(at->last[i], v->last, v->sectors * sizeof(*v->last));
		at->before[i] = moment_now();
		pthread_mutex_unlock(&v->lock);
	}
}

void instant_end(struct instant *at)
{
	at->after = moment_now();
}

void instant_free(struct instant *at)
{
	unsigned int i;

	for (i = 0; i < VOLUMES_MAX; i++) {
		keep_free(at->last[i]);
		at->last[i] = NULL;
	}
}

/*
 * Wait for a job if there is one; @what for the message. Return: whether it was
 * done; what was not is the test's failure, unless power is gone.
 */
static bool finish(struct world *w, int err, uint64_t job, const char *what)
{
	if (!err && refpoint_result_value(w->result) == REFPOINT_RV_JOB_STARTED)
		err = refpoint_job_wait(w->ctx, job, 60000, NULL, NULL, NULL,
					w->result);
	w->err = err;
	if (w->gone && (err || !refpoint_result_ok(w->result)))
		return false;
	if (err)
		die("%s: %s: %s", what, strerror(-err),
		    refpoint_error_message(w->ctx));
	if (!refpoint_result_ok(w->result))
		die("%s: %s: %s", what,
		    refpoint_reason_name(refpoint_result_reason(w->result)),
		    refpoint_result_message(w->result));
	return true;
}

/* After a lack of memory a volume is read again, later, and has no points until then. */
static bool is_coming(struct world *w, int err)
{
	return !err && refpoint_result_reason(w->result) == REFPOINT_REASON_BUSY;
}

static void read_handles(struct world *w, struct point *p)
{
	const struct refpoint_member *m;
	struct refpoint_point *info = NULL;
	char uuid[REFPOINT_UUID_STR];
	unsigned int i, found = 0;
	int err = refpoint_point_get(w->ctx, &p->id, &info, w->result);

	if (w->gone) {
		refpoint_point_free(info);
		return;
	}
	if (err || !info)
		die("point get: %s", refpoint_result_message(w->result));
	for (m = refpoint_point_members(info); m; m = refpoint_member_next(m)) {
		refpoint_uuid_format(refpoint_member_volume(m), uuid);
		for (i = 0; i < w->nr; i++) {
			if (strcmp(uuid, w->volume[i].uuid))
				continue;
			p->handle[i] = keep_text(refpoint_member_handle(m));
			found++;
		}
	}
	refpoint_point_free(info);
	if (found != w->nr)
		die("a point over %u of %u volumes", found, w->nr);
}

struct point *point_make(struct world *w, struct points *points)
{
	struct refpoint_point_options *options = refpoint_point_options_new();
	struct point *p = &points->point[points->nr++];
	unsigned int i, waited = 0;
	uint64_t job;
	int err;

	if (points->nr > POINTS_MAX || !options)
		die("too many points");
	refpoint_point_options_set_wait(options, 1000);
	/* Known whatever becomes of the call. */
	for (i = 0; i < sizeof(p->id); i++)
		p->id.b[i] = chance_next(&w->chance);
	refpoint_point_options_set_id(options, &p->id);
	instant_begin(w, &p->at);
	for (;; waited += 100) {
		err = refpoint_point_create(w->ctx, w->collection, options, &p->id,
					    &job, w->result);
		if (!is_coming(w, err) || waited >= w->patience)
			break;
		usleep(100000);
	}
	p->alive = finish(w, err, job, "point create");
	instant_end(&p->at);
	refpoint_point_options_free(options);
	if (p->alive)
		read_handles(w, p);
	return p;
}

void point_destroy(struct world *w, struct point *p)
{
	uint64_t job;
	int err;

	err = refpoint_point_destroy(w->ctx, &p->id, NULL, 0, 1000, &job,
				     w->result);
	p->alive = !finish(w, err, job, "point destroy");
}

struct point *point_any(struct world *w, struct points *p, unsigned int from)
{
	unsigned int i, tries;

	if (from >= p->nr)
		return NULL;
	for (tries = 0; tries < 256; tries++) {
		i = from + chance_below(&w->chance, p->nr - from);
		if (p->point[i].alive)
			return &p->point[i];
	}
	return NULL;
}

void points_free(struct points *p)
{
	unsigned int i, v;

	for (i = 0; i < p->nr; i++) {
		instant_free(&p->point[i].at);
		for (v = 0; v < VOLUMES_MAX; v++)
			keep_free(p->point[i].handle[v]);
	}
}
