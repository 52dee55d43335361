// SPDX-License-Identifier: GPL-2.0-only
/*
 * life.c - a scripted life of one volume, in parts whose instructions are counted
 *
 * Each part is a function part_*(), which callgrind dumps the counts of when it is
 * left; what a part needs is made outside of it. At the end, on standard output,
 * each part with how many it did of what it is a price of. What is asked of the core
 * is what kmod asks: write() and its two halves are rp_write_admit() and
 * rp_write_end() of write.c without RCU, feed() is rp_changes_feed().
 *
 * Everything is the same in each run: no seed, no clock, no thread.
 */
#include "core/arming.h"
#include "core/extent.h"
#include "core/mark.h"
#include "core/recovery.h"
#include "disk.h"

#define PART __attribute__((noinline)) void

#define SECTORS		(1ULL << (40 - 9))	/* 1 TiB */
#define NR_BLOCKS	(1U << 18)
#define NR_KNOWN	(1U << 18)
#define NR_FIRST	(1U << 16)
#define NR_ARMED	512
#define NR_PAGES	256
#define NR_FEW		10
#define NR_POINTS	250
#define NR_EXTENTS	4096

/* The host's epoch word, which the compiler knows nothing about. */
static u64 epoch = 1;
static u64 started, ended, touched;

struct life {
	struct disk disk;
	struct rp_md *md;
	struct rp_md_info info;
	struct rp_geometry geo;
	struct rp_tracker *t;
	struct rp_split split;
	struct rp_arming map;
	struct rp_page_kinds kinds;
	struct rp_extent extent[NR_EXTENTS];
	_Alignas(8) u8 block[RP_BLOCK_SIZE];
};

#define MUST(what) do {							\
	if (!(what)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
		abort();						\
	}								\
} while (0)

/* --- writes --- */

static inline bool admit(struct life *l, struct rp_write *w)
{
	u64 now = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);

	if (!rp_arming_test(&l->map, w->first_region, w->last_region))
		return false;
#ifdef RP_GUARD_MUTANT
	touched += rp_write_mark(w, l->split.tracker[1]);
#endif
	touched += rp_write_mark(w, rp_write_side(w, &l->split, now));
	started++;
	return true;
}

static inline void end(struct life *l, struct rp_write *w)
{
	u64 now = __atomic_load_n(&epoch, __ATOMIC_ACQUIRE);

	if (now != w->epoch && rp_split_late(&l->split, w->epoch, now))
		rp_write_mark(w, l->split.tracker[1]);
	ended++;
}

/* @granule, 4 KiB of it, from the bio that asks for it to its end. */
static inline void write_to(struct life *l, u64 granule)
{
	u64 start = granule << (RP_GRANULE_SHIFT_DEF - RP_SECTOR_SHIFT);
	struct rp_write w;

	rp_write_range(&w, &l->geo, start, start + 8, RP_PLANE_WRITTEN);
	MUST(admit(l, &w));
	end(l, &w);
}

PART part_known(struct life *l)
{
	unsigned int i;

	for (i = 0; i < NR_KNOWN; i++)
		write_to(l, i % NR_FIRST);
}

PART part_first(struct life *l)
{
	unsigned int i;

	for (i = 0; i < NR_FIRST; i++)
		write_to(l, i);
}

/* Of a region that is not armed: one write, and one block of the map for it. */
PART part_arm(struct life *l)
{
	unsigned int i;

	for (i = 0; i < NR_ARMED; i++) {
		rp_region_t r = rp_region(i);
		unsigned int b = i / RP_ARM_BLOCK_REGIONS;

		MUST(!rp_arming_want(&l->map, r, r));
		MUST(rp_arming_build(&l->map, b, l->block));
		rp_arming_end(&l->map, b, false);
		MUST(rp_arming_want(&l->map, r, r));
	}
}

/* --- what is durable --- */

/* The bits of NR_PAGES pages, each with a granule in it that is new. */
PART part_checkpoint(struct life *l)
{
	MUST(!rp_md_stage_open(l->md, l->t));
	MUST(!rp_md_commit(l->md, 1, false));
}

/* A point whose interval has two pages, on a volume that has some already. */
static void point(struct life *l)
{
	struct rp_tracker *closed = l->t;

	l->t = rp_tracker_alloc(&l->geo);
	rp_split_cut(&l->split, &l->split, ++epoch, l->t);
	MUST(!rp_md_stage_cut(l->md, closed, 1));
	MUST(!rp_md_commit(l->md, 1, true));
	rp_split_settle(&l->split);
	rp_tracker_free(closed);
}

static inline void written_since(struct life *l, unsigned int i)
{
	rp_tracker_mark(l->t, RP_PLANE_WRITTEN, rp_granule(7 * i), rp_granule(7 * i + 2));
	rp_tracker_mark(l->t, RP_PLANE_WRITTEN, rp_granule(RP_PAGE_BITS + i),
			rp_granule(RP_PAGE_BITS + i));
}

PART part_points(struct life *l)
{
	unsigned int i;

	for (i = 0; i < NR_FEW; i++) {
		written_since(l, i);
		point(l);
	}
}

