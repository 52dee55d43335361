// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint changes: what changed on a volume between two points.
 *
 * The list is printed as it comes, for it may be long. So an error can follow
 * after a part of it: the exit status, and "complete" in JSON, say whether the
 * list is whole, and nothing else does.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "exit.h"
#include "output.h"
#include "progress.h"

struct query {
	const char *volume;
	const char *from;
	const char *to;
	struct refpoint_changes_options *options;
	uint64_t start;
	uint64_t length;
	uint64_t granularity;
	uint64_t shown;		/* of the bar */
	bool all;
	bool allow_unknown;
	bool summary;
};

/* ---- asking ------------------------------------------------------------------------ */

static bool is_handle(const char *text)
{
	return strchr(text, ':');
}

static void __attribute__((noreturn))
not_a_handle(const struct tool *t, const char *option, const char *text)
{
	tool_usage(t, "%s: \"%s\" is neither a point's id nor a handle",
		   option, text);
}

static void set_from(const struct tool *t, const struct query *q,
		     struct refpoint_changes_options *options)
{
	struct refpoint_uuid point;

	if (q->all) {
		refpoint_changes_options_set_from_all(options);
	} else if (is_handle(q->from)) {
		if (refpoint_changes_options_set_from_handle(options, q->from))
			not_a_handle(t, "--from", q->from);
	} else if (!refpoint_uuid_parse(q->from, &point)) {
		refpoint_changes_options_set_from_point(options, &point);
	} else {
		not_a_handle(t, "--from", q->from);
	}
}

static void set_to(const struct tool *t, struct query *q)
{
	struct refpoint_uuid point;

	if (!q->to)
		return;
	if (is_handle(q->to)) {
		if (refpoint_changes_options_set_to_handle(q->options, q->to))
			not_a_handle(t, "--to", q->to);
	} else if (!refpoint_uuid_parse(q->to, &point)) {
		refpoint_changes_options_set_to_point(q->options, &point);
	} else {
		not_a_handle(t, "--to", q->to);
	}
}

static void parse(struct tool *t, int argc, char **argv, struct query *q)
{
	enum {
		FROM = ARG_FIRST, ALL, TO, START, LENGTH, GRANULARITY,
		MERGE_GAP, UNKNOWN, SUMMARY,
	};
	static const struct option options[] = {
		{ "from", required_argument, NULL, FROM },
		{ "all", no_argument, NULL, ALL },
		{ "to", required_argument, NULL, TO },
		{ "start", required_argument, NULL, START },
		{ "length", required_argument, NULL, LENGTH },
		{ "granularity", required_argument, NULL, GRANULARITY },
		{ "merge-gap", required_argument, NULL, MERGE_GAP },
		{ "allow-unknown", no_argument, NULL, UNKNOWN },
		{ "summary", no_argument, NULL, SUMMARY },
		ARGS_COMMON
	};
	bool have_length = false;
	int c;

	while ((c = args_next(t, argc, argv, options)) != -1) {
		switch (c) {
		case FROM:
			q->from = optarg;
			break;
		case ALL:
			q->all = true;
			break;
		case TO:
			q->to = optarg;
			break;
		case START:
			q->start = arg_size(t, "--start", optarg);
			break;
		case LENGTH:
			q->length = arg_size(t, "--length", optarg);
			have_length = true;
			break;
		case GRANULARITY:
			q->granularity = arg_size(t, "--granularity", optarg);
			break;
		case MERGE_GAP:
			refpoint_changes_options_set_merge_gap(q->options,
				arg_size(t, "--merge-gap", optarg));
			break;
		case UNKNOWN:
			q->allow_unknown = true;
			break;
		case SUMMARY:
			q->summary = true;
			break;
		}
	}
	q->volume = args_rest(t, argc, argv, 1, 1, "the volume")[0];
	arg_name(t, q->volume);
	if (q->all && q->from)
		tool_usage(t, "--from and --all contradict each other");
	if (!q->all && !q->from)
		tool_usage(t, "--from or --all is missing");
	if (have_length && !q->length)
		tool_usage(t, "--length: a range of 0 bytes has no changes");
	if (q->granularity & (q->granularity - 1))
		tool_usage(t, "--granularity: %" PRIu64 " is not a power of two",
			   q->granularity);
	set_from(t, q, q->options);
	set_to(t, q);
	refpoint_changes_options_set_range(q->options, q->start, q->length);
	refpoint_changes_options_set_granularity(q->options, q->granularity);
	refpoint_changes_options_set_allow_unknown(q->options,
						   q->allow_unknown);
}

/*
 * "There is no such point" and its like call for a full copy when they are about the
 * baseline. When the same baseline answers until now they are about --to, and a mistake
 * like any other; without a baseline, too.
 */
