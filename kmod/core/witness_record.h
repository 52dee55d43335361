/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * witness_record.h - what one volume vouches for about another (I6)
 *
 * RP_RECORD_WITNESS stands on a volume whose metadata can be written and says of
 * another, whose metadata could not be: "untracked since incarnation k, interval
 * s". There is one at most on a volume about another: the record's id is the
 * UUID of the volume that it is about.
 *
 * Pure: what is made of a word, too, is decided here.
 */
#ifndef RP_WITNESS_RECORD_H
#define RP_WITNESS_RECORD_H

#include "gap.h"

/**
 * struct rp_witness - one word
 * @volume: whom it is about
 * @id: its own, and that of the gap's record: a volume that has this gap has
 *	heard the word
 * @generation: of @volume when tracking failed
 * @incarnation: likewise
 * @first: the interval in which tracking failed
 * @last: the last interval that may have begun before the volume went down: a
 *	cut may have been under way
 * @time: when it was noticed, ns since 1970
 * @reason: enum refpoint_gap_reason
 * @text: for people
 */
struct rp_witness {
	u8 volume[16];
	u8 id[16];
	u8 generation[16];
	u64 incarnation;
	rp_seq_t first;
	rp_seq_t last;
	u64 time;
	u32 reason;
	char text[RP_GAP_TEXT_MAX];
};

#define RP_WITNESS_RECORD_VERSION	1

struct rp_witness_disk {
	__le16 version;
	__u8 pad0[2];
	__le32 reason;
	__u8 id[16];
	__u8 generation[16];
	__le64 incarnation;
	__le64 first;
	__le64 last;
	__le64 time;
	char text[RP_GAP_TEXT_MAX];
} __attribute__((packed));

_Static_assert(sizeof(struct rp_witness_disk) == 200, "witness");

void rp_witness_encode(const struct rp_witness *w, struct rp_witness_disk *d);

/* Return: 0, -EUCLEAN (it cannot be one), -EPROTONOSUPPORT (a newer version). */
int rp_witness_decode(const u8 volume[16], const void *data, size_t len,
		      struct rp_witness *w);

/*
 * Two words about one volume, as one, for a witness that has room for one. It is
 * a third word, with @id: having heard one of the two is not enough.
 */
void rp_witness_merge(struct rp_witness *to, const struct rp_witness *other,
		      const u8 id[16]);

/* What a volume makes of a word about itself. */
enum rp_witness_verdict {
	RP_WITNESS_HEARD,	/* nothing: it is known, or of a history that ended */
	RP_WITNESS_GAP,		/* there is a gap */
	RP_WITNESS_STALE,	/* the metadata are older than the word: no history */
};

/**
 * struct rp_witness_about - what the volume knows about itself
 * @incarnation: activations so far, without the one that is under way
 * @first_seq: first interval of its generation
 * @open_seq: the open interval
 * @heard: it has a durable gap with the word's id
 */
struct rp_witness_about {
	u64 incarnation;
	rp_seq_t first_seq;
	rp_seq_t open_seq;
	bool heard;
};

/* With RP_WITNESS_GAP: in each of the intervals *@from to *@to. */
enum rp_witness_verdict rp_witness_judge(const struct rp_witness *w,
					 const struct rp_witness_about *v,
					 rp_seq_t *from, rp_seq_t *to);

#endif /* RP_WITNESS_RECORD_H */
