// SPDX-License-Identifier: GPL-2.0-only
/*
 * maker.c - cuts, and points made in two phases
 *
 * The steps are those of kmod/cut.c and point_make.c; members go on side by side.
 */
#include "world.h"

enum { IDLE, DRAIN, VIEWS, WORD, READERS, MEMBERS };
enum { M_ENTER, M_FLUSHING, M_FLUSHED, M_STORING, M_READERS, M_ENDED };

static struct spoint *point_of(struct world *w, struct maker *k)
{
	return &w->point[k->point];
}

static unsigned int nr_members(const struct spoint *p)
{
	return __builtin_popcount(p->members);
}

void making_forget(struct making *k, const struct member *m)
{
	/* What the split refers to goes with it. */
	if (k->closed && m->split.tracker[0] != k->closed &&
	    m->split.tracker[1] != k->closed)
		rp_tracker_free(k->closed);
	if (k->fresh && m->split.tracker[1] != k->fresh)
		rp_tracker_free(k->fresh);
	memset(k, 0, sizeof(*k));
}

static u32 choose_members(struct world *w)
{
	u32 mask, i;

	if (w->c->listed || choose(w->c, 2))
		mask = (1U << w->setup.members) - 1;
	else
		mask = 1 + choose(w->c, (1U << w->setup.members) - 1);
	for (i = 0; i < w->setup.members; i++) {
		struct member *m = &w->m[i];

		if (mask >> i & 1 &&
		    (m->state != MEMBER_UP || m->claimed || m->going ||
		     m->nr_bounds == BOUNDS_MAX))
			return 0;
	}
	return mask;
}

static bool claim(struct world *w, struct maker *k)
{
	struct spoint *p = &w->point[w->nr_points];
	struct rp_md_info info;
	unsigned int i;
	u32 mask;

	if (w->points_made == w->setup.points || w->nr_points == POINTS_MAX)
		return false;
	if (w->dry) {
		for (i = 0; i < w->setup.members; i++)
			if (w->m[i].state != MEMBER_UP || w->m[i].claimed)
				return false;
		return true;
	}
	mask = choose_members(w);
	if (!mask)
		return false;
	memset(k, 0, sizeof(*k));
	memset(p, 0, sizeof(*p));
	p->id[0] = 1 + w->nr_points;
	p->members = mask;
	p->worked_on = true;
	for (i = 0; i < w->setup.members; i++) {
		if (!(mask >> i & 1))
			continue;
		w->m[i].claimed = true;
		rp_md_get_info(w->m[i].md, &info);
		p->seq[i] = rp_seq_nr(info.open_seq);
	}
	k->point = w->nr_points++;
	k->step = RP_MAKING_CUT;
	k->at = DRAIN;
	w->points_made++;
	return true;
}

/* --- the cut --- */

static void give_view(struct world *w, struct maker *k)
{
	struct spoint *p = point_of(w, k);
	struct rp_split old;
	struct member *m;

	while (!(p->members >> k->next & 1))
		k->next++;
	m = &w->m[k->next];
	old = m->split;
	k->m[k->next].closed = old.tracker[1];
	k->m[k->next].fresh = rp_tracker_alloc(&w->geo);
	k->m[k->next].cut = true;
	k->m[k->next].since = rp_flushes_since(&m->flushes);
	rp_split_cut(&m->split, &old, k->boundary, k->m[k->next].fresh);
	k->next++;
	if (!(p->members >> k->next))
		k->at = WORD;
}

static void begin_step(struct maker *k, enum rp_outcome outcome,
		       const struct spoint *p)
{
	unsigned int i;

	k->step = rp_making_next(k->step, nr_members(p), outcome);
	k->at = MEMBERS;
	for (i = 0; i < MEMBERS_MAX; i++) {
		k->m[i].at = M_ENTER;
		k->m[i].done = false;
	}
}

