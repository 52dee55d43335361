// SPDX-License-Identifier: GPL-2.0-only
/*
 * write.c - a write on its way through
 *
 * Which interval a write belongs to (O3): the cutter readies the view of every
 * member with the boundary N + 1, then stores N + 1 to the epoch word. A writer
 * loads the word, then the view: if it sees N + 1 it sees that view or a later
 * one and marks in the new interval; if it sees N it marks in the old one,
 * whatever view it gets. The cutter waits for readers after the store: then the
 * old interval has all of its marks. I4: if X completed before Y was submitted
 * and Y read N, X read N or less.
 *
 * A write that was admitted before a boundary and ends after it is marked in the
 * new interval too, before it is counted as ended (I5, O4).
 *
 * What is marked is decided by core/split.h and core/mark.h; here are RCU, the
 * lock of the list of zeroings and the counters.
 */
#include "arm.h"
#include "cut.h"
#include "write.h"

static void count_marks(struct rp_volume *vol, u64 n)
{
	if (n)
		atomic64_add(n, &vol->counters.first_touches);
}

void rp_write_init(struct rp_volume *vol, struct bio *bio, struct rp_write *w)
{
	sector_t start = dm_target_offset(vol->ti, bio->bi_iter.bi_sector);
	enum rp_plane kind = RP_PLANE_WRITTEN;

	switch (bio_op(bio)) {
	case REQ_OP_WRITE_ZEROES:
		kind = RP_PLANE_ZEROED;
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
		kind = RP_PLANE_DISCARDED;
		break;
	default:
		break;
	}
	rp_write_range(w, &vol->geo, start, start + bio_sectors(bio), kind);
}

static void admit_zeroing(struct rp_volume *vol, struct rp_tracker *t,
			  struct rp_write *w)
{
	unsigned long flags;

	spin_lock_irqsave(&vol->zero_lock, flags);
	count_marks(vol, rp_zeroing_admit(&vol->zeroers, w, t));
	spin_unlock_irqrestore(&vol->zero_lock, flags);
}

bool rp_write_admit(struct rp_volume *vol, struct rp_write *w)
{
	const struct rp_view *view;
	struct rp_tracker *t;
	bool armed;
	u64 epoch;

	rcu_read_lock();
	/* Pairs with rp_cut(): the word first, then the view. */
	epoch = smp_load_acquire(&rp_epoch);
	view = rcu_dereference(vol->view);
	/* O1: the test and the mark in one section. */
	armed = rp_arm_test(vol->arm, w->first_region, w->last_region);
	if (likely(armed)) {
		t = rp_write_side(w, &view->split, epoch);
		if (unlikely(w->kind != RP_PLANE_WRITTEN))
			admit_zeroing(vol, t, w);
		else
			count_marks(vol, rp_write_mark(w, t));
		this_cpu_inc(vol->inflight->started[w->phase]);
	}
	rcu_read_unlock();
	return armed;
}

static void end_zeroing(struct rp_volume *vol, const struct rp_split *s,
			struct rp_write *w, u64 epoch, bool failed)
{
	unsigned long flags;

	spin_lock_irqsave(&vol->zero_lock, flags);
	count_marks(vol, rp_zeroing_end(&vol->zeroers, w, s, epoch, failed));
	spin_unlock_irqrestore(&vol->zero_lock, flags);
}

/* A boundary was passed meanwhile, of whatever collection, or it is no write proper. */
static void end_slowly(struct rp_volume *vol, struct rp_write *w, u64 epoch, bool failed)
{
	/* Pairs with rp_cut(), as in rp_write_admit(). */
	const struct rp_view *view = rcu_dereference(vol->view);
	bool late = rp_split_late(&view->split, w->epoch, epoch);

	if (w->kind != RP_PLANE_WRITTEN)
		end_zeroing(vol, &view->split, w, epoch, failed);
	else if (late)
		count_marks(vol, rp_write_mark(w, view->split.tracker[1]));
	if (late)
		atomic64_inc(&vol->counters.late_marks);
	/* Pairs with phase_drained(): the marks, then the count (O4). */
	smp_mb();
}

void rp_write_end(struct rp_volume *vol, struct rp_write *w, bool failed)
{
	u64 epoch;

	if (!w->counted)
		return;
	rcu_read_lock();
	/* Pairs with rp_cut(), as in rp_write_admit(). */
	epoch = smp_load_acquire(&rp_epoch);
	/* O4: the word only grows, so what reads the same has passed no boundary. */
	if (unlikely(epoch != w->epoch || w->kind != RP_PLANE_WRITTEN))
		end_slowly(vol, w, epoch, failed);
	this_cpu_inc(vol->inflight->ended[w->phase]);
	rcu_read_unlock();
}

void rp_write_settle_zeroers(struct rp_volume *vol, u64 boundary,
			     struct rp_tracker *closed)
{
	unsigned long flags;

	spin_lock_irqsave(&vol->zero_lock, flags);
	count_marks(vol, rp_zeroing_settle(&vol->zeroers, boundary, closed));
	spin_unlock_irqrestore(&vol->zero_lock, flags);
}

void rp_write_overlay_zeroers(struct rp_volume *vol, rp_page_t page,
			      struct rp_page_kinds *k)
{
	lockdep_assert_held(&vol->zero_lock);
	rp_zeroing_overlay(&vol->zeroers, page, k);
}

bool rp_write_next_zeroer_page(struct rp_volume *vol, rp_page_t from,
			       rp_page_t *found)
{
	unsigned long flags;
	bool any;

	spin_lock_irqsave(&vol->zero_lock, flags);
	any = rp_zeroing_next_page(&vol->zeroers, from, found);
	spin_unlock_irqrestore(&vol->zero_lock, flags);
	return any;
}
