// SPDX-License-Identifier: GPL-2.0-only
/*
 * oracle.c - the story: write, cut, ask, compare
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "oracle.h"

struct story {
	struct world world;
	struct points points;
	unsigned int rounds;
	unsigned int ops;
	struct point *copied;	/* the replica is as of this one */
};

static const char *const check_name[NR_CHECKS] = {
	[CHECK_SUPERSET] = "every change is reported (I1)",
	[CHECK_KINDS] = "kinds are true (I13)",
	[CHECK_EXACT] = "nothing else is reported (I8)",
	[CHECK_SUM] = "a list is the sum of its parts",
	[CHECK_PAGING] = "short pages give the same list",
	[CHECK_RANGE] = "a range gives its part of the list",
	[CHECK_GRANULARITY] = "a coarser granularity covers the list",
	[CHECK_MERGE] = "merging loses nothing",
	[CHECK_ALL] = "a full list has no hole",
	[CHECK_DESTROYED] = "a destroyed point says so",
	[CHECK_REPLICA] = "a replica kept by lists is right (I5)",
	[CHECK_CONTENT] = "what is read is what was written",
};

static void call(struct world *w, int err, const char *what)
{
	if (err || !refpoint_result_ok(w->result))
		die("%s: %s", what, err ? strerror(-err) :
		    refpoint_result_message(w->result));
}

static void make_collection(struct world *w, uint64_t seed)
{
	const char *names[VOLUMES_MAX];
	unsigned int i;

	snprintf(w->collection, sizeof(w->collection), "oracle-%" PRIu64, seed);
	for (i = 0; i < w->nr; i++)
		names[i] = w->volume[i].name;
	call(w, refpoint_collection_create(w->ctx, w->collection, NULL, names,
					   w->nr, NULL, w->result), "collection");
}

/* A list from a point (NULL: all) to now. */
static void ask_now(struct world *w, struct volume *v, const struct point *from)
{
	const struct question q = {
		.from = from, .page = 1 + chance_below(&w->chance, 300),
	};
	struct instant now = { .after = 0 };
	struct list list;

	instant_begin(w, &now);
	if (ask(w, v, &q, &list))
		die("%s: refused: %s", v->name,
		    refpoint_result_message(w->result));
	instant_end(&now);
	check_list(w, v, from ? &from->at : NULL, &now, &list);
	list_free(&list);
	instant_free(&now);
}

static void ask_between(struct world *w, struct volume *v, const struct point *a,
			const struct point *b)
{
	const struct question q = { .from = a, .to = b };
	struct list list;

	if (ask(w, v, &q, &list))
		die("%s: refused: %s", v->name,
		    refpoint_result_message(w->result));
	check_list(w, v, a ? &a->at : NULL, &b->at, &list);
	list_free(&list);
}

static struct volume *any_volume(struct world *w)
{
	return &w->volume[chance_below(&w->chance, w->nr)];
}

static void mark(struct world *w)
{
	struct volume *v = any_volume(w);
	uint64_t first = chance_below(&w->chance, v->sectors);
	uint64_t count = 1 + chance_below(&w->chance, 64);
	uint32_t nr;

	if (count > v->sectors - first)
		count = v->sectors - first;
	nr = op_begin(v, OP_MARK, first, count);
	call(w, refpoint_volume_mark(w->ctx, v->name, first * SECTOR,
				     count * SECTOR, "oracle", w->result), "mark");
	op_end(v, nr, false, false);
}

/* A new point, and the replica brought up to it. */
static void cut_and_copy(struct story *s)
{
	struct world *w = &s->world;
	struct point *p = point_make(w, &s->points);
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		replica_update(w, &w->volume[i], s->copied, p);
	s->copied = p;
}

static void destroy_any(struct story *s)
{
	struct world *w = &s->world;
	struct point *p = point_any(w, &s->points, 0);

	if (!p || p == s->copied)
		return;
	point_destroy(w, p);
	check_destroyed(w, any_volume(w), p, NULL);
}

/*
 * The youngest points go first: each becomes part of the open interval, which
 * then reaches back to an older boundary than the one before it.
 */
static void destroy_youngest(struct story *s)
{
	struct world *w = &s->world;
	struct point *p[3];
	unsigned int i;

	for (i = 0; i < SIZE_OF(p); i++) {
		burst_end(burst_begin(w, 4));
		p[i] = point_make(w, &s->points);
	}
	burst_end(burst_begin(w, 4));
	while (i--)
		point_destroy(w, p[i]);
	if (chance_hit(&w->chance, 50))
		cycle_remove(w, any_volume(w));
	check_destroyed(w, any_volume(w), p[0], NULL);
}

/* What happens while writers are at work. */
static void disturb(struct story *s)
{
	struct world *w = &s->world;

	switch (chance_below(&w->chance, 8)) {
	case 0:
		cut_and_copy(s);
		break;
	case 1:
		point_make(w, &s->points);
		break;
	case 2 ... 4:
		ask_now(w, any_volume(w), point_any(w, &s->points, 0));
		break;
	case 5:
		cycle_live(w, any_volume(w));
		break;
	case 6:
		if (chance_hit(&w->chance, 30))
			mark(w);
		break;
	default:
		usleep(chance_below(&w->chance, 20000));
	}
}

