// SPDX-License-Identifier: GPL-2.0-only
/*
 * many.c - the story of points over very many members
 *
 * Points are made and destroyed over a collection of as many volumes as there can
 * be, and another collection of them is changed (crowd.c), while power goes at some
 * write or flush of it. All come back in any order, several at a time, and on the
 * way it is noted what is said of the points. In the end each is there for all
 * members or for none (I4), and nothing was said that had to be taken back (O6).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "many.h"

#define DATA_SECTORS	128U
#define META_SECTORS	4096U
#define AT_ONCE		8
/* Requests of a point for each member, or a few more. */
#define REQUESTS	18

extern char **environ;

/* --- the same to many of them, several at a time --- */

struct crew {
	struct many *m;
	int (*fn)(const struct machine_volume *v);
	atomic_uint next;
	unsigned int end;
	atomic_int err;
};

static void *crew_main(void *arg)
{
	struct crew *c = arg;
	unsigned int i;

	while (!c->err && (i = c->next++) < c->end) {
		int r = c->fn(&c->m->mv[c->m->order[i]]);

		if (r)
			c->err = r;
	}
	return NULL;
}

/* Those from @from to @end in their order. */
static void each(struct many *m, unsigned int from, unsigned int end, const char *what,
		 int (*fn)(const struct machine_volume *v))
{
	struct crew c = { .m = m, .fn = fn, .next = from, .end = end };
	pthread_t thread[AT_ONCE];
	unsigned int i;

	for (i = 0; i < AT_ONCE; i++)
		if (pthread_create(&thread[i], NULL, crew_main, &c))
			die("cannot make a thread");
	for (i = 0; i < AT_ONCE; i++)
		pthread_join(thread[i], NULL);
	tally(m->k, TALLY_UP, !c.err, "%s: %s", what, strerror(-c.err));
	if (c.err)
		die("cannot go on");
}

static void shuffle(struct many *m)
{
	unsigned int i, j;

	for (i = 0; i < m->nr; i++) {
		j = chance_below(&m->k->world.chance, i + 1);
		m->order[i] = m->order[j];
		m->order[j] = i;
	}
}

/* --- disks --- */

static int disks_make(const struct machine_volume *v)
{
	char meta[128], data[128];
	char *argv[] = { "refpoint", "format", meta, "--data", data, NULL };
	posix_spawn_file_actions_t quiet;
	int r, status;
	pid_t pid;

	r = dm_create(v->data, "rp_disk", DATA_SECTORS, "") ?:
	    dm_create(v->meta, "rp_disk", META_SECTORS, "");
	if (r)
		return r;
	snprintf(meta, sizeof(meta), "/dev/mapper/%s", v->meta);
	snprintf(data, sizeof(data), "/dev/mapper/%s", v->data);
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, argv[0], &quiet, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid || status)
		r = -EIO;
	posix_spawn_file_actions_destroy(&quiet);
	return r;
}

static int disks_remove(const struct machine_volume *v)
{
	return dm_remove(v->meta) ?: dm_remove(v->data);
}

/* --- points --- */

static uint32_t answer_of(struct many *m, const struct point *p, unsigned int i)
{
	const struct question q = { .from = p };
	struct list list;
	uint32_t reason = ask(&m->k->world, &m->volume[i], &q, &list);

	list_free(&list);
	return reason;
}

/* All are in what is said of the point, and of the collection: in many messages (B16). */
static void count_members(struct many *m, const struct point *p)
{
	struct world *w = &m->k->world;
	struct refpoint_collection *collection = NULL;
	const struct refpoint_member *member;
	struct refpoint_point *point = NULL;
	unsigned int of_point = 0, of_collection = 0;

	if (refpoint_point_get(w->ctx, &p->id, &point, w->result) || !point ||
	    refpoint_collection_get(w->ctx, w->collection, &collection, w->result) ||
	    !collection)
		die("get: %s", refpoint_error_message(w->ctx));
	for (member = refpoint_point_members(point); member;
	     member = refpoint_member_next(member))
		of_point++;
	for (member = refpoint_collection_members(collection); member;
	     member = refpoint_member_next(member))
		of_collection++;
	tally(m->k, TALLY_POINT, of_point == m->nr && of_collection == m->nr,
	      "%u members of the point and %u of the collection are told", of_point,
	      of_collection);
	refpoint_point_free(point);
	refpoint_collection_free(collection);
}

