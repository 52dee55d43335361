// SPDX-License-Identifier: GPL-2.0-only
/*
 * lease.c - the intervals of a list of changes, held between its pages
 *
 * A lease in the table is let go under the table's mutex; one out of it belongs to
 * a request, which is entered. A volume that goes down sets vol->going, then
 * announces it, then waits until nobody is entered: what is in the table goes with
 * the announcement, nothing enters the table after it, and requests let go of
 * theirs before they leave. So nothing is pinned when the metadata is closed.
 */
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "lease.h"

static DEFINE_MUTEX(rp_lease_mutex);	/* the table; inside vol->life */
static LIST_HEAD(rp_leases);		/* the one that ends first at the head */
static unsigned int rp_nr_leases;

static void rp_lease_expire(struct work_struct *work);
static DECLARE_DELAYED_WORK(rp_lease_work, rp_lease_expire);

static void rp_lease_unpin(struct rp_lease *lease)
{
	while (lease->nr_pins)
		rp_md_query_close(lease->pin[--lease->nr_pins]);
}

void rp_lease_end(struct rp_lease *lease)
{
	rp_lease_unpin(lease);
	rp_volume_put(lease->vol);
	kfree(lease);
}

static void rp_lease_remove(struct rp_lease *lease)
{
	lockdep_assert_held(&rp_lease_mutex);
	list_del_init(&lease->node);
	rp_nr_leases--;
}

static bool rp_end_equal(const struct rp_end *a, const struct rp_end *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case RP_END_POINT:
		return uuid_equal(&a->point, &b->point);
	case RP_END_HANDLE:
		return !strcmp(a->handle, b->handle);
	default:
		return true;
	}
}

static struct rp_lease *rp_lease_take(const struct rp_changes_request *req)
{
	struct rp_lease *lease, *found = NULL;

	mutex_lock(&rp_lease_mutex);
	list_for_each_entry(lease, &rp_leases, node) {
		if (lease->cookie != req->lease)
			continue;
		if (lease->vol == req->vol &&
		    rp_end_equal(&lease->req_from, &req->from) &&
		    rp_end_equal(&lease->req_to, &req->to)) {
			rp_lease_remove(lease);
			found = lease;
		}
		break;
	}
	mutex_unlock(&rp_lease_mutex);
	return found;
}

struct rp_lease *rp_lease_begin(const struct rp_changes_request *req)
{
	struct rp_lease *lease = req->lease ? rp_lease_take(req) : NULL;

	if (lease)
		return lease;
	lease = kzalloc(sizeof(*lease), GFP_KERNEL);
	if (!lease)
		return NULL;
	INIT_LIST_HEAD(&lease->node);
	rp_volume_get(req->vol);
	lease->vol = req->vol;
	lease->req_from = req->from;
	lease->req_to = req->to;
	return lease;
}

u64 rp_lease_keep(struct rp_lease *lease)
{
	u64 cookie;

	/* By chance alone, so that no other list's cookie is hit by mistake. */
	while (!lease->cookie)
		lease->cookie = get_random_u64();
	cookie = lease->cookie;

	mutex_lock(&rp_lease_mutex);
	if (READ_ONCE(lease->vol->going) || rp_nr_leases >= RP_LEASES_MAX) {
		cookie = 0;
	} else {
		lease->expires = jiffies + msecs_to_jiffies(RP_LEASE_MS);
		list_add_tail(&lease->node, &rp_leases);
		if (!rp_nr_leases++)
			schedule_delayed_work(&rp_lease_work,
					      msecs_to_jiffies(RP_LEASE_MS));
	}
	mutex_unlock(&rp_lease_mutex);

	if (!cookie)
		rp_lease_end(lease);
	return cookie;
}

static void rp_lease_expire(struct work_struct *work)
{
	struct rp_lease *lease, *next;

	mutex_lock(&rp_lease_mutex);
	list_for_each_entry_safe(lease, next, &rp_leases, node) {
		if (time_before(jiffies, lease->expires)) {
			schedule_delayed_work(&rp_lease_work,
					      lease->expires - jiffies + 1);
			break;
		}
		rp_lease_remove(lease);
		rp_lease_end(lease);
	}
	mutex_unlock(&rp_lease_mutex);
}

int rp_lease_pin(struct rp_lease *lease, rp_seq_t last)
{
	struct rp_md *md = lease->vol->md;
	struct rp_md_query *q;
	int err;

	if (rp_seq_nr(last) <= rp_seq_nr(lease->pinned))
		return 0;
	err = rp_md_query_open(md, lease->from, last, &q);
	if (!err) {
		rp_lease_unpin(lease);
	} else if (err == -ENOENT && lease->nr_pins &&
		   lease->nr_pins < RP_PINS_MAX) {
		/* "from" was destroyed on the way: add to what is pinned. */
		err = rp_md_query_open(md, lease->pinned, last, &q);
	}
	if (err)
		return err;
	lease->pin[lease->nr_pins++] = q;
	lease->pinned = last;
	return 0;
}

static int rp_lease_notify(struct notifier_block *nb, unsigned long note,
			   void *data)
{
	struct rp_lease *lease, *next;
	struct rp_volume *vol = data;

	if (note != RP_VOLUME_DOWN)
		return NOTIFY_DONE;
	mutex_lock(&rp_lease_mutex);
	list_for_each_entry_safe(lease, next, &rp_leases, node) {
		if (lease->vol == vol) {
			rp_lease_remove(lease);
			rp_lease_end(lease);
		}
	}
	mutex_unlock(&rp_lease_mutex);
	return NOTIFY_OK;
}

static struct notifier_block rp_lease_nb = {
	.notifier_call = rp_lease_notify,
};

int rp_changes_init(void)
{
	return blocking_notifier_chain_register(&rp_volume_notifier,
						&rp_lease_nb);
}

void rp_changes_exit(void)
{
	blocking_notifier_chain_unregister(&rp_volume_notifier, &rp_lease_nb);
	/* No volume is left, hence no lease; the work may still be waiting. */
	WARN_ON(rp_nr_leases);
	cancel_delayed_work_sync(&rp_lease_work);
}
