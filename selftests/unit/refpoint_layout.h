/* SPDX-License-Identifier: GPL-2.0-only */
/* refpoint_layout.h - what the core says is what the wire says */
#ifndef RP_REFPOINT_LAYOUT_H
#define RP_REFPOINT_LAYOUT_H

#include "linux/refpoint.h"

#define SAME(a, b) _Static_assert((a) == (b), #a " is " #b)

SAME(sizeof(struct rp_extent), sizeof(struct refpoint_extent));
SAME(offsetof(struct rp_extent, offset), offsetof(struct refpoint_extent, offset));
SAME(offsetof(struct rp_extent, length), offsetof(struct refpoint_extent, length));
SAME(offsetof(struct rp_extent, kinds), offsetof(struct refpoint_extent, kinds));
SAME(RP_KIND_WRITTEN, REFPOINT_KIND_WRITTEN);
SAME(RP_KIND_ZEROED, REFPOINT_KIND_ZEROED);
SAME(RP_KIND_DISCARDED, REFPOINT_KIND_DISCARDED);
SAME(RP_KIND_UNKNOWN, REFPOINT_KIND_UNKNOWN);

#endif /* RP_REFPOINT_LAYOUT_H */