/* Return: whether it is there. */
static bool judge(struct many *m, struct point *p, uint32_t said)
{
	struct cuts *k = m->k;
	struct life *l = &k->life[p - k->points.point];
	uint32_t state = truth_state(k, p, 3000);
	bool there = state == REFPOINT_POINT_COMMITTED;
	unsigned int i, n = 0;

	for (i = 0; i < m->nr; i++)
		n += !answer_of(m, p, i);
	tally(k, TALLY_POINT, state != REFPOINT_POINT_IN_DOUBT &&
	      n == (there ? m->nr : 0), "a point of state %s answers on %u of %u",
	      refpoint_point_state_name(state), n, m->nr);
	tally(k, TALLY_POINT, there || !l->made || !p->alive,
	      "a point was made and is gone");
	tally(k, TALLY_POINT, !there || !l->made || p->alive,
	      "a point was destroyed and is there");
	if (there)
		count_members(m, p);
	/* Who has not heard of the end goes on with it. */
	tally(k, TALLY_GUESS, said == REFPOINT_POINT_IN_DOUBT ||
	      (said == REFPOINT_POINT_COMMITTED) == there ||
	      (said == REFPOINT_POINT_COMMITTED && l->destroyed),
	      "some said of a point: %s; all of them: %s",
	      refpoint_point_state_name(said), refpoint_point_state_name(state));
	l->made = p->alive = there;
	l->destroyed = 0;
	return there;
}

void power_goes_within(struct many *m, unsigned int requests)
{
	struct chance *c = &m->k->world.chance;
	int r = dm_message(m->mv[0].meta, "cut_at %u %u ghost",
			   1 + (unsigned int)chance_below(c, (uint64_t)requests * m->nr),
			   (uint32_t)chance_next(c));

	if (r)
		die("cut_at: %s", strerror(-r));
}

bool power_has_gone(struct many *m)
{
	int r = dm_message(m->mv[0].meta, "cut %u ghost",
			   (uint32_t)chance_next(&m->k->world.chance));

	if (r && r != -EBUSY)
		die("cut: %s", strerror(-r));
	m->k->in_doubt += !!r;
	return r;
}

/* Of a point: that there is one afterwards is not said. */
static void act(struct many *m, struct point **p)
{
	struct cuts *k = m->k;
	bool making = !*p, gone;
	struct life *l;

	power_goes_within(m, making ? REQUESTS : REQUESTS / 2);
	if (making) {
		*p = point_make(&k->world, &k->points);
	} else {
		k->life[*p - k->points.point].destroyed = moment_now();
		point_destroy(&k->world, *p);
	}
	gone = power_has_gone(m);
	l = &k->life[*p - k->points.point];
	if (making)
		l->made = (*p)->alive && !gone;
	else if (gone)
		l->made = false;
}

static void fall(struct many *m)
{
	struct cuts *k = m->k;
	int r;

	refpoint_close(k->world.ctx);
	each(m, 0, m->nr, "remove", volume_down);
	module_unload();
	r = dm_message(m->mv[0].meta, "on");
	if (r)
		die("on: %s", strerror(-r));
	module_load();
	context_open(&k->world);
}

/* Return: the point that is there, or NULL. */
static struct point *point_round(struct many *m, struct point *p)
{
	struct cuts *k = m->k;
	unsigned int early = 1 + chance_below(&k->world.chance, m->nr - 1);
	uint32_t said;

