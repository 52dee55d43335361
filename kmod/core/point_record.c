// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_record.c - a reference point, and ids used up, as records
 */
#include "point_record.h"

size_t rp_point_record_size(const struct rp_point_record *rec)
{
	return sizeof(struct rp_point_disk) + strlen(rec->collection_name) +
	       strlen(rec->owner) + strlen(rec->label) + rec->tag_len +
	       rec->vendor_len +
	       rec->nr_members * sizeof(struct rp_point_member_disk);
}

static u8 *put_bytes(u8 *p, const void *data, size_t len)
{
	if (len)
		memcpy(p, data, len);
	return p + len;
}

void rp_point_record_encode(const struct rp_point_record *rec, void *data)
{
	struct rp_point_disk *d = data;
	u8 *p = data;
	unsigned int i;

	memset(d, 0, sizeof(*d));
	d->version = cpu_to_le16(RP_POINT_RECORD_VERSION);
	d->type = cpu_to_le16(rec->type);
	d->state = rec->state;
	d->selection = rec->selection;
	d->consistency = rec->consistency;
	d->flags = (rec->require ? RP_POINT_DISK_REQUIRE : 0) |
		   (rec->has_cut_id ? RP_POINT_DISK_CUT_ID : 0);
	d->deadline_ms = cpu_to_le32(rec->deadline_ms);
	d->nr_members = cpu_to_le32(rec->nr_members);
	d->selection_hash = cpu_to_le64(rec->selection_hash);
	d->time = cpu_to_le64(rec->time);
	d->membership = cpu_to_le64(rec->membership);
	memcpy(d->collection, rec->collection, 16);
	memcpy(d->cut_id, rec->cut_id, 16);
	d->name_len = cpu_to_le16(strlen(rec->collection_name));
	d->owner_len = cpu_to_le16(strlen(rec->owner));
	d->label_len = cpu_to_le16(strlen(rec->label));
	d->tag_len = cpu_to_le16(rec->tag_len);
	d->vendor_len = cpu_to_le16(rec->vendor_len);

	p = put_bytes(p + sizeof(*d), rec->collection_name,
		      strlen(rec->collection_name));
	p = put_bytes(p, rec->owner, strlen(rec->owner));
	p = put_bytes(p, rec->label, strlen(rec->label));
	p = put_bytes(p, rec->tag, rec->tag_len);
	p = put_bytes(p, rec->vendor, rec->vendor_len);

	for (i = 0; i < rec->nr_members; i++) {
		const struct rp_point_member *m = &rec->members[i];
		struct rp_point_member_disk md = { .level = m->level };

		memcpy(md.volume, m->volume, 16);
		memcpy(md.generation, m->generation, 16);
		md.seq = cpu_to_le64(rp_seq_nr(m->seq));
		p = put_bytes(p, &md, sizeof(md));
	}
}

/* A string of @len bytes at @p into @to, which has room for @max and a NUL. */
static int get_string(const u8 *p, size_t len, char *to, size_t max)
{
	if (len > max || memchr(p, '\0', len))
		return -EUCLEAN;
	memcpy(to, p, len);
	to[len] = '\0';
	return 0;
}

static int get_members(const u8 *p, struct rp_point_record *rec)
{
	unsigned int i;

	rec->members = rp_calloc(rec->nr_members, sizeof(*rec->members));
	if (!rec->members)
		return -ENOMEM;

	for (i = 0; i < rec->nr_members; i++, p += sizeof(struct rp_point_member_disk)) {
		struct rp_point_member *m = &rec->members[i];
		struct rp_point_member_disk md;

		memcpy(&md, p, sizeof(md));
		memcpy(m->volume, md.volume, 16);
		memcpy(m->generation, md.generation, 16);
		m->seq = rp_seq(le64_to_cpu(md.seq));
		m->level = md.level;
		if (md.level > REFPOINT_CONSISTENCY_FILESYSTEM)
			return -EUCLEAN;
		if (i && memcmp(m[-1].volume, m->volume, 16) >= 0)
			return -EUCLEAN;
	}
	return 0;
}

