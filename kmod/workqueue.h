/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue.h - the module's workers (made in main.c)
 *
 * All of them may be on the way of a write to swap: WQ_MEM_RECLAIM. They are
 * apart because what runs on the first never blocks, and must never wait for
 * what runs on the second (O7).
 */
#ifndef RP_WORKQUEUE_H
#define RP_WORKQUEUE_H

#include <linux/workqueue.h>

extern struct workqueue_struct *rp_arm_wq;	/* arming: never blocks */
extern struct workqueue_struct *rp_overdue_wq;	/* notices when the first hangs */
extern struct workqueue_struct *rp_md_wq;	/* checkpoints, gaps: metadata I/O */

#endif /* RP_WORKQUEUE_H */
