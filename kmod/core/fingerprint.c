// SPDX-License-Identifier: GPL-2.0-only
/*
 * fingerprint.c - which places of an origin are looked at, and the comparison
 */
#include "fingerprint.h"
#include "ondisk.h"

/*
 * Bytes from the beginning: boot sector, GPT, LVM label and metadata, md 1.1 and 1.2,
 * ext4 superblock and group descriptors, XFS, swap, f2fs; bcache; btrfs and its
 * mirror; the same of a first partition at 1 MiB; ext4's first spare.
 */
static const u64 heads[] = {
	0, 4096, 8192, 16384, 65536, 1 << 20, (1 << 20) + 4096, (1 << 20) + 65536,
	64 << 20, 65 << 20, 128 << 20,
};

/* Bytes from the end: spare GPT, md 1.0, dm-integrity and old md. */
static const u64 tails[] = { 4096, 8192, 65536, 131072 };

/* The sample: any good mixer does, as long as it stays what it is. */
static u64 mix(u64 v)
{
	v += 0x9e3779b97f4a7c15ULL;
	v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9ULL;
	v = (v ^ (v >> 27)) * 0x94d049bb133111ebULL;
	return v ^ (v >> 31);
}

bool rp_print_place(u64 sectors, u64 seed, unsigned int i, u64 *sector)
{
	u64 blocks = sectors / RP_PRINT_SECTORS, block, back;

	if (!blocks || !seed || i >= RP_PRINT_PLACES)
		return false;
	if (i < ARRAY_SIZE(heads)) {
		block = heads[i] >> RP_BLOCK_SHIFT;
	} else if (i < ARRAY_SIZE(heads) + ARRAY_SIZE(tails)) {
		back = tails[i - ARRAY_SIZE(heads)] >> RP_BLOCK_SHIFT;
		block = back <= blocks ? blocks - back : blocks;
	} else {
		block = mix(seed + i) % blocks;
	}
	*sector = block * RP_PRINT_SECTORS;
	return block < blocks;
}

u32 rp_print_sum(const void *block)
{
	u32 sum = crc32c(RP_SALT_PRINT, block, RP_BLOCK_SIZE);

	return sum ? sum : 1;
}

static bool written(const struct rp_tracker *since, const struct rp_geometry *geo,
		    u64 sector)
{
	u64 g = rp_granule_nr(rp_sector_granule(geo, sector));

	/* Nothing is known of what lies beyond a tracker's end. */
	return g >= since->nr_granules || rp_tracker_kind(since, rp_granule(g));
}

void rp_print_compare(const struct rp_print *was, const struct rp_print *is,
		      const struct rp_geometry *geo, u64 sectors,
		      const struct rp_tracker *since, struct rp_print_diff *diff)
{
	unsigned int i;
	u64 sector;

	memset(diff, 0, sizeof(*diff));
	if (!was->seed || was->seed != is->seed)
		return;
	for (i = 0; i < RP_PRINT_PLACES; i++) {
		if (!was->sum[i] || !is->sum[i] ||
		    !rp_print_place(sectors, was->seed, i, &sector) ||
		    (since && written(since, geo, sector)))
			continue;
		diff->compared++;
		if (was->sum[i] == is->sum[i])
			continue;
		if (!diff->differ++ || sector < diff->sector)
			diff->sector = sector;
	}
}
