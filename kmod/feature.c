// SPDX-License-Identifier: GPL-2.0-only
/*
 * feature.c - the features of a table line
 *
 *   degraded_ok	a table whose metadata cannot be used passes I/O through, with a
 *		sticky gap, instead of being refused
 *   fail_stop	where tracking has failed writes fail, instead of passing untracked
 *   hold <s>	for so many seconds a failure is held, and tried again
 */
#include "feature.h"
#include "hold.h"

static int parse_hold(struct dm_arg_set *as, unsigned int *argc, unsigned int *hold,
		      char **error)
{
	static const struct dm_arg args[] = {
		{1, RP_HOLD_MAX, "hold takes 1 to 3600 seconds"},
	};

	if (!*argc) {
		*error = "hold takes a number of seconds";
		return -EINVAL;
	}
	--*argc;
	return dm_read_arg(args, as, hold, error);
}

int rp_feature_parse(struct rp_features *f, struct dm_arg_set *as, char **error)
{
	static const struct dm_arg args[] = {
		{0, 4, "Invalid number of features"},
	};
	unsigned int argc;
	const char *name;
	int r;

	if (!as->argc)
		return 0;
	r = dm_read_arg_group(args, as, &argc, error);
	if (r)
		return r;
	while (argc--) {
		name = dm_shift_arg(as);
		if (!strcasecmp(name, "degraded_ok")) {
			f->degraded_ok = true;
		} else if (!strcasecmp(name, "fail_stop")) {
			f->fail_stop = true;
		} else if (!strcasecmp(name, "hold")) {
			r = parse_hold(as, &argc, &f->hold, error);
			if (r)
				return r;
		} else {
			*error = "Unknown feature (degraded_ok, fail_stop and hold are known)";
			return -EINVAL;
		}
	}
	if (f->degraded_ok && f->fail_stop) {
		*error = "degraded_ok and fail_stop contradict each other";
		return -EINVAL;
	}
	if (as->argc) {
		*error = "Arguments after the features";
		return -EINVAL;
	}
	return 0;
}

size_t rp_feature_emit(const struct rp_features *f, char *result, size_t maxlen)
{
	unsigned int nr = f->degraded_ok + f->fail_stop + 2 * !!f->hold;
	size_t sz = 0;

	if (nr)
		DMEMIT(" %u", nr);
	if (f->degraded_ok)
		DMEMIT(" degraded_ok");
	if (f->fail_stop)
		DMEMIT(" fail_stop");
	if (f->hold)
		DMEMIT(" hold %u", f->hold);
	return sz;
}
