// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - a metadata device in memory that counts what is asked of it
 */
#include "disk.h"

static struct disk *disk_of(struct rp_mdio *io)
{
	return container_of(io, struct disk, io);
}

static u8 *at(struct disk *d, rp_block_t block)
{
	if (rp_block_nr(block) >= d->io.nr_blocks)
		abort();
	return d->data + rp_block_nr(block) * RP_BLOCK_SIZE;
}

static int disk_readv(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		      unsigned int nr)
{
	struct disk *d = disk_of(io);
	unsigned int i;

	for (i = 0; i < nr; i++)
		memcpy(vec[i].data, at(d, vec[i].block), RP_BLOCK_SIZE);
	d->reads += nr;
	return 0;
}

static int disk_writev(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		       unsigned int nr)
{
	struct disk *d = disk_of(io);
	unsigned int i;

	for (i = 0; i < nr; i++)
		memcpy(at(d, vec[i].block), vec[i].data, RP_BLOCK_SIZE);
	d->writes += nr;
	return 0;
}

static int disk_write_fua(struct rp_mdio *io, rp_block_t block, void *data)
{
	struct rp_mdio_vec vec = { .block = block, .data = data };

	return disk_writev(io, &vec, 1);
}

static int disk_flush(struct rp_mdio *io)
{
	return 0;
}

static const struct rp_mdio_ops disk_ops = {
	.readv = disk_readv,
	.writev = disk_writev,
	.write_fua = disk_write_fua,
	.flush = disk_flush,
};

void disk_init(struct disk *d, u64 nr_blocks)
{
	*d = (struct disk) { .io = { .ops = &disk_ops, .nr_blocks = nr_blocks } };
	/* Never touched is never there: a large one costs nothing. */
	d->data = calloc(nr_blocks, RP_BLOCK_SIZE);
	if (!d->data)
		abort();
}

void disk_exit(struct disk *d)
{
	free(d->data);
}
