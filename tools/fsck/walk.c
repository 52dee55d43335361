// SPDX-License-Identifier: GPL-2.0-only
/*
 * walk.c - read all that can be read: superblocks, catalogue, records
 *
 * Each record is read with a map of its own of the blocks it claims, so that one
 * that is damaged does not make another one look so. Who shares a block with whom
 * is found out from those that are good in themselves.
 */
#include "fsck.h"

/* --- findings --- */

static int add(struct fsck *f, enum fsck_severity severity, const char *where,
	       const char *fmt, va_list ap)
{
	struct fsck_finding *x;

	if (f->nr_findings == f->max_findings) {
		u32 max = f->max_findings ? 2 * f->max_findings : 16;

		x = rp_calloc(max, sizeof(*x));
		if (!x)
			return -ENOMEM;
		if (f->nr_findings)
			memcpy(x, f->finding, f->nr_findings * sizeof(*x));
		rp_free(f->finding);
		f->finding = x;
		f->max_findings = max;
	}
	x = &f->finding[f->nr_findings++];
	x->severity = severity;
	scnprintf(x->where, sizeof(x->where), "%s", where);
	vscnprintf(x->what, sizeof(x->what), fmt, ap);
	return 0;
}

int fsck_add(struct fsck *f, enum fsck_severity severity, const char *where,
	     const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = add(f, severity, where, fmt, ap);
	va_end(ap);
	return err;
}

int fsck_add_record(struct fsck *f, enum fsck_severity severity,
		    const struct rp_slot_disk *d, const char *fmt, ...)
{
	char where[FSCK_WHERE_MAX];
	va_list ap;
	int err;

	fsck_record_name(d, where);
	va_start(ap, fmt);
	err = add(f, severity, where, fmt, ap);
	va_end(ap);
	return err;
}

const char *fsck_severity_name(enum fsck_severity severity)
{
	static const char *const names[] = { "note", "warning", "error" };

	return names[severity];
}

const char *fsck_type_name(u8 type)
{
	static const char *const names[] = {
		"free", "interval", "point", "collection", "gap", "tombstones",
		"witness",
	};

	return type < ARRAY_SIZE(names) ? names[type] : "unknown";
}

void fsck_record_name(const struct rp_slot_disk *d, char name[FSCK_WHERE_MAX])
{
	const u8 *u = d->id;
	__le64 seq;

	if (d->type == RP_RECORD_INTERVAL) {
		memcpy(&seq, d->id, sizeof(seq));
		scnprintf(name, FSCK_WHERE_MAX, "interval %llu",
			  (unsigned long long)le64_to_cpu(seq));
		return;
	}
	scnprintf(name, FSCK_WHERE_MAX,
		  "%s %02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		  fsck_type_name(d->type), u[0], u[1], u[2], u[3], u[4], u[5],
		  u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14],
		  u[15]);
}

bool fsck_clean(const struct fsck *f)
{
	u32 i;

	for (i = 0; i < f->nr_findings; i++)
		if (f->finding[i].severity > FSCK_NOTE)
			return false;
	return true;
}

/* --- superblocks --- */

/* None can be used; f->why says why. */
static int super_bad(struct fsck *f, int err)
{
	f->best = -1;
	f->err = err;
	return 0;
}

/* Both are good, and do not belong together: the newer one is all there is. */
static int super_apart(struct fsck *f)
{
	struct rp_super_disk *a = f->copy[0].disk, *b = f->copy[1].disk;

	f->best = le64_to_cpu(b->commit) > le64_to_cpu(a->commit);
	f->two_volumes = memcmp(a->volume, b->volume, sizeof(a->volume)) != 0;
	if (!f->two_volumes)
		f->loss |= FSCK_LOST_WRITES;
	return fsck_add(f, FSCK_ERROR, "superblocks", "%s%s", f->why.text,
			f->two_volumes ? ": they are of two volumes" :
			": writes were lost");
}

static int read_supers(struct fsck *f)
{
	char where[FSCK_WHERE_MAX];
	u64 nr_blocks;
	unsigned int i;
	int err;

	err = rp_sb_copies_read(f->io, f->copy, &f->why);
	if (err == -ENOMEM)
		return err;
	if (err) {
		super_bad(f, err);
		return fsck_add(f, FSCK_ERROR, "device", "%s", f->why.text);
	}
	f->best = rp_sb_pick(f->copy, &f->one_copy, &f->why);
	for (i = 0; i < RP_SUPER_COPIES; i++) {
		scnprintf(where, sizeof(where), "superblock %u", i);
		if (f->copy[i].err == -ENOMEM)
			return -ENOMEM;
		/* The second half of a format that was cut short is no loss. */
		if (f->copy[i].err &&
		    fsck_add(f, f->best < 0 ? FSCK_ERROR :
			     f->one_copy ? FSCK_WARNING : FSCK_NOTE, where,
			     "%s", f->copy[i].why.text))
			return -ENOMEM;
	}
	if (f->best < 0 && !f->copy[0].err && !f->copy[1].err) {
		err = super_apart(f);
		if (err)
			return err;
	}
	if (f->best < 0)
		return super_bad(f, f->best);
	nr_blocks = le64_to_cpu(f->copy[f->best].disk->nr_blocks);
	if (nr_blocks > f->io->nr_blocks) {
		super_bad(f, -EFBIG);
		rp_why(&f->why, "the device has %llu blocks, its metadata say %llu",
		       (unsigned long long)f->io->nr_blocks,
		       (unsigned long long)nr_blocks);
		return fsck_add(f, FSCK_ERROR, "device", "%s", f->why.text);
	}
	return 0;
}

