// SPDX-License-Identifier: GPL-2.0-only
/*
 * claim.c - one cutting, checkpointing or deactivating operation per volume
 *
 * An operation on a group claims all of its volumes or none, so that two of
 * them never wait for each other in a circle, whatever their order. It is a
 * flag and not a lock, because a group may have 1024 members.
 */
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "volume.h"

/* Every volume's claimed flag. */
static DEFINE_SPINLOCK(claim_lock);
static DECLARE_WAIT_QUEUE_HEAD(claim_released);

/*
 * A deactivation holds the volume's I/O, so that it must not wait for other
 * volumes (I7): what a group's operation has lent it may take.
 */
static bool try_claim_or_take(struct rp_volume *vol)
{
	bool got;

	spin_lock(&claim_lock);
	got = !vol->claimed || (vol->lender && !vol->borrowed);
	if (got) {
		vol->claimed = true;
		vol->lender = NULL;
	}
	spin_unlock(&claim_lock);
	return got;
}

static bool try_claim(struct rp_volume **vols, unsigned int nr)
{
	bool all = true;
	unsigned int i;

	spin_lock(&claim_lock);
	for (i = 0; all && i < nr; i++)
		all = !vols[i]->claimed;
	for (i = 0; all && i < nr; i++)
		vols[i]->claimed = true;
	spin_unlock(&claim_lock);
	return all;
}

int rp_volumes_claim(struct rp_volume **vols, unsigned int nr,
		     unsigned long deadline)
{
	long left = deadline - jiffies;
	long r;

	if (try_claim(vols, nr))
		return 0;
	if (left <= 0)
		return -ETIMEDOUT;
	r = wait_event_killable_timeout(claim_released, try_claim(vols, nr), left);
	if (r < 0)
		return -EINTR;
	return r ? 0 : -ETIMEDOUT;
}

void rp_volumes_release(struct rp_volume **vols, unsigned int nr)
{
	unsigned int i;

	spin_lock(&claim_lock);
	for (i = 0; i < nr; i++) {
		WARN_ON_ONCE(!vols[i]->claimed);
		WARN_ON_ONCE(vols[i]->lender);
		vols[i]->claimed = false;
	}
	spin_unlock(&claim_lock);
	wake_up_all(&claim_released);
}

void rp_volume_claim_wait(struct rp_volume *vol)
{
	wait_event(claim_released, try_claim_or_take(vol));
}

void rp_volume_lend(struct rp_volume *vol, void *lender)
{
	spin_lock(&claim_lock);
	WARN_ON_ONCE(!vol->claimed || vol->lender);
	vol->lender = lender;
	spin_unlock(&claim_lock);
	wake_up_all(&claim_released);
}

/*
 * Return: whether that is settled: it is not while it is borrowed, unless this is the
 * @last try, which leaves it with the borrower. @ours: it is claimed by us again.
 */
static bool try_take_back(struct rp_volume *vol, void *lender, bool last, bool *ours)
{
	bool lent, done;

	spin_lock(&claim_lock);
	lent = vol->lender == lender;
	done = !lent || !vol->borrowed || last;
	*ours = lent && !vol->borrowed;
	if (lent && done)
		vol->lender = NULL;
	spin_unlock(&claim_lock);
	return done;
}

bool rp_volume_take_back(struct rp_volume *vol, void *lender, unsigned long timeout)
{
	bool ours;

	if (!wait_event_timeout(claim_released,
				try_take_back(vol, lender, false, &ours), timeout))
		try_take_back(vol, lender, true, &ours);
	return ours;
}

bool rp_volume_borrow(struct rp_volume *vol)
{
	bool got;

	spin_lock(&claim_lock);
	got = vol->lender && !vol->borrowed;
	if (got)
		vol->borrowed = true;
	spin_unlock(&claim_lock);
	return got;
}

void rp_volume_give_back(struct rp_volume *vol)
{
	spin_lock(&claim_lock);
	WARN_ON_ONCE(!vol->claimed || !vol->borrowed);
	vol->borrowed = false;
	/* Nobody waits for it any more. */
	if (!vol->lender)
		vol->claimed = false;
	spin_unlock(&claim_lock);
	wake_up_all(&claim_released);
}
