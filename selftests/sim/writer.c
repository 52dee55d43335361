// SPDX-License-Identifier: GPL-2.0-only
/*
 * writer.c - writes, zeroings and discards on their way
 *
 * The steps are those of kmod/write.c and target.c; between any two of them
 * others run. A write lands in the origin's cache bit by bit while it is in
 * flight.
 */
#include "world.h"

static bool member_takes_writes(const struct member *m)
{
	return m->state == MEMBER_UP && !m->going;
}

static enum rp_plane choose_kind(struct world *w)
{
	if (w->c->listed || choose(w->c, 8) >= w->setup.kinds)
		return RP_PLANE_WRITTEN;
	return choose(w->c, 2) ? RP_PLANE_ZEROED : RP_PLANE_DISCARDED;
}

/* Any range of sectors, not larger than a few granules, within one window. */
static void choose_range(struct world *w, struct writer *wr, bool whole)
{
	unsigned int i = choose(w->c, w->nr_windows);
	u32 first = w->window[i] * GRANULE_SECTORS;
	u32 last = min(w->window[i + 1] * GRANULE_SECTORS, w->nr_sectors);

	if (w->c->listed) {
		/* One after the other, so that those of one volume differ. */
		wr->start = (w->writes / w->setup.members) % w->nr_hot *
			    GRANULE_SECTORS;
		wr->end = wr->start + 1;
		return;
	}
	wr->start = first + choose(w->c, last - first);
	wr->end = wr->start + 1 + choose(w->c, choose(w->c, 2) ? 20 : 8);
	if (whole) {
		wr->start -= wr->start % GRANULE_SECTORS;
		wr->end += GRANULE_SECTORS - 1;
		wr->end -= wr->end % GRANULE_SECTORS;
	}
	wr->end = min(wr->end, last);
}

static u64 volume_sector(const struct world *w, u32 sector)
{
	return w->hot[sector / GRANULE_SECTORS] * GRANULE_SECTORS +
	       sector % GRANULE_SECTORS;
}

static bool begin(struct world *w, struct writer *wr)
{
	unsigned int up[MEMBERS_MAX], nr = 0, i;
	enum rp_plane kind;

	if (w->writes == w->setup.writes)
		return false;
	for (i = 0; i < w->setup.members; i++)
		if (member_takes_writes(&w->m[i]))
			up[nr++] = i;
	if (w->c->listed) {
		up[0] = w->writes % w->setup.members;
		nr = member_takes_writes(&w->m[up[0]]);
	}
	if (!nr)
		return false;
	STEP(w);
	kind = choose_kind(w);
	wr->member = up[choose(w->c, nr)];
	choose_range(w, wr, kind != RP_PLANE_WRITTEN && choose(w->c, 2));
	wr->granules = window_granules(w, wr->start, wr->end);
	wr->landed = wr->start;
	wr->asked = false;
	wr->fails = choose_rare(w->c, 10);
	wr->content = content_new(++w->next_content,
				  kind == RP_PLANE_WRITTEN ? CONTENT_WRITTEN :
				  kind == RP_PLANE_ZEROED ? CONTENT_ZERO :
				  CONTENT_UNDEFINED);
	rp_write_range(&wr->w, &w->geo, volume_sector(w, wr->start),
		       volume_sector(w, wr->end - 1) + 1, kind);
	wr->state = WRITER_EPOCH;
	w->writes++;
	return true;
}

/* From here on its regions may get armed, as far as the oracle is concerned. */
static void asks(struct world *w, struct writer *wr, struct member *m)
{
	u64 regions = regions_of(w, wr->granules);

	m->armed |= regions;
	m->armed_next |= regions;
}

/* O1: the test and the mark in one section. */
static void test(struct world *w, struct writer *wr, struct member *m)
{
	asks(w, wr, m);
	if (rp_arming_test(&m->arming, wr->w.first_region, wr->w.last_region)) {
		wr->state = WRITER_MARK;
		return;
	}
	wr->reading = false;
	if (!wr->asked) {
		wr->asked = true;
		wr->state = WRITER_ASKS;
		return;
	}
	wr->state = WRITER_QUEUED;
	arm_wake(m);
}

