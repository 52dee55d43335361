// SPDX-License-Identifier: GPL-2.0-only
/*
 * target.c - the device-mapper target, and nothing else
 *
 *   <start> <length> refpoint <metadata_dev> <origin_dev> [<#features> <feature>...]
 *
 * Features: see feature.c
 *
 * Status: <state> <generation> <incarnation> <granule bytes>
 *	   <used>/<total metadata blocks> <points> <gaps>
 */
#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "ahead.h"
#include "arm.h"
#include "checkpoint.h"
#include "compat/compat.h"
#include "feature.h"
#include "gap.h"
#include "hold.h"
#include "registry.h"
#include "target.h"
#include "witness.h"
#include "write.h"

/**
 * struct rp_target - one table entry
 * @ti: as device mapper sees it
 * @metadata: NULL when it could not be opened
 * @origin: what I/O goes to
 * @vol: NULL when the metadata is unusable and degraded_ok was given
 * @features: of the table line
 * @degraded: pass I/O through: @vol is NULL, or could not be activated; changes
 *	while the device is suspended
 * @bypass: its origin, while @degraded and not suspended
 * @why: what is wrong with the metadata
 */
struct rp_target {
	struct dm_target *ti;
	struct dm_dev *metadata;
	struct dm_dev *origin;
	struct rp_volume *vol;
	struct rp_features features;
	bool degraded;
	struct rp_bypass bypass;
	struct rp_why why;
};

static int open_devices(struct rp_target *t, struct dm_arg_set *as, char **error)
{
	struct dm_target *ti = t->ti;
	const char *metadata = dm_shift_arg(as);
	const char *origin = dm_shift_arg(as);
	int r;

	r = dm_get_device(ti, origin, dm_table_get_mode(ti->table), &t->origin);
	if (r) {
		*error = "Cannot open the origin device";
		return r;
	}
	r = dm_get_device(ti, metadata, dm_table_get_mode(ti->table), &t->metadata);
	if (r) {
		t->metadata = NULL;
		strscpy(t->why.text, "cannot open the metadata device",
			sizeof(t->why.text));
		return 0;
	}
	if (t->metadata->bdev->bd_dev == t->origin->bdev->bd_dev) {
		*error = "Metadata and origin are the same device";
		return -EINVAL;
	}
	return 0;
}

static int check_origin(struct rp_target *t, char **error)
{
	if (bdev_is_zoned(t->origin->bdev)) {
		*error = "A zoned origin is not supported";
		return -EOPNOTSUPP;
	}
	if (t->ti->len > bdev_nr_sectors(t->origin->bdev)) {
		*error = "The origin device is too small";
		return -EINVAL;
	}
	return 0;
}

/* The table's error stays with dm after we are gone; the log has the details. */
static char *ctr_error(int err)
{
	switch (err) {
	case -ENODATA:
		return "The metadata device is not formatted (see refpoint format)";
	case -EUCLEAN:
		return "The metadata is damaged (see the kernel log)";
	case -EPROTONOSUPPORT:
		return "The metadata was made by a newer version";
	case -EFBIG:
		return "The metadata device is smaller than its metadata says";
	case -EINVAL:
		return "The metadata does not fit this table (see the kernel log)";
	case -EBUSY:
		return "A volume with this identity or these devices is active already";
	case -ENOSPC:
		return "The metadata device is too small for this length (see the kernel log)";
	case -ERANGE:
		return "The metadata's granularity or region size does not allow this length";
	case -ENOMEM:
		return "Out of memory";
	case -ENXIO:
		return "Cannot open the metadata device";
	default:
		return "Cannot read the metadata device";
	}
}

/*
 * What degraded_ok is for: there are no metadata, or none that can be used. A table
 * that is wrong is refused all the same, and so is one beside a volume that tracks
 * the same devices, and would not know what is written past it (I1).
 */
static bool metadata_unusable(int err)
{
	switch (err) {
	case -ENXIO:
	case -EIO:
	case -ENODATA:
	case -EUCLEAN:
	case -EPROTONOSUPPORT:
	case -EFBIG:
		return true;
	default:
		return false;
	}
}

static void note_degraded(struct rp_target *t)
{
	static const char text[] = "written through a degraded table";

	if (t->vol)
		rp_gap_degraded(t->vol, text);
	else
		rp_witness_note_origin(t->origin->bdev->bd_dev,
				       REFPOINT_GAP_DEGRADED, text);
}

static void refpoint_dtr(struct dm_target *ti)
{
	struct rp_target *t = ti->private;

	rp_registry_bypass_end(&t->bypass);
	if (t->vol)
		rp_volume_destroy(t->vol);
	if (t->metadata)
		dm_put_device(ti, t->metadata);
	if (t->origin)
		dm_put_device(ti, t->origin);
	kfree(t);
}

