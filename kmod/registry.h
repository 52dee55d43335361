/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * registry.h - the volumes of this host, and who holds which identity (I10)
 */
#ifndef RP_REGISTRY_H
#define RP_REGISTRY_H

#include "volume.h"

/* A volume exists once its table does; invisible until it was active once. */
int rp_registry_add(struct rp_volume *vol, struct rp_why *why);
void rp_registry_remove(struct rp_volume *vol);

/*
 * Hold UUID, metadata device and origin against every other volume. -EBUSY, the
 * reason in @why. Another table of the same dm device does not hold them any
 * more by then, since it was suspended.
 */
int rp_registry_hold(struct rp_volume *vol, struct rp_why *why);
void rp_registry_let_go(struct rp_volume *vol);

/*
 * What the active volume on the metadata device of @vol says in its last commit.
 * Return: whether there is one.
 */
bool rp_registry_info(struct rp_volume *vol, struct rp_md_info *info);

/*
 * At activation: the table before @vol may have committed since the constructor of
 * @vol looked. What it knew last becomes vol->info, should the metadata not tell.
 */
void rp_registry_catch_up(struct rp_volume *vol);

#endif /* RP_REGISTRY_H */
