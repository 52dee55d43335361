// SPDX-License-Identifier: GPL-2.0-only
/*
 * origin.c - a data device with a volatile cache, as one number for each sector
 */
#include "origin.h"

void origin_init(struct origin *o, u32 nr)
{
	memset(o, 0, sizeof(*o));
	CHECK(nr <= SECTORS_MAX);
	o->nr = nr;
}

void origin_exit(struct origin *o)
{
	free(o->log);
	o->log = NULL;
	o->nr_log = 0;
	o->max_log = 0;
}

void origin_land(struct origin *o, u32 sector, u32 content)
{
	CHECK(sector < o->nr);
	if (o->nr_log == o->max_log) {
		o->max_log = o->max_log ? 2 * o->max_log : 256;
		o->log = realloc(o->log, o->max_log * sizeof(*o->log));
	}
	o->log[o->nr_log++] = (struct origin_entry) { sector, content };
	o->cur[sector] = content;
}

void origin_flush_end(struct origin *o, u64 begin)
{
	unsigned int i, n = begin > o->base ? begin - o->base : 0;

	for (i = 0; i < n; i++)
		o->durable[o->log[i].sector] = o->log[i].content;
	if (!n)
		return;
	o->nr_log -= n;
	o->base += n;
	memmove(o->log, o->log + n, o->nr_log * sizeof(*o->log));
}

void origin_crash(const struct origin *o, enum loss loss, struct choice *c,
		  u32 *left)
{
	u32 bits = 0, have = 0;
	unsigned int i;

	memcpy(left, loss == LOSS_KEEP ? o->cur : o->durable,
	       o->nr * sizeof(*left));
	if (loss == LOSS_KEEP || loss == LOSS_DROP)
		return;
	for (i = 0; i < o->nr_log; i++) {
		if (!have) {
			bits = choose(c, 256);
			have = 8;
		}
		if (bits & 1)
			left[o->log[i].sector] = o->log[i].content;
		bits >>= 1;
		have--;
	}
}

void origin_restore(struct origin *o, const u32 *left)
{
	memcpy(o->cur, left, o->nr * sizeof(*left));
	memcpy(o->durable, left, o->nr * sizeof(*left));
	o->base += o->nr_log;
	o->nr_log = 0;
}
