// SPDX-License-Identifier: GPL-2.0-only
/*
 * volumes.c - the tracked volumes, and the count of what was found
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cuts.h"

static const char *const tally_name[NR_TALLIES] = {
	[TALLY_UP] = "volumes come up and track, without a gap",
	[TALLY_CONTENT] = "what was said to be durable is there (I3)",
	[TALLY_POINT] = "a point is there for all members or for none (I4)",
	[TALLY_SUPERSET] = "every change is reported (I1)",
	[TALLY_EXCESS] = "nothing but regions written since is reported (I8)",
	[TALLY_IO] = "users' reads and writes go on (I6)",
	[TALLY_GUESS] = "what some members say is not what all deny (O6)",
	[TALLY_WHOLE] = "a collection is changed wholly or not at all",
	[TALLY_USABLE] = "new points can be made, and destroyed",
	[TALLY_REQUEST] = "a request without memory says so and can be repeated",
	[TALLY_SITES] = "each call that allocates has failed, or cannot",
};

/* --- counting --- */

void tally(struct cuts *k, enum tally t, bool good, const char *fmt, ...)
{
	va_list args;

	k->done[t]++;
	if (good || k->failed[t]++ >= 8)
		return;
	printf("# %s %u: ", k->word, k->round);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

bool tally_bad(const struct cuts *k)
{
	unsigned int t;

	for (t = 0; t < NR_TALLIES; t++)
		if (k->failed[t])
			return true;
	return false;
}

int tally_tell(struct cuts *k)
{
	unsigned int t, n = 0;

	for (t = 0; t < NR_TALLIES; t++)
		if (k->told >> t & 1)
			printf("%sok %u %s: %" PRIu64 " times\n",
			       k->failed[t] || !k->done[t] ? "not " : "", ++n,
			       tally_name[t], k->done[t]);
	printf("1..%u\n", n);
	return tally_bad(k);
}

double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* --- volumes --- */

void context_open(struct world *w)
{
	int err = refpoint_open(&w->ctx);

	if (err)
		die("refpoint_open: %s", strerror(-err));
}

void volumes_open(struct cuts *k)
{
	unsigned int i;

	for (i = 0; i < k->world.nr; i++)
		volume_open(&k->world.volume[i]);
}

void volumes_close(struct cuts *k)
{
	unsigned int i;

	for (i = 0; i < k->world.nr; i++)
		volume_close(&k->world.volume[i]);
}

bool volume_put(struct volume *v, enum op_type type, uint32_t first, uint32_t count)
{
	uint32_t nr = op_begin(v, type, first, count), i;
	uint64_t range[2] = { (uint64_t)first * SECTOR, (uint64_t)count * SECTOR };
	uint8_t *data;
	bool good;

	if (posix_memalign((void **)&data, 4096, (size_t)count * SECTOR))
		die("out of memory");
	for (i = 0; i < count; i++)
		content_fill(v, nr, first + i, data + (size_t)i * SECTOR);
	if (type == OP_WRITE)
		good = pwrite(v->fd, data, range[1], range[0]) == (ssize_t)range[1];
	else
		good = !fallocate(v->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  range[0], range[1]);
	op_end(v, nr, !good, false);
	free(data);
	return good;
}

uint64_t volumes_ops(const struct cuts *k)
{
	uint64_t ops = 0;
	unsigned int i;

	for (i = 0; i < k->world.nr; i++)
		ops += k->world.volume[i].nr_ops - 1;
	return ops;
}

void volumes_check(struct cuts *k)
{
	struct world *w = &k->world;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		struct refpoint_volume *info = NULL;
		char line[256];

		if (refpoint_volume_get(w->ctx, w->volume[i].name, &info,
					w->result) || !info)
			die("%s: %s", w->volume[i].name,
			    refpoint_result_message(w->result));
		dm_status(w->volume[i].name, line, sizeof(line));
		tally(k, TALLY_UP, !strncmp(line, "active ", 7) &&
		      (k->may_refuse ||
		       refpoint_volume_gap_count(info) == k->gaps[i]), "%s: %s",
		      w->volume[i].name, line);
		k->gaps[i] = refpoint_volume_gap_count(info);
		refpoint_volume_free(info);
	}
}

void volumes_set_up(struct cuts *k)
{
	const char *names[VOLUMES_MAX];
	struct world *w = &k->world;
	unsigned int i;

	if (machine_up(&k->machine, &w->chance))
		die("the volumes do not come up");
	context_open(w);
	for (i = 0; i < k->machine.nr; i++) {
		struct refpoint_volume *info = NULL;

		names[i] = k->machine.volume[i].name;
		world_add(w, names[i]);
		if (refpoint_volume_get(w->ctx, names[i], &info, w->result) || !info)
			die("%s: %s", names[i], refpoint_result_message(w->result));
		k->region[i] = refpoint_volume_region(info);
		refpoint_volume_free(info);
		if (w->volume[i].size / k->region[i] >= 64)
			die("%s: too many regions", names[i]);
		k->regions[i] = keep_alloc((k->rounds + 1) *
					   sizeof(*k->regions[i]));
		k->armed[i] = keep_alloc((k->rounds + 2) * sizeof(*k->armed[i]));
		k->first_op[i] = 1;
	}
	snprintf(w->collection, sizeof(w->collection), "cuts");
	if (refpoint_collection_create(w->ctx, w->collection, NULL, names, w->nr,
				       NULL, w->result) ||
	    !refpoint_result_ok(w->result))
		die("collection: %s", refpoint_result_message(w->result));
}
