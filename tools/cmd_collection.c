// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint collection: create, destroy, rename, add-member, remove-member,
 * list, show.
 */
#include <string.h>

#include "args.h"
#include "exit.h"
#include "output.h"

static json_object *model_collection(const struct refpoint_collection *c)
{
	json_object *o = json_object_new_object(), *members, *m;
	const struct refpoint_member *member;

	put_uuid(o, "id", refpoint_collection_id(c));
	put_str(o, "name", refpoint_collection_name(c));
	put_str(o, "state",
		refpoint_collection_state_name(refpoint_collection_state(c)));
	put_u64(o, "version", refpoint_collection_version(c));
	members = put_array(o, "members");
	for (member = refpoint_collection_members(c); member;
	     member = refpoint_member_next(member)) {
		m = json_object_new_object();
		put_uuid(m, "id", refpoint_member_volume(member));
		put_str_or_null(m, "name", refpoint_member_name(member));
		put_str(m, "state",
			refpoint_volume_state_name(refpoint_member_state(member)));
		json_object_array_add(members, m);
	}
	put_u64(o, "member_count", json_object_array_length(members));
	return o;
}

static int collection_list(struct tool *t, int argc, char **argv)
{
	static const struct field columns[] = {
		{ "id", "ID", FIELD_TEXT, NULL },
		{ "name", "NAME", FIELD_TEXT, NULL },
		{ "state", "STATE", FIELD_TEXT, NULL },
		{ "member_count", "MEMBERS", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_collection *list = NULL;
	const struct refpoint_collection *c;
	json_object *model;
	int status;

	args_only(t, argc, argv, 0, 0, "");
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_collection_list(t->ctx, &list,
							t->result),
			    "collection list");
	if (status)
		return status;
	model = json_object_new_array();
	for (c = list; c; c = refpoint_collection_next(c))
		json_object_array_add(model, model_collection(c));
	refpoint_collection_free(list);
	output_list(t, model, columns);
	return TOOL_DONE;
}

static int collection_show(struct tool *t, int argc, char **argv)
{
	static const struct field members[] = {
		{ "id", "VOLUME", FIELD_TEXT, NULL },
		{ "name", "NAME", FIELD_TEXT, NULL },
		{ "state", "STATE", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	static const struct field rows[] = {
		{ "id", "Id", FIELD_TEXT, NULL },
		{ "name", "Name", FIELD_TEXT, NULL },
		{ "state", "State", FIELD_TEXT, NULL },
		{ "version", "Version", FIELD_TEXT, NULL },
		{ "members", "Members", FIELD_LIST, members },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_collection *c = NULL;
	int status;
	char **rest;

	rest = args_only(t, argc, argv, 1, 1, "the collection");
	arg_name(t, rest[0]);
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_collection_get(t->ctx, rest[0], &c,
						       t->result), rest[0]);
	if (status)
		return status;
	output_object(t, model_collection(c), rows);
	refpoint_collection_free(c);
	return TOOL_DONE;
}

/* What the kernel would refuse in words of netlink, or take for something else. */
static void check_name(const struct tool *t, const char *name)
{
	struct refpoint_uuid id;

	arg_text(t, "a name", name, REFPOINT_NAME_MAX);
	if (!refpoint_uuid_parse(name, &id))
		tool_usage(t, "a name that reads as a UUID would be taken for an id: \"%s\"",
			   name);
}

static int collection_create(struct tool *t, int argc, char **argv)
{
	enum { ID = ARG_FIRST };
	static const struct option options[] = {
		{ "id", required_argument, NULL, ID },
		ARGS_COMMON
	};
	struct refpoint_uuid want, id;
	bool have_want = false;
	json_object *model;
	int status, err;
	char **rest;

	while (args_next(t, argc, argv, options) != -1) {
		arg_uuid(t, "--id", optarg, &want);
		have_want = true;
	}
	rest = args_rest(t, argc, argv, 1, 0, "the name");
	args_rest(t, argc, argv, 2, 0, "a volume");
	check_name(t, rest[0]);
	arg_names(t, rest);
	status = tool_open(t);
	if (status)
		return status;
	err = refpoint_collection_create(t->ctx, rest[0],
					 have_want ? &want : NULL,
					 (const char *const *)rest + 1,
					 argc - optind - 1, &id, t->result);
	status = tool_check(t, err, rest[0]);
	if (status)
		return status;
	model = model_result(t);
	put_uuid(model, "id", &id);
	put_str(model, "name", rest[0]);
	output_json_only(t, model);
	return TOOL_DONE;
}

/* What is left of the commands that only change something. */
static int finish(struct tool *t, int err, const char *name)
{
	json_object *model;
	int status = tool_check(t, err, name);

	if (status)
		return status;
	model = model_result(t);
	put_str(model, "name", name);
	output_json_only(t, model);
	return TOOL_DONE;
}

static int collection_destroy(struct tool *t, int argc, char **argv)
{
	char **rest = args_only(t, argc, argv, 1, 1, "the collection");
	int status;

	arg_name(t, rest[0]);
	status = tool_open(t);
	if (status)
		return status;
	return finish(t, refpoint_collection_destroy(t->ctx, rest[0],
						     t->result), rest[0]);
}

static int collection_rename(struct tool *t, int argc, char **argv)
{
	char **rest = args_only(t, argc, argv, 1, 2, "the collection");
	int status;

	args_rest(t, argc, argv, 2, 2, "the new name");
	arg_name(t, rest[0]);
	check_name(t, rest[1]);
	status = tool_open(t);
	if (status)
		return status;
	return finish(t, refpoint_collection_rename(t->ctx, rest[0], rest[1],
						    t->result), rest[0]);
}

static int collection_add(struct tool *t, int argc, char **argv)
{
	char **rest = args_only(t, argc, argv, 1, 0, "the collection");
	int status;

	args_rest(t, argc, argv, 2, 0, "a volume");
	arg_names(t, rest);
	status = tool_open(t);
	if (status)
		return status;
	return finish(t, refpoint_collection_add_member(t->ctx, rest[0],
				(const char *const *)rest + 1,
				argc - optind - 1, t->result), rest[0]);
}

static int collection_remove(struct tool *t, int argc, char **argv)
{
	char **rest = args_only(t, argc, argv, 1, 0, "the collection");
	int status;

	args_rest(t, argc, argv, 2, 0, "a volume");
	arg_names(t, rest);
	status = tool_open(t);
	if (status)
		return status;
	return finish(t, refpoint_collection_remove_member(t->ctx, rest[0],
				(const char *const *)rest + 1,
				argc - optind - 1, t->result), rest[0]);
}

const struct command collection_commands[] = {
	{ "collection", "create", "NAME VOLUME... [--id UUID]",
	  "Put volumes under one name.",
	  "  --id UUID     give it this id\n", collection_create },
	{ "collection", "destroy", "NAME",
	  "Forget a collection; its points stay.", NULL, collection_destroy },
	{ "collection", "rename", "NAME NEW", "Give it another name.", NULL,
	  collection_rename },
	{ "collection", "add-member", "NAME VOLUME...",
	  "Take in more volumes.", NULL, collection_add },
	{ "collection", "remove-member", "NAME VOLUME...",
	  "Take out volumes; one that is not in is no error.", NULL,
	  collection_remove },
	{ "collection", "list", "", "List the collections.", NULL,
	  collection_list },
	{ "collection", "show", "NAME", "Show a collection and its members.",
	  NULL, collection_show },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
