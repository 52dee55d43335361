// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is on a metadata device as JSON: every structure, record and extent.
 */
#include "fsck/fsck.h"
#include "../kmod/core/extent.h"
#include "fsmodel.h"
#include "output.h"

static void put_uuid_bytes(json_object *o, const char *key, const u8 id[16])
{
	struct refpoint_uuid uuid;

	memcpy(uuid.b, id, sizeof(uuid.b));
	put_uuid(o, key, &uuid);
}

json_object *fsmodel_findings(const struct fsck *f)
{
	json_object *array = json_object_new_array();
	u32 i;

	for (i = 0; i < f->nr_findings; i++) {
		const struct fsck_finding *x = &f->finding[i];
		json_object *o = json_object_new_object();

		put_str(o, "severity", fsck_severity_name(x->severity));
		put_str(o, "where", x->where);
		put_str(o, "what", x->what);
		json_object_array_add(array, o);
	}
	return array;
}

json_object *fsmodel_steps(const struct fsck_plan *plan)
{
	json_object *array = json_object_new_array();
	u32 i;

	for (i = 0; i < plan->nr_steps; i++) {
		json_object *o = json_object_new_object();

		put_bool(o, "loss", plan->step[i].loss);
		put_str(o, "text", plan->step[i].text);
		json_object_array_add(array, o);
	}
	return array;
}

/* ---- superblocks, arm map ------------------------------------------------------- */

static json_object *model_print(const struct rp_print *print)
{
	json_object *o = json_object_new_object();
	unsigned int i, known = 0;

	for (i = 0; i < RP_PRINT_PLACES; i++)
		known += print->sum[i] != 0;
	put_u64(o, "seed", print->seed);
	put_u64(o, "sequence", print->seq);
	put_u64(o, "places", known);
	return o;
}

static json_object *model_super(const struct fsck *f, unsigned int i)
{
	const struct rp_super_copy *c = &f->copy[i];
	json_object *o = json_object_new_object();
	struct rp_sb sb;

	put_u64(o, "block", i);
	put_str(o, "state", c->err ? "damaged" :
		(int)i == f->best ? "current" : "older");
	if (c->err) {
		put_str(o, "problem", c->why.text);
		return o;
	}
	rp_sb_decode(c->disk, &sb);
	put_u64(o, "version_major", le16_to_cpu(c->disk->version_major));
	put_u64(o, "version_minor", le16_to_cpu(c->disk->version_minor));
	put_u64(o, "compat", sb.compat);
	put_u64(o, "ro_compat", sb.ro_compat);
	put_u64(o, "commit", sb.commit);
	put_time(o, "time", sb.time);
	put_bool(o, "clean", sb.flags & RP_SUPER_CLEAN);
	put_bool(o, "failed", sb.flags & RP_SUPER_FAILED);
	put_uuid_bytes(o, "volume", sb.volume);
	put_uuid_bytes(o, "generation", sb.generation);
	put_time(o, "generation_time", sb.generation_time);
	put_u64(o, "nr_blocks", sb.nr_blocks);
	put_u64(o, "capacity", sb.geo.sectors << RP_SECTOR_SHIFT);
	put_u64(o, "granularity", 1ULL << sb.geo.granule_shift);
	put_u64(o, "region", 1ULL << sb.geo.region_shift);
	put_u64(o, "incarnation", sb.incarnation);
	put_u64(o, "arm_since", sb.arm_since);
	put_u64(o, "root", sb.root);
	put_u64(o, "root_commit", sb.root_commit);
	put_u64(o, "first_seq", sb.first_seq);
	put_u64(o, "open_seq", sb.open_seq);
	put_u64(o, "job_mark", sb.job_mark);
	if (sb.print.seed)
		json_object_object_add(o, "fingerprint", model_print(&sb.print));
	return o;
}

static json_object *model_arm(const struct fsck *f)
{
	json_object *o = json_object_new_object();

	put_u64(o, "sectors", f->arm.sectors);
	put_u64(o, "torn", f->arm.torn);
	put_u64(o, "void", f->arm.void_sectors);
	put_u64(o, "regions", f->md->geo.nr_regions);
	put_u64(o, "armed", f->arm.armed);
	put_u64(o, "newest_incarnation", f->arm.newest);
	return o;
}

