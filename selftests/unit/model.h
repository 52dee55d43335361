/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.h - what a metadata device should say, kept the naive way
 *
 * A value: copied before a transaction, changed along with it, compared after.
 * Kinds are combined granule by granule with the rules of I13, and share no code
 * with the store.
 */
#ifndef RP_MODEL_H
#define RP_MODEL_H

#include "core/metadata.h"
#include "sim.h"

#define MODEL_PAGES	4
#define MODEL_INTERVALS	24
#define MODEL_RECORDS	64
#define PAGE_LONGS	(RP_PAGE_BITS / 64)

/* At most one plane has a granule's bit. */
struct kinds {
	struct rp_page_kinds page[MODEL_PAGES];
};

struct model_interval {
	u64 start, end, time, sectors;
	struct kinds *k;
};

struct model_record {
	u8 type;
	u8 id[16];
	u32 len;
	u8 *data;
};

struct model {
	struct rp_md_info info;
	unsigned int nr_intervals;
	struct model_interval iv[MODEL_INTERVALS];
	struct kinds *open;		/* the checkpoint */
	struct kinds *prefix;		/* merged into it in this transaction */
	struct kinds *staged;		/* the tracker staged for it */
	unsigned int nr_records;
	struct model_record rec[MODEL_RECORDS];
};

void model_init(struct model *m, const struct rp_md_info *info);
void model_exit(struct model *m);
void model_copy(struct model *to, const struct model *from);

/* later stands, else earlier; into @k, which may be either */
void kinds_overlay(struct kinds *k, const struct kinds *earlier,
		   const struct kinds *later, u64 nr_granules);
void kinds_of_tracker(struct kinds *k, const struct rp_tracker *t);
void tracker_of_kinds(struct rp_tracker *t, const struct kinds *k, u64 nr);
/* Random marks: runs of random length in random planes, now and then a whole page. */
void random_marks(struct rng *r, struct rp_tracker *t);

/* Does the object say what the model says? Fails the test, naming what differs. */
void model_check(const struct model *m, struct rp_md *md);
/* With @coarse, kinds may have become written where space was short. */
void model_check_kinds(const struct model *m, struct rp_md *md, bool coarse);

/* What a transaction may contain. */
#define TXN_RECORDS	1
#define TXN_INTERVALS	2
#define TXN_ALL		3

/*
 * Stage something random in @md and do the same to @m, a copy. @t is the tracker
 * of the open interval; a cut replaces it, the old one is in @old and to be freed
 * after the commit.
 */
void random_txn(struct rng *r, unsigned int what, struct rp_md *md,
		struct model *m, struct rp_tracker **t, struct rp_tracker **old);
/* Often hand out low blocks again at once: what reuse can break, it shall. */
void reuse_blocks(struct rng *r, struct rp_md *md);
/* What the commit does to the model. */
void model_commit(struct model *m);

/* A device of @nr_blocks (0: enough for all tests), formatted, and its model. */
void make_device(struct rng *r, struct sim *s, u32 nr_blocks, struct model *m);

#endif /* RP_MODEL_H */
