// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_registry.c - all points by id: lookup, and copies for reading
 */
#include "point_registry.h"
#include "volume.h"

/* The tree, words and phases; no I/O under it. */
DEFINE_MUTEX(rp_points_lock);
static struct rb_root points = RB_ROOT;
static u32 generation;

void rp_point_touch(void)
{
	lockdep_assert_held(&rp_points_lock);
	WRITE_ONCE(generation, generation + 1);
}

u32 rp_point_generation(void)
{
	return READ_ONCE(generation);
}

struct rp_point *rp_point_first(const uuid_t *id)
{
	struct rb_node *node = points.rb_node;
	struct rp_point *found = NULL;

	lockdep_assert_held(&rp_points_lock);
	while (node) {
		struct rp_point *p = rb_entry(node, struct rp_point, node);

		if (!id || memcmp(&p->id, id, sizeof(*id)) >= 0) {
			found = p;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct rp_point *rp_point_after(struct rp_point *p)
{
	lockdep_assert_held(&rp_points_lock);
	return rb_entry_safe(rb_next(&p->node), struct rp_point, node);
}

struct rp_point *rp_point_find(const uuid_t *id)
{
	struct rp_point *p = rp_point_first(id);

	return p && uuid_equal(&p->id, id) ? p : NULL;
}

void rp_point_link(struct rp_point *p)
{
	struct rb_node **link = &points.rb_node, *parent = NULL;

	lockdep_assert_held(&rp_points_lock);
	while (*link) {
		struct rp_point *other;

		parent = *link;
		other = rb_entry(parent, struct rp_point, node);
		link = memcmp(&p->id, &other->id, sizeof(p->id)) < 0 ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&p->node, parent, link);
	rb_insert_color(&p->node, &points);
	rp_point_ref(p);
	p->linked = true;
	rp_point_touch();
}

void rp_point_unlink(struct rp_point *p)
{
	lockdep_assert_held(&rp_points_lock);
	if (!p->linked)
		return;
	p->linked = false;
	rb_erase(&p->node, &points);
	rp_point_touch();
	rp_point_put(p);
}

int rp_point_lookup(const uuid_t *id, const uuid_t *volume, u8 generation[16],
		    rp_seq_t *seq)
{
	struct rp_tombstone t;
	struct rp_point *p;
	int err, i;

	mutex_lock(&rp_points_lock);
	p = rp_point_find(id);
	if (rp_tombstone_find(id, &t)) {
		err = t.state == RP_TOMBSTONE_VOID ? -ECANCELED : -ESTALE;
		/* The id of a collection is no point's. */
		if (t.state == RP_TOMBSTONE_COLLECTION)
			err = -ENOENT;
		goto out;
	}
	err = -ENOENT;
	if (!p)
		goto out;
	err = -EBUSY;
	if (p->phase != RP_POINT_IDLE)
		goto out;
	err = -ENOTUNIQ;
	i = rp_point_record_member(&p->rec, volume->b);
	if (i < 0)
		goto out;

	switch (rp_point_verdict(p)) {
	case RP_VERDICT_COMMIT:
		/*
		 * Also where the commit itself did not arrive: the cut came with
		 * the prepare, and the split stays (O6).
		 */
		memcpy(generation, p->rec.members[i].generation, 16);
		*seq = p->rec.members[i].seq;
		/* The number may be another boundary's there, if it was put back. */
		err = p->words[i] != RP_WORD_PREPARED &&
		      p->words[i] != RP_WORD_COMMITTED;
		break;
	case RP_VERDICT_VOID:
		err = -ECANCELED;
		break;
	case RP_VERDICT_DESTROYED:
		err = -ESTALE;
		break;
	default:
		err = -EINPROGRESS;
	}
out:
	mutex_unlock(&rp_points_lock);
	return err;
}

/* Of the point there; a member that has no word shares the point's own doubt. */
static u32 member_state(const struct rp_point *p, unsigned int i, u32 state)
{
	lockdep_assert_held(&rp_points_lock);
	if (state == REFPOINT_POINT_VOID || state == REFPOINT_POINT_DESTROYED)
		return state;
	switch (p->words[i]) {
	case RP_WORD_PREPARED:
		return state == REFPOINT_POINT_IN_DOUBT ? state :
							  REFPOINT_POINT_PREPARED;
	case RP_WORD_COMMITTED:
		return REFPOINT_POINT_COMMITTED;
	case RP_WORD_VOID:
		return REFPOINT_POINT_VOID;
	case RP_WORD_DESTROYED:
		return REFPOINT_POINT_DESTROYED;
	default:
		return p->phase == RP_POINT_CREATING ?
			       REFPOINT_POINT_PREPARING :
			       REFPOINT_POINT_IN_DOUBT;
	}
}

static int get_remembered(const uuid_t *id, struct rp_point_info *info)
{
	struct rp_tombstone t;

	if (!rp_tombstone_find(id, &t) || t.state == RP_TOMBSTONE_COLLECTION)
		return -ENOENT;
	memset(info, 0, sizeof(*info));
	info->id = *id;
	info->remembered = true;
	info->state = t.state;
	info->reason = t.reason;
	info->rec.time = t.time;
	return 0;
}

int rp_point_get(const uuid_t *id, struct rp_point_info *info,
		 unsigned int first, struct rp_point_member_info *members,
		 unsigned int max)
{
	struct rp_tombstone t;
	struct rp_point *p;
	unsigned int i;
	int nr;

	mutex_lock(&rp_points_lock);
	p = rp_point_find(id);
	if (!p) {
		nr = get_remembered(id, info);
		goto out;
	}

	info->id = p->id;
	info->state = rp_point_state(p);
	info->reason = REFPOINT_REASON_NONE;
	if (rp_tombstone_find(id, &t))
		info->reason = t.reason;
	else if (info->state == REFPOINT_POINT_IN_DOUBT)
		info->reason = REFPOINT_REASON_IN_DOUBT;
	info->job = p->job;
	info->remembered = false;
	info->rec = p->rec;
	info->rec.members = NULL;
	info->rec.vendor = NULL;
	if (p->rec.vendor_len)
		memcpy(info->vendor, p->rec.vendor, p->rec.vendor_len);
	info->nr_members = p->rec.nr_members;

	first = min(first, p->rec.nr_members);
	nr = min(max, p->rec.nr_members - first);
	for (i = 0; i < nr; i++) {
		const struct rp_point_member *m = &p->rec.members[first + i];

		import_uuid(&members[i].volume, m->volume);
		memcpy(members[i].generation, m->generation, 16);
		/*
		 * I10: no handle of a boundary that may not stay: the number of one
		 * that was never durable is another's, later.
		 */
		members[i].seq = info->state == REFPOINT_POINT_COMMITTED ?
					 m->seq : rp_seq(0);
		members[i].level = m->level;
		members[i].state = member_state(p, first + i, info->state);
	}
out:
	mutex_unlock(&rp_points_lock);
	return nr;
}

bool rp_point_next(const uuid_t *id, uuid_t *next)
{
	struct rp_point *p;

	mutex_lock(&rp_points_lock);
	p = rp_point_first(id);
	/* What has ended is not listed, though its members may not all know. */
	while (p && ((id && uuid_equal(&p->id, id)) ||
		     rp_tombstone_find(&p->id, NULL)))
		p = rp_point_after(p);
	if (p)
		*next = p->id;
	mutex_unlock(&rp_points_lock);
	return p;
}

int rp_point_init(void)
{
	return rp_point_load_init();
}

void rp_point_exit(void)
{
	struct rp_point *p;

	rp_point_load_exit();
	mutex_lock(&rp_points_lock);
	while ((p = rp_point_first(NULL)))
		rp_point_unlink(p);
	mutex_unlock(&rp_points_lock);
}