/* ---- intervals ------------------------------------------------------------------- */

#define EXTENTS	128

static void put_extents(json_object *array, const struct rp_extents *x)
{
	unsigned int i;

	for (i = 0; i < x->nr; i++) {
		const struct rp_extent *e = &x->out[i];
		json_object *o = json_object_new_object();

		put_u64(o, "offset", e->offset);
		put_u64(o, "length", e->length);
		put_u64(o, "type", e->kinds);
		put_str(o, "description", e->kinds == RP_KIND_WRITTEN ? "written" :
			e->kinds == RP_KIND_ZEROED ? "zeroed" :
			e->kinds == RP_KIND_DISCARDED ? "discarded" : "unknown");
		json_object_array_add(array, o);
	}
}

/* Feed pages from x->pos on; entries of lost pages stand as all written. */
static int feed(struct rp_batch *b, const struct rp_index *index,
		struct rp_extents *x, struct rp_page_kinds *k)
{
	const unsigned long *plane[RP_NR_PLANES];
	u32 at = rp_index_find(index, rp_page_nr(rp_extents_page(x))), n;
	int err;

	for (; at < index->nr && rp_extents_want(x); at += n) {
		const struct rp_entry *e = &index->entry[at];
		u32 page = e->where >> 2;

		for (n = 1; at + n < index->nr && e[n].where >> 2 == page; n++)
			;
		err = rp_entries_read(b, e, n, plane);
		if (err)
			return err;
		memset(k, 0, sizeof(*k));
		rp_page_kinds_lay(k, plane);
		rp_extents_add(x, rp_page(page), k);
	}
	if (rp_extents_want(x))
		rp_extents_finish(x);
	return 0;
}

static int model_extents(struct fsck *f, const struct fsck_slot *s,
			 struct rp_batch *b, json_object *array)
{
	struct rp_extent out[EXTENTS];
	struct rp_extents_params p = {
		.granule_shift = f->md->geo.granule_shift,
		.capacity = s->rec->iv->sectors << RP_SECTOR_SHIFT,
		.length = U64_MAX,
		.grown_from = U64_MAX,
		.out = out,
		.max = EXTENTS,
	};
	struct rp_page_kinds *k = rp_zalloc(sizeof(*k));
	struct rp_extents x;
	int err = k ? 0 : -ENOMEM;

	while (!err && p.start < p.capacity) {
		err = rp_extents_init(&x, &p);
		if (!err)
			err = feed(b, s->good ? s->good : s->index, &x, k);
		if (!err)
			put_extents(array, &x);
		p.start = x.pos;
	}
	rp_free(k);
	return err;
}

static int model_interval(struct fsck *f, const struct fsck_slot *s,
			  struct rp_batch *b, json_object *o)
{
	static const char *const planes[] = { "written", "zeroed", "discarded" };
	const struct rp_interval *iv = s->rec->iv;
	json_object *array;
	u32 i;

	put_u64(o, "start", iv->start);
	put_u64(o, "end", iv->end);
	put_bool(o, "open", iv->flags & RP_INTERVAL_OPEN);
	put_time(o, "time", iv->time);
	put_u64(o, "capacity", iv->sectors << RP_SECTOR_SHIFT);
	put_u64(o, "lost_pages", s->nr_lost);
	array = put_array(o, "pages");
	for (i = 0; i < s->index->nr; i++) {
		const struct rp_entry *e = &s->index->entry[i];
		json_object *p = json_object_new_object();

		put_u64(p, "page", e->where >> 2);
		put_str(p, "plane", planes[e->where & 3]);
		if (e->block)
			put_u64(p, "block", e->block);
		else
			json_object_object_add(p, "block", NULL);
		put_u64(p, "csum", e->csum);
		json_object_array_add(array, p);
	}
	return model_extents(f, s, b, put_array(o, "extents"));
}

/* ---- other records --------------------------------------------------------------- */

