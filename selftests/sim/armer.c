// SPDX-License-Identifier: GPL-2.0-only
/*
 * armer.c - the worker that arms regions, the devices, checkpoints
 *
 * The worker's steps are those of kmod/arm.c, the checkpoint's those of
 * kmod/checkpoint.c and view.c.
 */
#include "world.h"

/* --- devices --- */

bool disk_actor_step(struct world *w, unsigned int nr)
{
	struct member *m = &w->m[nr];
	struct arm_io *io[ARM_IOS_MAX];
	unsigned int n = 0, i, pick;

	for (i = 0; i < ARM_IOS_MAX; i++)
		if (m->io[i].live && !m->io[i].ended)
			io[n++] = &m->io[i];
	if (!n && disk_idle(&m->disk))
		return false;
	STEP(w);
	pick = choose(w->c, n + !disk_idle(&m->disk));
	if (pick == n) {
		disk_step(&m->disk);
		return true;
	}
	io[pick]->failed = w->setup.errors && choose_rare(w->c, w->setup.errors);
	if (io[pick]->failed)
		disk_fail(&m->disk, io[pick]->id, choose(w->c, 2));
	else
		disk_complete(&m->disk, io[pick]->id);
	io[pick]->ended = true;
	arm_wake(m);
	return true;
}

/* --- the worker --- */

static void collect(struct member *m)
{
	unsigned int i;

	for (i = 0; i < ARM_IOS_MAX; i++) {
		if (!m->io[i].live || !m->io[i].ended)
			continue;
		m->io[i].live = false;
		/* Held (kmod/hold.c): it is written again. */
		rp_arming_end(&m->arming, m->io[i].block, m->io[i].failed);
	}
}

/* From here on these may get armed, too, as far as the oracle is concerned. */
void arm_ahead(struct world *w, struct member *m, const struct writer *wr)
{
	u64 regions = regions_ahead(w, m, wr);

	m->armed |= regions;
	m->armed_next |= regions;
	rp_arming_want_ahead(&m->arming, &w->geo, m->split.tracker[1], &wr->w);
}

static void release(struct world *w, struct member *m)
{
	unsigned int i;

	for (i = 0; i < w->setup.writers; i++) {
		struct writer *wr = &w->writer[i];

		if (wr->state != WRITER_QUEUED || &w->m[wr->member] != m)
			continue;
		if (rp_arming_want(&m->arming, wr->w.first_region,
				   wr->w.last_region))
			wr->state = WRITER_EPOCH;
		arm_ahead(w, m, wr);
	}
}

static void build(struct member *m, unsigned int b)
{
	static _Alignas(8) u8 block[RP_BLOCK_SIZE];
	unsigned int i;

	for (i = 0; i < ARM_IOS_MAX && m->io[i].live; i++)
		;
	if (i == ARM_IOS_MAX || !rp_arming_build(&m->arming, b, block))
		return;
	m->io[i] = (struct arm_io) { .live = true, .block = b };
	m->io[i].id = disk_submit(&m->disk, rp_block_nr(m->opened.arm_start) + b,
				  block);
}

bool arm_step(struct world *w, unsigned int nr)
{
	struct member *m = &w->m[nr];

	if (m->state != MEMBER_UP || !m->worker)
		return false;
	STEP(w);
	switch (m->worker) {
	case 1:
		collect(m);
		break;
	case 2:
		release(w, m);
		break;
	default:
		build(m, m->worker - 3);
	}
	if (++m->worker < 3 + m->arming.nr_blocks)
		return true;
	m->worker = m->again;
	m->again = false;
	return true;
}

/* --- checkpoints --- */

enum { IDLE, ENTER, DRAIN_OLD, READERS, DRAIN, COMMITTING, DISARMING };

