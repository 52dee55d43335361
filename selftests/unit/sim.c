// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim.c - a disk with a volatile cache, and what a power cut leaves of it
 */
#include "sim.h"

static void log_add(struct sim *s, enum sim_op op, u32 block, const void *data)
{
	struct sim_entry *e;

	if (s->nr_log == s->max_log) {
		s->max_log = s->max_log ? 2 * s->max_log : 64;
		s->log = realloc(s->log, s->max_log * sizeof(*s->log));
	}
	e = &s->log[s->nr_log++];
	*e = (struct sim_entry) { .op = op, .block = block };
	if (data) {
		e->data = malloc(RP_BLOCK_SIZE);
		memcpy(e->data, data, RP_BLOCK_SIZE);
	}
}

/* Index behind the last flush among the first @nr entries. */
static unsigned int flushed(const struct sim *s, unsigned int nr)
{
	while (nr && s->log[nr - 1].op != SIM_FLUSH)
		nr--;
	return nr;
}

/* A flush ends. Return: whether it is one that counts. */
static bool flush_ends(struct sim *s, u64 since, bool failed)
{
	struct rp_flush f;
	LIST_HEAD(settled);

	rp_flush_begin(&s->flushes, &f, since);
	rp_flush_end(&s->flushes, &f, failed, &settled);
	CHECK(!list_empty(&settled));
	return !f.failed;
}

/* A flush has failed: of what it was to flush, every second write is lost. */
static void lose_unflushed(struct sim *s)
{
	unsigned int i, keep, nr = 0;

	for (i = keep = flushed(s, s->nr_log); i < s->nr_log; i++) {
		if (s->log[i].op == SIM_WRITE && nr++ % 2)
			free(s->log[i].data);
		else
			s->log[keep++] = s->log[i];
	}
	s->nr_log = keep;
}

/* One step. Return: 0 to do it, 1 to do it and fail, -EIO. */
static int step(struct sim *s)
{
	CHECK(!s->read_only);
	if (s->beside_at && !--s->beside_at) {
		lose_unflushed(s);
		CHECK(!flush_ends(s, rp_flushes_since(&s->flushes), true));
	}
	if (!s->fail_at || --s->fail_at)
		return 0;
	if (s->fail_more) {
		s->fail_more--;
		s->fail_at = 1;
	}
	return s->fail_done ? 1 : -EIO;
}

static struct sim *sim_of(struct rp_mdio *io)
{
	return container_of(io, struct sim, io);
}

static int sim_readv(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		     unsigned int nr)
{
	struct sim *s = sim_of(io);
	unsigned int i;

	CHECK(nr);
	for (i = 0; i < nr; i++) {
		CHECK(rp_block_nr(vec[i].block) < io->nr_blocks);
		memcpy(vec[i].data, sim_block(s, rp_block_nr(vec[i].block)),
		       RP_BLOCK_SIZE);
	}
	s->reads += nr;
	return 0;
}

static int write_one(struct sim *s, enum sim_op op, rp_block_t block,
		     const void *data)
{
	int err;

	CHECK(rp_block_nr(block) < s->io.nr_blocks);
	err = step(s);
	if (err)
		s->failed = rp_block_nr(block);
	if (err < 0)
		return err;
	memcpy(sim_block(s, rp_block_nr(block)), data, RP_BLOCK_SIZE);
	log_add(s, op, rp_block_nr(block), data);
	return err ? -EIO : 0;
}

static int sim_writev(struct rp_mdio *io, const struct rp_mdio_vec *vec,
		      unsigned int nr)
{
	unsigned int i;
	int err = 0;

	CHECK(nr && nr <= 256);
	for (i = 0; i < nr && !err; i++)
		err = write_one(sim_of(io), SIM_WRITE, vec[i].block, vec[i].data);
	return err;
}

static int sim_write_fua(struct rp_mdio *io, rp_block_t block, void *data)
{
	return write_one(sim_of(io), SIM_FUA, block, data);
}

static int sim_flush(struct rp_mdio *io)
{
	struct sim *s = sim_of(io);
	int err = step(s);

	if (s->fail_flushes) {
		s->fail_flushes--;
		err = -EIO;
	}
	if (err < 0) {
		lose_unflushed(s);
		flush_ends(s, s->since, true);
		return err;
	}
	log_add(s, SIM_FLUSH, 0, NULL);
	return flush_ends(s, s->since, err) ? 0 : -EIO;
}