static int model_point(const struct fsck_slot *s, json_object *o)
{
	struct rp_point_record p;
	json_object *array;
	unsigned int i;
	int err;

	if (!s->rec->length)
		return 0;
	err = rp_point_record_decode(s->rec->payload->data, s->rec->length, &p);
	if (err)
		return err;
	put_str(o, "state", p.state == REFPOINT_POINT_COMMITTED ? "committed" :
							      "prepared");
	put_u64(o, "point_type", p.type);
	put_str(o, "consistency", refpoint_consistency_name(p.consistency));
	put_bool(o, "require", p.require);
	put_u64(o, "selection", p.selection);
	put_u64(o, "selection_hash", p.selection_hash);
	put_u64(o, "deadline_ms", p.deadline_ms);
	put_time(o, "time", p.time);
	put_uuid_bytes(o, "collection", p.collection);
	put_str(o, "collection_name", p.collection_name);
	put_u64(o, "membership", p.membership);
	if (p.has_cut_id)
		put_uuid_bytes(o, "cut_id", p.cut_id);
	put_str_or_null(o, "owner", p.owner);
	put_str_or_null(o, "label", p.label);
	put_hex(o, "tag", p.tag, p.tag_len);
	put_hex(o, "vendor", p.vendor, p.vendor_len);
	array = put_array(o, "members");
	for (i = 0; i < p.nr_members; i++) {
		json_object *m = json_object_new_object();

		put_uuid_bytes(m, "volume", p.members[i].volume);
		put_uuid_bytes(m, "generation", p.members[i].generation);
		put_u64(m, "sequence", rp_seq_nr(p.members[i].seq));
		put_str(m, "consistency",
			refpoint_consistency_name(p.members[i].level));
		json_object_array_add(array, m);
	}
	rp_point_record_release(&p);
	return 0;
}

static int model_collection(const struct fsck_slot *s, json_object *o)
{
	struct rp_collection_record c;
	json_object *array;
	unsigned int i;
	int err;

	err = rp_collection_record_decode(s->rec->payload->data, s->rec->length, &c);
	if (err)
		return err;
	put_str(o, "name", c.name);
	put_u64(o, "version", c.version);
	put_u64(o, "stamp", c.stamp);
	put_time(o, "time", c.time);
	array = put_array(o, "members");
	for (i = 0; i < c.nr_members; i++) {
		json_object *m = json_object_new_object();

		put_uuid_bytes(m, "volume", c.members[i]);
		json_object_array_add(array, m);
	}
	rp_collection_record_release(&c);
	return 0;
}

static int model_gap(const struct fsck_slot *s, json_object *o)
{
	struct rp_gap gap;
	int err;

	err = rp_gap_decode(s->disk.id, s->rec->payload->data, s->rec->length, &gap);
	if (err)
		return err;
	put_u64(o, "sequence", rp_seq_nr(gap.seq));
	put_u64(o, "start", gap.start);
	put_u64(o, "length", gap.length);
	put_time(o, "time", gap.time);
	put_str(o, "reason", refpoint_gap_reason_name(gap.reason));
	put_str(o, "text", gap.text);
	return 0;
}

static int model_tombstones(const struct fsck_slot *s, json_object *o)
{
	struct rp_tombstone *t = rp_calloc(RP_TOMBSTONES_MAX, sizeof(*t));
	json_object *array;
	unsigned int i, nr;
	int err;

	if (!t)
		return -ENOMEM;
	err = rp_tombstones_decode(s->rec->payload->data, s->rec->length, t, &nr);
	array = err ? NULL : put_array(o, "ids");
	for (i = 0; !err && i < nr; i++) {
		json_object *m = json_object_new_object();

		put_uuid_bytes(m, "id", t[i].id);
		put_str(m, "state", t[i].state == RP_TOMBSTONE_VOID ? "void" :
			t[i].state == RP_TOMBSTONE_DESTROYED ? "destroyed" :
							       "collection");
		put_u64(m, "reason", t[i].reason);
		put_time(m, "time", t[i].time);
		json_object_array_add(array, m);
	}
	rp_free(t);
	return err;
}

