// SPDX-License-Identifier: GPL-2.0-only
/*
 * A progress bar. One at a time, so its state is here; only this file writes
 * carriage returns.
 */
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

#define BAR_WIDTH	40
#define INTERVAL_MS	100

static int to_terminal = -1;	/* not known yet */
static bool shown;
static int64_t last_ms;

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

void progress_update(const char *what, uint64_t done, uint64_t total)
{
	unsigned int fill, i;
	double share;
	int64_t now;

	/* Asked with each page of a list. */
	if (to_terminal < 0)
		to_terminal = isatty(STDERR_FILENO);
	if (!to_terminal)
		return;
	now = now_ms();
	if (shown && now - last_ms < INTERVAL_MS)
		return;
	/* Short work needs no bar: the first look only starts the clock. */
	if (!last_ms) {
		last_ms = now;
		return;
	}
	if (!shown && now - last_ms < 3 * INTERVAL_MS)
		return;
	share = total ? (double)done / total : 0;
	if (share > 1)
		share = 1;
	fill = share * BAR_WIDTH;
	fprintf(stderr, "\r\033[K%s [", what);
	for (i = 0; i < BAR_WIDTH; i++)
		fputc(i < fill ? '#' : ' ', stderr);
	fprintf(stderr, "] %3u%%", (unsigned int)(share * 100));
	fflush(stderr);
	shown = true;
	last_ms = now;
}

void progress_clear(void)
{
	if (!shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	shown = false;
}
