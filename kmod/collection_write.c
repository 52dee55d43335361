// SPDX-License-Identifier: GPL-2.0-only
/*
 * collection_write.c - one version of a collection, written to its members
 */
#include "collection_write.h"
#include "parallel.h"
#include "settle.h"
#include "tombstone.h"
#include "volume.h"

static int write_locked(struct rp_collection_write *ch, struct rp_volume *vol)
{
	struct rp_md *md = rp_volume_begin(vol);
	int err;

	if (ch->data) {
		err = rp_md_stage_record(md, RP_RECORD_COLLECTION, ch->id->b,
					 ch->data, ch->len);
	} else {
		err = rp_md_stage_delete(md, RP_RECORD_COLLECTION, ch->id->b);
		if (!err || err == -ENOENT)
			err = rp_tombstone_stage(md, &ch->end, 1);
	}
	if (err) {
		rp_volume_abort(vol);
		return err;
	}
	return rp_volume_commit(vol, ch->keep_reserve);
}

static void write_member(void *arg, unsigned int i)
{
	struct rp_collection_write *ch = arg;
	struct rp_volume *vol;
	uuid_t uuid;

	import_uuid(&uuid, ch->volume[i]);
	vol = rp_volume_find(&uuid);
	ch->err[i] = -ENXIO;
	if (!vol)
		return;
	ch->err[i] = rp_volume_enter(vol, true);
	if (!ch->err[i]) {
		ch->err[i] = write_locked(ch, vol);
		rp_volume_exit(vol);
		/* Everything else than an answer of rp_volume_enter() failed. */
		if (ch->err[i] && ch->err[i] != -ENOSPC &&
		    ch->err[i] != -ENOMEM)
			ch->err[i] = -EBADE;
	}
	rp_volume_put(vol);
}

/* Not there, or not now: it learns when it is back. */
static bool is_late(int err)
{
	return err == -ENXIO || err == -EAGAIN || err == -EROFS ||
	       err == -EBUSY || err == -EIO;
}

void rp_collection_refuse_member(const u8 *volume, int err, struct rp_result *res)
{
	struct rp_volume *vol;
	uuid_t uuid;

	import_uuid(&uuid, volume);
	vol = rp_volume_find(&uuid);
	if (is_late(err) && vol)
		rp_volume_refuse(vol, err, res);
	else if (is_late(err))
		rp_result_set(res, REFPOINT_RV_INVALID_STATE,
			      REFPOINT_REASON_MEMBER_INACTIVE, &uuid,
			      "volume %pUb is not active", &uuid);
	else if (err == -ENOSPC)
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_NO_SPACE,
			      &uuid, "the metadata of volume %pUb is full",
			      &uuid);
	else if (err == -ENOMEM)
		rp_result_set(res, REFPOINT_RV_FAILED,
			      REFPOINT_REASON_NO_MEMORY, &uuid,
			      "no memory to write the metadata of volume %pUb",
			      &uuid);
	else
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_IO_ERROR,
			      &uuid, "the metadata of volume %pUb cannot be written",
			      &uuid);
	if (vol)
		rp_volume_put(vol);
}

unsigned int rp_collection_write_all(struct rp_collection_write *ch, bool late,
				     struct rp_result *res)
{
	unsigned int i, ok = 0, bad = ch->nr;

	rp_parallel(ch->nr, write_member, ch);
	for (i = 0; i < ch->nr; i++) {
		if (!ch->err[i])
			ok++;
		else if (bad == ch->nr && (late || !is_late(ch->err[i])))
			bad = i;
	}
	if (bad < ch->nr)
		rp_collection_refuse_member(ch->volume[bad], ch->err[bad], res);
	return ok;
}

/* Members of @a and @b, each once, into @ch. */
int rp_collection_write_targets(struct rp_collection_write *ch,
				const struct rp_collection_record *a,
				const struct rp_collection_record *b)
{
	unsigned int i, nr = a->nr_members;

	ch->volume = rp_calloc(a->nr_members + b->nr_members,
			       sizeof(*ch->volume));
	ch->err = rp_calloc(a->nr_members + b->nr_members, sizeof(*ch->err));
	if (!ch->volume || !ch->err)
		return -ENOMEM;
	memcpy(ch->volume, a->members, nr * sizeof(*a->members));
	for (i = 0; i < b->nr_members; i++)
		if (rp_collection_record_member(a, b->members[i]) < 0)
			memcpy(ch->volume[nr++], b->members[i], 16);
	ch->nr = nr;
	return 0;
}

int rp_collection_write_encode(struct rp_collection_write *ch,
			       const struct rp_collection_record *rec)
{
	ch->len = rp_collection_record_size(rec);
	ch->data = rp_zalloc(ch->len);
	if (!ch->data)
		return -ENOMEM;
	rp_collection_record_encode(rec, ch->data);
	return 0;
}

void rp_collection_write_release(struct rp_collection_write *ch)
{
	rp_free(ch->volume);
	rp_free(ch->err);
	rp_free(ch->data);
}

/* Those that were away or failed learn when they can. */
void rp_collection_write_tell_late(const struct rp_collection_write *ch)
{
	unsigned int i;

	for (i = 0; i < ch->nr; i++) {
		uuid_t uuid;

		import_uuid(&uuid, ch->volume[i]);
		if (ch->err[i])
			rp_settle_queue(&uuid);
	}
}
