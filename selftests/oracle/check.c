// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - lists of changes against the truth
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

struct score score;

void score_add(enum check c, bool good, const char *fmt, ...)
{
	va_list args;

	score.done[c]++;
	if (good)
		return;
	if (score.failed[c]++ < 8) {
		printf("# ");
		va_start(args, fmt);
		vprintf(fmt, args);
		va_end(args);
		printf("\n");
	}
}

/* What the truth says about a granule between two instants. */
#define MUST	0x1		/* has to be reported */
#define MAY	0x2		/* may be */
#define BLURRED	0x4		/* something was in flight at the later one */

static uint8_t *truth_of(const struct world *w, struct volume *v,
			 const struct instant *from, const struct instant *to)
{
	uint64_t from_before = from ? from->before[v->index] : 0;
	uint64_t from_after = from ? from->after : 0;
	uint64_t to_before = to->before[v->index], to_after = to->after;
	uint8_t *truth = calloc(v->granules, 1);
	uint32_t i;

	(void)w;
	if (!truth)
		die("out of memory");
	pthread_mutex_lock(&v->lock);
	for (i = 1; i < v->nr_ops; i++) {
		const struct op *o = &v->ops[i];
		uint64_t g, first = (uint64_t)o->first * SECTOR / v->granule;
		uint64_t last = ((uint64_t)o->first + o->count - 1) * SECTOR /
				v->granule;
		uint8_t bits = 0;

		if (o->begun > from_after && o->ended < to_before && !o->failed)
			bits |= MUST;
		if (o->ended > from_before && o->begun < to_after)
			bits |= MAY;
		if (o->ended > to_before && o->begun < to_after)
			bits |= BLURRED;
		if (!bits)
			continue;
		for (g = first; g <= last; g++)
			truth[g] |= bits;
	}
	pthread_mutex_unlock(&v->lock);
	if (!from)
		memset(truth, MUST | MAY, v->granules);
	return truth;
}

/*
 * I13: what "zeroed" and "discarded" promise about the content at the later
 * instant, of which @last tells for each sector what ended last.
 */
static bool kind_is_true(const struct volume *v, const uint32_t *last, uint64_t g,
			 uint8_t kind)
{
	uint64_t per = v->granule / SECTOR, s;

	for (s = g * per; s < (g + 1) * per && s < v->sectors; s++) {
		bool none = last[s] == NO_OP;

		if (kind == REFPOINT_KIND_ZEROED && !none &&
		    v->ops[last[s]].type != OP_ZERO)
			return false;
		if (kind == REFPOINT_KIND_DISCARDED &&
		    (none || v->ops[last[s]].type != OP_DISCARD))
			return false;
	}
	return true;
}

static void plant(struct world *w, const uint8_t *truth, uint8_t *kinds,
		  uint64_t granules)
{
	uint64_t g;

	for (g = 0; g < granules && w->plant && !w->planted; g++) {
		if (kinds[g] && (truth[g] & MUST)) {
			kinds[g] = 0;
			w->planted = true;
		}
	}
}

