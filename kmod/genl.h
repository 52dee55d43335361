/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * genl.h - the table of operations, for netlink.c alone
 */
#ifndef RP_GENL_H
#define RP_GENL_H

#include <net/genetlink.h>

#define RP_GENL_NR_OPS	16

extern const struct genl_ops rp_genl_ops[RP_GENL_NR_OPS];

#endif /* RP_GENL_H */
