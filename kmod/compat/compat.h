/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - newest spelling for older kernels
 *
 * The code is written for the newest kernel. What an older one lacks is found
 * by compiling the programs in probe/ against it (a version number says nothing
 * about a distribution's kernel); each that fails defines RP_LACKS_<name>.
 */
#ifndef RP_COMPAT_H
#define RP_COMPAT_H

#include <linux/blkdev.h>
#include <linux/dm-io.h>

/* probe/dm_io_ioprio.c */
#ifdef RP_LACKS_DM_IO_IOPRIO
#define rp_dm_io(req, nr, where, bits)	dm_io(req, nr, where, bits)
#else
#include <linux/ioprio.h>
#define rp_dm_io(req, nr, where, bits)	dm_io(req, nr, where, bits, IOPRIO_DEFAULT)
#endif

/* probe/blk_open.c */
#ifdef RP_LACKS_BLK_OPEN
#define BLK_OPEN_WRITE	FMODE_WRITE
#endif

#endif /* RP_COMPAT_H */
