// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint point: list, show, destroy, remove-data; cmd_point_create.c has the
 * rest.
 */
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "cmd_point.h"
#include "exit.h"
#include "output.h"

enum { OWNER = ARG_FIRST, FORCE };

/* ---- model ---------------------------------------------------------------------- */

static void model_members(json_object *o, const struct refpoint_point *p)
{
	json_object *members = put_array(o, "members"), *m;
	const struct refpoint_member *member;

	for (member = refpoint_point_members(p); member;
	     member = refpoint_member_next(member)) {
		m = json_object_new_object();
		put_uuid(m, "id", refpoint_member_volume(member));
		put_str_or_null(m, "name", refpoint_member_name(member));
		put_str_or_null(m, "handle", refpoint_member_handle(member));
		put_str(m, "state",
			refpoint_point_state_name(refpoint_member_state(member)));
		put_str(m, "consistency",
			refpoint_consistency_name(refpoint_member_consistency(member)));
		json_object_array_add(members, m);
	}
	put_u64(o, "member_count", json_object_array_length(members));
}

/* What was asked for, and what all members have got; null: nothing, and not yet. */
static void model_consistency(json_object *o, const struct refpoint_point *p)
{
	const struct refpoint_member *member = refpoint_point_members(p);
	uint32_t asked = refpoint_point_consistency(p), achieved;
	bool same = member;

	achieved = member ? refpoint_member_consistency(member) : 0;
	for (; member; member = refpoint_member_next(member))
		if (refpoint_member_consistency(member) != achieved)
			same = false;
	put_str_or_null(o, "consistency_asked",
			asked ? refpoint_consistency_name(asked) : NULL);
	put_str_or_null(o, "consistency_achieved", !same ? NULL :
			achieved ? refpoint_consistency_name(achieved) : NULL);
}

static json_object *model_point(const struct refpoint_point *p)
{
	json_object *o = json_object_new_object();
	const void *data;
	size_t size;

	put_uuid(o, "id", refpoint_point_id(p));
	put_str(o, "state", refpoint_point_state_name(refpoint_point_state(p)));
	put_u64(o, "type", refpoint_point_type(p));
	put_str(o, "type_name", refpoint_type_name(refpoint_point_type(p)));
	put_time(o, "time", refpoint_point_time(p));
	put_str(o, "owner", refpoint_point_owner(p));
	put_str(o, "label", refpoint_point_label(p));
	put_uuid(o, "collection", refpoint_point_collection(p));
	put_str_or_null(o, "collection_name",
			refpoint_point_collection_name(p));
	put_u64(o, "membership_version", refpoint_point_version(p));
	model_consistency(o, p);
	put_bool(o, "require", refpoint_point_require(p));
	put_u64(o, "deadline_ms", refpoint_point_deadline(p));
	put_uuid(o, "cut_id", refpoint_point_cut_id(p));
	data = refpoint_point_tag(p, &size);
	put_hex(o, "tag", data, size);
	data = refpoint_point_vendor(p, &size);
	put_hex(o, "vendor", data, size);
	put_bool(o, "has_associated_data",
		 refpoint_point_has_associated_data(p));
	put_id(o, "job", refpoint_point_job(p));
	put_str_or_null(o, "reason", refpoint_point_reason(p) ?
			refpoint_reason_name(refpoint_point_reason(p)) : NULL);
	put_str_or_null(o, "message", refpoint_point_message(p));
	model_members(o, p);
	return o;
}

/* ---- list, show --------------------------------------------------------------------- */

static const char *arg_owner(const struct tool *t, const char *text)
{
	arg_limit(t, "--owner", text, REFPOINT_OWNER_MAX);
	return text;
}

/*
 * Nothing was listed: is the name wrong? A collection that is gone is still one
 * whose points are there, also when they are not those of --owner.
 */
static int check_collection(struct tool *t, const char *collection)
{
	struct refpoint_collection *c = NULL;
	struct refpoint_point *points = NULL;
	bool known;
	int err;

	err = refpoint_point_list(t->ctx, collection, NULL, &points, t->result);
	known = points;
	refpoint_point_free(points);
	if (err || known)
		return tool_check(t, err, collection);
	err = refpoint_collection_get(t->ctx, collection, &c, t->result);
	refpoint_collection_free(c);
	return tool_check(t, err, collection);
}

