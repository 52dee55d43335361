/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h - pages for bitmaps, with a reserve for the write path (O7)
 */
#ifndef RP_KPAGE_H
#define RP_KPAGE_H

int rp_page_init(void);
void rp_page_exit(void);

#endif /* RP_KPAGE_H */