static void one_round(struct story *s)
{
	struct world *w = &s->world;
	struct burst *b = burst_begin(w, s->ops);
	unsigned int most = POINTS_MAX - 8, i;

	while (burst_running(b)) {
		usleep(chance_below(&w->chance, 3000));
		if (s->points.nr < most && chance_hit(&w->chance, 60))
			disturb(s);
	}
	burst_end(b);

	if (chance_hit(&w->chance, 40))
		destroy_any(s);
	if (s->points.nr < most && chance_hit(&w->chance, 30))
		destroy_youngest(s);
	if (s->points.nr < most && chance_hit(&w->chance, 70))
		cut_and_copy(s);
	if (chance_hit(&w->chance, 30))
		cycle_remove(w, any_volume(w));
	if (chance_hit(&w->chance, 30))
		mark(w);
	for (i = 0; i < w->nr; i++)
		ask_now(w, &w->volume[i], point_any(w, &s->points, 0));
}

static void ask_everything(struct story *s, struct volume *v)
{
	struct world *w = &s->world;
	struct points *p = &s->points;
	const struct point *seen[3] = { NULL };
	unsigned int i, j;

	for (i = 0; i < p->nr; i++) {
		if (!p->point[i].alive)
			continue;
		ask_now(w, v, &p->point[i]);
		for (j = i + 1; j < p->nr; j++)
			if (p->point[j].alive)
				ask_between(w, v, &p->point[i], &p->point[j]);
		seen[0] = seen[1];
		seen[1] = seen[2];
		seen[2] = &p->point[i];
		if (seen[1])
			check_views(w, v, seen[1], seen[2]);
		if (seen[0]) {
			check_sum(w, v, seen[0], seen[1], seen[2]);
			check_views(w, v, seen[0], seen[2]);
		}
	}
	ask_now(w, v, NULL);
	ask_between(w, v, NULL, s->copied);
}

static void tell(struct story *s)
{
	unsigned int i, alive = 0, ops = 0;

	for (i = 0; i < s->points.nr; i++)
		alive += s->points.point[i].alive;
	for (i = 0; i < s->world.nr; i++)
		ops += s->world.volume[i].nr_ops - 1;
	printf("# %u operations, %u points, %u of them destroyed\n", ops,
	       s->points.nr, s->points.nr - alive);
	printf("# granules listed: %" PRIu64 " written, %" PRIu64 " zeroed, %" PRIu64 " discarded\n",
	       score.kind[REFPOINT_KIND_WRITTEN],
	       score.kind[REFPOINT_KIND_ZEROED],
	       score.kind[REFPOINT_KIND_DISCARDED]);
	printf("1..%d\n", NR_CHECKS);
	for (i = 0; i < NR_CHECKS; i++) {
		if (!score.done[i])
			printf("ok %u %s # SKIP did not come up with this seed\n",
			       i + 1, check_name[i]);
		else
			printf("%sok %u %s: %" PRIu64 " times\n",
			       score.failed[i] ? "not " : "", i + 1,
			       check_name[i], score.done[i]);
	}
}

static int run(struct story *s, uint64_t seed)
{
	struct world *w = &s->world;
	unsigned int i;
	int failed = 0;

	make_collection(w, seed);
	s->copied = point_make(w, &s->points);
	for (i = 0; i < w->nr; i++)
		replica_update(w, &w->volume[i], NULL, s->copied);
	for (i = 0; i < s->rounds; i++)
		one_round(s);
	cut_and_copy(s);

	for (i = 0; i < w->nr; i++) {
		struct volume *v = &w->volume[i];
		uint64_t wrong = volume_verify(v);

		score_add(CHECK_CONTENT, !wrong,
			  "%s: %" PRIu64 " sectors are wrong", v->name, wrong);
		replica_compare(v);
		ask_everything(s, v);
	}
	tell(s);
	for (i = 0; i < NR_CHECKS; i++)
		failed |= !!score.failed[i];
	for (i = 0; i < s->points.nr; i++)
		if (s->points.point[i].alive)
			point_destroy(w, &s->points.point[i]);
	call(w, refpoint_collection_destroy(w->ctx, w->collection, w->result),
	     "collection destroy");
	points_free(&s->points);
	return failed;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: oracle [--seed N] [--rounds N] [--ops N] [--threads N]\n"
		"              [--plant lose-one] VOLUME...\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "ops", required_argument, NULL, 'o' },
		{ "threads", required_argument, NULL, 't' },
		{ "plant", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 }
	};
	struct story *s = calloc(1, sizeof(*s));
	uint64_t seed = 0;
	int c, err;

	if (!s)
		return 1;
	if (getrandom(&seed, 4, 0) != 4)
		seed = getpid();
	s->rounds = 10;
	s->ops = 60;
	s->world.threads = 4;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'r')
			s->rounds = atoi(optarg);
		else if (c == 'o')
			s->ops = atoi(optarg);
		else if (c == 't')
			s->world.threads = atoi(optarg);
		else if (c == 'p' && !strcmp(optarg, "lose-one"))
			s->world.plant = true;
		else
			usage();
	}
	if (optind == argc || !s->world.threads || s->world.threads > THREADS_MAX)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n# RP_SEED=%" PRIu64 "\n", seed);
	s->world.chance.state = seed;
	err = refpoint_open(&s->world.ctx);
	s->world.result = refpoint_result_new();
	if (err || !s->world.result)
		die("refpoint_open: %s", strerror(-err));
	for (; optind < argc; optind++)
		world_add(&s->world, argv[optind]);
	return run(s, seed);
}
