// SPDX-License-Identifier: GPL-2.0-only
/*
 * cutter.c - makes points of a collection and destroys them, by the clock
 *
 *	cutter PERIOD_MS COLLECTION
 *	cutter PERIOD_MS --busy MS
 *
 * Every PERIOD_MS, until SIGTERM comes, a point is made and the one before the last
 * few is destroyed. In one process, over the library: a command for each of them would
 * be felt by what is measured beside it. For each a line is printed: when the point was
 * asked for, when it was durable and when the other was gone, in nanoseconds of the
 * clock of day, which fio's logs have as well.
 *
 * --busy is to compare with: it does nothing but to use the processor for MS in each
 * period.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "refpoint.h"

#define NSEC_PER_MSEC	1000000LL
#define NSEC_PER_SEC	1000000000LL
/* So many points stay, as a backup's would. */
#define KEPT		4

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

/* Return: whether it is time to end. SIGTERM is blocked: no request is interrupted. */
static bool told_to_end(const sigset_t *signals, int64_t when)
{
	int64_t left = when - now(CLOCK_MONOTONIC);
	struct timespec t = { 0 };

	if (left > 0) {
		t.tv_sec = left / NSEC_PER_SEC;
		t.tv_nsec = left % NSEC_PER_SEC;
	}
	return sigtimedwait(signals, NULL, &t) == SIGTERM;
}

/* The end of a request, which may have become a job. */
static void finish(struct refpoint_ctx *ctx, int err, uint64_t job,
		   struct refpoint_result *result, const char *what)
{
	if (!err && refpoint_result_value(result) == REFPOINT_RV_JOB_STARTED)
		err = refpoint_job_wait(ctx, job, 60000, NULL, NULL, NULL, result);
	if (!err && refpoint_result_ok(result))
		return;
	fprintf(stderr, "cutter: %s: %s\n", what,
		err ? strerror(-err) : refpoint_result_message(result));
	exit(1);
}

static void cut(struct refpoint_ctx *ctx, const char *collection,
		const struct refpoint_point_options *options,
		struct refpoint_result *result, struct refpoint_uuid *id, bool old)
{
	int64_t begun = now(CLOCK_REALTIME), made;
	struct refpoint_uuid fresh;
	uint64_t job;
	int err;

	err = refpoint_point_create(ctx, collection, options, &fresh, &job, result);
	finish(ctx, err, job, result, "point create");
	made = now(CLOCK_REALTIME);
	if (old) {
		err = refpoint_point_destroy(ctx, id, NULL, 0, 1000, &job, result);
		finish(ctx, err, job, result, "point destroy");
	}
	*id = fresh;
	printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", begun, made,
	       now(CLOCK_REALTIME));
}

static void cut_until_told(const char *collection, int64_t period, const sigset_t *signals)
{
	struct refpoint_point_options *options = refpoint_point_options_new();
	struct refpoint_result *result = refpoint_result_new();
	struct refpoint_uuid id[KEPT];
	struct refpoint_ctx *ctx;
	unsigned int i = 0;
	int64_t next;
	int err;

	err = options && result ? refpoint_open(&ctx) : -ENOMEM;
	if (err) {
		fprintf(stderr, "cutter: %s\n", strerror(-err));
		exit(1);
	}
	refpoint_point_options_set_wait(options, 1000);
	next = now(CLOCK_MONOTONIC);
	do {
		cut(ctx, collection, options, result, &id[i % KEPT], i >= KEPT);
		i++;
		next += period;
	} while (!told_to_end(signals, next));
	refpoint_close(ctx);
	refpoint_result_free(result);
	refpoint_point_options_free(options);
}

static void be_busy_until_told(int64_t ns, int64_t period, const sigset_t *signals)
{
	int64_t next = now(CLOCK_MONOTONIC);

	do {
		int64_t end = now(CLOCK_PROCESS_CPUTIME_ID) + ns;
		int64_t begun = now(CLOCK_REALTIME), ended;

		while (now(CLOCK_PROCESS_CPUTIME_ID) < end)
			;
		ended = now(CLOCK_REALTIME);
		printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", begun, ended, ended);
		next += period;
	} while (!told_to_end(signals, next));
}

int main(int argc, char **argv)
{
	int64_t period = argc > 1 ? atoi(argv[1]) * NSEC_PER_MSEC : 0;
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	if (argc == 3) {
		cut_until_told(argv[2], period, &signals);
	} else if (argc == 4 && !strcmp(argv[2], "--busy")) {
		be_busy_until_told(atof(argv[3]) * NSEC_PER_MSEC, period, &signals);
	} else {
		fprintf(stderr, "usage: cutter PERIOD_MS COLLECTION|--busy MS\n");
		return 2;
	}
	return 0;
}
