/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disk.h - a metadata device in memory that counts what is asked of it
 */
#ifndef RP_GUARD_DISK_H
#define RP_GUARD_DISK_H

#include "core/mdio.h"

/**
 * struct disk - the device
 * @io: what the store gets
 * @data: its blocks
 * @reads: blocks read
 * @writes: blocks written, FUA or not
 */
struct disk {
	struct rp_mdio io;
	u8 *data;
	u64 reads;
	u64 writes;
};

void disk_init(struct disk *d, u64 nr_blocks);
void disk_exit(struct disk *d);

#endif /* RP_GUARD_DISK_H */
