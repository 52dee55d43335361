/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * disks.h - disks for a whole virtual machine, that lose power at one instant
 *
 * A plugin for nbdkit. What selftests/modules/rp_disk is within a kernel this is
 * outside of it: each export is a disk in memory with a volatile cache, which a
 * flush drains and FUA bypasses. All are under one lock and their writes in one
 * order. A cut freezes them between two requests, and of what was not flushed,
 * or was in flight, it keeps, drops or tears some by a seed. From then on nothing
 * is answered, so nobody learns of anything that comes later. What survived is in
 * files, where another nbdkit finds it when the machine and this one were killed.
 *
 *	image.c		what a disk holds, now and for good, and its cache
 *	power.c		requests one at a time; the cut
 *	control.c	the socket by which a test says when
 *	plugin.c	what nbdkit calls
 */
#ifndef NBD_DISKS_H
#define NBD_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define SECTOR		512U
#define DISKS_MAX	16

/* One write, zeroing (no data) or discard (likewise) that was not flushed yet. */
struct entry {
	TAILQ_ENTRY(entry) node;
	uint64_t clock;
	uint64_t first;			/* sector */
	uint32_t nr;			/* sectors */
	bool data_follows;
	uint8_t data[];
};

TAILQ_HEAD(entries, entry);

/**
 * struct disk - one disk
 * @now: what is read
 * @durable: what is left after a power cut: the file
 * @clock: by sector, of the write that is durable there: no older one may come
 *	after it
 * @cache: in the order of completion
 * @lies: planted: flushes and FUA do nothing
 */
struct disk {
	char name[32];
	uint64_t sectors;
	uint8_t *now;
	uint8_t *durable;
	uint64_t *clock;
	struct entries cache;
	unsigned int nr_cache;
	bool lies;
};

enum request_type {
	REQUEST_READ,
	REQUEST_WRITE,
	REQUEST_ZERO,		/* a discard, too */
	REQUEST_FLUSH,
	NR_REQUESTS,
};

/**
 * struct request - in flight from the moment that it came until it is served
 * @clock: of the moment when it came: a flush covers what was complete then
 */
struct request {
	TAILQ_ENTRY(request) node;
	struct disk *disk;
	enum request_type type;
	bool fua;
	uint64_t first;
	uint32_t nr;
	void *to;
	const void *from;
	uint64_t clock;
};

/* --- image.c: under the lock of power.c --- */

/* The one order: grows with every write that is served. */
extern uint64_t disk_clock;

/* @path is made, of zeros, if it is not there. Return: 0 or -errno. */
int disk_open(struct disk *d, const char *path, const char *name, uint64_t sectors);
void disk_read(const struct disk *d, const struct request *rq);
int disk_write(struct disk *d, const struct request *rq, bool durable);
/* Make durable what was complete at @clock. */
void disk_flush(struct disk *d, uint64_t clock);
/* A write in flight joins the cache, but is not read. */
int disk_in_flight(struct disk *d, const struct request *rq);
/* Choose what is left. */
int disk_cut(struct disk *d, uint64_t seed);

/* --- power.c --- */

extern struct disk disks[DISKS_MAX];
extern unsigned int nr_disks;
/* Microseconds that a request is in flight, at most. */
extern unsigned int latency;

struct disk *disk_named(const char *name);
/* Return: 0 or -errno; not at all once power is gone. */
int power_serve(struct request *rq);
/* Cut when @count writes and flushes from now on have come; 0: now. */
void power_arm(uint64_t seed, uint64_t count);
/* Wait for the cut so long. Return: whether power is gone. */
bool power_wait(unsigned int milliseconds);
void power_lie(struct disk *d, bool lies);
/* What was done, as a line. */
void power_tell(char *line, size_t size);

/* --- control.c --- */

int control_begin(const char *path);

#endif /* NBD_DISKS_H */
