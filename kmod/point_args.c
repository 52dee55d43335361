// SPDX-License-Identifier: GPL-2.0-only
/*
 * point_args.c - what CreateReferencePoint was asked, checked
 *
 * In this order, so that a caller can rely on which error comes first: type,
 * settings, id, collection, members.
 */
#include <linux/bsearch.h>

#include "collection.h"
#include "point_create.h"
#include "point_registry.h"

static void check_type(u16 type, struct rp_result *res)
{
	if (type == REFPOINT_TYPE_RCT)
		return;
	if (type == REFPOINT_TYPE_LOG)
		rp_result_set(res, REFPOINT_RV_INVALID_STATE,
			      REFPOINT_REASON_NO_LOG, NULL,
			      "no member keeps the log that a point of type 1 needs");
	else if (type >= REFPOINT_TYPE_VENDOR)
		rp_result_set(res, REFPOINT_RV_NOT_SUPPORTED,
			      REFPOINT_REASON_TYPE_NOT_SERVED, NULL,
			      "nothing here serves the vendor's type %u", type);
	else
		rp_result_set(res, REFPOINT_RV_INVALID_TYPE,
			      REFPOINT_REASON_TYPE_INVALID, NULL,
			      "%u is no type of a reference point", type);
}

static void check_settings(const struct rp_point_args *args,
			   struct rp_result *res)
{
	if (args->consistency > REFPOINT_CONSISTENCY_FILESYSTEM)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_SETTINGS_INVALID, NULL,
			      "%u is no consistency level", args->consistency);
	else if (args->deadline_ms > REFPOINT_DEADLINE_MAX_MS)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_SETTINGS_INVALID, NULL,
			      "a deadline is at most %u ms",
			      REFPOINT_DEADLINE_MAX_MS);
	else if (args->vendor_len)
		/* They would be ignored, and silence is no answer to settings. */
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_SETTINGS_INVALID, NULL,
			      "type %u has no vendor settings", args->type);
	else if (args->nr_only && args->nr_except)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_SETTINGS_INVALID, NULL,
			      "either only some members or all except some, not both");
	else if (args->require &&
		 (args->consistency == REFPOINT_CONSISTENCY_APPLICATION ||
		  args->consistency == REFPOINT_CONSISTENCY_FILESYSTEM))
		rp_result_set(res, REFPOINT_RV_NOT_SUPPORTED,
			      REFPOINT_REASON_LEVEL_NOT_SERVED, NULL,
			      "this host cannot give %s consistency",
			      args->consistency == REFPOINT_CONSISTENCY_APPLICATION ?
			      "application" : "filesystem");
}

void rp_point_check_args(const struct rp_point_args *args,
			 struct rp_result *res)
{
	check_type(args->type, res);
	if (!res->value)
		check_settings(args, res);
}

static void take_selection(const struct rp_point_args *args,
			   struct rp_point_record *rec)
{
	const uuid_t *list = args->nr_only ? args->only : args->except;
	unsigned int i;

	rec->selection = args->nr_only ? RP_SELECT_ONLY :
			 args->nr_except ? RP_SELECT_EXCEPT : RP_SELECT_ALL;
	for (i = 0; i < args->nr_only + args->nr_except; i++)
		rec->selection_hash =
			rp_selection_hash_add(rec->selection_hash, list[i].b);
}

/* Would @args make the point of @rec? All arguments count. */
static bool same_args(const struct rp_point_args *args,
		      const struct rp_point_record *rec)
{
	struct rp_point_record sel = { .nr_members = 0 };

	take_selection(args, &sel);
	if (args->has_collection ?
	    memcmp(rec->collection, &args->collection, 16) :
	    strcmp(rec->collection_name, args->collection_name))
		return false;
	if (args->has_cut_id && memcmp(rec->cut_id, &args->cut_id, 16))
		return false;
	return rec->type == args->type &&
	       rec->consistency == args->consistency &&
	       rec->require == args->require &&
	       rec->deadline_ms == args->deadline_ms &&
	       rec->has_cut_id == args->has_cut_id &&
	       rec->tag_len == args->tag_len &&
	       !memcmp(rec->tag, args->tag, args->tag_len) &&
	       rec->vendor_len == args->vendor_len &&
	       rec->selection == sel.selection &&
	       rec->selection_hash == sel.selection_hash &&
	       !strcmp(rec->owner, args->owner) &&
	       !strcmp(rec->label, args->label);
}

