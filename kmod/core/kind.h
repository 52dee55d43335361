/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kind.h - what happened to a granule, and how two kinds combine
 *
 * I13: within an interval written is sticky; over several intervals the later
 * kind stands. The same bits are REFPOINT_KIND_* on the wire.
 */
#ifndef RP_KIND_H
#define RP_KIND_H

#include "port.h"

enum rp_plane {
	RP_PLANE_WRITTEN,
	RP_PLANE_ZEROED,
	RP_PLANE_DISCARDED,
	RP_NR_PLANES,
};

#define RP_KIND_NONE		0U
#define RP_KIND_WRITTEN		(1U << RP_PLANE_WRITTEN)
#define RP_KIND_ZEROED		(1U << RP_PLANE_ZEROED)
#define RP_KIND_DISCARDED	(1U << RP_PLANE_DISCARDED)
#define RP_KIND_UNKNOWN		(1U << 3)	/* never in a bitmap: gaps */

/* The kind of one granule of one interval from its bits in the planes. */
static inline unsigned int rp_kind_of_planes(bool written, bool zeroed,
					     bool discarded)
{
	if (written)
		return RP_KIND_WRITTEN;
	/* Both: their order is not known, so vouch for neither. */
	if (zeroed && discarded)
		return RP_KIND_WRITTEN;
	if (zeroed)
		return RP_KIND_ZEROED;
	return discarded ? RP_KIND_DISCARDED : RP_KIND_NONE;
}

#endif /* RP_KIND_H */
