/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arm.h - armed regions of a volume (I2, O1, O2, O5)
 *
 * A region is armed when a durable record says that writes into it may be on
 * their way; only then is a write let through. Writes that find their region
 * neither armed nor durable are queued here; arming is batched, one asynchronous FUA
 * write for each block of the arm map at a time (O5), and waits for the end of none (O7).
 * Submitting may wait, where a device has no room for requests: a write is
 * overdue (I7) a while after it was queued, whether the worker came to it or not.
 * What is armed is passed on by other workers (pass.h): they may wait for the origin.
 */
#ifndef RP_ARM_H
#define RP_ARM_H

#include <linux/bio.h>

#include "core/arming.h"
#include "pass.h"
#include "volume.h"

struct rp_arm_block;

/**
 * struct rp_arm - the arm map of one volume
 * @map: which regions are armed; its bitmap of those is read under RCU by the
 *	write path, everything is changed under @lock
 * @vol: the volume
 * @lock: @map and the queue; taken with interrupts off
 * @queue: writes that have not been looked at by the worker
 * @queued: jiffies when the first of @queue came
 * @waiting: writes whose regions are being armed; the worker's own
 * @start: first block of the map on disk
 * @blocks: the I/O of each block of the map
 * @pass: writes whose regions are armed, on their way to the origin
 * @closing: under @lock: the volume is being deactivated: what failed stays failed
 * @work: the worker
 * @overdue_work: notices a metadata device that does not answer (I7)
 * @idle: waited for until no block is being written and nothing waits
 */
struct rp_arm {
	struct rp_arming map;
	struct rp_volume *vol;
	spinlock_t lock;
	struct bio_list queue;
	unsigned long queued;
	struct bio_list waiting;
	rp_block_t start;
	struct rp_arm_block *blocks;
	struct rp_pass pass;
	bool closing;
	struct work_struct work;
	struct delayed_work overdue_work;
	wait_queue_head_t idle;
};

#ifdef CONFIG_SMP
/* What a write reads, @map.armed, shares no line with what is stored to. */
static_assert(offsetof(struct rp_arm, map) == 0);
static_assert(offsetof(struct rp_arming, durable) % SMP_CACHE_BYTES == 0);
#endif

/*
 * Read the map of the metadata device. Regions that it has armed are armed in
 * memory too and marked in @t: after an unclean stop they are what a crash
 * over-reports. -EIO, -ENOMEM.
 */
int rp_arm_create(struct rp_volume *vol, const struct rp_md_info *info,
		  struct rp_tracker *t, struct rp_arm **armp);
void rp_arm_destroy(struct rp_arm *arm);

/* Under RCU, with the mark that follows it in the same section (O1). */
static inline bool rp_arm_test(const struct rp_arm *arm, rp_region_t first,
			       rp_region_t last)
{
	return rp_arming_test(&arm->map, first, last);
}

/* Queue a write until its regions are armed; any context a bio is mapped in. */
void rp_arm_queue(struct rp_arm *arm, struct bio *bio);
/* Once more: a checkpoint took them back before it could go. */
void rp_arm_again(struct rp_arm *arm, struct bio *bio);

/*
 * Take regions back (O2), in two steps, claimed. After the first no write
 * enters a region that was armed without asking for it under the lock, which keeps
 * it; the caller then waits for readers and for writes in flight, and makes the bits durable. The second
 * disarms on disk what has not been asked for meanwhile; it waits. cancel
 * undoes the first step.
 */
bool rp_arm_drop_begin(struct rp_arm *arm);
void rp_arm_drop_cancel(struct rp_arm *arm);
void rp_arm_drop_finish(struct rp_arm *arm);

/* Tracking has failed: everything passes (I6). Any context. */
void rp_arm_bypass(struct rp_arm *arm);
/* Likewise, but writes fail: those that wait, and all that come. */
void rp_arm_stop(struct rp_arm *arm);

/* Look at once whether what is held is to be held any longer. */
void rp_arm_kick(struct rp_arm *arm);

/* For deactivation: wait until nothing is queued and no block is being written. */
void rp_arm_wait_idle(struct rp_arm *arm);

u32 rp_arm_nr_armed(struct rp_arm *arm);

#endif /* RP_ARM_H */
