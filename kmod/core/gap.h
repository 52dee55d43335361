/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gap.h - a range that was not tracked for a while, as a record
 */
#ifndef RP_GAP_H
#define RP_GAP_H

#include "types.h"

#define RP_GAP_TEXT_MAX	128

/**
 * struct rp_gap - one gap
 * @id: of its record
 * @start: first byte
 * @length: bytes
 * @time: when it was noticed, ns since 1970
 * @seq: the interval it lies in; points after it are clean
 * @reason: enum refpoint_gap_reason
 * @text: for people
 */
struct rp_gap {
	u8 id[16];
	u64 start;
	u64 length;
	u64 time;
	rp_seq_t seq;
	u32 reason;
	char text[RP_GAP_TEXT_MAX];
};

struct rp_gap_disk {
	__le64 start;
	__le64 length;
	__le64 time;
	__le64 seq;
	__le32 reason;
	__le32 pad;
	char text[RP_GAP_TEXT_MAX];
} __attribute__((packed));

_Static_assert(sizeof(struct rp_gap_disk) == 168, "gap");

static inline void rp_gap_encode(const struct rp_gap *gap, struct rp_gap_disk *d)
{
	memset(d, 0, sizeof(*d));
	d->start = cpu_to_le64(gap->start);
	d->length = cpu_to_le64(gap->length);
	d->time = cpu_to_le64(gap->time);
	d->seq = cpu_to_le64(rp_seq_nr(gap->seq));
	d->reason = cpu_to_le32(gap->reason);
	memcpy(d->text, gap->text, sizeof(d->text));
	d->text[sizeof(d->text) - 1] = '\0';
}

/* Return: 0, or -EUCLEAN for a record that cannot be one. */
static inline int rp_gap_decode(const u8 id[16], const void *data, size_t len,
				struct rp_gap *gap)
{
	const struct rp_gap_disk *d = data;

	if (len != sizeof(*d))
		return -EUCLEAN;
	memcpy(gap->id, id, 16);
	gap->start = le64_to_cpu(d->start);
	gap->length = le64_to_cpu(d->length);
	gap->time = le64_to_cpu(d->time);
	gap->seq = rp_seq(le64_to_cpu(d->seq));
	gap->reason = le32_to_cpu(d->reason);
	memcpy(gap->text, d->text, sizeof(gap->text));
	gap->text[sizeof(gap->text) - 1] = '\0';
	if (gap->start + gap->length < gap->start)
		return -EUCLEAN;
	return 0;
}

#endif /* RP_GAP_H */
