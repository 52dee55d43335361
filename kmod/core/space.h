/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * space.h - which blocks of a metadata device are free
 *
 * In memory only, worked out at open from what the durable state refers to. A
 * block is free, used, fresh (taken by the transaction in flight), or held
 * (quarantined: a write to it may still be on its way after an error, O5). A
 * used block that the transaction gives up stays used until the superblock that
 * no longer refers to it is durable.
 *
 * No lock: whoever runs the transaction.
 */
#ifndef RP_SPACE_H
#define RP_SPACE_H

#include "types.h"

/**
 * struct rp_blocks - some blocks of the device
 * @map: their bits
 * @nr: how many they are
 * @least: none of them has a lower number. To go through few of many is to cost
 *	what they are, not what there is (I12).
 */
struct rp_blocks {
	unsigned long *map;
	u32 nr;
	u32 least;
};

/**
 * struct rp_space - the map
 * @nr: blocks of the device
 * @used: bit set: not to be handed out
 * @nr_used: bits in @used
 * @fresh: of @used: handed out to the transaction in flight
 * @freed: of @used: given up by the transaction in flight
 * @held: of @used: in quarantine
 * @cursor: where to look first, so that neighbours are handed out in a row
 */
struct rp_space {
	u32 nr;
	unsigned long *used;
	u32 nr_used;
	struct rp_blocks fresh;
	struct rp_blocks freed;
	struct rp_blocks held;
	u32 cursor;
};

int rp_space_init(struct rp_space *s, u32 nr);
void rp_space_exit(struct rp_space *s);

/* At open: the durable state refers to it. -EUCLEAN: twice, or out of range. */
int rp_space_claim(struct rp_space *s, u64 block);

/* One block for the transaction. -ENOSPC. */
int rp_space_alloc(struct rp_space *s, u32 *block);
/* The transaction no longer refers to it. */
void rp_space_release(struct rp_space *s, u32 block);
/* The superblock is durable: what was given up is free, quarantine too. */
void rp_space_commit(struct rp_space *s);
/* The transaction did not happen; @hold: a write to a fresh block may linger. */
void rp_space_abort(struct rp_space *s, bool hold);

/* Nothing refers to it any more, outside of transactions: the last reader left. */
void rp_space_free(struct rp_space *s, u32 block);

#endif /* RP_SPACE_H */
