// SPDX-License-Identifier: GPL-2.0-only
/*
 * record.c - records: chains of blocks on disk, copies in memory
 *
 * Points, collections and the like are small and stay in memory whole; of an
 * interval only the head does.
 */
#include "store.h"

u32 rp_chain_blocks(u32 length)
{
	return length ? DIV_ROUND_UP(length, (u32)RP_BLOB_DATA) : 1;
}

struct rp_record *rp_record_alloc(enum rp_record_type type, const u8 id[16],
				  u32 length)
{
	u32 nr = rp_chain_blocks(length);
	struct rp_record *rec = rp_zalloc(sizeof(*rec) + nr * sizeof(u32));

	if (!rec)
		return NULL;
	rec->type = type;
	memcpy(rec->id, id, sizeof(rec->id));
	rec->length = length;
	rec->nr_blocks = nr;
	return rec;
}

void rp_record_free(struct rp_md *md, struct rp_record *rec)
{
	struct rp_index *index = NULL;

	if (!rec)
		return;
	if (rec->iv) {
		rp_lock(&md->lock);
		if (rec->iv->index) {
			index = rec->iv->index;
			md->nr_cached -= index->nr;
			list_del(&rec->iv->lru);
			rec->iv->index = NULL;
		}
		rp_unlock(&md->lock);
		rp_index_put(md, index);
		rp_free(rec->iv);
	}
	rp_payload_put(rec->payload);
	rp_free(rec);
}

bool rp_record_keeps_tail(const struct rp_record *rec, const struct rp_record *was)
{
	return rec->nr_blocks > 1 && rec->nr_blocks == was->nr_blocks &&
	       rec->block[1] == was->block[1];
}

_Static_assert(RP_BLOB_DATA % sizeof(u64) == 0, "payloads are compared in words");

/* O5: blocks that stay are durable, and belong to both states. */
static bool same_tail(const struct rp_record *rec, const struct rp_record *was, u64 commit)
{
	return was && rec->nr_blocks > 1 && commit - was->tail_commit <= U32_MAX &&
	       rp_payload_same_from(rec->payload, was->payload, RP_BLOB_DATA);
}

/* Block @i of the chain, whose first one has @tail_age. */
static int blob_write(struct rp_batch *b, const struct rp_record *rec, u32 i,
		      u32 tail_age, const void *data)
{
	u32 done = i * (u32)RP_BLOB_DATA, n = min(rec->length - done, (u32)RP_BLOB_DATA);
	struct rp_blob_disk *blob;
	void *buf;
	int err;

	err = rp_batch_add(b, rec->block[i], &buf);
	if (err)
		return err;
	blob = buf;
	if (i + 1 < rec->nr_blocks)
		blob->next = cpu_to_le64(rec->block[i + 1]);
	blob->length = cpu_to_le32(n);
	blob->tail_age = cpu_to_le32(tail_age);
	memcpy(blob->data, (const u8 *)data + done, n);
	rp_block_seal(blob, RP_BLOCK_BLOB, rp_block(rec->block[i]), rec->commit,
		      b->md->volume);
	return 0;
}

int rp_record_write(struct rp_batch *b, struct rp_record *rec, u64 commit,
		    const void *data, const struct rp_record *was)
{
	bool keep = same_tail(rec, was, commit);
	u32 nr = keep ? 1 : rec->nr_blocks, i;
	int err = 0;

	rec->commit = commit;
	rec->tail_commit = keep ? was->tail_commit : commit;
	if (keep)
		memcpy(rec->block + 1, was->block + 1,
		       (rec->nr_blocks - 1) * sizeof(*rec->block));
	for (i = 0; i < nr && !err; i++)
		err = rp_space_alloc(&b->md->space, &rec->block[i]);
	for (i = 0; i < nr && !err; i++)
		err = blob_write(b, rec, i, commit - rec->tail_commit, data);
	return err;
}

