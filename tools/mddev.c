// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open a metadata device that is there.
 *
 * O_EXCL finds out whether somebody has a block device: device mapper, a mount.
 * O_DIRECT, because the module writes past the page cache, which goes on holding
 * what was read before.
 */
#define _GNU_SOURCE	/* O_DIRECT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "exit.h"
#include "mddev.h"

static int failed(const char *path)
{
	tool_complain("cannot open %s: %s", path, strerror(errno));
	return TOOL_FAILED;
}

/* Not every file system knows O_DIRECT. */
static int open_direct(const char *path, int flags)
{
	int fd = open(path, flags | O_DIRECT);

	return fd < 0 && errno == EINVAL ? open(path, flags) : fd;
}

static int open_device(struct mddev *d, enum mddev_use use)
{
	int flags = O_CLOEXEC | (use == MDDEV_WRITE ? O_RDWR : O_RDONLY);

	d->fd = open_direct(d->path, flags | O_EXCL);
	if (d->fd >= 0)
		return TOOL_DONE;
	if (errno != EBUSY)
		return failed(d->path);
	if (use != MDDEV_SHARE) {
		tool_complain("%s is in use: remove the volume first ('refpoint dump' reads it as it is)",
			      d->path);
		return TOOL_BUSY;
	}
	d->in_use = true;
	d->fd = open_direct(d->path, flags);
	return d->fd < 0 ? failed(d->path) : TOOL_DONE;
}

int mddev_open(struct mddev *d, const char *path, enum mddev_use use)
{
	struct stat st;
	uint64_t bytes;
	int status;

	memset(d, 0, sizeof(*d));
	d->path = path;
	d->fd = -1;
	/* Before it is opened: a pipe would wait for somebody. */
	if (stat(path, &st))
		return failed(path);
	if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode)) {
		tool_complain("%s is neither a block device nor a file", path);
		return TOOL_FAILED;
	}
	status = open_device(d, use);
	if (status)
		return status;
	bytes = st.st_size;
	if (S_ISBLK(st.st_mode) && ioctl(d->fd, BLKGETSIZE64, &bytes)) {
		tool_complain("%s: cannot learn its size: %s", path,
			      strerror(errno));
		close(d->fd);
		return TOOL_FAILED;
	}
	d->file = mdfile_new(d->fd, bytes);
	if (!d->file) {
		tool_complain("out of memory");
		close(d->fd);
		return TOOL_FAILED;
	}
	return TOOL_DONE;
}

int mddev_close(struct mddev *d)
{
	int err;

	mdfile_free(d->file);
	err = close(d->fd);
	if (!err)
		return TOOL_DONE;
	tool_complain("%s: %s", d->path, strerror(errno));
	return TOOL_FAILED;
}