int rp_point_record_decode(const void *data, size_t len,
			   struct rp_point_record *rec)
{
	size_t name_len, owner_len, label_len, need;
	struct rp_point_disk d;
	const u8 *p = data;
	int err;

	memset(rec, 0, sizeof(*rec));
	if (len < sizeof(d))
		return -EUCLEAN;
	memcpy(&d, data, sizeof(d));
	if (le16_to_cpu(d.version) > RP_POINT_RECORD_VERSION)
		return -EPROTONOSUPPORT;
	if (!d.version)
		return -EUCLEAN;

	rec->type = le16_to_cpu(d.type);
	rec->state = d.state;
	rec->selection = d.selection;
	rec->consistency = d.consistency;
	rec->require = d.flags & RP_POINT_DISK_REQUIRE;
	rec->has_cut_id = d.flags & RP_POINT_DISK_CUT_ID;
	rec->deadline_ms = le32_to_cpu(d.deadline_ms);
	rec->nr_members = le32_to_cpu(d.nr_members);
	rec->selection_hash = le64_to_cpu(d.selection_hash);
	rec->time = le64_to_cpu(d.time);
	rec->membership = le64_to_cpu(d.membership);
	memcpy(rec->collection, d.collection, 16);
	memcpy(rec->cut_id, d.cut_id, 16);

	if (rec->state != REFPOINT_POINT_PREPARED &&
	    rec->state != REFPOINT_POINT_COMMITTED)
		return -EUCLEAN;
	if (d.flags & ~(RP_POINT_DISK_REQUIRE | RP_POINT_DISK_CUT_ID) ||
	    rec->selection >= RP_NR_SELECTIONS ||
	    rec->consistency > REFPOINT_CONSISTENCY_FILESYSTEM ||
	    !rec->nr_members || rec->nr_members > REFPOINT_MEMBERS_MAX)
		return -EUCLEAN;
	if (le16_to_cpu(d.tag_len) > REFPOINT_TAG_MAX ||
	    le16_to_cpu(d.vendor_len) > REFPOINT_VENDOR_MAX)
		return -EUCLEAN;
	rec->tag_len = le16_to_cpu(d.tag_len);
	rec->vendor_len = le16_to_cpu(d.vendor_len);

	/* Every term is bounded by its 16 or 10 bits: no overflow. */
	name_len = le16_to_cpu(d.name_len);
	owner_len = le16_to_cpu(d.owner_len);
	label_len = le16_to_cpu(d.label_len);
	need = sizeof(d) + name_len + owner_len + label_len + rec->tag_len +
	       rec->vendor_len +
	       rec->nr_members * sizeof(struct rp_point_member_disk);
	if (len != need)
		return -EUCLEAN;

	p += sizeof(d);
	err = get_string(p, name_len, rec->collection_name, REFPOINT_NAME_MAX);
	p += name_len;
	if (!err)
		err = get_string(p, owner_len, rec->owner, REFPOINT_OWNER_MAX);
	p += owner_len;
	if (!err)
		err = get_string(p, label_len, rec->label, REFPOINT_LABEL_MAX);
	p += label_len;
	if (err)
		return err;

	memcpy(rec->tag, p, rec->tag_len);
	p += rec->tag_len;
	if (rec->vendor_len) {
		rec->vendor = rp_zalloc(rec->vendor_len);
		if (!rec->vendor)
			return -ENOMEM;
		memcpy(rec->vendor, p, rec->vendor_len);
		p += rec->vendor_len;
	}
	err = get_members(p, rec);
	if (err)
		rp_point_record_release(rec);
	return err;
}

void rp_point_record_release(struct rp_point_record *rec)
{
	rp_free(rec->vendor);
	rp_free(rec->members);
	rec->vendor = NULL;
	rec->members = NULL;
}

