// SPDX-License-Identifier: GPL-2.0-only
/*
 * metadata.c - open, close, format, and what the superblock says
 *
 * The way from a device with anything on it to a struct rp_md that has been
 * checked to the last index. Nothing read is used before it has proved itself;
 * nothing is allocated or looped over beyond the ceilings of ondisk.h.
 */
#include "store.h"

#define DATA_START	(RP_SUPER_COPIES + RP_ARM_BLOCKS)

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

u8 rp_md_default_region_shift(u64 sectors, u8 granule_shift)
{
	u8 shift = max_t(u8, 22, granule_shift + 2);

	while (shift < 62 &&
	       ((sectors ? sectors - 1 : 0) >> (shift - RP_SECTOR_SHIFT)) >= 1U << 16)
		shift++;
	return shift;
}

/* --- sizes --- */

u32 rp_worst_blocks(const struct rp_geometry *geo)
{
	/* The index of one that shares pages may name every plane. */
	u64 bytes = sizeof(struct rp_interval_disk) + RP_NR_PLANES *
		    geo->nr_pages * sizeof(struct rp_interval_page_disk);

	return geo->nr_pages + rp_chain_blocks(bytes) + RP_CATALOGUE_SLACK;
}

u64 rp_reserve_blocks(const struct rp_geometry *geo,
		      const struct rp_interval *open)
{
	u32 worst = rp_worst_blocks(geo);
	u32 has = open ? open->nr_blocks + open->rec->nr_blocks : 0;

	/*
	 * The next checkpoint is written while this one is still referred to, and
	 * the one after it while the next one is. A checkpoint with all kinds may
	 * be larger than the worst collapsed one; that buys nothing.
	 */
	return 2ULL * worst - min(has, worst);
}

/* The reserve of the open interval, one closed one, and a few records. */
u64 rp_md_min_blocks(u64 sectors, u8 granule_shift)
{
	struct rp_geometry geo;

	rp_geometry_init(&geo, sectors, granule_shift,
			 rp_md_default_region_shift(sectors, granule_shift));
	return DATA_START + 3ULL * rp_worst_blocks(&geo) + 64;
}

u64 rp_md_recommended_blocks(u64 sectors, u8 granule_shift)
{
	struct rp_geometry geo;

	rp_geometry_init(&geo, sectors, granule_shift,
			 rp_md_default_region_shift(sectors, granule_shift));
	return rp_md_min_blocks(sectors, granule_shift) +
	       1000 * (min_t(u64, geo.nr_pages, 28) + 4);
}

/* --- the superblock --- */

