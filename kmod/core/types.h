/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * types.h - units, as types that sparse tells apart
 *
 * A position on a volume is counted in sectors (512 bytes), granules or
 * regions; a position on a metadata device in blocks (4 KiB). Mixing them up
 * loses changes without a warning, hence the types and the few converters.
 */
#ifndef RP_TYPES_H
#define RP_TYPES_H

#include "port.h"

#define RP_SECTOR_SHIFT		9
#define RP_BLOCK_SHIFT		12
#define RP_BLOCK_SIZE		(1U << RP_BLOCK_SHIFT)

#define RP_GRANULE_SHIFT_MIN	12	/* 4 KiB */
#define RP_GRANULE_SHIFT_MAX	24	/* 16 MiB */
#define RP_GRANULE_SHIFT_DEF	16	/* 64 KiB */

/* granule number on a volume */
typedef u64 __bitwise rp_granule_t;
/* region number on a volume: the unit of arming */
typedef u32 __bitwise rp_region_t;
/* block number on a metadata device */
typedef u64 __bitwise rp_block_t;
/* page number in a bitmap: RP_PAGE_BITS granules */
typedef u64 __bitwise rp_page_t;
/* number of a boundary (cut) of a volume: interval N ends at boundary N */
typedef u64 __bitwise rp_seq_t;

#define RP_PAGE_BITS_SHIFT	15	/* 4 KiB of bits */
#define RP_PAGE_BITS		(1U << RP_PAGE_BITS_SHIFT)
#define RP_PAGE_LONGS		(RP_PAGE_BITS / BITS_PER_LONG)

static inline u64 rp_granule_nr(rp_granule_t g) { return (__force u64)g; }
static inline rp_granule_t rp_granule(u64 nr) { return (__force rp_granule_t)nr; }
static inline u32 rp_region_nr(rp_region_t r) { return (__force u32)r; }
static inline rp_region_t rp_region(u32 nr) { return (__force rp_region_t)nr; }
static inline u64 rp_block_nr(rp_block_t b) { return (__force u64)b; }
static inline rp_block_t rp_block(u64 nr) { return (__force rp_block_t)nr; }
static inline u64 rp_page_nr(rp_page_t p) { return (__force u64)p; }
static inline rp_page_t rp_page(u64 nr) { return (__force rp_page_t)nr; }
static inline u64 rp_seq_nr(rp_seq_t s) { return (__force u64)s; }
static inline rp_seq_t rp_seq(u64 nr) { return (__force rp_seq_t)nr; }

static inline rp_page_t rp_granule_page(rp_granule_t g)
{
	return rp_page(rp_granule_nr(g) >> RP_PAGE_BITS_SHIFT);
}

static inline u32 rp_granule_bit(rp_granule_t g)
{
	return rp_granule_nr(g) & (RP_PAGE_BITS - 1);
}

/**
 * struct rp_geometry - what a volume is measured in; fixed while it is active
 * @sectors: length of the volume
 * @granule_shift: log2 of the granule in bytes
 * @region_shift: log2 of the region in bytes, more than @granule_shift
 * @nr_granules: granules, the last one perhaps partial
 * @nr_regions: regions, the last one perhaps partial
 * @nr_pages: pages of bits
 */
struct rp_geometry {
	u64 sectors;
	u8 granule_shift;
	u8 region_shift;
	u64 nr_granules;
	u32 nr_regions;
	u64 nr_pages;
};

/*
 * May a volume be measured so? Bounds what is allocated for it and what a
 * metadata device can demand: see RP_PAGES_MAX and RP_REGIONS_MAX in ondisk.h.
 */
bool rp_geometry_valid(u64 sectors, u8 granule_shift, u8 region_shift);

static inline rp_granule_t rp_sector_granule(const struct rp_geometry *geo,
					     u64 sector)
{
	return rp_granule(sector >> (geo->granule_shift - RP_SECTOR_SHIFT));
}

static inline rp_region_t rp_sector_region(const struct rp_geometry *geo,
					   u64 sector)
{
	return rp_region(sector >> (geo->region_shift - RP_SECTOR_SHIFT));
}

/* Fill in the derived counts; the caller has checked the shifts. */
static inline void rp_geometry_init(struct rp_geometry *geo, u64 sectors,
				    u8 granule_shift, u8 region_shift)
{
	u64 bytes_last = sectors ? sectors - 1 : 0;

	geo->sectors = sectors;
	geo->granule_shift = granule_shift;
	geo->region_shift = region_shift;
	geo->nr_granules = (bytes_last >> (granule_shift - RP_SECTOR_SHIFT)) + 1;
	geo->nr_regions = (bytes_last >> (region_shift - RP_SECTOR_SHIFT)) + 1;
	geo->nr_pages = ((geo->nr_granules - 1) >> RP_PAGE_BITS_SHIFT) + 1;
}

#endif /* RP_TYPES_H */
