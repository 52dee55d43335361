// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_claim.c - the claims of a point's members while it is being made (I7)
 *
 * See the head of point_make.c for when they are lent, and why.
 */
#include "point_make.h"

int rp_making_enter(struct rp_point_making *m, unsigned int i)
{
	int err = rp_volume_enter(m->vol[i], true);

	if (err)
		return err;
	/* Its ids that are used up may not be known: no new one takes such a place. */
	if (READ_ONCE(m->vol[i]->unread)) {
		rp_volume_exit(m->vol[i]);
		return -EALREADY;
	}
	m->entered[i] = true;
	return 0;
}

void rp_making_leave(struct rp_point_making *m, unsigned int i)
{
	if (m->entered[i])
		rp_volume_exit(m->vol[i]);
	m->entered[i] = false;
}

void rp_making_lend(struct rp_point_making *m, unsigned int i)
{
	rp_making_leave(m, i);
	m->claim[i] = RP_MAKING_LENT;
	rp_volume_lend(m->vol[i], m);
}

bool rp_making_take_back(struct rp_point_making *m, unsigned int i,
			 unsigned long timeout)
{
	if (m->claim[i] == RP_MAKING_LENT)
		m->claim[i] = rp_volume_take_back(m->vol[i], m, timeout) ?
				      RP_MAKING_HELD : RP_MAKING_TAKEN;
	return m->claim[i] == RP_MAKING_HELD;
}

void rp_making_release(struct rp_point_making *m, unsigned int i)
{
	if (!rp_making_take_back(m, i, 0))
		return;
	m->claim[i] = RP_MAKING_TAKEN;
	rp_volumes_release(&m->vol[i], 1);
}

void rp_making_release_all(struct rp_point_making *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		rp_making_release(m, i);
}

bool rp_making_all_left(const struct rp_point_making *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->claim[i] != RP_MAKING_TAKEN)
			return false;
	return true;
}
