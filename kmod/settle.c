// SPDX-License-Identifier: GPL-2.0-only
/*
 * settle.c - bring one volume's records up to what the host knows, later
 */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "settle.h"
#include "volume.h"
#include "witness.h"

/* A claim may be held for as long as a point's deadline; then try again. */
#define SETTLE_CLAIM	(10 * HZ)
#define SETTLE_RETRY	(5 * HZ)
#define SETTLE_TRIES	10

/**
 * struct settle - what is to be done to one volume
 * @node: in the list
 * @volume: which
 * @work: the work
 * @running: it runs now
 * @again: something came up while it ran
 * @tries: failures in a row
 */
struct settle {
	struct list_head node;
	uuid_t volume;
	struct delayed_work work;
	bool running;
	bool again;
	unsigned int tries;
};

/* The list and all in it. Leaf. */
static DEFINE_SPINLOCK(settle_lock);
static LIST_HEAD(settle_list);
static bool settle_closing;

static struct workqueue_struct *settle_wq;

void rp_settle_read(struct rp_volume *vol, enum rp_reader reader, int err)
{
	static const char *const of[RP_NR_READERS] = {
		[RP_READER_COLLECTION] = "collections",
		[RP_READER_WITNESS] = "words about others",
		[RP_READER_POINT] = "points",
	};

	if (!err) {
		clear_bit(reader, &vol->unread);
		return;
	}
	pr_warn("refpoint: volume %pUb: its %s cannot be read (%d): tried again\n",
		&vol->uuid, of[reader], err);
	set_bit(reader, &vol->unread);
	rp_settle_queue(&vol->uuid);
}

/* In the order of the notifiers. Claimed. */
static int read_again(struct rp_volume *vol)
{
	static int (*const read[RP_NR_READERS])(struct rp_volume *vol) = {
		[RP_READER_COLLECTION] = rp_collection_read,
		[RP_READER_WITNESS] = rp_witness_read,
		[RP_READER_POINT] = rp_point_read,
	};
	unsigned int i;
	int err = 0, r;

	if (!vol->unread || rp_volume_enter(vol, false))
		return 0;
	/* What is in memory may not be what is on the disk: no word (O6). */
	if (rp_md_failed(vol->md)) {
		rp_volume_exit(vol);
		return 0;
	}
	for (i = 0; i < RP_NR_READERS; i++) {
		if (!test_bit(i, &vol->unread))
			continue;
		r = read[i](vol);
		if (!r)
			clear_bit(i, &vol->unread);
		err = err ? err : r;
	}
	rp_volume_exit(vol);
	return err;
}

/* What can be done is done, whatever else cannot. Claimed and entered. */
static int settle_claimed(struct rp_volume *vol)
{
	int err, r;

	err = rp_witness_hear(vol);
	/*
	 * Without room for a gap: what follows may make some. One whose history is in
	 * question gives no word on points (I10).
	 */
	if (err && (err != -ENOSPC || rp_volume_state(vol) != REFPOINT_VOLUME_ACTIVE))
		return err;
	r = rp_collection_settle(vol);
	err = err ? err : r;
	r = rp_point_settle(vol);
	return err ? err : r;
}

static int settle_volume(struct rp_volume *vol)
{
	int err = 0, r;

	/*
	 * First of all, in whatever state it can be read, and whoever has the claim:
	 * no query is answered as if this were not known (I1, I10).
	 */
	if (!rp_volume_enter(vol, false)) {
		rp_witness_doubt(vol);
		rp_point_doubt(vol);
		rp_volume_exit(vol);
	}
	/* Without the claim, too: a failure elsewhere does not wait (I6). */
	if (!rp_volume_enter(vol, true)) {
		/* What is unread would be overwritten. */
		err = test_bit(RP_READER_WITNESS, &vol->unread) ?
			      -ENOMEM : rp_witness_carry(vol);
		rp_volume_exit(vol);
	} else {
		rp_witness_excuse(vol);
	}
	r = rp_volumes_claim(&vol, 1, jiffies + SETTLE_CLAIM);
	if (r)
		return r;
	r = read_again(vol);
	err = err ? err : r;
	/*
	 * Inactive, suspended, failed, read-only: the next RP_VOLUME_UP queues it
	 * again. Held: the end of the hold does.
	 */
	if (!r && !rp_volume_enter(vol, true)) {
		r = settle_claimed(vol);
		err = err ? err : r;
		rp_volume_exit(vol);
	}
	rp_volumes_release(&vol, 1);
	return err;
}

