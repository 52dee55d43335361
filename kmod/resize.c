// SPDX-License-Identifier: GPL-2.0-only
/*
 * resize.c - a table of another length than the volume had
 *
 * The length changes in the transaction with which an activation begins, which
 * also makes durable that all of a new tail is written in the open interval: a
 * power cut leaves the volume at its old length or at the new one with its tail
 * reported, and whatever table comes next finds nothing missing (I1). Closed
 * intervals keep the length that they had at their end. What a shorter volume
 * loses is forgotten in the open interval only; should it grow again, all of the
 * tail counts as written, whatever was there before.
 */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>

#include "blockdev.h"
#include "registry.h"
#include "resize.h"

static u64 bytes_of_blocks(u64 nr)
{
	return nr << RP_BLOCK_SHIFT;
}

/*
 * The table before this one may be active and write its superblock while it is
 * read here: torn, or one copy of each of two commits. The active volume knows.
 */
static int probe(struct rp_volume *vol, struct rp_md_info *info, struct rp_why *why)
{
	unsigned int tries = 3;
	int r;

	do {
		if (rp_registry_info(vol, info))
			return 0;
		r = rp_md_probe(&vol->bd->io, info, why);
		/* One was activated just now? */
	} while (r == -EUCLEAN && --tries);
	return r;
}

/*
 * Blocks missing beside points and all else that there is now, if anybody is there
 * to ask. The device may have grown since that one was activated.
 */
static u64 blocks_short_now(struct rp_volume *vol, const struct rp_md_info *info)
{
	u64 has = min_t(u64, vol->bd->io.nr_blocks, RP_BLOCKS_MAX);
	struct rp_md_usage usage;
	struct rp_volume *active;
	u64 nr = 0;
	uuid_t uuid;

	import_uuid(&uuid, info->volume);
	active = rp_volume_find(&uuid);
	if (!active)
		return 0;
	if (!rp_volume_enter(active, false)) {
		rp_md_get_usage(active->md, &usage);
		nr = rp_md_blocks_short(active->md, vol->ti->len);
		nr -= min(nr, has - min(has, usage.total));
		rp_volume_exit(active);
	}
	rp_volume_put(active);
	return nr;
}

int rp_resize_probe(struct rp_volume *vol, struct rp_md_info *info,
		    struct rp_why *why)
{
	u64 len = vol->ti->len, has = vol->bd->io.nr_blocks, want;
	int r;

	r = probe(vol, info, why);
	if (r || len <= info->geo.sectors)
		return r;
	if (!rp_geometry_valid(len, info->geo.granule_shift,
			       info->geo.region_shift)) {
		snprintf(why->text, sizeof(why->text),
			 "%llu sectors are more than granules of %llu and regions of %llu bytes allow",
			 len, 1ULL << info->geo.granule_shift,
			 1ULL << info->geo.region_shift);
		return -ERANGE;
	}
	want = rp_md_min_blocks(len, info->geo.granule_shift);
	if (want <= has) {
		/*
		 * Activation looks again. To be told here is better: a resume that
		 * fails leaves the device suspended.
		 */
		want = has + blocks_short_now(vol, info);
		if (want == has)
			return 0;
	}
	snprintf(why->text, sizeof(why->text),
		 "a volume of %llu sectors needs a metadata device of %llu bytes, this one has %llu",
		 len, bytes_of_blocks(want), bytes_of_blocks(has));
	return -ENOSPC;
}

int rp_resize_geometry(struct rp_volume *vol, const struct rp_md_info *info,
		       struct rp_why *why)
{
	u64 len = vol->ti->len;

	if (!rp_geometry_valid(len, info->geo.granule_shift,
			       info->geo.region_shift)) {
		strscpy(why->text, "the metadata is another volume's by now",
			sizeof(why->text));
		return -EINVAL;
	}
	if (len != info->geo.sectors && vol->read_only) {
		snprintf(why->text, sizeof(why->text),
			 "a read-only table cannot change the length from %llu to %llu sectors",
			 info->geo.sectors, len);
		return -EROFS;
	}
	rp_geometry_init(&vol->geo, len, info->geo.granule_shift,
			 info->geo.region_shift);
	return 0;
}

int rp_resize_stage(struct rp_volume *vol)
{
	/* Nobody writes yet, so nobody replaces it. */
	const struct rp_view *view = rcu_dereference_protected(vol->view, 1);
	int r;

	lockdep_assert_held(&vol->md_mutex);
	r = rp_md_stage_sectors(vol->md, vol->geo.sectors);
	if (!r)
		r = rp_md_stage_open(vol->md, view->split.tracker[1]);
	return r;
}

void rp_resize_explain(struct rp_volume *vol, int err, struct rp_why *why)
{
	struct rp_md_usage usage;
	u64 nr;

	if (err != -ENOSPC || vol->geo.sectors <= vol->info.geo.sectors) {
		strscpy(why->text, err == -ENOSPC ?
			"the metadata device is full: no room to begin in, or for what others have said of the volume" :
			"cannot write the metadata", sizeof(why->text));
		return;
	}
	rp_md_get_usage(vol->md, &usage);
	nr = max(rp_md_blocks_short(vol->md, vol->geo.sectors), 1ULL);
	snprintf(why->text, sizeof(why->text),
		 "a volume of %llu sectors needs a metadata device of %llu bytes, this one has %llu",
		 vol->geo.sectors, bytes_of_blocks(usage.total + nr),
		 bytes_of_blocks(usage.total));
}