/* O8: writes nothing. */
static int refpoint_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_arg_set as = { .argc = argc, .argv = argv };
	struct rp_target *t;
	int r;

	if (argc < 2) {
		ti->error = "Usage: <metadata_dev> <origin_dev> [<#features> <feature>...]";
		return -EINVAL;
	}
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	t->ti = ti;
	INIT_LIST_HEAD(&t->bypass.node);
	ti->private = t;

	r = open_devices(t, &as, &ti->error);
	if (!r)
		r = rp_feature_parse(&t->features, &as, &ti->error);
	if (!r)
		r = check_origin(t, &ti->error);
	if (r)
		goto bad;
	r = t->metadata ? rp_volume_create(ti, t->metadata, t->origin, &t->vol,
					   &t->why) : -ENXIO;
	if (t->features.degraded_ok && metadata_unusable(r)) {
		DMWARN("%s: tracks nothing: %s", dm_table_device_name(ti->table),
		       t->why.text);
		r = 0;
	}
	if (r) {
		DMERR("%s: %s", dm_table_device_name(ti->table), t->why.text);
		ti->error = ctr_error(r);
		goto bad;
	}
	if (t->vol) {
		t->vol->read_only = !(dm_table_get_mode(ti->table) & BLK_OPEN_WRITE);
		t->vol->fail_stop = t->features.fail_stop;
		t->vol->hold = t->features.hold;
		t->vol->degraded_ok = t->features.degraded_ok;
	}

	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	ti->num_secure_erase_bios = 1;
	ti->num_write_zeroes_bios = 1;
	ti->per_io_data_size = sizeof(struct rp_io);
	return 0;
bad:
	refpoint_dtr(ti);
	return r;
}

static int refpoint_map(struct dm_target *ti, struct bio *bio)
{
	struct rp_target *t = ti->private;
	struct rp_io *io = rp_io_of(bio);
	struct rp_write *w = &io->write;
	bool write = op_is_write(bio_op(bio)) && bio_sectors(bio);

	bio_set_dev(bio, t->origin->bdev);
	w->counted = false;
	io->flushing = false;
	if (!write || unlikely(t->degraded)) {
		bio->bi_iter.bi_sector = dm_target_offset(ti, bio->bi_iter.bi_sector);
		if (!t->degraded)
			rp_write_pass(t->vol, bio);
		return DM_MAPIO_REMAPPED;
	}
	/*
	 * The block layer only warns of a write to a read-only device, when
	 * somebody has had it open since before: nothing could track it (I1).
	 */
	if (unlikely(t->vol->read_only))
		return DM_MAPIO_KILL;
	rp_write_init(t->vol, bio, w);
	bio->bi_iter.bi_sector = dm_target_offset(ti, bio->bi_iter.bi_sector);
	/* A checkpoint may take back what was just ready: the test and the mark again (O1). */
	if (likely(rp_write_admit(t->vol, w)) ||
	    (rp_ahead_ready(t->vol->arm, w) && rp_write_admit(t->vol, w))) {
		rp_write_pass(t->vol, bio);
		return DM_MAPIO_REMAPPED;
	}
	rp_arm_queue(t->vol->arm, bio);
	return DM_MAPIO_SUBMITTED;
}

/* Turned away is not tried: no cache has dropped anything. */
static bool flush_failed(blk_status_t error)
{
	return error != BLK_STS_OK && error != BLK_STS_AGAIN &&
	       error != BLK_STS_DM_REQUEUE;
}

static int refpoint_end_io(struct dm_target *ti, struct bio *bio,
			   blk_status_t *error)
{
	struct rp_target *t = ti->private;
	struct rp_io *io = rp_io_of(bio);

	if (io->write.counted)
		rp_write_end(t->vol, &io->write, *error != BLK_STS_OK);
	if (unlikely(io->flushing))
		rp_origin_flush_end(&t->vol->origin, &io->flush,
				    flush_failed(*error));
	return DM_ENDIO_DONE;
}

static int refpoint_preresume(struct dm_target *ti)
{
	struct rp_target *t = ti->private;
	int r = t->vol ? rp_volume_activate(t->vol) : -ENXIO;

	/* I7: an error leaves the device suspended, and all of its I/O waiting. */
	t->degraded = r && t->features.degraded_ok && r != -EBUSY;
	if (!t->degraded)
		return r;
	r = rp_registry_bypass(&t->bypass, ti, t->origin->bdev->bd_dev, &t->why);
	if (r) {
		DMERR("%s: %s", dm_table_device_name(ti->table), t->why.text);
		return r;
	}
	if (t->vol)
		DMWARN("%s: tracks nothing: the volume could not be activated",
		       dm_table_device_name(ti->table));
	note_degraded(t);
	return 0;
}

