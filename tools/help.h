/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * help.h - what the command can do, on stdout
 */
#ifndef HELP_H
#define HELP_H

#include "tool.h"

void help_command(const struct command *command);
void help_all(void);
/* All that belong to one noun; false when there is none. */
bool help_noun(const char *noun);

/* NULL-terminated: the lists of all nouns. */
extern const struct command *const all_commands[];

#endif /* HELP_H */
