// SPDX-License-Identifier: GPL-2.0-only
/*
 * image.c - what a disk holds, now and for good, and its cache
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../modules/rp_disk/ways.h"
#include "disks.h"

/* Beyond that the oldest are written back, as a real cache does. */
#define CACHE_MAX	4096

uint64_t disk_clock;

int disk_open(struct disk *d, const char *path, const char *name, uint64_t sectors)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->sectors = sectors;
	d->now = malloc(sectors * SECTOR);
	d->clock = calloc(sectors, sizeof(*d->clock));
	TAILQ_INIT(&d->cache);
	if (!d->now || !d->clock || ftruncate(fd, sectors * SECTOR))
		return -ENOMEM;
	d->durable = mmap(NULL, sectors * SECTOR, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);
	if (d->durable == MAP_FAILED)
		return -errno;
	memcpy(d->now, d->durable, sectors * SECTOR);
	close(fd);
	return 0;
}

void disk_read(const struct disk *d, const struct request *rq)
{
	memcpy(rq->to, d->now + rq->first * SECTOR, (size_t)rq->nr * SECTOR);
}

static void put_sector(uint8_t *image, const struct entry *e, unsigned int nth)
{
	uint8_t *to = image + (e->first + nth) * SECTOR;

	if (e->data_follows)
		memcpy(to, e->data + (size_t)nth * SECTOR, SECTOR);
	else
		memset(to, 0, SECTOR);
}

static void entry_free(struct disk *d, struct entry *e)
{
	TAILQ_REMOVE(&d->cache, e, node);
	d->nr_cache--;
	free(e);
}

static void entry_settle(struct disk *d, const struct entry *e)
{
	unsigned int i;

	for (i = 0; i < e->nr; i++) {
		if (e->clock <= d->clock[e->first + i])
			continue;
		put_sector(d->durable, e, i);
		d->clock[e->first + i] = e->clock;
	}
}

static struct entry *entry_add(struct disk *d, const struct request *rq)
{
	size_t size = rq->type == REQUEST_WRITE ? (size_t)rq->nr * SECTOR : 0;
	struct entry *e = malloc(sizeof(*e) + size);

	if (!e)
		return NULL;
	e->clock = ++disk_clock;
	e->first = rq->first;
	e->nr = rq->nr;
	e->data_follows = size;
	if (size)
		memcpy(e->data, rq->from, size);
	TAILQ_INSERT_TAIL(&d->cache, e, node);
	d->nr_cache++;
	return e;
}

int disk_write(struct disk *d, const struct request *rq, bool durable)
{
	struct entry *e = entry_add(d, rq);
	unsigned int i;

	if (!e)
		return -ENOMEM;
	for (i = 0; i < e->nr; i++)
		put_sector(d->now, e, i);
	if (durable) {
		entry_settle(d, e);
		entry_free(d, e);
	}
	while (d->nr_cache > CACHE_MAX) {
		e = TAILQ_FIRST(&d->cache);
		entry_settle(d, e);
		entry_free(d, e);
	}
	return 0;
}

void disk_flush(struct disk *d, uint64_t clock)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(&d->cache)) && e->clock <= clock) {
		entry_settle(d, e);
		entry_free(d, e);
	}
}

int disk_in_flight(struct disk *d, const struct request *rq)
{
	return entry_add(d, rq) ? 0 : -ENOMEM;
}

/* --- the cut --- */

static unsigned int entry_sectors(const void *entry)
{
	return ((const struct entry *)entry)->nr;
}

static void entry_survive(void *disk, const void *entry, unsigned int nth)
{
	const struct entry *e = entry;
	struct disk *d = disk;

	if (e->clock > d->clock[e->first + nth])
		put_sector(d->durable, e, nth);
}

int disk_cut(struct disk *d, uint64_t seed)
{
	struct rp_survival s = {
		.seed = seed, .disk = d,
		.sectors = entry_sectors, .survive = entry_survive,
	};
	void **order = calloc(d->nr_cache + 1, sizeof(*order));
	unsigned int n = 0;
	struct entry *e;

	if (!order)
		return -ENOMEM;
	TAILQ_FOREACH(e, &d->cache, node)
		order[n++] = e;
	rp_survive(&s, order, n);
	free(order);
	return 0;
}
