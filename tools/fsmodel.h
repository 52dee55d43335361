/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsmodel.h - what is on a metadata device as JSON
 */
#ifndef FSMODEL_H
#define FSMODEL_H

#include <json-c/json.h>

struct fsck;
struct fsck_plan;

/* [{"severity", "where", "what"}] */
json_object *fsmodel_findings(const struct fsck *f);
/* [{"loss", "text"}] */
json_object *fsmodel_steps(const struct fsck_plan *plan);
/* All of it, as far as it can be read. NULL: out of memory. */
json_object *fsmodel_dump(struct fsck *f);

#endif /* FSMODEL_H */
