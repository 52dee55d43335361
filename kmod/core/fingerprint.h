/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fingerprint.h - what an origin looked like when the volume let go of it (I11)
 *
 * Checksums of a few blocks of 4 KiB: where filesystems, volume managers and
 * partition tables keep what changes with each use, and a sample of the rest, drawn
 * anew each time. It stands in the superblock.
 */
#ifndef RP_FINGERPRINT_H
#define RP_FINGERPRINT_H

#include "tracker.h"

#define RP_PRINT_PLACES		64U
#define RP_PRINT_SECTORS	(RP_BLOCK_SIZE >> RP_SECTOR_SHIFT)

/**
 * struct rp_print - one fingerprint
 * @seed: draws the sample, 0: there is none
 * @seq: the interval that was open then
 * @sum: of each place, 0: not known
 */
struct rp_print {
	u64 seed;
	u64 seq;
	u32 sum[RP_PRINT_PLACES];
};

/*
 * First sector of place @i of a volume of @sectors. False: it has no such place.
 */
bool rp_print_place(u64 sectors, u64 seed, unsigned int i, u64 *sector);

/* Checksum of what is in a place; never 0. */
u32 rp_print_sum(const void *block);

/**
 * struct rp_print_diff - what a comparison came to
 * @compared: places that could be
 * @differ: of them
 * @sector: the first one that differs
 */
struct rp_print_diff {
	unsigned int compared;
	unsigned int differ;
	u64 sector;
};

/*
 * Compare @is with what it @was, both of a volume of @sectors. Places that @since
 * has a mark for, if it is given, are let be: they were written through the volume.
 */
void rp_print_compare(const struct rp_print *was, const struct rp_print *is,
		      const struct rp_geometry *geo, u64 sectors,
		      const struct rp_tracker *since, struct rp_print_diff *diff);

#endif /* RP_FINGERPRINT_H */