static bool cut_step(struct world *w, struct maker *k)
{
	struct spoint *p = point_of(w, k);
	unsigned int i;

	switch (k->at) {
	case DRAIN:
		for (i = 0; i < w->setup.members; i++)
			if (p->members >> i & 1 && !member_drained(&w->m[i]) &&
			    !RP_PLANT(cut_without_draining))
				return false;
		if (w->cutting)
			return false;
		STEP(w);
		w->cutting = true;
		k->boundary = w->epoch + 1;
		k->at = VIEWS;
		return true;
	case VIEWS:
		STEP(w);
		if (RP_PLANT(word_before_views) && !k->next) {
			oracle_cut(w, p->members, p);
			w->epoch = k->boundary;
		}
		give_view(w, k);
		return true;
	case WORD:
		STEP(w);
		if (!RP_PLANT(word_before_views))
			oracle_cut(w, p->members, p);
		w->epoch = k->boundary;
		w->cutting = false;
		k->section = w->section;
		k->at = READERS;
		return true;
	default:
		if (!sections_ended(w, k->section))
			return false;
		STEP(w);
		for (i = 0; i < w->setup.members; i++)
			if (p->members >> i & 1)
				rp_zeroing_settle(&w->m[i].zeroings, k->boundary,
						  k->m[i].closed);
		begin_step(k, RP_OUTCOME_DONE, p);
		return true;
	}
}

/* --- one member --- */

static int store_cut(struct world *w, struct maker *k, unsigned int i)
{
	struct spoint *p = point_of(w, k);
	struct member *m = &w->m[i];
	u8 state = nr_members(p) == 1 ? REFPOINT_POINT_COMMITTED :
					REFPOINT_POINT_PREPARED;
	size_t len;
	void *data;
	int err;

	if (!member_has_kinds(m))
		rp_tracker_to_written(k->m[i].closed);
	data = point_encode(w, p, state, &len);
	err = rp_md_stage_cut(m->md, k->m[i].closed, ++w->clock);
	if (!err)
		err = rp_md_stage_record(m->md, RP_RECORD_POINT, p->id, data, len);
	rp_free(data);
	CHECK_EQ(err, 0);
	if (nr_members(p) == 1)
		p->committing = true;
	/* A full device refuses points, and nothing else (I12). */
	err = member_commit(w, m, true);
	CHECK(!err || err == -ENOSPC);
	return err;
}

static void prepare_ended(struct maker *k, struct making *j, int err)
{
	j->err = j->err ? j->err : err;
	if (err)
		k->stop = true;
	j->step = rp_prepare_next(j->step, err);
	j->at = M_ENTER;
}

static void prepare_enter(struct world *w, struct maker *k, unsigned int i)
{
	struct spoint *p = point_of(w, k);
	struct making *j = &k->m[i];
	struct member *m = &w->m[i];
	int err;

	switch (j->step) {
	case RP_PREPARE_BEGIN:
		prepare_ended(k, j, 0);
		break;
	case RP_PREPARE_FLUSH:
		if (k->stop) {
			prepare_ended(k, j, -ECANCELED);
			break;
		}
		j->begin = origin_flush_begin(&m->origin);
		rp_flush_begin(&m->flushes, &j->flush, j->since);
		j->at = M_FLUSHING;
		break;
	case RP_PREPARE_STORE:
		err = store_cut(w, k, i);
		j->at = M_STORING;
		if (err)
			prepare_ended(k, j, err);
		break;
	case RP_PREPARE_UNDO:
		if (!RP_PLANT(undo_forgets_marks))
			rp_tracker_absorb(j->fresh, j->closed);
		oracle_drop_bound(m, p->seq[i]);
		rp_split_settle(&m->split);
		j->section = w->section;
		j->at = M_READERS;
		break;
	case RP_PREPARE_KEEP:
		m->kinds_since = j->since;
		rp_split_settle(&m->split);
		j->section = w->section;
		j->at = M_READERS;
		break;
	default:
		p->words[i] = j->err ? RP_WORD_NONE :
			      nr_members(p) == 1 ? RP_WORD_COMMITTED :
						   RP_WORD_PREPARED;
		j->prepared = !j->err;
		j->done = true;
		j->at = M_ENDED;
		if (RP_PLANT(commit_at_once) && j->prepared && nr_members(p) > 1) {
			size_t len;
			void *data = point_encode(w, p, REFPOINT_POINT_COMMITTED,
						  &len);

			rp_md_stage_record(m->md, RP_RECORD_POINT, p->id, data,
					   len);
			rp_free(data);
			member_commit(w, m, false);
		}
	}
}