/* --- the object of what is good --- */

/* Of what holds the tree together: a block of it is nobody else's. */
static int claim(struct fsck *f, u64 block, struct rp_why *why)
{
	int err = rp_space_claim(&f->md->space, block);

	if (err)
		rp_why(why, "block %llu: claimed twice or beyond the end",
		       (unsigned long long)block);
	if (!err) {
		__set_bit(block, f->touched);
		f->owner[block] = FSCK_OWNER_TREE;
	}
	return err;
}

static int make_object(struct fsck *f)
{
	struct rp_md *md = rp_zalloc(sizeof(*md));
	struct rp_state *s = rp_zalloc(sizeof(*s));
	u32 i;
	int err = 0;

	f->md = md;
	if (!md || !s) {
		rp_free(s);
		return -ENOMEM;
	}
	md->io = f->io;
	md->state = s;
	s->refs = 1;
	rp_lock_init(&md->lock);
	INIT_LIST_HEAD(&md->lru);
	rp_sb_decode(f->copy[f->best].disk, &s->sb);
	memcpy(md->volume, s->sb.volume, sizeof(md->volume));
	md->geo = s->sb.geo;
	md->read_only = s->sb.ro_compat;
	err = rp_space_init(&md->space, s->sb.nr_blocks);
	f->owner = rp_calloc(s->sb.nr_blocks, sizeof(*f->owner));
	f->touched = rp_calloc(BITS_TO_LONGS((size_t)s->sb.nr_blocks),
			       sizeof(*f->touched));
	if (!f->owner || !f->touched)
		return -ENOMEM;
	for (i = 0; i < RP_DATA_START && !err; i++)
		err = claim(f, i, NULL);
	return err;
}

/* --- catalogue --- */

static int read_root(struct fsck *f, struct rp_batch *b)
{
	const struct rp_root_entry_disk *e;
	const struct rp_sb *sb = &f->md->state->sb;
	char where[FSCK_WHERE_MAX];
	struct rp_why why = { "" };
	u32 i;
	int err;

	err = claim(f, sb->root, &why);
	if (!err)
		err = rp_block_read(b, sb->root, RP_BLOCK_ROOT, sb->root_commit,
				    &why);
	if (err == -ENOMEM)
		return err;
	if (err) {
		f->loss |= FSCK_LOST_ROOT;
		scnprintf(where, sizeof(where), "root, block %llu",
			  (unsigned long long)sb->root);
		return fsck_add(f, FSCK_ERROR, where, "%s", why.text);
	}
	e = b->vec[0].data + sizeof(struct rp_block_head);
	for (i = 0; i < RP_ROOT_ENTRIES; i++) {
		u64 block = le64_to_cpu(e[i].block);

		if (!block)
			continue;
		err = claim(f, block, &why);
		if (!err && le64_to_cpu(e[i].commit) > sb->root_commit) {
			rp_why(&why, "root: page %u of a later commit", i);
			err = -EUCLEAN;
		}
		if (err) {
			__set_bit(i, f->page_bad);
			f->loss |= FSCK_LOST_PAGE;
			scnprintf(where, sizeof(where), "catalogue page %u", i);
			if (fsck_add(f, FSCK_ERROR, where, "%s", why.text))
				return -ENOMEM;
		} else {
			f->page[i].block = block;
			f->page[i].commit = le64_to_cpu(e[i].commit);
		}
		f->nr_slots = (i + 1) * RP_SLOTS_PER_PAGE;
	}
	return 0;
}

static int read_page(struct fsck *f, struct rp_batch *b, u32 page)
{
	const struct rp_slot_disk *d;
	char where[FSCK_WHERE_MAX];
	struct rp_why why = { "" };
	u32 i;
	int err;

	err = rp_block_read(b, f->page[page].block, RP_BLOCK_CATALOGUE,
			    f->page[page].commit, &why);
	if (err == -ENOMEM)
		return err;
	if (err) {
		__set_bit(page, f->page_bad);
		f->loss |= FSCK_LOST_PAGE;
		scnprintf(where, sizeof(where), "catalogue page %u, block %u",
			  page, f->page[page].block);
		return fsck_add(f, FSCK_ERROR, where, "%s", why.text);
	}
	d = b->vec[0].data + sizeof(struct rp_block_head);
	for (i = 0; i < RP_SLOTS_PER_PAGE; i++)
		f->slot[page * RP_SLOTS_PER_PAGE + i].disk = d[i];
	return 0;
}

