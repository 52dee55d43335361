// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - what records say about each other; the arm map
 *
 * Records that are good in themselves: do their contents decode, do intervals
 * follow each other, do points name boundaries that are there, is anything newer
 * than the superblock knows?
 */
#include "fsck.h"

/* --- one id, one record --- */

static int slot_compare(const struct fsck *f, u32 a, u32 b)
{
	const struct rp_slot_disk *x = &f->slot[a].disk, *y = &f->slot[b].disk;
	int c = memcmp(&x->type, &y->type, 1);

	return c ? c : memcmp(x->id, y->id, sizeof(x->id));
}

static void slot_sift(const struct fsck *f, u32 *v, u32 root, u32 nr,
		      int (*compare)(const struct fsck *f, u32 a, u32 b))
{
	u32 child;

	while ((child = 2 * root + 1) < nr) {
		if (child + 1 < nr && compare(f, v[child + 1], v[child]) > 0)
			child++;
		if (compare(f, v[root], v[child]) >= 0)
			return;
		swap(v[root], v[child]);
		root = child;
	}
}

/* Heapsort: the order comes from the disk. */
static void slot_sort(const struct fsck *f, u32 *v, u32 nr,
		      int (*compare)(const struct fsck *f, u32 a, u32 b))
{
	u32 i;

	for (i = nr / 2; i--; )
		slot_sift(f, v, i, nr, compare);
	for (i = nr; i-- > 1; ) {
		swap(v[0], v[i]);
		slot_sift(f, v, 0, i, compare);
	}
}

static int check_unique(struct fsck *f)
{
	u32 *v = rp_calloc(f->nr_slots + 1, sizeof(*v));
	u32 nr = 0, i;
	int err = 0;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < f->nr_slots; i++)
		if (f->slot[i].disk.type)
			v[nr++] = i;
	slot_sort(f, v, nr, slot_compare);
	for (i = 1; i < nr && !err; i++) {
		if (slot_compare(f, v[i - 1], v[i]))
			continue;
		if (!f->slot[v[i - 1]].lost)
			err = fsck_lose_record(f, v[i - 1], "two records with one id");
		if (!err && !f->slot[v[i]].lost)
			err = fsck_lose_record(f, v[i], "two records with one id");
	}
	rp_free(v);
	return err;
}

/* --- intervals --- */

u64 fsck_slot_end(const struct rp_slot_disk *d)
{
	__le64 seq;

	memcpy(&seq, d->id, sizeof(seq));
	return le64_to_cpu(seq);
}

static int end_compare(const struct fsck *f, u32 a, u32 b)
{
	u64 x = fsck_slot_end(&f->slot[a].disk), y = fsck_slot_end(&f->slot[b].disk);

	return x < y ? -1 : x > y;
}

bool fsck_has_boundary(const struct fsck *f, u64 seq)
{
	u32 lo = 0, hi = f->nr_line;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (fsck_slot_end(&f->slot[f->line[mid]].disk) < seq)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->nr_line && fsck_slot_end(&f->slot[f->line[lo]].disk) == seq;
}

/* Its place in the line of intervals, from its id alone. */
static int place_interval(struct fsck *f, u32 slot)
{
	const struct rp_sb *sb = &f->md->state->sb;
	struct fsck_slot *s = &f->slot[slot];
	u64 end = fsck_slot_end(&s->disk);
	u8 id[16];

	rp_interval_id(end, id);
	if (memcmp(id, s->disk.id, sizeof(id)) || end < sb->first_seq ||
	    end > sb->open_seq) {
		f->loss |= end > sb->open_seq ? FSCK_LOST_FUTURE : FSCK_LOST_LINE;
		return s->lost ? 0 :
		       fsck_lose_record(f, slot, "its number cannot be");
	}
	if (!s->lost && (s->rec->iv->end != end ||
			 !(s->rec->iv->flags & RP_INTERVAL_OPEN) !=
			 (end != sb->open_seq))) {
		int err = fsck_lose_record(f, slot, "its number or its flags cannot be");

		if (err)
			return err;
	}
	if (end != sb->open_seq)
		f->line[f->nr_line++] = slot;
	else
		f->open = slot + 1;
	return 0;
}

/* Each begins where the one before it ends; of a lost one only the end is known. */
static int check_line(struct fsck *f)
{
	u64 end = f->md->state->sb.first_seq - 1;
	u32 i, kept = 0;

	for (i = 0; i < f->nr_line; i++) {
		struct fsck_slot *s = &f->slot[f->line[i]];

		/* Two with one id: one place. */
		if (kept && fsck_slot_end(&s->disk) == end)
			continue;
		if (!s->lost && s->rec->iv->start != end) {
			f->loss |= FSCK_LOST_LINE;
			if (fsck_add_record(f, FSCK_ERROR, &s->disk,
					    "begins at boundary %llu, the one before it ends at %llu",
					    (unsigned long long)s->rec->iv->start,
					    (unsigned long long)end))
				return -ENOMEM;
		}
		end = fsck_slot_end(&s->disk);
		f->line[kept++] = f->line[i];
	}
	f->nr_line = kept;
	if (f->open) {
		struct fsck_slot *s = &f->slot[f->open - 1];

		if (!s->lost && s->rec->iv->start != end)
			return fsck_lose_record(f, f->open - 1,
						"the checkpoint does not begin where the last interval ends");
	}
	return 0;
}

