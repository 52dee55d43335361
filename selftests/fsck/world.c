// SPDX-License-Identifier: GPL-2.0-only
/*
 * world.c - a metadata device with all kinds of records on it
 */
#include "core/format.h"
#include "world.h"

/* A little over two pages of granules, so that the last one is partial. */
#define GRANULE_SHIFT	12
#define SECTORS		((2 * RP_PAGE_BITS + 1000ULL) << (GRANULE_SHIFT - 9))

#define TIME(n)		(1700000000000000000ULL + (n) * 1000000000ULL)

static void fill_id(struct rng *r, u8 id[16])
{
	u64 a = rng_next(r), b = rng_next(r);

	memcpy(id, &a, 8);
	memcpy(id + 8, &b, 8);
	id[6] = (id[6] & 0x0f) | 0x40;
	id[8] = (id[8] & 0x3f) | 0x80;
}

static void random_marks(struct rng *r, struct rp_tracker *t)
{
	unsigned int n = 1 + rng_below(r, 6);

	while (n--) {
		u64 first = rng_below(r, t->nr_granules);
		u64 last = first + rng_below(r, rng_one_in(r, 4) ? 40000 : 64);

		rp_tracker_mark(t, rng_below(r, RP_NR_PLANES), rp_granule(first),
				rp_granule(min(last, t->nr_granules - 1)));
	}
}

static void stage_point(struct world *w, struct rp_md *md, struct rng *r,
			const u8 other[16])
{
	struct rp_point_member m[2] = { };
	struct rp_point_record p = {
		.state = REFPOINT_POINT_COMMITTED,
		.type = REFPOINT_TYPE_RCT,
		.consistency = REFPOINT_CONSISTENCY_GROUP_CRASH,
		.time = TIME(w->nr),
		.membership = 1,
		.collection_name = "shop",
		.label = "monday",
		.nr_members = 2,
		.members = m,
	};
	unsigned int mine = memcmp(w->info.volume, other, 16) > 0;
	u8 data[4096];

	memset(p.collection, 0xc0, 16);
	memcpy(m[mine].volume, w->info.volume, 16);
	memcpy(m[mine].generation, w->info.generation, 16);
	m[mine].seq = w->info.open_seq;
	memcpy(m[!mine].volume, other, 16);
	memset(m[!mine].generation, 0x77, 16);
	m[!mine].seq = rp_seq(100 + w->nr);
	m[0].level = REFPOINT_CONSISTENCY_GROUP_CRASH;
	m[1].level = REFPOINT_CONSISTENCY_GROUP_CRASH;
	rp_point_record_encode(&p, data);
	fill_id(r, w->point[w->nr]);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_POINT, w->point[w->nr], data,
				    rp_point_record_size(&p)), 0);
}

static void stage_collection(struct world *w, struct rp_md *md, const u8 other[16])
{
	u8 members[2][16], id[16], data[256];
	struct rp_collection_record c = {
		.name = "shop", .version = 1, .stamp = 7, .time = TIME(0),
		.nr_members = 2, .members = members,
	};
	unsigned int mine = memcmp(w->info.volume, other, 16) > 0;

	memset(id, 0xc0, 16);
	memcpy(members[mine], w->info.volume, 16);
	memcpy(members[!mine], other, 16);
	rp_collection_record_encode(&c, data);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_COLLECTION, id, data,
				    rp_collection_record_size(&c)), 0);
}

static void stage_others(struct world *w, struct rp_md *md, struct rng *r)
{
	struct rp_gap gap = {
		.start = 1 << 20, .length = 1 << 16, .time = TIME(1),
		.seq = rp_seq(1), .reason = REFPOINT_GAP_MARKED,
		.text = "somebody said so",
	};
	struct rp_tombstone t[2] = {
		{ .time = TIME(2), .state = RP_TOMBSTONE_DESTROYED },
		{ .time = TIME(3), .state = RP_TOMBSTONE_VOID,
		  .reason = REFPOINT_REASON_VOID },
	};
	u8 data[RP_TOMBSTONES_SIZE(2)], id[16];
	struct rp_gap_disk disk;

	fill_id(r, gap.id);
	rp_gap_encode(&gap, &disk);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_GAP, gap.id, &disk,
				    sizeof(disk)), 0);
	fill_id(r, t[0].id);
	fill_id(r, t[1].id);
	fill_id(r, id);
	rp_tombstones_encode(t, 2, data);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_TOMBSTONES, id, data,
				    sizeof(data)), 0);
}

