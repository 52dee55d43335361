// SPDX-License-Identifier: GPL-2.0-only
/*
 * ids.c - records by type and id
 *
 * Open addressing, at least half of it free, so that a search is short however many
 * records there are. Who changes a table, and who reads it meanwhile, is the
 * owner's business (store.h).
 */
#include "store.h"

struct rp_ids {
	u32 mask;
	struct rp_record *rec[];
};

static u32 place_of(const struct rp_ids *ids, u8 type, const u8 id[16])
{
	return crc32c(type, id, 16) & ids->mask;
}

struct rp_ids *rp_ids_alloc(u32 nr)
{
	struct rp_ids *ids;
	u32 size = 8;

	while (size < 2 * nr)
		size <<= 1;
	ids = rp_zalloc(sizeof(*ids) + (size_t)size * sizeof(ids->rec[0]));
	if (ids)
		ids->mask = size - 1;
	return ids;
}

void rp_ids_free(struct rp_ids *ids)
{
	rp_free(ids);
}

u32 rp_ids_room(const struct rp_ids *ids)
{
	return (ids->mask + 1) / 2;
}

/* Where it is, or the free place where it belongs. */
static u32 find(const struct rp_ids *ids, u8 type, const u8 id[16])
{
	const struct rp_record *rec;
	u32 at = place_of(ids, type, id);

	for (; (rec = ids->rec[at]); at = (at + 1) & ids->mask)
		if (rec->type == type && !memcmp(rec->id, id, sizeof(rec->id)))
			break;
	return at;
}

struct rp_record *rp_ids_find(const struct rp_ids *ids, u8 type, const u8 id[16])
{
	return ids->rec[find(ids, type, id)];
}

struct rp_record *rp_ids_put(struct rp_ids *ids, struct rp_record *rec)
{
	struct rp_record **place = &ids->rec[find(ids, rec->type, rec->id)];
	struct rp_record *was = *place;

	*place = rec;
	return was;
}

void rp_ids_del(struct rp_ids *ids, const struct rp_record *rec)
{
	u32 hole = find(ids, rec->type, rec->id), at, home;

	if (ids->rec[hole] != rec)
		return;
	/* What was put behind it for want of its place moves up. */
	for (at = (hole + 1) & ids->mask; ids->rec[at]; at = (at + 1) & ids->mask) {
		home = place_of(ids, ids->rec[at]->type, ids->rec[at]->id);
		if (((at - home) & ids->mask) < ((at - hole) & ids->mask))
			continue;
		ids->rec[hole] = ids->rec[at];
		hole = at;
	}
	ids->rec[hole] = NULL;
}
