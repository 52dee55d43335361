// SPDX-License-Identifier: GPL-2.0-only
/*
 * keep.c - memory for what is known; it may outlive the machine
 *
 * Memory that is kept is a file of the host, which the machine has as the memory
 * of a device. It is mapped at one address always, so that what points into it
 * goes on doing so. Power may go between any two stores: a piece is taken off its
 * list by one of them and put on it by one, so the worst is that it is lost.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "oracle.h"

/* Where nothing else is mapped: far below libraries, far above the heap's. */
#define ADDRESS	((void *)0x200000000000ULL)
#define MAGIC	0x70656b6570727270ULL
#define SMALL	6		/* pieces are of 64 bytes, 128, ... */

/* Before each piece. */
struct piece {
	struct piece *next;	/* spare */
	uint32_t order;
	uint32_t reserved;
};

static struct keep *keep;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct keep *keep_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct keep *k = ADDRESS;
	struct stat st;
	void *got;

	if (fd < 0 || fstat(fd, &st))
		die("%s: %m", path);
	got = mmap(ADDRESS, st.st_size, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
	if (got != ADDRESS)
		die("%s: cannot map: %m", path);
	close(fd);
	if (k->magic != MAGIC) {
		memset(k, 0, sizeof(*k));
		k->size = st.st_size;
		k->used = (sizeof(*k) + 4095) / 4096 * 4096;
		atomic_thread_fence(memory_order_seq_cst);
		k->magic = MAGIC;
	}
	k->boots++;
	keep = k;
	return k;
}

static struct piece *take(unsigned int order)
{
	struct piece *p = keep->spare[order];

	if (p) {
		keep->spare[order] = p->next;
		return p;
	}
	if (keep->used + (1ULL << order) > keep->size)
		return NULL;
	p = (void *)((char *)keep + keep->used);
	keep->used += 1ULL << order;
	return p;
}

void *keep_alloc(size_t size)
{
	unsigned int order = SMALL;
	struct piece *p;

	if (!keep) {
		void *plain = calloc(1, size);

		if (!plain)
			die("out of memory");
		return plain;
	}
	while ((1ULL << order) < size + sizeof(*p))
		order++;
	pthread_mutex_lock(&lock);
	p = order < SIZE_OF(keep->spare) ? take(order) : NULL;
	pthread_mutex_unlock(&lock);
	if (!p)
		die("no room for %zu bytes in memory that is kept", size);
	p->order = order;
	memset(p + 1, 0, size);
	return p + 1;
}

void keep_free(void *what)
{
	struct piece *p = (struct piece *)what - 1;

	if (!keep || !what) {
		free(what);
		return;
	}
	pthread_mutex_lock(&lock);
	p->next = keep->spare[p->order];
	atomic_thread_fence(memory_order_seq_cst);
	keep->spare[p->order] = p;
	pthread_mutex_unlock(&lock);
}

char *keep_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(keep_alloc(size), text, size);
}