static bool blames_to(struct tool *t, const struct query *q)
{
	struct refpoint_changes_options *options;
	struct refpoint_changes *c = NULL;
	struct refpoint_result *result;
	bool answers = false;

	if (!q->to || q->all)
		return q->to;
	options = refpoint_changes_options_new();
	result = refpoint_result_new();
	if (options && result) {
		set_from(t, q, options);
		refpoint_changes_options_set_allow_unknown(options, true);
		answers = !refpoint_changes_open(t->ctx, q->volume, options, &c, result) && c;
		refpoint_changes_close(c);
	}
	refpoint_result_free(result);
	refpoint_changes_options_free(options);
	return answers;
}

/*
 * What the kernel does not take for a handle and does not look like one is a
 * slip of whoever typed it. Asked in this order: a later kernel may have other
 * handles. One that looks right is of a history that this volume does not have,
 * and that calls for a full copy.
 */
static void check_handles(const struct tool *t, const struct query *q)
{
	if (refpoint_result_reason(t->result) != REFPOINT_REASON_BAD_HANDLE)
		return;
	if (q->from && is_handle(q->from) && !parse_handle(q->from))
		not_a_handle(t, "--from", q->from);
	if (q->to && is_handle(q->to) && !parse_handle(q->to))
		not_a_handle(t, "--to", q->to);
}

/* The refusal of a list, or of a later page of it; an exit status. */
static int refused(struct tool *t, const struct query *q, int err)
{
	int status;

	check_handles(t, q);
	if (exit_blames_an_end(refpoint_result_reason(t->result)) && blames_to(t, q))
		return tool_check(t, err, q->to);
	status = tool_check_baseline(t, err, q->volume);
	if (status == TOOL_UNKNOWN)
		tool_complain("%s: --allow-unknown lists that part as unknown",
			      q->volume);
	return status;
}

/* ---- telling ------------------------------------------------------------------------- */

static json_object *model_head(const struct refpoint_changes *c)
{
	json_object *o = json_object_new_object();
	bool all = !*refpoint_changes_from(c);

	put_uuid(o, "volume", refpoint_changes_volume(c));
	put_uuid(o, "generation", refpoint_changes_generation(c));
	put_str_or_null(o, "from", refpoint_changes_from(c));
	put_str_or_null(o, "to", refpoint_changes_to(c));
	if (all)
		json_object_object_add(o, "capacity_from", NULL);
	else
		put_u64(o, "capacity_from", refpoint_changes_capacity_from(c));
	put_u64(o, "capacity_to", refpoint_changes_capacity_to(c));
	return o;
}

/* Written by hand: a tree of all extents might not fit into memory. */
static void print_head(const struct refpoint_changes *c)
{
	json_object *head = model_head(c);
	const char *text = json_object_to_json_string_ext(head,
						JSON_C_TO_STRING_PLAIN);

	output_json_text(text, strlen(text) - 1);
	fputs(",\n\"extents\":[", stdout);
	json_object_put(head);
}

static void print_extent(const struct tool *t, const struct refpoint_extent *e,
			 bool first)
{
	char kinds[REFPOINT_KINDS_STR];

	refpoint_kinds_format(e->kinds, kinds);
	if (t->json)
		printf("%s\n{\"offset\":%llu,\"length\":%llu,\"type\":%u,\"description\":\"%s\"}",
		       first ? "" : ",", (unsigned long long)e->offset,
		       (unsigned long long)e->length, e->kinds, kinds);
	else
		printf("%llu %llu %s\n", (unsigned long long)e->offset,
		       (unsigned long long)e->length, kinds);
}

