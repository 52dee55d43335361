/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * recovery.h - the open interval after an activation, and what begins and ends
 * an incarnation
 *
 * Activation: rp_recovery_open(), the arm map (arming.h) when the last
 * incarnation did not end in order, then one commit of rp_recovery_begin(); only
 * then is a write let in. A crash before that commit finds what this one found.
 */
#ifndef RP_RECOVERY_H
#define RP_RECOVERY_H

#include "metadata.h"

/* What is durable of the open interval, into @t. @info: as opened. */
int rp_recovery_open(struct rp_md *md, const struct rp_md_info *info,
		     struct rp_tracker *t);

/* Stage "in use" (I2, I11). @t: the open interval, arm map included. */
int rp_recovery_begin(struct rp_md *md, const struct rp_md_info *info,
		      struct rp_tracker *t);

/*
 * Stage the end in order: all bits, nothing in flight, no region armed (I8). Kinds
 * are believed from here on, also after a power cut, so the zeroings must have
 * been flushed: when @flushed is false they count as written (I13). With nothing
 * but written in @t (rp_tracker_has_kinds()) it does not matter.
 */
int rp_recovery_end(struct rp_md *md, struct rp_tracker *t, bool flushed);

#endif /* RP_RECOVERY_H */
