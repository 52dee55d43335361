// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_witness_record.c - what one volume says of another (I6): round trip,
 * damage, and what is made of it
 */
#include "core/ondisk.h"
#include "core/witness_record.h"
#include "test.h"

static const u8 volume[16] = "the one it is of";

static void fill_id(u8 id[16], struct rng *r)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		id[i] = rng_next(r);
}

static void fill(struct rp_witness *w, struct rng *r)
{
	memset(w, 0, sizeof(*w));
	memcpy(w->volume, volume, sizeof(volume));
	fill_id(w->id, r);
	fill_id(w->generation, r);
	w->incarnation = 1 + rng_below(r, 9);
	w->first = rp_seq(1 + rng_below(r, 9));
	w->last = rp_seq(rp_seq_nr(w->first) + rng_below(r, 2));
	w->time = rng_next(r);
	w->reason = rng_below(r, 9);
	memset(w->text, 'x', rng_below(r, sizeof(w->text)));
}

/* Of exactly @len bytes, so that the sanitizer sees a step beyond. */
static int decode_exact(const void *data, size_t len, struct rp_witness *w)
{
	u8 *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, data, len);
	err = rp_witness_decode(volume, copy, len, w);
	free(copy);
	return err;
}

static void round_trip(struct rng *r)
{
	struct rp_witness_disk d;
	struct rp_witness w, back;
	size_t cut;

	fill(&w, r);
	rp_witness_encode(&w, &d);
	CHECK_EQ(decode_exact(&d, sizeof(d), &back), 0);
	CHECK(!memcmp(&w, &back, sizeof(w)));
	for (cut = 0; cut < sizeof(d); cut++)
		CHECK_EQ(decode_exact(&d, cut, &back), -EUCLEAN);
}

/* The bytes of ondisk-format.rst. */
static void layout(struct rng *r)
{
	struct rp_witness w = { .reason = 0x01020304 };
	struct rp_witness_disk d;
	const u8 *b = (const u8 *)&d;

	memset(w.id, 0xa1, 16);
	memset(w.generation, 0xa2, 16);
	w.incarnation = 0x11;
	w.first = rp_seq(0x22);
	w.last = rp_seq(0x33);
	w.time = 0x44;
	memcpy(w.text, "why", 4);
	rp_witness_encode(&w, &d);
	CHECK_EQ(b[0], 1);
	CHECK_EQ(b[1] | b[2] | b[3], 0);
	CHECK_EQ(b[4], 4);
	CHECK_EQ(b[7], 1);
	CHECK_EQ(b[8], 0xa1);
	CHECK_EQ(b[24], 0xa2);
	CHECK_EQ(b[40], 0x11);
	CHECK_EQ(b[48], 0x22);
	CHECK_EQ(b[56], 0x33);
	CHECK_EQ(b[64], 0x44);
	CHECK(!strcmp((const char *)b + 72, "why"));
	CHECK_EQ(sizeof(d), 200);
}

/* A flipped bit is an error, or another word that can be. */
static void bit_flips(struct rng *r)
{
	struct rp_witness_disk d;
	struct rp_witness w;
	u8 *b = (u8 *)&d;
	size_t bit;

	fill(&w, r);
	rp_witness_encode(&w, &d);
	for (bit = 0; bit < 8 * sizeof(d); bit++) {
		int err;

		b[bit / 8] ^= 1 << bit % 8;
		err = decode_exact(&d, sizeof(d), &w);
		CHECK(!err || err == -EUCLEAN || err == -EPROTONOSUPPORT);
		if (!err) {
			CHECK(rp_seq_nr(w.first) <= rp_seq_nr(w.last));
			CHECK(rp_seq_nr(w.last) < RP_SEQ_MAX);
			CHECK(strnlen(w.text, sizeof(w.text)) < sizeof(w.text));
		}
		b[bit / 8] ^= 1 << bit % 8;
	}
}

static void refused(struct rng *r)
{
	struct rp_witness_disk d;
	struct rp_witness w, back;

	fill(&w, r);
	rp_witness_encode(&w, &d);
	d.version = 0;
	CHECK_EQ(decode_exact(&d, sizeof(d), &back), -EUCLEAN);
	d.version = cpu_to_le16(RP_WITNESS_RECORD_VERSION + 1);
	CHECK_EQ(decode_exact(&d, sizeof(d), &back), -EPROTONOSUPPORT);
	d.version = cpu_to_le16(RP_WITNESS_RECORD_VERSION);
	d.last = cpu_to_le64(rp_seq_nr(w.first) - 1);
	CHECK_EQ(decode_exact(&d, sizeof(d), &back), -EUCLEAN);
	d.last = cpu_to_le64(RP_SEQ_MAX);
	CHECK_EQ(decode_exact(&d, sizeof(d), &back), -EUCLEAN);
	d.last = d.first;
	memset(d.text, 'x', sizeof(d.text));
	CHECK_EQ(decode_exact(&d, sizeof(d), &back), -EUCLEAN);
}

