/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk.h - a metadata device with a volatile cache, one step at a time
 *
 * The store writes synchronously: what it does is queued and played to the device
 * by disk_step(), so that other actors run in between. The arm map is written by
 * disk_submit() and disk_complete(). A power cut leaves what is durable; of the
 * rest any subset, in any order where it overlaps, torn at 512 bytes; a sector
 * that was being written may also be unreadable nonsense.
 *
 * Blocks are shared between copies of a device until they are written.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "core/mdio.h"
#include "choice.h"

struct blk;

enum disk_op { DISK_WRITE, DISK_FLUSH, DISK_FUA };

/**
 * struct disk_entry - something written, or a flush
 * @op: what
 * @in_flight: it was submitted and has not ended
 * @id: of disk_submit()
 * @block: where
 * @data: what; NULL for a flush
 */
struct disk_entry {
	enum disk_op op;
	bool in_flight;
	u32 id;
	u32 block;
	struct blk *data;
};

struct disk_list {
	struct disk_entry *e;
	unsigned int nr;
	unsigned int max;
};

/**
 * struct disk - the device
 * @io: what the store gets
 * @cur: what reads see
 * @durable: what a power cut leaves at least
 * @queue: what the store has asked for and was not played yet
 * @log: played and not durable
 * @direct: everything is durable at once
 * @next_id: of disk_submit()
 */
struct disk {
	struct rp_mdio io;
	struct blk **cur;
	struct blk **durable;
	struct disk_list queue;
	struct disk_list log;
	bool direct;
	u32 next_id;
};

void disk_init(struct disk *d, u32 nr_blocks);
void disk_exit(struct disk *d);

/* Play the next thing that is queued. Return: false if there is none. */
bool disk_step(struct disk *d);
static inline bool disk_idle(const struct disk *d) { return !d->queue.nr; }

/* One FUA write on its way; any number at a time. */
u32 disk_submit(struct disk *d, u32 block, const void *data);
void disk_complete(struct disk *d, u32 id);
/* It has ended with an error: not done, or in the cache for all that is known. */
void disk_fail(struct disk *d, u32 id, bool done);

/* How many writes and sectors of them a power cut could lose now. */
unsigned int disk_volatile(const struct disk *d);

enum loss { LOSS_DROP, LOSS_KEEP, LOSS_ANY, LOSS_NONSENSE };

/* The power goes: @left, of the same size, is what is left. */
void disk_crash(const struct disk *d, enum loss loss, struct choice *c,
		struct disk *left);

#endif /* SIM_DISK_H */
