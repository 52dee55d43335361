// SPDX-License-Identifier: GPL-2.0-only
/*
 * space.c - which blocks of a metadata device are free
 */
#include "space.h"

static unsigned long *map_alloc(u32 nr)
{
	return rp_calloc(BITS_TO_LONGS((size_t)nr), sizeof(unsigned long));
}

/* One that is not in there yet. */
static void blocks_add(struct rp_blocks *set, u32 block)
{
	__set_bit(block, set->map);
	set->least = set->nr ? min(set->least, block) : block;
	set->nr++;
}

/* Take the lowest one out of a set that is not empty. */
static u32 blocks_take(const struct rp_space *s, struct rp_blocks *set)
{
	u32 block = find_next_bit(set->map, s->nr, set->least);

	__clear_bit(block, set->map);
	set->least = block + 1;
	set->nr--;
	return block;
}

int rp_space_init(struct rp_space *s, u32 nr)
{
	memset(s, 0, sizeof(*s));
	s->nr = nr;
	s->used = map_alloc(nr);
	s->fresh.map = map_alloc(nr);
	s->freed.map = map_alloc(nr);
	s->held.map = map_alloc(nr);
	if (!s->used || !s->fresh.map || !s->freed.map || !s->held.map) {
		rp_space_exit(s);
		return -ENOMEM;
	}
	return 0;
}

void rp_space_exit(struct rp_space *s)
{
	rp_free(s->used);
	rp_free(s->fresh.map);
	rp_free(s->freed.map);
	rp_free(s->held.map);
	memset(s, 0, sizeof(*s));
}

int rp_space_claim(struct rp_space *s, u64 block)
{
	if (block >= s->nr || test_bit(block, s->used))
		return -EUCLEAN;
	__set_bit(block, s->used);
	WRITE_ONCE(s->nr_used, s->nr_used + 1);
	return 0;
}

int rp_space_alloc(struct rp_space *s, u32 *block)
{
	u32 b = find_next_zero_bit(s->used, s->nr, s->cursor);

	if (b >= s->nr)
		b = find_next_zero_bit(s->used, s->nr, 0);
	if (b >= s->nr)
		return -ENOSPC;
	__set_bit(b, s->used);
	blocks_add(&s->fresh, b);
	WRITE_ONCE(s->nr_used, s->nr_used + 1);
	s->cursor = b + 1;
	*block = b;
	return 0;
}

void rp_space_release(struct rp_space *s, u32 block)
{
	if (block >= s->nr || test_bit(block, s->freed.map) ||
	    !test_bit(block, s->used))
		return;
	if (RP_PLANT(reuse_before_the_superblock)) {
		rp_space_free(s, block);
		s->cursor = block;
		return;
	}
	blocks_add(&s->freed, block);
}

void rp_space_free(struct rp_space *s, u32 block)
{
	if (block >= s->nr || !test_bit(block, s->used))
		return;
	__clear_bit(block, s->used);
	WRITE_ONCE(s->nr_used, s->nr_used - 1);
}

/* They become free. */
static void blocks_free(struct rp_space *s, struct rp_blocks *set)
{
	while (set->nr)
		rp_space_free(s, blocks_take(s, set));
}

/* They are what they are without. */
static void blocks_forget(struct rp_space *s, struct rp_blocks *set)
{
	while (set->nr)
		blocks_take(s, set);
}

void rp_space_commit(struct rp_space *s)
{
	blocks_forget(s, &s->fresh);
	blocks_free(s, &s->freed);
	blocks_free(s, &s->held);
}

void rp_space_abort(struct rp_space *s, bool hold)
{
	blocks_forget(s, &s->freed);
	if (!hold)
		blocks_free(s, &s->fresh);
	while (s->fresh.nr)
		blocks_add(&s->held, blocks_take(s, &s->fresh));
}