static void settle_work(struct work_struct *work)
{
	struct settle *s = container_of(to_delayed_work(work), struct settle,
					work);
	struct rp_volume *vol;
	bool done = false, pending;
	int err = 0;

	spin_lock(&settle_lock);
	s->running = true;
	s->again = false;
	spin_unlock(&settle_lock);

	vol = rp_volume_find(&s->volume);
	if (vol) {
		err = settle_volume(vol);
		rp_volume_put(vol);
	} else {
		rp_collection_forget(&s->volume);
		rp_point_forget(&s->volume);
	}

	spin_lock(&settle_lock);
	s->running = false;
	s->tries = err ? s->tries + 1 : 0;
	/* Queued anew between our beginning and our taking the lock: once more. */
	pending = delayed_work_pending(&s->work);
	if (pending)
		done = false;
	else if (settle_closing)
		done = true;
	else if (s->again)	/* without memory: not at once, and no end of it */
		queue_delayed_work(settle_wq, &s->work,
				   err == -ENOMEM ? SETTLE_RETRY : 0);
	else if (err && s->tries < SETTLE_TRIES)
		queue_delayed_work(settle_wq, &s->work, SETTLE_RETRY);
	else
		done = true;
	if (done)
		list_del(&s->node);
	spin_unlock(&settle_lock);

	/* Given up: a full or dying device; the next activation tries again. */
	if (done && err)
		pr_warn("refpoint: records of volume %pU cannot be brought up to date (%d)\n",
			&s->volume, err);
	if (done)
		kfree(s);
}

void rp_settle_queue(const uuid_t *volume)
{
	struct settle *s, *fresh;

	/* Small and in process context: the kernel finds this much. */
	fresh = kzalloc(sizeof(*fresh), GFP_NOIO | __GFP_NOFAIL);
	fresh->volume = *volume;
	INIT_DELAYED_WORK(&fresh->work, settle_work);

	spin_lock(&settle_lock);
	list_for_each_entry(s, &settle_list, node)
		if (uuid_equal(&s->volume, volume))
			goto found;
	if (!settle_closing) {
		list_add(&fresh->node, &settle_list);
		queue_delayed_work(settle_wq, &fresh->work, 0);
		fresh = NULL;
	}
	goto out;
found:
	s->again = true;
	s->tries = 0;
	if (!s->running)
		mod_delayed_work(settle_wq, &s->work, 0);
out:
	spin_unlock(&settle_lock);
	kfree(fresh);
}

void rp_settle_queue_up(const uuid_t *volume)
{
	switch (rp_volume_state_of(volume)) {
	case REFPOINT_VOLUME_INACTIVE:
	case REFPOINT_VOLUME_SUSPENDED:
		break;
	default:
		rp_settle_queue(volume);
	}
}

int rp_settle_init(void)
{
	settle_wq = alloc_workqueue("refpoint_settle",
				    WQ_UNBOUND | WQ_MEM_RECLAIM, WQ_MAX_ACTIVE);
	return settle_wq ? 0 : -ENOMEM;
}

void rp_settle_exit(void)
{
	struct settle *s;

	/* Those that wait for their time run now, find no volume, and go. */
	spin_lock(&settle_lock);
	settle_closing = true;
	list_for_each_entry(s, &settle_list, node)
		mod_delayed_work(settle_wq, &s->work, 0);
	spin_unlock(&settle_lock);
	/* Also waits for what a running one has queued before it saw the flag. */
	destroy_workqueue(settle_wq);
}
