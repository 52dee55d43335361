/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * generation.h - a word about a volume from elsewhere: a new history, a range changed
 */
#ifndef RP_GENERATION_H
#define RP_GENERATION_H

#include "volume.h"

/*
 * NewGeneration: end the volume's history. Points cut before it can be no
 * baseline any more; they stay, and answer with REASON_OTHER_GENERATION. @why
 * goes to the event. Return: 0 with the outcome in @res and, if that is DONE, the
 * new history's UUID in @generation; -EINTR.
 */
int rp_volume_new_generation(struct rp_volume *vol, const char *why,
			     u8 generation[16], struct rp_result *res);

/*
 * What others know shows that the metadata are older than they should be (I10): a
 * copy was put in their place. A new history begins, with a number beyond
 * @beyond, and a gap in the old one says why. Claimed and entered, and in doubt
 * (doubt.h) already; the new history ends that. Where it cannot be written the
 * volume fails. Return: 0, -EAGAIN (it is being suspended) or
 * -errno.
 */
int rp_volume_restart(struct rp_volume *vol, rp_seq_t beyond, const char *why);

/*
 * MarkChanged: somebody wrote behind the target's back. Bytes, rounded outwards
 * to granules (I9). Return: 0 with the outcome in @res; -EINTR.
 */
int rp_volume_mark_changed(struct rp_volume *vol, u64 start, u64 length,
			   const char *why, struct rp_result *res);

#endif /* RP_GENERATION_H */