void rp_sb_encode(const struct rp_sb *sb, struct rp_super_disk *s)
{
	s->flags = cpu_to_le32(sb->flags);
	s->compat = cpu_to_le64(sb->compat);
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

static void sb_decode(const struct rp_super_disk *s, struct rp_sb *sb)
{
	memset(sb, 0, sizeof(*sb));
	sb->flags = le32_to_cpu(s->flags);
	sb->compat = le64_to_cpu(s->compat);
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

static void info_of(const struct rp_sb *sb, bool one_copy,
		    struct rp_md_info *info)
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
static int super_choose(struct rp_super_disk *const s[RP_SUPER_COPIES],
			struct rp_why *why)
{
	u64 a = le64_to_cpu(s[0]->commit), b = le64_to_cpu(s[1]->commit);

	/*
	 * They are written in turn, so a gap between their numbers means that a
	 * write was lost after it had been reported done.
	 */
	if (memcmp(s[0]->volume, s[1]->volume, sizeof(s[0]->volume)) ||
	    (a > b ? a - b : b - a) != 1) {
		rp_why(why, "superblocks of commits %llu and %llu do not belong together",
		       (unsigned long long)a, (unsigned long long)b);
		return -EUCLEAN;
	}
	return a > b ? 0 : 1;
}

/* Return: which copy counts, or the error that says most. */
static int super_pick(struct rp_super_disk *const s[RP_SUPER_COPIES],
		      const int read_err[RP_SUPER_COPIES], bool *one_copy,
		      struct rp_why *why)
{
	struct rp_why each[RP_SUPER_COPIES] = { };
	int err[RP_SUPER_COPIES];
	unsigned int i, best;

	for (i = 0; i < RP_SUPER_COPIES; i++) {
		err[i] = read_err[i];
		if (err[i])
			rp_why(&each[i], "superblock %u: cannot be read: %d", i,
			       err[i]);
		else
			err[i] = rp_super_check(s[i], &each[i]);
		if (!err[i] && (le64_to_cpu(s[i]->commit) & 1) != i) {
			rp_why(&each[i], "superblock %u: commit %llu has the wrong place",
			       i, (unsigned long long)le64_to_cpu(s[i]->commit));
			err[i] = -EUCLEAN;
		}
	}
	*one_copy = false;
	if (!err[0] && !err[1])
		return super_choose(s, why);

	/* A newer version must be left alone, whatever the other copy says. */
	for (i = 0; i < RP_SUPER_COPIES; i++) {
		if (err[i] == -EPROTONOSUPPORT) {
			*why = each[i];
			return err[i];
		}
	}
	if (!err[0] || !err[1]) {
		best = err[0] ? 1 : 0;
		/* Format was cut short before its second copy: nothing is lost. */
		*one_copy = best || le64_to_cpu(s[0]->commit);
		return best;
	}
	best = err[0] == -ENODATA ? 1 : 0;
	*why = each[best];
	return err[best];
}

/* Read both copies. */
static int super_read(struct rp_mdio *io, struct rp_sb *sb, bool *one_copy,
		      struct rp_why *why)
{
	struct rp_super_disk *s[RP_SUPER_COPIES] = { };
	int read_err[RP_SUPER_COPIES];
	struct rp_why none;
	unsigned int i;
	int ret = -ENOMEM;

	if (!why)
		why = &none;
	if (io->nr_blocks < DATA_START) {
		rp_why(why, "a device of %llu blocks is too small",
		       (unsigned long long)io->nr_blocks);
		return -ENODATA;
	}
	for (i = 0; i < RP_SUPER_COPIES; i++) {
		s[i] = rp_page_alloc();
		if (!s[i]) {
			rp_why(why, "no memory");
			goto out;
		}
	}
	for (i = 0; i < RP_SUPER_COPIES; i++) {
		struct rp_mdio_vec vec = { .block = rp_block(i), .data = s[i] };

		read_err[i] = io->ops->readv(io, &vec, 1);
	}
	ret = super_pick(s, read_err, one_copy, why);
	if (ret < 0)
		goto out;
	sb_decode(s[ret], sb);
	ret = 0;
	if (le64_to_cpu(s[sb->commit & 1]->nr_blocks) > io->nr_blocks) {
		rp_why(why, "the device has %llu blocks, its metadata say %u",
		       (unsigned long long)io->nr_blocks, sb->nr_blocks);
		ret = -EFBIG;
	}
out:
	for (i = 0; i < RP_SUPER_COPIES; i++)
		rp_page_free(s[i]);
	return ret;
}

int rp_md_probe(struct rp_mdio *io, struct rp_md_info *info, struct rp_why *why)
{
	struct rp_sb sb;
	bool one_copy;
	int err;

	err = super_read(io, &sb, &one_copy, why);
	if (!err)
		info_of(&sb, one_copy, info);
	return err;
}

/* --- format --- */

static int format_check(struct rp_mdio *io, const struct rp_md_params *p,
			u8 region_shift, struct rp_why *why)
{
	if (!rp_geometry_valid(p->sectors, p->granule_shift, region_shift)) {
		rp_why(why, "%llu sectors cannot be tracked by granules of 2^%u and regions of 2^%u bytes",
		       (unsigned long long)p->sectors, p->granule_shift,
		       region_shift);
		return -EINVAL;
	}
	if (io->nr_blocks < rp_md_min_blocks(p->sectors, p->granule_shift)) {
		rp_why(why, "%llu blocks of 4 KiB are needed, the device has %llu",
		       (unsigned long long)rp_md_min_blocks(p->sectors,
							    p->granule_shift),
		       (unsigned long long)io->nr_blocks);
		return -ENOSPC;
	}
	return 0;
}

/* Sectors of an arm map that say nothing, all of incarnation 0. */
static int format_arms(struct rp_mdio *io, const u8 volume[16], void *buf)
{
	struct rp_arm_sector_disk *s = buf;
	u32 block, i;
	int err = 0;

	for (block = 0; block < RP_ARM_BLOCKS && !err; block++) {
		struct rp_mdio_vec vec = {
			.block = rp_block(RP_SUPER_COPIES + block),
			.data = buf,
		};

		for (i = 0; i < RP_ARM_BLOCK_SECTORS; i++)
			rp_arm_sector_encode(&s[i], block * RP_ARM_BLOCK_SECTORS + i,
					     0, 0, volume, NULL);
		err = io->ops->writev(io, &vec, 1);
	}
	return err;
}

static int format_write(struct rp_mdio *io, struct rp_sb *sb, void *buf)
{
	unsigned int i;
	int err;

	/* From the first write on it is no refpoint device any more. */
	for (i = 0; i < RP_SUPER_COPIES; i++) {
		err = io->ops->write_fua(io, rp_block(i), buf);
		if (err)
			return err;
	}
	err = format_arms(io, sb->volume, buf);
	if (!err)
		err = io->ops->flush(io);
	/* Two good copies from the start, so that either may be damaged. */
	for (i = 0; i < RP_SUPER_COPIES && !err; i++) {
		memset(buf, 0, RP_BLOCK_SIZE);
		sb->commit = i;
		rp_sb_encode(sb, buf);
		err = io->ops->write_fua(io, rp_block(i), buf);
	}
	return err;
}

int rp_md_format(struct rp_mdio *io, const struct rp_md_params *p,
		 struct rp_why *why)
{
	u8 region_shift = p->region_shift;
	struct rp_sb sb = { };
	void *buf;
	int err;

	if (!region_shift && p->granule_shift <= RP_GRANULE_SHIFT_MAX)
		region_shift = rp_md_default_region_shift(p->sectors,
							  p->granule_shift);
	err = format_check(io, p, region_shift, why);
	if (err)
		return err;
	memcpy(sb.volume, p->volume, sizeof(sb.volume));
	memcpy(sb.generation, p->generation, sizeof(sb.generation));
	sb.generation_time = p->time;
	sb.time = p->time;
	sb.nr_blocks = min_t(u64, io->nr_blocks, RP_BLOCKS_MAX);
	rp_geometry_init(&sb.geo, p->sectors, p->granule_shift, region_shift);
	/* Nothing was ever armed; activation counts from 1. */
	sb.flags = RP_SUPER_CLEAN;
	sb.arm_since = 1;
	sb.open_seq = 1;
	sb.first_seq = 1;

	buf = rp_page_alloc();
	if (!buf)
		return -ENOMEM;
	err = format_write(io, &sb, buf);
	rp_page_free(buf);
	if (err)
		rp_why(why, "the device cannot be written: %d", err);
	return err;
}

/* --- open --- */

static int claim_fixed(struct rp_md *md)
{
	u32 i;
	int err = 0;

	for (i = 0; i < DATA_START && !err; i++)
		err = rp_space_claim(&md->space, i);
	return err;
}

/* Heapsort: no recursion and no bad case, since the order comes from the disk. */
static void sift(struct rp_interval **line, u32 root, u32 nr)
{
	u32 child;

	while ((child = 2 * root + 1) < nr) {
		if (child + 1 < nr && line[child + 1]->end > line[child]->end)
			child++;
		if (line[root]->end >= line[child]->end)
			return;
		swap(line[root], line[child]);
		root = child;
	}
}

static void line_sort(struct rp_interval **line, u32 nr)
{
	u32 i;

	for (i = nr / 2; i--; )
		sift(line, i, nr);
	for (i = nr; i-- > 1; ) {
		swap(line[0], line[i]);
		sift(line, 0, i);
	}
}

/* Intervals must follow each other without a gap, the open one last. */
static int line_init(struct rp_state *s, struct rp_why *why)
{
	u64 end = s->sb.first_seq - 1;
	u8 id[16];
	u32 i;

	s->line = rp_calloc(s->nr_records[RP_RECORD_INTERVAL] + 1,
			    sizeof(*s->line));
	if (!s->line)
		return -ENOMEM;
	for (i = 0; i < s->nr_slots; i++) {
		struct rp_record *rec = s->slot[i];

		if (!rec || !rec->iv)
			continue;
		rp_interval_id(rec->iv->end, id);
		if (memcmp(id, rec->id, sizeof(id)))
			goto bad;
		if (!(rec->iv->flags & RP_INTERVAL_OPEN))
			s->line[s->nr_line++] = rec->iv;
		else if (!s->open)
			s->open = rec->iv;
		else
			goto bad;
	}
	line_sort(s->line, s->nr_line);
	for (i = 0; i < s->nr_line; i++) {
		if (s->line[i]->start != end)
			goto bad;
		end = s->line[i]->end;
	}
	/* What is open may span merged boundaries, but ends where it must. */
	if (end >= s->sb.open_seq ||
	    (s->open && (s->open->start != end || s->open->end != s->sb.open_seq)))
		goto bad;
	return 0;
bad:
	rp_why(why, "intervals do not follow each other after boundary %llu",
	       (unsigned long long)end);
	return -EUCLEAN;
}

static void state_free(struct rp_md *md, struct rp_state *s)
{
	u32 i;

	for (i = 0; s->slot && i < s->nr_slots; i++)
		rp_record_free(md, s->slot[i]);
	rp_free(s->slot);
	rp_free(s->line);
	rp_free(s);
}

void rp_md_close(struct rp_md *md)
{
	if (!md)
		return;
	rp_txn_end(md);
	rp_graveyard_reap(md);
	if (md->state)
		state_free(md, md->state);
	rp_space_exit(&md->space);
	rp_free(md);
}

static int open_state(struct rp_md *md, struct rp_why *why)
{
	struct rp_batch *b = rp_zalloc(sizeof(*b));
	int err = -ENOMEM;

	if (!b || rp_batch_init(b, md, RP_READ_BATCH))
		goto out;
	err = rp_catalogue_read(md, b, md->state, why);
	if (!err)
		err = line_init(md->state, why);
	rp_batch_exit(b);
out:
	rp_free(b);
	return err;
}

int rp_md_open(struct rp_mdio *io, struct rp_md **mdp, struct rp_why *why)
{
	struct rp_md *md = rp_zalloc(sizeof(*md));
	struct rp_state *s = rp_zalloc(sizeof(*s));
	int err = -ENOMEM;

	if (!md || !s)
		goto fail;
	md->io = io;
	md->state = s;
	s->refs = 1;
	rp_lock_init(&md->lock);
	INIT_LIST_HEAD(&md->lru);
	err = super_read(io, &s->sb, &md->one_copy, why);
	if (err)
		goto fail_md;
	memcpy(md->volume, s->sb.volume, sizeof(md->volume));
	md->geo = s->sb.geo;
	md->read_only = s->sb.ro_compat;
	err = rp_space_init(&md->space, s->sb.nr_blocks);
	if (!err)
		err = claim_fixed(md);
	if (!err)
		err = open_state(md, why);
	if (err)
		goto fail_md;
	*mdp = md;
	return 0;

fail_md:
	if (err == -ENOMEM)
		rp_why(why, "no memory");
	rp_md_close(md);
	return err;
fail:
	rp_why(why, "no memory");
	rp_free(md);
	rp_free(s);
	return err;
}

/* --- states --- */

struct rp_state *rp_state_get(struct rp_md *md)
{
	struct rp_state *s;

	rp_lock(&md->lock);
	s = md->state;
	s->refs++;
	rp_unlock(&md->lock);
	return s;
}

void rp_state_put(struct rp_md *md, struct rp_state *s)
{
	struct rp_state *gone = NULL, **tail = &gone;

	/* Each that goes lets go of the next newer one. */
	rp_lock(&md->lock);
	while (s && !--s->refs) {
		*tail = s;
		tail = &s->next;
		s = s->next;
	}
	*tail = NULL;
	rp_unlock(&md->lock);

	while (gone) {
		s = gone;
		gone = s->next;
		while (s->dead) {
			struct rp_record *rec = s->dead;

			s->dead = rec->dead_next;
			rp_record_free(md, rec);
		}
		rp_free(s->slot);
		rp_free(s->line);
		/* Its blocks are for the next transaction: the map has no lock. */
		rp_lock(&md->lock);
		s->next = md->graveyard;
		md->graveyard = s;
		rp_unlock(&md->lock);
	}
}

void rp_graveyard_reap(struct rp_md *md)
{
	struct rp_state *s;
	u32 i;

	for (;;) {
		rp_lock(&md->lock);
		s = md->graveyard;
		if (s)
			md->graveyard = s->next;
		rp_unlock(&md->lock);
		if (!s)
			return;
		for (i = 0; i < s->nr_garbage; i++)
			rp_space_free(&md->space, s->garbage[i]);
		rp_free(s->garbage);
		rp_free(s);
	}
}

/* --- questions --- */

void rp_md_get_info(struct rp_md *md, struct rp_md_info *info)
{
	struct rp_state *s = rp_state_get(md);

	info_of(&s->sb, md->one_copy, info);
	if (s->nr_line)
		info->newest = rp_seq(s->line[s->nr_line - 1]->end);
	rp_state_put(md, s);
}

bool rp_md_failed(struct rp_md *md)
{
	return READ_ONCE(md->failed);
}

void rp_md_get_usage(struct rp_md *md, struct rp_md_usage *usage)
{
	struct rp_state *s = rp_state_get(md);

	usage->total = md->space.nr;
	usage->used = READ_ONCE(md->space.nr_used);
	usage->reserve = rp_reserve_blocks(&s->sb.geo, s->open);
	rp_state_put(md, s);
}

int rp_md_load_open(struct rp_md *md, struct rp_tracker *t, bool to_written)
{
	struct rp_state *s = rp_state_get(md);
	int err = 0;

	if (s->open)
		err = rp_interval_load(md, s->open, t, to_written, false);
	rp_state_put(md, s);
	return err;
}

int rp_md_for_each_record(struct rp_md *md, enum rp_record_type type,
			  int (*fn)(const u8 id[16], const void *data, size_t len,
				    void *arg), void *arg)
{
	struct rp_state *s = rp_state_get(md);
	u32 i;
	int ret = 0;

	for (i = 0; i < s->nr_slots && !ret; i++) {
		struct rp_record *rec = s->slot[i];

		if (!rec || rec->type != type)
			continue;
		if (rec->iv)
			ret = fn(rec->id, &rec->iv->disk, sizeof(rec->iv->disk),
				 arg);
		else
			ret = fn(rec->id, rec->data, rec->length, arg);
	}
	rp_state_put(md, s);
	return ret;
}

int rp_md_get_record(struct rp_md *md, enum rp_record_type type,
		     const u8 id[16], void **data, size_t *len)
{
	struct rp_state *s = rp_state_get(md);
	struct rp_record *rec = rp_record_find(s, type, id);
	int err = -ENOENT;

	if (rec) {
		const void *from = rec->iv ? (void *)&rec->iv->disk : rec->data;
		size_t n = rec->iv ? sizeof(rec->iv->disk) : rec->length;

		err = -ENOMEM;
		*data = rp_zalloc(n ? n : 1);
		if (*data) {
			memcpy(*data, from, n);
			*len = n;
			err = 0;
		}
	}
	rp_state_put(md, s);
	return err;
}

unsigned int rp_md_nr_records(struct rp_md *md, enum rp_record_type type)
{
	struct rp_state *s = rp_state_get(md);
	unsigned int nr = type <= RP_RECORD_MAX ? s->nr_records[type] : 0;

	rp_state_put(md, s);
	return nr;
}
