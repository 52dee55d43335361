// SPDX-License-Identifier: GPL-2.0-only
/*
 * metadata.c - sizes, format, open, close, questions
 *
 * The way from a device with anything on it to a struct rp_md that has been
 * checked to the last index. Nothing read is used before it has proved itself;
 * nothing is allocated or looped over beyond the ceilings of ondisk.h.
 */
#include "store.h"

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
	return RP_DATA_START + 3ULL * rp_worst_blocks(&geo) + 64;
}

u64 rp_md_recommended_blocks(u64 sectors, u8 granule_shift)
{
	struct rp_geometry geo;

	rp_geometry_init(&geo, sectors, granule_shift,
			 rp_md_default_region_shift(sectors, granule_shift));
	return rp_md_min_blocks(sectors, granule_shift) +
	       1000 * (min_t(u64, geo.nr_pages, 28) + 4);
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

	for (i = 0; i < RP_DATA_START && !err; i++)
		err = rp_space_claim(&md->space, i);
	return err;
}

void rp_md_close(struct rp_md *md)
{
	if (!md)
		return;
	rp_txn_end(md);
	rp_graveyard_reap(md);
	if (md->state)
		rp_state_free(md, md->state);
	rp_ids_free(md->ids);
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
		err = rp_state_index(md, md->state, why);
	if (!err)
		err = rp_state_line(md->state, why);
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
	err = rp_sb_read(io, &s->sb, &md->one_copy, why);
	if (err)
		goto fail_md;
	memcpy(md->volume, s->sb.volume, sizeof(md->volume));
	md->geo = s->sb.geo;
	md->read_only = s->sb.ro_compat;
	/* The device may have grown; the next commit says so. */
	err = rp_space_init(&md->space, min_t(u64, io->nr_blocks, RP_BLOCKS_MAX));
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

/* --- questions --- */

void rp_md_get_info(struct rp_md *md, struct rp_md_info *info)
{
	struct rp_state *s = rp_state_get(md);

	rp_sb_info(&s->sb, md->one_copy, info);
	if (s->nr_line)
		info->newest = rp_seq(s->line[s->nr_line - 1]->end);
	rp_state_put(md, s);
}

void rp_md_get_print(struct rp_md *md, struct rp_print *print)
{
	struct rp_state *s = rp_state_get(md);

	*print = s->sb.print;
	rp_state_put(md, s);
}

bool rp_md_failed(struct rp_md *md)
{
	return READ_ONCE(md->failed);
}

bool rp_md_super_tried(struct rp_md *md)
{
	return md->super_tried;
}

void rp_md_get_usage(struct rp_md *md, struct rp_md_usage *usage)
{
	struct rp_state *s = rp_state_get(md);

	usage->total = md->space.nr;
	usage->used = READ_ONCE(md->space.nr_used);
	usage->reserve = rp_reserve_blocks(&s->sb.geo, s->open);
	rp_state_put(md, s);
}

u64 rp_md_blocks_short(struct rp_md *md, u64 sectors)
{
	struct rp_state *s = rp_state_get(md);
	struct rp_geometry geo;
	u64 free, want;

	rp_geometry_init(&geo, sectors, s->sb.geo.granule_shift,
			 s->sb.geo.region_shift);
	free = md->space.nr - READ_ONCE(md->space.nr_used);
	want = rp_reserve_blocks(&geo, s->open);
	rp_state_put(md, s);
	return want > free ? want - free : 0;
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
	u32 page, i;
	int ret = 0;

	for (page = 0; page < s->nr_pages; page++) {
		const struct rp_slots *slots = s->page[page];
		u32 left = slots ? slots->nr[type] : 0;

		for (i = 0; left && !ret; i++) {
			struct rp_record *rec = slots->rec[i];

			if (!rec || rec->type != type)
				continue;
			left--;
			if (rec->iv)
				ret = fn(rec->id, &rec->iv->disk,
					 sizeof(rec->iv->disk), arg);
			else
				ret = fn(rec->id, rec->payload->data, rec->length, arg);
		}
		if (ret)
			break;
	}
	rp_state_put(md, s);
	return ret;
}

int rp_md_get_record(struct rp_md *md, enum rp_record_type type,
		     const u8 id[16], void **data, size_t *len)
{
	struct rp_state *s = rp_state_get(md);
	struct rp_record *rec;
	int err = -ENOENT;

	/* Of a newer state perhaps, which ours keeps from going. */
	rp_lock(&md->lock);
	rec = rp_ids_find(md->ids, type, id);
	rp_unlock(&md->lock);
	if (rec) {
		const void *from = rec->iv ? (void *)&rec->iv->disk : rec->payload->data;
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