static void sim_begin(struct rp_mdio *io)
{
	sim_of(io)->since = rp_flushes_since(&sim_of(io)->flushes);
}

static bool sim_again(struct rp_mdio *io)
{
	struct sim *s = sim_of(io);

	return s->patience && s->patience--;
}

static const struct rp_mdio_ops sim_ops = {
	.readv = sim_readv,
	.writev = sim_writev,
	.write_fua = sim_write_fua,
	.begin = sim_begin,
	.flush = sim_flush,
	.again = sim_again,
};

void sim_init(struct sim *s, u32 nr_blocks)
{
	memset(s, 0, sizeof(*s));
	s->io.ops = &sim_ops;
	rp_flushes_init(&s->flushes);
	s->io.nr_blocks = nr_blocks;
	s->durable = calloc(nr_blocks, RP_BLOCK_SIZE);
	s->cur = calloc(nr_blocks, RP_BLOCK_SIZE);
}

static void log_drop(struct sim *s)
{
	while (s->nr_log)
		free(s->log[--s->nr_log].data);
}

void sim_exit(struct sim *s)
{
	log_drop(s);
	free(s->log);
	free(s->durable);
	free(s->cur);
	memset(s, 0, sizeof(*s));
}

static void apply(u8 *image, const struct sim_entry *e)
{
	if (e->data)
		memcpy(image + (size_t)e->block * RP_BLOCK_SIZE, e->data,
		       RP_BLOCK_SIZE);
}

void sim_fold(struct sim *s)
{
	unsigned int done = flushed(s, s->nr_log), keep = 0, i;

	for (i = 0; i < s->nr_log; i++) {
		if (i < done || s->log[i].op == SIM_FUA) {
			apply(s->durable, &s->log[i]);
			free(s->log[i].data);
		} else {
			s->log[keep++] = s->log[i];
		}
	}
	s->nr_log = keep;
}

static void lose(u8 *image, const struct sim_entry *e, enum sim_loss loss,
		 struct rng *r)
{
	unsigned int i, how = rng_below(r, 4);

	if (!e->data || loss == SIM_DROP || (loss == SIM_RANDOM && !how))
		return;
	if (loss == SIM_KEEP || how != 1) {
		apply(image, e);
		return;
	}
	for (i = 0; i < RP_BLOCK_SIZE; i += 512)
		if (rng_one_in(r, 2))
			memcpy(image + (size_t)e->block * RP_BLOCK_SIZE + i,
			       e->data + i, 512);
}

void sim_cut(const struct sim *s, unsigned int at, enum sim_loss loss,
	     struct rng *r, struct sim *left)
{
	unsigned int done = flushed(s, at), i, nr = 0;
	unsigned int *order = calloc(s->nr_log + 1, sizeof(*order));

	log_drop(left);
	left->fail_at = 0;
	memcpy(left->cur, s->durable, s->io.nr_blocks * RP_BLOCK_SIZE);
	for (i = 0; i < done; i++)
		apply(left->cur, &s->log[i]);
	for (i = done; i < s->nr_log && i <= at; i++) {
		if (s->log[i].op == SIM_FUA && i < at)
			apply(left->cur, &s->log[i]);
		else
			order[nr++] = i;
	}
	for (i = nr; i > 1; i--) {
		unsigned int j = rng_below(r, i);

		swap(order[i - 1], order[j]);
	}
	for (i = 0; i < nr; i++)
		lose(left->cur, &s->log[order[i]], loss, r);
	free(order);
	memcpy(left->durable, left->cur, s->io.nr_blocks * RP_BLOCK_SIZE);
}

void sim_copy(struct sim *to, const struct sim *from)
{
	CHECK_EQ(to->io.nr_blocks, from->io.nr_blocks);
	log_drop(to);
	to->fail_at = 0;
	memcpy(to->cur, from->cur, from->io.nr_blocks * RP_BLOCK_SIZE);
	memcpy(to->durable, from->cur, from->io.nr_blocks * RP_BLOCK_SIZE);
}
