// SPDX-License-Identifier: GPL-2.0-only
/*
 * spare.c - requests about a volume that nothing else is judged by
 *
 * It is grown and shrunk, fails, is held, written behind the target's back, and
 * torn down in disorder. What has to be true of it is said where it is done: a gap
 * is known (I6, I11), and there is none where nothing was lost.
 *
 * Work of the kernel that a request leaves behind is given a moment, so that it runs
 * while allocations fail.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spare.h"

/* Written anew that often, so that its gaps do not become too many. */
#define RENEW_AFTER	8
#define MOMENT		30000
#define PLACE		(2U << 20)
/* Of an origin; it is always looked at. */
#define HEAD		65536

struct machine_volume spare, wide;

static bool spare_is_short;
static unsigned int had_gaps;

/* --- what it is --- */

/* From the status line, which allocates nothing. */
struct spare_words spare_look(void)
{
	struct spare_words w = { .state = "" };
	char line[256], *last;

	if (dm_status(spare.name, line, sizeof(line)))
		return w;
	sscanf(line, "%15s", w.state);
	last = strrchr(line, ' ');
	while (last > line && last[-1] != ' ')
		last--;
	if (last)
		sscanf(last, "%u %u", &w.points, &w.gaps);
	return w;
}

static bool is(const char *state)
{
	return !strcmp(spare_look().state, state);
}

/* Return: whether it came about. */
static bool wait_for(const char *state, unsigned int steps)
{
	while (!is(state) && steps--)
		usleep(10000);
	return is(state);
}

/* --- what is done to it --- */

static void params_of(const struct machine_volume *v, char *params, size_t size)
{
	snprintf(params, size, "/dev/mapper/%s /dev/mapper/%s", v->meta, v->data);
}

static int up_with(const char *features)
{
	char params[256];

	params_of(&spare, params, sizeof(params));
	strncat(params, features, sizeof(params) - strlen(params) - 1);
	return dm_create(spare.name, "refpoint", spare.sectors, params);
}

void spare_up(struct cuts *k)
{
	must(k, volume_up(&spare), spare.name);
}

void spare_down(struct cuts *k)
{
	must(k, volume_down(&spare), spare.name);
}

static void disk_is(struct cuts *k, const char *how)
{
	must(k, dm_message(spare.meta, "%s", how), how);
}

/* Down and up, with metadata of a new volume. */
void spare_renew(struct cuts *k)
{
	char command[256];

	spare_down(k);
	snprintf(command, sizeof(command),
		 "refpoint format /dev/mapper/%s --data /dev/mapper/%s --granularity 4K --force >/dev/null",
		 spare.meta, spare.data);
	if (system(command))
		die("%s: cannot be formatted again", spare.name);
	spare_up(k);
}

static void renew_now_and_then(struct cuts *k)
{
	if (spare_look().gaps > RENEW_AFTER)
		spare_renew(k);
}

/* Return: 0 or -errno. */
int spare_put(const char *device, uint64_t at, size_t size)
{
	static unsigned int times;
	char path[128];
	void *data;
	int fd, r = 0;

	if (posix_memalign(&data, 4096, size))
		die("out of memory");
	memset(data, ++times, size);
	snprintf(path, sizeof(path), "/dev/mapper/%s", device);
	fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, data, size, at) != (ssize_t)size)
		r = -errno;
	if (fd >= 0)
		close(fd);
	free(data);
	return r;
}

/* --- its length, its history --- */

static int resize(struct cuts *k)
{
	uint64_t sectors = spare_is_short ? spare.sectors : spare.sectors - 1024;
	char params[256];
	int r;

	(void)k;
	params_of(&spare, params, sizeof(params));
	r = dm_load(spare.name, "refpoint", sectors, params);
	if (!r)
		r = dm_suspend(spare.name, false);
	if (!r)
		r = dm_suspend(spare.name, true);
	if (!r)
		spare_is_short = !spare_is_short;
	return r;
}

static void resized(struct cuts *k, bool done)
{
	if (!done)
		must(k, dm_suspend(spare.name, true), "resume");
	if (!is("active"))
		die("%s is %s", spare.name, spare_look().state);
}

static int generation(struct cuts *k)
{
	return answer(k, refpoint_volume_new_generation(k->world.ctx, spare.name,
							"nomem", NULL,
							k->world.result));
}

/* --- it comes up --- */

int spare_up_moment(struct cuts *k)
{
	int r = volume_up(&spare);

	(void)k;
	usleep(MOMENT);
	return r;
}

static void came_up(struct cuts *k, bool done)
{
	if (!done)
		spare_up(k);
	renew_now_and_then(k);
}

/* I11: with a gap, whatever it had memory for. */
int spare_up_with_gap(struct cuts *k)
{
	int r = spare_up_moment(k);

	return r ? r : spare_look().gaps > had_gaps ? 0 : -EILSEQ;
}

static int up_without_gap(struct cuts *k)
{
	int r = spare_up_moment(k);

	return r ? r : spare_look().gaps == had_gaps ? 0 : -EILSEQ;
}

void spare_bypass(struct cuts *k)
{
	had_gaps = spare_look().gaps;
	spare_down(k);
	must(k, spare_put(spare.data, 0, HEAD), spare.data);
}

