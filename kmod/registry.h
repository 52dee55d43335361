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

/**
 * struct rp_bypass - a degraded table that is live
 * @node: in the registry's list, or empty
 * @ti: its target
 * @dev: its origin, which it writes past all tracking
 */
struct rp_bypass {
	struct list_head node;
	struct dm_target *ti;
	dev_t dev;
};

/*
 * A degraded table and a volume of another dm device that uses its origin are never
 * both active: the volume would not know what is written past it (I1). -EBUSY, the
 * reason in @why. The end may be told more than once.
 */
int rp_registry_bypass(struct rp_bypass *b, struct dm_target *ti, dev_t origin,
		       struct rp_why *why);
void rp_registry_bypass_end(struct rp_bypass *b);

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
