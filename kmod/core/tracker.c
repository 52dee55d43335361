// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracker.c - the bits of one interval in memory
 *
 * Rests on nothing but port.h. Called from the write path, from interrupts too
 * (late completions, O4), so marking takes no lock: directories and pages appear
 * by cmpxchg() of a NULL slot, which also orders their zeroes before the pointer;
 * readers depend on the pointer's address. A slot that once held RP_PAGE_FULL never
 * changes again, and one that held a page only to RP_PAGE_FULL, which says the same
 * (rp_tracker_squeeze()): so nobody needs to hold it.
 */
#include "tracker.h"

#define DIR_FULL	((struct rp_dir *)RP_PAGE_FULL)
#define PLANE_LINE	(SMP_CACHE_BYTES / sizeof(struct rp_dir *))

static u64 nr_dirs(const struct rp_tracker *t)
{
	return (t->nr_pages + RP_DIR_SLOTS - 1) >> RP_DIR_SHIFT;
}

struct rp_tracker *rp_tracker_alloc(const struct rp_geometry *geo)
{
	struct rp_tracker *t = rp_zalloc(sizeof(*t));
	unsigned int p;
	u64 slots;

	if (!t)
		return NULL;
	t->nr_pages = geo->nr_pages;
	t->nr_granules = geo->nr_granules;
	/* Lines of its own: its neighbours in memory may be stored to all the time. */
	slots = DIV_ROUND_UP(nr_dirs(t), PLANE_LINE) * PLANE_LINE;
	for (p = 0; p < RP_NR_PLANES; p++) {
		t->plane[p] = rp_calloc(slots, sizeof(*t->plane[p]));
		if (!t->plane[p]) {
			rp_tracker_free(t);
			return NULL;
		}
	}
	return t;
}

static void free_dir(struct rp_dir *dir)
{
	unsigned int i;

	if (!dir || dir == DIR_FULL)
		return;
	for (i = 0; i < RP_DIR_SLOTS; i++)
		if (dir->slot[i] && dir->slot[i] != RP_PAGE_FULL)
			rp_page_free(dir->slot[i]);
	rp_page_free(dir);
}

void rp_tracker_free(struct rp_tracker *t)
{
	unsigned int p;
	u64 i;

	if (!t)
		return;
	for (p = 0; p < RP_NR_PLANES; p++) {
		for (i = 0; t->plane[p] && i < nr_dirs(t); i++)
			free_dir(t->plane[p][i]);
		rp_free(t->plane[p]);
	}
	rp_free(t);
}

/* Where there is no page, and no memory for one. */
enum want {
	WANT_SLEEP,	/* wait for memory; NULL */
	WANT_NOW,	/* do not wait; NULL */
	WANT_FULL,	/* do not wait; RP_PAGE_FULL: all of it counts */
};

/* The slot's page or directory, which comes into being where there is none. */
static void *slot_get(void **slot, enum want want)
{
	void *new, *was = READ_ONCE(*slot);

	if (was)
		return was;
	new = want == WANT_SLEEP ? rp_page_alloc() : rp_page_alloc_nowait();
	if (!new) {
		if (want != WANT_FULL)
			return NULL;
		/* O7: the whole page counts, and this needs no memory. */
		was = cmpxchg(slot, NULL, (void *)RP_PAGE_FULL);
		return was ? was : (void *)RP_PAGE_FULL;
	}
	was = cmpxchg(slot, NULL, new);
	if (was) {
		rp_page_free(new);
		return was;
	}
	return new;
}

/* As slot_get(), through the directory. */
static unsigned long *page_get(struct rp_tracker *t, enum rp_plane plane,
			       u64 nr, enum want want)
{
	struct rp_dir *dir;

	BUILD_BUG_ON(sizeof(struct rp_dir) > 4096);
	dir = slot_get((void **)&t->plane[plane][nr >> RP_DIR_SHIFT], want);
	if (!dir || dir == DIR_FULL)
		return (unsigned long *)dir;
	return slot_get((void **)&dir->slot[nr & (RP_DIR_SLOTS - 1)], want);
}

