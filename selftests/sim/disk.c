// SPDX-License-Identifier: GPL-2.0-only
/*
 * disk.c - a metadata device with a volatile cache, one step at a time
 */
#include "disk.h"

#define SECTOR	512

struct blk {
	u32 refs;
	struct blk *next;	/* when it is free */
	u8 data[RP_BLOCK_SIZE];
};

static struct blk *spare;
/* Never freed: what nobody wrote. */
static struct blk zeroes = { .refs = 1 };

static struct blk *blk_get(struct blk *b)
{
	b->refs++;
	return b;
}

static void blk_put(struct blk *b)
{
	if (!b || --b->refs)
		return;
	b->next = spare;
	spare = b;
}

static struct blk *blk_new(const void *data)
{
	struct blk *b = spare;

	if (b)
		spare = b->next;
	else
		b = malloc(sizeof(*b));
	b->refs = 1;
	memcpy(b->data, data, RP_BLOCK_SIZE);
	return b;
}

static void blk_set(struct blk **slot, struct blk *b)
{
	blk_get(b);
	blk_put(*slot);
	*slot = b;
}

static void list_push(struct disk_list *l, const struct disk_entry *e)
{
	if (l->nr == l->max) {
		l->max = l->max ? 2 * l->max : 32;
		l->e = realloc(l->e, l->max * sizeof(*l->e));
	}
	l->e[l->nr++] = *e;
}

static void list_take(struct disk_list *l, unsigned int i)
{
	l->nr--;
	memmove(&l->e[i], &l->e[i + 1], (l->nr - i) * sizeof(*l->e));
}

static void list_drop(struct disk_list *l)
{
	while (l->nr)
		blk_put(l->e[--l->nr].data);
}

/* --- what the store sees --- */

static struct disk *disk_of(struct rp_mdio *io)
{
	return container_of(io, struct disk, io);
}

static int disk_readv(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		      unsigned int nr)
{
	struct disk *d = disk_of(io);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		CHECK(rp_block_nr(vec[i].block) < io->nr_blocks);
		memcpy(vec[i].data, d->cur[rp_block_nr(vec[i].block)]->data,
		       RP_BLOCK_SIZE);
	}
	return 0;
}

static void write_one(struct disk *d, enum disk_op op, rp_block_t block,
		      const void *data)
{
	struct disk_entry e = { .op = op, .block = rp_block_nr(block) };

	CHECK(e.block < d->io.nr_blocks);
	e.data = blk_new(data);
	blk_set(&d->cur[e.block], e.data);
	if (!d->direct) {
		list_push(&d->queue, &e);
		return;
	}
	blk_set(&d->durable[e.block], e.data);
	blk_put(e.data);
}

static int disk_writev(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		write_one(disk_of(io), DISK_WRITE, vec[i].block, vec[i].data);
	return 0;
}

static int disk_write_fua(struct rp_mdio *io, rp_block_t block, void *data)
{
	write_one(disk_of(io), DISK_FUA, block, data);
	return 0;
}

static int disk_flush(struct rp_mdio *io)
{
	struct disk_entry e = { .op = DISK_FLUSH };

	if (!disk_of(io)->direct)
		list_push(&disk_of(io)->queue, &e);
	return 0;
}

static const struct rp_mdio_ops disk_ops = {
	.readv = disk_readv,
	.writev = disk_writev,
	.write_fua = disk_write_fua,
	.flush = disk_flush,
};

void disk_init(struct disk *d, u32 nr_blocks)
{
	u32 i;

	memset(d, 0, sizeof(*d));
	d->io.ops = &disk_ops;
	d->io.nr_blocks = nr_blocks;
	d->cur = calloc(nr_blocks, sizeof(*d->cur));
	d->durable = calloc(nr_blocks, sizeof(*d->durable));
	for (i = 0; i < nr_blocks; i++) {
		d->cur[i] = blk_get(&zeroes);
		d->durable[i] = blk_get(&zeroes);
	}
}

void disk_exit(struct disk *d)
{
	u32 i;

	list_drop(&d->queue);
	list_drop(&d->log);
	for (i = 0; i < d->io.nr_blocks; i++) {
		blk_put(d->cur[i]);
		blk_put(d->durable[i]);
	}
	free(d->queue.e);
	free(d->log.e);
	free(d->cur);
	free(d->durable);
	memset(d, 0, sizeof(*d));
}

/* --- what the device does --- */

/* What has ended before is durable; what is in flight stays. */
static void flush(struct disk *d)
{
	unsigned int i, keep = 0;

	for (i = 0; i < d->log.nr; i++) {
		struct disk_entry *e = &d->log.e[i];

		if (e->in_flight) {
			d->log.e[keep++] = *e;
			continue;
		}
		blk_set(&d->durable[e->block], e->data);
		blk_put(e->data);
	}
	d->log.nr = keep;
}

