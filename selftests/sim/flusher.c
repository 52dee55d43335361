// SPDX-License-Identifier: GPL-2.0-only
/*
 * flusher.c - users' flushes, and flushes of an origin that fail
 *
 * As kmod/origin.c: one that fails may drop what the origin's cache held, and those
 * that end well beside it are not believed then.
 */
#include "world.h"

void member_flush_end(struct world *w, struct member *m, struct rp_flush *f,
		      bool fails)
{
	bool counts = !RP_PLANT(users_flush_is_no_matter) || f->since != SINCE_NEVER;
	static u32 left[SECTORS_MAX];
	LIST_HEAD(settled);

	if (fails && choose(w->c, 2)) {
		origin_crash(&m->origin, LOSS_DROP + choose(w->c, 3), w->c, left);
		origin_restore(&m->origin, left);
	}
	rp_flush_end(&m->flushes, f, fails && counts, &settled);
	while (!list_empty(&settled))
		list_del_init(settled.next);
}

bool flusher_step(struct world *w, unsigned int i)
{
	struct flusher *f = &w->flusher;
	struct member *m;
	bool fails;

	if (!f->busy && !w->next_content)
		return false;
	if (!f->busy) {
		f->member = choose(w->c, w->setup.members);
		m = &w->m[f->member];
		if (m->state != MEMBER_UP || m->going)
			return false;
		STEP(w);
		f->begin = origin_flush_begin(&m->origin);
		rp_flush_begin(&m->flushes, &f->flush, SINCE_NEVER);
		f->busy = true;
		return true;
	}
	STEP(w);
	m = &w->m[f->member];
	fails = choose_rare(w->c, 6);
	if (!fails)
		origin_flush_end(&m->origin, f->begin);
	member_flush_end(w, m, &f->flush, fails);
	f->busy = false;
	return true;
}