/* The same again, with NR_POINTS points there are. */
PART part_points_after_many(struct life *l)
{
	unsigned int i;

	for (i = 0; i < NR_FEW; i++) {
		written_since(l, i);
		point(l);
	}
}

/* --- questions --- */

static unsigned int feed(struct life *l, struct rp_md_query *q)
{
	const struct rp_extents_params params = {
		.granule_shift = RP_GRANULE_SHIFT_DEF,
		.capacity = l->geo.sectors << RP_SECTOR_SHIFT,
		.length = U64_MAX,
		.grown_from = U64_MAX,
		.out = l->extent,
		.max = NR_EXTENTS,
	};
	struct rp_extents x;
	rp_page_t page;

	MUST(!rp_extents_init(&x, &params));
	page = rp_extents_page(&x);
	while (rp_extents_want(&x) && rp_md_query_next_page(q, &page)) {
		MUST(!rp_md_query_page(q, page, &l->kinds));
		rp_extents_add(&x, page, &l->kinds);
		page = rp_extents_page(&x);
	}
	if (rp_extents_want(&x))
		rp_extents_finish(&x);
	return x.nr;
}

static unsigned int nr_found;

/* From the first point to the last one. */
PART part_query(struct life *l)
{
	struct rp_md_query *q;

	MUST(!rp_md_query_open(l->md, l->info.first_seq,
			       rp_seq(rp_seq_nr(l->info.open_seq) - 1), &q));
	nr_found = feed(l, q);
	rp_md_query_close(q);
}

/* All intervals' indexes, the checkpoint's bits. */
PART part_activation(struct life *l)
{
	struct rp_why why;

	MUST(!rp_md_open(&l->disk.io, &l->md, &why));
	rp_md_get_info(l->md, &l->info);
	l->t = rp_tracker_alloc(&l->geo);
	MUST(!rp_recovery_open(l->md, &l->info, l->t));
	MUST(!rp_recovery_begin(l->md, &l->info, l->t));
	MUST(!rp_md_commit(l->md, 1, false));
}

/* --- the life --- */

static void come_up(struct life *l)
{
	part_activation(l);
	rp_md_get_info(l->md, &l->info);
	rp_split_init(&l->split, epoch, l->t);
	MUST(!rp_arming_init(&l->map, &l->geo, &l->info));
}

static void go_down(struct life *l)
{
	MUST(!rp_recovery_end(l->md, l->t, true));
	MUST(!rp_md_commit(l->md, 1, false));
	rp_arming_exit(&l->map);
	rp_tracker_free(l->t);
	rp_md_close(l->md);
}

static void make(struct life *l)
{
	struct rp_md_params p = {
		.volume = { 1 }, .generation = { 2 }, .sectors = SECTORS,
		.granule_shift = RP_GRANULE_SHIFT_DEF,
	};
	struct rp_why why;
	struct rp_md_info info;

	disk_init(&l->disk, NR_BLOCKS);
	MUST(!rp_md_format(&l->disk.io, &p, &why));
	MUST(!rp_md_probe(&l->disk.io, &info, &why));
	l->geo = info.geo;
}

static void told(const char *part, unsigned int nr, const char *what)
{
	printf("%s %u %s\n", part, nr, what);
}

int main(void)
{
	static struct life l;
	unsigned int i;

	make(&l);
	come_up(&l);
	told("activation_empty", 1, "activation of an empty volume");

	part_arm(&l);
	told("arm", NR_ARMED, "region armed, each by a write of its own");
	/* The pages are there; that they come into being is no price of a mark. */
	for (i = 0; i < NR_FIRST; i += RP_PAGE_BITS)
		rp_tracker_mark(l.t, RP_PLANE_WRITTEN, rp_granule(i), rp_granule(i));
	part_first(&l);
	told("first", NR_FIRST, "write to a granule for the first time");
	part_known(&l);
	told("known", NR_KNOWN, "write to a known granule");
#ifdef RP_GUARD_MUTANT
	/* The rest is as ever. */
	return 0;
#endif

	for (i = 0; i < NR_PAGES; i++)
		rp_tracker_mark(l.t, RP_PLANE_WRITTEN, rp_granule(i * RP_PAGE_BITS + 99),
				rp_granule(i * RP_PAGE_BITS + 99));
	part_checkpoint(&l);
	told("checkpoint", NR_PAGES, "page of bits in a checkpoint");
	point(&l);

	part_points(&l);
	told("points", NR_FEW, "point");
	for (i = NR_FEW; i < NR_POINTS; i++) {
		written_since(&l, i);
		point(&l);
	}
	part_points_after_many(&l);
	told("points_after_many", NR_FEW, "point of a volume that has 250");
	rp_md_get_info(l.md, &l.info);
	part_query(&l);
	told("query", NR_POINTS + NR_FEW, "interval in a list of changes");
	MUST(nr_found > 1);

	rp_tracker_mark(l.t, RP_PLANE_WRITTEN, rp_granule(0), rp_granule(0));
	go_down(&l);
	come_up(&l);
	told("activation", NR_POINTS + NR_FEW + 1, "point of a volume that is activated");
	go_down(&l);
	disk_exit(&l.disk);
	return rp_port_memory.live != 0;
}
