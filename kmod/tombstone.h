/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tombstone.h - ids of points and collections that are never used again (O6)
 *
 * In memory one entry for each id that an active volume ever told of, kept
 * until the module goes; on a volume packs of them. A tombstone outweighs every
 * other record of its id, so a member that was away learns the end by it.
 */
#ifndef RP_TOMBSTONE_H
#define RP_TOMBSTONE_H

#include <linux/uuid.h>

#include "core/metadata.h"
#include "core/point_record.h"

struct rp_volume;

/* Is @id used up? @t may be NULL. Takes no sleeping lock. */
bool rp_tombstone_find(const uuid_t *id, struct rp_tombstone *t);

/*
 * Remember in memory, in two steps, because the second must not fail once a
 * disk has it: a reservation, NULL without memory; then publish (which takes
 * the reservation) or cancel.
 */
struct rp_tombstone_entry;
struct rp_tombstone_entry *rp_tombstone_reserve(void);
void rp_tombstone_publish(struct rp_tombstone_entry *entry,
			  const struct rp_tombstone *t);
void rp_tombstone_cancel(struct rp_tombstone_entry *entry);

/* Add @nr of them to the packs of a volume; inside a transaction. */
int rp_tombstone_stage(struct rp_md *md, const struct rp_tombstone *t,
		       unsigned int nr);

/*
 * Does the volume's own metadata remember @id? Also when memory could not be had to
 * load it.
 */
bool rp_tombstone_stands(struct rp_md *md, const uuid_t *id);

/* What a volume that comes up remembers. */
int rp_tombstone_load(struct rp_md *md);

/* When everything that could ask is gone. */
void rp_tombstone_exit(void);

#endif /* RP_TOMBSTONE_H */
