// SPDX-License-Identifier: GPL-2.0-only
/*
 * writer.c - threads that write, zero, discard and flush
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "oracle.h"

#define WRITE_MAX	(1U << 20)

struct writer {
	pthread_t thread;
	struct burst *burst;
	struct chance chance;
	uint8_t *data;
};

struct burst {
	struct world *world;
	unsigned int ops;
	atomic_uint running;
	struct writer writer[THREADS_MAX];
};

/* Sizes from one sector up, most of them small, some across many granules. */
static uint32_t any_count(struct chance *c, const struct volume *v,
			  enum op_type type)
{
	uint64_t granule = v->granule / SECTOR;
	uint64_t max = type == OP_WRITE ? WRITE_MAX / SECTOR : v->sectors / 8;
	uint64_t count;

	switch (chance_below(c, 10)) {
	case 0 ... 4:
		count = 1 + chance_below(c, 16);
		break;
	case 5 ... 6:
		count = granule;
		break;
	case 7 ... 8:
		count = 1 + chance_below(c, 3 * granule);
		break;
	default:
		count = 1 + chance_below(c, max);
	}
	if (count > max)
		count = max;
	return count < v->sectors ? count : v->sectors;
}

static uint32_t any_first(struct writer *wr, const struct volume *v, uint32_t count)
{
	const struct world *w = wr->burst->world;
	uint64_t room = v->sectors - count + 1, granule = v->granule / SECTOR;
	uint64_t first;

	switch (chance_below(&wr->chance, 16)) {
	case 0:
		return 0;
	case 1:
		return v->sectors - count;
	case 2 ... 9:
		/* Where others write, too. */
		first = w->hot[v->index] + chance_below(&wr->chance, 8192);
		break;
	default:
		first = chance_below(&wr->chance, room);
	}
	if (chance_hit(&wr->chance, 40))
		first -= first % granule;
	return first < room ? first : room - 1;
}

static bool do_write(struct writer *wr, struct volume *v, uint32_t nr,
		     uint32_t first, uint32_t count, bool sync)
{
	int fd = sync ? v->fd_sync : v->fd;
	size_t length = (size_t)count * SECTOR;
	uint32_t i;

	for (i = 0; i < count; i++)
		content_fill(v, nr, first + i, wr->data + (size_t)i * SECTOR);
	return pwrite(fd, wr->data, length,
		      v->begin + (uint64_t)first * SECTOR) == (ssize_t)length;
}

static bool do_range(struct volume *v, unsigned long request, uint32_t first,
		     uint32_t count)
{
	uint64_t range[2] = {
		v->begin + (uint64_t)first * SECTOR, (uint64_t)count * SECTOR,
	};

	return !ioctl(v->fd, request, range);
}

/*
 * By a hole where that can be. BLKZEROOUT does not let the device unmap; one that
 * cannot zero so is never asked to zero again by device mapper, in any way.
 */
static bool do_zero(struct volume *v, uint32_t first, uint32_t count)
{
	if (!fallocate(v->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		       v->begin + (uint64_t)first * SECTOR,
		       (uint64_t)count * SECTOR))
		return true;
	return do_range(v, BLKZEROOUT, first, count);
}

static enum op_type any_type(struct chance *c)
{
	uint64_t n = chance_below(c, 100);

	return n < 65 ? OP_WRITE : n < 83 ? OP_ZERO : OP_DISCARD;
}

/* What ended before it is durable if it ends well before power goes. */
static void flush(struct world *w, struct volume *v)
{
	uint64_t before = moment_now();
	bool good = !fdatasync(v->fd);

	if (!good && !w->gone)
		die("%s: fdatasync: %s", v->name, strerror(errno));
	pthread_mutex_lock(&v->lock);
	if (good && !w->gone && before > v->flushed)
		v->flushed = before;
	pthread_mutex_unlock(&v->lock);
}

static void write_once(struct writer *wr)
{
	struct world *w = wr->burst->world;
	struct volume *v = &w->volume[chance_below(&wr->chance, w->nr)];
	enum op_type type = any_type(&wr->chance);
	uint32_t count = any_count(&wr->chance, v, type);
	uint32_t first = any_first(wr, v, count);
	uint32_t nr = op_begin(v, type, first, count);
	bool sync = chance_hit(&wr->chance, 20), good;

	if (nr == NO_OP)
		return;
	if (type == OP_WRITE)
		good = do_write(wr, v, nr, first, count, sync);
	else if (type == OP_ZERO)
		good = do_zero(v, first, count);
	else
		good = do_range(v, BLKDISCARD, first, count);
	if (!good && !w->gone && !(type == OP_DISCARD && errno == EOPNOTSUPP))
		die("%s: operation %d on %u sectors at %u: %s", v->name, type,
		    count, first, strerror(errno));
	op_end(v, nr, !good, good && sync && type == OP_WRITE && !w->gone);
	/* An empty flush marks nothing (I9). */
	if (chance_hit(&wr->chance, 5))
		flush(w, v);
}

static void *writer_main(void *arg)
{
	struct writer *wr = arg;
	unsigned int i;

	for (i = 0; i < wr->burst->ops && !wr->burst->world->stop; i++) {
		write_once(wr);
		if (chance_hit(&wr->chance, 10))
			usleep(chance_below(&wr->chance, 500));
	}
	atomic_fetch_sub(&wr->burst->running, 1);
	return NULL;
}

struct burst *burst_begin(struct world *w, unsigned int ops_per_thread)
{
	struct burst *b = calloc(1, sizeof(*b));
	unsigned int i;

	if (!b)
		die("out of memory");
	b->world = w;
	b->ops = ops_per_thread;
	for (i = 0; i < w->nr; i++)
		w->hot[i] = chance_below(&w->chance, w->volume[i].sectors);
	atomic_store(&b->running, w->threads);
	for (i = 0; i < w->threads; i++) {
		struct writer *wr = &b->writer[i];

		wr->burst = b;
		wr->chance.state = chance_next(&w->chance);
		if (posix_memalign((void **)&wr->data, 4096, WRITE_MAX) ||
		    pthread_create(&wr->thread, NULL, writer_main, wr))
			die("cannot make a writer");
	}
	return b;
}

bool burst_running(const struct burst *b)
{
	return atomic_load(&b->running);
}

void burst_end(struct burst *b)
{
	unsigned int i;

	for (i = 0; i < b->world->threads; i++) {
		pthread_join(b->writer[i].thread, NULL);
		free(b->writer[i].data);
	}
	free(b);
}
