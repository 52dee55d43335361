// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint monitor: one line for each event, until a signal comes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "exit.h"
#include "output.h"

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

/* When the event came, for those that do not say when it happened. */
static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static json_object *model_event(const struct refpoint_notification *n)
{
	json_object *o = json_object_new_object();
	uint32_t reason = refpoint_notification_reason(n);
	uint64_t time = refpoint_notification_time(n);
	bool of_volume;

	of_volume = refpoint_notification_subject(n) ==
		    REFPOINT_CMD_VOLUME_EVENT;
	put_time(o, "time", time ? time : now());
	put_str(o, "subject", refpoint_notification_subject_name(n));
	put_str(o, "event",
		refpoint_event_name(refpoint_notification_event(n)));
	put_uuid(o, "point", refpoint_notification_point(n));
	put_id(o, "job", refpoint_notification_job(n));
	put_uuid(o, "volume", refpoint_notification_volume(n));
	put_str_or_null(o, "volume_name", refpoint_notification_volume_name(n));
	put_uuid(o, "collection", refpoint_notification_collection(n));
	put_str_or_null(o, "collection_name",
			refpoint_notification_collection_name(n));
	put_str_or_null(o, "state", refpoint_notification_state_name(n));
	if (refpoint_notification_subject(n) == REFPOINT_CMD_JOB_EVENT)
		put_u64(o, "percent", refpoint_notification_percent(n));
	/* Of a volume it is the reason of a gap, numbered differently. */
	put_str_or_null(o, "reason", !reason ? NULL :
			of_volume ? refpoint_gap_reason_name(reason) :
				    refpoint_reason_name(reason));
	put_str_or_null(o, "message", refpoint_notification_message(n));
	return o;
}

/* "TIME subject event key=value ..." from the same model. */
static void print_text(json_object *o)
{
	static const char *const keys[] = { "time", "subject", "event" };
	const char *text;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		json_object *v = json_object_object_get(o, keys[i]);

		text = v ? json_object_get_string(v) : "-";
		printf("%s%s", i ? " " : "", text);
	}
	json_object_object_foreach(o, key, value) {
		for (i = 0; i < ARRAY_SIZE(keys); i++)
			if (!strcmp(key, keys[i]))
				break;
		if (i < ARRAY_SIZE(keys) || !value)
			continue;
		/* JSON's form of a string: quoted, no control characters. */
		if (!strcmp(key, "message") || strstr(key, "name"))
			text = json_object_to_json_string_ext(value,
						JSON_C_TO_STRING_NOSLASHESCAPE);
		else
			text = json_object_get_string(value);
		printf(" %s=%s", key, text);
	}
	putchar('\n');
	fflush(stdout);
	json_object_put(o);
}

static void print_event(const struct tool *t, json_object *o)
{
	if (t->json)
		output_line(o);
	else
		print_text(o);
}

/* Lost events are an event: whoever keeps a picture must draw it anew. */
static void print_lost(const struct tool *t)
{
	json_object *o = json_object_new_object();

	put_time(o, "time", now());
	put_str(o, "subject", "monitor");
	put_str(o, "event", "lost");
	put_str(o, "message", "events came faster than they were read");
	print_event(t, o);
}

static int monitor_events(const struct tool *t, struct refpoint_monitor *m)
{
	struct refpoint_notification *n;
	int ret;

	while ((ret = refpoint_monitor_next(m, 0, &n)) > 0) {
		print_event(t, model_event(n));
		refpoint_notification_free(n);
		if (ferror(stdout))
			return TOOL_FAILED;
	}
	if (ret == -ENOBUFS) {
		print_lost(t);
	} else if (ret < 0 && ret != -EINTR) {
		tool_complain("monitor: %s", ret == -ENOPKG ?
			      "the kernel module dm-refpoint was unloaded" :
			      strerror(-ret));
		return exit_status(ret, 0, 0, false);
	}
	return TOOL_DONE;
}

static int monitor_loop(const struct tool *t, struct refpoint_monitor *m,
			const sigset_t *unblocked)
{
	struct pollfd pfd = {
		.fd = refpoint_monitor_fd(m),
		.events = POLLIN,
	};
	int status = TOOL_DONE;

	while (!stopped && !status) {
		/* Signals come in here and nowhere else: none gets lost. */
		if (ppoll(&pfd, 1, NULL, unblocked) > 0)
			status = monitor_events(t, m);
	}
	return status;
}

static int monitor_run(struct tool *t, int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	struct refpoint_monitor *m = NULL;
	sigset_t block, old;
	int status, err;

	args_only(t, argc, argv, 0, 0, "");
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &old);
	sigdelset(&old, SIGINT);
	sigdelset(&old, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	/* For the sentence when the module is not there. */
	status = tool_open(t);
	if (status)
		return status;
	err = refpoint_monitor_open(&m);
	if (err) {
		tool_complain("monitor: %s", err == -EPERM ?
			      "not permitted: this needs CAP_SYS_ADMIN in the initial user namespace" :
			      strerror(-err));
		return exit_status(err, 0, 0, false);
	}
	status = monitor_loop(t, m, &old);
	refpoint_monitor_close(m);
	return status;
}

const struct command monitor_commands[] = {
	{ "monitor", NULL, "",
	  "Print a line for each event, until interrupted.",
	  "With --json, one object in a line.\n", monitor_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
