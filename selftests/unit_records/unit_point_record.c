// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_point_record.c - records of points and packs of used-up ids: round trip
 * and damage
 */
#include "core/point_record.h"
#include "test.h"

static void fill_bytes(void *p, size_t len, struct rng *r)
{
	u8 *b = p;

	while (len--)
		*b++ = rng_next(r);
}

static void fill_string(char *s, size_t max, struct rng *r)
{
	size_t len = rng_one_in(r, 4) ? max : rng_below(r, max + 1);

	memset(s, 0, max + 1);
	memset(s, 'a' + rng_below(r, 26), len);
}

static void fill(struct rp_point_record *rec, struct rng *r)
{
	unsigned int i;

	memset(rec, 0, sizeof(*rec));
	rec->state = rng_one_in(r, 2) ? REFPOINT_POINT_PREPARED :
					REFPOINT_POINT_COMMITTED;
	rec->selection = rng_below(r, RP_NR_SELECTIONS);
	rec->type = rng_next(r);
	rec->consistency = rng_below(r, 5);
	rec->require = rng_one_in(r, 2);
	rec->has_cut_id = rng_one_in(r, 2);
	rec->tag_len = rng_below(r, REFPOINT_TAG_MAX + 1);
	rec->vendor_len = rng_one_in(r, 2) ? 0 :
			  rng_below(r, REFPOINT_VENDOR_MAX + 1);
	rec->deadline_ms = rng_next(r);
	rec->selection_hash = rng_next(r);
	rec->time = rng_next(r);
	rec->membership = rng_next(r);
	fill_bytes(rec->collection, 16, r);
	fill_bytes(rec->cut_id, 16, r);
	fill_bytes(rec->tag, rec->tag_len, r);
	fill_string(rec->collection_name, REFPOINT_NAME_MAX, r);
	fill_string(rec->owner, REFPOINT_OWNER_MAX, r);
	fill_string(rec->label, REFPOINT_LABEL_MAX, r);
	if (rec->vendor_len) {
		rec->vendor = rp_zalloc(rec->vendor_len);
		CHECK(rec->vendor);
		fill_bytes(rec->vendor, rec->vendor_len, r);
	}
	rec->nr_members = rng_one_in(r, 50) ? REFPOINT_MEMBERS_MAX :
					      1 + rng_below(r, 9);
	rec->members = rp_calloc(rec->nr_members, sizeof(*rec->members));
	CHECK(rec->members);
	for (i = 0; i < rec->nr_members; i++) {
		struct rp_point_member *m = &rec->members[i];

		fill_bytes(m->volume, 16, r);
		m->volume[0] = i >> 8;
		m->volume[1] = i;
		fill_bytes(m->generation, 16, r);
		m->seq = rp_seq(rng_next(r));
		m->level = rng_below(r, 5);
	}
}

static u8 *encode(const struct rp_point_record *rec, size_t *len)
{
	u8 *data;

	*len = rp_point_record_size(rec);
	data = rp_zalloc(*len);
	CHECK(data);
	rp_point_record_encode(rec, data);
	return data;
}

/* Of exactly @len bytes, so that the sanitizer sees a step beyond. */
static int decode_exact(const u8 *data, size_t len, struct rp_point_record *rec)
{
	u8 *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, data, len);
	err = rp_point_record_decode(copy, len, rec);
	free(copy);
	return err;
}