static void disorder(struct cuts *k)
{
	had_gaps = spare_look().gaps;
	must(k, spare_put(spare.name, PLACE, 65536), spare.name);
	disk_is(k, "mode gone");
	spare_down(k);
	disk_is(k, "reset");
}

static void down(struct cuts *k)
{
	spare_down(k);
}

static int up_read_only(struct cuts *k)
{
	char params[256];

	(void)k;
	params_of(&spare, params, sizeof(params));
	return dm_create_read_only(spare.name, "refpoint", spare.sectors, params);
}

static void was_read_only(struct cuts *k, bool done)
{
	if (done)
		spare_down(k);
	spare_up(k);
}

/* --- its metadata fail --- */

/* Whatever there is no memory for: the write passes, and is in a gap (I6). */
static int fail(struct cuts *k)
{
	int r;

	disk_is(k, "mode gone");
	r = spare_put(spare.name, PLACE, 65536);
	if (!r && !wait_for("failed", 200))
		r = -EILSEQ;
	usleep(MOMENT);
	return r;
}

static void about_to_fail(struct cuts *k)
{
	(void)k;
	had_gaps = spare_look().gaps;
}

/* The gap is not known to its own metadata: all hangs on the word of others. */
static void has_failed(struct cuts *k, bool done)
{
	(void)done;
	spare_down(k);
	disk_is(k, "reset");
	spare_up(k);
	tally(k, TALLY_UP, spare_look().gaps > had_gaps,
	      "%s: what was written while it had failed is not in a gap", spare.name);
	renew_now_and_then(k);
}

static void fail_and_go(struct cuts *k)
{
	about_to_fail(k);
	must(k, fail(k), "a metadata device that is gone");
	spare_down(k);
	disk_is(k, "reset");
}

static int degrade(struct cuts *k)
{
	int r = up_with(" 1 degraded_ok");

	(void)k;
	return r ? r : spare_put(spare.name, PLACE, 65536);
}

/* At the n-th read: while it is made known, or while it is activated. */
static void about_to_degrade(struct cuts *k)
{
	unsigned int nth = 1 + chance_below(&k->world.chance, 6);
	char how[64];

	had_gaps = spare_look().gaps;
	spare_down(k);
	disk_is(k, "reset");
	snprintf(how, sizeof(how), "fault read %u always before", nth);
	disk_is(k, how);
}

static void was_degraded(struct cuts *k, bool done)
{
	bool was = is("degraded");

	if (done)
		spare_down(k);
	disk_is(k, "reset");
	spare_up(k);
	tally(k, TALLY_UP, !was || spare_look().gaps > had_gaps,
	      "%s: what was written while it was degraded is not in a gap",
	      spare.name);
	renew_now_and_then(k);
}

static void about_to_hold(struct cuts *k)
{
	had_gaps = spare_look().gaps;
	spare_down(k);
	must(k, up_with(" 2 hold 30"), "a table with a hold");
	disk_is(k, "reset");
	disk_is(k, "fault write 1 once before");
}

/* The write waits until the metadata can be written again. */
static int hold(struct cuts *k)
{
	int r = spare_put(spare.name, PLACE, 65536);

	(void)k;
	return r ? r : wait_for("active", 200) ? 0 : -EILSEQ;
}

static void was_held(struct cuts *k, bool done)
{
	(void)done;
	disk_is(k, "reset");
	spare_down(k);
	spare_up(k);
	tally(k, TALLY_UP, spare_look().gaps == had_gaps,
	      "%s: a gap after a hold", spare.name);
}

const struct request spare_requests[] = {
	{ "resize", NULL, resize, resized, 0 },
	{ "new generation", NULL, generation, NULL, 0 },
	{ "spare, alone", alone_before, spare_up_moment, alone_after, 0 },
	{ "spare, behind", behind_before, behind_run, behind_after, 0 },
	{ "spare, bypassed", spare_bypass, spare_up_with_gap, came_up, 0 },
	{ "spare, torn down", disorder, up_without_gap, came_up, 0 },
	{ "spare, read-only", down, up_read_only, was_read_only, 0 },
	{ "spare, fails", about_to_fail, fail, has_failed, 0 },
	{ "spare, had failed", fail_and_go, spare_up_with_gap, came_up, 0 },
	{ "spare, degraded", about_to_degrade, degrade, was_degraded, 0 },
	{ "spare, held", about_to_hold, hold, was_held, 0 },
	{ "wide, point create", wide_before, wide_run, wide_after, 0 },
	{ "changes, many gaps", gaps_before, gaps_run, NULL, 0 },
};

const unsigned int nr_spare_requests = SIZE_OF(spare_requests);

void spare_set_up(struct cuts *k, const char *name, const char *wide_name)
{
	struct machine m = { 0 };
	const char *names[] = { wide_name };

	machine_add(&m, name);
	machine_add(&m, wide_name);
	spare = m.volume[0];
	wide = m.volume[1];
	spare_up(k);
	must(k, volume_up(&wide), wide.name);
	make_collection(k, "wide", names, 1);
}

void spare_end(void)
{
	volume_down(&spare);
	volume_down(&wide);
}
