// SPDX-License-Identifier: GPL-2.0-only
/*
 * arming.c - which regions are armed: what is decided, without queues and I/O
 *
 * I2: a region gets into @armed after the write that makes its record durable
 * has completed (O1), and leaves the record only after it has left @armed and
 * its bits are durable (O2): that is the caller's order, order.h.
 */
#include "arming.h"
#include "format.h"

/* The map is stored as bytes, least significant bit first. */
_Static_assert(sizeof(long) == 8, "the map is handled by words of 64 bits");

#define SECTOR_LONGS	(RP_ARM_SECTOR_REGIONS / 64)
#define BLOCK_LONGS	(RP_ARM_BLOCK_REGIONS / 64)
#define SECTOR_BYTES	512

/* Every 16th region; of those that are armed ahead it is not let in unasked. */
#define SENTRIES	0x8000800080008000UL

/* Words of each bitmap: those of the last block of the map end with the volume. */
static unsigned int nr_longs(const struct rp_arming *a)
{
	return BITS_TO_LONGS(a->nr_regions);
}

static unsigned int block_longs(const struct rp_arming *a, unsigned int nr)
{
	return min(BLOCK_LONGS, nr_longs(a) - nr * BLOCK_LONGS);
}

int rp_arming_init(struct rp_arming *a, const struct rp_geometry *geo,
		   const struct rp_md_info *info)
{
	unsigned int i, longs;

	memset(a, 0, sizeof(*a));
	a->nr_regions = geo->nr_regions;
	a->nr_blocks = DIV_ROUND_UP(a->nr_regions, RP_ARM_BLOCK_REGIONS);
	a->incarnation = info->incarnation + 1;
	memcpy(a->volume, info->volume, sizeof(a->volume));

	longs = nr_longs(a);
	a->armed = rp_calloc(longs, sizeof(long));
	a->durable = rp_calloc(longs, sizeof(long));
	a->want = rp_calloc(longs, sizeof(long));
	a->drop = rp_calloc(longs, sizeof(long));
	a->ahead = rp_calloc(longs, sizeof(long));
	a->block = rp_calloc(a->nr_blocks, sizeof(*a->block));
	if (!a->armed || !a->durable || !a->want || !a->drop || !a->ahead || !a->block)
		goto bad;
	for (i = 0; i < a->nr_blocks; i++) {
		a->block[i].sent = rp_calloc(block_longs(a, i), sizeof(long));
		if (!a->block[i].sent)
			goto bad;
	}
	return 0;
bad:
	rp_arming_exit(a);
	return -ENOMEM;
}

void rp_arming_exit(struct rp_arming *a)
{
	unsigned int i;

	for (i = 0; a->block && i < a->nr_blocks; i++)
		rp_free(a->block[i].sent);
	rp_free(a->block);
	rp_free(a->ahead);
	rp_free(a->drop);
	rp_free(a->want);
	rp_free(a->durable);
	rp_free(a->armed);
	memset(a, 0, sizeof(*a));
}

static rp_granule_t first_granule(const struct rp_geometry *geo, u32 region)
{
	return rp_granule((u64)region << (geo->region_shift - geo->granule_shift));
}

static rp_granule_t last_granule(const struct rp_geometry *geo, u32 region)
{
	u64 end = rp_granule_nr(first_granule(geo, region + 1));

	return rp_granule(min(end, geo->nr_granules) - 1);
}

/* --- what is found --- */

/* One sector of the map: arm what it says. */
static void load_sector(struct rp_arming *a, const struct rp_arm_sector_disk *s,
			u32 index, const struct rp_md_info *info)
{
	const u8 *bits = rp_arm_sector_decode(s, index, info->arm_since,
					      info->volume);
	u32 first = index * RP_ARM_SECTOR_REGIONS;
	u32 n;

	if (!bits || first >= a->nr_regions)
		return;
	n = min_t(u32, RP_ARM_SECTOR_REGIONS, a->nr_regions - first);
	if (bits == RP_ARM_TORN) {
		if (!RP_PLANT(ignore_torn_arm_sector))
			bitmap_set(a->durable, first, n);
		return;
	}
	memcpy(&a->durable[first / BITS_PER_LONG], bits, BITS_TO_LONGS(n) * sizeof(long));
	/* Bits past the end are nobody's. */
	if (n % BITS_PER_LONG)
		bitmap_clear(a->durable, first + n, BITS_PER_LONG - n % BITS_PER_LONG);
}

