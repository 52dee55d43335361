// SPDX-License-Identifier: GPL-2.0-only
/*
 * space.c - which blocks of a metadata device are free
 */
#include "space.h"

static unsigned long *map_alloc(u32 nr)
{
	return rp_calloc(BITS_TO_LONGS((size_t)nr), sizeof(unsigned long));
}

int rp_space_init(struct rp_space *s, u32 nr)
{
	memset(s, 0, sizeof(*s));
	s->nr = nr;
	s->used = map_alloc(nr);
	s->fresh = map_alloc(nr);
	s->freed = map_alloc(nr);
	s->held = map_alloc(nr);
	if (!s->used || !s->fresh || !s->freed || !s->held) {
		rp_space_exit(s);
		return -ENOMEM;
	}
	return 0;
}

void rp_space_exit(struct rp_space *s)
{
	rp_free(s->used);
	rp_free(s->fresh);
	rp_free(s->freed);
	rp_free(s->held);
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
	__set_bit(b, s->fresh);
	WRITE_ONCE(s->nr_used, s->nr_used + 1);
	s->nr_fresh++;
	s->cursor = b + 1;
	*block = b;
	return 0;
}

void rp_space_release(struct rp_space *s, u32 block)
{
	if (block >= s->nr || test_bit(block, s->freed) ||
	    !test_bit(block, s->used))
		return;
	if (RP_PLANT(reuse_before_the_superblock)) {
		rp_space_free(s, block);
		s->cursor = block;
		return;
	}
	__set_bit(block, s->freed);
	s->nr_freed++;
}

void rp_space_free(struct rp_space *s, u32 block)
{
	if (block >= s->nr || !test_bit(block, s->used))
		return;
	__clear_bit(block, s->used);
	WRITE_ONCE(s->nr_used, s->nr_used - 1);
}

/* Empty @map; with @to_free its blocks become free. */
static void map_drop(struct rp_space *s, unsigned long *map, u32 *count,
		     bool to_free)
{
	unsigned long b = 0;

	while (*count) {
		b = find_next_bit(map, s->nr, b);
		__clear_bit(b, map);
		if (to_free)
			rp_space_free(s, b);
		(*count)--;
	}
}

void rp_space_commit(struct rp_space *s)
{
	map_drop(s, s->fresh, &s->nr_fresh, false);
	map_drop(s, s->freed, &s->nr_freed, true);
	map_drop(s, s->held, &s->nr_held, true);
}

void rp_space_abort(struct rp_space *s, bool hold)
{
	unsigned long b = 0;

	map_drop(s, s->freed, &s->nr_freed, false);
	if (!hold) {
		map_drop(s, s->fresh, &s->nr_fresh, true);
		return;
	}
	while (s->nr_fresh) {
		b = find_next_bit(s->fresh, s->nr, b);
		__clear_bit(b, s->fresh);
		__set_bit(b, s->held);
		s->nr_fresh--;
		s->nr_held++;
	}
}
