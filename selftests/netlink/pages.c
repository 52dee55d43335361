// SPDX-License-Identifier: GPL-2.0-only
/*
 * pages.c - lists of changes in pages of every length (B16)
 *
 * usage: pages VOLUME POINT COUNT: every other granule of 4 KiB is written, so that
 * the list from POINT to now has COUNT extents, more than a page may have.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "strict.h"

#define GRANULE		4096U
/* An attribute holds 64 KiB. */
#define ROOM		(1U << 17)

/**
 * struct page - what a reply says
 * @nr: of extents
 * @end: of the last extent
 * @next: NEXT_START
 * @lease: for the next page
 * @complete: there is none
 */
struct page {
	unsigned int nr;
	uint64_t end;
	uint64_t next;
	uint64_t lease;
	bool complete;
};

static const char *volume;
static uint8_t point[16];
static struct msg msg;
static int fd;

static void take(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a = strict_get(h, REFPOINT_A_EXTENTS);
	struct refpoint_extent x;
	struct page *p = arg;
	unsigned int i;

	if (!a || strict_number(h, REFPOINT_A_RETURN_VALUE))
		die("no list");
	p->nr = ATTR_LEN(a) / sizeof(x);
	for (i = 0; i < p->nr; i++) {
		memcpy(&x, (const uint8_t *)ATTR_DATA(a) + i * sizeof(x), sizeof(x));
		if (x.offset % (2 * GRANULE) || x.length != GRANULE ||
		    (p->end && x.offset != p->end + GRANULE))
			fault("extent %u at %llu, after %llu", i,
			      (unsigned long long)x.offset,
			      (unsigned long long)p->end);
		p->end = x.offset + x.length;
	}
	p->next = strict_number(h, REFPOINT_A_NEXT_START);
	p->lease = strict_number(h, REFPOINT_A_LEASE);
	p->complete = strict_number(h, REFPOINT_A_COMPLETE);
}

/* @p goes on where it was; one that is zeroed begins. */
static void ask(struct page *p, unsigned int max)
{
	struct reading r;

	msg_begin(&msg, family, 0, REFPOINT_CMD_GET_CHANGES);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	msg_put(&msg, REFPOINT_A_FROM_POINT, point, sizeof(point));
	msg_put_u64(&msg, REFPOINT_A_START, p->next);
	msg_put_u32(&msg, REFPOINT_A_MAX_EXTENTS, max);
	if (p->lease)
		msg_put_u64(&msg, REFPOINT_A_LEASE, p->lease);
	strict_ask(fd, &msg, ROOM, take, p, &r);
	if (r.err || r.messages != 1)
		die("get-changes: %s", strerror(r.err));
	if (p->nr > max)
		fault("%u extents in a page of %u", p->nr, max);
}

/* Pages of @max up to the end; the lease goes with it. */
static void whole(unsigned int max, unsigned int want)
{
	struct page p = { 0 };
	unsigned int n = 0, pages = 0;

	do {
		ask(&p, max);
		n += p.nr;
		pages++;
	} while (!p.complete && pages <= want + 1);
	result(!strict_faults() && n == want, "%u extents in %u pages of %u", n,
	       pages, max);
}

static void write_granules(unsigned int count)
{
	void *block = NULL;
	char path[256];
	unsigned int i;
	int disk;

	snprintf(path, sizeof(path), "/dev/mapper/%s", volume);
	disk = open(path, O_WRONLY | O_DIRECT);
	if (disk < 0 || posix_memalign(&block, GRANULE, GRANULE))
		die("%s: %s", path, strerror(errno));
	memset(block, 1, GRANULE);
	for (i = 0; i < count; i++)
		if (pwrite(disk, block, GRANULE, 2UL * i * GRANULE) != GRANULE)
			die("%s: %s", path, strerror(errno));
	close(disk);
	free(block);
}

static void parse_uuid(const char *text)
{
	unsigned int i, byte;

	for (i = 0; i < sizeof(point); i++) {
		text += *text == '-';
		if (sscanf(text, "%2x", &byte) != 1)
			die("'%s' is no UUID", text);
		point[i] = byte;
		text += 2;
	}
}

int main(int argc, char **argv)
{
	static const unsigned int lengths[] = { 7, 64, 1000, 1189, 1190, 1191,
						REFPOINT_EXTENTS_MAX };
	unsigned int count, i;
	struct page p = { 0 };

	if (argc != 4)
		return 2;
	volume = argv[1];
	parse_uuid(argv[2]);
	count = atoi(argv[3]);
	fd = nl_open();
	if (nl_find_family(fd))
		die("no family");
	write_granules(count);

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		whole(lengths[i], count);
	/* The first page of each length; its lease is used again. */
	for (i = 1; i <= REFPOINT_EXTENTS_MAX; i += i < 200 ? 1 : 13) {
		p.next = 0;
		p.end = 0;
		ask(&p, i);
		if (!p.nr || (!p.complete && p.next < p.end))
			fault("a page of %u goes nowhere", i);
	}
	result(!strict_faults(), "a first page of any length is a legal one");
	return finish();
}
