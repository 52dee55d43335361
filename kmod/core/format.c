// SPDX-License-Identifier: GPL-2.0-only
/*
 * format.c - encode, decode and check single blocks
 *
 * Every block proves itself: checksum with a salt of its type, its own number,
 * the commit that wrote it, the volume. The meaning of what is inside is checked
 * by who reads it.
 */
#include "format.h"
#include "store.h"

void rp_why(struct rp_why *why, const char *fmt, ...)
{
	va_list ap;

	if (!why)
		return;
	va_start(ap, fmt);
	vscnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
}

/* Checksum of what follows the checksum, which comes first in every structure. */
static __le32 csum_of(const void *data, unsigned int size, u32 salt)
{
	return cpu_to_le32(crc32c(salt, (const u8 *)data + sizeof(__le32),
				  size - sizeof(__le32)));
}

void rp_arm_sector_encode(struct rp_arm_sector_disk *s, u32 index,
			  u64 incarnation, u64 serial, const u8 volume[16],
			  const void *bits)
{
	memset(s, 0, sizeof(*s));
	s->index = cpu_to_le32(index);
	s->incarnation = cpu_to_le64(incarnation);
	s->serial = cpu_to_le64(serial);
	memcpy(s->volume, volume, sizeof(s->volume));
	if (bits)
		memcpy(s->bits, bits, sizeof(s->bits));
	s->csum = csum_of(s, sizeof(*s), RP_SALT_ARM);
}

const u8 *rp_arm_sector_decode(const struct rp_arm_sector_disk *s, u32 index,
			       u64 arm_since, const u8 volume[16])
{
	/* O5: whatever does not prove itself counts as armed. */
	if (s->csum != csum_of(s, sizeof(*s), RP_SALT_ARM) ||
	    le32_to_cpu(s->index) != index ||
	    memcmp(s->volume, volume, sizeof(s->volume)))
		return RP_ARM_TORN;
	if (le64_to_cpu(s->incarnation) < arm_since)
		return NULL;
	return s->bits;
}

void rp_super_encode(struct rp_super_disk *s)
{
	memcpy(s->magic, RP_MAGIC, sizeof(s->magic));
	s->version_major = cpu_to_le16(RP_VERSION_MAJOR);
	s->version_minor = cpu_to_le16(RP_VERSION_MINOR);
	s->block_size = cpu_to_le32(RP_BLOCK_SIZE);
	s->csum = csum_of(s, sizeof(*s), RP_SALT_SUPER);
}

/* What the geometry and the positions in @s say must be possible. */
static int super_check_values(const struct rp_super_disk *s, struct rp_why *why)
{
	u64 nr_blocks = le64_to_cpu(s->nr_blocks);
	u64 root = le64_to_cpu(s->root);
	u64 commit = le64_to_cpu(s->commit);
	u64 arm_start = le64_to_cpu(s->arm_start);

	if (le32_to_cpu(s->block_size) != RP_BLOCK_SIZE) {
		rp_why(why, "block size %u is not %u",
		       le32_to_cpu(s->block_size), RP_BLOCK_SIZE);
		return -EINVAL;
	}
	if (!rp_geometry_valid(le64_to_cpu(s->sectors), s->granule_shift,
			       s->region_shift)) {
		rp_why(why, "impossible geometry: %llu sectors, granule 2^%u, region 2^%u",
		       (unsigned long long)le64_to_cpu(s->sectors),
		       s->granule_shift, s->region_shift);
		return -EINVAL;
	}
	if (nr_blocks > RP_BLOCKS_MAX || arm_start != RP_SUPER_COPIES ||
	    le64_to_cpu(s->arm_blocks) != RP_ARM_BLOCKS ||
	    nr_blocks < arm_start + RP_ARM_BLOCKS) {
		rp_why(why, "impossible layout: %llu blocks, arm map at %llu",
		       (unsigned long long)nr_blocks,
		       (unsigned long long)arm_start);
		return -EINVAL;
	}
	if ((root && root < arm_start + RP_ARM_BLOCKS) || root >= nr_blocks ||
	    le64_to_cpu(s->root_commit) > commit) {
		rp_why(why, "impossible root: block %llu of commit %llu",
		       (unsigned long long)root,
		       (unsigned long long)le64_to_cpu(s->root_commit));
		return -EINVAL;
	}
	if (!le64_to_cpu(s->first_seq) ||
	    le64_to_cpu(s->first_seq) > le64_to_cpu(s->open_seq) ||
	    le64_to_cpu(s->open_seq) > RP_SEQ_MAX || commit > RP_SEQ_MAX) {
		rp_why(why, "impossible numbers: intervals %llu..%llu",
		       (unsigned long long)le64_to_cpu(s->first_seq),
		       (unsigned long long)le64_to_cpu(s->open_seq));
		return -EINVAL;
	}
	return 0;
}