/*
 * One block of the chain, number @i of it. With @claim, at open, the first one says of
 * which commit the others are.
 */
static int blob_check(struct rp_md *md, struct rp_record *rec,
		      const struct rp_blob_disk *blob, u32 i, bool claim,
		      struct rp_why *why)
{
	u32 left = rec->length - i * (u32)RP_BLOB_DATA;
	u32 age = le32_to_cpu(blob->tail_age);
	bool last = i + 1 == rec->nr_blocks;
	int err;

	err = rp_block_check(blob, RP_BLOCK_BLOB, rp_block(rec->block[i]),
			     i ? rec->tail_commit : rec->commit, md->volume, why);
	if (err)
		return err;
	if (!i && claim)
		rec->tail_commit = rec->commit - age;
	if ((age && (i || last)) || age > rec->commit ||
	    (!i && rec->tail_commit != rec->commit - age) ||
	    le32_to_cpu(blob->length) != min(left, (u32)RP_BLOB_DATA) ||
	    !blob->next != last ||
	    le64_to_cpu(blob->next) >= md->space.nr) {
		rp_why(why, "block %u: a chain that does not fit its record",
		       rec->block[i]);
		return -EUCLEAN;
	}
	return 0;
}

/*
 * Read from block @i on as many as a batch takes. At open only the first one's
 * number is known: neighbours were handed out in a row, so guess that, and keep
 * what turns out right. The first one of a record may be younger than the others,
 * and stand alone; that of an interval is not.
 */
static int chain_read_some(struct rp_batch *b, const struct rp_record *rec,
			   u32 i, bool guess)
{
	struct rp_md *md = b->md;
	u32 block[RP_READ_BATCH];
	u32 n = min(rec->nr_blocks - i, b->limit);
	u32 j;

	n = min(n, (u32)RP_READ_BATCH);
	for (j = 0; j < n; j++)
		block[j] = guess ? rec->block[i] + j : rec->block[i + j];
	if (guess)
		n = min(n, md->space.nr - rec->block[i]);
	if (guess && !i && rec->type != RP_RECORD_INTERVAL)
		n = 1;
	for (;;) {
		int err = rp_batch_read(b, block, n);

		/* A neighbour may be unreadable, or memory short. */
		if (!err || n == 1)
			return err ? err : (int)n;
		n = 1;
	}
}

int rp_record_read(struct rp_batch *b, struct rp_record *rec, u64 head,
		   bool claim, void *data, struct rp_why *why)
{
	struct rp_md *md = b->md;
	u32 i = 0;
	u64 next = head;

	while (i < rec->nr_blocks) {
		int n, j;

		if (claim) {
			if (next >= md->space.nr) {
				rp_why(why, "block %llu does not exist",
				       (unsigned long long)next);
				return -EUCLEAN;
			}
			rec->block[i] = next;
		}
		n = chain_read_some(b, rec, i, claim);
		if (n < 0) {
			rp_why(why, "block %u: cannot be read: %d",
			       rec->block[i], n);
			return n;
		}
		for (j = 0; j < n; j++, i++) {
			const struct rp_blob_disk *blob = b->vec[j].data;
			int err;

			if (claim && j) {
				if (next != rp_block_nr(b->vec[j].block))
					break;
				rec->block[i] = next;
			}
			err = blob_check(md, rec, blob, i, claim, why);
			if (err)
				return err;
			next = le64_to_cpu(blob->next);
			if (!claim && next &&
			    (i + 1 >= rec->nr_blocks || next != rec->block[i + 1]))
				return -EUCLEAN;
			if (claim && rp_space_claim(&md->space, rec->block[i])) {
				rp_why(why, "block %u: claimed twice",
				       rec->block[i]);
				return -EUCLEAN;
			}
			memcpy((u8 *)data + (size_t)i * RP_BLOB_DATA, blob->data,
			       le32_to_cpu(blob->length));
		}
	}
	return 0;
}
