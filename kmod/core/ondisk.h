/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ondisk.h - every structure on a metadata device, and nothing else
 *
 * Documentation/ondisk-format.rst describes the same byte by byte; a change
 * here is a change of the format: bump the version, extend that file, add a
 * golden image. All integers are little endian, all positions are counted in
 * blocks of 4 KiB of the metadata device unless said otherwise.
 *
 *   block 0, 1          two copies of the superblock, written in turn
 *   arm_start..         the arm map, in place, RP_ARM_BLOCKS blocks
 *   the rest            written to fresh blocks only: catalogue, records,
 *                       indexes and bitmap pages of intervals
 *
 * Version rule: a reader refuses a higher major version, an unknown bit in
 * incompat, and (for writing) an unknown bit in ro_compat; it ignores unknown
 * bits in compat and a higher minor version.
 */
#ifndef RP_ONDISK_H
#define RP_ONDISK_H

#include "kind.h"
#include "port.h"

#define RP_MAGIC		"REFPOINT"
#define RP_VERSION_MAJOR	1
#define RP_VERSION_MINOR	0
#define RP_SUPER_COPIES		2

#define RP_SUPER_CLEAN		0x1	/* deactivated in order: the arm map is void */
#define RP_SUPER_FAILED		0x2	/* tracking had failed when this was written */

#define RP_COMPAT_PRINT		0x1	/* the origin's fingerprint is here */

/* First 512 bytes of block 0 and 1: no write of it can tear unnoticed. */
struct rp_super_disk {
	__le32 csum;		/* crc32c of bytes 4..511, seed RP_SALT_SUPER */
	__le32 flags;		/* RP_SUPER_* */
	__u8 magic[8];
	__le16 version_major;
	__le16 version_minor;
	__le32 block_size;	/* 4096 */
	__le64 compat;
	__le64 ro_compat;
	__le64 incompat;
	__le64 commit;		/* number of this commit; the higher copy counts */
	__u8 volume[16];	/* UUID */
	__u8 generation[16];	/* UUID */
	__le64 nr_blocks;	/* of the metadata device */
	__le64 sectors;		/* of the volume, 512 bytes */
	__u8 granule_shift;	/* log2 of bytes */
	__u8 region_shift;	/* log2 of bytes */
	__u8 pad0[6];
	__le64 incarnation;	/* activations so far */
	__le64 arm_since;	/* arm sectors of older incarnations are void */
	__le64 arm_start;
	__le64 arm_blocks;
	__le64 root;		/* block of the catalogue's root, 0 if it is empty */
	__le64 root_commit;	/* the commit that wrote it */
	__le64 open_seq;	/* number of the open interval */
	__le64 time;		/* of this commit, ns since 1970 */
	__le64 job_mark;	/* no job id up to here is used again */
	__le64 generation_time;	/* ns since 1970 */
	__le64 first_seq;	/* first interval of this generation */
	__le64 print_seed;	/* with RP_COMPAT_PRINT: 0: no fingerprint */
	__le64 print_seq;	/* the interval that was open when it was taken */
	__le32 print_sum[64];	/* crc32c of the places, 0: not known */
	__u8 reserved[40];
} __attribute__((packed));

/* Head of every block of the catalogue, a record or an index. */
struct rp_block_head {
	__le32 csum;		/* crc32c of bytes 4..4095, seed: the type's salt */
	__le32 type;		/* enum rp_block_type */
	__le64 block;		/* its own number */
	__le64 commit;		/* the commit that wrote it */
	__u8 volume[8];		/* first half of the volume's UUID */
} __attribute__((packed));

enum rp_block_type {
	RP_BLOCK_ROOT	= 1,
	RP_BLOCK_CATALOGUE = 2,
	RP_BLOCK_BLOB	= 3,
};

/* Catalogue: a root block with the numbers of catalogue pages, each with slots. */
struct rp_root_entry_disk {
	__le64 block;		/* 0: no page */
	__le64 commit;		/* the commit that wrote the page */
} __attribute__((packed));

#define RP_ROOT_ENTRIES	((4096 - sizeof(struct rp_block_head)) / \
			 sizeof(struct rp_root_entry_disk))

struct rp_slot_disk {
	__u8 type;		/* enum rp_record_type, 0: free */
	__u8 pad[3];
	__le32 length;		/* bytes of the record */
	__le64 head;		/* first block of the record's chain */
	__le64 commit;		/* the commit that wrote the chain's first block */
	__u8 id[16];
} __attribute__((packed));

#define RP_SLOTS_PER_PAGE ((4096 - sizeof(struct rp_block_head)) / \
			   sizeof(struct rp_slot_disk))

enum rp_record_type {
	RP_RECORD_INTERVAL	= 1,	/* id: number of the boundary that ends it */
	RP_RECORD_POINT		= 2,
	RP_RECORD_COLLECTION	= 3,
	RP_RECORD_GAP		= 4,
	RP_RECORD_TOMBSTONES	= 5,	/* ids that are never used again */
	RP_RECORD_WITNESS	= 6,	/* what this volume vouches for about another */
	RP_RECORD_MAX		= 6,
};

/*
 * A record is a chain of blocks. When another takes its place that differs in the first
 * block only, the others stay: they are of an older commit than the first one.
 */
