// SPDX-License-Identifier: GPL-2.0-only
/*
 * super.c - the superblock: in words, and which of its two copies counts
 */
#include "store.h"

bool rp_geometry_valid(u64 sectors, u8 granule_shift, u8 region_shift)
{
	u64 granules, regions;

	if (!sectors || sectors > RP_SECTORS_MAX ||
	    granule_shift < RP_GRANULE_SHIFT_MIN ||
	    granule_shift > RP_GRANULE_SHIFT_MAX ||
	    region_shift <= granule_shift || region_shift > 62)
		return false;
	granules = ((sectors - 1) >> (granule_shift - RP_SECTOR_SHIFT)) + 1;
	regions = ((sectors - 1) >> (region_shift - RP_SECTOR_SHIFT)) + 1;
	return granules <= (u64)RP_PAGES_MAX << RP_PAGE_BITS_SHIFT &&
	       regions <= RP_REGIONS_MAX;
}

static void print_encode(const struct rp_print *print, struct rp_super_disk *s)
{
	unsigned int i;

	BUILD_BUG_ON(ARRAY_SIZE(print->sum) != ARRAY_SIZE(s->print_sum));
	if (!print->seed)
		return;
	s->compat |= cpu_to_le64(RP_COMPAT_PRINT);
	s->print_seed = cpu_to_le64(print->seed);
	s->print_seq = cpu_to_le64(print->seq);
	for (i = 0; i < ARRAY_SIZE(print->sum); i++)
		s->print_sum[i] = cpu_to_le32(print->sum[i]);
}

static void print_decode(const struct rp_super_disk *s, struct rp_print *print)
{
	unsigned int i;

	if (!(le64_to_cpu(s->compat) & RP_COMPAT_PRINT))
		return;
	print->seed = le64_to_cpu(s->print_seed);
	print->seq = le64_to_cpu(s->print_seq);
	for (i = 0; i < ARRAY_SIZE(print->sum); i++)
		print->sum[i] = le32_to_cpu(s->print_sum[i]);
}

void rp_sb_encode(const struct rp_sb *sb, struct rp_super_disk *s)
{
	s->flags = cpu_to_le32(sb->flags);
	s->compat = cpu_to_le64(sb->compat);
	print_encode(&sb->print, s);
	s->ro_compat = cpu_to_le64(sb->ro_compat);
	s->commit = cpu_to_le64(sb->commit);
	memcpy(s->volume, sb->volume, sizeof(s->volume));
	memcpy(s->generation, sb->generation, sizeof(s->generation));
	s->nr_blocks = cpu_to_le64(sb->nr_blocks);
	s->sectors = cpu_to_le64(sb->geo.sectors);
	s->granule_shift = sb->geo.granule_shift;
	s->region_shift = sb->geo.region_shift;
	s->incarnation = cpu_to_le64(sb->incarnation);
	s->arm_since = cpu_to_le64(sb->arm_since);
	s->arm_start = cpu_to_le64(RP_SUPER_COPIES);
	s->arm_blocks = cpu_to_le64(RP_ARM_BLOCKS);
	s->root = cpu_to_le64(sb->root);
	s->root_commit = cpu_to_le64(sb->root_commit);
	s->open_seq = cpu_to_le64(sb->open_seq);
	s->time = cpu_to_le64(sb->time);
	s->job_mark = cpu_to_le64(sb->job_mark);
	s->generation_time = cpu_to_le64(sb->generation_time);
	s->first_seq = cpu_to_le64(sb->first_seq);
	rp_super_encode(s);
}

void rp_sb_decode(const struct rp_super_disk *s, struct rp_sb *sb)
{
	memset(sb, 0, sizeof(*sb));
	sb->flags = le32_to_cpu(s->flags);
	sb->compat = le64_to_cpu(s->compat) & ~(u64)RP_COMPAT_PRINT;
	print_decode(s, &sb->print);
	sb->ro_compat = le64_to_cpu(s->ro_compat);
	sb->commit = le64_to_cpu(s->commit);
	memcpy(sb->volume, s->volume, sizeof(sb->volume));
	memcpy(sb->generation, s->generation, sizeof(sb->generation));
	sb->nr_blocks = le64_to_cpu(s->nr_blocks);
	rp_geometry_init(&sb->geo, le64_to_cpu(s->sectors), s->granule_shift,
			 s->region_shift);
	sb->incarnation = le64_to_cpu(s->incarnation);
	sb->arm_since = le64_to_cpu(s->arm_since);
	sb->root = le64_to_cpu(s->root);
	sb->root_commit = le64_to_cpu(s->root_commit);
	sb->open_seq = le64_to_cpu(s->open_seq);
	sb->time = le64_to_cpu(s->time);
	sb->job_mark = le64_to_cpu(s->job_mark);
	sb->generation_time = le64_to_cpu(s->generation_time);
	sb->first_seq = le64_to_cpu(s->first_seq);
}