/* The record's id says whom it is about. */
static int model_witness(const struct fsck_slot *s, json_object *o)
{
	struct rp_witness w;
	int err;

	err = rp_witness_decode(s->disk.id, s->rec->payload->data, s->rec->length, &w);
	if (err)
		return err;
	put_uuid_bytes(o, "volume", w.volume);
	put_uuid_bytes(o, "word", w.id);
	put_uuid_bytes(o, "generation", w.generation);
	put_u64(o, "incarnation", w.incarnation);
	put_u64(o, "first", rp_seq_nr(w.first));
	put_u64(o, "last", rp_seq_nr(w.last));
	put_time(o, "time", w.time);
	put_str(o, "reason", refpoint_gap_reason_name(w.reason));
	put_str(o, "text", w.text);
	return 0;
}

static int model_content(struct fsck *f, const struct fsck_slot *s,
			 struct rp_batch *b, json_object *o)
{
	switch (s->disk.type) {
	case RP_RECORD_INTERVAL:
		return model_interval(f, s, b, o);
	case RP_RECORD_POINT:
		return model_point(s, o);
	case RP_RECORD_COLLECTION:
		return model_collection(s, o);
	case RP_RECORD_GAP:
		return model_gap(s, o);
	case RP_RECORD_TOMBSTONES:
		return model_tombstones(s, o);
	case RP_RECORD_WITNESS:
		return model_witness(s, o);
	}
	put_hex(o, "data", s->rec->payload->data, s->rec->length);
	return 0;
}

static json_object *model_record(struct fsck *f, u32 slot, struct rp_batch *b)
{
	const struct fsck_slot *s = &f->slot[slot];
	json_object *o = json_object_new_object(), *array;
	u32 i;

	put_str(o, "type", fsck_type_name(s->disk.type));
	put_uuid_bytes(o, "id", s->disk.id);
	put_u64(o, "slot", slot);
	put_u64(o, "commit", le64_to_cpu(s->disk.commit));
	put_u64(o, "bytes", le32_to_cpu(s->disk.length));
	put_u64(o, "head", le64_to_cpu(s->disk.head));
	put_bool(o, "lost", s->lost);
	if (!s->rec)
		return o;
	array = put_array(o, "blocks");
	for (i = 0; i < s->rec->nr_blocks; i++)
		json_object_array_add(array,
				      json_object_new_uint64(s->rec->block[i]));
	/* What does not decode is shown as it is. */
	if (model_content(f, s, b, o) && s->rec->payload)
		put_hex(o, "data", s->rec->payload->data, s->rec->length);
	return o;
}

/* ---- the whole --------------------------------------------------------------------- */

static void model_catalogue(const struct fsck *f, json_object *array)
{
	u32 i;

	for (i = 0; i < RP_ROOT_ENTRIES; i++) {
		json_object *o;

		if (!f->page[i].block && !test_bit(i, f->page_bad))
			continue;
		o = json_object_new_object();
		put_u64(o, "page", i);
		put_u64(o, "block", f->page[i].block);
		put_u64(o, "commit", f->page[i].commit);
		put_bool(o, "lost", test_bit(i, f->page_bad));
		json_object_array_add(array, o);
	}
}

json_object *fsmodel_dump(struct fsck *f)
{
	json_object *o = json_object_new_object(), *array;
	struct rp_batch *b;
	unsigned int i;

	array = put_array(o, "superblocks");
	for (i = 0; i < RP_SUPER_COPIES; i++)
		if (f->copy[i].disk)
			json_object_array_add(array, model_super(f, i));
	put_bool(o, "clean", fsck_clean(f));
	json_object_object_add(o, "findings", fsmodel_findings(f));
	if (f->best < 0)
		return o;
	b = rp_zalloc(sizeof(*b));
	if (!b || rp_batch_init(b, f->md, RP_NR_PLANES)) {
		rp_free(b);
		json_object_put(o);
		return NULL;
	}
	json_object_object_add(o, "arm_map", model_arm(f));
	model_catalogue(f, put_array(o, "catalogue"));
	array = put_array(o, "records");
	for (i = 0; i < f->nr_slots; i++)
		if (f->slot[i].disk.type)
			json_object_array_add(array, model_record(f, i, b));
	rp_batch_exit(b);
	rp_free(b);
	return o;
}
