// SPDX-License-Identifier: GPL-2.0-only
/*
 * machine.c - the module, its volumes and the disks below
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "machine.h"

#define BUFFER	16384

/* --- device mapper --- */

static struct dm_ioctl *dm_request(const char *name)
{
	struct dm_ioctl *io = calloc(1, BUFFER);

	if (!io)
		die("out of memory");
	io->version[0] = DM_VERSION_MAJOR;
	io->data_size = BUFFER;
	io->data_start = sizeof(*io);
	snprintf(io->name, sizeof(io->name), "%s", name);
	return io;
}

static int dm_do(struct dm_ioctl *io, unsigned long request)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("/dev/mapper/control: %m");
	return ioctl(fd, request, io) ? -errno : 0;
}

static int dm_simple(const char *name, unsigned long request)
{
	struct dm_ioctl *io = dm_request(name);
	int r = dm_do(io, request);

	free(io);
	return r;
}

static int load(const char *name, const char *target, uint64_t sectors,
		const char *params, uint32_t flags)
{
	struct dm_ioctl *io = dm_request(name);
	struct dm_target_spec *spec = (void *)(io + 1);
	int r;

	io->target_count = 1;
	io->flags = flags;
	spec->length = sectors;
	snprintf(spec->target_type, sizeof(spec->target_type), "%s", target);
	snprintf((char *)(spec + 1), 1024, "%s", params);
	r = dm_do(io, DM_TABLE_LOAD);
	free(io);
	return r;
}

int dm_load(const char *name, const char *target, uint64_t sectors,
	    const char *params)
{
	return load(name, target, sectors, params, 0);
}

int dm_suspend(const char *name, bool resume)
{
	struct dm_ioctl *io = dm_request(name);
	int r;

	io->flags = resume ? 0 : DM_SUSPEND_FLAG;
	r = dm_do(io, DM_DEV_SUSPEND);
	free(io);
	return r;
}

/* There is no udev to make the node. */
static void make_link(const char *name, uint64_t dev)
{
	char path[192], node[32];

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	snprintf(node, sizeof(node), "/dev/dm-%u", minor(dev));
	unlink(path);
	if (symlink(node, path))
		die("%s: %m", path);
}

static int create(const char *name, const char *target, uint64_t sectors,
		  const char *params, uint32_t flags)
{
	struct dm_ioctl *io = dm_request(name);
	uint64_t dev;
	int r;

	r = dm_do(io, DM_DEV_CREATE);
	dev = io->dev;
	free(io);
	if (r)
		return r;
	r = load(name, target, sectors, params, flags);
	if (!r)
		r = dm_suspend(name, true);
	if (r) {
		dm_simple(name, DM_DEV_REMOVE);
		return r;
	}
	make_link(name, dev);
	return 0;
}

int dm_create(const char *name, const char *target, uint64_t sectors,
	      const char *params)
{
	return create(name, target, sectors, params, 0);
}

int dm_create_read_only(const char *name, const char *target, uint64_t sectors,
			const char *params)
{
	return create(name, target, sectors, params, DM_READONLY_FLAG);
}

int dm_remove(const char *name)
{
	char path[192];
	int r, tries;

	/* Whoever looked at it last may have to let go yet. */
	for (tries = 0; tries < 500; tries++) {
		r = dm_simple(name, DM_DEV_REMOVE);
		if (r != -EBUSY)
			break;
		usleep(10000);
	}
	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	if (!r)
		unlink(path);
	return r;
}

int dm_message(const char *name, const char *fmt, ...)
{
	struct dm_ioctl *io = dm_request(name);
	struct dm_target_msg *msg = (void *)(io + 1);
	va_list args;
	int r;

	va_start(args, fmt);
	vsnprintf(msg->message, 1024, fmt, args);
	va_end(args);
	r = dm_do(io, DM_TARGET_MSG);
	free(io);
	return r;
}

int dm_status(const char *name, char *line, size_t size)
{
	struct dm_ioctl *io = dm_request(name);
	struct dm_target_spec *spec;
	int r;

	io->flags = DM_NOFLUSH_FLAG;
	r = dm_do(io, DM_TABLE_STATUS);
	spec = (void *)((char *)io + io->data_start);
	snprintf(line, size, "%s", r ? "" : (char *)(spec + 1));
	free(io);
	return r;
}

/* --- the module --- */

int module_load_try(void)
{
	const char *path = getenv("RP_MODULE");
	int fd = open(path ? path : "", O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		die("RP_MODULE=%s: %m", path ? path : "");
	r = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return r;
}

void module_load(void)
{
	int r = module_load_try();

	if (r)
		die("cannot load the module: %s", strerror(-r));
}

void module_unload(void)
{
	int tries;

	/* A context of the library that was closed may hold it a moment longer. */
	for (tries = 0; tries < 500; tries++) {
		if (!syscall(SYS_delete_module, "dm_refpoint", O_NONBLOCK))
			return;
		usleep(10000);
	}
	die("cannot unload the module: %m");
}

/* --- volumes --- */

void machine_add(struct machine *m, const char *name)
{
	struct machine_volume *v = &m->volume[m->nr++];
	char path[128];
	off_t size;
	int fd;

	if (m->nr > VOLUMES_MAX)
		die("too many volumes");
	snprintf(v->name, sizeof(v->name), "%.40s", name);
	snprintf(v->data, sizeof(v->data), "%.40s-data", name);
	snprintf(v->meta, sizeof(v->meta), "%.40s-meta", name);
	snprintf(path, sizeof(path), "/dev/mapper/%s", v->data);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size < 0)
		die("%s: %m", path);
	v->sectors = size / SECTOR;
	close(fd);
}

int volume_up(const struct machine_volume *v)
{
	char params[256];

	snprintf(params, sizeof(params), "/dev/mapper/%s /dev/mapper/%s", v->meta,
		 v->data);
	return dm_create(v->name, "refpoint", v->sectors, params);
}

int volume_down(const struct machine_volume *v)
{
	return dm_remove(v->name);
}

void machine_order(const struct machine *m, struct chance *c, unsigned int *order)
{
	unsigned int i, j;

	for (i = 0; i < m->nr; i++) {
		j = chance_below(c, i + 1);
		order[i] = order[j];
		order[j] = i;
	}
}

int machine_up(struct machine *m, struct chance *c)
{
	unsigned int order[VOLUMES_MAX], i;
	int r;

	machine_order(m, c, order);
	for (i = 0; i < m->nr; i++) {
		r = volume_up(&m->volume[order[i]]);
		if (r)
			return r;
	}
	return 0;
}

void machine_down(struct machine *m)
{
	unsigned int i;
	int r;

	for (i = 0; i < m->nr; i++) {
		r = volume_down(&m->volume[i]);
		if (r && r != -ENXIO)
			die("%s: cannot remove: %s", m->volume[i].name,
			    strerror(-r));
	}
}
