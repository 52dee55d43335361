// SPDX-License-Identifier: GPL-2.0-only
/*
 * unit_collection_record.c - records of collections: round trip and damage
 */
#include "core/collection_record.h"
#include "test.h"

static void fill(struct rp_collection_record *rec, struct rng *r)
{
	unsigned int i, len = 1 + rng_below(r, REFPOINT_NAME_MAX);

	memset(rec, 0, sizeof(*rec));
	memset(rec->name, 'a' + rng_below(r, 26), len);
	rec->version = 1 + rng_below(r, 5);
	rec->stamp = rng_next(r);
	rec->time = rng_next(r);
	rec->nr_members = rng_one_in(r, 50) ? REFPOINT_MEMBERS_MAX :
					      1 + rng_below(r, 9);
	rec->members = rp_calloc(rec->nr_members, 16);
	CHECK(rec->members);
	for (i = 0; i < rec->nr_members; i++) {
		rec->members[i][0] = i >> 8;
		rec->members[i][1] = i;
		rec->members[i][15] = rng_next(r);
	}
}

static u8 *encode(const struct rp_collection_record *rec, size_t *len)
{
	u8 *data;

	*len = rp_collection_record_size(rec);
	data = rp_zalloc(*len);
	CHECK(data);
	rp_collection_record_encode(rec, data);
	return data;
}

/* Of exactly @len bytes, so that the sanitizer sees a step beyond. */
static int decode_exact(const u8 *data, size_t len,
			struct rp_collection_record *rec)
{
	u8 *copy = malloc(len ? len : 1);
	int err;

	memcpy(copy, data, len);
	err = rp_collection_record_decode(copy, len, rec);
	free(copy);
	return err;
}

static void round_trip(struct rng *r)
{
	struct rp_collection_record rec, back;
	unsigned int i;
	size_t len;
	u8 *data;

	fill(&rec, r);
	data = encode(&rec, &len);
	CHECK_EQ(decode_exact(data, len, &back), 0);
	CHECK(!strcmp(rec.name, back.name));
	CHECK_EQ(rec.version, back.version);
	CHECK_EQ(rec.stamp, back.stamp);
	CHECK_EQ(rec.time, back.time);
	CHECK_EQ(rec.nr_members, back.nr_members);
	CHECK(!memcmp(rec.members, back.members, 16 * rec.nr_members));
	CHECK_EQ(rp_collection_record_compare(&rec, &back), 0);
	for (i = 0; i < rec.nr_members; i++)
		CHECK_EQ(rp_collection_record_member(&rec, rec.members[i]), i);
	rp_collection_record_release(&back);
	rp_collection_record_release(&rec);
	rp_free(data);
}

static void truncated(struct rng *r)
{
	struct rp_collection_record rec, back;
	size_t len, cut;
	u8 *data;

	fill(&rec, r);
	data = encode(&rec, &len);
	for (cut = 0; cut < len; cut++)
		CHECK_EQ(decode_exact(data, cut, &back), -EUCLEAN);
	rp_collection_record_release(&rec);
	rp_free(data);
}

/* A flipped bit is an error, or another valid record: the same when encoded. */
static void bit_flips(struct rng *r)
{
	struct rp_collection_record rec, back;
	size_t len, bit;
	u8 *data;

	fill(&rec, r);
	data = encode(&rec, &len);
	for (bit = 0; bit < min_t(size_t, 8 * len, 2048); bit++) {
		int err;

		data[bit / 8] ^= 1 << bit % 8;
		err = decode_exact(data, len, &back);
		CHECK(!err || err == -EUCLEAN || err == -EPROTONOSUPPORT);
		if (!err) {
			size_t len2;
			u8 *again = encode(&back, &len2);

			CHECK_EQ(len, len2);
			/* The version of the format alone may differ. */
			CHECK(!memcmp(data + 2, again + 2, len - 2));
			rp_free(again);
			rp_collection_record_release(&back);
		}
		data[bit / 8] ^= 1 << bit % 8;
	}
	rp_collection_record_release(&rec);
	rp_free(data);
}

static void refused(struct rng *r)
{
	struct rp_collection_record rec, back;
	struct rp_collection_disk *d;
	size_t len;
	u8 *data;

	fill(&rec, r);
	data = encode(&rec, &len);
	d = (struct rp_collection_disk *)data;

	d->disk_version = cpu_to_le16(RP_COLLECTION_RECORD_VERSION + 1);
	CHECK_EQ(decode_exact(data, len, &back), -EPROTONOSUPPORT);
	d->disk_version = cpu_to_le16(RP_COLLECTION_RECORD_VERSION);
	d->nr_members = cpu_to_le32(REFPOINT_MEMBERS_MAX + 1);
	CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
	d->nr_members = cpu_to_le32(U32_MAX);
	CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
	rp_free(data);

	if (rec.nr_members > 1) {
		/* The same twice, and out of order. */
		memcpy(rec.members[0], rec.members[1], 16);
		data = encode(&rec, &len);
		CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
		rp_free(data);
		rec.members[0][0] = 0xff;
		data = encode(&rec, &len);
		CHECK_EQ(decode_exact(data, len, &back), -EUCLEAN);
		rp_free(data);
	}
	rp_collection_record_release(&rec);
}

static void order(struct rng *r)
{
	struct rp_collection_record a = { .version = 1, .stamp = 9 };
	struct rp_collection_record b = { .version = 2, .stamp = 1 };

	CHECK(rp_collection_record_compare(&a, &b) < 0);
	CHECK(rp_collection_record_compare(&b, &a) > 0);
	b.version = 1;
	CHECK(rp_collection_record_compare(&a, &b) > 0);
	CHECK(rp_collection_record_compare(&b, &a) < 0);
	b.stamp = 9;
	CHECK_EQ(rp_collection_record_compare(&a, &b), 0);
}

static const struct test_case cases[] = {
	{ "collection_round_trip", round_trip, 300 },
	{ "collection_truncated", truncated, 20 },
	{ "collection_bit_flips", bit_flips, 20 },
	{ "collection_refused", refused, 100 },
	{ "collection_order", order, 1 },
};

int main(void)
{
	return test_main(cases, ARRAY_SIZE(cases));
}