static void stage_witness(struct rp_md *md, struct rng *r, const u8 other[16])
{
	struct rp_witness word = {
		.incarnation = 3, .first = rp_seq(17), .last = rp_seq(18),
		.time = TIME(4), .reason = REFPOINT_GAP_METADATA_ERROR,
		.text = "a metadata commit failed",
	};
	struct rp_witness_disk disk;

	memcpy(word.volume, other, 16);
	memset(word.generation, 0x77, 16);
	fill_id(r, word.id);
	rp_witness_encode(&word, &disk);
	CHECK_EQ(rp_md_stage_record(md, RP_RECORD_WITNESS, other, &disk,
				    sizeof(disk)), 0);
}

/* Of an origin that could not be read to its end. */
static void stage_print(struct world *w, struct rp_md *md, struct rng *r)
{
	struct rp_print print = {
		.seed = rng_next(r) | 1,
		.seq = rp_seq_nr(w->info.open_seq),
	};
	unsigned int i;

	for (i = 0; i < RP_PRINT_PLACES - 4; i++)
		print.sum[i] = 0x1000 + i;
	rp_md_stage_print(md, &print);
}

static void commit(struct world *w, struct rp_md *md)
{
	CHECK_EQ(rp_md_commit(md, TIME(w->nr), false), 0);
	rp_md_get_info(md, &w->info);
}

static struct rp_tracker *tracker(struct world *w)
{
	struct rp_tracker *t = rp_tracker_alloc(&w->info.geo);

	CHECK(t);
	return t;
}

static void cut(struct world *w, struct rp_md *md, struct rng *r,
		const u8 other[16])
{
	random_marks(r, w->open);
	CHECK_EQ(rp_md_stage_cut(md, w->open, TIME(w->nr)), 0);
	stage_point(w, md, r, other);
	w->start[w->nr] = w->nr ? w->end[w->nr - 1] :
				  rp_seq_nr(w->info.first_seq) - 1;
	w->end[w->nr] = rp_seq_nr(w->info.open_seq);
	commit(w, md);
	w->t[w->nr++] = w->open;
	w->open = tracker(w);
}

/* Regions that were armed when the power went. */
static void arm(struct world *w)
{
	u8 bits[480] = { 0x05, 0x80 };
	struct rp_arm_sector_disk *d = (void *)sim_block(&w->sim, 2);

	rp_arm_sector_encode(&d[0], 0, w->info.incarnation, 1, w->info.volume,
			     bits);
}

void world_make(struct world *w, enum world_kind kind, struct rng *r)
{
	struct rp_md_params p = {
		.sectors = SECTORS, .granule_shift = GRANULE_SHIFT,
		.time = TIME(0),
	};
	u8 other[16];
	struct rp_md *md;
	unsigned int i;

	memset(w, 0, sizeof(*w));
	fill_id(r, p.volume);
	fill_id(r, p.generation);
	fill_id(r, other);
	sim_init(&w->sim, WORLD_BLOCKS);
	CHECK_EQ(rp_md_format(&w->sim.io, &p, NULL), 0);
	CHECK_EQ(rp_md_open(&w->sim.io, &md, NULL), 0);
	rp_md_get_info(md, &w->info);
	w->open = tracker(w);
	if (kind != WORLD_EMPTY) {
		rp_md_stage_active(md, false);
		commit(w, md);
		stage_collection(w, md, other);
		stage_others(w, md, r);
		for (i = 0; i < 4; i++)
			cut(w, md, r, other);
		random_marks(r, w->open);
		CHECK_EQ(rp_md_stage_open(md, w->open), 0);
		if (kind == WORLD_WITNESS) {
			stage_witness(md, r, other);
			stage_print(w, md, r);
		}
		if (kind == WORLD_CLEAN || kind == WORLD_WITNESS)
			rp_md_stage_clean(md);
		commit(w, md);
	}
	rp_md_close(md);
	if (kind == WORLD_CRASHED)
		arm(w);
	sim_fold(&w->sim);
	memcpy(w->sim.durable, w->sim.cur, w->sim.io.nr_blocks * RP_BLOCK_SIZE);
}

void world_free(struct world *w)
{
	unsigned int i;

	for (i = 0; i < w->nr; i++)
		rp_tracker_free(w->t[i]);
	rp_tracker_free(w->open);
	sim_exit(&w->sim);
}
