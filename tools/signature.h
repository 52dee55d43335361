/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signature.h - does a device carry something already?
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stddef.h>

/* 1: yes, and @text says what; 0: no; -errno. */
int signature_find(int fd, char *text, size_t size);
/* Wipe all that is found; 0 or -errno. */
int signature_wipe(int fd);

#endif /* SIGNATURE_H */
