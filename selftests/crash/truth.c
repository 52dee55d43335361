// SPDX-License-Identifier: GPL-2.0-only
/*
 * truth.c - what may be on the volumes after a cut, what lists have to hold
 *
 * A sector's content is named by the operation that wrote it, 0 being zeros: the
 * disks below give zeros after a discard, too. Operations on one sector never
 * overlap, so their numbers are in order.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cuts.h"

#define STEP	128U
/* An operation in flight is not that far behind the youngest. */
#define BEHIND	512U

static uint32_t id_of(const struct volume *v, uint32_t nr)
{
	return nr != NO_OP && v->ops[nr].type == OP_WRITE ? nr : 0;
}

static bool covers(const struct volume *v, uint32_t nr, uint32_t s)
{
	const struct op *o = &v->ops[nr];

	return s >= o->first && s - o->first < o->count;
}

/* --- content --- */

/**
 * struct legal - what a sector may hold
 * @durable: the operation that was made durable last
 * @zero: the last one that gives zeros
 */
struct legal {
	uint32_t durable;
	uint32_t zero;
};

static struct legal *legal_content(struct cuts *k, struct volume *v)
{
	struct legal *legal = calloc(v->sectors, sizeof(*legal));
	/* What was on the volume when the round began. */
	uint32_t nr, i;

	if (!legal)
		die("out of memory");
	for (nr = k->first_op[v->index]; nr < v->nr_ops; nr++) {
		const struct op *o = &v->ops[nr];
		bool durable = o->durable || (!o->failed && o->ended < v->flushed);

		if (o->begun > k->cut_after)
			continue;
		for (i = o->first; i < o->first + o->count; i++) {
			if (durable)
				legal[i].durable = nr;
			if (o->type != OP_WRITE)
				legal[i].zero = nr;
		}
	}
	return legal;
}

/* @start is what the round began with. */
static bool is_legal(struct cuts *k, const struct volume *v,
		     const struct legal *legal, uint32_t start, uint32_t s,
		     uint32_t got)
{
	uint32_t first = k->first_op[v->index];

	if (got == CONTENT_TORN || got >= v->nr_ops)
		return false;
	if (!legal->durable && got == id_of(v, start))
		return true;
	if (!got)
		return legal->zero >= first && legal->zero >= legal->durable;
	return got >= first && got >= legal->durable && covers(v, got, s) &&
	       v->ops[got].begun < k->cut_after;
}

/*
 * Where anything was to be written in this round, by STEP sectors. The rest is as
 * it was; now and then that is looked at, too.
 */
static bool *touched(struct cuts *k, const struct volume *v)
{
	bool *touched = calloc(v->sectors / STEP + 1, sizeof(*touched));
	uint32_t nr, at;

	if (!touched)
		die("out of memory");
	for (nr = k->first_op[v->index]; nr < v->nr_ops; nr++)
		for (at = v->ops[nr].first / STEP;
		     at <= (v->ops[nr].first + v->ops[nr].count - 1) / STEP; at++)
			touched[at] = true;
	if (k->round % 16 == 15)
		memset(touched, true, v->sectors / STEP + 1);
	return touched;
}

static void content_of(struct cuts *k, struct volume *v, uint32_t *found)
{
	struct legal *legal = legal_content(k, v);
	bool *todo = touched(k, v);
	uint64_t wrong = 0, first = 0;
	uint32_t at, i, n, got;
	uint8_t *data;

	if (posix_memalign((void **)&data, 4096, STEP * SECTOR))
		die("out of memory");
	for (at = 0; at < v->sectors; at += n) {
		n = v->sectors - at < STEP ? v->sectors - at : STEP;
		if (!todo[at / STEP])
			continue;
		volume_read(v, at, n, data);
		for (i = at; i < at + n; i++) {
			got = content_read(v, i, data + (i - at) * SECTOR);
			if (!is_legal(k, v, &legal[i], found[i], i, got) && !wrong++)
				first = i;
			if (got == CONTENT_TORN || got >= v->nr_ops)
				got = NO_OP;
			if (got != id_of(v, v->last[i]))
				k->lost++;
			v->last[i] = got;
		}
	}
	tally(k, TALLY_CONTENT, !wrong,
	      "%s: %" PRIu64 " sectors hold what they may not, sector %" PRIu64 " first",
	      v->name, wrong, first);
	memcpy(found, v->last, v->sectors * sizeof(*found));
	free(data);
	free(todo);
	free(legal);
}

