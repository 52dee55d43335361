/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tool.h - what the files of the command share
 */
#ifndef TOOL_H
#define TOOL_H

#include <stdbool.h>
#include <stdint.h>

#include <refpoint.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct command;

/**
 * struct tool - one run of the command
 * @ctx: connection, NULL before tool_open()
 * @result: of the last call
 * @command: what is being run
 * @json: --json was given
 */
struct tool {
	struct refpoint_ctx *ctx;
	struct refpoint_result *result;
	const struct command *command;
	bool json;
};

/**
 * struct command - one subcommand
 * @noun: first word
 * @verb: second word, NULL when there is none
 * @args: the rest, for help
 * @summary: one line, for help
 * @details: more lines, for help; may be NULL
 * @run: argv[0] is the last word of the command; returns an exit status
 */
struct command {
	const char *noun;
	const char *verb;
	const char *args;
	const char *summary;
	const char *details;
	int (*run)(struct tool *t, int argc, char **argv);
};

/* Each ends with an entry without a noun. */
extern const struct command changes_commands[];
extern const struct command check_commands[];
extern const struct command collection_commands[];
extern const struct command dump_commands[];
extern const struct command format_commands[];
extern const struct command job_commands[];
extern const struct command metrics_commands[];
extern const struct command monitor_commands[];
extern const struct command point_commands[];
extern const struct command repair_commands[];
extern const struct command volume_commands[];

/* Connect; an exit status, 0 when it went well. */
int tool_open(struct tool *t);

/*
 * A sentence on stderr, "refpoint: ..."; the second form ends the program with
 * the exit status for wrong usage.
 */
void tool_complain(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));
void tool_usage(const struct tool *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/*
 * What came of a call of the library: nothing is said and 0 returned when it
 * succeeded; else a sentence that begins with @what and the exit status.
 */
int tool_check(struct tool *t, int err, const char *what);
/* The same for "changes", where the baseline may be to blame. */
int tool_check_baseline(struct tool *t, int err, const char *what);

/* cmd_job.c: wait for a job and show how far it is; an exit status. */
int tool_wait_job(struct tool *t, uint64_t job, int timeout_ms,
		  const char *what);

#endif /* TOOL_H */
