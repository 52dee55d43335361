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
struct workqueue_struct *rp_pass_wq;
struct workqueue_struct *rp_alone_wq;
struct workqueue_struct *rp_overdue_wq;
struct workqueue_struct *rp_word_wq;
struct workqueue_struct *rp_md_wq;
struct workqueue_struct *rp_checkpoint_wq;

static struct {
	struct workqueue_struct **wq;
	const char *name;
	unsigned int flags;
} workqueues[] = {
	{ &rp_arm_wq, "refpoint_arm", WQ_HIGHPRI | WQ_SYSFS },
	{ &rp_pass_wq, "refpoint_pass", WQ_HIGHPRI | WQ_SYSFS },
	{ &rp_alone_wq, "refpoint_alone", WQ_SYSFS },
	{ &rp_overdue_wq, "refpoint_overdue", 0 },
	{ &rp_word_wq, "refpoint_word", 0 },
	{ &rp_md_wq, "refpoint_md", WQ_SYSFS },
	{ &rp_checkpoint_wq, "refpoint_checkpoint", 0 },
};

static void rp_workqueue_exit(void)
{
	int i;

	for (i = ARRAY_SIZE(workqueues) - 1; i >= 0; i--)
		if (*workqueues[i].wq)
			destroy_workqueue(*workqueues[i].wq);
}

static int rp_workqueue_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(workqueues); i++) {
		*workqueues[i].wq = alloc_workqueue("%s", WQ_MEM_RECLAIM | WQ_UNBOUND |
						    workqueues[i].flags,
						    WQ_MAX_ACTIVE, workqueues[i].name);
		if (!*workqueues[i].wq) {
			rp_workqueue_exit();
			return -ENOMEM;
		}
	}
	return 0;
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
