/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point_create.h - the checks before a point is made (point_args.c)
 */
#ifndef RP_POINT_CREATE_H
#define RP_POINT_CREATE_H

#include "point.h"

/* Type, then settings, in the order of the documentation. */
void rp_point_check_args(const struct rp_point_args *args,
			 struct rp_result *res);

/*
 * Does the registry answer for @id already (idempotence)? If so @res says DONE
 * or why not, and *@running is the job that is at it, RP_POINT_JOB_COMING for
 * one that has no id yet. Under rp_points_lock.
 */
#define RP_POINT_JOB_COMING	U64_MAX

bool rp_point_answer(const struct rp_point_args *args, const uuid_t *id,
		     u64 *running, struct rp_result *res);

/*
 * Collection, then members: all that is known of the point before it is cut. To
 * be released, on failure too. Return: 0 and @res, -ENOMEM.
 */
int rp_point_fill_record(const struct rp_point_args *args,
			 struct rp_point_record *rec, struct rp_result *res);

/* @err of rp_job_start() as a result. Return: 0 or @err. */
int rp_point_refuse_job(int err, struct rp_result *res);

#endif /* RP_POINT_CREATE_H */
