/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parallel.h - do the same to each of many volumes, many at a time
 */
#ifndef RP_PARALLEL_H
#define RP_PARALLEL_H

#include <linux/types.h>

/*
 * Call @fn(@arg, 0) ... @fn(@arg, @nr - 1), in any order, at most
 * RP_PARALLEL_MAX at a time, and return when all are back. The caller works
 * too, so that it goes on, slower, when no worker can be had (O7). @fn keeps
 * its own account of errors. Sleeps.
 */
#define RP_PARALLEL_MAX	32

void rp_parallel(unsigned int nr, void (*fn)(void *arg, unsigned int i),
		 void *arg);

int rp_parallel_init(void);
void rp_parallel_exit(void);

#endif /* RP_PARALLEL_H */
