/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * checkpoint.h - make the open interval's bits durable, take back armed regions
 *
 * It bounds what a crash over-reports (I8) to the regions written since the
 * last one. Runs a while after a region was armed, never on an idle volume.
 */
#ifndef RP_CHECKPOINT_H
#define RP_CHECKPOINT_H

#include "volume.h"

/* jiffies between arming and the checkpoint */
unsigned long rp_checkpoint_delay(void);

void rp_checkpoint_work(struct work_struct *work);

/* A checkpoint after a while, if there is anything to take back; entered */
void rp_checkpoint_later(struct rp_volume *vol);

/*
 * One checkpoint as soon as the volume can be claimed. -ETIMEDOUT (also: writes in
 * flight), -EAGAIN (it is being suspended), -EINTR, and as rp_volume_enter()
 */
int rp_checkpoint_wait(struct rp_volume *vol, unsigned long deadline);

/* One checkpoint now; claimed and entered. 0, -ETIMEDOUT (writes in flight), -errno */
int rp_checkpoint(struct rp_volume *vol);

#endif /* RP_CHECKPOINT_H */