/* Set @mask in a word. Return: how many bits were new. */
static unsigned int word_set(unsigned long *word, unsigned long mask)
{
	unsigned long old = READ_ONCE(*word);

	/* The usual case: all known, and no store to a shared line. */
	while ((old & mask) != mask) {
		unsigned long was = cmpxchg(word, old, old | mask);

		if (was == old)
			return hweight_long(mask & ~old);
		old = was;
	}
	return 0;
}

static void word_clear(unsigned long *word, unsigned long mask)
{
	unsigned long old = READ_ONCE(*word);

	while (old & mask) {
		unsigned long was = cmpxchg(word, old, old & ~mask);

		if (was == old)
			return;
		old = was;
	}
}

/* Bits @bit..@last of the word that @bit is in. */
static unsigned long word_mask(u32 bit, u32 last)
{
	unsigned long mask = ~0UL << (bit % BITS_PER_LONG);

	if (last / BITS_PER_LONG == bit / BITS_PER_LONG)
		mask &= ~0UL >> (BITS_PER_LONG - 1 - last % BITS_PER_LONG);
	return mask;
}

static u32 next_word(u32 bit)
{
	return (bit | (BITS_PER_LONG - 1)) + 1;
}

/* The part of @first..@last that lies in the page of @first. */
static u32 last_in_page(u64 first, u64 last)
{
	u64 end = first | (RP_PAGE_BITS - 1);

	return min(end, last) & (RP_PAGE_BITS - 1);
}

u64 rp_tracker_mark(struct rp_tracker *t, enum rp_plane plane,
		    rp_granule_t first_g, rp_granule_t last_g)
{
	u64 first = rp_granule_nr(first_g);
	u64 last = min(rp_granule_nr(last_g), t->nr_granules - 1);
	u64 fresh = 0;

	while (first <= last) {
		u32 bit = first & (RP_PAGE_BITS - 1);
		u32 end = last_in_page(first, last);
		unsigned long *page = rp_tracker_page(t, plane,
						      rp_granule_page(rp_granule(first)));

		if (!page) {
			page = page_get(t, plane, first >> RP_PAGE_BITS_SHIFT,
					plane == RP_PLANE_WRITTEN ||
					RP_PLANT(full_page_of_a_kind) ?
					WANT_FULL : WANT_NOW);
			if (page == RP_PAGE_FULL)
				fresh++;
			/* I13: a whole page may be written, not of a kind. */
			if (!page)
				fresh += rp_tracker_mark(t, RP_PLANE_WRITTEN,
							 rp_granule(first),
							 rp_granule(first + end - bit));
		}
		first += end - bit + 1;
		if (!page || page == RP_PAGE_FULL)
			continue;
		for (; bit <= end; bit = next_word(bit))
			fresh += word_set(&page[bit / BITS_PER_LONG],
					  word_mask(bit, end));
	}
	return fresh;
}

void rp_tracker_mark_tail(struct rp_tracker *t, const struct rp_geometry *geo,
			  u64 before)
{
	if (before < geo->sectors)
		rp_tracker_mark(t, RP_PLANE_WRITTEN, rp_sector_granule(geo, before),
				rp_granule(geo->nr_granules - 1));
}

void rp_tracker_clear(struct rp_tracker *t, enum rp_plane plane,
		      rp_granule_t first_g, rp_granule_t last_g)
{
	u64 first = rp_granule_nr(first_g);
	u64 last = min(rp_granule_nr(last_g), t->nr_granules - 1);

	while (first <= last) {
		u32 bit = first & (RP_PAGE_BITS - 1);
		u32 end = last_in_page(first, last);
		unsigned long *page = rp_tracker_page(t, plane,
						      rp_granule_page(rp_granule(first)));

		first += end - bit + 1;
		if (!page || page == RP_PAGE_FULL)
			continue;
		for (; bit <= end; bit = next_word(bit))
			word_clear(&page[bit / BITS_PER_LONG],
				   word_mask(bit, end));
	}
}

unsigned int rp_tracker_kind(const struct rp_tracker *t, rp_granule_t g)
{
	if (rp_granule_nr(g) >= t->nr_granules)
		return RP_KIND_NONE;
	return rp_kind_of_planes(rp_tracker_test(t, RP_PLANE_WRITTEN, g),
				 rp_tracker_test(t, RP_PLANE_ZEROED, g),
				 rp_tracker_test(t, RP_PLANE_DISCARDED, g));
}

