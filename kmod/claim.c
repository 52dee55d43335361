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
		vols[i]->claimed = false;
	}
	spin_unlock(&claim_lock);
	wake_up_all(&claim_released);
}

void rp_volume_claim_wait(struct rp_volume *vol)
{
	wait_event(claim_released, try_claim(&vol, 1));
}