/* Which regions the oracle takes for armed once this one has ended. */
static void note_asked(struct world *w, struct member *m)
{
	unsigned int i;

	m->armed_next = 0;
	m->checkpointing = true;
	/* Nobody waits for what was asked for ahead. */
	for (i = 0; i < w->nr_hot; i++)
		if (test_bit(w->hot[i] >> 1, m->arming.want))
			m->armed_next |= 1ULL << i;
	for (i = 0; i < w->setup.writers; i++) {
		struct writer *wr = &w->writer[i];

		if (wr->state != WRITER_IDLE && wr->state < WRITER_END_EPOCH &&
		    &w->m[wr->member] == m)
			m->armed_next |= regions_of(w, wr->granules);
		if ((wr->state == WRITER_ASKS || wr->state == WRITER_QUEUED) && &w->m[wr->member] == m)
			m->armed_next |= regions_of(w, wr->granules);
	}
}

static void step_ended(struct checkpointer *k, int err)
{
	k->err = k->err ? k->err : err;
	k->step = rp_checkpoint_next(k->step, err);
	k->at = ENTER;
}

static void enter_step(struct world *w, struct member *m, struct checkpointer *k)
{
	unsigned int i;

	switch (k->step) {
	case RP_CHECKPOINT_WITHDRAW:
		note_asked(w, m);
		k->any = rp_arming_drop_begin(&m->arming);
		step_ended(k, 0);
		break;
	case RP_CHECKPOINT_WAIT:
		k->at = DRAIN_OLD;
		break;
	case RP_CHECKPOINT_COMMIT:
		CHECK_EQ(rp_md_stage_open(m->md, m->split.tracker[1]), 0);
		CHECK_EQ(member_commit(w, m, false), 0);
		k->at = COMMITTING;
		break;
	case RP_CHECKPOINT_DISARM:
		for (i = 0; i < BITS_TO_LONGS(m->arming.nr_regions); i++)
			rp_arming_judge_ahead(&m->arming, &w->geo, m->split.tracker[1],
					      i, true);
		rp_arming_drop_start(&m->arming);
		arm_wake(m);
		k->at = DISARMING;
		break;
	case RP_CHECKPOINT_RESTORE:
		rp_arming_drop_cancel(&m->arming);
		arm_wake(m);
		m->armed_next |= m->armed;
		step_ended(k, 0);
		break;
	case RP_CHECKPOINT_DONE:
		if (!k->err && k->any)
			m->armed = m->armed_next;
		m->checkpointing = false;
		m->claimed = false;
		memset(k, 0, sizeof(*k));
		break;
	}
}

/* Wait for @done. Now and then the time is up before that. */
static bool waited(struct world *w, struct checkpointer *k, bool done,
		   unsigned int then)
{
	bool give_up = !done && !w->dry && choose_rare(w->c, 20);

	if (!done && !give_up)
		return false;
	STEP(w);
	if (give_up)
		step_ended(k, -ETIMEDOUT);
	else
		k->at = then;
	return true;
}

bool checkpointer_step(struct world *w, unsigned int i)
{
	struct checkpointer *k = &w->checkpointer[i];
	struct member *m = &w->m[i];

	switch (k->at) {
	case IDLE:
		if (m->state != MEMBER_UP || m->claimed || m->going ||
		    w->checkpoints == w->setup.checkpoints ||
		    !rp_arming_nr_durable(&m->arming))
			return false;
		STEP(w);
		m->claimed = true;
		w->checkpoints++;
		k->at = ENTER;
		return true;
	case ENTER:
		STEP(w);
		enter_step(w, m, k);
		return true;
	case DRAIN_OLD:
		if (!waited(w, k, member_drained(m), READERS))
			return false;
		if (!w->dry && k->at == READERS) {
			rp_split_flip(&m->split);
			k->section = w->section;
		}
		return true;
	case READERS:
		if (!sections_ended(w, k->section))
			return false;
		STEP(w);
		k->at = DRAIN;
		return true;
	case DRAIN:
		if (!member_drained(m))
			return waited(w, k, false, 0);
		STEP(w);
		step_ended(k, 0);
		return true;
	case COMMITTING:
		if (!disk_idle(&m->disk))
			return false;
		STEP(w);
		step_ended(k, 0);
		return true;
	default:
		if (!rp_arming_drop_done(&m->arming))
			return false;
		STEP(w);
		rp_arming_drop_finish(&m->arming);
		step_ended(k, 0);
		return true;
	}
}
