// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk_mode_t and BLK_OPEN_*, since 6.5; fmode_t and FMODE_* before.
 */
#include <linux/blkdev.h>

blk_mode_t rp_probe(void);
blk_mode_t rp_probe(void)
{
	return BLK_OPEN_WRITE;
}