static void round_trip(struct rng *r)
{
	struct rp_point_record rec, back;
	size_t len, len2;
	u8 *data, *again;
	unsigned int i;

	fill(&rec, r);
	data = encode(&rec, &len);
	CHECK_EQ(decode_exact(data, len, &back), 0);
	CHECK_EQ(rec.state, back.state);
	CHECK_EQ(rec.type, back.type);
	CHECK_EQ(rec.selection, back.selection);
	CHECK_EQ(rec.consistency, back.consistency);
	CHECK_EQ(rec.require, back.require);
	CHECK_EQ(rec.has_cut_id, back.has_cut_id);
	CHECK_EQ(rec.deadline_ms, back.deadline_ms);
	CHECK_EQ(rec.selection_hash, back.selection_hash);
	CHECK_EQ(rec.time, back.time);
	CHECK(!strcmp(rec.collection_name, back.collection_name));
	CHECK(!strcmp(rec.owner, back.owner));
	CHECK(!strcmp(rec.label, back.label));
	CHECK_EQ(rec.tag_len, back.tag_len);
	CHECK(!memcmp(rec.tag, back.tag, rec.tag_len));
	CHECK_EQ(rec.vendor_len, back.vendor_len);
	CHECK(!rec.vendor_len ||
	      !memcmp(rec.vendor, back.vendor, rec.vendor_len));
	CHECK(rp_point_record_same(&rec, &back));
	for (i = 0; i < rec.nr_members; i++) {
		CHECK_EQ(rec.members[i].level, back.members[i].level);
		CHECK_EQ(rp_point_record_member(&back, rec.members[i].volume), i);
	}

	/* One encoding for one point. */
	again = encode(&back, &len2);
	CHECK_EQ(len, len2);
	CHECK(!memcmp(data, again, len));

	/* The state is no part of who a point is; where it was cut is. */
	back.state ^= REFPOINT_POINT_PREPARED ^ REFPOINT_POINT_COMMITTED;
	CHECK(rp_point_record_same(&rec, &back));
	back.members[0].seq = rp_seq(rp_seq_nr(back.members[0].seq) + 1);
	CHECK(!rp_point_record_same(&rec, &back));

	rp_free(again);
	rp_free(data);
	rp_point_record_release(&back);
	rp_point_record_release(&rec);
}

static void truncated(struct rng *r)
{
	struct rp_point_record rec, back;
	size_t len, cut;
	u8 *data;

	fill(&rec, r);
	data = encode(&rec, &len);
	for (cut = 0; cut < len; cut++)
		CHECK_EQ(decode_exact(data, cut, &back), -EUCLEAN);
	rp_point_record_release(&rec);
	rp_free(data);
}

/* Whatever the bits: an error or a record, with nothing lost or read beyond. */
static void bit_flips(struct rng *r)
{
	struct rp_point_record rec, back;
	size_t len, bit;
	u8 *data;

	fill(&rec, r);
	data = encode(&rec, &len);
	for (bit = 0; bit < min_t(size_t, 8 * len, 4096); bit++) {
		int err;

		data[bit / 8] ^= 1 << bit % 8;
		err = decode_exact(data, len, &back);
		CHECK(!err || err == -EUCLEAN || err == -EPROTONOSUPPORT);
		if (!err) {
			CHECK_EQ(rp_point_record_size(&back), len);
			rp_point_record_release(&back);
		}
		data[bit / 8] ^= 1 << bit % 8;
	}
	rp_point_record_release(&rec);
	rp_free(data);
}

static void garbage(struct rng *r)
{
	struct rp_point_record back;
	u8 data[512];
	size_t len = rng_below(r, sizeof(data));

	fill_bytes(data, sizeof(data), r);
	/* Half of them get beyond the first look. */
	if (rng_one_in(r, 2)) {
		struct rp_point_disk *d = (struct rp_point_disk *)data;

		memset(d, 0, sizeof(*d));
		d->version = cpu_to_le16(1);
		d->state = REFPOINT_POINT_COMMITTED;
		d->nr_members = cpu_to_le32(1 + rng_below(r, 4));
		d->name_len = cpu_to_le16(rng_below(r, 200));
		d->label_len = cpu_to_le16(rng_below(r, 300));
	}
	if (!decode_exact(data, len, &back))
		rp_point_record_release(&back);
}

