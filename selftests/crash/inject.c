// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.c - allocations that fail
 *
 * Documentation/fault-injection of the kernel: "fail-nth" of a task makes its n-th
 * allocation fail that passes the filters; require-start and require-end want a
 * function of the module among those that called it, reject-start and reject-end
 * none of the disks under test.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inject.h"
#include "machine.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define TASKS_MAX	256
#define SITES_MAX	1024

static const char *const faults[] = { "failslab", "fail_page_alloc" };

/* What the checkers of memory need for themselves. */
static const char *const spared[] = { "kmemleak_", "debug_objects_cache" };

/* --- settings --- */

static bool set(const char *dir, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool set(const char *dir, const char *name, const char *fmt, ...)
{
	char path[256], value[64];
	va_list args;
	ssize_t n;
	int fd;

	va_start(args, fmt);
	vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s%s/%s", *dir == '/' ? "" : DEBUGFS, dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = write(fd, value, strlen(value));
	close(fd);
	return n >= 0;
}

static void set_all(const char *name, unsigned long value)
{
	unsigned int i;

	for (i = 0; i < SIZE_OF(faults); i++)
		if (!set(faults[i], name, "%lu", value))
			die("%s of %s: %m", name, faults[i]);
}

static long get(const char *dir, const char *name)
{
	char path[256];
	long value;
	FILE *f;

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%li", &value) != 1)
		die("%s: %m", path);
	fclose(f);
	return value;
}

static void set_range(const char *start, const char *end, unsigned long from,
		      unsigned long to)
{
	/* Never a range that is empty and means "anything". */
	set_all(start, from);
	set_all(end, to);
}

/* Where the text of a module is. */
static void module_range(const char *name, unsigned long *from, unsigned long *to)
{
	char line[512], found[64];
	FILE *f = fopen("/proc/modules", "r");
	unsigned long size, at;

	*from = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %lu %*s %*s %*s %lx", found, &size, &at) == 3 &&
		    !strcmp(found, name)) {
			*from = at;
			*to = at + size;
		}
	}
	if (f)
		fclose(f);
	if (!*from)
		die("the module %s is not there", name);
}

/* Where a function of the kernel is. */
static void function_range(const char *name, unsigned long *from, unsigned long *to)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[512], found[256], type;
	unsigned long at;

	*from = 0;
	*to = 0;
	/* Sorted only within one file of the kernel: the next one above. */
	for (int pass = 0; f && pass < 2; pass++) {
		rewind(f);
		while (fgets(line, sizeof(line), f)) {
			if (sscanf(line, "%lx %c %255s", &at, &type, found) != 3)
				continue;
			if (!pass && !strcmp(found, name))
				*from = at;
			if (pass && at > *from && (!*to || at < *to))
				*to = at;
		}
	}
	if (f)
		fclose(f);
	if (!*from || !*to)
		die("no function %s", name);
}

void inject_aim(void)
{
	unsigned long from, to;

	module_range("dm_refpoint", &from, &to);
	set_range("require-start", "require-end", from, to);
}

void inject_aim_at_init(void)
{
	unsigned long from, to;

	function_range("do_one_initcall", &from, &to);
	set_range("require-start", "require-end", from, to);
}

/* Mark the caches whose objects may fail. */
static void mark_caches(void)
{
	const char *top = "/sys/kernel/slab";
	DIR *d = opendir(top);
	struct dirent *e;
	unsigned int i;
	char dir[320];

	while (d && (e = readdir(d))) {
		bool spare = e->d_name[0] == '.';

		for (i = 0; i < SIZE_OF(spared); i++)
			spare |= !strncmp(e->d_name, spared[i], strlen(spared[i]));
		snprintf(dir, sizeof(dir), "%s/%s", top, e->d_name);
		if (!spare)
			set(dir, "failslab", "1");
	}
	if (d)
		closedir(d);
}

/* --- the log --- */

static struct site {
	char name[320];
	unsigned int hits;
} sites[SITES_MAX];
static unsigned int nr_sites;
static int kmsg = -1;

static void site_add(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_sites; i++)
		if (!strcmp(sites[i].name, name))
			break;
	if (i == SITES_MAX)
		die("more than %u call sites", SITES_MAX);
	if (i == nr_sites)
		snprintf(sites[nr_sites++].name, sizeof(sites[i].name), "%s", name);
	sites[i].hits++;
}

/*
 * Of each failure the innermost function of the module. Those that were asked for
 * with __GFP_NOWARN are not told.
 */
