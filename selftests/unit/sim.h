/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h - a disk with a volatile cache, and what a power cut leaves of it
 *
 * Every write is kept in a log until it is durable. A power cut at step k of the
 * log leaves: what was flushed before k; FUA writes done before k; of the rest up
 * to and including the write in flight any subset, in any order where they
 * overlap, each torn at 512 bytes.
 */
#ifndef RP_SIM_H
#define RP_SIM_H

#include "core/flush.h"
#include "core/mdio.h"
#include "test.h"

enum sim_op { SIM_WRITE, SIM_FUA, SIM_FLUSH };

struct sim_entry {
	enum sim_op op;
	u32 block;
	u8 *data;
};

/**
 * struct sim - the disk
 * @io: what the store gets
 * @durable: what a power cut leaves at least
 * @cur: what reads see
 * @log: writes and flushes since the last sim_fold()
 * @fail_at: the write, FUA or flush with this number fails, from 1; 0: none
 * @fail_more: so many after it fail too
 * @fail_done: and are done all the same
 * @fail_flushes: so many flushes fail, whatever @fail_at says
 * @beside_at: before the write, FUA or flush with this number a flush of somebody
 *	else fails, an arm write's for one, and what was not flushed is lost; 0: none
 * @flushes: what failures of others mean
 * @since: of the next flush
 * @patience: how often what failed may be tried again
 * @failed: the block of the write that failed
 * @read_only: writing is a failure of the test
 * @reads: how many blocks were read
 */
struct sim {
	struct rp_mdio io;
	u8 *durable;
	u8 *cur;
	struct sim_entry *log;
	unsigned int nr_log;
	unsigned int max_log;
	unsigned int fail_at;
	unsigned int fail_more;
	bool fail_done;
	unsigned int fail_flushes;
	unsigned int beside_at;
	struct rp_flushes flushes;
	u64 since;
	unsigned int patience;
	u32 failed;
	bool read_only;
	u64 reads;
};

enum sim_loss { SIM_DROP, SIM_KEEP, SIM_RANDOM };

void sim_init(struct sim *s, u32 nr_blocks);
void sim_exit(struct sim *s);
/* What is flushed leaves the log; what is not stays. */
void sim_fold(struct sim *s);
/* The power goes at @step of the log; @left, a disk of the same size, is what is left. */
void sim_cut(const struct sim *s, unsigned int step, enum sim_loss loss,
	     struct rng *r, struct sim *left);
/* @to becomes what @from is, with nothing in flight. */
void sim_copy(struct sim *to, const struct sim *from);

static inline u8 *sim_block(struct sim *s, u64 block)
{
	return s->cur + block * RP_BLOCK_SIZE;
}

#endif /* RP_SIM_H */