/* As rp_ahead_ready(): then all of it once more. */
static void ask(struct world *w, struct writer *wr, struct member *m)
{
	struct rp_write *wi = &wr->w;

	wr->state = WRITER_QUEUED;
	if (rp_arming_ready(&m->arming, wi->first_region, wi->last_region)) {
		rp_arming_want(&m->arming, wi->first_region, wi->last_region);
		arm_ahead(w, m, wr);
		wr->state = WRITER_EPOCH;
	}
	arm_wake(m);
}

static void mark(struct world *w, struct writer *wr, struct member *m)
{
	struct rp_tracker *t = rp_write_side(&wr->w, &wr->split, wr->epoch);

	if (wr->w.kind != RP_PLANE_WRITTEN)
		rp_zeroing_admit(&m->zeroings, &wr->w, t);
	else if (!RP_PLANT(mark_when_ended))
		rp_write_mark(&wr->w, t);
	m->started[wr->w.phase]++;
	m->may |= wr->granules;
}

static void land(struct world *w, struct writer *wr, struct member *m, u32 upto)
{
	for (; wr->landed < upto; wr->landed++)
		origin_land(&m->origin, wr->landed, wr->content);
}

static void fly(struct world *w, struct writer *wr, struct member *m)
{
	u32 left = wr->end - wr->landed;

	if (left > 1 && !w->c->listed && !choose(w->c, 3)) {
		land(w, wr, m, wr->landed + choose(w->c, left));
		return;
	}
	/* A failed one may have done anything. */
	if (!wr->fails)
		land(w, wr, m, wr->end);
	wr->state = WRITER_END_EPOCH;
}

static void end_mark(struct writer *wr, struct member *m)
{
	if (wr->w.kind != RP_PLANE_WRITTEN) {
		rp_zeroing_end(&m->zeroings, &wr->w, &wr->split, wr->epoch,
			       wr->fails && !RP_PLANT(failed_zeroing_is_one));
		return;
	}
	if (RP_PLANT(mark_when_ended))
		rp_write_mark(&wr->w, wr->split.tracker[rp_split_side(&wr->split,
								      wr->w.epoch)]);
	if (rp_split_late(&wr->split, wr->w.epoch, wr->epoch))
		rp_write_mark(&wr->w, wr->split.tracker[1]);
}

bool writer_step(struct world *w, unsigned int i)
{
	struct writer *wr = &w->writer[i];
	struct member *m = &w->m[wr->member];

	if (wr->state == WRITER_IDLE)
		return begin(w, wr);
	if (wr->state == WRITER_QUEUED)
		return false;
	STEP(w);
	switch (wr->state) {
	case WRITER_EPOCH:
	case WRITER_END_EPOCH:
		section_begin(w, wr);
		wr->epoch = w->epoch;
		wr->state++;
		break;
	case WRITER_VIEW:
	case WRITER_END_VIEW:
		wr->split = m->split;
		wr->state++;
		break;
	case WRITER_TEST:
		test(w, wr, m);
		break;
	case WRITER_ASKS:
		ask(w, wr, m);
		break;
	case WRITER_MARK:
		mark(w, wr, m);
		wr->state = WRITER_SUBMIT;
		break;
	case WRITER_SUBMIT:
		wr->reading = false;
		wr->state = WRITER_FLIGHT;
		break;
	case WRITER_FLIGHT:
		fly(w, wr, m);
		break;
	case WRITER_END_MARK:
		end_mark(wr, m);
		wr->state++;
		break;
	case WRITER_END_COUNT:
		m->ended[wr->w.phase]++;
		wr->reading = false;
		wr->state = WRITER_IDLE;
		break;
	default:
		return false;
	}
	return true;
}
