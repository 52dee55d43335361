// SPDX-License-Identifier: GPL-2.0-only
/*
 * Help, from the tables of the commands: there is no second list of them.
 */
#include <stdio.h>
#include <string.h>

#include "help.h"

static void help_line(const struct command *c)
{
	printf("  refpoint %s%s%s%s%s\n", c->noun, c->verb ? " " : "",
	       c->verb ? c->verb : "", *c->args ? " " : "", c->args);
}

void help_command(const struct command *c)
{
	printf("Usage:\n");
	help_line(c);
	printf("\n%s\n", c->summary);
	if (c->details)
		printf("\n%s", c->details);
	printf("\nOptions of every command:\n"
	       "  --json        print JSON\n"
	       "  --help        print this\n");
}

bool help_noun(const char *noun)
{
	const struct command *const *list, *c;
	bool found = false;

	for (list = all_commands; *list; list++) {
		for (c = *list; c->noun; c++) {
			if (strcmp(c->noun, noun))
				continue;
			help_line(c);
			printf("      %s\n", c->summary);
			found = true;
		}
	}
	return found;
}

void help_all(void)
{
	const struct command *const *list;

	printf("Usage: refpoint [--json] COMMAND [ARGUMENT...]\n"
	       "       refpoint --version\n"
	       "       refpoint help [COMMAND]\n\n"
	       "Changed block tracking with reference points over collections of volumes.\n"
	       "A VOLUME is named by its device mapper name, the path of its device or its UUID.\n\n");
	for (list = all_commands; *list; list++) {
		if ((*list)->noun)
			help_noun((*list)->noun);
	}
	printf("\nExit status: 0 done, 1 failed, 2 usage, 10 full copy required, 11 unknown\n"
	       "extents and --allow-unknown not given, 12 busy or invalid state, 13 timeout,\n"
	       "14 void or in doubt, 15 not supported. See refpoint(8).\n");
}