/*
 * What may have been armed before a write asked for it, when those of @asked were asked
 * for: as many regions behind a row as there are in it, and all of eight if half are.
 */
static uint64_t ahead_of(uint64_t asked)
{
	uint64_t ahead = 0;
	unsigned int r, row = 0, i;

	for (r = 0; r < 64; r++) {
		row = asked >> r & 1 ? row + 1 : 0;
		for (i = 1; i <= row && r + i < 64; i++)
			ahead |= 1ULL << (r + i);
	}
	for (r = 0; r < 64; r += 8)
		if (__builtin_popcountll(asked >> r & 0xff) >= 4)
			ahead |= 0xffULL << r;
	return ahead;
}

void truth_of_content(struct cuts *k)
{
	unsigned int i;

	for (i = 0; i < k->world.nr; i++) {
		struct volume *v = &k->world.volume[i];
		uint64_t mask = 0, may;
		uint32_t nr;

		/* The replica's place, which has no part here: see cuts.c. */
		content_of(k, v, v->replica);
		for (nr = k->first_op[i]; nr < v->nr_ops; nr++) {
			const struct op *o = &v->ops[nr];
			uint64_t r, last;

			last = ((uint64_t)o->first + o->count - 1) * SECTOR;
			for (r = (uint64_t)o->first * SECTOR / k->region[i];
			     r <= last / k->region[i]; r++)
				mask |= 1ULL << r;
		}
		may = mask | ahead_of(mask | k->asked[i]);
		k->regions[i][k->round] = may;
		/* Without a checkpoint they stay armed, over a crash, too. */
		k->armed[i][k->round + 1] = may |
			(k->checkpointed[i] ? 0 : k->armed[i][k->round]);
		k->asked[i] = mask | (k->checkpointed[i] ? 0 : k->asked[i]);
		k->checkpointed[i] = false;
		k->first_op[i] = v->nr_ops;
		v->flushed = 0;
	}
}

/* --- points --- */

/*
 * Whether a point that was just made may hold the operation, or what was there
 * before it: it was in flight around the cut, or failed before, which does not
 * tell what it left behind.
 */
static bool is_blurred(struct cuts *k, const struct volume *v, uint32_t nr,
		       const struct point *p)
{
	const struct op *o = &v->ops[nr];

	if (o->begun >= p->at.after)
		return false;
	return o->ended > p->at.before[v->index] ||
	       (o->failed && nr >= k->first_op[v->index]);
}

void truth_of_point(struct cuts *k, struct point *p)
{
	struct life *l = &k->life[p - k->points.point];
	unsigned int i;

	for (i = 0; i < k->world.nr; i++) {
		struct volume *v = &k->world.volume[i];
		uint32_t nr, n = 0, from;

		l->blurred[i] = keep_alloc(v->sectors * sizeof(*l->blurred[i]));
		pthread_mutex_lock(&v->lock);
		from = v->nr_ops;
		while (from > 1 && v->ops[from - 1].begun > p->at.before[i])
			from--;
		from = from > BEHIND ? from - BEHIND : 1;
		l->blur[i] = keep_alloc((v->nr_ops - from + 1) *
					sizeof(*l->blur[i]));
		for (nr = from; nr < v->nr_ops; nr++)
			if (is_blurred(k, v, nr, p)) {
				l->blur[i][n++] = nr;
				memset(l->blurred[i] + v->ops[nr].first, true,
				       v->ops[nr].count);
			}
		l->nr_blur[i] = n;
		pthread_mutex_unlock(&v->lock);
	}
}

void truth_made(struct cuts *k, struct point *p, bool power)
{
	struct life *l = &k->life[p - k->points.point];
	unsigned int i;

	l->made = p->alive && power;
	/* A point flushes the origins (I3). */
	for (i = 0; i < k->world.nr && l->made; i++) {
		struct volume *v = &k->world.volume[i];

		pthread_mutex_lock(&v->lock);
		if (p->at.before[i] > v->flushed)
			v->flushed = p->at.before[i];
		pthread_mutex_unlock(&v->lock);
	}
}

