/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * origin.h - a data device with a volatile cache, as one number for each sector
 *
 * Each write has a number of its own, so that contents differ when numbers do.
 */
#ifndef SIM_ORIGIN_H
#define SIM_ORIGIN_H

#include "disk.h"

#define SECTORS_MAX	512

/* 0 reads as zeroes; of other contents the two low bits tell the kind. */
#define CONTENT_ZERO		0U
#define CONTENT_WRITTEN		1U
#define CONTENT_UNDEFINED	2U	/* discarded */

static inline u32 content_new(u32 nr, u32 kind)
{
	return kind == CONTENT_ZERO ? 0 : nr << 2 | kind;
}

static inline u32 content_kind(u32 content)
{
	return content & 3;
}

struct origin_entry {
	u16 sector;
	u32 content;
};

/**
 * struct origin - the device
 * @nr: sectors
 * @cur: what reads see
 * @durable: what is flushed
 * @log: landed in the cache since, in order
 * @nr_log: of them
 * @base: entries that have left the log
 */
struct origin {
	u32 nr;
	u32 cur[SECTORS_MAX];
	u32 durable[SECTORS_MAX];
	struct origin_entry *log;
	unsigned int nr_log;
	unsigned int max_log;
	u64 base;
};

void origin_init(struct origin *o, u32 nr);
void origin_exit(struct origin *o);
void origin_land(struct origin *o, u32 sector, u32 content);
/* A flush takes along what has landed by its beginning. */
static inline u64 origin_flush_begin(const struct origin *o)
{
	return o->base + o->nr_log;
}

void origin_flush_end(struct origin *o, u64 begin);
/* What a power cut leaves, into @left. */
void origin_crash(const struct origin *o, enum loss loss, struct choice *c,
		  u32 *left);
/* The device is what is in @left now. */
void origin_restore(struct origin *o, const u32 *left);

#endif /* SIM_ORIGIN_H */
