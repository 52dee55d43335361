// SPDX-License-Identifier: GPL-2.0-only
/*
 * port_user.c - the user-space side of port.h that is more than a line
 */
#include "port.h"

struct rp_port_memory rp_port_memory;

#ifdef RP_PLANTS
const char *rp_planted;
#endif

static bool memory_short(void)
{
	struct rp_port_memory *m = &rp_port_memory;

	__atomic_fetch_add(&m->calls, 1, __ATOMIC_RELAXED);
	if (!m->fail_at)
		return false;
	if (m->fail_at > 1) {
		m->fail_at--;
		return false;
	}
	if (!m->sticky)
		m->fail_at = 0;
	return true;
}

static void *counted(void *p)
{
	if (p)
		__atomic_fetch_add(&rp_port_memory.live, 1, __ATOMIC_RELAXED);
	return p;
}

void *rp_calloc(size_t n, size_t size)
{
	if (memory_short())
		return NULL;
	return counted(calloc(n ? n : 1, size ? size : 1));
}

void *rp_zalloc(size_t size)
{
	return rp_calloc(1, size);
}

void rp_free(void *p)
{
	if (p)
		__atomic_fetch_sub(&rp_port_memory.live, 1, __ATOMIC_RELAXED);
	free(p);
}

void *rp_page_alloc(void)
{
	void *p;

	if (memory_short())
		return NULL;
	/* Aligned, so that a tool may hand it to direct I/O. */
	if (posix_memalign(&p, 4096, 4096))
		return NULL;
	memset(p, 0, 4096);
	return counted(p);
}

void *rp_page_alloc_nowait(void)
{
	return rp_page_alloc();
}

void rp_page_free(void *page)
{
	rp_free(page);
}

void *memchr_inv(const void *p, int c, size_t n)
{
	const u64 want = (u8)c * 0x0101010101010101ULL;
	const u8 *b = p, *word;
	u64 is;

	/* As the kernel's, which looks at a word that differs again, and there ends. */
	for (; n >= 8; b += 8, n -= 8) {
		memcpy(&is, b, sizeof(is));
		if (is == want)
			continue;
		for (word = b; b < word + 8; b++)
			if (READ_ONCE(*b) != (u8)c)
				return (void *)b;
		return NULL;
	}
	for (; n; b++, n--)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	int n;

	if (!size)
		return 0;
	n = vsnprintf(buf, size, fmt, ap);
	return n < 0 ? 0 : (size_t)n < size ? n : (int)size - 1;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vscnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

/* Eight tables, so that eight bytes cost eight loads and no shift chain. */
static u32 crc_table[8][256];

__attribute__((constructor)) static void crc_init(void)
{
	unsigned int i, j;

	for (i = 0; i < 256; i++) {
		u32 c = i;

		for (j = 0; j < 8; j++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78U : c >> 1;
		crc_table[0][i] = c;
	}
	for (i = 0; i < 256; i++)
		for (j = 1; j < 8; j++)
			crc_table[j][i] = crc_table[j - 1][i] >> 8 ^
					  crc_table[0][crc_table[j - 1][i] & 0xff];
}

u32 crc32c(u32 crc, const void *data, unsigned int len)
{
	const u8 *p = data;

	for (; len >= 8; p += 8, len -= 8) {
		u64 w;

		memcpy(&w, p, 8);
		w = le64toh(w) ^ crc;
		crc = crc_table[7][w & 0xff] ^ crc_table[6][w >> 8 & 0xff] ^
		      crc_table[5][w >> 16 & 0xff] ^ crc_table[4][w >> 24 & 0xff] ^
		      crc_table[3][w >> 32 & 0xff] ^ crc_table[2][w >> 40 & 0xff] ^
		      crc_table[1][w >> 48 & 0xff] ^ crc_table[0][w >> 56];
	}
	while (len--)
		crc = crc >> 8 ^ crc_table[0][(crc ^ *p++) & 0xff];
	return crc;
}
