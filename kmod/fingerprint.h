/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fingerprint.h - has the origin been written behind the target's back? (I11)
 */
#ifndef RP_KFINGERPRINT_H
#define RP_KFINGERPRINT_H

#include "volume.h"

/*
 * At activation, when @t has all that was recovered and nobody writes yet: look at
 * the origin and compare. Leaves what it found in vol->bypass and the fingerprint for
 * rp_fingerprint_stage() in vol->print. What cannot be read is not compared. Return: 0
 * or, where there is no memory to look, -ENOMEM.
 */
int rp_fingerprint_check(struct rp_volume *vol, const struct rp_md_info *info,
			 const struct rp_tracker *t);

/*
 * At deactivation, when all writes have ended: into vol->print. None if the origin is
 * not to be waited for.
 */
void rp_fingerprint_take(struct rp_volume *vol);

/*
 * vol->print, and the gap if there is one to tell of, in the running transaction.
 * @staged: as rp_gap_stage()
 */
int rp_fingerprint_stage(struct rp_volume *vol, struct list_head *staged);

#endif /* RP_KFINGERPRINT_H */
