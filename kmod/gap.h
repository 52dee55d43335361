/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gap.h - what was not tracked (I6)
 */
#ifndef RP_KGAP_H
#define RP_KGAP_H

#include "volume.h"

/*
 * Tracking has failed for good: user I/O goes on, everything passes unmarked
 * from here on, and a gap is open; or, with fail_stop, writes fail from here on,
 * and nothing is lost. Process context; the first call counts. The gap is made
 * durable by a worker as soon as that can be.
 */
void rp_volume_fail(struct rp_volume *vol, u32 reason, const char *text);

void rp_gap_fail_work(struct work_struct *work);
/* The volume's own metadata did not take the gap in time: others shall. */
void rp_gap_witness_work(struct work_struct *work);

/*
 * Write the records of the open gap, one for each interval it lies in, in the
 * running transaction. Return: 0 or -errno.
 */
int rp_gap_stage_failed(struct rp_volume *vol);

/*
 * A volume that cannot be written has one gap for as long as it is active: from
 * its open interval on.
 */
void rp_gap_remember(struct rp_volume *vol, u32 reason, const char *text);

/* It is written through a degraded table, since it cannot be activated. */
void rp_gap_degraded(struct rp_volume *vol, const char *text);

/* They are durable. */
void rp_gap_failed_durable(struct rp_volume *vol);

/* Read the records into memory, at activation. -ENOMEM, -EUCLEAN. */
int rp_gap_load(struct rp_volume *vol);

/*
 * How far a gap in the intervals @first..@last reaches that is about all of the volume,
 * in bytes: it may have been longer then than it is now (I1).
 */
u64 rp_gap_reach(struct rp_volume *vol, rp_seq_t first, rp_seq_t last);

/*
 * One gap more: its record in the running transaction, and on @staged what becomes
 * a gap in memory when that is durable (keep), or nothing (drop).
 */
int rp_gap_stage(struct rp_volume *vol, const struct rp_gap *gap,
		 struct list_head *staged);
void rp_gap_keep(struct rp_volume *vol, struct list_head *staged);
void rp_gap_drop(struct rp_volume *vol, struct list_head *staged);

/*
 * I12: gaps do not fill the device. Where there are many, those go with the transaction of
 * @staged that others say the same as: once the points between two have gone, the later
 * one says to every query all that the earlier did (I1). At activation, when there is no
 * list under way whose ends are those of points that have gone.
 */
int rp_gap_stage_thinning(struct rp_volume *vol, struct list_head *staged);

/* Is there a gap of that id, durably? */
bool rp_gap_known(struct rp_volume *vol, const u8 id[16]);

/* Forget what is in memory; what is not durable is told to witnesses. */
void rp_gap_unload(struct rp_volume *vol);

#endif /* RP_KGAP_H */
