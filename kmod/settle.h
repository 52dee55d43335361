/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * settle.h - bring one volume's records up to what the host knows, later
 *
 * A member that was away may have old records: of a collection that changed, of
 * a point that was committed, voided or destroyed without it. It is told when
 * it is back, by a work of its own for each volume: never in the notifier, and
 * no volume waits for another.
 */
#ifndef RP_SETTLE_H
#define RP_SETTLE_H

#include <linux/uuid.h>

struct rp_volume;

/*
 * Soon; again if one is running. Does not fail and does not wait. If the volume's table
 * is gone, what is forgotten then is: see below.
 */
void rp_settle_queue(const uuid_t *volume);

/* The same if there is somebody to be told: also one that can only be read. */
void rp_settle_queue_up(const uuid_t *volume);

/* Who reads records of a volume that comes up. */
enum rp_reader {
	RP_READER_COLLECTION,
	RP_READER_WITNESS,
	RP_READER_POINT,
	RP_NR_READERS,
};

/*
 * How it went, @err: if it failed, for want of memory, it is done again later, as
 * often as settling is tried. Claimed.
 */
void rp_settle_read(struct rp_volume *vol, enum rp_reader reader, int err);

/* What is done then. Claimed and entered, no more. Return: 0 or -errno. */
int rp_collection_read(struct rp_volume *vol);
int rp_witness_read(struct rp_volume *vol);
int rp_point_read(struct rp_volume *vol);

/*
 * What is done: by a lower layer, as these two. Called with the volume claimed
 * and entered for writing. Return: 0, or -errno: it is tried again later.
 */
int rp_collection_settle(struct rp_volume *vol);
int rp_point_settle(struct rp_volume *vol);
/* Before that, entered and no more: what it has lost is in doubt (doubt.h). */
void rp_point_doubt(struct rp_volume *vol);

/* A volume's table is gone: what nobody else on this host knows is forgotten. */
void rp_collection_forget(const uuid_t *volume);
void rp_point_forget(const uuid_t *volume);

int rp_settle_init(void);
/*
 * Waits for all of them. After the notifiers of points and collections are
 * gone, before their registries.
 */
void rp_settle_exit(void);

#endif /* RP_SETTLE_H */
