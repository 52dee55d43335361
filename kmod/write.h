/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * write.h - a write on its way through: the hot path
 *
 * Steady state: loads, and one increment of this CPU's own counter at each end;
 * no lock and no store to anything shared.
 */
#ifndef RP_WRITE_H
#define RP_WRITE_H

#include <linux/device-mapper.h>

#include "core/mark.h"
#include "volume.h"

/**
 * struct rp_io - what device mapper keeps for us with each bio
 * @write: of one that changes data
 * @flush: of one that flushes, or has FUA
 * @flushing: @flush is one of the origin's
 * @work: of one that has waited, and has a worker of its own
 * @pass: then, where it waited
 */
struct rp_io {
	struct rp_write write;
	struct rp_origin_flush flush;
	bool flushing;
	struct work_struct work;
	struct rp_pass *pass;
};

static inline struct rp_io *rp_io_of(struct bio *bio)
{
	return dm_per_bio_data(bio, sizeof(struct rp_io));
}

static inline struct rp_write *rp_write_of(struct bio *bio)
{
	return &rp_io_of(bio)->write;
}

/* About to go to the origin: if it flushes, it counts as that from now on (I3). */
static inline void rp_write_pass(struct rp_volume *vol, struct bio *bio)
{
	struct rp_io *io = rp_io_of(bio);

	if (likely(!op_is_flush(bio->bi_opf)))
		return;
	io->flushing = true;
	rp_origin_flush_begin(&vol->origin, &io->flush);
}

/* Fill in from a bio that changes data (I9), relative to the target. */
void rp_write_init(struct rp_volume *vol, struct bio *bio, struct rp_write *w);

/*
 * Let a write in: mark it in the interval that it belongs to. Return: false
 * when a region is not armed; nothing was done then.
 */
bool rp_write_admit(struct rp_volume *vol, struct rp_write *w);

/* It has ended; any context. */
void rp_write_end(struct rp_volume *vol, struct rp_write *w, bool failed);

/*
 * The zeroings and discards in flight that were admitted before @boundary may
 * or may not have happened at the cut: written in @closed (I5, I13).
 */
void rp_write_settle_zeroers(struct rp_volume *vol, u64 boundary,
			     struct rp_tracker *closed);

/* The zeroings and discards in flight in @page, as written, over @k; zero_lock. */
void rp_write_overlay_zeroers(struct rp_volume *vol, rp_page_t page,
			      struct rp_page_kinds *k);
/* The first page from @from on with one of them in it. */
bool rp_write_next_zeroer_page(struct rp_volume *vol, rp_page_t from,
			       rp_page_t *found);

#endif /* RP_WRITE_H */
