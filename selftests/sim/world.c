// SPDX-License-Identifier: GPL-2.0-only
/*
 * world.c - a host with volumes: their beginning and end, their metadata
 */
#include "core/recovery.h"
#include "world.h"

static void window_add(struct world *w, u64 first, unsigned int nr)
{
	w->window[w->nr_windows++] = w->nr_hot;
	w->window[w->nr_windows] = w->nr_hot + nr;
	while (nr--)
		w->hot[w->nr_hot++] = first++;
}

/* Regions of two granules; in a wide volume the map has blocks and sectors. */
static void windows_init(struct world *w)
{
	u64 granules = w->setup.granules;
	u64 sector = 2 * RP_ARM_SECTOR_REGIONS, block = 2 * RP_ARM_BLOCK_REGIONS;

	if (w->setup.wide) {
		granules = block + 8;
		window_add(w, 0, 8);
		window_add(w, sector - 8, 16);
		window_add(w, block - 8, 16);
	} else {
		window_add(w, 0, granules);
	}
	rp_geometry_init(&w->geo, granules * GRANULE_SECTORS - w->setup.cut_tail,
			 12, 13);
	w->nr_sectors = w->nr_hot * GRANULE_SECTORS - w->setup.cut_tail;
	w->all = w->nr_hot == 64 ? ~0ULL : (1ULL << w->nr_hot) - 1;
}

static void member_init(struct world *w, unsigned int nr)
{
	struct rp_md_params p = {
		.volume = { 1 + nr }, .generation = { 0x80 + nr },
		.sectors = w->geo.sectors, .granule_shift = w->geo.granule_shift,
		.region_shift = w->geo.region_shift,
	};
	struct member *m = &w->m[nr];
	struct bound *b = &m->bound[0];

	m->nr = nr;
	memcpy(m->uuid, p.volume, sizeof(m->uuid));
	INIT_LIST_HEAD(&m->zeroings);
	disk_init(&m->disk, rp_md_min_blocks(p.sectors, p.granule_shift) + 24);
	m->disk.direct = true;
	CHECK_EQ(rp_md_format(&m->disk.io, &p, NULL), 0);
	m->disk.direct = false;
	origin_init(&m->origin, w->nr_sectors);
	/* The beginning is a boundary too, of number 0. */
	m->nr_bounds = 1;
	b->zero = w->all;
}

void world_init(struct world *w, const struct setup *s, struct choice *c)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->c = c;
	w->setup = *s;
	w->epoch = 1;
	windows_init(w);
	for (i = 0; i < s->members; i++)
		member_init(w, i);
}

void world_exit(struct world *w)
{
	unsigned int i, j;

	while (w->nr_left_over)
		rp_tracker_free(w->left_over[--w->nr_left_over]);

	for (i = 0; i < w->setup.members; i++) {
		struct member *m = &w->m[i];

		for (j = 0; j < MAKERS; j++)
			making_forget(&w->maker[j].m[i], m);
		member_forget(m);
		disk_exit(&m->disk);
		origin_exit(&m->origin);
	}
}

/* --- metadata --- */

void member_recover(struct disk *d, unsigned int nr, struct rp_md **mdp,
		    struct rp_arming *arming, struct rp_tracker **tp,
		    struct rp_md_info *info)
{
	static _Alignas(8) u8 block[RP_BLOCK_SIZE];
	struct rp_why why = { };
	unsigned int i;
	int err;

	err = rp_md_open(&d->io, mdp, &why);
	if (err)
		test_fail(__FILE__, __LINE__, "volume %u cannot be opened: %d, %s",
			  nr, err, why.text);
	rp_md_get_info(*mdp, info);
	*tp = rp_tracker_alloc(&info->geo);
	CHECK_EQ(rp_recovery_open(*mdp, info, *tp), 0);
	CHECK_EQ(rp_arming_init(arming, &info->geo, info), 0);
	if (info->clean)
		return;
	for (i = 0; i < arming->nr_blocks; i++) {
		struct rp_mdio_vec vec = {
			.block = rp_block(rp_block_nr(info->arm_start) + i),
			.data = block,
		};

		CHECK_EQ(d->io.ops->readv(&d->io, &vec, 1), 0);
		rp_arming_load(arming, i, block, info);
	}
	rp_arming_recover(arming, &info->geo, *tp);
}

void member_forget(struct member *m)
{
	struct rp_tracker *t = m->split.tracker[1];

	if (m->split.tracker[0] != t)
		rp_tracker_free(m->split.tracker[0]);
	rp_tracker_free(t);
	memset(&m->split, 0, sizeof(m->split));
	rp_arming_exit(&m->arming);
	rp_md_close(m->md);
	m->md = NULL;
	INIT_LIST_HEAD(&m->zeroings);
	memset(m->io, 0, sizeof(m->io));
	memset(m->started, 0, sizeof(m->started));
	memset(m->ended, 0, sizeof(m->ended));
	m->worker = 0;
	m->again = false;
	m->busy = false;
	m->claimed = false;
	m->going = false;
	m->checkpointing = false;
	m->state = MEMBER_DOWN;
}

int member_commit(struct world *w, struct member *m, bool keep_reserve)
{
	CHECK(disk_idle(&m->disk));
	return rp_md_commit(m->md, ++w->clock, keep_reserve);
}
