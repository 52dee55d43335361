// SPDX-License-Identifier: GPL-2.0-only
/*
 * world.c - volumes, operations, the content of every sector
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"

#define MAGIC	0x656c6361726f7072ULL
#define WORDS	(SECTOR / sizeof(uint64_t))

void die(const char *fmt, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	_exit(1);
}

static uint64_t mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

uint64_t chance_next(struct chance *c)
{
	return mix(c->state += 0x9e3779b97f4a7c15ULL);
}

uint64_t chance_below(struct chance *c, uint64_t n)
{
	return chance_next(c) % n;
}

bool chance_hit(struct chance *c, unsigned int percent)
{
	return chance_below(c, 100) < percent;
}

static atomic_uint_fast64_t clock_now = 1;

uint64_t moment_now(void)
{
	return atomic_fetch_add(&clock_now, 1);
}

void moment_begin(uint64_t from)
{
	atomic_store(&clock_now, from);
}

/* --- volumes --- */

/* Where the refpoint target lies within the device: "START LENGTH refpoint ...". */
static void read_table(struct volume *v)
{
	char cmd[256], line[1024];
	unsigned long long start, length;
	bool found = false;
	FILE *f;

	snprintf(cmd, sizeof(cmd), "dmsetup table '%s'", v->name);
	f = popen(cmd, "r");
	if (!f)
		die("%s: %m", cmd);
	while (fgets(line, sizeof(line), f)) {
		char target[32];

		if (sscanf(line, "%llu %llu %31s", &start, &length, target) == 3 &&
		    !strcmp(target, "refpoint")) {
			v->begin = start * SECTOR;
			v->sectors = length;
			found = true;
		}
	}
	pclose(f);
	if (!found)
		die("%s has no refpoint target", v->name);
	v->size = (uint64_t)v->sectors * SECTOR;
}

static void read_volume(struct world *w, struct volume *v)
{
	struct refpoint_volume *info;
	int err = refpoint_volume_get(w->ctx, v->name, &info, w->result);

	if (err || !info)
		die("%s: %s", v->name, err ? strerror(-err) :
		    refpoint_result_message(w->result));
	v->granule = refpoint_volume_granule(info);
	if (refpoint_volume_capacity(info) != v->size)
		die("%s: capacity %" PRIu64 ", table %" PRIu64, v->name,
		    refpoint_volume_capacity(info), v->size);
	refpoint_uuid_format(refpoint_volume_id(info), v->uuid);
	refpoint_volume_free(info);
	v->granules = (v->size + v->granule - 1) / v->granule;
}

void volume_open(struct volume *v)
{
	char path[160];

	snprintf(path, sizeof(path), "/dev/mapper/%s", v->name);
	v->fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	v->fd_sync = open(path, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC);
	if (v->fd < 0 || v->fd_sync < 0)
		die("%s: %m", path);
}

void volume_close(struct volume *v)
{
	close(v->fd);
	close(v->fd_sync);
}

void world_add(struct world *w, const char *name)
{
	struct volume *v = &w->volume[w->nr];

	if (w->nr == VOLUMES_MAX)
		die("too many volumes");
	snprintf(v->name, sizeof(v->name), "%s", name);
	v->index = w->nr++;
	read_table(v);
	read_volume(w, v);
	volume_open(v);
	pthread_mutex_init(&v->lock, NULL);
	v->max_ops = 1024;
	v->ops = keep_alloc(v->max_ops * sizeof(*v->ops));
	v->nr_ops = 1;
	v->last = keep_alloc(v->sectors * sizeof(*v->last));
	v->replica = keep_alloc(v->sectors * sizeof(*v->replica));
}

/* --- operations --- */

static bool is_busy(const struct volume *v, uint32_t first, uint32_t count)
{
	uint32_t i;

	/* What is in flight is among the youngest. */
	for (i = v->nr_ops; i-- > 1 && v->nr_ops - i < 4096; ) {
		const struct op *o = &v->ops[i];

		if (o->ended == UINT64_MAX && o->type != OP_MARK &&
		    o->first < first + count && first < o->first + o->count)
			return true;
	}
	return false;
}