static bool prepare_step(struct world *w, struct maker *k, unsigned int i)
{
	struct making *j = &k->m[i];
	struct member *m = &w->m[i];
	bool fails;

	switch (j->at) {
	case M_ENTER:
		STEP(w);
		prepare_enter(w, k, i);
		return true;
	case M_FLUSHING:
		STEP(w);
		fails = choose_rare(w->c, 12);
		if (!fails && !RP_PLANT(point_does_not_flush))
			origin_flush_end(&m->origin, j->begin);
		member_flush_end(w, m, &j->flush, fails);
		j->at = M_FLUSHED;
		return true;
	case M_FLUSHED:
		if (!flush_settled(&j->flush))
			return false;
		STEP(w);
		prepare_ended(k, j, j->flush.failed ? -EIO : 0);
		return true;
	case M_STORING:
		if (!disk_idle(&m->disk))
			return false;
		STEP(w);
		prepare_ended(k, j, 0);
		return true;
	default:
		if (!sections_ended(w, j->section))
			return false;
		STEP(w);
		/* With that fault somebody may be marking in it. */
		if (RP_PLANT(do_not_wait_for_readers) &&
		    w->nr_left_over < ARRAY_SIZE(w->left_over))
			w->left_over[w->nr_left_over++] = j->closed;
		else
			rp_tracker_free(j->closed);
		j->closed = NULL;
		j->fresh = NULL;
		prepare_ended(k, j, 0);
		return true;
	}
}

/* The second phase, or its opposite: one transaction. */
static bool end_step(struct world *w, struct maker *k, unsigned int i)
{
	struct spoint *p = point_of(w, k);
	struct making *j = &k->m[i];
	struct member *m = &w->m[i];
	size_t len;
	void *data;

	/* The one before it may still be on its way. */
	if (!disk_idle(&m->disk))
		return false;
	STEP(w);
	if (j->at == M_ENTER && k->step == RP_MAKING_COMMIT) {
		data = point_encode(w, p, REFPOINT_POINT_COMMITTED, &len);
		CHECK_EQ(rp_md_stage_record(m->md, RP_RECORD_POINT, p->id, data,
					    len), 0);
		rp_free(data);
		p->committing = true;
		CHECK_EQ(member_commit(w, m, false), 0);
		j->at = M_STORING;
	} else if (j->at == M_ENTER) {
		CHECK_EQ(point_store_end(w, m, p, RP_TOMBSTONE_VOID), 0);
		j->at = M_STORING;
	} else {
		p->words[i] = k->step == RP_MAKING_COMMIT ? RP_WORD_COMMITTED :
							    RP_WORD_VOID;
		if (k->step == RP_MAKING_VOID)
			oracle_drop_bound(m, p->seq[i]);
		j->done = true;
		j->at = M_ENDED;
	}
	return true;
}

/* --- the point --- */

static void step_over(struct world *w, struct maker *k)
{
	struct spoint *p = point_of(w, k);
	enum rp_outcome outcome = RP_OUTCOME_DONE;
	unsigned int i;

	if (k->step == RP_MAKING_PREPARE) {
		for (i = 0; i < w->setup.members; i++)
			if (p->members >> i & 1 && k->m[i].err)
				outcome = RP_OUTCOME_FAILED;
		/* Cancelled, or out of time; with one member it is too late. */
		if (nr_members(p) > 1 && choose_rare(w->c, 12))
			outcome = RP_OUTCOME_FAILED;
	}
	begin_step(k, outcome, p);
	if (k->step == RP_MAKING_VOID) {
		p->ended = RP_TOMBSTONE_VOID;
		p->told = RP_VERDICT_VOID;
	} else if (k->step == RP_MAKING_DONE) {
		if (!p->ended)
			p->told = RP_VERDICT_COMMIT;
		p->worked_on = false;
		for (i = 0; i < w->setup.members; i++)
			if (p->members >> i & 1)
				w->m[i].claimed = false;
		k->at = IDLE;
	}
}

bool maker_step(struct world *w, unsigned int nr)
{
	struct maker *k = &w->maker[nr];
	unsigned int i, n, first;
	struct spoint *p;
	bool done = true;

	if (k->at == IDLE)
		return claim(w, k);
	if (k->at != MEMBERS)
		return cut_step(w, k);
	p = point_of(w, k);
	first = w->dry ? 0 : choose(w->c, w->setup.members);
	for (n = 0; n < w->setup.members; n++) {
		i = (first + n) % w->setup.members;
		if (!(p->members >> i & 1) || k->m[i].done)
			continue;
		done = false;
		if (k->step == RP_MAKING_PREPARE ? prepare_step(w, k, i) :
						   end_step(w, k, i))
			return true;
	}
	if (!done)
		return false;
	STEP(w);
	step_over(w, k);
	return true;
}
