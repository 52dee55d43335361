/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * target.h - the device-mapper target
 */
#ifndef RP_TARGET_H
#define RP_TARGET_H

int rp_target_init(void);
void rp_target_exit(void);

#endif /* RP_TARGET_H */
