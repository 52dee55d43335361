// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint - the command: a table of subcommands, and what happens between
 * them and the library.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "help.h"
#include "progress.h"
#include "refusal.h"
#include "tool.h"
#include "utf8.h"

const struct command *const all_commands[] = {
	format_commands,
	collection_commands,
	point_commands,
	changes_commands,
	volume_commands,
	job_commands,
	monitor_commands,
	metrics_commands,
	check_commands,
	dump_commands,
	repair_commands,
	NULL
};

/* ---- sentences ------------------------------------------------------------------ */

/*
 * A sentence has names in it that nobody has looked at yet. What would move the
 * cursor, end the line or is no text is shown as \xHH, byte by byte.
 */
static void put_escaped(const char *text, FILE *out)
{
	unsigned int code;
	size_t n, i;

	for (; *text; text += n) {
		n = utf8_next(text, &code);
		if (n && code >= ' ' && (code < 0x7f || code >= 0xa0)) {
			fwrite(text, 1, n, out);
			continue;
		}
		n = n ? n : 1;
		for (i = 0; i < n; i++)
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
	}
}

static void complain(const char *fmt, va_list args)
{
	char *text;

	progress_clear();
	fputs("refpoint: ", stderr);
	if (vasprintf(&text, fmt, args) < 0) {
		fputs("out of memory", stderr);
	} else {
		put_escaped(text, stderr);
		free(text);
	}
	fputc('\n', stderr);
}

void tool_complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	complain(fmt, args);
	va_end(args);
}

void tool_usage(const struct tool *t, const char *fmt, ...)
{
	const struct command *c = t->command;
	va_list args;

	va_start(args, fmt);
	complain(fmt, args);
	va_end(args);
	if (c)
		fprintf(stderr, "Try \"refpoint %s%s%s --help\".\n", c->noun,
			c->verb ? " " : "", c->verb ? c->verb : "");
	else
		fprintf(stderr, "Try \"refpoint help\".\n");
	exit(TOOL_USAGE);
}

static const char *errno_message(const struct tool *t, int err)
{
	const char *message = refpoint_error_message(t->ctx);

	if (err == -ENOPKG)
		return "the kernel module dm-refpoint is not loaded, or this is not the initial network namespace";
	return *message ? message : strerror(-err);
}

static int check(struct tool *t, int err, const char *what, bool baseline)
{
	char *refusal = NULL;
	const char *message;
	int status;

	status = exit_status(err, refpoint_result_value(t->result),
			     refpoint_result_reason(t->result), baseline);
	if (status == TOOL_DONE)
		return TOOL_DONE;
	if (err && err != -EREMOTEIO) {
		message = errno_message(t, err);
	} else {
		refusal = refusal_text(t);
		message = refusal ? refusal :
				    refpoint_result_message(t->result);
	}
	if (what && !refusal_names(t, message, what))
		tool_complain("%s: %s", what, message);
	else
		tool_complain("%s", message);
	free(refusal);
	return status;
}

int tool_check(struct tool *t, int err, const char *what)
{
	return check(t, err, what, false);
}

int tool_check_baseline(struct tool *t, int err, const char *what)
{
	return check(t, err, what, true);
}

int tool_open(struct tool *t)
{
	int err;

	if (t->ctx)
		return TOOL_DONE;
	err = refpoint_open(&t->ctx);
	if (!err)
		return TOOL_DONE;
	tool_complain("%s", errno_message(t, err));
	return exit_status(err, 0, 0, false);
}

/* ---- finding the command ---------------------------------------------------------- */

static const struct command *find_noun(const char *noun)
{
	const struct command *const *list;

	for (list = all_commands; *list; list++)
		if (!strcmp((*list)->noun, noun))
			return *list;
	return NULL;
}

static int run(struct tool *t, int argc, char **argv)
{
	const struct command *c = find_noun(argv[0]);

	if (!c)
		tool_usage(t, "there is no command \"%s\"", argv[0]);
	if (c->verb) {
		if (argc < 2)
			tool_usage(t, "%s: the verb is missing", argv[0]);
		if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
			help_noun(argv[0]);
			return TOOL_DONE;
		}
		while (c->noun && strcmp(c->verb, argv[1]))
			c++;
		if (!c->noun)
			tool_usage(t, "there is no command \"%s %s\"", argv[0],
				   argv[1]);
		argc--;
		argv++;
	}
	t->command = c;
	return c->run(t, argc, argv);
}

static int help(struct tool *t, int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		help_all();
		return TOOL_DONE;
	}
	c = find_noun(argv[1]);
	if (!c)
		tool_usage(t, "there is no command \"%s\"", argv[1]);
	if (c->verb && argc == 2) {
		help_noun(argv[1]);
		return TOOL_DONE;
	}
	while (c->verb && strcmp(c->verb, argv[2])) {
		c++;
		if (!c->noun)
			tool_usage(t, "there is no command \"%s %s\"", argv[1],
				   argv[2]);
	}
	help_command(c);
	return TOOL_DONE;
}

/*
 * Of the three standard files one that is closed would be the next that is opened: a
 * disk, or the socket, and what is printed would go there. What takes its place
 * fails as a closed one does: it is open for the wrong direction.
 */
static bool standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY :
							   O_RDONLY) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct tool t = { .json = false };
	int status;

	if (!standard_files())
		return TOOL_FAILED;
	argc--;
	argv++;
	while (argc && !strcmp(argv[0], "--json")) {
		t.json = true;
		argc--;
		argv++;
	}
	if (!argc)
		tool_usage(&t, "no command was given");
	t.result = refpoint_result_new();
	if (!t.result) {
		tool_complain("out of memory");
		return TOOL_FAILED;
	}
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V")) {
		printf("refpoint %s\n", refpoint_version_library());
		status = TOOL_DONE;
	} else if (!strcmp(argv[0], "help") || !strcmp(argv[0], "--help") ||
		   !strcmp(argv[0], "-h")) {
		status = help(&t, argc, argv);
	} else {
		status = run(&t, argc, argv);
	}
	progress_clear();
	/* A full disk must not look like an empty list of changes. */
	if (fflush(stdout) || ferror(stdout)) {
		tool_complain("cannot write the output: %s", strerror(errno));
		if (status == TOOL_DONE)
			status = TOOL_FAILED;
	}
	refpoint_close(t.ctx);
	refpoint_result_free(t.result);
	return status;
}
