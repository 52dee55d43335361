/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mddev.h - open a metadata device that is there: check, dump, repair
 */
#ifndef MDDEV_H
#define MDDEV_H

#include "mdfile.h"
#include "tool.h"

enum mddev_use {
	MDDEV_READ,	/* refused when it is in use */
	MDDEV_SHARE,	/* read though somebody may write */
	MDDEV_WRITE,	/* refused when it is in use */
};

/**
 * struct mddev - a block device, or a file with the image of one
 * @path: as it was named
 * @fd: open
 * @in_use: somebody has it: an active volume, a mount
 * @file: for the core
 */
struct mddev {
	const char *path;
	int fd;
	bool in_use;
	struct mdfile *file;
};

/*
 * An exit status; what is wrong has been said. With 0 to be closed. While it is
 * open for MDDEV_READ or _WRITE no volume can be made of it.
 */
int mddev_open(struct mddev *d, const char *path, enum mddev_use use);
/* What was written is durable when this returns 0. */
int mddev_close(struct mddev *d);

#endif /* MDDEV_H */