static void refused(struct rng *r)
{
	struct rp_point_record rec, back;
	struct rp_point_disk *d;
	size_t len;
	u8 *data;

	fill(&rec, r);
	data = encode(&rec, &len);
	d = (struct rp_point_disk *)data;
	d->version = cpu_to_le16(RP_POINT_RECORD_VERSION + 1);
	CHECK_EQ(decode_exact(data, len, &back), -EPROTONOSUPPORT);
	d->version = cpu_to_le16(RP_POINT_RECORD_VERSION);
	d->state = REFPOINT_POINT_VOID;
	CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
	d->state = REFPOINT_POINT_PREPARED;
	d->flags |= 0x80;
	CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
	d->flags &= 0x7f;
	d->nr_members = 0;
	CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
	d->nr_members = cpu_to_le32(U32_MAX);
	CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
	rp_free(data);

	if (rec.nr_members > 1) {
		memcpy(rec.members[1].volume, rec.members[0].volume, 16);
		data = encode(&rec, &len);
		CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
		rp_free(data);
	}
	rp_point_record_release(&rec);
}

static void selection(struct rng *r)
{
	u8 a[16], b[16];

	fill_bytes(a, 16, r);
	fill_bytes(b, 16, r);
	CHECK(rp_selection_hash_add(rp_selection_hash_add(0, a), b) ==
	      rp_selection_hash_add(rp_selection_hash_add(0, b), a));
	CHECK(rp_selection_hash_add(0, a) != rp_selection_hash_add(0, b));
}

static void tombstones(struct rng *r)
{
	static const u8 states[] = { RP_TOMBSTONE_VOID, RP_TOMBSTONE_DESTROYED,
				     RP_TOMBSTONE_COLLECTION };
	struct rp_tombstone in[RP_TOMBSTONES_MAX], out[RP_TOMBSTONES_MAX], one;
	unsigned int i, back, nr = 1 + rng_below(r, RP_TOMBSTONES_MAX);
	size_t len = RP_TOMBSTONES_SIZE(nr);
	u8 *data = malloc(len);

	memset(in, 0, sizeof(in));
	for (i = 0; i < nr; i++) {
		fill_bytes(in[i].id, 16, r);
		in[i].time = rng_next(r);
		in[i].reason = rng_next(r);
		in[i].state = states[rng_below(r, 3)];
	}
	rp_tombstones_encode(in, nr, data);
	CHECK_EQ(rp_tombstones_decode(data, len, out, &back), 0);
	CHECK_EQ(back, nr);
	for (i = 0; i < nr; i++) {
		CHECK(!memcmp(in[i].id, out[i].id, 16));
		CHECK_EQ(in[i].time, out[i].time);
		CHECK_EQ(in[i].reason, out[i].reason);
		CHECK_EQ(in[i].state, out[i].state);
		CHECK_EQ(rp_tombstones_find(data, len, in[i].id, &one), 0);
		CHECK_EQ(in[i].time, one.time);
		CHECK_EQ(in[i].state, one.state);
	}
	in[0].id[3] ^= 1;
	CHECK_EQ(rp_tombstones_find(data, len, in[0].id, &one), -ENOENT);
	CHECK_EQ(rp_tombstones_find(data, len - 1, in[0].id, &one), -EUCLEAN);
	for (i = 0; i < len; i++) {
		u8 *copy = malloc(i ? i : 1);

		memcpy(copy, data, i);
		CHECK_EQ(rp_tombstones_decode(copy, i, out, &back), -EUCLEAN);
		free(copy);
	}
	for (i = 0; i < 8 * len; i++) {
		data[i / 8] ^= 1 << i % 8;
		rp_tombstones_decode(data, len, out, &back);
		CHECK(back <= RP_TOMBSTONES_MAX);
		data[i / 8] ^= 1 << i % 8;
	}
	free(data);
}

static const struct test_case cases[] = {
	{ "point_round_trip", round_trip, 300 },
	{ "point_truncated", truncated, 20 },
	{ "point_bit_flips", bit_flips, 20 },
	{ "point_garbage", garbage, 20000 },
	{ "point_refused", refused, 100 },
	{ "point_selection", selection, 1000 },
	{ "tombstones", tombstones, 50 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
