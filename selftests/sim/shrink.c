// SPDX-License-Identifier: GPL-2.0-only
/*
 * shrink.c - the least of a life that still fails
 *
 * Each attempt is a process of its own: a failed one ends in the middle of things.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

static struct life *life;
static u64 seed;
static void (*run_first)(struct life *l, struct rng *r);

static void first(struct rng *r)
{
	run_first(life, r);
}

static void again(struct rng *r)
{
	life_again(life);
}

/* Return: whether it fails. */
static bool fails(void (*run)(struct rng *r))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		bool ok = test_run(run, seed);

		fflush(stdout);
		memcpy(life->why, test_why(), sizeof(life->why) - 1);
		_exit(!ok);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status;
}

/* Leave out steps @at..@at+@n-1. */
static bool without(unsigned int at, unsigned int n)
{
	struct step *was = malloc(sizeof(life->step));
	unsigned int nr = life->nr;

	memcpy(was, life->step, sizeof(life->step));
	life->nr -= n;
	memmove(&life->step[at], &life->step[at + n],
		(life->nr - at) * sizeof(*was));
	if (fails(again)) {
		free(was);
		return true;
	}
	memcpy(life->step, was, sizeof(life->step));
	life->nr = nr;
	free(was);
	return false;
}

int shrink(void (*run)(struct life *l, struct rng *r), u64 with_seed)
{
	unsigned int n, at;

	life = mmap(NULL, sizeof(*life), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (life == MAP_FAILED)
		return 1;
	seed = with_seed;
	run_first = run;
	if (!fails(first)) {
		printf("# seed %llu does not fail\n", (unsigned long long)seed);
		return 1;
	}
	printf("# %u steps: %s\n", life->nr, life->why);
	if (!fails(again)) {
		printf("# it does not fail again\n");
		return 1;
	}
	for (n = life->nr / 2; n; n /= 2) {
		for (at = life->nr; at >= n; ) {
			at -= n;
			if (at + n <= life->nr)
				without(at, n);
			if (at < n)
				break;
		}
	}
	for (at = life->nr; at--; )
		without(at, 1);
	fails(again);
	printf("# %u steps: %s\n", life->nr, life->why);
	life->verbose = true;
	fails(again);
	return 0;
}
