/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue.h - the module's workers (made in main.c)
 *
 * All of them may be on the way of a write to swap: WQ_MEM_RECLAIM. They are
 * apart because what runs on the first never blocks, and must never wait for
 * what runs on the others (O7); and because a checkpoint may be held for an hour
 * (hold.h), on each volume there is, while the word of a failure must not wait (I6).
 */
#ifndef RP_WORKQUEUE_H
#define RP_WORKQUEUE_H

#include <linux/workqueue.h>

extern struct workqueue_struct *rp_arm_wq;	/* arming: never blocks */
extern struct workqueue_struct *rp_overdue_wq;	/* notices when the first hangs */
extern struct workqueue_struct *rp_md_wq;	/* gaps: metadata I/O, never held */
extern struct workqueue_struct *rp_checkpoint_wq; /* checkpoints: may be held */

#endif /* RP_WORKQUEUE_H */