/* Power may go at any line, here and below (keep.c). */
static void more_ops(struct volume *v)
{
	struct op *old = v->ops, *ops = keep_alloc(2 * v->max_ops * sizeof(*ops));

	memcpy(ops, old, v->nr_ops * sizeof(*ops));
	atomic_thread_fence(memory_order_seq_cst);
	v->ops = ops;
	atomic_thread_fence(memory_order_seq_cst);
	v->max_ops *= 2;
	keep_free(old);
}

uint32_t op_begin(struct volume *v, enum op_type type, uint32_t first,
		  uint32_t count)
{
	uint32_t nr = NO_OP;

	pthread_mutex_lock(&v->lock);
	if (type == OP_MARK || !is_busy(v, first, count)) {
		if (v->nr_ops == v->max_ops)
			more_ops(v);
		nr = v->nr_ops;
		v->ops[nr] = (struct op) {
			.begun = moment_now(), .ended = UINT64_MAX,
			.first = first, .count = count, .type = type,
		};
		atomic_thread_fence(memory_order_seq_cst);
		v->nr_ops++;
	}
	pthread_mutex_unlock(&v->lock);
	return nr;
}

void op_end(struct volume *v, uint32_t nr, bool failed, bool durable)
{
	struct op *o;
	uint32_t i;

	pthread_mutex_lock(&v->lock);
	o = &v->ops[nr];
	o->failed = failed;
	o->durable = durable;
	if (!failed && o->type != OP_MARK)
		for (i = 0; i < o->count; i++)
			v->last[o->first + i] = nr;
	o->ended = moment_now();
	pthread_mutex_unlock(&v->lock);
}

void ops_cut(struct volume *v)
{
	uint32_t nr;

	for (nr = 1; nr < v->nr_ops; nr++)
		if (v->ops[nr].ended == UINT64_MAX)
			op_end(v, nr, true, false);
}

/* --- content --- */

void content_fill(const struct volume *v, uint32_t nr, uint32_t sector, void *data)
{
	uint64_t *word = data;
	unsigned int i;

	word[0] = MAGIC;
	word[1] = (uint64_t)v->index << 32 | nr;
	word[2] = sector;
	for (i = 3; i < WORDS; i++)
		word[i] = mix(word[1] * WORDS + i + ((uint64_t)sector << 40));
}

uint32_t content_read(const struct volume *v, uint32_t sector, const void *data)
{
	static const uint64_t zeros[WORDS];
	const uint64_t *word = data;
	uint64_t want[WORDS];
	uint32_t nr;

	if (!memcmp(data, zeros, SECTOR))
		return NO_OP;
	nr = (uint32_t)word[1];
	content_fill(v, nr, sector, want);
	return memcmp(data, want, SECTOR) || nr == NO_OP ? CONTENT_TORN : nr;
}

void volume_read(const struct volume *v, uint32_t first, uint32_t count, void *data)
{
	size_t length = (size_t)count * SECTOR;
	ssize_t got = pread(v->fd, data, length,
			    v->begin + (uint64_t)first * SECTOR);

	if (got != (ssize_t)length)
		die("%s: read of %u sectors at %u: %zd: %s", v->name, count,
		    first, got, strerror(errno));
}

static bool content_is(const struct volume *v, uint32_t got, uint32_t last)
{
	if (last == NO_OP)
		return got == NO_OP;
	switch (v->ops[last].type) {
	case OP_WRITE:
		return got == last;
	case OP_ZERO:
		return got == NO_OP;
	default:
		return true;		/* discarded: anything */
	}
}

uint64_t volume_verify(struct volume *v)
{
	const uint32_t step = 2048;
	uint32_t at, i, n;
	uint64_t wrong = 0;
	uint8_t *data;

	if (posix_memalign((void **)&data, 4096, step * SECTOR))
		die("out of memory");
	for (at = 0; at < v->sectors; at += n) {
		n = v->sectors - at < step ? v->sectors - at : step;
		volume_read(v, at, n, data);
		for (i = 0; i < n; i++) {
			uint32_t got = content_read(v, at + i, data + i * SECTOR);

			if (!content_is(v, got, v->last[at + i]))
				wrong++;
		}
	}
	free(data);
	return wrong;
}