/* Is there a bit that is @set in this plane? Page by page. */
static bool find_bit(const struct rp_tracker *t, enum rp_plane plane, u64 first, u64 last,
		     bool set)
{
	while (first <= last) {
		u64 next = (first | (RP_PAGE_BITS - 1)) + 1;
		u32 from = first & (RP_PAGE_BITS - 1);
		u32 to = min(next - 1, last) & (RP_PAGE_BITS - 1);
		const unsigned long *page;

		page = rp_tracker_page(t, plane, rp_granule_page(rp_granule(first)));
		if (!page || page == RP_PAGE_FULL) {
			if (set == (page == RP_PAGE_FULL))
				return true;
		} else if ((set ? find_next_bit(page, to + 1, from) :
				  find_next_zero_bit(page, to + 1, from)) <= to) {
			return true;
		}
		first = next;
	}
	return false;
}

bool rp_tracker_any(const struct rp_tracker *t, rp_granule_t first, rp_granule_t last)
{
	unsigned int plane;

	for (plane = 0; plane < RP_NR_PLANES; plane++)
		if (find_bit(t, plane, rp_granule_nr(first), rp_granule_nr(last), true))
			return true;
	return false;
}

bool rp_tracker_all(const struct rp_tracker *t, rp_granule_t first, rp_granule_t last)
{
	return !find_bit(t, RP_PLANE_WRITTEN, rp_granule_nr(first), rp_granule_nr(last),
			 false);
}

/* An all-ones page takes no memory where there is none yet. */
static int load_full(struct rp_tracker *t, enum rp_plane plane, u64 nr)
{
	struct rp_dir *dir;
	u64 first = nr << RP_PAGE_BITS_SHIFT;
	void **slot;

	dir = slot_get((void **)&t->plane[plane][nr >> RP_DIR_SHIFT], WANT_SLEEP);
	if (!dir)
		return -ENOMEM;
	if (dir == DIR_FULL)
		return 0;
	slot = (void **)&dir->slot[nr & (RP_DIR_SLOTS - 1)];
	if (cmpxchg(slot, NULL, (void *)RP_PAGE_FULL))
		rp_tracker_mark(t, plane, rp_granule(first),
				rp_granule(first | (RP_PAGE_BITS - 1)));
	return 0;
}

int rp_tracker_load(struct rp_tracker *t, enum rp_plane plane, rp_page_t page_nr,
		    const unsigned long *bits)
{
	u64 nr = rp_page_nr(page_nr);
	u64 first = nr << RP_PAGE_BITS_SHIFT;
	unsigned long *page;
	u32 bit, end;

	if (!bits || nr >= t->nr_pages)
		return 0;
	if (bits == RP_PAGE_FULL)
		return load_full(t, plane, nr);
	page = page_get(t, plane, nr, WANT_SLEEP);
	if (!page)
		return -ENOMEM;
	if (page == RP_PAGE_FULL)
		return 0;
	end = last_in_page(first, t->nr_granules - 1);
	for (bit = 0; bit <= end; bit = next_word(bit))
		word_set(&page[bit / BITS_PER_LONG],
			 bits[bit / BITS_PER_LONG] & word_mask(bit, end));
	return 0;
}

/* Plane @plane of @from into plane @into of @to. */
static void absorb_plane(struct rp_tracker *to, enum rp_plane into,
			 const struct rp_tracker *from, enum rp_plane plane)
{
	rp_page_t page = rp_page(0);

	for (; rp_tracker_next_page(from, plane, &page);
	     page = rp_page(rp_page_nr(page) + 1)) {
		unsigned long *bits = rp_tracker_page(from, plane, page);
		u64 first = rp_page_nr(page) << RP_PAGE_BITS_SHIFT;
		u64 last = min(first + RP_PAGE_BITS, to->nr_granules) - 1;

		/* Without memory a whole page counts (O7), as written (I13). */
		if (rp_tracker_load(to, into, page, bits))
			rp_tracker_mark(to, RP_PLANE_WRITTEN, rp_granule(first),
					rp_granule(last));
	}
}

void rp_tracker_absorb(struct rp_tracker *to, const struct rp_tracker *from)
{
	enum rp_plane plane;

	for (plane = 0; plane < RP_NR_PLANES; plane++)
		absorb_plane(to, plane, from, plane);
}