/* --- records --- */

int fsck_lose_record(struct fsck *f, u32 slot, const char *why)
{
	struct fsck_slot *s = &f->slot[slot];

	s->lost = true;
	if (s->disk.type == RP_RECORD_GAP)
		f->loss |= FSCK_LOST_GAP;
	else if (s->disk.type > RP_RECORD_MAX)
		f->loss |= FSCK_LOST_TYPE;
	return fsck_add_record(f, FSCK_ERROR, &s->disk, "%s", why);
}

/*
 * Give back the blocks that reading the chain claimed: whoever else refers to one
 * of them is judged by itself.
 */
static void note_chain(struct fsck *f, const struct rp_record *rec)
{
	u32 i;

	for (i = 0; i < rec->nr_blocks && rec->block[i]; i++) {
		if (f->owner[rec->block[i]] == FSCK_OWNER_TREE)
			continue;
		__set_bit(rec->block[i], f->touched);
		rp_space_free(&f->md->space, rec->block[i]);
	}
}

static int read_chain(struct fsck *f, struct rp_batch *b, struct fsck_slot *s,
		      struct rp_record *rec, void *data, struct rp_why *why)
{
	int err;

	rec->commit = le64_to_cpu(s->disk.commit);
	err = rp_record_read(b, rec, le64_to_cpu(s->disk.head), true, data, why);
	note_chain(f, rec);
	if (!err && s->disk.type == RP_RECORD_INTERVAL)
		err = rp_interval_decode(f->md, rec, data, &s->index, why);
	return err;
}

static int read_record(struct fsck *f, struct rp_batch *b, u32 slot)
{
	struct fsck_slot *s = &f->slot[slot];
	struct rp_why why = { "" };
	u32 length = le32_to_cpu(s->disk.length);
	struct rp_payload *payload;
	struct rp_record *rec;
	int err;

	if (rp_slot_check(f->md, &s->disk, &f->md->state->sb, &why))
		return fsck_lose_record(f, slot, why.text);
	rec = rp_record_alloc(s->disk.type, s->disk.id, length);
	payload = rp_payload_alloc(length);
	err = -ENOMEM;
	if (rec && payload)
		err = read_chain(f, b, s, rec, payload->data, &why);
	if (err) {
		rp_payload_put(payload);
		rp_record_free(f->md, rec);
		return err == -ENOMEM ? err : fsck_lose_record(f, slot, why.text);
	}
	rec->slot = slot;
	if (rec->iv)
		rp_payload_put(payload);
	else
		rec->payload = payload;
	s->rec = rec;
	return 0;
}

int fsck_walk(struct fsck *f)
{
	struct rp_batch *b;
	u32 i;
	int err = -ENOMEM;

	b = rp_zalloc(sizeof(*b));
	if (!b)
		return -ENOMEM;
	if (rp_batch_init(b, f->md, RP_READ_BATCH))
		goto out;
	err = f->md->state->sb.root ? read_root(f, b) : 0;
	if (err)
		goto out;
	f->slot = rp_calloc(f->nr_slots ? f->nr_slots : 1, sizeof(*f->slot));
	if (!f->slot)
		err = -ENOMEM;
	for (i = 0; i < f->nr_slots / RP_SLOTS_PER_PAGE && !err; i++)
		if (f->page[i].block)
			err = read_page(f, b, i);
	for (i = 0; i < f->nr_slots && !err; i++)
		if (f->slot[i].disk.type)
			err = read_record(f, b, i);
	if (!err)
		err = fsck_pages(f, b);
out:
	rp_batch_exit(b);
	rp_free(b);
	return err;
}

int fsck_open(struct fsck *f, struct rp_mdio *io)
{
	int err;

	memset(f, 0, sizeof(*f));
	f->io = io;
	f->best = -1;
	err = read_supers(f);
	if (err || f->best < 0)
		return err;
	err = make_object(f);
	if (!err)
		err = fsck_walk(f);
	if (!err)
		err = fsck_check(f);
	return err;
}

void fsck_close(struct fsck *f)
{
	u32 i;

	for (i = 0; f->slot && i < f->nr_slots; i++) {
		rp_index_put(f->md, f->slot[i].index);
		rp_index_put(f->md, f->slot[i].good);
		rp_record_free(f->md, f->slot[i].rec);
	}
	rp_free(f->slot);
	rp_free(f->owner);
	rp_free(f->touched);
	rp_free(f->line);
	rp_free(f->finding);
	rp_md_close(f->md);
	rp_sb_copies_free(f->copy);
	memset(f, 0, sizeof(*f));
	f->best = -1;
}
