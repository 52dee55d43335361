/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port.h - what the pure core needs of its surroundings
 *
 * Everything in kmod/core compiles in the kernel and in user space, where
 * tools format and tests simulate power cuts with the very same code. This is
 * the only file there that knows which of the two it is in. In user space one
 * thread runs the core; RCU and locks of the kernel have no counterpart.
 */
#ifndef RP_PORT_H
#define RP_PORT_H

#ifdef __KERNEL__

#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/crc32c.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uuid.h>

#define rp_zalloc(size)		kvzalloc(size, GFP_NOIO)
#define rp_calloc(n, size)	kvcalloc(n, size, GFP_NOIO)
#define rp_free(p)		kvfree(p)

/* A short lock of one object; taken in process context only. */
typedef spinlock_t rp_lock_t;

#define rp_lock_init(l)		spin_lock_init(l)
#define rp_lock(l)		spin_lock(l)
#define rp_unlock(l)		spin_unlock(l)

/* How many have an object that several volumes may share. */
typedef refcount_t rp_refs_t;

#define rp_refs_init(r)		refcount_set(r, 1)
#define rp_refs_get(r)		refcount_inc(r)
/* Was it the last one? */
#define rp_refs_put(r)		refcount_dec_and_test(r)

#else /* user space */

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>

#include "port_user.h"

typedef struct { char none; } rp_lock_t;

#define rp_lock_init(l)		((void)(l))
#define rp_lock(l)		((void)(l))
#define rp_unlock(l)		((void)(l))

typedef unsigned int rp_refs_t;

#define rp_refs_init(r)		(*(r) = 1)
#define rp_refs_get(r)		__atomic_add_fetch(r, 1, __ATOMIC_RELAXED)
#define rp_refs_put(r)		(!__atomic_sub_fetch(r, 1, __ATOMIC_ACQ_REL))

#endif

/*
 * A fault that a test plants to see that it is caught (selftests/planted); never
 * there but in such tests.
 */
#ifdef RP_PLANTS
extern const char *rp_planted;
#define RP_PLANT(name)	(unlikely(rp_planted) && !strcmp(rp_planted, #name))
#else
#define RP_PLANT(name)	((void)#name, false)
#endif

/* One page of a bitmap, zeroed; never from the write path. */
void *rp_page_alloc(void);
/* The same from the write path: does not sleep, tries a reserve, may fail. */
void *rp_page_alloc_nowait(void);
void rp_page_free(void *page);

#endif /* RP_PORT_H */