	act(m, &p);
	fall(m);
	shuffle(m);
	each(m, 0, early, "activate", volume_up);
	said = truth_state(k, p, 0);
	each(m, early, m->nr, "activate", volume_up);
	if (judge(m, p, said))
		return p;
	truth_forget(k, 0);
	return NULL;
}

static void crowd_round(struct many *m)
{
	crowd_act(m);
	fall(m);
	shuffle(m);
	each(m, 0, m->nr, "activate", volume_up);
	crowd_judge(m);
}

/* --- beginning and end --- */

static void set_up(struct many *m)
{
	struct world *w = &m->k->world;
	double begun = seconds_now();
	unsigned int i;

	m->mv = calloc(m->nr, sizeof(*m->mv));
	m->volume = calloc(m->nr, sizeof(*m->volume));
	m->name = calloc(m->nr, sizeof(*m->name));
	m->order = calloc(m->nr, sizeof(*m->order));
	if (!m->mv || !m->volume || !m->name || !m->order)
		die("out of memory");
	for (i = 0; i < m->nr; i++) {
		struct machine_volume *v = &m->mv[i];

		snprintf(v->name, sizeof(v->name), "many%u", i);
		snprintf(v->data, sizeof(v->data), "many%u-data", i);
		snprintf(v->meta, sizeof(v->meta), "many%u-meta", i);
		v->sectors = DATA_SECTORS;
		snprintf(m->volume[i].name, sizeof(m->volume[i].name), "%s", v->name);
		m->volume[i].size = DATA_SECTORS * SECTOR;
		m->name[i] = v->name;
	}
	shuffle(m);
	each(m, 0, m->nr, "format", disks_make);
	each(m, 0, m->nr, "activate", volume_up);
	context_open(w);
	snprintf(w->collection, sizeof(w->collection), "many");
	if (refpoint_collection_create(w->ctx, w->collection, NULL, m->name, m->nr,
				       NULL, w->result) ||
	    !refpoint_result_ok(w->result))
		die("collection: %s", refpoint_result_message(w->result));
	printf("# %u volumes and a collection of them in %.1f s\n", m->nr,
	       seconds_now() - begun);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "members", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 }
	};
	struct cuts *k = calloc(1, sizeof(*k));
	struct many m = { .k = k, .nr = REFPOINT_MEMBERS_MAX };
	struct point *p = NULL;
	uint64_t seed = 0;
	double begun;
	int c;

	if (!k)
		return 1;
	if (getrandom(&seed, 4, 0) != 4)
		seed = getpid();
	k->rounds = 3;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 'r')
			k->rounds = atoi(optarg);
		else if (c == 'm')
			m.nr = atoi(optarg);
		else
			die("usage: many [--seed N] [--rounds N] [--members N]");
	}
	if (m.nr < 2 || m.nr > REFPOINT_MEMBERS_MAX)
		die("2 to %d members", REFPOINT_MEMBERS_MAX);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n# RP_SEED=%" PRIu64 "\n", seed);
	k->word = "cut";
	k->told = 1U << TALLY_UP | 1U << TALLY_POINT | 1U << TALLY_GUESS |
		  1U << TALLY_WHOLE | 1U << TALLY_USABLE;
	k->world.chance.state = seed;
	k->world.result = refpoint_result_new();
	set_up(&m);
	for (; k->round < k->rounds && !tally_bad(k); k->round++) {
		begun = seconds_now();
		if (k->round % 2) {
			crowd_round(&m);
			printf("# cut %u: a collection is %s", k->round,
			       crowd_words(&m));
		} else {
			p = point_round(&m, p);
			printf("# cut %u: a point is %s", k->round,
			       p ? "there" : "not there");
		}
		printf(", %.1f s\n", seconds_now() - begun);
	}
	printf("# %" PRIu64 " of %u operations cut short\n", k->in_doubt, k->round);
	refpoint_close(k->world.ctx);
	each(&m, 0, m.nr, "remove", volume_down);
	each(&m, 0, m.nr, "remove disks", disks_remove);
	return tally_tell(k);
}
