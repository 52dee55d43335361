// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments of the command line.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "help.h"
#include "utf8.h"

/* Digits only: strtoull() would take spaces, signs and other bases. */
static int parse_digits(const char *text, uint64_t *number, const char **rest)
{
	uint64_t n = 0;

	if (!text || !isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text); text++)
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*text - '0'), &n))
			return -ERANGE;
	*number = n;
	*rest = text;
	return 0;
}

int parse_u64(const char *text, uint64_t *number)
{
	const char *rest;
	uint64_t n;
	int err = parse_digits(text, &n, &rest);

	if (err)
		return err;
	if (*rest)
		return -EINVAL;
	*number = n;
	return 0;
}

int parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGTPE";
	const char *rest, *unit;
	unsigned int shift = 0;
	uint64_t n;
	int err = parse_digits(text, &n, &rest);

	if (err)
		return err;
	if (*rest) {
		unit = strchr(units, toupper((unsigned char)*rest));
		if (!unit)
			return -EINVAL;
		if (rest[1] && strcmp(rest + 1, "iB"))
			return -EINVAL;
		shift = 10 * (unit - units + 1);
	}
	if (n > UINT64_MAX >> shift)
		return -ERANGE;
	*bytes = n << shift;
	return 0;
}

int parse_type(const char *text, uint16_t *type)
{
	uint64_t n;
	int err = 0;

	if (!strcmp(text, "rct"))
		n = REFPOINT_TYPE_RCT;
	else if (!strcmp(text, "log"))
		n = REFPOINT_TYPE_LOG;
	else
		err = parse_u64(text, &n);
	if (err)
		return err;
	if (n > UINT16_MAX)
		return -ERANGE;
	*type = n;
	return 0;
}

int parse_consistency(const char *text, uint8_t *level)
{
	uint64_t n;
	int err;

	for (n = 0; n <= REFPOINT_CONSISTENCY_FILESYSTEM; n++) {
		if (!strcmp(text, refpoint_consistency_name(n))) {
			*level = n;
			return 0;
		}
	}
	err = parse_u64(text, &n);
	if (err)
		return err;
	if (n > UINT8_MAX)
		return -ERANGE;
	*level = n;
	return 0;
}

uint64_t arg_size(const struct tool *t, const char *option, const char *text)
{
	uint64_t bytes;

	switch (parse_size(text, &bytes)) {
	case 0:
		return bytes;
	case -ERANGE:
		tool_usage(t, "%s: %s is too large", option, text);
	}
	tool_usage(t, "%s: \"%s\" is not a size: bytes, or a number with K, M, G, T, P or E",
		   option, text);
}

uint64_t arg_u64(const struct tool *t, const char *option, const char *text)
{
	uint64_t n;

	switch (parse_u64(text, &n)) {
	case 0:
		return n;
	case -ERANGE:
		tool_usage(t, "%s: %s is too large", option, text);
	}
	tool_usage(t, "%s: \"%s\" is not a number", option, text);
}

void arg_uuid(const struct tool *t, const char *option, const char *text,
	      struct refpoint_uuid *uuid)
{
	if (refpoint_uuid_parse(text, uuid))
		tool_usage(t, "%s: \"%s\" is not a UUID", option, text);
}

void arg_limit(const struct tool *t, const char *option, const char *text,
	       size_t max)
{
	if (strlen(text) > max)
		tool_usage(t, "%s has at most %zu bytes, not %zu: \"%.32s...\"",
			   option, max, strlen(text), text);
}

void arg_text(const struct tool *t, const char *option, const char *text,
	      size_t max)
{
	arg_limit(t, option, text, max);
	if (!utf8_valid(text))
		tool_usage(t, "%s is not UTF-8: \"%s\"", option, text);
}

void arg_name(const struct tool *t, const char *text)
{
	if (!*text)
		tool_usage(t, "a name is empty");
	if (*text == '/')
		arg_limit(t, "a path", text, PATH_MAX - 1);
	else
		arg_limit(t, "a name", text, REFPOINT_NAME_MAX);
}

void arg_names(const struct tool *t, char **texts)
{
	for (; *texts; texts++)
		arg_name(t, *texts);
}

/* As the kernel reads it: two UUIDs and a number, with colons between. */
bool parse_handle(const char *text)
{
	const size_t len = REFPOINT_UUID_STR - 1;
	char part[REFPOINT_UUID_STR];
	struct refpoint_uuid uuid;
	uint64_t number;
	int i;

	for (i = 0; i < 2; i++) {
		snprintf(part, sizeof(part), "%s", text);
		if (refpoint_uuid_parse(part, &uuid) || text[len] != ':')
			return false;
		text += len + 1;
	}
	return !parse_u64(text, &number) && (text[0] != '0' || !text[1]);
}

const char *arg_owner_default(const struct tool *t)
{
	const char *owner = getenv("REFPOINT_OWNER");

	if (owner)
		arg_limit(t, "REFPOINT_OWNER", owner, REFPOINT_OWNER_MAX);
	return owner && *owner ? owner : NULL;
}

/* ---- options ------------------------------------------------------------------ */

int args_next(struct tool *t, int argc, char **argv,
	      const struct option *options)
{
	int c;

	opterr = 0;	/* getopt's own sentences do not name the command */
	for (;;) {
		c = getopt_long(argc, argv, ":h", options, NULL);
		switch (c) {
		case 'j':
			t->json = true;
			continue;
		case 'h':
			help_command(t->command);
			exit(0);
		case ':':
			tool_usage(t, "%s needs a value", argv[optind - 1]);
		case '?':
			if (optopt && optopt < ARG_FIRST && optopt != 'j')
				tool_usage(t, "there is no option -%c", optopt);
			if (optopt)
				tool_usage(t, "%s takes no value",
					   argv[optind - 1]);
			tool_usage(t, "there is no option %s",
				   argv[optind - 1]);
		}
		return c;
	}
}

char **args_rest(struct tool *t, int argc, char **argv, int min, int max,
		 const char *what)
{
	int left = argc - optind;

	if (left < min)
		tool_usage(t, "%s is missing", what);
	if (max && left > max)
		tool_usage(t, "\"%s\" is one argument too many",
			   argv[optind + max]);
	if (!min && !max && left)
		tool_usage(t, "\"%s\" is one argument too many", argv[optind]);
	return argv + optind;
}

char **args_only(struct tool *t, int argc, char **argv, int min, int max,
		 const char *what)
{
	static const struct option options[] = { ARGS_COMMON };

	while (args_next(t, argc, argv, options) != -1)
		;
	return args_rest(t, argc, argv, min, max, what);
}