void rp_arming_load(struct rp_arming *a, unsigned int b, const void *data,
		    const struct rp_md_info *info)
{
	unsigned int s;

	for (s = 0; s < RP_ARM_BLOCK_SECTORS; s++)
		load_sector(a, data + s * SECTOR_BYTES,
			    b * RP_ARM_BLOCK_SECTORS + s, info);
}

void rp_arming_recover(struct rp_arming *a, const struct rp_geometry *geo,
		       struct rp_tracker *t)
{
	unsigned long r;

	memcpy(a->armed, a->durable, nr_longs(a) * sizeof(long));
	if (RP_PLANT(forget_armed_at_recovery))
		return;
	for_each_set_bit(r, a->durable, a->nr_regions)
		rp_tracker_mark(t, RP_PLANE_WRITTEN, first_granule(geo, r),
				last_granule(geo, r));
}

/* --- arming --- */

bool rp_arming_want(struct rp_arming *a, rp_region_t first, rp_region_t last)
{
	bool ready = true;
	u32 r;

	if (a->stopped)
		return false;
	for (r = rp_region_nr(first); r <= rp_region_nr(last); r++) {
		if (test_bit(r, a->armed))
			continue;
		if (__test_and_clear_bit(r, a->ahead))
			a->nr_used++;
		if (test_bit(r, a->durable)) {
			/* Its record is still durable: keep it (O2). */
			if (!RP_PLANT(drop_what_is_kept))
				__clear_bit(r, a->drop);
			set_bit(r, a->armed);
			continue;
		}
		__set_bit(r, a->want);
		if (RP_PLANT(arm_before_durable))
			set_bit(r, a->armed);
		else
			ready = false;
	}
	return ready;
}

bool rp_arming_ready(const struct rp_arming *a, rp_region_t first, rp_region_t last)
{
	u32 r = rp_region_nr(first), end = rp_region_nr(last);

	if (a->stopped || end - r >= RP_ARMING_GROUP)
		return false;
	while (r <= end && (test_bit(r, a->armed) || test_bit(r, a->durable)))
		r++;
	return r > end;
}

static bool end_is_marked(const struct rp_geometry *geo, const struct rp_tracker *t,
			  u32 region)
{
	return rp_tracker_kind(t, last_granule(geo, region)) != RP_KIND_NONE;
}

/*
 * Regions in a row before @r whose ends are marked; not from before the last
 * checkpoint, when nothing but marks is left of what may have been a stream.
 */
static u32 written_before(const struct rp_arming *a, const struct rp_geometry *geo,
			  const struct rp_tracker *t, u32 r)
{
	u32 n = 0;

	while (n < RP_ARMING_AHEAD && n < r && test_bit(r - n - 1, a->durable) &&
	       end_is_marked(geo, t, r - n - 1))
		n++;
	return n;
}

/*
 * The last of @n regions behind @r that may be armed ahead. One whose end has a mark
 * already could not be told from one that a stream has gone through since, and count
 * for more ahead of it; but of what is written wholly a crash reports nothing new (I8).
 */
static u32 last_ahead(const struct rp_arming *a, const struct rp_geometry *geo,
		      const struct rp_tracker *t, u32 r, u32 n)
{
	u32 end = min(r + n, a->nr_regions - 1);

	while (r < end && (RP_PLANT(old_marks_are_a_stream) ||
			   !end_is_marked(geo, t, r + 1) ||
			   rp_tracker_all(t, first_granule(geo, r + 1),
					  last_granule(geo, r + 1))))
		r++;
	return r;
}

