/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pass.h - writes that have waited, on their way to the origin (I7)
 *
 * Submitting may wait for as long as the origin does, and of an origin over two
 * disks one may hang: neither the worker that arms regions nor a write to the disk
 * that is well is to wait for that. So one worker submits what is let through; when
 * it does not come back, or does not come to it because those of other volumes do not,
 * each write gets a worker of its own.
 */
#ifndef RP_PASS_H
#define RP_PASS_H

#include <linux/bio.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/**
 * struct rp_pass - the writes of one volume that are let through
 * @lock: all below; interrupts off, a leaf
 * @go: to be submitted
 * @nr_going: those that are being submitted
 * @since: jiffies when @work took one last, or found work to do
 * @work: submits one after the other
 * @spread_work: gives workers of their own to those that wait behind it
 */
struct rp_pass {
	spinlock_t lock;
	struct bio_list go;
	unsigned int nr_going;
	unsigned long since;
	struct work_struct work;
	struct delayed_work spread_work;
};

void rp_pass_init(struct rp_pass *p);

/* @bios, which are armed, go to the origin. Does not wait. */
void rp_pass_add(struct rp_pass *p, struct bio_list *bios);

/* Is none left? arm->idle is woken when that becomes so. */
bool rp_pass_idle(struct rp_pass *p);
/* It is idle, and stays so. */
void rp_pass_end(struct rp_pass *p);

#endif /* RP_PASS_H */