static void merged(struct rng *r)
{
	struct rp_witness a, b, both;
	u8 id[16];

	fill(&a, r);
	fill(&b, r);
	fill_id(id, r);
	both = a;
	rp_witness_merge(&both, &b, id);
	CHECK(!memcmp(both.id, id, sizeof(id)));
	CHECK_EQ(rp_seq_nr(both.first), min(rp_seq_nr(a.first), rp_seq_nr(b.first)));
	CHECK_EQ(rp_seq_nr(both.last), max(rp_seq_nr(a.last), rp_seq_nr(b.last)));
	CHECK_EQ(both.incarnation, max(a.incarnation, b.incarnation));
}

static enum rp_witness_verdict judge(const struct rp_witness *w, u64 incarnation,
				     u64 first, u64 open, bool heard, u64 *from,
				     u64 *to)
{
	struct rp_witness_about about = {
		.incarnation = incarnation,
		.first_seq = rp_seq(first),
		.open_seq = rp_seq(open),
		.heard = heard,
	};
	rp_seq_t f = rp_seq(0), t = rp_seq(0);
	enum rp_witness_verdict v = rp_witness_judge(w, &about, &f, &t);

	*from = rp_seq_nr(f);
	*to = rp_seq_nr(t);
	return v;
}

static void judged(struct rng *r)
{
	struct rp_witness w = {
		.incarnation = 4, .first = rp_seq(10), .last = rp_seq(11),
	};
	u64 from, to;

	/* At once, no cut was under way; with the cut; later. */
	CHECK_EQ(judge(&w, 4, 1, 10, false, &from, &to), RP_WITNESS_GAP);
	CHECK(from == 10 && to == 10);
	CHECK_EQ(judge(&w, 4, 1, 11, false, &from, &to), RP_WITNESS_GAP);
	CHECK(from == 10 && to == 11);
	CHECK_EQ(judge(&w, 9, 1, 30, false, &from, &to), RP_WITNESS_GAP);
	CHECK(from == 10 && to == 11);
	/* It has that gap. */
	CHECK_EQ(judge(&w, 9, 1, 30, true, &from, &to), RP_WITNESS_HEARD);
	CHECK_EQ(judge(&w, 3, 1, 9, true, &from, &to), RP_WITNESS_HEARD);
	/* A new history has begun since, in part or wholly after it. */
	CHECK_EQ(judge(&w, 9, 11, 30, false, &from, &to), RP_WITNESS_GAP);
	CHECK(from == 11 && to == 11);
	CHECK_EQ(judge(&w, 9, 12, 30, false, &from, &to), RP_WITNESS_HEARD);
	/* The metadata have never been where the word was given. */
	CHECK_EQ(judge(&w, 3, 1, 10, false, &from, &to), RP_WITNESS_STALE);
	CHECK_EQ(judge(&w, 4, 1, 9, false, &from, &to), RP_WITNESS_STALE);
	/* Having begun anew for that reason, it is done with it. */
	CHECK_EQ(judge(&w, 3, 12, 12, false, &from, &to), RP_WITNESS_HEARD);
}

/*
 * A volume fails at some time, lives on and hears of it at any time: what was
 * not tracked is in the gap, unless it is told that its history is none.
 */
static void never_missed(struct rng *r)
{
	u64 failed_in = 1 + rng_below(r, 20), lost, open, first = 1, from, to;
	u64 incarnation = 1 + rng_below(r, 9);
	struct rp_witness w = {
		.incarnation = incarnation,
		.first = rp_seq(failed_in),
		.last = rp_seq(failed_in + 1),
	};
	enum rp_witness_verdict v;
	bool cut = rng_one_in(r, 2);

	/* The cut that was under way became durable, or not. */
	lost = failed_in + (cut && rng_one_in(r, 2));
	open = failed_in + cut + rng_below(r, 5);
	lost = min(lost, open);
	v = judge(&w, incarnation + rng_below(r, 3), first, open, false, &from, &to);
	CHECK_EQ(v, RP_WITNESS_GAP);
	CHECK(from <= lost && lost <= to);
	CHECK(to - from <= 1);
}

static const struct test_case cases[] = {
	{ "witness_round_trip", round_trip, 100 },
	{ "witness_layout", layout, 1 },
	{ "witness_bit_flips", bit_flips, 20 },
	{ "witness_refused", refused, 20 },
	{ "witness_merged", merged, 100 },
	{ "witness_judged", judged, 1 },
	{ "witness_never_missed", never_missed, 1000 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
