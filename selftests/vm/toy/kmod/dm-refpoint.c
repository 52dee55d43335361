// SPDX-License-Identifier: GPL-2.0-only
/*
 * Not the module: a stand-in under its name that does, on request, what the
 * module must never do. The runner's own tests check that none of it passes
 * unnoticed.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);

int rp_toy_answer(void);
int rp_toy_answer(void)
{
	return 42;
}
EXPORT_SYMBOL_GPL(rp_toy_answer);

static noinline void warn(void)
{
	WARN(1, "on request\n");
}

static noinline void complain(void)
{
	pr_err("BUG: on request\n");
}

static noinline void null(void)
{
	int *volatile nowhere = NULL;

	*nowhere = 1;
}

static noinline void stop(void)
{
	panic("on request");
}

static noinline void lose(void)
{
	char *volatile p = kmalloc(333, GFP_KERNEL);

	if (p)
		memset(p, 1, 333);
	p = NULL;
}

static noinline void use_freed(void)
{
	char *volatile p = kmalloc(333, GFP_KERNEL);

	kfree(p);
	p[5] = 1;
}

static noinline void disorder(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static noinline void sleep_locked(void)
{
	spin_lock(&spin);
	msleep(1);
	spin_unlock(&spin);
}

static int counted;

static noinline void count(void)
{
	unsigned long end = jiffies + 3 * HZ;

	while (time_before(jiffies, end)) {
		counted++;
		/* Or the compiler would count in a register. */
		barrier();
		cond_resched();
	}
}

static void count_work(struct work_struct *work)
{
	count();
}

static noinline void race(void)
{
	static DECLARE_WORK(work, count_work);

	queue_work(system_unbound_wq, &work);
	count();
	flush_work(&work);
	/* Or it would leave it out altogether. */
	pr_info("counted to %d\n", counted);
}

static const struct {
	const char *name;
	void (*function)(void);
} deeds[] = {
	{ "warn", warn },	  { "complain", complain },
	{ "null", null },	  { "stop", stop },
	{ "lose", lose },	  { "use_freed", use_freed },
	{ "disorder", disorder }, { "sleep_locked", sleep_locked },
	{ "race", race },
};

static int deed_set(const char *value, const struct kernel_param *param)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(deeds); i++) {
		if (sysfs_streq(value, deeds[i].name)) {
			deeds[i].function();
			return 0;
		}
	}
	return -EINVAL;
}

static const struct kernel_param_ops deed_ops = { .set = deed_set };
module_param_cb(deed, &deed_ops, NULL, 0200);
MODULE_PARM_DESC(deed, "what to do wrong now");

static int __init toy_init(void)
{
	return 0;
}

static void __exit toy_exit(void)
{
}

module_init(toy_init);
module_exit(toy_exit);
MODULE_DESCRIPTION("Stand-in for dm-refpoint in the runner's own tests");
MODULE_LICENSE("GPL");