struct rp_blob_disk {
	struct rp_block_head head;
	__le64 next;		/* 0: the last one */
	__le32 length;		/* bytes in this block */
	__le32 tail_age;	/* first one: commits from the others' to its own, else 0 */
	__u8 data[4096 - 32 - 16];
} __attribute__((packed));

#define RP_BLOB_DATA	(4096 - 32 - 16)

/* Record of an interval: this, then nr_pages entries, by page, then by plane. */
struct rp_interval_disk {
	__le64 start_seq;	/* boundary at which it begins, exclusive */
	__le64 end_seq;		/* boundary that ends it; open interval: open_seq */
	__le64 time;		/* of the closing cut */
	__le64 sectors;		/* length of the volume at its end */
	__le32 flags;		/* RP_INTERVAL_* */
	__le32 nr_pages;
} __attribute__((packed));

#define RP_INTERVAL_OPEN	0x1	/* a checkpoint of the open interval */

struct rp_interval_page_disk {
	__le64 page;		/* number of the page in its plane */
	__le64 block;		/* 0: every bit is set, no block */
	__le32 csum;		/* crc32c of the block, seed RP_SALT_PAGE */
	__u8 plane;		/* enum rp_plane */
	__u8 pad[3];
} __attribute__((packed));

/*
 * The arm map: one bit for each region, in sectors of 512 bytes of which each
 * proves itself. Bit set: a write into the region may be on its way. A sector
 * whose checksum fails was torn: all of its regions count as armed (O5). One
 * whose incarnation is below the superblock's arm_since is void.
 */
struct rp_arm_sector_disk {
	__le32 csum;		/* crc32c of bytes 4..511, seed RP_SALT_ARM */
	__le32 index;		/* number of this sector in the map */
	__le64 incarnation;
	__u8 volume[8];
	__le64 serial;		/* grows with each write, for people to read */
	__u8 bits[480];
} __attribute__((packed));

#define RP_ARM_SECTOR_REGIONS	(480U * 8)
#define RP_ARM_BLOCK_SECTORS	8U
#define RP_ARM_BLOCK_REGIONS	(RP_ARM_SECTOR_REGIONS * RP_ARM_BLOCK_SECTORS)
#define RP_REGIONS_MAX		(1U << 20)
#define RP_ARM_BLOCKS		((RP_REGIONS_MAX + RP_ARM_BLOCK_REGIONS - 1) / \
				 RP_ARM_BLOCK_REGIONS)

/*
 * Ceilings. A reader refuses what is beyond them before it allocates or loops;
 * they are part of the format.
 */
#define RP_BLOCKS_MAX		(1U << 26)	/* metadata device: 256 GiB */
#define RP_PAGES_MAX		(1U << 17)	/* pages of a plane: 2^32 granules */
#define RP_SECTORS_MAX		(1ULL << 54)	/* volume: 8 EiB */
#define RP_SEQ_MAX		(1ULL << 62)	/* commits, intervals */
#define RP_RECORD_BYTES_MAX	(1U << 20)	/* of all types but intervals */
#define RP_INTERVAL_BYTES_MAX	(sizeof(struct rp_interval_disk) + \
				 (size_t)RP_NR_PLANES * RP_PAGES_MAX * \
				 sizeof(struct rp_interval_page_disk))
#define RP_RECORDS_MAX		(RP_ROOT_ENTRIES * RP_SLOTS_PER_PAGE)

/* Seeds that keep a valid block of one kind from passing for another. */
#define RP_SALT_SUPER	0x52505342U
#define RP_SALT_ROOT	0x52504354U
#define RP_SALT_CATALOGUE 0x52504341U
#define RP_SALT_BLOB	0x5250424cU
#define RP_SALT_PAGE	0x52504250U
#define RP_SALT_ARM	0x52504152U
#define RP_SALT_PRINT	0x52505052U

/* The format, frozen: a diff here is a change of the format. */
_Static_assert(sizeof(struct rp_super_disk) == 512, "superblock");
_Static_assert(offsetof(struct rp_super_disk, volume) == 56, "superblock");
_Static_assert(offsetof(struct rp_super_disk, incarnation) == 112, "superblock");
_Static_assert(offsetof(struct rp_super_disk, root) == 144, "superblock");
_Static_assert(offsetof(struct rp_super_disk, print_seed) == 200, "superblock");
_Static_assert(offsetof(struct rp_super_disk, reserved) == 472, "superblock");
_Static_assert(sizeof(struct rp_block_head) == 32, "block head");
_Static_assert(sizeof(struct rp_root_entry_disk) == 16, "root entry");
_Static_assert(RP_ROOT_ENTRIES == 254, "root");
_Static_assert(sizeof(struct rp_slot_disk) == 40, "slot");
_Static_assert(RP_SLOTS_PER_PAGE == 101, "catalogue page");
_Static_assert(sizeof(struct rp_blob_disk) == 4096, "blob");
_Static_assert(sizeof(struct rp_interval_disk) == 40, "interval");
_Static_assert(sizeof(struct rp_interval_page_disk) == 24, "interval page");
_Static_assert(sizeof(struct rp_arm_sector_disk) == 512, "arm sector");

#endif /* RP_ONDISK_H */
