// SPDX-License-Identifier: GPL-2.0-only
/*
 * registry.c - the volumes of this host, and who holds which identity
 *
 * During a table reload there are two volumes with one UUID: the active one and
 * the one of the preloaded table. Lookups find the active one, else the one
 * that was active last.
 */
#include <linux/blkdev.h>
#include <linux/slab.h>

#include "registry.h"

/* The list, every volume's identity flag and ti. */
static DEFINE_MUTEX(registry_mutex);
static LIST_HEAD(volumes);

static struct mapped_device *volume_md(const struct rp_volume *vol)
{
	return dm_table_get_md(vol->ti->table);
}

static void volume_name(struct rp_volume *vol, char *name)
{
	lockdep_assert_held(&registry_mutex);
	if (!vol->ti || dm_copy_name_and_uuid(volume_md(vol), name, NULL))
		name[0] = '\0';
}

void rp_volume_name(struct rp_volume *vol, char name[REFPOINT_NAME_MAX + 1])
{
	mutex_lock(&registry_mutex);
	volume_name(vol, name);
	mutex_unlock(&registry_mutex);
}

static bool uses(const struct rp_volume *o, dev_t dev)
{
	return rp_volume_metadata(o)->bd_dev == dev || o->origin.dev->bdev->bd_dev == dev;
}

static int conflict(struct rp_volume *vol, struct rp_volume *o, struct rp_why *why)
{
	char name[REFPOINT_NAME_MAX + 1];
	const char *what = NULL;

	if (uuid_equal(&o->uuid, &vol->uuid))
		what = "a volume with this UUID";
	else if (uses(o, rp_volume_metadata(vol)->bd_dev))
		what = "this metadata device";
	else if (uses(o, vol->origin.dev->bdev->bd_dev))
		what = "this origin device";
	if (!what)
		return 0;
	volume_name(o, name);
	snprintf(why->text, sizeof(why->text), "%s is active already as \"%s\"",
		 what, name);
	return -EBUSY;
}

/* Origins that degraded tables write past all tracking. */
static LIST_HEAD(bypasses);

/* Is an origin or metadata of @vol written past it, by another dm device? */
static int check_bypasses(struct rp_volume *vol, struct rp_why *why)
{
	struct rp_bypass *b;

	lockdep_assert_held(&registry_mutex);
	list_for_each_entry(b, &bypasses, node) {
		if (dm_table_get_md(b->ti->table) == volume_md(vol) ||
		    !uses(vol, b->dev))
			continue;
		snprintf(why->text, sizeof(why->text),
			 "its device is written through a degraded table, \"%s\"",
			 dm_table_device_name(b->ti->table));
		return -EBUSY;
	}
	return 0;
}

int rp_registry_bypass(struct rp_bypass *b, struct dm_target *ti, dev_t origin,
		       struct rp_why *why)
{
	struct rp_volume *o;
	int r = 0;

	mutex_lock(&registry_mutex);
	list_for_each_entry(o, &volumes, node) {
		if (!o->identity || !o->ti || !uses(o, origin) ||
		    volume_md(o) == dm_table_get_md(ti->table))
			continue;
		strscpy(why->text, "its origin belongs to a volume that is active",
			sizeof(why->text));
		r = -EBUSY;
		break;
	}
	b->ti = ti;
	b->dev = origin;
	if (!r && list_empty(&b->node))
		list_add_tail(&b->node, &bypasses);
	mutex_unlock(&registry_mutex);
	return r;
}

void rp_registry_bypass_end(struct rp_bypass *b)
{
	mutex_lock(&registry_mutex);
	list_del_init(&b->node);
	mutex_unlock(&registry_mutex);
}

/* Active volumes of other dm devices that @vol would clash with. */
static int check_conflicts(struct rp_volume *vol, struct rp_why *why)
{
	struct rp_volume *o;
	int r = check_bypasses(vol, why);

	lockdep_assert_held(&registry_mutex);
	if (r)
		return r;
	list_for_each_entry(o, &volumes, node) {
		if (o == vol || !o->identity || !o->ti)
			continue;
		if (volume_md(o) == volume_md(vol) && o->ti->table != vol->ti->table)
			continue;
		r = conflict(vol, o, why);
		if (r)
			break;
	}
	return r;
}

int rp_registry_add(struct rp_volume *vol, struct rp_why *why)
{
	struct rp_volume *o;
	int r;

	mutex_lock(&registry_mutex);
	list_for_each_entry(o, &volumes, node) {
		if (o->ti && o->ti->table == vol->ti->table) {
			strscpy(why->text, "only one refpoint target in a table",
				sizeof(why->text));
			mutex_unlock(&registry_mutex);
			return -EINVAL;
		}
	}
	r = check_conflicts(vol, why);
	if (!r)
		list_add_tail(&vol->node, &volumes);
	mutex_unlock(&registry_mutex);
	return r;
}