void check_list(struct world *w, struct volume *v, const struct instant *from,
		const struct instant *to, struct list *list)
{
	const uint32_t *last = to->last[v->index];
	uint64_t g, missed = 0, excess = 0, lies = 0;
	uint64_t first_missed = 0, first_excess = 0, first_lie = 0;
	uint8_t *truth = truth_of(w, v, from, to);
	uint8_t *kinds = list_kinds(v, list);

	plant(w, truth, kinds, v->granules);
	for (g = 0; g < v->granules; g++) {
		score.kind[kinds[g] & 7]++;
		if ((truth[g] & MUST) && !kinds[g] && !missed++)
			first_missed = g;
		if (kinds[g] && !(truth[g] & MAY) && !excess++)
			first_excess = g;
		if (kinds[g] && kinds[g] != REFPOINT_KIND_WRITTEN &&
		    !(truth[g] & BLURRED) &&
		    !kind_is_true(v, last, g, kinds[g]) && !lies++)
			first_lie = g;
	}
	score_add(CHECK_SUPERSET, !missed,
		  "%s: %" PRIu64 " granules missed, granule %" PRIu64 " first, from %" PRIu64 "-%" PRIu64 " to %" PRIu64 "-%" PRIu64,
		  v->name, missed, first_missed,
		  from ? from->before[v->index] : 0, from ? from->after : 0,
		  to->before[v->index], to->after);
	score_add(CHECK_EXACT, !excess,
		  "%s: %" PRIu64 " granules too many, granule %" PRIu64 " first",
		  v->name, excess, first_excess);
	score_add(CHECK_KINDS, !lies,
		  "%s: %" PRIu64 " granules of a wrong kind, granule %" PRIu64 " (%u) first",
		  v->name, lies, first_lie, lies ? kinds[first_lie] : 0);
	if (!from)
		score_add(CHECK_ALL, !missed, "%s: a full list with a hole",
			  v->name);
	free(kinds);
	free(truth);
}

static uint8_t *kinds_between(struct world *w, struct volume *v,
			      const struct point *a, const struct point *b)
{
	const struct question q = { .from = a, .to = b };
	struct list list;
	uint8_t *kinds;

	if (ask(w, v, &q, &list))
		die("%s: refused: %s", v->name,
		    refpoint_result_message(w->result));
	kinds = list_kinds(v, &list);
	list_free(&list);
	return kinds;
}

/* An operation in flight at b is in one of the parts at least, or in both. */
void check_sum(struct world *w, struct volume *v, const struct point *a,
	       const struct point *b, const struct point *c)
{
	uint8_t *ab = kinds_between(w, v, a, b), *bc = kinds_between(w, v, b, c);
	uint8_t *ac = kinds_between(w, v, a, c);
	uint64_t g, wrong = 0;

	for (g = 0; g < v->granules; g++)
		if (ac[g] != (bc[g] ? bc[g] : ab[g]))
			wrong++;
	score_add(CHECK_SUM, !wrong,
		  "%s: %" PRIu64 " granules are not the sum of two lists",
		  v->name, wrong);
	free(ab);
	free(bc);
	free(ac);
}

/* --- the same in other words --- */

static void push(struct list *list, uint64_t from, uint64_t to, uint8_t kind)
{
	struct refpoint_extent *last =
		list->nr ? &list->extent[list->nr - 1] : NULL;

	if (!kind || from >= to)
		return;
	if (last && last->kinds == kind && last->offset + last->length == from) {
		last->length = to - last->offset;
		return;
	}
	if (list->nr == list->max) {
		list->max = list->max ? 2 * list->max : 256;
		list->extent = realloc(list->extent,
				       list->max * sizeof(*list->extent));
		if (!list->extent)
			die("out of memory");
	}
	list->extent[list->nr++] = (struct refpoint_extent) {
		.offset = from, .length = to - from, .kinds = kind,
	};
}

/* The list that a range and a granularity should give. */
static void expect(const struct volume *v, const uint8_t *kinds,
		   const struct question *q, struct list *list)
{
	uint64_t unit = q->granularity ? q->granularity : v->granule;
	uint64_t end = q->length ? q->start + q->length : v->size;
	uint64_t at, g;

	memset(list, 0, sizeof(*list));
	for (at = q->start / unit * unit; at < end; at += unit) {
		uint64_t to = at + unit < v->size ? at + unit : v->size;
		uint8_t kind = kinds[at / v->granule];

		for (g = at / v->granule; g * v->granule < to; g++)
			if (kinds[g] != kind)
				kind = REFPOINT_KIND_WRITTEN;
		push(list, at > q->start ? at : q->start, to < end ? to : end, kind);
	}
}

/* A page may end within an extent: neighbours of one kind are one. */
static bool same_list(const struct list *got, const struct list *want)
{
	struct list joined = { 0 };
	bool same;
	size_t i;

	for (i = 0; i < got->nr; i++)
		push(&joined, got->extent[i].offset,
		     got->extent[i].offset + got->extent[i].length,
		     got->extent[i].kinds);
	same = joined.nr == want->nr &&
	       (!joined.nr || !memcmp(joined.extent, want->extent,
				      joined.nr * sizeof(*joined.extent)));
	list_free(&joined);
	return same;
}