void truth_forget(struct cuts *k, unsigned int nth)
{
	struct points *p = &k->points;
	unsigned int i;

	instant_free(&p->point[nth].at);
	for (i = 0; i < VOLUMES_MAX; i++) {
		keep_free(p->point[nth].handle[i]);
		keep_free(k->life[nth].blur[i]);
		keep_free(k->life[nth].blurred[i]);
	}
	p->nr--;
	memmove(&p->point[nth], &p->point[nth + 1],
		(p->nr - nth) * sizeof(*p->point));
	memmove(&k->life[nth], &k->life[nth + 1], (p->nr - nth) * sizeof(*k->life));
	memset(&p->point[p->nr], 0, sizeof(*p->point));
	memset(&k->life[p->nr], 0, sizeof(*k->life));
}

/* Whether a list from the point can be had, from each volume alone. */
static unsigned int answers(struct cuts *k, const struct point *p, uint32_t *reason)
{
	unsigned int i, n = 0;

	for (i = 0; i < k->world.nr; i++) {
		const struct question q = { .from = p };
		struct list list;
		uint32_t why = ask(&k->world, &k->world.volume[i], &q, &list);

		list_free(&list);
		if (!why)
			n++;
		else
			*reason = why;
	}
	return n;
}

uint32_t truth_state(struct cuts *k, const struct point *p, unsigned int patience)
{
	struct refpoint_point *info;
	unsigned int tries;
	uint32_t state = 0;

	for (tries = 0; tries <= patience; tries++) {
		if (tries)
			usleep(10000);
		info = NULL;
		if (refpoint_point_get(k->world.ctx, &p->id, &info, k->world.result))
			die("point get: %s", refpoint_error_message(k->world.ctx));
		state = info ? refpoint_point_state(info) : 0;
		refpoint_point_free(info);
		if (state != REFPOINT_POINT_IN_DOUBT)
			break;
	}
	return state;
}

/* Return: whether it is there. */
static bool point_is_there(struct cuts *k, struct point *p)
{
	struct life *l = &k->life[p - k->points.point];
	uint32_t reason = 0, state = truth_state(k, p, 500);
	unsigned int n = answers(k, p, &reason);
	bool there = state == REFPOINT_POINT_COMMITTED;
	/* "alive": nobody said that it was destroyed. */
	bool must = l->made && p->alive &&
		    (!l->destroyed || l->destroyed > k->cut_after);
	bool never = (l->made && !p->alive) || l->asked > k->cut_after;

	tally(k, TALLY_POINT, there ? n == k->world.nr || k->may_refuse : !n,
	      "a point of state %s answers on %u of %u volumes (%s)",
	      refpoint_point_state_name(state), n, k->world.nr,
	      refpoint_reason_name(reason));
	tally(k, TALLY_POINT, there || !state || state == REFPOINT_POINT_VOID ||
	      state == REFPOINT_POINT_DESTROYED,
	      "all members are there and a point is %s",
	      refpoint_point_state_name(state));
	tally(k, TALLY_POINT, there || !must, "a point was made and is gone: %s",
	      refpoint_reason_name(reason));
	tally(k, TALLY_POINT, !there || !never,
	      "a point is there that was destroyed, or asked for after the cut");
	if (!must && !never)
		k->in_doubt++;
	return there;
}

void truth_of_points(struct cuts *k)
{
	unsigned int i = 0;

	while (i < k->points.nr) {
		struct life *l = &k->life[i];

		if (!point_is_there(k, &k->points.point[i])) {
			truth_forget(k, i);
			continue;
		}
		/* From now on it is as any other. */
		l->made = true;
		l->destroyed = 0;
		k->points.point[i].alive = true;
		i++;
	}
}

/* --- lists --- */

/* @p NULL: now. */
static uint32_t content_at(const struct volume *v, const struct point *p, uint32_t s)
{
	return id_of(v, p ? p->at.last[v->index][s] : v->last[s]);
}

