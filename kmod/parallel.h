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

/*
 * The same in steps, for who does not want to wait for the last of them: begin, wait
 * for as long as it may take (jiffies; whether all are back), end. The caller works
 * in the last step only. @nr is not 0. NULL: no memory.
 */
struct rp_parallel *rp_parallel_begin(unsigned int nr,
				      void (*fn)(void *arg, unsigned int i), void *arg);
bool rp_parallel_wait(struct rp_parallel *call, unsigned long timeout);
/* Begin, in this task, whatever has not begun. */
void rp_parallel_help(struct rp_parallel *call);
void rp_parallel_end(struct rp_parallel *call);

int rp_parallel_init(void);
void rp_parallel_exit(void);

#endif /* RP_PARALLEL_H */