static void check_view(struct world *w, struct volume *v, const uint8_t *kinds,
		       const struct question *q, enum check c)
{
	struct list got, want;

	if (ask(w, v, q, &got))
		die("%s: refused: %s", v->name,
		    refpoint_result_message(w->result));
	expect(v, kinds, q, &want);
	score_add(c, same_list(&got, &want),
		  "%s: start %" PRIu64 " length %" PRIu64 " granularity %" PRIu64 " page %u: %zu extents, not these %zu",
		  v->name, q->start, q->length, q->granularity, q->page, got.nr,
		  want.nr);
	list_free(&got);
	list_free(&want);
}

/* Merging joins over holes of unchanged bytes, and never loses any. */
static void check_merge(struct world *w, struct volume *v, const uint8_t *kinds,
			struct question q)
{
	struct list got;
	uint8_t *merged;
	uint64_t g, lost = 0;
	size_t i, near = 0;

	q.merge_gap = v->granule * (1 + chance_below(&w->chance, 8));
	if (ask(w, v, &q, &got))
		die("%s: refused: %s", v->name,
		    refpoint_result_message(w->result));
	merged = list_kinds(v, &got);
	for (g = 0; g < v->granules; g++)
		if (kinds[g] && merged[g] != kinds[g] &&
		    merged[g] != REFPOINT_KIND_WRITTEN)
			lost++;
	for (i = 1; i < got.nr; i++) {
		const struct refpoint_extent *a = &got.extent[i - 1], *b = a + 1;

		if (a->kinds == REFPOINT_KIND_WRITTEN && b->kinds == a->kinds &&
		    b->offset - (a->offset + a->length) <= q.merge_gap)
			near++;
	}
	score_add(CHECK_MERGE, !lost && !near,
		  "%s: merge gap %" PRIu64 ": %" PRIu64 " granules lost, %zu extents too near",
		  v->name, q.merge_gap, lost, near);
	free(merged);
	list_free(&got);
}

void check_views(struct world *w, struct volume *v, const struct point *a,
		 const struct point *b)
{
	struct question q = { .from = a, .to = b };
	uint8_t *kinds = kinds_between(w, v, a, b);

	q.page = 1 + chance_below(&w->chance, 7);
	q.by_handle = chance_hit(&w->chance, 50);
	check_view(w, v, kinds, &q, CHECK_PAGING);

	q.start = chance_below(&w->chance, v->size);
	q.length = 1 + chance_below(&w->chance, v->size - q.start);
	check_view(w, v, kinds, &q, CHECK_RANGE);

	q.granularity = v->granule << chance_below(&w->chance, 6);
	check_view(w, v, kinds, &q, CHECK_GRANULARITY);

	q.page = 0;
	q.start = 0;
	q.length = 0;
	q.granularity = 1ULL << 30;
	check_view(w, v, kinds, &q, CHECK_GRANULARITY);

	check_merge(w, v, kinds, (struct question) { .from = a, .to = b });
	free(kinds);
}

void check_destroyed(struct world *w, struct volume *v, const struct point *gone,
		     const struct point *to)
{
	struct question q = { .from = gone, .to = to };
	struct list list;
	uint32_t reason;

	reason = ask(w, v, &q, &list);
	list_free(&list);
	score_add(CHECK_DESTROYED, reason == REFPOINT_REASON_DESTROYED,
		  "%s: a destroyed point: %s", v->name,
		  refpoint_reason_name(reason));
	q.by_handle = true;
	reason = ask(w, v, &q, &list);
	list_free(&list);
	score_add(CHECK_DESTROYED, reason == REFPOINT_REASON_DESTROYED,
		  "%s: a destroyed point's handle: %s", v->name,
		  refpoint_reason_name(reason));
}
