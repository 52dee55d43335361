// SPDX-License-Identifier: GPL-2.0-only
/*
 * points.c - what members say about points, how points end, settling
 *
 * As kmod/point_load.c, point_store.c, point_destroy.c and point_recover.c.
 */
#include "world.h"

enum { IDLE, STORING };

/* --- records --- */

void *point_encode(struct world *w, const struct spoint *p, u8 state, size_t *len)
{
	/* They make a record of two blocks, of which the state is in the first. */
	static u8 settings[REFPOINT_VENDOR_MAX];
	struct rp_point_member members[MEMBERS_MAX] = { };
	struct rp_point_record rec = { .state = state, .members = members };
	void *data;
	unsigned int i;

	for (i = 0; i < w->setup.members; i++) {
		struct rp_point_member *to = &members[rec.nr_members];

		if (!(p->members >> i & 1))
			continue;
		memcpy(to->volume, w->m[i].uuid, 16);
		memcpy(to->generation, w->m[i].opened.generation, 16);
		to->seq = rp_seq(p->seq[i]);
		rec.nr_members++;
	}
	if (w->setup.long_records) {
		rec.vendor = settings;
		rec.vendor_len = sizeof(settings);
	}
	*len = rp_point_record_size(&rec);
	data = rp_zalloc(*len);
	rp_point_record_encode(&rec, data);
	return data;
}

struct spoint *point_find(struct world *w, const u8 id[16])
{
	unsigned int i;

	for (i = 0; i < w->nr_points; i++)
		if (!memcmp(w->point[i].id, id, 16))
			return &w->point[i];
	return NULL;
}

enum rp_word point_word(struct rp_md *md, const struct spoint *p)
{
	enum rp_word word = RP_WORD_NONE;
	struct rp_tombstone t[RP_TOMBSTONES_MAX];
	struct rp_point_record rec;
	unsigned int nr;
	size_t len;
	void *data;

	if (!rp_md_get_record(md, RP_RECORD_POINT, p->id, &data, &len)) {
		CHECK_EQ(rp_point_record_decode(data, len, &rec), 0);
		word = rec.state == REFPOINT_POINT_COMMITTED ?
			       RP_WORD_COMMITTED : RP_WORD_PREPARED;
		rp_point_record_release(&rec);
		rp_free(data);
	}
	/* The id is remembered: that outweighs a record. */
	if (!rp_md_get_record(md, RP_RECORD_TOMBSTONES, p->id, &data, &len)) {
		CHECK_EQ(rp_tombstones_decode(data, len, t, &nr), 0);
		CHECK_EQ(nr, 1);
		word = t[0].state == RP_TOMBSTONE_VOID ? RP_WORD_VOID :
							 RP_WORD_DESTROYED;
		rp_free(data);
	}
	return word;
}

enum rp_verdict point_verdict(const struct world *w, const struct spoint *p,
			      const u8 *words)
{
	u8 list[MEMBERS_MAX];
	unsigned int i, nr = 0;

	for (i = 0; i < w->setup.members; i++)
		if (p->members >> i & 1)
			list[nr++] = words[i];
	return rp_resolve(list, nr);
}

/* --- the end of a point on one member --- */

/* Merge the boundary away, in memory first where it is the youngest. */
static int absorb(struct member *m, u64 boundary)
{
	struct rp_md_info info;
	int err;

	rp_md_get_info(m->md, &info);
	if (boundary == rp_seq_nr(info.newest) && !RP_PLANT(merge_on_disk_only)) {
		err = rp_md_load_interval(m->md, rp_seq(boundary),
					  m->split.tracker[1]);
		if (err)
			return err;
	}
	return rp_md_stage_merge(m->md, rp_seq(boundary));
}

int point_store_end(struct world *w, struct member *m, const struct spoint *p,
		    u8 state)
{
	u8 data[RP_TOMBSTONES_SIZE(1)];
	struct rp_tombstone t = { .state = state };
	int err;

	memcpy(t.id, p->id, 16);
	err = rp_md_stage_delete(m->md, RP_RECORD_POINT, p->id);
	if (!err) {
		err = absorb(m, p->seq[m->nr]);
		CHECK(!err || err == -ENOENT);
	}
	rp_tombstones_encode(&t, 1, data);
	if (!RP_PLANT(void_is_not_remembered))
		CHECK_EQ(rp_md_stage_record(m->md, RP_RECORD_TOMBSTONES, p->id,
					    data, sizeof(data)), 0);
	return member_commit(w, m, false);
}

/* --- what the host hears --- */

void points_up(struct world *w, struct member *m)
{
	unsigned int i;

	for (i = 0; i < w->nr_points; i++) {
		struct spoint *p = &w->point[i];

		if (!(p->members >> m->nr & 1))
			continue;
		p->words[m->nr] = point_word(m->md, p);
		if (p->words[m->nr] == RP_WORD_VOID)
			p->ended = RP_TOMBSTONE_VOID;
		if (p->words[m->nr] == RP_WORD_DESTROYED)
			p->ended = RP_TOMBSTONE_DESTROYED;
	}
}

