// SPDX-License-Identifier: GPL-2.0-only
/*
 * faults.c - the story of disks that fail
 *
 * A short scripted life of two volumes in a collection: writes into new regions, a
 * point, a checkpoint, more writes, a point, a destroyed point, deactivated,
 * activated, more writes. It is lived again and again while the k-th read, write
 * or flush of the first one's metadata fails, for k = 1, 2, ... until a life
 * passes without; once or from then on, before or after it has done its work.
 * Likewise with its origin, and with disks that are slow, read-only or gone.
 *
 * After each life the fault is lifted and the volumes are activated: users' I/O
 * went on (I6), every list is a superset or refused (I1), points are on both
 * volumes or on none (I4), and the second volume has noticed nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "life.h"

#define WALK_MAX	400

/**
 * struct scenario - what is wrong during a life
 * @disk: "meta" or "data" of the first volume
 * @fault: for messages to the disk, with %u for k
 * @walk: for each k
 */
struct scenario {
	const char *disk;
	const char *fault;
	bool walk;
	bool full;		/* tier full alone */
};

static const struct scenario scenarios[] = {
	{ "meta", "fault write %u once before", true, false },
	{ "meta", "fault write %u once after", true, true },
	{ "meta", "fault write %u always before", true, true },
	{ "meta", "fault write %u always after", true, true },
	{ "meta", "fault flush %u once before", true, false },
	{ "meta", "fault flush %u always after", true, true },
	{ "meta", "fault read %u once before", true, false },
	{ "meta", "fault read %u always before", true, true },
	{ "meta", "mode ro", false, false },
	{ "meta", "mode gone", false, false },
	{ "meta", "delay 30", false, false },
	{ "meta", "delay 2000", false, true },
	{ "data", "fault write %u once before", true, true },
	{ "data", "fault write %u once after", true, true },
	{ "data", "fault flush %u once before", true, false },
	{ "data", "fault flush %u always before", true, true },
};

static const char *disk_of(struct cuts *k, const char *disk)
{
	return strcmp(disk, "meta") ? k->machine.volume[0].data :
				      k->machine.volume[0].meta;
}

static uint64_t failed_requests(const char *disk)
{
	unsigned long long reads, writes, flushes, failed;
	char line[256];

	if (dm_status(disk, line, sizeof(line)) ||
	    sscanf(line, "%llu %llu %llu %llu", &reads, &writes, &flushes,
		   &failed) != 4)
		die("%s: status: %s", disk, line);
	return failed;
}

/**
 * struct fault - of one life
 * @k: of whose
 * @s: what
 * @nth: which request
 */
struct fault {
	struct cuts *k;
	const struct scenario *s;
	unsigned int nth;
};

static void fault_begin(void *arg)
{
	const struct fault *f = arg;
	const char *disk = disk_of(f->k, f->s->disk);
	char fault[64];
	int r;

	snprintf(fault, sizeof(fault), f->s->fault, f->nth);
	r = dm_message(disk, "reset") ?: dm_message(disk, "%s", fault);
	if (r)
		die("%s: %s: %s", disk, fault, strerror(-r));
}

static bool fault_end(void *arg)
{
	const struct fault *f = arg;
	const char *disk = disk_of(f->k, f->s->disk);
	bool hit = failed_requests(disk);

	dm_message(disk, "reset");
	return hit;
}

static void one_scenario(struct cuts *k, const struct scenario *s)
{
	double begun = seconds_now();
	struct fault f = { .k = k, .s = s, .nth = 1 };
	const struct trouble t = {
		.begin = fault_begin, .end = fault_end, .arg = &f,
		.origin_fails = !strcmp(s->disk, "data"),
	};
	bool hit;

	life_slowest = 0;
	do {
		uint64_t bad = tally_bad(k);

		hit = life_once(k, &t);
		if (!bad && tally_bad(k))
			printf("# that was: %s of %s, k = %u\n", s->fault, s->disk,
			       f.nth);
	} while (hit && s->walk && ++f.nth < WALK_MAX && !tally_bad(k));
	printf("# %s: %s: %u %s, slowest write %.1f s, %.1f s\n", s->disk, s->fault,
	       f.nth, s->walk ? "lives" : "life", life_slowest, seconds_now() - begun);
}

int main(int argc, char **argv)
{
	struct cuts *k = calloc(1, sizeof(*k));
	const char *only = NULL;
	bool full = false;
	unsigned int i;

	if (!k)
		return 1;
	for (; argc > 2 && !strncmp(argv[1], "--", 2); argc--, argv++) {
		if (!strcmp(argv[1], "--full"))
			full = true;
		else if (!strncmp(argv[1], "--only=", 7))
			only = argv[1] + 7;
		else
			die("usage: faults [--full] [--only=TEXT] VOLUME VOLUME");
	}
	if (argc != 3)
		die("usage: faults [--full] [--only=TEXT] VOLUME VOLUME");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	k->word = "life";
	k->told = TALLIES_OF_DATA;
	k->rounds = SIZE_OF(scenarios) * WALK_MAX;
	/* Ids of points are not used twice; nothing else is left to chance. */
	if (getrandom(&k->world.chance.state, 8, 0) != 8)
		die("no random number: %m");
	k->world.result = refpoint_result_new();
	machine_add(&k->machine, argv[1]);
	machine_add(&k->machine, argv[2]);
	volumes_set_up(k);
	for (i = 0; i < SIZE_OF(scenarios) && !tally_bad(k); i++)
		if ((full || !scenarios[i].full) &&
		    (!only || strstr(scenarios[i].fault, only)))
			one_scenario(k, &scenarios[i]);
	printf("# %u lives, %" PRIu64 " operations, %" PRIu64 " lists refused\n",
	       k->round, volumes_ops(k), k->refused);
	volumes_close(k);
	refpoint_close(k->world.ctx);
	machine_down(&k->machine);
	return tally_tell(k);
}