void rp_registry_remove(struct rp_volume *vol)
{
	mutex_lock(&registry_mutex);
	list_del_init(&vol->node);
	vol->ti = NULL;
	mutex_unlock(&registry_mutex);
}

int rp_registry_hold(struct rp_volume *vol, struct rp_why *why)
{
	struct rp_volume *o;
	int r;

	mutex_lock(&registry_mutex);
	r = check_conflicts(vol, why);
	list_for_each_entry(o, &volumes, node) {
		/* The other table of the same device: suspended, or a bug. */
		if (!r && o != vol && o->identity &&
		    uuid_equal(&o->uuid, &vol->uuid)) {
			strscpy(why->text, "the table before is active still",
				sizeof(why->text));
			r = -EBUSY;
		}
	}
	if (!r)
		vol->identity = true;
	mutex_unlock(&registry_mutex);
	return r;
}

void rp_registry_let_go(struct rp_volume *vol)
{
	mutex_lock(&registry_mutex);
	vol->identity = false;
	mutex_unlock(&registry_mutex);
}

bool rp_registry_info(struct rp_volume *vol, struct rp_md_info *info)
{
	dev_t dev = rp_volume_metadata(vol)->bd_dev;
	struct rp_volume *o;
	bool found = false;

	mutex_lock(&registry_mutex);
	list_for_each_entry(o, &volumes, node) {
		if (o == vol || !o->identity || rp_volume_metadata(o)->bd_dev != dev)
			continue;
		spin_lock(&o->lock);
		*info = o->info;
		spin_unlock(&o->lock);
		found = true;
		break;
	}
	mutex_unlock(&registry_mutex);
	return found;
}

void rp_registry_catch_up(struct rp_volume *vol)
{
	struct rp_md_info info;
	struct rp_volume *o;

	mutex_lock(&registry_mutex);
	list_for_each_entry(o, &volumes, node) {
		if (o == vol || !uuid_equal(&o->uuid, &vol->uuid))
			continue;
		spin_lock(&o->lock);
		info = o->info;
		spin_unlock(&o->lock);
		spin_lock(&vol->lock);
		if (info.commit > vol->info.commit)
			vol->info = info;
		spin_unlock(&vol->lock);
	}
	mutex_unlock(&registry_mutex);
}

/* Rank for lookups: 2 active in some way, 1 was active, 0 not seen yet. */
static int rank(struct rp_volume *vol)
{
	if (vol->identity)
		return 2;
	return rp_volume_state(vol) == REFPOINT_VOLUME_SUSPENDED;
}

struct rp_volume *rp_volume_find(const uuid_t *uuid)
{
	struct rp_volume *vol, *best = NULL;

	mutex_lock(&registry_mutex);
	list_for_each_entry(vol, &volumes, node)
		if (uuid_equal(&vol->uuid, uuid) && rank(vol) &&
		    (!best || rank(vol) > rank(best)))
			best = vol;
	if (best)
		rp_volume_get(best);
	mutex_unlock(&registry_mutex);
	return best;
}

u32 rp_volume_state_of(const uuid_t *uuid)
{
	struct rp_volume *vol = rp_volume_find(uuid);
	u32 state;

	if (!vol)
		return REFPOINT_VOLUME_INACTIVE;
	state = rp_volume_state(vol);
	rp_volume_put(vol);
	return state;
}

struct rp_volume *rp_volume_find_name(const char *want)
{
	char name[REFPOINT_NAME_MAX + 1];
	struct rp_volume *vol, *best = NULL;

	mutex_lock(&registry_mutex);
	list_for_each_entry(vol, &volumes, node) {
		if (!rank(vol) || (best && rank(vol) <= rank(best)))
			continue;
		volume_name(vol, name);
		if (!strcmp(name, want))
			best = vol;
	}
	if (best)
		rp_volume_get(best);
	mutex_unlock(&registry_mutex);
	return best;
}

struct rp_volume *rp_volume_next(const uuid_t *after)
{
	struct rp_volume *vol, *best = NULL;

	mutex_lock(&registry_mutex);
	list_for_each_entry(vol, &volumes, node) {
		int c;

		if (!rank(vol))
			continue;
		if (after && memcmp(&vol->uuid, after, sizeof(*after)) <= 0)
			continue;
		c = best ? memcmp(&vol->uuid, &best->uuid, sizeof(uuid_t)) : -1;
		if (c < 0 || (!c && rank(vol) > rank(best)))
			best = vol;
	}
	if (best)
		rp_volume_get(best);
	mutex_unlock(&registry_mutex);
	return best;
}
