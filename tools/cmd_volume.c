// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint volume: list, show, mark, new-generation.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "devname.h"
#include "exit.h"
#include "output.h"

static void model_gaps(json_object *o, const struct refpoint_volume *volume)
{
	json_object *gaps = put_array(o, "gaps"), *g;
	const struct refpoint_gap *gap;

	for (gap = refpoint_volume_gaps(volume); gap;
	     gap = refpoint_gap_next(gap)) {
		g = json_object_new_object();
		put_u64(g, "start", refpoint_gap_start(gap));
		put_u64(g, "length", refpoint_gap_length(gap));
		put_str(g, "reason",
			refpoint_gap_reason_name(refpoint_gap_reason(gap)));
		put_str(g, "text", refpoint_gap_text(gap));
		put_time(g, "time", refpoint_gap_time(gap));
		put_u64(g, "sequence", refpoint_gap_sequence(gap));
		json_object_array_add(gaps, g);
	}
}

static void model_counters(json_object *o, const struct refpoint_volume *volume)
{
	json_object *counters = json_object_new_object();
	uint64_t value;
	uint32_t i;

	for (i = 1; i <= REFPOINT_COUNTER_A_MAX; i++)
		if (!refpoint_volume_counter(volume, i, &value))
			put_u64(counters, refpoint_counter_name(i), value);
	json_object_object_add(o, "counters", counters);
}

/* By a path, if there is one; it need not be the one that the table was made with. */
static void put_device(json_object *o, const char *key, uint32_t major_nr,
		       uint32_t minor_nr)
{
	char *path = devname_path(major_nr, minor_nr);
	char numbers[32];

	snprintf(numbers, sizeof(numbers), "%" PRIu32 ":%" PRIu32, major_nr,
		 minor_nr);
	put_str_or_null(o, key, path ? path : major_nr ? numbers : NULL);
	free(path);
}

static void model_features(json_object *o, const struct refpoint_volume *volume)
{
	json_object *features = json_object_new_object();

	put_u64(features, "hold_seconds", refpoint_volume_hold(volume));
	put_bool(features, "fail_stop", refpoint_volume_fail_stop(volume));
	put_bool(features, "degraded_ok", refpoint_volume_degraded_ok(volume));
	json_object_object_add(o, "features", features);
}

static json_object *model_volume(const struct refpoint_volume *v)
{
	json_object *o = json_object_new_object();

	put_uuid(o, "id", refpoint_volume_id(v));
	put_str_or_null(o, "name", refpoint_volume_name(v));
	put_str(o, "state",
		refpoint_volume_state_name(refpoint_volume_state(v)));
	put_u64(o, "major", refpoint_volume_major(v));
	put_u64(o, "minor", refpoint_volume_minor(v));
	put_device(o, "metadata_device", refpoint_volume_metadata_major(v),
		   refpoint_volume_metadata_minor(v));
	put_u64(o, "metadata_major", refpoint_volume_metadata_major(v));
	put_u64(o, "metadata_minor", refpoint_volume_metadata_minor(v));
	put_device(o, "origin_device", refpoint_volume_origin_major(v),
		   refpoint_volume_origin_minor(v));
	put_u64(o, "origin_major", refpoint_volume_origin_major(v));
	put_u64(o, "origin_minor", refpoint_volume_origin_minor(v));
	model_features(o, v);
	put_u64(o, "capacity", refpoint_volume_capacity(v));
	put_u64(o, "granule", refpoint_volume_granule(v));
	put_u64(o, "region", refpoint_volume_region(v));
	put_uuid(o, "generation", refpoint_volume_generation(v));
	put_u64(o, "incarnation", refpoint_volume_incarnation(v));
	put_u64(o, "metadata_used", refpoint_volume_metadata_used(v));
	put_u64(o, "metadata_total", refpoint_volume_metadata_total(v));
	put_u64(o, "points", refpoint_volume_points(v));
	put_u64(o, "gap_count", refpoint_volume_gap_count(v));
	model_gaps(o, v);
	model_counters(o, v);
	return o;
}