static int check_intervals(struct fsck *f)
{
	u32 i;
	int err = 0;

	f->line = rp_calloc(f->nr_slots + 1, sizeof(*f->line));
	if (!f->line)
		return -ENOMEM;
	for (i = 0; i < f->nr_slots && !err; i++)
		if (f->slot[i].disk.type == RP_RECORD_INTERVAL)
			err = place_interval(f, i);
	if (err)
		return err;
	slot_sort(f, f->line, f->nr_line, end_compare);
	return check_line(f);
}

/* --- what records say --- */

static const char *decode_error(struct fsck *f, int err)
{
	f->newer |= err == -EPROTONOSUPPORT;
	return err == -EPROTONOSUPPORT ? "made by a newer version" :
					 "its content cannot be";
}

static int check_point(struct fsck *f, u32 slot)
{
	const struct rp_sb *sb = &f->md->state->sb;
	struct fsck_slot *s = &f->slot[slot];
	struct rp_point_record p;
	char why[RP_WHY_MAX] = "";
	u64 seq;
	int err, i;

	/* The mark that a repair leaves: the id counts as taken, nothing more. */
	if (!s->rec->length)
		return fsck_add_record(f, FSCK_NOTE, &s->disk,
				       "its content was lost, and a repair noted that");
	err = rp_point_record_decode(s->rec->payload->data, s->rec->length, &p);
	if (err == -ENOMEM)
		return err;
	if (err)
		return fsck_lose_record(f, slot, decode_error(f, err));
	i = rp_point_record_member(&p, sb->volume);
	seq = i < 0 ? 0 : rp_seq_nr(p.members[i].seq);
	if (i < 0) {
		scnprintf(why, sizeof(why), "does not list this volume");
	} else if (!memcmp(p.members[i].generation, sb->generation, 16)) {
		if (seq >= sb->open_seq)
			f->loss |= FSCK_LOST_FUTURE;
		if (!fsck_has_boundary(f, seq))
			scnprintf(why, sizeof(why),
				  "names boundary %llu, which is not there",
				  (unsigned long long)seq);
	}
	rp_point_record_release(&p);
	return why[0] ? fsck_lose_record(f, slot, why) : 0;
}

static int check_gap(struct fsck *f, u32 slot)
{
	const struct rp_sb *sb = &f->md->state->sb;
	struct fsck_slot *s = &f->slot[slot];
	struct rp_gap gap;

	if (rp_gap_decode(s->disk.id, s->rec->payload->data, s->rec->length, &gap))
		return fsck_lose_record(f, slot, "its content cannot be");
	if (rp_seq_nr(gap.seq) > sb->open_seq)
		return fsck_lose_record(f, slot,
					"lies in an interval that has not begun");
	return 0;
}

static int check_collection(struct fsck *f, u32 slot)
{
	struct fsck_slot *s = &f->slot[slot];
	struct rp_collection_record c;
	int err;

	err = rp_collection_record_decode(s->rec->payload->data, s->rec->length, &c);
	if (err == -ENOMEM)
		return err;
	rp_collection_record_release(&c);
	return err ? fsck_lose_record(f, slot, decode_error(f, err)) : 0;
}

static int check_tombstones(struct fsck *f, u32 slot)
{
	struct fsck_slot *s = &f->slot[slot];
	struct rp_tombstone *t;
	unsigned int nr;
	int err;

	t = rp_calloc(RP_TOMBSTONES_MAX, sizeof(*t));
	if (!t)
		return -ENOMEM;
	err = rp_tombstones_decode(s->rec->payload->data, s->rec->length, t, &nr);
	rp_free(t);
	return err ? fsck_lose_record(f, slot, decode_error(f, err)) : 0;
}

static int check_witness(struct fsck *f, u32 slot)
{
	struct fsck_slot *s = &f->slot[slot];
	struct rp_witness w;
	int err;

	err = rp_witness_decode(s->disk.id, s->rec->payload->data, s->rec->length, &w);
	return err ? fsck_lose_record(f, slot, decode_error(f, err)) : 0;
}

static int check_record(struct fsck *f, u32 slot)
{
	switch (f->slot[slot].disk.type) {
	case RP_RECORD_POINT:
		return check_point(f, slot);
	case RP_RECORD_COLLECTION:
		return check_collection(f, slot);
	case RP_RECORD_GAP:
		return check_gap(f, slot);
	case RP_RECORD_TOMBSTONES:
		return check_tombstones(f, slot);
	case RP_RECORD_WITNESS:
		return check_witness(f, slot);
	}
	return 0;
}

/* --- the arm map --- */

