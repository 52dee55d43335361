/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * utf8.h - text that comes from elsewhere and may be no text
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at @text, 0 when it is none; its code in @code. */
size_t utf8_next(const char *text, unsigned int *code);
bool utf8_valid(const char *text);

#endif /* UTF8_H */
