// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint job: list, show, wait, cancel; and the waiting of other commands.
 */
#include <inttypes.h>
#include <stdio.h>

#include "args.h"
#include "exit.h"
#include "output.h"
#include "progress.h"

static json_object *model_job(const struct refpoint_job *j)
{
	json_object *o = json_object_new_object();

	put_id(o, "id", refpoint_job_id(j));
	put_u64(o, "type", refpoint_job_type(j));
	put_str(o, "name", refpoint_job_type_name(refpoint_job_type(j)));
	put_str(o, "state", refpoint_job_state_name(refpoint_job_state(j)));
	put_u64(o, "state_number", refpoint_job_state(j));
	put_u64(o, "percent", refpoint_job_percent(j));
	put_u64(o, "error_code", refpoint_job_error_code(j));
	put_str_or_null(o, "reason", refpoint_job_reason(j) ?
			refpoint_reason_name(refpoint_job_reason(j)) : NULL);
	put_uuid(o, "reason_volume", refpoint_job_volume(j));
	put_str_or_null(o, "message", refpoint_job_message(j));
	put_str(o, "owner", refpoint_job_owner(j));
	put_uuid(o, "point", refpoint_job_point(j));
	put_time(o, "time_submitted", refpoint_job_time_submitted(j));
	put_time(o, "time_started", refpoint_job_time_started(j));
	put_time(o, "time_ended", refpoint_job_time_ended(j));
	put_u64(o, "keep_ms", refpoint_job_keep(j));
	put_bool(o, "cancellable", refpoint_job_cancellable(j));
	return o;
}

static const struct field job_rows[] = {
	{ "id", "Id", FIELD_TEXT, NULL },
	{ "name", "Type", FIELD_TEXT, NULL },
	{ "state", "State", FIELD_TEXT, NULL },
	{ "percent", "Percent", FIELD_TEXT, NULL },
	{ "error_code", "Error code", FIELD_TEXT, NULL },
	{ "reason", "Reason", FIELD_TEXT, NULL },
	{ "reason_volume", "Volume", FIELD_TEXT, NULL },
	{ "message", "Message", FIELD_TEXT, NULL },
	{ "owner", "Owner", FIELD_TEXT, NULL },
	{ "point", "Point", FIELD_TEXT, NULL },
	{ "time_submitted", "Submitted", FIELD_TEXT, NULL },
	{ "time_started", "Started", FIELD_TEXT, NULL },
	{ "time_ended", "Ended", FIELD_TEXT, NULL },
	{ "cancellable", "Cancellable", FIELD_TEXT, NULL },
	{ NULL, NULL, FIELD_TEXT, NULL }
};

/* ---- waiting ----------------------------------------------------------------------- */

static int show_progress(const struct refpoint_job *job, void *data)
{
	progress_update(data, refpoint_job_percent(job), 100);
	return 0;
}

static int wait_job(struct tool *t, uint64_t id, int timeout_ms,
		    const char *what, struct refpoint_job **job)
{
	int err = refpoint_job_wait(t->ctx, id, timeout_ms, show_progress,
				    (void *)what, job, t->result);

	progress_clear();
	return tool_check(t, err, what);
}

int tool_wait_job(struct tool *t, uint64_t job, int timeout_ms,
		  const char *what)
{
	return wait_job(t, job, timeout_ms, what, NULL);
}

/* ---- commands ------------------------------------------------------------------------ */

static int job_list(struct tool *t, int argc, char **argv)
{
	static const struct field columns[] = {
		{ "id", "ID", FIELD_TEXT, NULL },
		{ "name", "TYPE", FIELD_TEXT, NULL },
		{ "state", "STATE", FIELD_TEXT, NULL },
		{ "percent", "PERCENT", FIELD_TEXT, NULL },
		{ "point", "POINT", FIELD_TEXT, NULL },
		{ "owner", "OWNER", FIELD_TEXT, NULL },
		{ "message", "MESSAGE", FIELD_TEXT, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	struct refpoint_job *list = NULL;
	const struct refpoint_job *j;
	json_object *model;
	int status;

	args_only(t, argc, argv, 0, 0, "");
	status = tool_open(t);
	if (status)
		return status;
	status = tool_check(t, refpoint_job_list(t->ctx, &list, t->result),
			    "job list");
	if (status)
		return status;
	model = json_object_new_array();
	for (j = list; j; j = refpoint_job_next(j))
		json_object_array_add(model, model_job(j));
	refpoint_job_free(list);
	output_list(t, model, columns);
	return TOOL_DONE;
}

static int job_show(struct tool *t, int argc, char **argv)
{
	char **rest = args_only(t, argc, argv, 1, 1, "the job's id");
	uint64_t id = arg_u64(t, "job", rest[0]);
	struct refpoint_job *job = NULL;
	int status = tool_open(t);

	if (status)
		return status;
	status = tool_check(t, refpoint_job_get(t->ctx, id, &job, t->result),
			    rest[0]);
	if (status)
		return status;
	output_object(t, model_job(job), job_rows);
	refpoint_job_free(job);
	return TOOL_DONE;
}

static int job_wait(struct tool *t, int argc, char **argv)
{
	enum { TIMEOUT = ARG_FIRST };
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, TIMEOUT },
		ARGS_COMMON
	};
	struct refpoint_job *job = NULL;
	int status, timeout_ms = -1;
	uint64_t id, seconds;
	char **rest;

	while (args_next(t, argc, argv, options) != -1) {
		seconds = arg_u64(t, "--timeout", optarg);
		if (seconds > INT32_MAX / 1000)
			tool_usage(t, "--timeout: %s is too large", optarg);
		timeout_ms = seconds * 1000;
	}
	rest = args_rest(t, argc, argv, 1, 1, "the job's id");
	id = arg_u64(t, "job", rest[0]);
	status = tool_open(t);
	if (status)
		return status;
	status = wait_job(t, id, timeout_ms, rest[0], &job);
	/* The job as it is says more than the sentence alone. */
	if (job && t->json)
		output_json_only(t, model_job(job));
	refpoint_job_free(job);
	return status;
}

static int job_cancel(struct tool *t, int argc, char **argv)
{
	char **rest = args_only(t, argc, argv, 1, 1, "the job's id");
	uint64_t id = arg_u64(t, "job", rest[0]);
	json_object *model;
	int status = tool_open(t);

	if (status)
		return status;
	status = tool_check(t, refpoint_job_request_state_change(t->ctx, id,
					REFPOINT_REQUEST_TERMINATE, t->result),
			    rest[0]);
	if (status)
		return status;
	model = model_result(t);
	put_id(model, "id", id);
	output_json_only(t, model);
	return TOOL_DONE;
}

const struct command job_commands[] = {
	{ "job", "list", "", "List the jobs that are running or remembered.",
	  NULL, job_list },
	{ "job", "show", "ID", "Show a job.", NULL, job_show },
	{ "job", "wait", "ID [--timeout SECONDS]",
	  "Wait for the end of a job; its outcome is the exit status.",
	  "  --timeout SECONDS   wait no longer; exit status 13 then\n",
	  job_wait },
	{ "job", "cancel", "ID", "Ask a job to end early.", NULL, job_cancel },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
