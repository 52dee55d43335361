// SPDX-License-Identifier: GPL-2.0-only
/*
 * catalogue.c - slots that name records, pages of slots, the root
 *
 * Written to fresh blocks from the bottom up, only the pages that differ. The
 * root names each page's commit and each slot its chain's, so that a block of an
 * older or a newer state that happens to stand there is found out.
 */
#include "store.h"

static int claim(struct rp_md *md, u64 block, struct rp_why *why)
{
	int err = rp_space_claim(&md->space, block);

	if (err)
		rp_why(why, "block %llu: claimed twice or beyond the end",
		       (unsigned long long)block);
	return err;
}

int rp_block_read(struct rp_batch *b, u64 block, enum rp_block_type type,
		  u64 commit, struct rp_why *why)
{
	u32 nr = block;
	int err;

	err = rp_batch_read(b, &nr, 1);
	if (err) {
		rp_why(why, "block %u: cannot be read: %d", nr, err);
		return err;
	}
	return rp_block_check(b->vec[0].data, type, rp_block(nr), commit,
			      b->md->volume, why);
}

static size_t length_max(u8 type)
{
	return type == RP_RECORD_INTERVAL ? RP_INTERVAL_BYTES_MAX :
					    RP_RECORD_BYTES_MAX;
}

int rp_slot_check(struct rp_md *md, const struct rp_slot_disk *d,
		  const struct rp_sb *sb, struct rp_why *why)
{
	u32 length = le32_to_cpu(d->length);

	/* No more blocks than there are, before anything is allocated for them. */
	if (d->type <= RP_RECORD_MAX && length <= length_max(d->type) &&
	    le64_to_cpu(d->commit) <= sb->commit &&
	    rp_chain_blocks(length) <= md->space.nr)
		return 0;
	rp_why(why, "a record of type %u, %u bytes, commit %llu", d->type, length,
	       (unsigned long long)le64_to_cpu(d->commit));
	return -EUCLEAN;
}

/* The record that slot @d names, its blocks and, of an interval, its pages claimed. */
static int read_slot(struct rp_md *md, struct rp_batch *b,
		     const struct rp_slot_disk *d, const struct rp_sb *sb,
		     struct rp_record **recp, struct rp_why *why)
{
	u32 length = le32_to_cpu(d->length);
	struct rp_index *index;
	struct rp_payload *payload;
	struct rp_record *rec;
	u32 i;
	int err;

	err = rp_slot_check(md, d, sb, why);
	if (err)
		return err;
	rec = rp_record_alloc(d->type, d->id, length);
	payload = rp_payload_alloc(length);
	err = -ENOMEM;
	if (!rec || !payload)
		goto fail;
	rec->commit = le64_to_cpu(d->commit);
	err = rp_record_read(b, rec, le64_to_cpu(d->head), true, payload->data,
			     why);
	if (err)
		goto fail;
	if (d->type != RP_RECORD_INTERVAL) {
		rec->payload = payload;
		*recp = rec;
		return 0;
	}

	err = rp_interval_decode(md, rec, payload->data, &index, why);
	if (err)
		goto fail;
	for (i = 0; i < index->nr && !err; i++)
		if (index->entry[i].block)
			err = claim(md, index->entry[i].block, why);
	rp_index_put(md, index);
	if (err)
		goto fail;
	rp_payload_put(payload);
	*recp = rec;
	return 0;
fail:
	rp_payload_put(payload);
	rp_record_free(md, rec);
	return err;
}

/* All slots of one catalogue page; @buf is its copy. */
static int read_page(struct rp_md *md, struct rp_batch *b, struct rp_state *s,
		     u32 page, const void *buf, struct rp_why *why)
{
	const struct rp_slot_disk *d = buf + sizeof(struct rp_block_head);
	u32 i;

	for (i = 0; i < RP_SLOTS_PER_PAGE; i++) {
		u32 slot = page * RP_SLOTS_PER_PAGE + i;
		struct rp_record *rec = NULL;
		int err;

		if (!d[i].type)
			continue;
		err = read_slot(md, b, &d[i], &s->sb, &rec, why);
		if (err)
			return err;
		err = rp_state_add(s, slot, rec);
		if (err) {
			rp_record_free(md, rec);
			return err;
		}
	}
	return 0;
}

int rp_catalogue_read(struct rp_md *md, struct rp_batch *b, struct rp_state *s,
		      struct rp_why *why)
{
	const struct rp_root_entry_disk *e;
	u32 nr_pages = 0, i;
	void *buf;
	int err;

