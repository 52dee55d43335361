// SPDX-License-Identifier: GPL-2.0-only
/*
 * ask.c - lists of changes
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

static struct refpoint_changes_options *options_of(const struct world *w,
						   const struct volume *v,
						   const struct question *q)
{
	struct refpoint_changes_options *o = refpoint_changes_options_new();

	if (!o)
		die("out of memory");
	if (!q->from)
		refpoint_changes_options_set_from_all(o);
	else if (q->by_handle)
		refpoint_changes_options_set_from_handle(o,
						q->from->handle[v->index]);
	else
		refpoint_changes_options_set_from_point(o, &q->from->id);
	if (q->to && q->by_handle)
		refpoint_changes_options_set_to_handle(o,
						q->to->handle[v->index]);
	else if (q->to)
		refpoint_changes_options_set_to_point(o, &q->to->id);
	refpoint_changes_options_set_range(o, q->start, q->length);
	refpoint_changes_options_set_granularity(o, q->granularity);
	refpoint_changes_options_set_merge_gap(o, q->merge_gap);
	refpoint_changes_options_set_page(o, q->page);
	refpoint_changes_options_set_allow_unknown(o, w->allow_unknown);
	return o;
}

static void list_add(struct list *list, const struct refpoint_extent *e)
{
	if (list->nr == list->max) {
		list->max = list->max ? 2 * list->max : 256;
		list->extent = realloc(list->extent,
				       list->max * sizeof(*list->extent));
		if (!list->extent)
			die("out of memory");
	}
	list->extent[list->nr++] = *e;
}

/* What holds for every list. */
static void check_extent(const struct world *w, const struct volume *v,
			 const struct list *list, const struct refpoint_extent *e)
{
	const struct refpoint_extent *last =
		list->nr ? &list->extent[list->nr - 1] : NULL;
	uint64_t end = list->start + list->length;

	if (!e->length || e->offset < list->start || e->offset > end ||
	    e->length > end - e->offset)
		die("%s: extent %llu+%llu outside of %" PRIu64 "+%" PRIu64,
		    v->name, e->offset, e->length, list->start, list->length);
	if (last && e->offset < last->offset + last->length)
		die("%s: extent %llu+%llu after %llu+%llu", v->name, e->offset,
		    e->length, last->offset, last->length);
	if (e->kinds != REFPOINT_KIND_WRITTEN && e->kinds != REFPOINT_KIND_ZEROED &&
	    e->kinds != REFPOINT_KIND_DISCARDED &&
	    !(w->allow_unknown && e->kinds == REFPOINT_KIND_UNKNOWN))
		die("%s: extent %llu+%llu of kind %u", v->name, e->offset,
		    e->length, e->kinds);
	if (e->reserved)
		die("%s: reserved is not 0", v->name);
}

uint32_t ask(struct world *w, struct volume *v, const struct question *q,
	     struct list *list)
{
	struct refpoint_changes_options *o = options_of(w, v, q);
	struct refpoint_changes *c = NULL;
	struct refpoint_extent e;
	uint32_t reason = 0;
	int ret;

	memset(list, 0, sizeof(*list));
	list->start = q->start;
	list->length = q->length ? q->length : v->size - q->start;
	ret = refpoint_changes_open(w->ctx, v->name, o, &c, w->result);
	refpoint_changes_options_free(o);
	if (ret)
		die("%s: changes: %s: %s", v->name, strerror(-ret),
		    refpoint_error_message(w->ctx));
	if (!c)
		return refpoint_result_reason(w->result);
	while ((ret = refpoint_changes_next(c, &e, w->result)) > 0) {
		check_extent(w, v, list, &e);
		list_add(list, &e);
	}
	if (ret == -EREMOTEIO)
		reason = refpoint_result_reason(w->result);
	else if (ret)
		die("%s: changes: %s: %s", v->name, strerror(-ret),
		    refpoint_error_message(w->ctx));
	else if (!refpoint_changes_complete(c) ||
		 refpoint_changes_capacity_to(c) != v->size)
		die("%s: a list that ends and is not complete", v->name);
	refpoint_changes_close(c);
	return reason;
}

void list_free(struct list *list)
{
	free(list->extent);
	memset(list, 0, sizeof(*list));
}

uint8_t *list_kinds(const struct volume *v, const struct list *list)
{
	uint8_t *kinds = calloc(v->granules, 1);
	uint64_t g;
	size_t i;

	if (!kinds)
		die("out of memory");
	for (i = 0; i < list->nr; i++) {
		const struct refpoint_extent *e = &list->extent[i];

		for (g = e->offset / v->granule;
		     g <= (e->offset + e->length - 1) / v->granule; g++)
			kinds[g] = e->kinds;
	}
	return kinds;
}
