// SPDX-License-Identifier: GPL-2.0-only
/*
 * tombstone.c - ids of points and collections that are never used again (O6)
 */
#include <linux/rbtree.h>
#include <linux/spinlock.h>

#include "record_list.h"
#include "tombstone.h"

struct rp_tombstone_entry {
	struct rb_node node;
	struct rp_tombstone t;
};

/* The tree. Leaf: nothing is taken inside it. */
static DEFINE_SPINLOCK(tombstones_lock);
static struct rb_root tombstones = RB_ROOT;

static struct rp_tombstone_entry *find(const void *id, struct rb_node ***linkp,
				       struct rb_node **parentp)
{
	struct rb_node **link = &tombstones.rb_node, *parent = NULL;

	lockdep_assert_held(&tombstones_lock);
	while (*link) {
		struct rp_tombstone_entry *e =
			rb_entry(*link, struct rp_tombstone_entry, node);
		int cmp = memcmp(id, e->t.id, 16);

		if (!cmp)
			return e;
		parent = *link;
		link = cmp < 0 ? &parent->rb_left : &parent->rb_right;
	}
	*linkp = link;
	*parentp = parent;
	return NULL;
}

bool rp_tombstone_find(const uuid_t *id, struct rp_tombstone *t)
{
	struct rb_node **link, *parent;
	struct rp_tombstone_entry *e;

	spin_lock(&tombstones_lock);
	e = find(id, &link, &parent);
	if (e && t)
		*t = e->t;
	spin_unlock(&tombstones_lock);
	return e;
}

struct rp_tombstone_entry *rp_tombstone_reserve(void)
{
	return rp_zalloc(sizeof(struct rp_tombstone_entry));
}

void rp_tombstone_cancel(struct rp_tombstone_entry *entry)
{
	rp_free(entry);
}

void rp_tombstone_publish(struct rp_tombstone_entry *entry,
			  const struct rp_tombstone *t)
{
	struct rb_node **link, *parent;
	struct rp_tombstone_entry *old;

	entry->t = *t;
	spin_lock(&tombstones_lock);
	old = find(t->id, &link, &parent);
	if (old) {
		/* Destroyed outweighs void, as in rp_resolve(). */
		if (old->t.state < t->state)
			old->t = *t;
	} else {
		rb_link_node(&entry->node, parent, link);
		rb_insert_color(&entry->node, &tombstones);
	}
	spin_unlock(&tombstones_lock);
	if (old)
		rp_free(entry);
}

struct pack {
	bool found;
	u8 id[16];
	size_t len;
	u8 data[RP_TOMBSTONES_SIZE(RP_TOMBSTONES_MAX)];
};

/* The first pack with room; under the metadata's short lock. */
static int find_room(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct pack *pack = arg;

	if (len >= sizeof(pack->data))
		return 0;
	memcpy(pack->id, id, 16);
	memcpy(pack->data, data, len);
	pack->len = len;
	pack->found = true;
	return 1;
}

int rp_tombstone_stage(struct rp_md *md, const struct rp_tombstone *t,
		       unsigned int nr)
{
	struct rp_tombstone *all;
	struct pack *pack;
	unsigned int have = 0;
	int err = -ENOMEM;

	pack = rp_zalloc(sizeof(*pack));
	all = rp_calloc(RP_TOMBSTONES_MAX, sizeof(*all));
	if (!pack || !all)
		goto out;

	rp_md_for_each_record(md, RP_RECORD_TOMBSTONES, find_room, pack);
	/* One that cannot be read is left as it is, for people to look at. */
	if (!pack->found ||
	    rp_tombstones_decode(pack->data, pack->len, all, &have)) {
		have = 0;
		generate_random_uuid(pack->id);
	}

	err = 0;
	while (nr && !err) {
		unsigned int n = min(nr, RP_TOMBSTONES_MAX - have);

		memcpy(all + have, t, n * sizeof(*t));
		rp_tombstones_encode(all, have + n, pack->data);
		err = rp_md_stage_record(md, RP_RECORD_TOMBSTONES, pack->id,
					 pack->data,
					 RP_TOMBSTONES_SIZE(have + n));
		t += n;
		nr -= n;
		have = 0;
		generate_random_uuid(pack->id);
	}
out:
	rp_free(all);
	rp_free(pack);
	return err;
}

static int find_id(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct rp_tombstone t;

	return !rp_tombstones_find(data, len, arg, &t);
}

bool rp_tombstone_stands(struct rp_md *md, const uuid_t *id)
{
	uuid_t copy = *id;

	return rp_md_for_each_record(md, RP_RECORD_TOMBSTONES, find_id, copy.b);
}

static int load_pack(const u8 id[16], const void *data, size_t len, void *arg)
{
	struct rp_tombstone *all = arg;
	unsigned int i, nr;
	int err;

	err = rp_tombstones_decode(data, len, all, &nr);
	if (err) {
		pr_warn("refpoint: a pack of used-up ids cannot be read (%d)\n",
			err);
		return 0;
	}
	for (i = 0; i < nr; i++) {
		struct rp_tombstone_entry *entry = rp_tombstone_reserve();

		if (!entry)
			return -ENOMEM;
		rp_tombstone_publish(entry, &all[i]);
	}
	return 0;
}

int rp_tombstone_load(struct rp_md *md)
{
	struct rp_tombstone *all;
	int err;

	all = rp_calloc(RP_TOMBSTONES_MAX, sizeof(*all));
	if (!all)
		return -ENOMEM;
	err = rp_record_walk(md, RP_RECORD_TOMBSTONES, load_pack, all);
	rp_free(all);
	return err;
}

void rp_tombstone_exit(void)
{
	struct rp_tombstone_entry *e, *next;

	rbtree_postorder_for_each_entry_safe(e, next, &tombstones, node)
		rp_free(e);
	tombstones = RB_ROOT;
}
