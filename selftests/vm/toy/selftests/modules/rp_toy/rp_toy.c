// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test module that uses a symbol of the module: what the runner has to build
 * after it and to hand to the guest.
 */
#include <linux/module.h>

int rp_toy_answer(void);

static int __init rp_toy_init(void)
{
	return rp_toy_answer() == 42 ? 0 : -EINVAL;
}

static void __exit rp_toy_exit(void)
{
}

module_init(rp_toy_init);
module_exit(rp_toy_exit);
MODULE_DESCRIPTION("Test module of the runner's own tests");
MODULE_LICENSE("GPL");
