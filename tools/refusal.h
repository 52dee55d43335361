/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * refusal.h - the kernel's refusals, for people
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "tool.h"

/*
 * The sentence of t->result: a volume that it names by UUID alone also gets its
 * name, where it has one, and the volume to blame is named if the sentence does not
 * do so. To be freed; NULL without memory.
 */
char *refusal_text(struct tool *t);

/* Does @text name @what, so that it need not be said before it? */
bool refusal_names(const struct tool *t, const char *text, const char *what);

#endif /* REFUSAL_H */