	if (!s->sb.root)
		return 0;
	err = claim(md, s->sb.root, why);
	if (err)
		return err;
	err = rp_block_read(b, s->sb.root, RP_BLOCK_ROOT, s->sb.root_commit, why);
	if (err)
		return err;
	e = b->vec[0].data + sizeof(struct rp_block_head);
	for (i = 0; i < RP_ROOT_ENTRIES; i++) {
		u64 block = le64_to_cpu(e[i].block);

		if (!block)
			continue;
		err = claim(md, block, why);
		if (err)
			return err;
		if (le64_to_cpu(e[i].commit) > s->sb.root_commit) {
			rp_why(why, "root: page %u of a later commit", i);
			return -EUCLEAN;
		}
		md->cat[i].block = block;
		md->cat[i].commit = le64_to_cpu(e[i].commit);
		nr_pages = i + 1;
	}

	err = rp_state_pages(s, nr_pages);
	buf = rp_page_alloc();
	if (err || !buf) {
		err = -ENOMEM;
		goto out;
	}
	for (i = 0; i < nr_pages; i++) {
		if (!md->cat[i].block)
			continue;
		err = rp_block_read(b, md->cat[i].block, RP_BLOCK_CATALOGUE,
				    md->cat[i].commit, why);
		if (err)
			goto out;
		/* The batch is used again for what the page names. */
		memcpy(buf, b->vec[0].data, RP_BLOCK_SIZE);
		err = read_page(md, b, s, i, buf, why);
		if (err)
			goto out;
	}
out:
	rp_page_free(buf);
	return err;
}

/* Page @page of the new state, unless it is empty. */
static int write_page(struct rp_commit *c, u32 page)
{
	struct rp_md *md = c->md;
	struct rp_slot_disk *d = NULL;
	void *buf = NULL;
	u32 i, block;
	int err;

	if (c->cat[page].block)
		rp_space_release(&md->space, c->cat[page].block);
	c->cat[page] = (struct rp_cat_page) { };
	for (i = 0; i < RP_SLOTS_PER_PAGE; i++) {
		u32 slot = page * RP_SLOTS_PER_PAGE + i;
		const struct rp_record *rec = rp_state_slot(c->new, slot);

		if (!rec)
			continue;
		if (!buf) {
			err = rp_space_alloc(&md->space, &block);
			if (!err)
				err = rp_batch_add(&c->batch, block, &buf);
			if (err)
				return err;
			d = buf + sizeof(struct rp_block_head);
		}
		d[i].type = rec->type;
		d[i].length = cpu_to_le32(rec->length);
		d[i].head = cpu_to_le64(rec->block[0]);
		d[i].commit = cpu_to_le64(rec->commit);
		memcpy(d[i].id, rec->id, sizeof(d[i].id));
	}
	if (!buf)
		return 0;
	rp_block_seal(buf, RP_BLOCK_CATALOGUE, rp_block(block), c->nr,
		      c->md->volume);
	c->cat[page].block = block;
	c->cat[page].commit = c->nr;
	return 0;
}

int rp_catalogue_write(struct rp_commit *c)
{
	struct rp_root_entry_disk *e;
	bool any = false;
	u32 i, block;
	void *buf;
	int err;

	if (find_next_bit(c->dirty, RP_ROOT_ENTRIES, 0) == RP_ROOT_ENTRIES)
		return 0;
	for (i = 0; i < RP_ROOT_ENTRIES; i++) {
		if (test_bit(i, c->dirty)) {
			err = write_page(c, i);
			if (err)
				return err;
		}
		any |= c->cat[i].block != 0;
	}

	if (c->old->sb.root)
		rp_space_release(&c->md->space, c->old->sb.root);
	c->new->sb.root = 0;
	c->new->sb.root_commit = 0;
	if (!any)
		return 0;
	err = rp_space_alloc(&c->md->space, &block);
	if (!err)
		err = rp_batch_add(&c->batch, block, &buf);
	if (err)
		return err;
	e = buf + sizeof(struct rp_block_head);
	for (i = 0; i < RP_ROOT_ENTRIES; i++) {
		e[i].block = cpu_to_le64(c->cat[i].block);
		e[i].commit = cpu_to_le64(c->cat[i].commit);
	}
	rp_block_seal(buf, RP_BLOCK_ROOT, rp_block(block), c->nr,
		      c->md->volume);
	c->new->sb.root = block;
	c->new->sb.root_commit = c->nr;
	return 0;
}