/* Ask for those of @first..@last that nobody has asked for. */
static void want_unasked(struct rp_arming *a, u32 first, u32 last)
{
	u32 r;

	for (r = first; r <= min(last, a->nr_regions - 1); r++) {
		if (test_bit(r, a->durable) || test_bit(r, a->want))
			continue;
		__set_bit(r, a->want);
		__set_bit(r, a->ahead);
		if (RP_PLANT(ahead_before_durable))
			set_bit(r, a->armed);
		a->nr_ahead++;
	}
}

/* Has half of the group been asked for, by writes? */
static bool half_asked(const struct rp_arming *a, u32 first)
{
	unsigned int i, n = 0;
	u32 r;

	for (i = 0; i < RP_ARMING_GROUP; i++) {
		r = first + i;
		n += (test_bit(r, a->durable) || test_bit(r, a->want)) &&
		     !test_bit(r, a->ahead);
	}
	return n >= RP_ARMING_GROUP / 2;
}

void rp_arming_want_ahead(struct rp_arming *a, const struct rp_geometry *geo,
			  const struct rp_tracker *t, const struct rp_write *w)
{
	u64 first = rp_granule_nr(w->first);
	u32 last = rp_region_nr(w->last_region);
	u32 group = last / RP_ARMING_GROUP * RP_ARMING_GROUP;

	if (a->bypassed)
		return;
	if (first && rp_tracker_kind(t, rp_granule(first - 1)) != RP_KIND_NONE)
		want_unasked(a, last + 1, last_ahead(a, geo, t, last,
				written_before(a, geo, t, rp_region_nr(w->first_region))));
	else if (half_asked(a, group))
		want_unasked(a, group, group + RP_ARMING_GROUP - 1);
}

void rp_arming_judge_ahead(struct rp_arming *a, const struct rp_geometry *geo,
			   const struct rp_tracker *t, u32 word, bool over)
{
	u32 r = word * BITS_PER_LONG, end = min((word + 1) * BITS_PER_LONG, a->nr_regions);

	for_each_set_bit_from(r, a->ahead, end) {
		bool used;

		/* Not durable yet: the next one's. */
		if (test_bit(r, a->want))
			continue;
		used = rp_tracker_any(t, first_granule(geo, r), last_granule(geo, r));
		if (!used && !over)
			continue;
		__clear_bit(r, a->ahead);
		if (used)
			a->nr_used++;
		else
			a->nr_wasted++;
	}
}

/* Regions of the block: what is durable and what is to be from now on. */
static bool block_choose(struct rp_arming *a, unsigned int nr)
{
	struct rp_arming_block *b = &a->block[nr];
	unsigned long *durable = a->durable + nr * BLOCK_LONGS;
	unsigned long *want = a->want + nr * BLOCK_LONGS;
	unsigned long *drop = a->drop + nr * BLOCK_LONGS;
	unsigned int i, n = block_longs(a, nr);
	bool change = b->failed;

	for (i = 0; i < n; i++) {
		if (a->dropping && drop[i]) {
			/* Not durable any more from here on, whatever comes. */
			if (!RP_PLANT(dropped_still_durable))
				durable[i] &= ~drop[i];
			drop[i] = 0;
			b->drops = true;
			change = true;
		}
		b->sent[i] = want[i] & ~durable[i];
		change |= b->sent[i] != 0;
	}
	return change;
}

bool rp_arming_build(struct rp_arming *a, unsigned int nr, void *data)
{
	const unsigned long *durable = a->durable + nr * BLOCK_LONGS;
	struct rp_arming_block *b = &a->block[nr];
	unsigned int i, s, n = block_longs(a, nr);
	unsigned long bits[SECTOR_LONGS];

	/* O5: a late write must not undo a newer one. */
	if ((b->in_flight && !RP_PLANT(two_writes_of_a_block)) || a->bypassed)
		return false;
	if (!block_choose(a, nr))
		return false;
	for (s = 0; s < RP_ARM_BLOCK_SECTORS; s++) {
		unsigned int at = s * SECTOR_LONGS;
		unsigned int longs = at < n ? min(SECTOR_LONGS, n - at) : 0;

		for (i = 0; i < longs; i++)
			bits[i] = durable[at + i] | b->sent[at + i];
		/* The volume ends in the block. */
		memset(bits + longs, 0, (SECTOR_LONGS - longs) * sizeof(long));
		rp_arm_sector_encode(data + s * SECTOR_BYTES,
				     nr * RP_ARM_BLOCK_SECTORS + s,
				     a->incarnation, ++a->serial, a->volume, bits);
	}
	b->in_flight = true;
	return true;
}

