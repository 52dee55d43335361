// SPDX-License-Identifier: GPL-2.0-only
/*
 * power.c - requests one at a time; the cut
 *
 * Serving a request and the cut exclude each other: whatever was served before the
 * cut is complete, on every disk, and nothing after. An answer that is still on its
 * way to the machine when power goes is to what is complete.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "disks.h"

struct disk disks[DISKS_MAX];
unsigned int nr_disks;
unsigned int latency;

static TAILQ_HEAD(, request) in_flight = TAILQ_HEAD_INITIALIZER(in_flight);

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool gone;
	bool armed;
	uint64_t count;		/* requests until the cut */
	uint64_t seed;
	uint64_t served[NR_REQUESTS];
	unsigned int cached;	/* at the cut: writes not flushed, */
	unsigned int flying;	/* and in flight */
} power = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

struct disk *disk_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_disks; i++)
		if (!strcmp(disks[i].name, name))
			return &disks[i];
	return NULL;
}

static bool is_write(const struct request *rq)
{
	return rq->type == REQUEST_WRITE || rq->type == REQUEST_ZERO;
}

/* All disks, at this instant. */
static void cut(void)
{
	struct request *rq;
	unsigned int i;
	int r = 0;

	power.cached = power.flying = 0;
	for (i = 0; i < nr_disks; i++)
		power.cached += disks[i].nr_cache;
	/* They may have got anywhere. FUA or not: no one was told. */
	TAILQ_FOREACH(rq, &in_flight, node) {
		if (!is_write(rq))
			continue;
		r |= disk_in_flight(rq->disk, rq);
		power.flying++;
	}
	for (i = 0; i < nr_disks; i++)
		r |= disk_cut(&disks[i], power.seed + ((uint64_t)i << 32));
	if (r) {
		fprintf(stderr, "disks: out of memory\n");
		abort();
	}
	power.armed = false;
	power.gone = true;
	pthread_cond_broadcast(&power.changed);
}

static int do_request(struct disk *d, const struct request *rq)
{
	if (rq->type == REQUEST_READ) {
		disk_read(d, rq);
		return 0;
	}
	if (rq->type != REQUEST_FLUSH)
		return disk_write(d, rq, rq->fua && !d->lies);
	if (!d->lies)
		disk_flush(d, rq->clock);
	return 0;
}

static int serve(struct request *rq)
{
	if (power.armed && rq->type != REQUEST_READ && !--power.count)
		cut();
	while (power.gone)
		pthread_cond_wait(&power.changed, &power.lock);
	power.served[rq->type]++;
	return do_request(rq->disk, rq);
}

int power_serve(struct request *rq)
{
	int r;

	pthread_mutex_lock(&power.lock);
	rq->clock = disk_clock;
	TAILQ_INSERT_TAIL(&in_flight, rq, node);
	pthread_mutex_unlock(&power.lock);
	/* Others overtake it meanwhile, and a cut finds it in flight. */
	if (latency && rq->type != REQUEST_READ)
		usleep(rand() % latency);
	pthread_mutex_lock(&power.lock);
	r = serve(rq);
	TAILQ_REMOVE(&in_flight, rq, node);
	pthread_mutex_unlock(&power.lock);
	return r;
}

void power_arm(uint64_t seed, uint64_t count)
{
	pthread_mutex_lock(&power.lock);
	power.seed = seed;
	power.count = count;
	power.armed = count && !power.gone;
	if (!count && !power.gone)
		cut();
	pthread_mutex_unlock(&power.lock);
}

bool power_wait(unsigned int milliseconds)
{
	struct timespec until;
	bool gone;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += milliseconds / 1000;
	until.tv_nsec += milliseconds % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	pthread_mutex_lock(&power.lock);
	while (!power.gone && !r)
		r = pthread_cond_timedwait(&power.changed, &power.lock, &until);
	gone = power.gone;
	pthread_mutex_unlock(&power.lock);
	return gone;
}

void power_lie(struct disk *d, bool lies)
{
	pthread_mutex_lock(&power.lock);
	d->lies = lies;
	pthread_mutex_unlock(&power.lock);
}

void power_tell(char *line, size_t size)
{
	pthread_mutex_lock(&power.lock);
	snprintf(line, size,
		 "%llu reads, %llu writes, %llu zeroings, %llu flushes, %u cached, %u in flight",
		 (unsigned long long)power.served[REQUEST_READ],
		 (unsigned long long)power.served[REQUEST_WRITE],
		 (unsigned long long)power.served[REQUEST_ZERO],
		 (unsigned long long)power.served[REQUEST_FLUSH],
		 power.cached, power.flying);
	pthread_mutex_unlock(&power.lock);
}
