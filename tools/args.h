/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * args.h - arguments of the command line
 *
 * The parsers return 0, -EINVAL (not of that form) or -ERANGE (too large). The
 * arg_*() functions end the program with a sentence that names the option.
 */
#ifndef ARGS_H
#define ARGS_H

#include <getopt.h>

#include "tool.h"

/* Bytes: decimal digits, then nothing or one of K M G T P E, "KiB" too. */
int parse_size(const char *text, uint64_t *bytes);
int parse_u64(const char *text, uint64_t *number);
/* "rct", "log", or a number up to 65535. */
int parse_type(const char *text, uint16_t *type);
/* A name as refpoint_consistency_name() has it, or a number up to 255. */
int parse_consistency(const char *text, uint8_t *level);

uint64_t arg_size(const struct tool *t, const char *option, const char *text);
uint64_t arg_u64(const struct tool *t, const char *option, const char *text);
void arg_uuid(const struct tool *t, const char *option, const char *text,
	      struct refpoint_uuid *uuid);

/* Values of options start here: below are characters. */
#define ARG_FIRST	256

/* Every command's list of options ends with these. */
#define ARGS_COMMON \
	{ "json", no_argument, NULL, 'j' }, \
	{ "help", no_argument, NULL, 'h' }, \
	{ NULL, 0, NULL, 0 }

/*
 * The next option's value, its argument in optarg; -1 at the end, when optind
 * is the first other argument. --json and --help are dealt with here, and so
 * is what is wrong.
 */
int args_next(struct tool *t, int argc, char **argv,
	      const struct option *options);

/*
 * For commands without options of their own, or after the last one: are there
 * between @min and @max (0: any number) arguments left? @what says what they
 * are. Returns them.
 */
char **args_rest(struct tool *t, int argc, char **argv, int min, int max,
		 const char *what);
char **args_only(struct tool *t, int argc, char **argv, int min, int max,
		 const char *what);

/* The end of the program unless @text has at most @max bytes. */
void arg_limit(const struct tool *t, const char *option, const char *text,
	       size_t max);
/*
 * And unless it is UTF-8. Only for what gets a name now: what has one that is
 * not can still be shown and destroyed by it.
 */
void arg_text(const struct tool *t, const char *option, const char *text,
	      size_t max);
/* The name or UUID of a volume or a collection. */
void arg_name(const struct tool *t, const char *text);
void arg_names(const struct tool *t, char **texts);

/* Has @text the form of a handle, whatever it may stand for? */
bool parse_handle(const char *text);

/* --owner's default: REFPOINT_OWNER of the environment, or NULL. */
const char *arg_owner_default(const struct tool *t);

#endif /* ARGS_H */
