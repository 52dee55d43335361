// SPDX-License-Identifier: GPL-2.0-only
/*
 * keeper.c - volumes activated, deactivated in order, and struck by a power cut
 *
 * As kmod/volume.c.
 */
#include "core/recovery.h"
#include "world.h"

enum { IDLE, BEGINNING, LEAVING, ENDING };

static bool activate(struct world *w, struct keeper *k, struct member *m)
{
	struct rp_tracker *t;

	member_recover(&m->disk, m->nr, &m->md, &m->arming, &t, &m->opened);
	rp_flushes_init(&m->flushes);
	m->kinds_since = rp_flushes_since(&m->flushes);
	rp_split_init(&m->split, w->epoch, t);
	CHECK_EQ(rp_recovery_begin(m->md, &m->opened, t), 0);
	CHECK_EQ(member_commit(w, m, false), 0);
	if (RP_PLANT(writes_before_in_use)) {
		m->state = MEMBER_UP;
		m->claimed = true;
	}
	k->at = BEGINNING;
	return true;
}

/* A write or a flush is in flight, or a region is being armed. */
static bool is_used(const struct world *w, const struct member *m)
{
	unsigned int i;

	for (i = 0; i < w->setup.writers; i++)
		if (w->writer[i].state != WRITER_IDLE &&
		    w->writer[i].member == m->nr)
			return true;
	for (i = 0; i < ARM_IOS_MAX; i++)
		if (m->io[i].live)
			return true;
	if (w->flusher.busy && w->flusher.member == m->nr)
		return true;
	return m->worker;
}

/* Return: whether it can be relied upon. */
static bool flush_origin(struct world *w, struct member *m)
{
	struct rp_flush f;
	bool fails;

	if (RP_PLANT(deactivate_without_flush))
		return true;
	fails = choose_rare(w->c, 4);
	rp_flush_begin(&m->flushes, &f, rp_flushes_since(&m->flushes));
	if (!fails)
		origin_flush_end(&m->origin, origin_flush_begin(&m->origin));
	member_flush_end(w, m, &f, fails);
	return member_has_kinds(m);
}

bool keeper_step(struct world *w, unsigned int nr)
{
	struct keeper *k = &w->keeper[nr];
	struct member *m = &w->m[nr];

	switch (k->at) {
	case IDLE:
		if (m->state == MEMBER_DOWN) {
			STEP(w);
			return activate(w, k, m);
		}
		if (w->dry || !choose_rare(w->c, 8))
			return false;
		m->going = true;
		k->at = LEAVING;
		return true;
	case BEGINNING:
		if (!disk_idle(&m->disk))
			return false;
		STEP(w);
		m->state = MEMBER_UP;
		m->claimed = false;
		points_up(w, m);
		k->at = IDLE;
		return true;
	case LEAVING:
		if (m->claimed || is_used(w, m))
			return false;
		STEP(w);
		m->claimed = true;
		points_down(w, m);
		CHECK_EQ(rp_recovery_end(m->md, m->split.tracker[1],
					 flush_origin(w, m)), 0);
		CHECK_EQ(member_commit(w, m, false), 0);
		k->at = ENDING;
		return true;
	default:
		if (!disk_idle(&m->disk))
			return false;
		STEP(w);
		/* The map is void: nothing is over-reported from here on (I8). */
		m->armed = 0;
		member_forget(m);
		k->at = IDLE;
		return true;
	}
}

/* What the host has in memory is gone; what the user was told is not. */
static void forget_host(struct world *w)
{
	unsigned int i, j;

	for (i = 0; i < w->nr_points; i++) {
		struct spoint *p = &w->point[i];

		p->worked_on = false;
		p->ended = 0;
		memset(p->words, RP_WORD_UNKNOWN, sizeof(p->words));
	}
	for (i = 0; i < w->setup.members; i++) {
		for (j = 0; j < MAKERS; j++)
			making_forget(&w->maker[j].m[i], &w->m[i]);
		member_forget(&w->m[i]);
	}
	memset(w->writer, 0, sizeof(w->writer));
	memset(&w->flusher, 0, sizeof(w->flusher));
	memset(w->checkpointer, 0, sizeof(w->checkpointer));
	memset(w->maker, 0, sizeof(w->maker));
	memset(&w->destroyer, 0, sizeof(w->destroyer));
	memset(w->settler, 0, sizeof(w->settler));
	memset(w->keeper, 0, sizeof(w->keeper));
	w->cutting = false;
	/* Another host could begin anywhere; ours begins at 1. */
	w->epoch = 1;
}

void world_power_cut(struct world *w)
{
	static u32 left[SECTORS_MAX];
	struct disk after;
	unsigned int i;

	forget_host(w);
	for (i = 0; i < w->setup.members; i++) {
		struct member *m = &w->m[i];

		disk_init(&after, m->disk.io.nr_blocks);
		disk_crash(&m->disk, LOSS_DROP + choose(w->c, 4), w->c, &after);
		disk_exit(&m->disk);
		m->disk = after;
		origin_crash(&m->origin, LOSS_DROP + choose(w->c, 3), w->c, left);
		origin_restore(&m->origin, left);
		oracle_after_power_cut(w, m);
	}
	w->power_cuts++;
}
