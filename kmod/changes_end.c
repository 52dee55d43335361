// SPDX-License-Identifier: GPL-2.0-only
/*
 * changes_end.c - what the two ends of a question stand for (I10)
 */
#include "changes_work.h"
#include "handle.h"
#include "point.h"

int rp_changes_generation_ended(struct rp_changes *c)
{
	return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
				 REFPOINT_REASON_OTHER_GENERATION,
				 "the volume's history has ended, a new generation has begun since");
}

int rp_changes_destroyed(struct rp_changes *c)
{
	if (c->req->lease)
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_LEASE_EXPIRED,
					 "the lease has expired and the point was destroyed meanwhile");
	return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
				 REFPOINT_REASON_DESTROYED,
				 "the point that it begins or ends at was destroyed");
}

int rp_changes_io_error(struct rp_changes *c, int err)
{
	if (err == -ENOMEM || err == -EINTR)
		return err;
	if (err == -EUCLEAN)
		return rp_changes_refuse(c, REFPOINT_RV_FAILED,
					 REFPOINT_REASON_IO_ERROR,
					 "metadata of that time are damaged: deactivate the volume and repair them, or copy in full");
	return rp_changes_refuse(c, REFPOINT_RV_FAILED,
				 REFPOINT_REASON_IO_ERROR,
				 "the metadata cannot be read: error %d", err);
}

static int rp_changes_no_point(struct rp_changes *c, const uuid_t *id, int err)
{
	switch (err) {
	case -ENOENT:
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_PARAMETER,
					 REFPOINT_REASON_NO_SUCH_POINT,
					 "there is no reference point %pUb", id);
	case -ESTALE:
		if (c->req->lease)
			return rp_changes_destroyed(c);
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_DESTROYED,
					 "reference point %pUb was destroyed", id);
	case -EINPROGRESS:
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_IN_DOUBT,
					 "reference point %pUb is in doubt", id);
	case -EBUSY:
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_BUSY,
					 "reference point %pUb is being made or destroyed",
					 id);
	case -ECANCELED:
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_VOID,
					 "reference point %pUb is void", id);
	case -ENOTUNIQ:
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_PARAMETER,
					 REFPOINT_REASON_NOT_A_MEMBER,
					 "the volume is no member of reference point %pUb",
					 id);
	default:
		return err;
	}
}

static int rp_changes_bad_handle(struct rp_changes *c, const char *why)
{
	return rp_changes_refuse(c, REFPOINT_RV_INVALID_PARAMETER,
				 REFPOINT_REASON_BAD_HANDLE, "%s", why);
}

static int rp_changes_check_generation(struct rp_changes *c, const u8 *generation)
{
	if (memcmp(generation, c->info.generation, 16))
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_STATE,
					 REFPOINT_REASON_OTHER_GENERATION,
					 "the point or handle belongs to generation %pUb, the volume is in %pUb",
					 generation, c->info.generation);
	return 0;
}

static int rp_changes_resolve_point(struct rp_changes *c, const uuid_t *id,
				    rp_seq_t *seq)
{
	u8 generation[16];
	int found = rp_point_lookup(id, &c->vol->uuid, generation, seq);
	int err;

	if (found < 0)
		return rp_changes_no_point(c, id, found);
	err = rp_changes_check_generation(c, generation);
	if (err)
		return err;
	if (found)
		return rp_changes_no_point(c, id, -EINPROGRESS);
	/* The point was destroyed since it was looked up. */
	if (!rp_md_has_boundary(c->vol->md, *seq))
		return rp_changes_destroyed(c);
	return 0;
}

static int rp_changes_resolve_handle(struct rp_changes *c, const char *text,
				     rp_seq_t *seq)
{
	uuid_t volume, generation;
	u64 nr;
	int err;

	if (!rp_handle_parse(text, &volume, &generation, seq))
		return rp_changes_bad_handle(c, "that is not a handle");
	if (!uuid_equal(&volume, &c->vol->uuid))
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_PARAMETER,
					 REFPOINT_REASON_OTHER_VOLUME,
					 "the handle belongs to volume %pUb",
					 &volume);
	err = rp_changes_check_generation(c, generation.b);
	if (err)
		return err;
	if (rp_md_has_boundary(c->vol->md, *seq))
		return 0;
	nr = rp_seq_nr(*seq);
	if (nr + 1 < rp_seq_nr(c->info.first_seq) ||
	    nr >= rp_seq_nr(c->info.open_seq))
		return rp_changes_bad_handle(c, "the volume has never had such a boundary");
	return rp_changes_destroyed(c);
}

static int rp_changes_resolve_end(struct rp_changes *c, const struct rp_end *end,
				  rp_seq_t *seq)
{
	switch (end->type) {
	case RP_END_POINT:
		return rp_changes_resolve_point(c, &end->point, seq);
	case RP_END_HANDLE:
		return rp_changes_resolve_handle(c, end->handle, seq);
	case RP_END_ALL:
		*seq = rp_seq(rp_seq_nr(c->info.first_seq) - 1);
		return 0;
	case RP_END_NOW:
		*seq = c->info.newest;
		return 0;
	}
	return -EINVAL;
}

/* Length of the volume at a boundary, bytes. */
static int rp_changes_capacity(struct rp_changes *c, rp_seq_t seq, u64 *bytes)
{
	u64 sectors;
	int err = rp_md_boundary_sectors(c->vol->md, seq, &sectors);

	if (err == -ENOENT)
		return rp_changes_destroyed(c);
	if (err)
		return rp_changes_io_error(c, err);
	*bytes = sectors << SECTOR_SHIFT;
	return 0;
}

static int rp_changes_try_resolve(struct rp_changes *c)
{
	struct rp_lease *lease = c->lease;
	rp_seq_t from, to;
	int err;

	rp_md_get_info(c->vol->md, &c->info);
	err = rp_changes_resolve_end(c, &c->req->from, &from);
	if (!err)
		err = rp_changes_resolve_end(c, &c->req->to, &to);
	if (err)
		return err;
	if (rp_seq_nr(from) > rp_seq_nr(to))
		return rp_changes_refuse(c, REFPOINT_RV_INVALID_PARAMETER,
					 REFPOINT_REASON_BACKWARDS,
					 "\"from\" is later than \"to\"");

	lease->capacity_to = rp_volume_capacity(c->vol);
	if (!c->all)
		err = rp_changes_capacity(c, from, &lease->capacity_from);
	if (!err && !c->now)
		err = rp_changes_capacity(c, to, &lease->capacity_to);
	if (err)
		return err;

	memcpy(lease->generation, c->info.generation, 16);
	lease->from = from;
	lease->to = to;
	lease->pinned = from;
	err = rp_lease_pin(lease, to);
	if (!err) {
		lease->resolved = true;
		return 0;
	}
	return err == -ENOENT ? err : rp_changes_io_error(c, err);
}

/* A boundary may go between two looks, the newest one also when "to" is now. */
int rp_changes_resolve(struct rp_changes *c)
{
	unsigned int tries = RP_CHANGES_TRIES;
	int err;

	do {
		err = rp_changes_try_resolve(c);
	} while (err == -ENOENT && --tries);
	return err == -ENOENT ? rp_changes_destroyed(c) : err;
}
