// SPDX-License-Identifier: GPL-2.0-only
/*
 * pass.c - writes that have waited, on their way to the origin (I7)
 */
#include "arm.h"
#include "workqueue.h"
#include "write.h"

/* An origin that is only slow takes a request in less. */
#define PASS_PATIENCE	HZ

static struct rp_arm *arm_of(struct rp_pass *p)
{
	return container_of(p, struct rp_arm, pass);
}

static void pass_one(struct rp_arm *arm, struct bio *bio)
{
	/* The test and the mark in one RCU section (O1). */
	if (!rp_write_admit(arm->vol, rp_write_of(bio))) {
		rp_arm_again(arm, bio);
		return;
	}
	rp_write_pass(arm->vol, bio);
	submit_bio_noacct(bio);
}

/*
 * One has been submitted. Woken under the lock: whoever waits looks under it, and
 * frees all of this once there is none left.
 */
static void one_is_gone(struct rp_pass *p)
{
	lockdep_assert_held(&p->lock);
	if (!--p->nr_going && bio_list_empty(&p->go))
		wake_up_all(&arm_of(p)->idle);
}

static struct bio *take(struct rp_pass *p)
{
	struct bio *bio = bio_list_pop(&p->go);

	lockdep_assert_held(&p->lock);
	if (bio)
		p->nr_going++;
	p->since = jiffies;
	return bio;
}

static void pass_work(struct work_struct *work)
{
	struct rp_pass *p = container_of(work, struct rp_pass, work);
	struct bio *bio;

	spin_lock_irq(&p->lock);
	while ((bio = take(p))) {
		spin_unlock_irq(&p->lock);
		pass_one(arm_of(p), bio);
		spin_lock_irq(&p->lock);
		one_is_gone(p);
	}
	spin_unlock_irq(&p->lock);
}

/* One that has a worker for itself. The bio may be gone when it was submitted. */
static void alone_work(struct work_struct *work)
{
	struct rp_io *io = container_of(work, struct rp_io, work);
	struct rp_pass *p = io->pass;

	pass_one(arm_of(p), dm_bio_from_per_bio_data(io, sizeof(*io)));
	spin_lock_irq(&p->lock);
	one_is_gone(p);
	spin_unlock_irq(&p->lock);
}

static void spread_work(struct work_struct *work)
{
	struct rp_pass *p = container_of(to_delayed_work(work), struct rp_pass,
					 spread_work);
	struct bio_list bios = BIO_EMPTY_LIST;
	struct bio *bio;
	bool more;

	spin_lock_irq(&p->lock);
	/* It is in a submission, or has not begun: others of its kind may be in theirs. */
	if (time_after_eq(jiffies, p->since + PASS_PATIENCE)) {
		bio_list_merge(&bios, &p->go);
		bio_list_init(&p->go);
		p->nr_going += bio_list_size(&bios);
	}
	more = !bio_list_empty(&p->go);
	spin_unlock_irq(&p->lock);
	while ((bio = bio_list_pop(&bios))) {
		struct rp_io *io = rp_io_of(bio);

		io->pass = p;
		INIT_WORK(&io->work, alone_work);
		queue_work(rp_alone_wq, &io->work);
	}
	if (more)
		queue_delayed_work(rp_overdue_wq, &p->spread_work, PASS_PATIENCE);
}

void rp_pass_init(struct rp_pass *p)
{
	spin_lock_init(&p->lock);
	bio_list_init(&p->go);
	INIT_WORK(&p->work, pass_work);
	INIT_DELAYED_WORK(&p->spread_work, spread_work);
}

void rp_pass_add(struct rp_pass *p, struct bio_list *bios)
{
	unsigned long flags;

	if (bio_list_empty(bios))
		return;
	spin_lock_irqsave(&p->lock, flags);
	if (bio_list_empty(&p->go) && !p->nr_going)
		p->since = jiffies;
	bio_list_merge(&p->go, bios);
	queue_work(rp_pass_wq, &p->work);
	queue_delayed_work(rp_overdue_wq, &p->spread_work, PASS_PATIENCE);
	spin_unlock_irqrestore(&p->lock, flags);
	bio_list_init(bios);
}

bool rp_pass_idle(struct rp_pass *p)
{
	bool idle;

	spin_lock_irq(&p->lock);
	idle = !p->nr_going && bio_list_empty(&p->go);
	spin_unlock_irq(&p->lock);
	return idle;
}

void rp_pass_end(struct rp_pass *p)
{
	cancel_delayed_work_sync(&p->spread_work);
	cancel_work_sync(&p->work);
}