static void log_read(void)
{
	static char callee[128];
	static bool inside;
	char record[4096], site[320], *text, *end, *sym;
	ssize_t n;

	for (;;) {
		n = read(kmsg, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)
			continue;
		if (n <= 0)
			return;
		record[n] = 0;
		text = strchr(record, ';');
		if (!text)
			continue;
		if (strstr(text, "FAULT_INJECTION: forcing a failure"))
			inside = true;
		/* "[<6004e820>] rp_cut+0x12/0x345": without a "?" it is sure. */
		end = strstr(text, "+0x");
		if (!inside || !end || strstr(text, "? "))
			continue;
		text[strcspn(text, "\n")] = 0;
		text = strstr(text, ">] ");
		if (!text)
			continue;
		sym = text + 3;
		end = strstr(sym, " [dm_refpoint]");
		if (!end) {
			snprintf(callee, sizeof(callee), "%.*s",
				 (int)strcspn(sym, "+"), sym);
			continue;
		}
		*end = 0;
		snprintf(site, sizeof(site), "%.150s %s", sym, callee);
		site_add(site);
		inside = false;
	}
}

void inject_tell(const char *path)
{
	FILE *f = fopen(path, "w");
	unsigned int i;

	log_read();
	if (!f)
		die("%s: %m", path);
	for (i = 0; i < nr_sites; i++)
		fprintf(f, "%s %u\n", sites[i].name, sites[i].hits);
	fclose(f);
}

/* --- one failure --- */

static struct task {
	int pid;
	int fd;
} tasks[TASKS_MAX];
static unsigned int nr_tasks;

static void task_add(const char *path, int pid)
{
	unsigned int i;
	int fd;

	for (i = 0; i < nr_tasks; i++)
		if (tasks[i].pid == pid)
			return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	if (nr_tasks == TASKS_MAX)
		die("more than %u workers", TASKS_MAX);
	tasks[nr_tasks++] = (struct task) { .pid = pid, .fd = fd };
}

static void tasks_find(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	char path[64], comm[64];

	while (d && (e = readdir(d))) {
		int pid = atoi(e->d_name), fd;
		ssize_t n = -1;

		if (!isdigit(e->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			n = read(fd, comm, sizeof(comm) - 1);
			close(fd);
		}
		if (n <= 0 || strncmp(comm, "kworker", 7))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
		task_add(path, pid);
	}
	if (d)
		closedir(d);
}

void inject_arm(unsigned int nth)
{
	char text[16];
	unsigned int i;
	int n;

	tasks_find();
	n = snprintf(text, sizeof(text), "%u", nth);
	/* This thread, the first one, last: its own calls are not to be counted. */
	for (i = nr_tasks; i--; )
		if (pwrite(tasks[i].fd, text, n, 0) < 0 && (!i || errno != ESRCH))
			die("fail-nth of task %d: %m", tasks[i].pid);
}

unsigned int inject_disarm(void)
{
	unsigned int i, kept = 1, hit = 0;
	char text[16];

	for (i = 0; i < nr_tasks; i++) {
		ssize_t n = pread(tasks[i].fd, text, sizeof(text) - 1, 0);

		if (n > 0) {
			text[n] = 0;
			hit += !atoi(text);
			pwrite(tasks[i].fd, "0", 1, 0);
		}
		if (!i)
			continue;
		if (n > 0)
			tasks[kept++] = tasks[i];
		else
			close(tasks[i].fd);
	}
	nr_tasks = kept;
	if (hit)
		log_read();
	return hit;
}

/* --- many --- */

/* Without an end; what is left says how many there were. */
#define TIMES		1000000U

void inject_all(unsigned int interval)
{
	set_all("times", TIMES);
	set_all("interval", interval);
	set_all("probability", 100);
}

unsigned int inject_none(void)
{
	unsigned int i, n = 0;

	set_all("probability", 0);
	for (i = 0; i < SIZE_OF(faults); i++)
		n += TIMES - get(faults[i], "times");
	for (i = 0; i < SIZE_OF(faults); i++)
		set(faults[i], "times", "-1");
	log_read();
	return n;
}

bool inject_set_up(void)
{
	unsigned long from, to;
	unsigned int i;
	char path[64];

	if (access(DEBUGFS "failslab/require-start", W_OK) ||
	    access("/proc/self/fail-nth", W_OK))
		return false;
	set_all("probability", 0);
	for (i = 0; i < SIZE_OF(faults); i++) {
		set(faults[i], "ignore-gfp-wait", "N");
		set(faults[i], "verbose", "2");
		set(faults[i], "times", "-1");
		set(faults[i], "task-filter", "N");
	}
	/* A page for a highmem zone that there is not. */
	set("fail_page_alloc", "ignore-gfp-highmem", "N");
	set("fail_page_alloc", "min-order", "0");
	mark_caches();
	if (!set("failslab", "cache-filter", "Y"))
		die("failslab has no cache-filter: %m");
	module_range("rp_disk", &from, &to);
	set_range("reject-start", "reject-end", from, to);
	inject_aim();
	/* What is copied from user space counts for fail-nth, too. */
	if (!access(DEBUGFS "fail_usercopy/require-start", W_OK)) {
		set("fail_usercopy", "require-start", "1");
		set("fail_usercopy", "require-end", "2");
	}
	if (!get("failslab", "require-end"))
		die("failslab does not take a range");
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0)
		die("/dev/kmsg: %m");
	snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth",
		 syscall(SYS_gettid));
	task_add(path, 0);
	if (!nr_tasks)
		die("%s: %m", path);
	return true;
}