static bool may_hold(struct cuts *k, const struct volume *v, const struct point *p,
		     uint32_t s, uint32_t id)
{
	const struct life *l;
	unsigned int i;

	if (content_at(v, p, s) == id)
		return true;
	if (!p)
		return false;
	l = &k->life[p - k->points.point];
	for (i = 0; l->blurred[v->index][s] && i < l->nr_blur[v->index]; i++) {
		uint32_t nr = l->blur[v->index][i];

		if (covers(v, nr, s) && id_of(v, nr) == id)
			return true;
	}
	return false;
}

/* Whether no content that it may have had at @a can have been there at @b. */
static bool differs(struct cuts *k, const struct volume *v, const struct point *a,
		    const struct point *b, uint32_t s)
{
	const struct life *l = &k->life[a - k->points.point];
	uint32_t id = content_at(v, a, s);
	unsigned int i;

	if (id == content_at(v, b, s) || may_hold(k, v, b, s, id))
		return false;
	for (i = 0; l->blurred[v->index][s] && i < l->nr_blur[v->index]; i++) {
		uint32_t nr = l->blur[v->index][i];

		if (covers(v, nr, s) && may_hold(k, v, b, s, id_of(v, nr)))
			return false;
	}
	return true;
}

static void judge(struct cuts *k, struct volume *v, const struct point *a,
		  const struct point *b, uint8_t *kinds)
{
	unsigned int from = k->life[a - k->points.point].round, r;
	unsigned int to = b ? k->life[b - k->points.point].round : k->round;
	uint64_t missed = 0, excess = 0, first = 0, first_excess = 0, g;
	uint64_t may = k->armed[v->index][from];
	uint32_t s;

	for (r = from; r <= to; r++)
		may |= k->regions[v->index][r];
	for (g = 0; k->world.plant && !k->world.planted && g < v->granules; g++) {
		if (kinds[g] && differs(k, v, a, b, g * v->granule / SECTOR)) {
			kinds[g] = 0;
			k->world.planted = true;
		}
	}
	for (s = 0; s < v->sectors; s++) {
		g = (uint64_t)s * SECTOR / v->granule;
		if (!kinds[g] && differs(k, v, a, b, s) && !missed++)
			first = s;
		if (kinds[g] && !(may >> (s * (uint64_t)SECTOR /
					  k->region[v->index]) & 1) && !excess++)
			first_excess = s;
	}
	tally(k, TALLY_SUPERSET, !missed,
	      "%s: %" PRIu64 " sectors missed from round %u to %s, sector %" PRIu64 " first: %u, not %u",
	      v->name, missed, from, b ? "a point" : "now", first,
	      content_at(v, b, first), content_at(v, a, first));
	tally(k, TALLY_EXCESS, !excess,
	      "%s: %" PRIu64 " sectors reported where nothing was written since round %u, sector %" PRIu64 " first",
	      v->name, excess, from, first_excess);
}

static void list_between(struct cuts *k, struct volume *v, const struct point *a,
			 const struct point *b)
{
	const struct question q = { .from = a, .to = b };
	struct list list;
	uint8_t *kinds;

	if (ask(&k->world, v, &q, &list)) {
		k->refused++;
		tally(k, TALLY_SUPERSET, k->may_refuse, "%s: refused: %s", v->name,
		      refpoint_result_message(k->world.result));
		list_free(&list);
		return;
	}
	kinds = list_kinds(v, &list);
	judge(k, v, a, b, kinds);
	free(kinds);
	list_free(&list);
}

void truth_of_lists(struct cuts *k)
{
	unsigned int i, a, b;

	for (i = 0; i < k->world.nr; i++) {
		struct volume *v = &k->world.volume[i];

		for (a = 0; a < k->points.nr; a++) {
			list_between(k, v, &k->points.point[a], NULL);
			/* Those with a point of this round, and some of the rest. */
			for (b = a + 1; b < k->points.nr; b++)
				if (k->life[b].round == k->round ||
				    chance_hit(&k->world.chance, 15))
					list_between(k, v, &k->points.point[a],
						     &k->points.point[b]);
		}
	}
}