static u32 count_bits(const u8 *bits, u32 first, u32 nr_regions)
{
	u32 n = 0, i;

	for (i = 0; i < RP_ARM_SECTOR_REGIONS && first + i < nr_regions; i++)
		n += bits[i / 8] >> (i % 8) & 1;
	return n;
}

static int check_sector(struct fsck *f, const struct rp_arm_sector_disk *d,
			u32 index)
{
	const struct rp_sb *sb = &f->md->state->sb;
	const u8 *bits = rp_arm_sector_decode(d, index, sb->arm_since, sb->volume);
	u32 first = index * RP_ARM_SECTOR_REGIONS;
	bool clean = sb->flags & RP_SUPER_CLEAN;
	char where[FSCK_WHERE_MAX];
	u64 incarnation;

	f->arm.sectors++;
	scnprintf(where, sizeof(where), "arm map, sector %u, block %u", index,
		  RP_SUPER_COPIES + index / RP_ARM_BLOCK_SECTORS);
	if (bits == RP_ARM_TORN) {
		f->arm.torn++;
		if (!clean)
			f->arm.armed += min(RP_ARM_SECTOR_REGIONS,
					    sb->geo.nr_regions - first);
		return fsck_add(f, clean ? FSCK_NOTE : FSCK_WARNING, where,
				"torn or damaged: %s", clean ?
				"it does not count" : "all of its regions count as armed");
	}
	incarnation = le64_to_cpu(d->incarnation);
	f->arm.newest = max(f->arm.newest, incarnation);
	/* The copy that is lost may have been the one that an activation wrote. */
	if (incarnation > sb->incarnation + f->one_copy) {
		f->loss |= FSCK_LOST_FUTURE;
		return fsck_add(f, FSCK_ERROR, where,
				"of incarnation %llu, the superblock knows of %llu",
				(unsigned long long)incarnation,
				(unsigned long long)sb->incarnation);
	}
	if (!bits)
		f->arm.void_sectors++;
	else if (!clean)
		f->arm.armed += count_bits(bits, first, sb->geo.nr_regions);
	return 0;
}

static int check_arms(struct fsck *f)
{
	u32 nr = DIV_ROUND_UP(f->md->geo.nr_regions, RP_ARM_SECTOR_REGIONS);
	void *buf = rp_page_alloc();
	u32 i, j;
	int err = 0;

	if (!buf)
		return -ENOMEM;
	for (i = 0; i < nr && !err; i += RP_ARM_BLOCK_SECTORS) {
		struct rp_mdio_vec vec = {
			.block = rp_block(RP_SUPER_COPIES +
					  i / RP_ARM_BLOCK_SECTORS),
			.data = buf,
		};

		/* What cannot be read does not prove itself. */
		if (f->io->ops->readv(f->io, &vec, 1))
			memset(buf, 0, RP_BLOCK_SIZE);
		for (j = 0; j < RP_ARM_BLOCK_SECTORS && i + j < nr && !err; j++)
			err = check_sector(f, (struct rp_arm_sector_disk *)buf + j,
					   i + j);
	}
	rp_page_free(buf);
	return err;
}

/*
 * I11: by its number it is known what was written since. A new generation drops
 * it, so it is of this one.
 */
static int check_print(struct fsck *f)
{
	const struct rp_sb *sb = &f->md->state->sb;

	if (!sb->print.seed || (sb->print.seq >= sb->first_seq &&
				sb->print.seq <= sb->open_seq))
		return 0;
	f->print_bad = true;
	return fsck_add(f, FSCK_WARNING, "superblock",
			"the fingerprint of the origin is of interval %llu, which cannot be",
			(unsigned long long)sb->print.seq);
}

static int check_super(struct fsck *f)
{
	const struct rp_sb *sb = &f->md->state->sb;

	if (check_print(f))
		return -ENOMEM;
	if (sb->ro_compat &&
	    fsck_add(f, FSCK_NOTE, "superblock",
		     "features %llx that this version does not know: it cannot be written",
		     (unsigned long long)sb->ro_compat))
		return -ENOMEM;
	if ((sb->commit > RP_SEQ_MAX - 2 || sb->open_seq >= RP_SEQ_MAX) &&
	    fsck_add(f, FSCK_ERROR, "superblock",
		     "the numbers of commits or intervals are at their end"))
		return -ENOMEM;
	if (sb->arm_since > sb->incarnation + 1) {
		/* Then sectors that count would be taken for void (I1). */
		f->loss |= FSCK_LOST_FUTURE;
		return fsck_add(f, FSCK_ERROR, "superblock",
				"sectors of the arm map count from incarnation %llu on, and it is %llu",
				(unsigned long long)sb->arm_since,
				(unsigned long long)sb->incarnation);
	}
	return 0;
}

int fsck_check(struct fsck *f)
{
	u32 i;
	int err;

	err = check_super(f);
	if (!err)
		err = check_unique(f);
	if (!err)
		err = check_intervals(f);
	for (i = 0; i < f->nr_slots && !err; i++)
		if (f->slot[i].rec && !f->slot[i].lost)
			err = check_record(f, i);
	if (!err)
		err = check_arms(f);
	return err;
}
