/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * progress.h - a bar on stderr, when that is a terminal
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdint.h>

/* Draw; seldom enough by itself to be called as often as one likes. */
void progress_update(const char *what, uint64_t done, uint64_t total);
/* Take it away, for other output or at the end. */
void progress_clear(void);

#endif /* PROGRESS_H */