static void print_summary(const struct tool *t, const struct query *q,
			  const struct refpoint_changes *c,
			  const struct refpoint_changes_totals *totals)
{
	static const struct field sums[] = {
		{ "extents", "Extents", FIELD_TEXT, NULL },
		{ "bytes", "Changed", FIELD_BYTES, NULL },
		{ "written", "Written", FIELD_BYTES, NULL },
		{ "zeroed", "Zeroed", FIELD_BYTES, NULL },
		{ "discarded", "Discarded", FIELD_BYTES, NULL },
		{ "unknown", "Unknown", FIELD_BYTES, NULL },
		{ "range", "Of", FIELD_BYTES, NULL },
		{ "percent", "Share, percent", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	json_object *sum = json_object_new_object(), *head;
	uint64_t range = refpoint_changes_capacity_to(c) - q->start;
	char percent[32];

	if (q->length && q->length < range)
		range = q->length;
	put_u64(sum, "extents", totals->extents);
	put_u64(sum, "bytes", totals->bytes);
	put_u64(sum, "written", totals->written);
	put_u64(sum, "zeroed", totals->zeroed);
	put_u64(sum, "discarded", totals->discarded);
	put_u64(sum, "unknown", totals->unknown);
	put_u64(sum, "range", range);
	snprintf(percent, sizeof(percent), "%.2f",
		 range ? 100.0 * totals->bytes / range : 0);
	json_object_object_add(sum, "percent",
			       json_object_new_double_s(range ?
					100.0 * totals->bytes / range : 0,
					percent));
	if (!t->json) {
		output_object(t, sum, sums);
		return;
	}
	head = model_head(c);
	put_bool(head, "complete", refpoint_changes_complete(c));
	json_object_object_add(head, "summary", sum);
	output_object(t, head, NULL);
}

/*
 * A bar only where it does not get into the list, and once for each page: to ask the
 * terminal and the clock for each extent took longer than the list.
 */
static void show_progress(struct query *q, const struct refpoint_changes *c)
{
	uint64_t end = refpoint_changes_capacity_to(c);

	if (q->shown == refpoint_changes_position(c))
		return;
	q->shown = refpoint_changes_position(c);
	if (q->length && q->length < end - q->start)
		end = q->start + q->length;
	if (q->summary || !isatty(STDOUT_FILENO))
		progress_update(q->volume,
				refpoint_changes_position(c) - q->start,
				end - q->start);
}

/* Returns an exit status; the summary's sums are in @totals. */
static int read_all(struct tool *t, struct query *q,
		    struct refpoint_changes *c,
		    struct refpoint_changes_totals *totals)
{
	struct refpoint_extent e;
	bool first = true, unknown = false;
	int ret, status;

	while ((ret = refpoint_changes_next(c, &e, t->result)) > 0) {
		show_progress(q, c);
		if (!q->summary)
			print_extent(t, &e, first);
		first = false;
		if (e.kinds & REFPOINT_KIND_UNKNOWN)
			unknown = true;
		/* Who reads the list is gone: no need to go on. */
		if (ferror(stdout))
			return TOOL_FAILED;
	}
	progress_clear();
	if (ret) {
		status = refused(t, q, ret);
		return status ? status : TOOL_FAILED;
	}
	ret = refpoint_changes_summary(c, totals, t->result);
	if (ret)
		return tool_check(t, ret, q->volume);
	if (unknown && !q->allow_unknown) {
		tool_complain("%s: a part of the volume was not tracked for a while; --allow-unknown lists it",
			      q->volume);
		return TOOL_UNKNOWN;
	}
	return TOOL_DONE;
}

static int answer(struct tool *t, struct query *q,
		  struct refpoint_changes *c)
{
	struct refpoint_changes_totals totals = { .size = sizeof(totals) };
	bool list = t->json && !q->summary;
	int status;

	if (list)
		print_head(c);
	status = read_all(t, q, c, &totals);
	if (list)
		printf("\n],\n\"complete\":%s}\n",
		       refpoint_changes_complete(c) ? "true" : "false");
	if (q->summary && refpoint_changes_complete(c))
		print_summary(t, q, c, &totals);
	return status;
}

static int changes_run(struct tool *t, int argc, char **argv)
{
	struct query q = { .volume = NULL };
	struct refpoint_changes *c = NULL;
	int status, err;

	q.options = refpoint_changes_options_new();
	if (!q.options) {
		tool_complain("out of memory");
		return TOOL_FAILED;
	}
	parse(t, argc, argv, &q);
	status = tool_open(t);
	if (status)
		goto out;
	err = refpoint_changes_open(t->ctx, q.volume, q.options, &c, t->result);
	status = err || !c ? refused(t, &q, err) : TOOL_DONE;
	if (!status)
		status = answer(t, &q, c);
	refpoint_changes_close(c);
out:
	refpoint_changes_options_free(q.options);
	return status;
}

const struct command changes_commands[] = {
	{ "changes", NULL, "VOLUME --from POINT|--all [OPTION...]",
	  "List what changed: one \"offset length kinds\" in a line, in bytes.",
	  "  --from POINT      since this point: its id, or the volume's handle of it\n"
	  "  --all             everything, for a full copy\n"
	  "  --to POINT        up to this point; default: now\n"
	  "  --start N         from this byte on\n"
	  "  --length N        so many bytes\n"
	  "  --granularity N   in units of so many bytes, a power of two, not below\n"
	  "                    the volume's granule\n"
	  "  --merge-gap N     make one of extents so near to each other\n"
	  "  --allow-unknown   list what tracking cannot vouch for, as unknown\n"
	  "  --summary         print the sums only\n"
	  "\nThe list is whole only when the exit status is 0.\n",
	  changes_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
