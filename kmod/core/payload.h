/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * payload.h - the bytes of a record
 *
 * They do not change once they are staged. The record of a point is the same on each of
 * its members, up to 1024 of them and 50 KiB: all have one copy of it in common.
 */
#ifndef RP_PAYLOAD_H
#define RP_PAYLOAD_H

#include "port.h"

/**
 * struct rp_payload - bytes, and how many have them
 * @refs: records and callers
 * @length: of @data, in bytes
 * @data: the bytes, and zeros up to a whole word
 */
struct rp_payload {
	rp_refs_t refs;
	u32 length;
	u8 data[] __aligned(sizeof(u64));
};

/* Of zeros, with one reference; NULL: no memory. */
static inline struct rp_payload *rp_payload_alloc(u32 length)
{
	struct rp_payload *p = rp_zalloc(sizeof(*p) + ALIGN(length, sizeof(u64)));

	if (p) {
		rp_refs_init(&p->refs);
		p->length = length;
	}
	return p;
}

static inline struct rp_payload *rp_payload_get(struct rp_payload *p)
{
	rp_refs_get(&p->refs);
	return p;
}

/* NULL is nothing. */
static inline void rp_payload_put(struct rp_payload *p)
{
	if (p && rp_refs_put(&p->refs))
		rp_free(p);
}

/*
 * Are they the same from byte @from on, a whole word? By words: memcmp() goes byte by byte
 * on some architectures, and this is asked once for each member of a point.
 */
static inline bool rp_payload_same_from(const struct rp_payload *a,
					const struct rp_payload *b, u32 from)
{
	const u64 *x = (const u64 *)(a->data + from), *y = (const u64 *)(b->data + from);
	u32 i, nr;

	if (a->length != b->length || a->length < from)
		return false;
	nr = (ALIGN(a->length, sizeof(u64)) - from) / sizeof(u64);
	for (i = 0; i < nr; i++)
		if (x[i] != y[i])
			return false;
	return true;
}

#endif /* RP_PAYLOAD_H */
