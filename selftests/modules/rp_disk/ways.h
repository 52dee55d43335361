/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ways.h - what survives of the writes that were not flushed
 *
 * What is legal to find after a cut: in each sector what was made durable last,
 * or anything newer that was written there, flushed by nobody, complete or in
 * flight. The cut takes one such state for each disk by the seed. Any choice for
 * each sector alone would be legal; the ways below are those in which disks go
 * wrong: all lost, all kept, a part of the writes, of their sectors, of their
 * order.
 *
 * Also for the disks that are served to QEMU (selftests/nbd), hence without
 * anything of the kernel's.
 */
#ifndef RP_DISK_WAYS_H
#define RP_DISK_WAYS_H

#include <linux/types.h>

enum rp_way {
	RP_WAY_DROP,		/* everything */
	RP_WAY_KEEP,		/* everything */
	RP_WAY_SOME,		/* each write or not */
	RP_WAY_SECTORS,		/* each sector or not */
	RP_WAY_OLDEST,		/* up to some write, which is torn */
	RP_WAY_NEWEST,		/* from some write on, which is torn */
	RP_WAY_SHUFFLE,		/* some, torn or not, in any order */
	RP_NR_WAYS,
};

/**
 * struct rp_survival - who chooses, and for whom
 * @seed: moves on with each draw
 * @disk: for @survive
 * @sectors: of a write
 * @survive: sector @nth of a write is what will be found after the cut, unless it
 *	is older than what is durable there
 */
struct rp_survival {
	__u64 seed;
	void *disk;
	unsigned int (*sectors)(const void *write);
	void (*survive)(void *disk, const void *write, unsigned int nth);
};

static inline __u32 rp_draw(struct rp_survival *s, __u32 below)
{
	__u64 z = s->seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (__u32)(z >> 32) % below;
}

static inline void rp_keep_whole(struct rp_survival *s, const void *write)
{
	unsigned int i, n = s->sectors(write);

	for (i = 0; i < n; i++)
		s->survive(s->disk, write, i);
}

/* From its beginning, or sector by sector. */
static inline void rp_keep_torn(struct rp_survival *s, const void *write)
{
	unsigned int i, n = s->sectors(write), end = rp_draw(s, n + 1);
	_Bool scattered = rp_draw(s, 2);

	for (i = 0; i < n; i++)
		if (scattered ? rp_draw(s, 2) : i < end)
			s->survive(s->disk, write, i);
}

static inline void rp_choose(struct rp_survival *s, const void *write,
			     enum rp_way way, unsigned int nth, unsigned int at)
{
	unsigned int dice = rp_draw(s, 4);

	switch (way) {
	case RP_WAY_KEEP:
		rp_keep_whole(s, write);
		break;
	case RP_WAY_SOME:
		if (dice & 1)
			rp_keep_whole(s, write);
		break;
	case RP_WAY_SECTORS:
		rp_keep_torn(s, write);
		break;
	case RP_WAY_OLDEST:
	case RP_WAY_NEWEST:
		if (nth == at)
			rp_keep_torn(s, write);
		else if ((way == RP_WAY_OLDEST) == (nth < at))
			rp_keep_whole(s, write);
		break;
	case RP_WAY_SHUFFLE:
		if (dice == 0)
			rp_keep_torn(s, write);
		else if (dice != 1)
			rp_keep_whole(s, write);
		break;
	default:
		break;
	}
}

/*
 * What is kept of one disk's @n writes, which are in the order of their
 * completion; @order is shuffled perhaps.
 */
static inline void rp_survive(struct rp_survival *s, void **order, unsigned int n)
{
	enum rp_way way = rp_draw(s, RP_NR_WAYS);
	unsigned int i, j, at;

	for (i = n; way == RP_WAY_SHUFFLE && i > 1; i--) {
		void *write = order[i - 1];

		j = rp_draw(s, i);
		order[i - 1] = order[j];
		order[j] = write;
	}
	at = n ? rp_draw(s, n) : 0;
	for (i = 0; i < n; i++)
		rp_choose(s, order[i], way, i, at);
}

#endif /* RP_DISK_WAYS_H */
