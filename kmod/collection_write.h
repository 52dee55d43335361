/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collection_write.h - one version of a collection, written to its members
 *
 * For collection_change.c. Takes no lock of collections: volumes are entered,
 * and md_mutex taken, one volume after the other by each worker.
 */
#ifndef RP_COLLECTION_WRITE_H
#define RP_COLLECTION_WRITE_H

#include "core/collection_record.h"
#include "core/point_record.h"
#include "result.h"

/**
 * struct rp_collection_write - one change of one collection, as it is written to the members
 * @id: of the collection
 * @nr: of @volume and @err
 * @volume: whom to write to
 * @err: what came of it
 * @data: the encoded record, NULL: a tombstone instead
 * @len: of @data
 * @end: the tombstone
 * @keep_reserve: it is a new record, which must leave the reserve alone (I12)
 */
struct rp_collection_write {
	const uuid_t *id;
	unsigned int nr;
	u8 (*volume)[16];
	int *err;
	void *data;
	size_t len;
	struct rp_tombstone end;
	bool keep_reserve;
};

/* Write to the members of @a and of @b, each once. Return: 0, -ENOMEM. */
int rp_collection_write_targets(struct rp_collection_write *ch,
				const struct rp_collection_record *a,
				const struct rp_collection_record *b);
/* Write @rec. Return: 0, -ENOMEM. */
int rp_collection_write_encode(struct rp_collection_write *ch,
			       const struct rp_collection_record *rec);
void rp_collection_write_release(struct rp_collection_write *ch);

/*
 * Write to all. Return: how many have it; @res says who failed, when some did
 * (@late: being away is a failure too), or else is untouched.
 */
unsigned int rp_collection_write_all(struct rp_collection_write *ch, bool late,
				     struct rp_result *res);

/* Those that were away or failed learn when they can. */
void rp_collection_write_tell_late(const struct rp_collection_write *ch);

/* Put what became of one member, an error of entering or writing, into @res. */
void rp_collection_refuse_member(const u8 *volume, int err,
				 struct rp_result *res);

#endif /* RP_COLLECTION_WRITE_H */