void rp_sb_info(const struct rp_sb *sb, bool one_copy, struct rp_md_info *info)
{
	memset(info, 0, sizeof(*info));
	memcpy(info->volume, sb->volume, sizeof(info->volume));
	memcpy(info->generation, sb->generation, sizeof(info->generation));
	info->generation_time = sb->generation_time;
	info->geo = sb->geo;
	info->nr_blocks = sb->nr_blocks;
	info->commit = sb->commit;
	info->incarnation = sb->incarnation;
	info->arm_since = sb->arm_since;
	info->arm_start = rp_block(RP_SUPER_COPIES);
	info->open_seq = rp_seq(sb->open_seq);
	info->first_seq = rp_seq(sb->first_seq);
	info->newest = rp_seq(sb->first_seq - 1);
	info->job_mark = sb->job_mark;
	info->clean = sb->flags & RP_SUPER_CLEAN;
	info->failed = sb->flags & RP_SUPER_FAILED;
	info->one_copy = one_copy;
}

/* Of two copies that are good in themselves, which one counts? */
static int super_choose(const struct rp_super_copy c[RP_SUPER_COPIES],
			struct rp_why *why)
{
	u64 a = le64_to_cpu(c[0].disk->commit), b = le64_to_cpu(c[1].disk->commit);

	/*
	 * They are written in turn, so a gap between their numbers means that a
	 * write was lost after it had been reported done.
	 */
	if (memcmp(c[0].disk->volume, c[1].disk->volume,
		   sizeof(c[0].disk->volume)) ||
	    (a > b ? a - b : b - a) != 1) {
		rp_why(why, "superblocks of commits %llu and %llu do not belong together",
		       (unsigned long long)a, (unsigned long long)b);
		return -EUCLEAN;
	}
	return a > b ? 0 : 1;
}

int rp_sb_pick(const struct rp_super_copy c[RP_SUPER_COPIES], bool *one_copy,
	       struct rp_why *why)
{
	unsigned int i, best;

	*one_copy = false;
	if (!c[0].err && !c[1].err)
		return super_choose(c, why);

	/* A newer version must be left alone, whatever the other copy says. */
	for (i = 0; i < RP_SUPER_COPIES; i++) {
		if (c[i].err == -EPROTONOSUPPORT) {
			*why = c[i].why;
			return c[i].err;
		}
	}
	if (!c[0].err || !c[1].err) {
		best = c[0].err ? 1 : 0;
		/* Format was cut short before its second copy: nothing is lost. */
		*one_copy = best || le64_to_cpu(c[0].disk->commit);
		return best;
	}
	best = c[0].err == -ENODATA ? 1 : 0;
	*why = c[best].why;
	return c[best].err;
}

static void copy_read(struct rp_mdio *io, unsigned int i,
		      struct rp_super_copy *c)
{
	struct rp_mdio_vec vec = { .block = rp_block(i), .data = c->disk };

	c->err = io->ops->readv(io, &vec, 1);
	if (c->err) {
		rp_why(&c->why, "superblock %u: cannot be read: %d", i, c->err);
		return;
	}
	c->err = rp_super_check(c->disk, &c->why);
	if (!c->err && (le64_to_cpu(c->disk->commit) & 1) != i) {
		rp_why(&c->why, "superblock %u: commit %llu has the wrong place",
		       i, (unsigned long long)le64_to_cpu(c->disk->commit));
		c->err = -EUCLEAN;
	}
}

int rp_sb_copies_read(struct rp_mdio *io, struct rp_super_copy c[RP_SUPER_COPIES],
		      struct rp_why *why)
{
	unsigned int i;

	memset(c, 0, RP_SUPER_COPIES * sizeof(*c));
	if (io->nr_blocks < RP_DATA_START) {
		rp_why(why, "a device of %llu blocks is too small",
		       (unsigned long long)io->nr_blocks);
		return -ENODATA;
	}
	for (i = 0; i < RP_SUPER_COPIES; i++) {
		c[i].disk = rp_page_alloc();
		if (!c[i].disk) {
			rp_why(why, "no memory");
			return -ENOMEM;
		}
		copy_read(io, i, &c[i]);
	}
	return 0;
}

void rp_sb_copies_free(struct rp_super_copy c[RP_SUPER_COPIES])
{
	unsigned int i;

	for (i = 0; i < RP_SUPER_COPIES; i++)
		rp_page_free(c[i].disk);
}

int rp_sb_read(struct rp_mdio *io, struct rp_sb *sb, bool *one_copy,
	       struct rp_why *why)
{
	struct rp_super_copy c[RP_SUPER_COPIES];
	struct rp_why none;
	int ret;

	if (!why)
		why = &none;
	ret = rp_sb_copies_read(io, c, why);
	if (!ret)
		ret = rp_sb_pick(c, one_copy, why);
	if (ret >= 0) {
		rp_sb_decode(c[ret].disk, sb);
		ret = 0;
		if (le64_to_cpu(c[sb->commit & 1].disk->nr_blocks) > io->nr_blocks) {
			rp_why(why, "the device has %llu blocks, its metadata say %u",
			       (unsigned long long)io->nr_blocks, sb->nr_blocks);
			ret = -EFBIG;
		}
	}
	rp_sb_copies_free(c);
	return ret;
}

int rp_md_probe(struct rp_mdio *io, struct rp_md_info *info, struct rp_why *why)
{
	struct rp_sb sb;
	bool one_copy;
	int err;

	err = rp_sb_read(io, &sb, &one_copy, why);
	if (!err)
		rp_sb_info(&sb, one_copy, info);
	return err;
}
