// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the parts of the module, in the order in which they build on each
 * other; they go in the reverse order.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>
#include <linux/refpoint.h>

#include "changes.h"
#include "collection.h"
#include "job.h"
#include "netlink.h"
#include "page.h"
#include "point.h"
#include "target.h"
#include "witness.h"
#include "workqueue.h"

struct workqueue_struct *rp_arm_wq;
struct workqueue_struct *rp_overdue_wq;
struct workqueue_struct *rp_word_wq;
struct workqueue_struct *rp_md_wq;
struct workqueue_struct *rp_checkpoint_wq;

static void rp_workqueue_exit(void)
{
	if (rp_checkpoint_wq)
		destroy_workqueue(rp_checkpoint_wq);
	if (rp_md_wq)
		destroy_workqueue(rp_md_wq);
	if (rp_word_wq)
		destroy_workqueue(rp_word_wq);
	if (rp_overdue_wq)
		destroy_workqueue(rp_overdue_wq);
	if (rp_arm_wq)
		destroy_workqueue(rp_arm_wq);
}

static struct workqueue_struct *workqueue(const char *name, unsigned int flags)
{
	return alloc_workqueue("%s", WQ_MEM_RECLAIM | WQ_UNBOUND | flags,
			       WQ_MAX_ACTIVE, name);
}

static int rp_workqueue_init(void)
{
	rp_arm_wq = workqueue("refpoint_arm", WQ_HIGHPRI | WQ_SYSFS);
	rp_overdue_wq = workqueue("refpoint_overdue", 0);
	rp_word_wq = workqueue("refpoint_word", 0);
	rp_md_wq = workqueue("refpoint_md", WQ_SYSFS);
	rp_checkpoint_wq = workqueue("refpoint_checkpoint", 0);
	if (rp_arm_wq && rp_overdue_wq && rp_word_wq && rp_md_wq && rp_checkpoint_wq)
		return 0;
	rp_workqueue_exit();
	return -ENOMEM;
}

static int __init rp_init(void)
{
	int r;

	r = rp_page_init();
	if (r)
		return r;
	r = rp_workqueue_init();
	if (r)
		goto bad_page;
	r = rp_collection_init();
	if (r)
		goto bad_workqueue;
	r = rp_witness_init();
	if (r)
		goto bad_collection;
	r = rp_point_init();
	if (r)
		goto bad_witness;
	r = rp_changes_init();
	if (r)
		goto bad_point;
	/* After what jobs use: they are waited for before it goes. */
	r = rp_job_init();
	if (r)
		goto bad_changes;
	r = rp_target_init();
	if (r)
		goto bad_job;
	/* Last, since requests come as soon as the family is there. */
	r = rp_netlink_init();
	if (r)
		goto bad_target;
	return 0;

bad_target:
	rp_target_exit();
bad_job:
	rp_job_exit();
bad_changes:
	rp_changes_exit();
bad_point:
	rp_point_exit();
bad_witness:
	rp_witness_exit();
bad_collection:
	rp_collection_exit();
bad_workqueue:
	rp_workqueue_exit();
bad_page:
	rp_page_exit();
	return r;
}

/* No volume is left: each holds a reference of the module. */
static void __exit rp_exit(void)
{
	rp_netlink_exit();
	rp_target_exit();
	rp_job_exit();
	rp_changes_exit();
	rp_point_exit();
	rp_witness_exit();
	rp_collection_exit();
	rp_witness_forget();
	rp_workqueue_exit();
	/* Views and trackers that readers may have seen last. */
	rcu_barrier();
	rp_page_exit();
}

module_init(rp_init);
module_exit(rp_exit);

MODULE_DESCRIPTION("Changed block tracking with reference points");
MODULE_AUTHOR("The refpoint developers");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY(REFPOINT_GENL_NAME);