static int volume_list(struct tool *t, int argc, char **argv)
{
	static const struct field columns[] = {
		{ "id", "ID", FIELD_TEXT, NULL },
		{ "name", "NAME", FIELD_TEXT, NULL },
		{ "state", "STATE", FIELD_TEXT, NULL },
		{ "capacity", "CAPACITY", FIELD_SIZE, NULL },
		{ "granule", "GRANULE", FIELD_SIZE, NULL },
		{ "points", "POINTS", FIELD_TEXT, NULL },
		{ "gap_count", "GAPS", FIELD_TEXT, NULL },
		{ "metadata_used", "METADATA USED", FIELD_SIZE, NULL },
		{ "metadata_total", "OF", FIELD_SIZE, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_volume *list = NULL;
	const struct refpoint_volume *v;
	json_object *model;
	int status;

	args_only(t, argc, argv, 0, 0, "");
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_volume_list(t->ctx, &list, t->result),
			    "volume list");
	if (status)
		return status;
	model = json_object_new_array();
	for (v = list; v; v = refpoint_volume_next(v))
		json_object_array_add(model, model_volume(v));
	refpoint_volume_free(list);
	output_list(t, model, columns);
	return TOOL_DONE;
}

static int volume_show(struct tool *t, int argc, char **argv)
{
	static const struct field gaps[] = {
		{ "start", "START", FIELD_TEXT, NULL },
		{ "length", "LENGTH", FIELD_TEXT, NULL },
		{ "reason", "REASON", FIELD_TEXT, NULL },
		{ "time", "TIME", FIELD_TEXT, NULL },
		{ "sequence", "SEQUENCE", FIELD_TEXT, NULL },
		{ "text", "TEXT", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	static const struct field rows[] = {
		{ "id", "Id", FIELD_TEXT, NULL },
		{ "name", "Name", FIELD_TEXT, NULL },
		{ "state", "State", FIELD_TEXT, NULL },
		{ "metadata_device", "Metadata device", FIELD_TEXT, NULL },
		{ "origin_device", "Origin device", FIELD_TEXT, NULL },
		{ "capacity", "Capacity", FIELD_BYTES, NULL },
		{ "granule", "Granule", FIELD_BYTES, NULL },
		{ "region", "Region", FIELD_BYTES, NULL },
		{ "generation", "Generation", FIELD_TEXT, NULL },
		{ "incarnation", "Incarnation", FIELD_TEXT, NULL },
		{ "metadata_used", "Metadata used", FIELD_BYTES, NULL },
		{ "metadata_total", "Metadata total", FIELD_BYTES, NULL },
		{ "points", "Points", FIELD_TEXT, NULL },
		{ "gap_count", "Gaps", FIELD_TEXT, NULL },
		{ "gaps", "Gaps in detail", FIELD_LIST, gaps },
		{ "features", "Features", FIELD_MAP, NULL },
		{ "counters", "Counters", FIELD_MAP, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_volume *v = NULL;
	int status;
	char **rest;

	rest = args_only(t, argc, argv, 1, 1, "the volume");
	arg_name(t, rest[0]);
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_volume_get(t->ctx, rest[0], &v,
						   t->result), rest[0]);
	if (status)
		return status;
	output_object(t, model_volume(v), rows);
	refpoint_volume_free(v);
	return TOOL_DONE;
}

static const char *arg_reason(const struct tool *t, const char *text)
{
	arg_limit(t, "--reason", text, REFPOINT_REASON_TEXT_MAX);
	return text;
}

static int volume_mark(struct tool *t, int argc, char **argv)
{
	enum { START = ARG_FIRST, LENGTH, REASON };
	static const struct option options[] = {
		{ "start", required_argument, NULL, START },
		{ "length", required_argument, NULL, LENGTH },
		{ "reason", required_argument, NULL, REASON },
		ARGS_COMMON
	};
	bool have_start = false, have_length = false;
	uint64_t start = 0, length = 0;
	const char *reason = NULL;
	json_object *model;
	int status, c;
	char **rest;

	while ((c = args_next(t, argc, argv, options)) != -1) {
		if (c == START) {
			start = arg_size(t, "--start", optarg);
			have_start = true;
		} else if (c == LENGTH) {
			length = arg_size(t, "--length", optarg);
			have_length = true;
		} else {
			reason = arg_reason(t, optarg);
		}
	}
	rest = args_rest(t, argc, argv, 1, 1, "the volume");
	arg_name(t, rest[0]);
	if (!have_start || !have_length || !reason)
		tool_usage(t, "%s is missing", !have_start ? "--start" :
			   !have_length ? "--length" : "--reason");
	if (!length)
		tool_usage(t, "--length: 0 bytes cannot have changed");
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_volume_mark(t->ctx, rest[0], start,
						    length, reason, t->result),
			    rest[0]);
	if (status)
		return status;
	model = model_result(t);
	put_str(model, "volume", rest[0]);
	put_u64(model, "start", start);
	put_u64(model, "length", length);
	output_json_only(t, model);
	return TOOL_DONE;
}

static int volume_new_generation(struct tool *t, int argc, char **argv)
{
	enum { REASON = ARG_FIRST };
	static const struct option options[] = {
		{ "reason", required_argument, NULL, REASON },
		ARGS_COMMON
	};
	static const struct field rows[] = {
		{ "generation", "Generation", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_uuid generation;
	const char *reason = NULL;
	json_object *model;
	int status, err;
	char **rest;

	while (args_next(t, argc, argv, options) != -1)
		reason = arg_reason(t, optarg);
	rest = args_rest(t, argc, argv, 1, 1, "the volume");
	arg_name(t, rest[0]);
	status = tool_open(t);
	if (status)
		return status;
	err = refpoint_volume_new_generation(t->ctx, rest[0], reason,
					     &generation, t->result);
	status = tool_check(t, err, rest[0]);
	if (status)
		return status;
	model = model_result(t);
	put_str(model, "volume", rest[0]);
	put_uuid(model, "generation", &generation);
	output_object(t, model, rows);
	return TOOL_DONE;
}

const struct command volume_commands[] = {
	{ "volume", "list", "", "List the volumes of this host.", NULL,
	  volume_list },
	{ "volume", "show", "VOLUME", "Show a volume, its gaps and counters.",
	  NULL, volume_show },
	{ "volume", "mark", "VOLUME --start N --length N --reason TEXT",
	  "Say that a range was changed without the target seeing it.",
	  "  --start N     first byte\n"
	  "  --length N    bytes\n"
	  "  --reason TEXT why, kept with the volume\n",
	  volume_mark },
	{ "volume", "new-generation", "VOLUME [--reason TEXT]",
	  "Begin a new history: no earlier point can be a baseline any more.",
	  "  --reason TEXT why, kept with the volume\n",
	  volume_new_generation },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
