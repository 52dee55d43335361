// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint metrics: all volumes in the text format of Prometheus, for whoever
 * serves it or for node_exporter's textfile collector.
 *
 * Names are of that world: base units, "_total" at the end of what only grows.
 * What is exact in the kernel stays exact: nanoseconds become decimal fractions.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "exit.h"
#include "output.h"

#define PREFIX	"refpoint_"

/**
 * struct metric - one thing that is measured of each volume
 * @name: without the prefix
 * @help: one line
 * @counter: it only grows, and begins anew with a table
 * @ns: the value is in nanoseconds, what is shown in seconds
 * @id: enum refpoint_counter_attr; or else
 * @get: the value
 */
struct metric {
	const char *name;
	const char *help;
	bool counter;
	bool ns;
	uint32_t id;
	uint64_t (*get)(const struct refpoint_volume *v);
};

/* Is what is written through it known? When suspended nothing is. */
static uint64_t tracking_state(const struct refpoint_volume *v)
{
	switch (refpoint_volume_state(v)) {
	case REFPOINT_VOLUME_ACTIVE:
	case REFPOINT_VOLUME_SUSPENDED:
	case REFPOINT_VOLUME_READ_ONLY:
	case REFPOINT_VOLUME_HELD:
		return 1;
	default:
		return 0;
	}
}

static uint64_t points(const struct refpoint_volume *v)
{
	return refpoint_volume_points(v);
}

static uint64_t gaps(const struct refpoint_volume *v)
{
	return refpoint_volume_gap_count(v);
}

#define GAUGE(_name, _get, _help) \
	{ .name = (_name), .get = (_get), .help = (_help) }
