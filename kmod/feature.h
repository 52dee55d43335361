/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * feature.h - the features of a table line
 */
#ifndef RP_FEATURE_H
#define RP_FEATURE_H

#include <linux/device-mapper.h>

/**
 * struct rp_features - what was given
 * @degraded_ok: the feature was
 * @fail_stop: likewise
 * @hold: seconds, 0 without it
 */
struct rp_features {
	bool degraded_ok;
	bool fail_stop;
	unsigned int hold;
};

/* Takes all that is left of @as. -EINVAL, with what is wrong in *@error. */
int rp_feature_parse(struct rp_features *f, struct dm_arg_set *as, char **error);
/* As in the table line, with a blank before it. Return: characters written. */
size_t rp_feature_emit(const struct rp_features *f, char *result, size_t maxlen);

#endif /* RP_FEATURE_H */
