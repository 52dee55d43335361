// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures on a device: file systems, RAID, partition tables, by libblkid;
 * and our own, which libblkid does not know.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <blkid/blkid.h>

#include "mdfile.h"
#include "signature.h"

/* libblkid returns -1 and may or may not have set errno. */
static int blkid_error(void)
{
	return errno ? -errno : -EIO;
}

static int probe_open(int fd, blkid_probe *probe)
{
	blkid_probe pr;

	errno = 0;
	pr = blkid_new_probe();
	if (!pr)
		return -ENOMEM;
	if (blkid_probe_set_device(pr, fd, 0, 0)) {
		int err = blkid_error();

		blkid_free_probe(pr);
		return err;
	}
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE |
					  BLKID_SUBLKS_USAGE |
					  BLKID_SUBLKS_MAGIC |
					  BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(pr, 1);
	blkid_probe_set_partitions_flags(pr, BLKID_PARTS_MAGIC |
					 BLKID_PARTS_FORCE_GPT);
	*probe = pr;
	return 0;
}

/* Not the "safe" probe: that one refuses to answer when it finds two. */
int signature_find(int fd, char *text, size_t size)
{
	const char *type;
	blkid_probe pr;
	int ret;

	ret = mdfile_signature(fd, text, size);
	if (ret)
		return ret;
	ret = probe_open(fd, &pr);
	if (ret)
		return ret;
	errno = 0;
	ret = blkid_do_probe(pr);
	if (ret < 0) {
		ret = blkid_error();
	} else if (ret == 0) {
		if (!blkid_probe_lookup_value(pr, "TYPE", &type, NULL))
			snprintf(text, size, "a signature of %s", type);
		else if (!blkid_probe_lookup_value(pr, "PTTYPE", &type, NULL))
			snprintf(text, size, "a partition table (%s)", type);
		else
			snprintf(text, size, "a signature");
		ret = 1;
	} else {
		ret = 0;
	}
	blkid_free_probe(pr);
	return ret;
}

int signature_wipe(int fd)
{
	blkid_probe pr;
	int err, ret;

	err = mdfile_wipe(fd);
	if (err)
		return err;
	err = probe_open(fd, &pr);
	if (err)
		return err;
	errno = 0;
	while ((ret = blkid_do_probe(pr)) == 0) {
		if (blkid_do_wipe(pr, 0)) {
			ret = -1;
			break;
		}
	}
	if (ret < 0)
		err = blkid_error();
	blkid_free_probe(pr);
	return err;
}
