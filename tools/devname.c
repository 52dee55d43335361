// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the number of a block device to a path. libblkid knows the kernel's names;
 * /dev/dm-7 says nothing to people, and is another device tomorrow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <blkid/blkid.h>

#include "devname.h"

static char *dm_path(dev_t dev)
{
	char text[64], name[256], path[sizeof("/dev/mapper/") + sizeof(name)];
	struct stat st;
	FILE *file;

	snprintf(text, sizeof(text), "/sys/dev/block/%u:%u/dm/name", major(dev),
		 minor(dev));
	file = fopen(text, "r");
	if (!file)
		return NULL;
	if (!fgets(name, sizeof(name), file))
		name[0] = '\0';
	fclose(file);
	name[strcspn(name, "\n")] = '\0';
	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	/* Without udev, or for another's name space, it need not be there. */
	if (stat(path, &st) || !S_ISBLK(st.st_mode) || st.st_rdev != dev)
		return NULL;
	return strdup(path);
}

char *devname_path(uint32_t major_nr, uint32_t minor_nr)
{
	dev_t dev = makedev(major_nr, minor_nr);
	char *path = dm_path(dev);

	return path ? path : blkid_devno_to_devname(dev);
}