#define GAUGE_OF(_name, _id, _help) \
	{ .name = (_name), .id = REFPOINT_COUNTER_A_ ## _id, .help = (_help) }
#define COUNTER(_name, _id, _help) \
	{ .name = (_name), .id = REFPOINT_COUNTER_A_ ## _id, .help = (_help), \
	  .counter = true }
#define SECONDS(_name, _id, _help) \
	{ .name = (_name), .id = REFPOINT_COUNTER_A_ ## _id, .help = (_help), \
	  .ns = true }
#define SECONDS_TOTAL(_name, _id, _help) \
	{ .name = (_name), .id = REFPOINT_COUNTER_A_ ## _id, .help = (_help), \
	  .counter = true, .ns = true }

static const struct metric metrics[] = {
	GAUGE("tracking_state", tracking_state,
	      "1 if what is written is tracked, 0 if tracking has failed."),
	GAUGE("capacity_bytes", refpoint_volume_capacity, "Length of the volume."),
	GAUGE("metadata_used_bytes", refpoint_volume_metadata_used,
	      "Bytes of the metadata device in use."),
	GAUGE("metadata_size_bytes", refpoint_volume_metadata_total,
	      "Bytes of the metadata device."),
	GAUGE("points", points, "Reference points that the volume keeps."),
	GAUGE("gaps", gaps, "Ranges that were not tracked for a while."),
	COUNTER("writes_total", WRITES, "Writes that were let through."),
	COUNTER("first_touches_total", FIRST_TOUCHES, "Granules marked."),
	GAUGE_OF("regions_armed", REGIONS_ARMED, "Regions armed now."),
	COUNTER("arm_requests_total", ARM_REQUESTS,
		"Writes that waited for arming."),
	COUNTER("arm_writes_total", ARM_WRITES, "Writes of armed records."),
	COUNTER("arms_ahead_total", ARMS_AHEAD,
		"Regions armed before a write asked for them."),
	COUNTER("arms_ahead_used_total", ARMS_AHEAD_USED,
		"Regions armed ahead that were written since."),
	COUNTER("arms_ahead_wasted_total", ARMS_AHEAD_WASTED,
		"Regions armed ahead that were taken back unwritten."),
	COUNTER("late_marks_total", LATE_MARKS,
		"Writes that were in flight over a cut."),
	COUNTER("commits_total", COMMITS, "Metadata transactions."),
	COUNTER("metadata_writes_total", METADATA_WRITES,
		"Blocks written to the metadata device."),
	COUNTER("metadata_written_bytes_total", METADATA_BYTES_WRITTEN,
		"Bytes written to the metadata device."),
	COUNTER("metadata_fua_writes_total", METADATA_FUA_WRITES,
		"Writes to the metadata device that had FUA."),
	COUNTER("metadata_flushes_total", METADATA_FLUSHES,
		"Flushes of the cache of the metadata device."),
	COUNTER("checkpoints_total", CHECKPOINTS, "Completed checkpoints."),
	SECONDS_TOTAL("checkpoint_seconds_total", CHECKPOINT_TOTAL_NS,
		      "Time that all checkpoints took."),
	SECONDS("checkpoint_last_seconds", CHECKPOINT_LAST_NS,
		"Time that the last checkpoint took."),
	SECONDS("checkpoint_longest_seconds", CHECKPOINT_LONGEST_NS,
		"Time that the longest checkpoint took."),
	COUNTER("cuts_total", CUTS, "Cuts."),
	SECONDS_TOTAL("cut_seconds_total", CUT_TOTAL_NS,
		      "Time that all cuts took; no write waits for one."),
	SECONDS("cut_last_seconds", CUT_LAST_NS, "Time that the last cut took."),
	SECONDS("cut_longest_seconds", CUT_LONGEST_NS,
		"Time that the longest cut took."),
};

/* ---- the model -------------------------------------------------------------------- */

/* No value: the kernel has not sent it. */
static json_object *model_value(const struct metric *m,
				const struct refpoint_volume *v)
{
	char text[40];
	uint64_t value;

	if (m->get)
		value = m->get(v);
	else if (refpoint_volume_counter(v, m->id, &value))
		return NULL;
	if (!m->ns)
		return json_object_new_uint64(value);
	snprintf(text, sizeof(text), "%" PRIu64 ".%09" PRIu64,
		 value / 1000000000, value % 1000000000);
	return json_object_new_double_s(value / 1e9, text);
}

static void model_sample(json_object *samples, const struct metric *m,
			 const struct refpoint_volume *v)
{
	json_object *value = model_value(m, v), *o, *labels;

	if (!value)
		return;
	o = json_object_new_object();
	labels = json_object_new_object();
	put_str(labels, "volume", refpoint_volume_name(v));
	put_uuid(labels, "uuid", refpoint_volume_id(v));
	json_object_object_add(o, "labels", labels);
	json_object_object_add(o, "value", value);
	json_object_array_add(samples, o);
}

static json_object *model_metric(const struct metric *m,
				 const struct refpoint_volume *list)
{
	json_object *o = json_object_new_object(), *samples;
	const struct refpoint_volume *v;
	char name[64];

	snprintf(name, sizeof(name), PREFIX "%s", m->name);
	put_str(o, "name", name);
	put_str(o, "help", m->help);
	put_str(o, "type", m->counter ? "counter" : "gauge");
	samples = put_array(o, "metrics");
	for (v = list; v; v = refpoint_volume_next(v))
		model_sample(samples, m, v);
	return o;
}

/* ---- text --------------------------------------------------------------------------- */

static const char *string_of(json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

/* What ends a value or begins an escape is escaped; the rest has to be UTF-8. */
static void print_label(const char *key, const char *text)
{
	size_t n;

	printf("%s=\"", key);
	while (*text) {
		n = strcspn(text, "\\\"\n");
		output_json_text(text, n);
		text += n;
		if (!*text)
			break;
		printf("\\%c", *text == '\n' ? 'n' : *text);
		text++;
	}
	putchar('"');
}

static void print_metric(json_object *o)
{
	json_object *samples = json_object_object_get(o, "metrics");
	size_t i, n = json_object_array_length(samples);
	const char *name = string_of(o, "name");

	printf("# HELP %s %s\n# TYPE %s %s\n", name, string_of(o, "help"), name,
	       string_of(o, "type"));
	for (i = 0; i < n; i++) {
		json_object *sample = json_object_array_get_idx(samples, i);
		json_object *labels = json_object_object_get(sample, "labels");

		printf("%s{", name);
		print_label("volume", string_of(labels, "volume"));
		putchar(',');
		print_label("uuid", string_of(labels, "uuid"));
		printf("} %s\n", string_of(sample, "value"));
	}
}

static int metrics_run(struct tool *t, int argc, char **argv)
{
	struct refpoint_volume *list = NULL;
	json_object *model;
	int status;
	size_t i;

	args_only(t, argc, argv, 0, 0, "");
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_volume_list(t->ctx, &list, t->result),
			    "metrics");
	if (status)
		return status;
	model = json_object_new_array();
	for (i = 0; i < ARRAY_SIZE(metrics); i++)
		json_object_array_add(model, model_metric(&metrics[i], list));
	refpoint_volume_free(list);
	for (i = 0; !t->json && i < ARRAY_SIZE(metrics); i++)
		print_metric(json_object_array_get_idx(model, i));
	output_json_only(t, model);
	return TOOL_DONE;
}

const struct command metrics_commands[] = {
	{ "metrics", NULL, "",
	  "Print what is measured of all volumes, as Prometheus reads it.",
	  "With --json, an array of metrics, each with its samples.\n",
	  metrics_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