/* A FUA write has ended: durable, whatever the cache had of the block. */
static void end_fua(struct disk *d, unsigned int at)
{
	struct disk_entry e = d->log.e[at];
	unsigned int i;

	list_take(&d->log, at);
	for (i = d->log.nr; i--; ) {
		if (d->log.e[i].block == e.block && !d->log.e[i].in_flight) {
			blk_put(d->log.e[i].data);
			list_take(&d->log, i);
		}
	}
	blk_set(&d->durable[e.block], e.data);
	blk_set(&d->cur[e.block], e.data);
	blk_put(e.data);
}

bool disk_step(struct disk *d)
{
	struct disk_entry e;

	if (!d->queue.nr)
		return false;
	e = d->queue.e[0];
	if (e.op == DISK_FLUSH) {
		flush(d);
		list_take(&d->queue, 0);
	} else if (e.op == DISK_WRITE) {
		/* All that may be under way together. */
		while (d->queue.nr && d->queue.e[0].op == DISK_WRITE) {
			list_push(&d->log, &d->queue.e[0]);
			list_take(&d->queue, 0);
		}
	} else if (!e.in_flight) {
		d->queue.e[0].in_flight = true;
		e.in_flight = true;
		e.id = ++d->next_id;
		d->queue.e[0].id = e.id;
		blk_get(e.data);
		list_push(&d->log, &e);
	} else {
		disk_complete(d, e.id);
		blk_put(e.data);
		list_take(&d->queue, 0);
	}
	return true;
}

u32 disk_submit(struct disk *d, u32 block, const void *data)
{
	struct disk_entry e = { .op = DISK_FUA, .block = block,
				.in_flight = true, .id = ++d->next_id };

	e.data = blk_new(data);
	list_push(&d->log, &e);
	return e.id;
}

static unsigned int find_submitted(const struct disk *d, u32 id)
{
	unsigned int i;

	for (i = 0; i < d->log.nr && d->log.e[i].id != id; i++)
		;
	CHECK(i < d->log.nr);
	return i;
}

void disk_complete(struct disk *d, u32 id)
{
	end_fua(d, find_submitted(d, id));
}

void disk_fail(struct disk *d, u32 id, bool done)
{
	unsigned int i = find_submitted(d, id);
	struct disk_entry *e = &d->log.e[i];

	if (done) {
		e->in_flight = false;
		blk_set(&d->cur[e->block], e->data);
	} else {
		blk_put(e->data);
		list_take(&d->log, i);
	}
}

unsigned int disk_volatile(const struct disk *d)
{
	return d->log.nr;
}

/* --- a power cut --- */

/* Of the two choices for each sector. */
static void tear(struct blk **slot, const struct blk *data, struct choice *c)
{
	struct blk *b = blk_new((*slot)->data);
	u32 which = choose(c, 256), i;

	for (i = 0; i < RP_BLOCK_SIZE / SECTOR; i++)
		if (which >> i & 1)
			memcpy(b->data + i * SECTOR, data->data + i * SECTOR,
			       SECTOR);
	blk_put(*slot);
	*slot = b;
}

static void nonsense(struct blk **slot, const struct blk *data, struct choice *c)
{
	struct blk *b = blk_new((*slot)->data);
	u32 i = choose(c, 4) ? 0 : choose(c, RP_BLOCK_SIZE / SECTOR);

	memcpy(b->data, data->data, i * SECTOR);
	memset(b->data + i * SECTOR, 0xa5, SECTOR);
	blk_put(*slot);
	*slot = b;
}

static void lose(struct disk *left, const struct disk_entry *e, enum loss loss,
		 struct choice *c)
{
	struct blk **slot = &left->cur[e->block];

	switch (loss) {
	case LOSS_DROP:
		return;
	case LOSS_KEEP:
		blk_set(slot, e->data);
		return;
	case LOSS_NONSENSE:
		if (e->in_flight) {
			nonsense(slot, e->data, c);
			return;
		}
		/* fallthrough */
	default:
		break;
	}
	switch (choose(c, 3)) {
	case 0:
		return;
	case 1:
		blk_set(slot, e->data);
		return;
	default:
		tear(slot, e->data, c);
	}
}

void disk_crash(const struct disk *d, enum loss loss, struct choice *c,
		struct disk *left)
{
	unsigned int order[512], n = d->log.nr, i;

	CHECK(n <= ARRAY_SIZE(order));
	list_drop(&left->queue);
	list_drop(&left->log);
	for (i = 0; i < d->io.nr_blocks; i++)
		if (left->cur[i] != d->durable[i])
			blk_set(&left->cur[i], d->durable[i]);
	for (i = 0; i < n; i++)
		order[i] = i;
	/* What is kept is kept in the order of its arrival, else in any. */
	for (i = n; i > 1 && loss >= LOSS_ANY; i--) {
		unsigned int j = choose(c, i);

		swap(order[i - 1], order[j]);
	}
	for (i = 0; i < n; i++)
		lose(left, &d->log.e[order[i]], loss, c);
	for (i = 0; i < d->io.nr_blocks; i++)
		if (left->durable[i] != left->cur[i])
			blk_set(&left->durable[i], left->cur[i]);
}
