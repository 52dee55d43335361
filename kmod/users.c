// SPDX-License-Identifier: GPL-2.0-only
/*
 * users.c - taking part in the life of a volume
 *
 * While somebody does, the volume stays as active as it was found. A count and not a
 * lock, because a point takes part in 1024 volumes.
 */
#include "volume.h"

int rp_volume_enter(struct rp_volume *vol, bool write)
{
	int r = 0;

	spin_lock(&vol->lock);
	switch (vol->state) {
	case REFPOINT_VOLUME_ACTIVE:
		break;
	case REFPOINT_VOLUME_READ_ONLY:
		r = write ? -EROFS : 0;
		break;
	case REFPOINT_VOLUME_FAILED:
		r = write ? -EIO : 0;
		break;
	case REFPOINT_VOLUME_HELD:
		r = write ? -EBUSY : 0;
		break;
	case REFPOINT_VOLUME_SUSPENDED:
		r = -EAGAIN;
		break;
	default:
		r = -ENXIO;
	}
	/* I1, I10: what it has may be older than what others know of it. */
	if (!r && !write && vol->coming)
		r = -EALREADY;
	if (!r)
		vol->users++;
	spin_unlock(&vol->lock);
	return r;
}

void rp_volume_exit(struct rp_volume *vol)
{
	spin_lock(&vol->lock);
	if (!--vol->users)
		wake_up_all(&vol->users_gone);
	spin_unlock(&vol->lock);
}

static bool no_users(struct rp_volume *vol)
{
	bool none;

	spin_lock(&vol->lock);
	none = !vol->users;
	spin_unlock(&vol->lock);
	return none;
}

void rp_volume_wait_users(struct rp_volume *vol)
{
	wait_event(vol->users_gone, no_users(vol));
}

int rp_volume_refuse(struct rp_volume *vol, int err, struct rp_result *res)
{
	char name[REFPOINT_NAME_MAX + 1];
	const char *what;
	u32 reason;

	switch (err) {
	case -EAGAIN:
		reason = REFPOINT_REASON_MEMBER_SUSPENDED;
		what = "suspended";
		break;
	case -EALREADY:
		reason = REFPOINT_REASON_BUSY;
		what = "being activated";
		break;
	case -EBUSY:
		reason = REFPOINT_REASON_MEMBER_HELD;
		what = "held: its metadata cannot be written just now";
		break;
	case -EROFS:
		reason = REFPOINT_REASON_MEMBER_READ_ONLY;
		what = "read-only";
		break;
	case -EIO:
		reason = REFPOINT_REASON_MEMBER_FAILED;
		what = "failed: its changes are not tracked";
		break;
	default:
		reason = REFPOINT_REASON_MEMBER_INACTIVE;
		what = "not active";
	}
	rp_volume_name(vol, name);
	return rp_result_set(res, REFPOINT_RV_INVALID_STATE, reason, &vol->uuid,
			     "volume \"%s\" is %s", name, what);
}
