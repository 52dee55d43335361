/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rp_disk.h - disks in memory that lose power, all at one instant
 *
 * A device-mapper target to put under the devices of a test. Each disk has a
 * volatile cache that a flush drains and FUA bypasses. All caches are under one
 * lock and in one order: a cut (power.c) takes every disk down between two
 * completions, and of what was not flushed it keeps, drops and tears by a seed.
 * Besides, any disk can be told to fail: its k-th read, write or flush, all of
 * them, or to be slow.
 *
 *	target.c	the table line, messages, status; the queue of each disk
 *	image.c		what a disk holds, now and for good, and its cache
 *	power.c		the cut, and power on
 */
#ifndef RP_DISK_H
#define RP_DISK_H

#include <linux/bio.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

enum rp_power {
	RP_POWER_ON,
	/*
	 * Power is gone, but nobody has noticed: I/O goes on as it was, and none
	 * of it will have been when power is back. So what stands above the disks
	 * can be taken down without errors that a power cut does not have.
	 */
	RP_POWER_GHOST,
	/* Power is gone: every I/O fails. */
	RP_POWER_OFF,
};

enum rp_mode {
	RP_MODE_RW,
	RP_MODE_RO,		/* writes and flushes fail */
	RP_MODE_GONE,		/* everything fails */
};

enum rp_request {
	RP_READ,
	RP_WRITE,		/* zeroing and discarding, too */
	RP_FLUSH,
	RP_NR_REQUESTS,
};

/* Planted faults of the disk itself, to see the tests fail. */
#define RP_LIE_FLUSH	0x1	/* a flush does nothing */
#define RP_LIE_FUA	0x2	/* FUA is ignored */

/**
 * struct rp_fault - what is to fail
 * @nth: counts down to 1, the request that fails; 0: none will
 * @always: so do all later ones
 * @after: a write or flush does its work before it fails
 * @drop: what is in the cache is lost
 */
struct rp_fault {
	u64 nth;
	bool always;
	bool after;
	bool drop;
};

/**
 * struct rp_disk - one disk
 * @node: in rp_disks
 * @blocks: the images, struct rp_block by number
 * @cache: struct rp_entry, in the order of their completion
 * @nr_cache: entries in it
 * @pending: struct rp_io that came and have not been served: in flight
 * @work: serves them
 * @stalled: it does not, until told to; under rp_power_mutex
 * @busy: whoever submits waits until it is not
 * @no_fua: FUA is a write, then a flush that takes its turn, as the block layer
 *	makes it
 */
struct rp_disk {
	struct list_head node;
	struct dm_target *ti;
	struct xarray blocks;
	struct list_head cache;
	unsigned int nr_cache;
	struct list_head pending;
	struct work_struct work;
	u64 count[RP_NR_REQUESTS];
	struct rp_fault fault[RP_NR_REQUESTS];
	u64 failed;
	enum rp_mode mode;
	unsigned int latency_us;
	unsigned int delay_ms;
	unsigned int lies;
	bool stalled;
	bool busy;
	bool no_fua;
};

/**
 * struct rp_io - a request in flight
 * @node: in its disk's @pending
 * @clock: of the moment it came: a flush covers what was complete then
 * @written: without FUA: what is left is the flush
 */
struct rp_io {
	struct list_head node;
	struct bio *bio;
	u64 clock;
	bool written;
};

/*
 * Serving a request, the cut and power on exclude each other: whatever was
 * served before the cut is complete, on every disk, and nothing after.
 */
extern struct mutex rp_power_mutex;
extern struct list_head rp_disks;
extern enum rp_power rp_power;
/* The one order: grows with every write that is served. */
extern atomic64_t rp_clock;

/* Requests in flight; @pending of every disk. */
extern spinlock_t rp_pending_lock;

/* --- image.c: under rp_power_mutex --- */

/* One write, zeroing (no data) or discard (likewise) that was not flushed yet. */
struct rp_entry {
	struct list_head node;
	u64 clock;
	sector_t sector;
	unsigned int nr;		/* sectors */
	bool data_follows;
	u8 data[];
};

void rp_image_init(struct rp_disk *d);
void rp_image_free(struct rp_disk *d);
int rp_image_read(struct rp_disk *d, struct bio *bio);
/* Into the image of now and the cache; with @durable into the durable image. */
int rp_image_write(struct rp_disk *d, struct bio *bio, bool durable);
/* Make durable what was complete at @clock. */
void rp_image_flush(struct rp_disk *d, u64 clock);
/* An entry for a write in flight; it joins the cache, but not the image of now. */
int rp_image_in_flight(struct rp_disk *d, struct bio *bio);
/*
 * Sector @i of an entry is what will be found after a power cut, unless it is
 * older than what is durable there.
 */
void rp_image_survive(struct rp_disk *d, const struct rp_entry *e, unsigned int i);
/* The durable image is that of now; the cache is empty. */
void rp_image_restart(struct rp_disk *d);

/* --- power.c --- */

int rp_power_cut(u32 seed, bool ghost);
/**
 * struct rp_planned - what happens at some write or flush, which is in flight then
 * @nth: from now on, counted over all disks; 0: nothing will
 * @disk: RP_PLAN_GONE: the one that is gone
 * @seed: RP_PLAN_CUT: of the cut, as @ghost
 */
struct rp_planned {
	u64 nth;
	enum {
		RP_PLAN_CUT,
		RP_PLAN_GONE,
		RP_PLAN_STALL,	/* the disk that has the request, until told to go on */
	} what;
	struct rp_disk *disk;
	u32 seed;
	bool ghost;
};

/* Instead of what was planned. Return: -ENOENT: neither has anything to happen. */
int rp_power_plan(const struct rp_planned *plan);
/* @d goes away; under rp_power_mutex. */
void rp_power_forget(const struct rp_disk *d);
/* @d is about to serve a write or flush; under rp_power_mutex. */
void rp_power_count(struct rp_disk *d);
int rp_power_on(void);

#endif /* RP_DISK_H */
