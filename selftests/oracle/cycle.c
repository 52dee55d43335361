// SPDX-License-Identifier: GPL-2.0-only
/*
 * cycle.c - volumes suspended, reloaded, removed and made again
 *
 * Through dmsetup, as an administrator does it. After a deactivation in order
 * nothing may be reported that was not written (I8).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

__attribute__((format(printf, 1, 2)))
static void run(const char *fmt, ...)
{
	char cmd[4096];
	va_list args;
	int status;

	va_start(args, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, args);
	va_end(args);
	status = system(cmd);
	if (status)
		die("%s: status %d", cmd, status);
}

void cycle_live(struct world *w, struct volume *v)
{
	const char *flags = chance_hit(&w->chance, 50) ? "" : "--noflush";

	if (chance_hit(&w->chance, 50)) {
		run("dmsetup suspend %s %s", flags, v->name);
		run("dmsetup resume %s", v->name);
		return;
	}
	run("dmsetup table %s | dmsetup load %s", v->name, v->name);
	run("dmsetup suspend %s %s", flags, v->name);
	run("dmsetup resume %s", v->name);
}

void cycle_remove(struct world *w, struct volume *v)
{
	(void)w;
	volume_close(v);
	run("t=$(dmsetup table %s) && dmsetup remove --retry %s && echo \"$t\" | dmsetup create %s",
	    v->name, v->name, v->name);
	volume_open(v);
}