int rp_super_check(const struct rp_super_disk *s, struct rp_why *why)
{
	if (memcmp(s->magic, RP_MAGIC, sizeof(s->magic))) {
		rp_why(why, "no refpoint metadata here");
		return -ENODATA;
	}
	if (s->csum != csum_of(s, sizeof(*s), RP_SALT_SUPER)) {
		rp_why(why, "superblock: checksum %08x is not %08x",
		       le32_to_cpu(s->csum),
		       le32_to_cpu(csum_of(s, sizeof(*s), RP_SALT_SUPER)));
		return -EUCLEAN;
	}
	if (le16_to_cpu(s->version_major) != RP_VERSION_MAJOR || s->incompat) {
		rp_why(why, "made by a newer version: %u.%u, incompatible features %llx",
		       le16_to_cpu(s->version_major),
		       le16_to_cpu(s->version_minor),
		       (unsigned long long)le64_to_cpu(s->incompat));
		return -EPROTONOSUPPORT;
	}
	return super_check_values(s, why);
}

static u32 block_salt(enum rp_block_type type)
{
	switch (type) {
	case RP_BLOCK_ROOT:
		return RP_SALT_ROOT;
	case RP_BLOCK_CATALOGUE:
		return RP_SALT_CATALOGUE;
	case RP_BLOCK_BLOB:
		return RP_SALT_BLOB;
	}
	return 0;
}

void rp_block_seal(void *block, enum rp_block_type type, rp_block_t nr,
		   u64 commit, const u8 volume[16])
{
	struct rp_block_head *h = block;

	h->type = cpu_to_le32(type);
	h->block = cpu_to_le64(rp_block_nr(nr));
	h->commit = cpu_to_le64(commit);
	memcpy(h->volume, volume, sizeof(h->volume));
	h->csum = csum_of(block, RP_BLOCK_SIZE, block_salt(type));
}

int rp_block_check(const void *block, enum rp_block_type type, rp_block_t nr,
		   u64 commit, const u8 volume[16], struct rp_why *why)
{
	const struct rp_block_head *h = block;
	unsigned long long where = rp_block_nr(nr);

	if (h->csum != csum_of(block, RP_BLOCK_SIZE, block_salt(type)) ||
	    le32_to_cpu(h->type) != type) {
		rp_why(why, "block %llu: damaged, type %u, wanted %u", where,
		       le32_to_cpu(h->type), type);
		return -EUCLEAN;
	}
	if (le64_to_cpu(h->block) != rp_block_nr(nr) ||
	    memcmp(h->volume, volume, sizeof(h->volume))) {
		rp_why(why, "block %llu: belongs to block %llu or another volume",
		       where, (unsigned long long)le64_to_cpu(h->block));
		return -EUCLEAN;
	}
	if (le64_to_cpu(h->commit) != commit) {
		rp_why(why, "block %llu: of commit %llu, wanted %llu", where,
		       (unsigned long long)le64_to_cpu(h->commit),
		       (unsigned long long)commit);
		return -EUCLEAN;
	}
	return 0;
}

u32 rp_page_csum(const void *page)
{
	return crc32c(RP_SALT_PAGE, page, RP_BLOCK_SIZE);
}