void points_down(struct world *w, struct member *m)
{
	unsigned int i;

	for (i = 0; i < w->nr_points; i++) {
		u8 *word = &w->point[i].words[m->nr];

		if (*word != RP_WORD_COMMITTED || w->point[i].ended)
			*word = RP_WORD_UNKNOWN;
	}
}

static enum rp_verdict verdict_of(const struct world *w, const struct spoint *p)
{
	if (p->ended)
		return p->ended == RP_TOMBSTONE_VOID ? RP_VERDICT_VOID :
						       RP_VERDICT_DESTROYED;
	return point_verdict(w, p, p->words);
}

/* --- who destroys --- */

static bool destroy_begin(struct world *w, struct ender *e)
{
	struct spoint *p;
	unsigned int i;
	u32 up = 0;

	if (!w->nr_points)
		return false;
	if (w->c->listed)
		return false;
	e->point = choose(w->c, w->nr_points);
	p = &w->point[e->point];
	if (p->worked_on || verdict_of(w, p) != RP_VERDICT_COMMIT)
		return false;
	for (i = 0; i < w->setup.members; i++) {
		struct member *m = &w->m[i];

		if (!(p->members >> i & 1) || m->state != MEMBER_UP || m->going)
			continue;
		if (m->claimed)
			return false;
		up |= 1U << i;
	}
	if (!up)
		return false;
	for (i = 0; i < w->setup.members; i++)
		if (up >> i & 1)
			w->m[i].claimed = true;
	p->worked_on = true;
	p->destroying = true;
	e->left = up;
	e->member = MEMBERS_MAX;
	e->at = STORING;
	return true;
}

bool destroyer_step(struct world *w, unsigned int nr)
{
	struct ender *e = &w->destroyer;
	struct spoint *p = &w->point[e->point];
	struct member *m;

	if (e->at == IDLE)
		return destroy_begin(w, e);
	if (e->member == MEMBERS_MAX) {
		STEP(w);
		if (!e->left) {
			p->worked_on = false;
			p->told = RP_VERDICT_DESTROYED;
			e->at = IDLE;
			return true;
		}
		e->member = __builtin_ctz(e->left);
		if (p->words[e->member] == RP_WORD_COMMITTED ||
		    p->words[e->member] == RP_WORD_PREPARED)
			CHECK_EQ(point_store_end(w, &w->m[e->member], p,
						 RP_TOMBSTONE_DESTROYED), 0);
		return true;
	}
	m = &w->m[e->member];
	if (!disk_idle(&m->disk))
		return false;
	STEP(w);
	p->words[m->nr] = RP_WORD_DESTROYED;
	p->ended = RP_TOMBSTONE_DESTROYED;
	oracle_drop_bound(m, p->seq[m->nr]);
	m->claimed = false;
	e->left &= ~(1U << m->nr);
	e->member = MEMBERS_MAX;
	return true;
}

/* --- who brings the records of one member up to the verdict --- */

static bool settle_begin(struct world *w, struct settler *s, struct member *m)
{
	unsigned int i;

	if (m->state != MEMBER_UP || m->claimed || m->going)
		return false;
	for (i = 0; i < w->nr_points; i++) {
		struct spoint *p = &w->point[i];
		enum rp_verdict verdict = verdict_of(w, p);
		size_t len;
		void *data;

		if (!(p->members >> m->nr & 1) || p->worked_on)
			continue;
		switch (rp_resolve_remedy(verdict, p->words[m->nr])) {
		case RP_REMEDY_COMMIT:
			STEP(w);
			data = point_encode(w, p, REFPOINT_POINT_COMMITTED, &len);
			CHECK_EQ(rp_md_stage_record(m->md, RP_RECORD_POINT,
						    p->id, data, len), 0);
			rp_free(data);
			CHECK_EQ(member_commit(w, m, false), 0);
			s->word = RP_WORD_COMMITTED;
			break;
		case RP_REMEDY_FORGET:
			STEP(w);
			s->word = verdict == RP_VERDICT_VOID ? RP_WORD_VOID :
							       RP_WORD_DESTROYED;
			CHECK_EQ(point_store_end(w, m, p,
						 verdict == RP_VERDICT_VOID ?
							 RP_TOMBSTONE_VOID :
							 RP_TOMBSTONE_DESTROYED), 0);
			break;
		default:
			continue;
		}
		s->point = i;
		s->at = STORING;
		m->claimed = true;
		return true;
	}
	return false;
}

bool settler_step(struct world *w, unsigned int nr)
{
	struct settler *s = &w->settler[nr];
	struct member *m = &w->m[nr];
	struct spoint *p = &w->point[s->point];

	if (s->at == IDLE)
		return settle_begin(w, s, m);
	if (!disk_idle(&m->disk))
		return false;
	STEP(w);
	p->words[nr] = s->word;
	if (s->word != RP_WORD_COMMITTED) {
		p->ended = s->word == RP_WORD_VOID ? RP_TOMBSTONE_VOID :
						     RP_TOMBSTONE_DESTROYED;
		oracle_drop_bound(m, p->seq[nr]);
	}
	m->claimed = false;
	s->at = IDLE;
	return true;
}
