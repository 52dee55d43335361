// SPDX-License-Identifier: GPL-2.0-only
/*
 * plugin.c - what nbdkit calls
 *
 *	nbdkit -f --unix SOCKET ./disks.so control=SOCKET folder=FOLDER \
 *		disk=NAME:SECTORS... [latency=MICROSECONDS]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NBDKIT_API_VERSION 2
#include <nbdkit-plugin.h>

#include "disks.h"

#define THREAD_MODEL NBDKIT_THREAD_MODEL_PARALLEL

static char *control;
static char *folder;

/* Return: 0, or -1 as nbdkit wants it. */
static int add_disk(const char *value)
{
	unsigned long long sectors;
	char name[32], *path = NULL;
	int r = -EINVAL;

	if (nr_disks < DISKS_MAX && folder &&
	    sscanf(value, "%31[^:]:%llu", name, &sectors) == 2 && sectors) {
		if (asprintf(&path, "%s/%s", folder, name) < 0)
			return -1;
		r = disk_open(&disks[nr_disks], path, name, sectors);
		free(path);
	}
	if (r) {
		nbdkit_error("disk=%s: want NAME:SECTORS, after the folder: %s", value,
			     strerror(-r));
		return -1;
	}
	nr_disks++;
	return 0;
}

static int disks_config(const char *key, const char *value)
{
	if (!strcmp(key, "disk"))
		return add_disk(value);
	if (!strcmp(key, "latency"))
		return nbdkit_parse_unsigned("latency", value, &latency);
	if (!strcmp(key, "folder")) {
		folder = nbdkit_absolute_path(value);
		return folder ? 0 : -1;
	}
	if (!strcmp(key, "control")) {
		control = nbdkit_absolute_path(value);
		return control ? 0 : -1;
	}
	nbdkit_error("unknown parameter %s", key);
	return -1;
}

static int disks_after_fork(void)
{
	int r = control ? control_begin(control) : 0;

	if (r)
		nbdkit_error("%s: %s", control, strerror(-r));
	return r ? -1 : 0;
}

static void *disks_open(int readonly)
{
	struct disk *d = disk_named(nbdkit_export_name());

	(void)readonly;
	if (!d)
		nbdkit_error("no disk %s", nbdkit_export_name());
	return d;
}

static int64_t disks_get_size(void *handle)
{
	return ((struct disk *)handle)->sectors * SECTOR;
}

static int disks_block_size(void *handle, uint32_t *minimum, uint32_t *preferred,
			    uint32_t *maximum)
{
	(void)handle;
	*minimum = SECTOR;
	*preferred = 4096;
	*maximum = UINT32_MAX;
	return 0;
}

static int disks_yes(void *handle)
{
	(void)handle;
	return 1;
}

static int disks_can_fua(void *handle)
{
	(void)handle;
	return NBDKIT_FUA_NATIVE;
}

static int serve(struct request *rq, uint32_t count, uint64_t offset, uint32_t flags)
{
	int r;

	rq->first = offset / SECTOR;
	rq->nr = count / SECTOR;
	rq->fua = flags & NBDKIT_FLAG_FUA;
	/* The block size was told. */
	r = (offset | count) % SECTOR ? -EINVAL : power_serve(rq);
	if (!r)
		return 0;
	nbdkit_set_error(-r);
	return -1;
}

static int disks_pread(void *handle, void *buf, uint32_t count, uint64_t offset,
		       uint32_t flags)
{
	struct request rq = { .disk = handle, .type = REQUEST_READ, .to = buf };

	return serve(&rq, count, offset, flags);
}

static int disks_pwrite(void *handle, const void *buf, uint32_t count,
			uint64_t offset, uint32_t flags)
{
	struct request rq = { .disk = handle, .type = REQUEST_WRITE, .from = buf };

	return serve(&rq, count, offset, flags);
}

/* As a disk that gives zeros after a discard. */
static int disks_zero(void *handle, uint32_t count, uint64_t offset, uint32_t flags)
{
	struct request rq = { .disk = handle, .type = REQUEST_ZERO };

	return serve(&rq, count, offset, flags);
}

static int disks_flush(void *handle, uint32_t flags)
{
	struct request rq = { .disk = handle, .type = REQUEST_FLUSH };

	return serve(&rq, 0, 0, flags);
}

static struct nbdkit_plugin plugin = {
	.name = "disks",
	.description = "disks in memory that lose power at one instant",
	.config = disks_config,
	.after_fork = disks_after_fork,
	.open = disks_open,
	.get_size = disks_get_size,
	.block_size = disks_block_size,
	.can_write = disks_yes,
	.can_flush = disks_yes,
	.can_trim = disks_yes,
	.can_fast_zero = disks_yes,
	.can_multi_conn = disks_yes,
	.can_fua = disks_can_fua,
	.pread = disks_pread,
	.pwrite = disks_pwrite,
	.zero = disks_zero,
	.trim = disks_zero,
	.flush = disks_flush,
};

NBDKIT_REGISTER_PLUGIN(plugin)