bool rp_point_answer(const struct rp_point_args *args, const uuid_t *id,
		     u64 *running, struct rp_result *res)
{
	struct rp_tombstone t;
	struct rp_point *p;

	lockdep_assert_held(&rp_points_lock);
	if (rp_tombstone_find(id, &t)) {
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_ID_USED_UP, NULL,
			      t.state == RP_TOMBSTONE_VOID ?
			      "the id %pUb was used by a point that is void" :
			      "the id %pUb was used by something that was destroyed",
			      id);
		return true;
	}
	p = rp_point_find(id);
	if (!p)
		return false;
	if (!same_args(args, &p->rec)) {
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_ID_IN_USE, NULL,
			      "the id %pUb is in use by a point made with other arguments",
			      id);
		return true;
	}
	if (p->phase == RP_POINT_CREATING) {
		*running = p->job ?: RP_POINT_JOB_COMING;
		return true;
	}
	if (p->phase == RP_POINT_DESTROYING) {
		rp_result_set(res, REFPOINT_RV_INVALID_STATE, REFPOINT_REASON_BUSY,
			      NULL, "point %pUb is being destroyed", id);
		return true;
	}
	switch (rp_point_state(p)) {
	case REFPOINT_POINT_IN_DOUBT:
		rp_result_set(res, REFPOINT_RV_FAILED, REFPOINT_REASON_IN_DOUBT,
			      NULL, "point %pUb is in doubt", id);
		break;
	/* By the words of its members, of which none was told so yet. */
	case REFPOINT_POINT_VOID:
	case REFPOINT_POINT_DESTROYED:
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_ID_USED_UP, NULL,
			      "the id %pUb was used by a point that has ended", id);
		break;
	default:
		break;
	}
	return true;
}

static int cmp_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(uuid_t));
}

/* Mark in @named the members that only or except name. */
static void mark_named(const struct rp_point_args *args, const uuid_t *members,
		       unsigned int nr, bool *named, struct rp_result *res)
{
	const uuid_t *list = args->nr_only ? args->only : args->except;
	unsigned int i;

	for (i = 0; i < args->nr_only + args->nr_except; i++) {
		const uuid_t *found = bsearch(&list[i], members, nr,
					      sizeof(*members), cmp_id);

		if (!found) {
			rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
				      REFPOINT_REASON_NOT_A_MEMBER, &list[i],
				      "volume %pUb is not a member", &list[i]);
			return;
		}
		named[found - members] = true;
	}
}

static int select_members(const struct rp_point_args *args,
			  const uuid_t *members, unsigned int nr,
			  struct rp_point_record *rec, struct rp_result *res)
{
	bool *named;
	unsigned int i;
	int err = 0;

	named = rp_calloc(nr, sizeof(*named));
	if (!named)
		return -ENOMEM;
	mark_named(args, members, nr, named, res);
	if (res->value)
		goto out;
	rec->members = rp_calloc(nr, sizeof(*rec->members));
	if (!rec->members) {
		err = -ENOMEM;
		goto out;
	}
	for (i = 0; i < nr; i++)
		if (!named[i] == (rec->selection != RP_SELECT_ONLY))
			memcpy(rec->members[rec->nr_members++].volume,
			       &members[i], 16);
	if (!rec->nr_members)
		rp_result_set(res, REFPOINT_RV_INVALID_PARAMETER,
			      REFPOINT_REASON_NO_MEMBERS, NULL,
			      "no member is left to cut over");
out:
	rp_free(named);
	return err;
}

int rp_point_fill_record(const struct rp_point_args *args,
			 struct rp_point_record *rec, struct rp_result *res)
{
	struct rp_collection_key key = {
		.id = args->has_collection ? &args->collection : NULL,
		.name = args->collection_name,
	};
	struct rp_collection_info info;
	uuid_t *members;
	int err;

	rec->type = args->type;
	rec->consistency = args->consistency;
	rec->require = args->require;
	rec->has_cut_id = args->has_cut_id;
	rec->deadline_ms = args->deadline_ms;
	if (args->has_cut_id)
		memcpy(rec->cut_id, &args->cut_id, 16);
	rec->tag_len = args->tag_len;
	memcpy(rec->tag, args->tag, args->tag_len);
	strscpy(rec->owner, args->owner, sizeof(rec->owner));
	strscpy(rec->label, args->label, sizeof(rec->label));
	take_selection(args, rec);

	err = rp_collection_find(&key, &info, &members, res);
	if (err || res->value)
		return err;
	memcpy(rec->collection, &info.id, 16);
	rec->membership = info.version;
	strscpy(rec->collection_name, info.name, sizeof(rec->collection_name));
	err = select_members(args, members, info.nr_members, rec, res);
	rp_free(members);
	return err;
}

int rp_point_refuse_job(int err, struct rp_result *res)
{
	switch (err) {
	case -ESHUTDOWN:
		return rp_result_set(res, REFPOINT_RV_INVALID_STATE,
				     REFPOINT_REASON_UNLOADING, NULL,
				     "the module is being unloaded");
	case -EBUSY:
		return rp_result_set(res, REFPOINT_RV_FAILED,
				     REFPOINT_REASON_BUSY, NULL,
				     "too many jobs are at work");
	default:
		return err;
	}
}
