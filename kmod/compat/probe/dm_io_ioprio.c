// SPDX-License-Identifier: GPL-2.0-only
/*
 * dm_io() with an I/O priority: since 6.9, and in stable kernels since 6.8.2,
 * 6.7.11, 6.6.23 and 6.1.83.
 */
#include <linux/dm-io.h>
#include <linux/ioprio.h>

int rp_probe(struct dm_io_request *req, struct dm_io_region *where);
int rp_probe(struct dm_io_request *req, struct dm_io_region *where)
{
	return dm_io(req, 1, where, NULL, IOPRIO_DEFAULT);
}
