/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gap.h - what was not tracked (I6)
 */
#ifndef RP_KGAP_H
#define RP_KGAP_H

#include "registry.h"

/*
 * Tracking has failed for good: user I/O goes on, everything passes unmarked
 * from here on, and a gap is open. Any context; the first call counts. Made
 * durable by a worker as soon as that can be.
 */
void rp_volume_fail(struct rp_volume *vol, u32 reason, const char *text);

void rp_gap_fail_work(struct work_struct *work);

/*
 * Write the records of the open gap, one for each interval it lies in, in the
 * running transaction. Return: 0 or -errno.
 */
int rp_gap_stage_failed(struct rp_volume *vol);

/* Read the records into memory, at activation. -ENOMEM, -EUCLEAN. */
int rp_gap_load(struct rp_volume *vol);

/* At activation: what the host noted about this volume becomes a record. */
int rp_gap_stage_noted(struct rp_volume *vol);

/*
 * At activation: a gap in the open interval, over the whole volume, in memory and, unless the volume is
 * read-only, in the running transaction.
 */
int rp_gap_stage(struct rp_volume *vol, struct rp_gap *gap);

/* Forget what is in memory; what is not durable goes to the host's notes. */
void rp_gap_unload(struct rp_volume *vol);

#endif /* RP_KGAP_H */
