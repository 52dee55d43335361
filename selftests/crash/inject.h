/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.h - allocations that fail: the kernel's fault injection, aimed at the module
 *
 * Only what is allocated below a function of the module fails, and not what the
 * disks under test allocate. Which call sites were hit is read from the kernel's
 * log.
 */
#ifndef INJECT_H
#define INJECT_H

#include <stdbool.h>

/* Return: false without fault injection. */
bool inject_set_up(void);
/* The module was loaded anew: elsewhere. */
void inject_aim(void);
/* At what the module allocates while it is loaded. */
void inject_aim_at_init(void);

/*
 * The @nth allocation from now on fails in this thread, and in each worker of the
 * kernel, where jobs run.
 */
void inject_arm(unsigned int nth);
/* No more. Return: how many failed. */
unsigned int inject_disarm(void);

/* Each @interval-th allocation fails, wherever it is made. */
void inject_all(unsigned int interval);
/* No more. Return: how many failed since inject_all(). */
unsigned int inject_none(void);

/*
 * Failures of this thread and the workers by where, as "name+0xoff/0xsize callee
 * count", one for each line.
 */
void inject_tell(const char *path);

#endif /* INJECT_H */