int rp_point_record_member(const struct rp_point_record *rec,
			   const u8 volume[16])
{
	unsigned int lo = 0, hi = rec->nr_members;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		int cmp = memcmp(rec->members[mid].volume, volume, 16);

		if (!cmp)
			return mid;
		if (cmp < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -ENOENT;
}

bool rp_point_record_same(const struct rp_point_record *a,
			  const struct rp_point_record *b)
{
	unsigned int i;

	if (a->type != b->type || a->nr_members != b->nr_members ||
	    a->membership != b->membership ||
	    memcmp(a->collection, b->collection, 16))
		return false;
	for (i = 0; i < a->nr_members; i++) {
		const struct rp_point_member *x = &a->members[i];
		const struct rp_point_member *y = &b->members[i];

		if (memcmp(x->volume, y->volume, 16) ||
		    memcmp(x->generation, y->generation, 16) ||
		    rp_seq_nr(x->seq) != rp_seq_nr(y->seq))
			return false;
	}
	return true;
}

/* FNV-1a of each, added up: the order does not matter. */
u64 rp_selection_hash_add(u64 hash, const u8 volume[16])
{
	u64 h = 0xcbf29ce484222325ULL;
	unsigned int i;

	for (i = 0; i < 16; i++)
		h = (h ^ volume[i]) * 0x100000001b3ULL;
	return hash + h;
}

void rp_tombstones_encode(const struct rp_tombstone *t, unsigned int nr,
			  void *data)
{
	struct rp_tombstones_disk d = {
		.version = cpu_to_le16(RP_TOMBSTONES_VERSION),
		.nr = cpu_to_le16(nr),
	};
	u8 *p = put_bytes(data, &d, sizeof(d));
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct rp_tombstone_disk td = {
			.time = cpu_to_le64(t[i].time),
			.reason = cpu_to_le32(t[i].reason),
			.state = t[i].state,
		};

		memcpy(td.id, t[i].id, 16);
		p = put_bytes(p, &td, sizeof(td));
	}
}

/* How many; an error if @data cannot be a pack. */
static int tombstones_nr(const void *data, size_t len, unsigned int *nr)
{
	struct rp_tombstones_disk d;

	*nr = 0;
	if (len < sizeof(d))
		return -EUCLEAN;
	memcpy(&d, data, sizeof(d));
	if (le16_to_cpu(d.version) > RP_TOMBSTONES_VERSION)
		return -EPROTONOSUPPORT;
	if (!d.version || !d.nr || le16_to_cpu(d.nr) > RP_TOMBSTONES_MAX ||
	    len != RP_TOMBSTONES_SIZE(le16_to_cpu(d.nr)))
		return -EUCLEAN;
	*nr = le16_to_cpu(d.nr);
	return 0;
}

static int tombstone_at(const void *data, unsigned int i, struct rp_tombstone *t)
{
	struct rp_tombstone_disk td;

	memcpy(&td, (const u8 *)data + RP_TOMBSTONES_SIZE(i), sizeof(td));
	if (td.state != RP_TOMBSTONE_VOID &&
	    td.state != RP_TOMBSTONE_DESTROYED &&
	    td.state != RP_TOMBSTONE_COLLECTION)
		return -EUCLEAN;
	memcpy(t->id, td.id, 16);
	t->time = le64_to_cpu(td.time);
	t->reason = le32_to_cpu(td.reason);
	t->state = td.state;
	return 0;
}

int rp_tombstones_decode(const void *data, size_t len, struct rp_tombstone *t,
			 unsigned int *nr)
{
	unsigned int all, i;
	int err = tombstones_nr(data, len, &all);

	*nr = 0;
	for (i = 0; !err && i < all; i++)
		err = tombstone_at(data, i, &t[i]);
	if (!err)
		*nr = all;
	return err;
}

int rp_tombstones_find(const void *data, size_t len, const u8 id[16],
		       struct rp_tombstone *t)
{
	unsigned int nr, i;
	int err = tombstones_nr(data, len, &nr);

	for (i = 0; !err && i < nr; i++) {
		err = tombstone_at(data, i, t);
		if (!err && !memcmp(t->id, id, 16))
			return 0;
	}
	return err ? err : -ENOENT;
}
