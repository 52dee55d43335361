// SPDX-License-Identifier: GPL-2.0-only
/*
 * page.c - pages for bitmaps
 *
 * The write path may serve swap: it must not wait for memory that only it can
 * free. It tries the allocator without waiting, then a reserve shared by all
 * volumes; when both are empty the caller counts a whole page as dirty (O7).
 */
#include <linux/gfp.h>
#include <linux/mempool.h>

#include "core/port.h"
#include "page.h"

/* Enough for every CPU to cross a page boundary of several volumes at once. */
#define RP_PAGE_RESERVE	64

static mempool_t page_reserve;

void *rp_page_alloc(void)
{
	return (void *)get_zeroed_page(GFP_NOIO);
}

void *rp_page_alloc_nowait(void)
{
	struct page *page = mempool_alloc(&page_reserve,
					  GFP_NOWAIT | __GFP_NOWARN);
	void *data;

	if (!page)
		return NULL;
	data = page_address(page);
	clear_page(data);
	return data;
}

/* From either source: the reserve fills up first. */
void rp_page_free(void *data)
{
	if (data)
		mempool_free(virt_to_page(data), &page_reserve);
}

int rp_page_init(void)
{
	return mempool_init_page_pool(&page_reserve, RP_PAGE_RESERVE, 0);
}

void rp_page_exit(void)
{
	mempool_exit(&page_reserve);
}
