/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue.h - the module's workers (made in main.c)
 *
 * All of them may be on the way of a write to swap: WQ_MEM_RECLAIM. They are
 * apart because what runs on one may have to wait as long as a device hangs, for
 * each volume there is: a queue starts no more than WQ_MAX_ACTIVE. What
 * bounds those waits (I7) and what is told of a failure (I6) must not be behind
 * them.
 */
#ifndef RP_WORKQUEUE_H
#define RP_WORKQUEUE_H

#include <linux/workqueue.h>

extern struct workqueue_struct *rp_arm_wq;	/* arming: waits in submitting, for no end (O7) */
extern struct workqueue_struct *rp_pass_wq;	/* armed writes, one after the other: waits for the origin */
extern struct workqueue_struct *rp_alone_wq;	/* likewise, one for itself: an origin hangs in part */
extern struct workqueue_struct *rp_overdue_wq;	/* notices when the first hangs: no metadata I/O */
extern struct workqueue_struct *rp_word_wq;	/* words of failures: no I/O */
extern struct workqueue_struct *rp_md_wq;	/* gaps: metadata I/O, never held */
extern struct workqueue_struct *rp_checkpoint_wq; /* checkpoints: may be held for an hour */

#endif /* RP_WORKQUEUE_H */
