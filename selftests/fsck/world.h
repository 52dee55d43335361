/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.h - a metadata device with all kinds of records on it, and the truth
 *
 * Made with the functions that the module calls, with records as it writes them, so
 * that "refpoint check" has nothing to say. From one seed comes one image, byte for
 * byte.
 */
#ifndef WORLD_H
#define WORLD_H

#include "core/collection_record.h"
#include "core/gap.h"
#include "core/metadata.h"
#include "core/point_record.h"
#include "core/tracker.h"
#include "core/witness_record.h"
#include "sim.h"

#define WORLD_INTERVALS	8
#define WORLD_BLOCKS	260

enum world_kind {
	WORLD_EMPTY,	/* formatted, nothing more */
	WORLD_CLEAN,	/* deactivated in order */
	WORLD_CRASHED,	/* in use, with armed regions and a checkpoint */
	WORLD_WITNESS,	/* as clean, with a word about another volume and a fingerprint */
	WORLD_NR_KINDS,
};

/**
 * struct world - the truth
 * @sim: the device
 * @info: as of the last commit
 * @nr: closed intervals
 * @start: boundary at which each begins
 * @end: boundary that ends it
 * @t: what was written, zeroed, discarded in it
 * @open: the same of the open one
 * @point: id of the point at the end of each
 */
struct world {
	struct sim sim;
	struct rp_md_info info;
	unsigned int nr;
	u64 start[WORLD_INTERVALS];
	u64 end[WORLD_INTERVALS];
	struct rp_tracker *t[WORLD_INTERVALS];
	struct rp_tracker *open;
	u8 point[WORLD_INTERVALS][16];
};

void world_make(struct world *w, enum world_kind kind, struct rng *r);
void world_free(struct world *w);

#endif /* WORLD_H */