static const char *string_of(const void *entry, const char *key)
{
	json_object *const *o = entry;
	const char *s = json_object_get_string(json_object_object_get(*o, key));

	return s ? s : "";
}

/* The oldest first. A time is a string that sorts like it. */
static int by_time(const void *a, const void *b)
{
	int r = strcmp(string_of(a, "time"), string_of(b, "time"));

	return r ? r : strcmp(string_of(a, "id"), string_of(b, "id"));
}

static int point_list(struct tool *t, int argc, char **argv)
{
	static const struct option options[] = {
		{ "owner", required_argument, NULL, OWNER },
		ARGS_COMMON
	};
	static const struct field columns[] = {
		{ "id", "ID", FIELD_TEXT, NULL },
		{ "state", "STATE", FIELD_TEXT, NULL },
		{ "type_name", "TYPE", FIELD_TEXT, NULL },
		{ "time", "TIME", FIELD_TEXT, NULL },
		{ "collection_name", "COLLECTION", FIELD_TEXT, NULL },
		{ "member_count", "MEMBERS", FIELD_TEXT, NULL },
		{ "owner", "OWNER", FIELD_TEXT, NULL },
		{ "label", "LABEL", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_point *list = NULL;
	const struct refpoint_point *p;
	const char *owner = NULL, *what;
	json_object *model;
	char **rest;
	int status;

	while (args_next(t, argc, argv, options) != -1)
		owner = arg_owner(t, optarg);
	rest = args_rest(t, argc, argv, 0, 1, "");
	if (rest[0])
		arg_name(t, rest[0]);
	status = tool_open(t);
	if (status)
		return status;
	what = rest[0] ? rest[0] : "point list";
	status = tool_check(t, refpoint_point_list(t->ctx, rest[0], owner,
						   &list, t->result), what);
	if (!status && !list && rest[0])
		status = check_collection(t, rest[0]);
	if (status)
		return status;
	model = json_object_new_array();
	for (p = list; p; p = refpoint_point_next(p))
		json_object_array_add(model, model_point(p));
	json_object_array_sort(model, by_time);
	refpoint_point_free(list);
	output_list(t, model, columns);
	return TOOL_DONE;
}

static int point_show(struct tool *t, int argc, char **argv)
{
	static const struct field members[] = {
		{ "id", "VOLUME", FIELD_TEXT, NULL },
		{ "name", "NAME", FIELD_TEXT, NULL },
		{ "state", "STATE", FIELD_TEXT, NULL },
		{ "consistency", "CONSISTENCY", FIELD_TEXT, NULL },
		{ "handle", "HANDLE", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	static const struct field rows[] = {
		{ "id", "Id", FIELD_TEXT, NULL },
		{ "state", "State", FIELD_TEXT, NULL },
		{ "reason", "Reason", FIELD_TEXT, NULL },
		{ "message", "Message", FIELD_TEXT, NULL },
		{ "type_name", "Type", FIELD_TEXT, NULL },
		{ "time", "Time", FIELD_TEXT, NULL },
		{ "collection_name", "Collection", FIELD_TEXT, NULL },
		{ "owner", "Owner", FIELD_TEXT, NULL },
		{ "label", "Label", FIELD_TEXT, NULL },
		{ "consistency_asked", "Consistency asked", FIELD_TEXT, NULL },
		{ "consistency_achieved", "Consistency achieved", FIELD_TEXT,
		  NULL },
		{ "cut_id", "Cut id", FIELD_TEXT, NULL },
		{ "tag", "Tag", FIELD_TEXT, NULL },
		{ "job", "Job", FIELD_TEXT, NULL },
		{ "members", "Members", FIELD_LIST, members },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_point *p = NULL;
	struct refpoint_uuid id;
	char **rest;
	int status;

	rest = args_only(t, argc, argv, 1, 1, "the point's id");
	arg_uuid(t, "point", rest[0], &id);
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_point_get(t->ctx, &id, &p, t->result),
			    rest[0]);
	if (status)
		return status;
	output_object(t, model_point(p), rows);
	refpoint_point_free(p);
	return TOOL_DONE;
}

/* ---- destroy, remove-data -------------------------------------------------------------- */

typedef int end_fn(struct refpoint_ctx *ctx, const struct refpoint_uuid *id,
		   const char *owner, unsigned int flags, uint32_t wait_ms,
		   uint64_t *job, struct refpoint_result *result);

/* One line for each id, on either stream: no id is left without a word. */
static int end_one(struct tool *t, const char *text, const char *owner,
		   unsigned int flags, end_fn *end, json_object *model)
{
	const char *done = end == refpoint_point_destroy ? "destroyed" :
							    "data removed";
	struct refpoint_uuid id;
	uint64_t job = 0;
	json_object *o;
	int status;

	refpoint_uuid_parse(text, &id);
	status = tool_check(t, end(t->ctx, &id, owner, flags, POINT_WAIT_MS, &job,
				   t->result), text);
	if (!status &&
	    refpoint_result_value(t->result) == REFPOINT_RV_JOB_STARTED)
		status = tool_wait_job(t, job, -1, text);
	if (!status && !t->json) {
		printf("%s %s\n", text, done);
		fflush(stdout);
	}
	o = model_result(t);
	put_uuid(o, "id", &id);
	put_id(o, "job", job);
	if (status)
		put_str(o, "message", refpoint_result_message(t->result));
	json_object_array_add(model, o);
	return status;
}

/* All of them are tried; the first failure decides on the exit status. */
static int point_end(struct tool *t, int argc, char **argv, end_fn *end)
{
	static const struct option options[] = {
		{ "force", no_argument, NULL, FORCE },
		{ "owner", required_argument, NULL, OWNER },
		ARGS_COMMON
	};
	const char *owner = arg_owner_default(t);
	unsigned int flags = 0;
	struct refpoint_uuid id;
	json_object *model;
	int status, first = TOOL_DONE, c;
	char **rest;

	while ((c = args_next(t, argc, argv, options)) != -1) {
		if (c == FORCE)
			flags |= REFPOINT_FORCE;
		else
			owner = arg_owner(t, optarg);
	}
	rest = args_rest(t, argc, argv, 1, 0, "the point's id");
	for (c = 0; rest[c]; c++)
		arg_uuid(t, "point", rest[c], &id);
	status = tool_open(t);
	if (status)
		return status;
	model = json_object_new_array();
	for (c = 0; rest[c]; c++) {
		status = end_one(t, rest[c], owner, flags, end, model);
		if (!first)
			first = status;
	}
	output_json_only(t, model);
	return first;
}

static int point_destroy(struct tool *t, int argc, char **argv)
{
	return point_end(t, argc, argv, refpoint_point_destroy);
}

static int point_remove_data(struct tool *t, int argc, char **argv)
{
	return point_end(t, argc, argv, refpoint_point_remove_associated_data);
}

const struct command point_commands[] = {
	{ "point", "create", "COLLECTION [OPTION...]",
	  "Cut a reference point over a collection; print its id.",
	  "  --type TYPE         rct (the default), log, or a number\n"
	  "  --id UUID           give it this id; makes a repetition harmless\n"
	  "  --only VOLUME...    cut over these members alone\n"
	  "  --except VOLUME...  cut over all members but these\n"
	  "  --label TEXT        kept with the point\n"
	  "  --owner TEXT        kept with the point; default: REFPOINT_OWNER\n"
	  "  --no-wait           do not wait for the job; print the id and the job's id\n"
	  "  --consistency LEVEL application, crash, group-crash, filesystem\n"
	  "  --require           fail when a member cannot give that level\n"
	  "  --deadline SECONDS  give up then; default: 30\n"
	  "  --cut-id UUID       the caller's name for the cut\n"
	  "  --tag TEXT          up to 64 bytes kept with the point\n"
	  "  --vendor FILE       a vendor's settings, up to 4096 bytes\n",
	  point_create },
	{ "point", "list", "[COLLECTION] [--owner TEXT]",
	  "List reference points.",
	  "  --owner TEXT        those of this owner only\n", point_list },
	{ "point", "show", "ID", "Show a reference point and its members.",
	  NULL, point_show },
	{ "point", "destroy", "ID... [--force] [--owner TEXT]",
	  "Destroy reference points; all others keep answering.",
	  "  --force             although another owns it\n"
	  "  --owner TEXT        who is asking; default: REFPOINT_OWNER\n",
	  point_destroy },
	{ "point", "remove-data", "ID... [--force] [--owner TEXT]",
	  "Remove the data associated with reference points, which stay.",
	  "  --force             although another owns it\n"
	  "  --owner TEXT        who is asking; default: REFPOINT_OWNER\n",
	  point_remove_data },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
