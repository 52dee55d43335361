/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * format.h - encode, decode and check single blocks; the only code that does
 */
#ifndef RP_FORMAT_H
#define RP_FORMAT_H

#include "metadata.h"

/* Fill @s (512 bytes) for sector @index of the arm map; @bits: 480 bytes or NULL. */
void rp_arm_sector_encode(struct rp_arm_sector_disk *s, u32 index,
			  u64 incarnation, u64 serial, const u8 volume[16],
			  const void *bits);

/*
 * What one sector of the arm map says. Return: the 480 bytes of bits, NULL if
 * none counts (void), or RP_ARM_TORN: every region of it counts as armed (O5).
 */
#define RP_ARM_TORN	((const u8 *)1UL)
const u8 *rp_arm_sector_decode(const struct rp_arm_sector_disk *s, u32 index,
			       u64 arm_since, const u8 volume[16]);

/* The superblock; errors as rp_md_probe(). */
void rp_super_encode(struct rp_super_disk *s);	/* adds magic, version, checksum */
int rp_super_check(const struct rp_super_disk *s, struct rp_why *why);

/* Head of a block: fill and sign / verify all of it. -EUCLEAN. */
void rp_block_seal(void *block, enum rp_block_type type, rp_block_t nr,
		   u64 commit, const u8 volume[16]);
int rp_block_check(const void *block, enum rp_block_type type, rp_block_t nr,
		   u64 commit, const u8 volume[16], struct rp_why *why);

#endif /* RP_FORMAT_H */