static void refpoint_presuspend(struct dm_target *ti)
{
	struct rp_target *t = ti->private;

	if (!t->vol)
		return;
	/* Known here only: postsuspend comes when the mark is gone. */
	t->vol->noflush = dm_noflush_suspending(ti);
	/* I7: device mapper waits for the writes that are held. */
	rp_hold_forbid(t->vol);
	if (t->vol->arm)
		rp_arm_kick(t->vol->arm);
}

static void refpoint_presuspend_undo(struct dm_target *ti)
{
	struct rp_target *t = ti->private;

	if (t->vol)
		rp_hold_allow(t->vol);
}

static void refpoint_postsuspend(struct dm_target *ti)
{
	struct rp_target *t = ti->private;

	if (t->vol)
		rp_volume_deactivate(t->vol);
	rp_registry_bypass_end(&t->bypass);
}

static const char *state_name(u32 state)
{
	switch (state) {
	case REFPOINT_VOLUME_ACTIVE:
		return "active";
	case REFPOINT_VOLUME_SUSPENDED:
		return "suspended";
	case REFPOINT_VOLUME_READ_ONLY:
		return "read-only";
	case REFPOINT_VOLUME_FAILED:
		return "failed";
	case REFPOINT_VOLUME_HELD:
		return "held";
	default:
		return "inactive";
	}
}

static void emit_status(struct rp_target *t, char *result, unsigned int maxlen)
{
	struct rp_volume *vol = t->vol;
	struct rp_md_usage usage;
	struct rp_md_info info;
	unsigned int points, gaps, sz = 0;
	u32 state;

	if (!vol || t->degraded) {
		DMEMIT("degraded - 0 0 0/0 0 1");
		return;
	}
	/* From memory: never waits for I/O or for a suspended device. */
	spin_lock(&vol->lock);
	state = vol->state;
	info = vol->info;
	usage = vol->usage;
	points = vol->nr_points;
	gaps = vol->nr_gaps;
	spin_unlock(&vol->lock);
	DMEMIT("%s %pUb %llu %llu %llu/%llu %u %u", state_name(state),
	       info.generation, info.incarnation,
	       1ULL << info.geo.granule_shift, usage.used, info.nr_blocks,
	       points, gaps);
}

static void refpoint_status(struct dm_target *ti, status_type_t type,
			    unsigned int status_flags, char *result,
			    unsigned int maxlen)
{
	struct rp_target *t = ti->private;
	unsigned int sz = 0;

	switch (type) {
	case STATUSTYPE_INFO:
		emit_status(t, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		DMEMIT("%s %s", t->metadata ? t->metadata->name : "-",
		       t->origin->name);
		sz += rp_feature_emit(&t->features, result + sz, maxlen - sz);
		break;
	case STATUSTYPE_IMA:
		DMEMIT_TARGET_NAME_VERSION(ti->type);
		DMEMIT(",metadata_dev=%s,origin_dev=%s,degraded_ok=%c,fail_stop=%c,hold=%u;",
		       t->metadata ? t->metadata->name : "-", t->origin->name,
		       t->features.degraded_ok ? 'y' : 'n', t->features.fail_stop ? 'y' : 'n',
		       t->features.hold);
		break;
	}
}

static int refpoint_message(struct dm_target *ti, unsigned int argc, char **argv,
			    char *result, unsigned int maxlen)
{
	struct rp_target *t = ti->private;

	if (argc == 1 && !strcasecmp(argv[0], "checkpoint") && t->vol)
		return rp_checkpoint_wait(t->vol, jiffies + 30 * HZ);
	DMWARN("%s: unknown message '%s'", dm_table_device_name(ti->table), argv[0]);
	return -EINVAL;
}

static int refpoint_iterate_devices(struct dm_target *ti,
				    iterate_devices_callout_fn fn, void *data)
{
	struct rp_target *t = ti->private;

	return fn(ti, t->origin, 0, ti->len, data);
}

static struct target_type refpoint_target = {
	.name = "refpoint",
	.version = {1, 0, 0},
	.features = DM_TARGET_NOWAIT | DM_TARGET_PASSES_INTEGRITY |
		    DM_TARGET_PASSES_CRYPTO,
	.module = THIS_MODULE,
	.ctr = refpoint_ctr,
	.dtr = refpoint_dtr,
	.map = refpoint_map,
	.end_io = refpoint_end_io,
	.preresume = refpoint_preresume,
	.presuspend = refpoint_presuspend,
	.presuspend_undo = refpoint_presuspend_undo,
	.postsuspend = refpoint_postsuspend,
	.status = refpoint_status,
	.message = refpoint_message,
	.iterate_devices = refpoint_iterate_devices,
};

int rp_target_init(void)
{
	return dm_register_target(&refpoint_target);
}

void rp_target_exit(void)
{
	dm_unregister_target(&refpoint_target);
}
