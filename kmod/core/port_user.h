/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port_user.h - the little of the kernel that the core uses, in user space
 *
 * Included by port.h only. One thread runs the core at a time for each object;
 * the atomic operations are real all the same, so that a test may mark from
 * several threads.
 */
#ifndef RP_PORT_USER_H
#define RP_PORT_USER_H

#include <stdarg.h>
#include <stdio.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;

#define U32_MAX		((u32)~0U)
#define U64_MAX		((u64)~0ULL)

#ifndef __force
#ifdef __CHECKER__
#define __force		__attribute__((force))
#else
#define __force
#endif
#endif

#define __must_check	__attribute__((warn_unused_result))
#ifndef __printf
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#endif
#ifndef __aligned
#define __aligned(n)	__attribute__((aligned(n)))
#endif
#ifndef __packed
#define __packed	__attribute__((packed))
#endif
/* Who reads what is for the kernel, where many processors do. */
#define ____cacheline_aligned_in_smp
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)

#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define cpu_to_le16(x)	((__force __le16)htole16(x))
#define cpu_to_le32(x)	((__force __le32)htole32(x))
#define cpu_to_le64(x)	((__force __le64)htole64(x))
#define le16_to_cpu(x)	le16toh((__force u16)(x))
#define le32_to_cpu(x)	le32toh((__force u32)(x))
#define le64_to_cpu(x)	le64toh((__force u64)(x))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define BIT(n)		(1UL << (n))
#define BITS_PER_LONG	(8 * (unsigned int)sizeof(long))
#define BITS_TO_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define BUILD_BUG_ON(c)	_Static_assert(!(c), #c)
#define SMP_CACHE_BYTES	64
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ALIGN(n, to)	(DIV_ROUND_UP(n, to) * (to))

#define min(a, b) ({					\
	__typeof__(a) min_a = (a);			\
	__typeof__(b) min_b = (b);			\
	(void)(&min_a == &min_b);			\
	min_a < min_b ? min_a : min_b; })
#define max(a, b) ({					\
	__typeof__(a) max_a = (a);			\
	__typeof__(b) max_b = (b);			\
	(void)(&max_a == &max_b);			\
	max_a > max_b ? max_a : max_b; })
#define min_t(t, a, b)	min((t)(a), (t)(b))
#define max_t(t, a, b)	max((t)(a), (t)(b))
#define swap(a, b) do {					\
	__typeof__(a) swap_t = (a);			\
	(a) = (b);					\
	(b) = swap_t;					\
} while (0)

#ifndef container_of
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#endif

#define cmpxchg(p, old, new)	__sync_val_compare_and_swap(p, old, new)
#define xchg(p, v)		__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)

static inline unsigned int hweight_long(unsigned long w)
{
	return __builtin_popcountl(w);
}

/* --- bitmaps --- */

static inline bool test_bit(unsigned long nr, const unsigned long *map)
{
	return READ_ONCE(map[nr / BITS_PER_LONG]) >> (nr % BITS_PER_LONG) & 1;
}

static inline void __set_bit(unsigned long nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] |= 1UL << (nr % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned long nr, unsigned long *map)
{
	map[nr / BITS_PER_LONG] &= ~(1UL << (nr % BITS_PER_LONG));
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *map)
{
	bool was = test_bit(nr, map);

	__clear_bit(nr, map);
	return was;
}

static inline unsigned long rp_find_next(const unsigned long *map,
					 unsigned long size, unsigned long nr,
					 unsigned long invert)
{
	unsigned long i = nr / BITS_PER_LONG;
	unsigned long w;

	if (nr >= size)
		return size;
	w = (map[i] ^ invert) & (~0UL << (nr % BITS_PER_LONG));
	while (!w) {
		if (++i * BITS_PER_LONG >= size)
			return size;
		w = map[i] ^ invert;
	}
	nr = i * BITS_PER_LONG + __builtin_ctzl(w);
	return nr < size ? nr : size;
}

static inline unsigned long find_next_bit(const unsigned long *map,
					  unsigned long size, unsigned long nr)
{
	return rp_find_next(map, size, nr, 0);
}

