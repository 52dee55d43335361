// SPDX-License-Identifier: GPL-2.0-only
/*
 * collection_record.c - a collection, as a record
 */
#include "collection_record.h"

size_t rp_collection_record_size(const struct rp_collection_record *rec)
{
	return sizeof(struct rp_collection_disk) + strlen(rec->name) +
	       rec->nr_members * sizeof(*rec->members);
}

void rp_collection_record_encode(const struct rp_collection_record *rec,
				 void *data)
{
	size_t name_len = strlen(rec->name);
	struct rp_collection_disk d = {
		.disk_version = cpu_to_le16(RP_COLLECTION_RECORD_VERSION),
		.name_len = cpu_to_le16(name_len),
		.nr_members = cpu_to_le32(rec->nr_members),
		.version = cpu_to_le64(rec->version),
		.stamp = cpu_to_le64(rec->stamp),
		.time = cpu_to_le64(rec->time),
	};
	u8 *p = data;

	memcpy(p, &d, sizeof(d));
	p += sizeof(d);
	memcpy(p, rec->name, name_len);
	if (rec->nr_members)
		memcpy(p + name_len, rec->members,
		       rec->nr_members * sizeof(*rec->members));
}

int rp_collection_record_decode(const void *data, size_t len,
				struct rp_collection_record *rec)
{
	struct rp_collection_disk d;
	const u8 *p = data;
	unsigned int i;
	size_t name_len;

	memset(rec, 0, sizeof(*rec));
	if (len < sizeof(d))
		return -EUCLEAN;
	memcpy(&d, data, sizeof(d));
	if (le16_to_cpu(d.disk_version) > RP_COLLECTION_RECORD_VERSION)
		return -EPROTONOSUPPORT;

	name_len = le16_to_cpu(d.name_len);
	rec->nr_members = le32_to_cpu(d.nr_members);
	rec->version = le64_to_cpu(d.version);
	rec->stamp = le64_to_cpu(d.stamp);
	rec->time = le64_to_cpu(d.time);
	if (!d.disk_version || !rec->version || !rec->nr_members || !name_len ||
	    name_len > REFPOINT_NAME_MAX ||
	    rec->nr_members > REFPOINT_MEMBERS_MAX)
		return -EUCLEAN;
	if (len != sizeof(d) + name_len + rec->nr_members * sizeof(*rec->members))
		return -EUCLEAN;

	p += sizeof(d);
	if (memchr(p, '\0', name_len))
		return -EUCLEAN;
	memcpy(rec->name, p, name_len);
	p += name_len;

	for (i = 1; i < rec->nr_members; i++)
		if (memcmp(p + 16 * (i - 1), p + 16 * i, 16) >= 0)
			return -EUCLEAN;
	if (rec->nr_members) {
		rec->members = rp_calloc(rec->nr_members, sizeof(*rec->members));
		if (!rec->members)
			return -ENOMEM;
		memcpy(rec->members, p, rec->nr_members * sizeof(*rec->members));
	}
	return 0;
}

void rp_collection_record_release(struct rp_collection_record *rec)
{
	rp_free(rec->members);
	rec->members = NULL;
	rec->nr_members = 0;
}

int rp_collection_record_compare(const struct rp_collection_record *a,
				 const struct rp_collection_record *b)
{
	if (a->version != b->version)
		return a->version < b->version ? -1 : 1;
	if (a->stamp != b->stamp)
		return a->stamp < b->stamp ? -1 : 1;
	return 0;
}

int rp_collection_record_member(const struct rp_collection_record *rec,
				const u8 volume[16])
{
	unsigned int lo = 0, hi = rec->nr_members;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		int cmp = memcmp(rec->members[mid], volume, 16);

		if (!cmp)
			return mid;
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -ENOENT;
}