void rp_tracker_absorb_written(struct rp_tracker *to, const struct rp_tracker *from)
{
	enum rp_plane plane;

	for (plane = 0; plane < RP_NR_PLANES; plane++)
		absorb_plane(to, RP_PLANE_WRITTEN, from, plane);
}

/* RP_PAGE_FULL in place of page @nr, if that says the same. NULL: it does not. */
static unsigned long *squeeze_page(struct rp_tracker *t, u64 nr)
{
	struct rp_dir *dir = READ_ONCE(t->plane[RP_PLANE_WRITTEN][nr >> RP_DIR_SHIFT]);
	u32 i, longs = RP_PLANT(squeeze_half_full) ? RP_PAGE_LONGS / 2 : RP_PAGE_LONGS;
	unsigned long *page, **slot;

	if (dir == DIR_FULL)
		return NULL;
	slot = &dir->slot[nr & (RP_DIR_SLOTS - 1)];
	page = READ_ONCE(*slot);
	if (page == RP_PAGE_FULL)
		return NULL;
	/*
	 * Each word once: memchr_inv() looks at one that differs again, and takes the
	 * whole page for full when a writer has filled that word meanwhile.
	 */
	for (i = 0; i < longs; i++)
		if (READ_ONCE(page[i]) != ~0UL)
			return NULL;
	WRITE_ONCE(*slot, RP_PAGE_FULL);
	return page;
}

u32 rp_tracker_squeeze(struct rp_tracker *t, rp_page_t *at, unsigned long **full,
		       u32 max)
{
	u64 whole = t->nr_granules >> RP_PAGE_BITS_SHIFT;
	rp_page_t page = *at;
	u32 looked, nr = 0;

	for (looked = 0; looked < RP_SQUEEZE_LOOK && nr < max; looked++) {
		if (!rp_tracker_next_page(t, RP_PLANE_WRITTEN, &page) ||
		    rp_page_nr(page) >= whole) {
			page = rp_page(0);
			break;
		}
		full[nr] = squeeze_page(t, rp_page_nr(page));
		nr += full[nr] != NULL;
		page = rp_page(rp_page_nr(page) + 1);
	}
	*at = page;
	return nr;
}

bool rp_tracker_has_kinds(const struct rp_tracker *t)
{
	rp_page_t z = rp_page(0), d = rp_page(0);

	return rp_tracker_next_page(t, RP_PLANE_ZEROED, &z) ||
	       rp_tracker_next_page(t, RP_PLANE_DISCARDED, &d);
}

void rp_tracker_to_written(struct rp_tracker *t)
{
	absorb_plane(t, RP_PLANE_WRITTEN, t, RP_PLANE_ZEROED);
	absorb_plane(t, RP_PLANE_WRITTEN, t, RP_PLANE_DISCARDED);
}

u64 rp_tracker_nr_pages(const struct rp_tracker *t)
{
	unsigned int p, j;
	u64 i, nr = 0;

	for (p = 0; p < RP_NR_PLANES; p++) {
		for (i = 0; i < nr_dirs(t); i++) {
			struct rp_dir *dir = READ_ONCE(t->plane[p][i]);

			if (!dir || dir == DIR_FULL)
				continue;
			for (j = 0; j < RP_DIR_SLOTS; j++) {
				unsigned long *page = READ_ONCE(dir->slot[j]);

				nr += page && page != RP_PAGE_FULL;
			}
		}
	}
	return nr;
}

bool rp_tracker_next_page(const struct rp_tracker *t, enum rp_plane plane,
			  rp_page_t *page)
{
	u64 nr = rp_page_nr(*page);

	while (nr < t->nr_pages) {
		struct rp_dir *dir = READ_ONCE(t->plane[plane][nr >> RP_DIR_SHIFT]);

		if (!dir) {
			nr = (nr | (RP_DIR_SLOTS - 1)) + 1;
			continue;
		}
		if (dir == DIR_FULL ||
		    READ_ONCE(dir->slot[nr & (RP_DIR_SLOTS - 1)])) {
			*page = rp_page(nr);
			return true;
		}
		nr++;
	}
	return false;
}
