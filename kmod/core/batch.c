// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch.c - many blocks in flight with bounded memory
 *
 * A batch starts with one buffer and grows to its limit as it is used; when no
 * more memory can be had it makes do with what it has.
 */
#include "store.h"

int rp_batch_init(struct rp_batch *b, struct rp_md *md, unsigned int limit)
{
	b->md = md;
	b->nr = 0;
	b->failed = false;
	b->limit = limit;
	b->max = 0;
	b->vec[0].data = rp_page_alloc();
	if (!b->vec[0].data)
		return -ENOMEM;
	b->max = 1;
	return 0;
}

void rp_batch_exit(struct rp_batch *b)
{
	while (b->max)
		rp_page_free(b->vec[--b->max].data);
}

static void grow(struct rp_batch *b, unsigned int want)
{
	want = min(want, b->limit);
	while (b->max < want) {
		void *page = rp_page_alloc();

		if (!page)
			return;
		b->vec[b->max++].data = page;
	}
}

int rp_batch_write(struct rp_batch *b)
{
	struct rp_mdio *io = b->md->io;
	unsigned int nr = b->nr;
	int err;

	b->nr = 0;
	if (!nr)
		return 0;
	/* The same again: whichever of them arrives, and how often, is all one (O5). */
	do {
		err = io->ops->writev(io, b->vec, nr);
	} while (err && rp_mdio_again(io));
	b->failed |= err;
	return err;
}

int rp_batch_add(struct rp_batch *b, u32 block, void **data)
{
	int err;

	if (b->nr == b->max)
		grow(b, b->max + 1);
	if (b->nr == b->max) {
		err = rp_batch_write(b);
		if (err)
			return err;
	}
	b->vec[b->nr].block = rp_block(block);
	*data = b->vec[b->nr++].data;
	memset(*data, 0, RP_BLOCK_SIZE);
	return 0;
}

int rp_batch_read(struct rp_batch *b, const u32 *block, unsigned int nr)
{
	struct rp_mdio *io = b->md->io;
	unsigned int i, done, n;
	int err;

	grow(b, nr);
	if (nr > b->max)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		if (block[i] >= io->nr_blocks)
			return -EUCLEAN;
		b->vec[i].block = rp_block(block[i]);
	}
	for (done = 0; done < nr; done += n) {
		n = min(nr - done, (unsigned int)RP_READ_BATCH);
		err = io->ops->readv(io, b->vec + done, n);
		if (err)
			return err;
	}
	return 0;
}