void rp_arming_end(struct rp_arming *a, unsigned int nr, bool failed)
{
	unsigned long *armed = a->armed + nr * BLOCK_LONGS;
	unsigned long *durable = a->durable + nr * BLOCK_LONGS;
	unsigned long *want = a->want + nr * BLOCK_LONGS;
	const unsigned long *ahead = a->ahead + nr * BLOCK_LONGS;
	struct rp_arming_block *b = &a->block[nr];
	unsigned int i, n = block_longs(a, nr);

	b->in_flight = false;
	b->failed = failed;
	/* Taken back is what the disk does not have any more. */
	b->drops &= failed && !RP_PLANT(failed_drop_is_done);
	if (failed && !RP_PLANT(failed_write_arms))
		return;
	for (i = 0; i < n; i++) {
		if (!b->sent[i])
			continue;
		/* O1: durable first, then visible to writers. */
		durable[i] |= b->sent[i];
		want[i] &= ~b->sent[i];
		/* After a stop nothing is let in, however late it became durable. */
		if (!a->stopped)
			WRITE_ONCE(armed[i], armed[i] |
				   (b->sent[i] & ~(ahead[i] & SENTRIES)));
	}
}

/* --- taking back --- */

bool rp_arming_drop_begin(struct rp_arming *a)
{
	unsigned int i, n = nr_longs(a);
	bool any = false;

	if (a->bypassed)
		return false;
	for (i = 0; i < n; i++) {
		/* Not what is armed: of those ahead some are durable alone. */
		a->drop[i] = RP_PLANT(sentries_stay_armed) ? a->armed[i] :
							     a->durable[i];
		any |= a->drop[i] != 0;
		if (!RP_PLANT(disarm_leaves_armed))
			WRITE_ONCE(a->armed[i], 0);
	}
	return any;
}

void rp_arming_drop_cancel(struct rp_arming *a)
{
	unsigned int i, n = nr_longs(a);

	for (i = 0; i < n; i++) {
		/* Everything in drop is durable still: nothing was written. */
		if (!a->stopped)
			WRITE_ONCE(a->armed[i], a->armed[i] | a->drop[i]);
		a->drop[i] = 0;
	}
}

void rp_arming_drop_start(struct rp_arming *a)
{
	a->dropping = true;
}

bool rp_arming_drop_done(const struct rp_arming *a)
{
	unsigned int i;

	/* Not "idle": writes that arm may come one after the other for ever. */
	if (a->bypassed)
		return true;
	if (!bitmap_empty(a->drop, a->nr_regions))
		return false;
	for (i = 0; i < a->nr_blocks; i++)
		if (a->block[i].drops)
			return false;
	return true;
}

void rp_arming_drop_finish(struct rp_arming *a)
{
	a->dropping = false;
	bitmap_zero(a->drop, a->nr_regions);
}

/* --- questions --- */

void rp_arming_bypass(struct rp_arming *a)
{
	unsigned int i, n = nr_longs(a);

	a->bypassed = true;
	/* Word by word: the write path tests them without the lock. */
	for (i = 0; i < n; i++)
		WRITE_ONCE(a->armed[i], ~0UL);
}

void rp_arming_stop(struct rp_arming *a)
{
	unsigned int i, n = nr_longs(a);

	a->bypassed = true;
	a->stopped = true;
	for (i = 0; i < n; i++)
		WRITE_ONCE(a->armed[i], 0);
}

bool rp_arming_busy(const struct rp_arming *a)
{
	unsigned int i;

	for (i = 0; i < a->nr_blocks; i++)
		if (a->block[i].in_flight)
			return true;
	return false;
}

u32 rp_arming_nr_durable(const struct rp_arming *a)
{
	return bitmap_weight(a->durable, a->nr_regions);
}