static inline unsigned long find_next_zero_bit(const unsigned long *map,
					       unsigned long size,
					       unsigned long nr)
{
	return rp_find_next(map, size, nr, ~0UL);
}

#define for_each_set_bit_from(bit, map, size)				\
	for (; (bit) = find_next_bit(map, size, bit), (bit) < (size); (bit)++)

#define for_each_set_bit(bit, map, size)				\
	for ((bit) = 0; (bit) = find_next_bit(map, size, bit), (bit) < (size); (bit)++)

static inline void set_bit(unsigned long nr, unsigned long *map)
{
	__atomic_fetch_or(&map[nr / BITS_PER_LONG], 1UL << (nr % BITS_PER_LONG),
			  __ATOMIC_RELAXED);
}

static inline void bitmap_set(unsigned long *map, unsigned int start,
			      unsigned int len)
{
	while (len--)
		__set_bit(start++, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start,
				unsigned int len)
{
	while (len--)
		__clear_bit(start++, map);
}

static inline void bitmap_zero(unsigned long *map, unsigned int nr)
{
	memset(map, 0, BITS_TO_LONGS(nr) * sizeof(long));
}

static inline void bitmap_fill(unsigned long *map, unsigned int nr)
{
	memset(map, 0xff, BITS_TO_LONGS(nr) * sizeof(long));
}

static inline bool bitmap_empty(const unsigned long *map, unsigned int nr)
{
	return find_next_bit(map, nr, 0) == nr;
}

static inline unsigned int bitmap_weight(const unsigned long *map,
					 unsigned int nr)
{
	unsigned int n = 0, i;

	for_each_set_bit(i, map, nr)
		n++;
	return n;
}

void *memchr_inv(const void *p, int c, size_t n);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
int vscnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);

/* Little-endian bit order, no inversion at the end: the kernel's crc32c(). */
u32 crc32c(u32 crc, const void *data, unsigned int len);

/* --- lists --- */

struct list_head {
	struct list_head *next, *prev;
};

#define LIST_HEAD(name) struct list_head name = { &(name), &(name) }

static inline void INIT_LIST_HEAD(struct list_head *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool list_empty(const struct list_head *l)
{
	return l->next == l;
}

static inline void list_add(struct list_head *n, struct list_head *l)
{
	n->next = l->next;
	n->prev = l;
	l->next->prev = n;
	l->next = n;
}

static inline void list_add_tail(struct list_head *n, struct list_head *l)
{
	list_add(n, l->prev);
}

static inline void list_del_init(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	INIT_LIST_HEAD(n);
}

#define list_del(n)		list_del_init(n)
#define list_move(n, l)		do { list_del_init(n); list_add(n, l); } while (0)
#define list_entry(p, type, member) container_of(p, type, member)
#define list_first_entry(l, type, member) list_entry((l)->next, type, member)
#define list_last_entry(l, type, member) list_entry((l)->prev, type, member)
#define list_for_each_entry(p, l, member)				\
	for (p = list_entry((l)->next, __typeof__(*p), member);		\
	     &p->member != (l);						\
	     p = list_entry(p->member.next, __typeof__(*p), member))
#define list_for_each_entry_safe(p, n, l, member)			\
	for (p = list_entry((l)->next, __typeof__(*p), member),		\
	     n = list_entry(p->member.next, __typeof__(*p), member);	\
	     &p->member != (l);						\
	     p = n, n = list_entry(n->member.next, __typeof__(*n), member))

/* --- memory --- */

void *rp_zalloc(size_t size);
void *rp_calloc(size_t n, size_t size);
void rp_free(void *p);

/*
 * For tests: the @fail_at-th allocation from now on fails, counted from 1, 0:
 * none; with @sticky all after it fail too. @live counts what is not freed.
 */
struct rp_port_memory {
	unsigned long fail_at;
	bool sticky;
	unsigned long calls;
	long live;
};

extern struct rp_port_memory rp_port_memory;

#endif /* RP_PORT_USER_H */
