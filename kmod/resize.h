/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resize.h - a table of another length than the volume had
 */
#ifndef RP_RESIZE_H
#define RP_RESIZE_H

#include "volume.h"

/*
 * Constructor: whose metadata is it, and can the volume be as long as the table?
 * Writes nothing and decides nothing that activation does not look at again (O8).
 * As rp_md_probe(); -ERANGE: longer than the format allows, -ENOSPC: the metadata
 * device is too small.
 */
int rp_resize_probe(struct rp_volume *vol, struct rp_md_info *info,
		    struct rp_why *why);

/*
 * Activation, before anything is read into vol->geo's terms: set vol->geo to the
 * table's length. -EROFS: that would be another one, and the table is read-only.
 */
int rp_resize_geometry(struct rp_volume *vol, const struct rp_md_info *info,
		       struct rp_why *why);

/* Is it about to be another length than the last commit says? */
static inline bool rp_resize_wanted(const struct rp_volume *vol)
{
	return vol->geo.sectors != vol->info.geo.sectors;
}

/* In the running transaction, with the open interval's tracker. */
int rp_resize_stage(struct rp_volume *vol);

/* Say why a transaction with it failed. */
void rp_resize_explain(struct rp_volume *vol, int err, struct rp_why *why);

#endif /* RP_RESIZE_H */
