// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint point create.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "cmd_point.h"
#include "exit.h"
#include "output.h"

enum create_option {
	TYPE = ARG_FIRST, ID, ONLY, EXCEPT, LABEL, OWNER, NO_WAIT, CONSISTENCY,
	REQUIRE, DEADLINE, CUT_ID, TAG, VENDOR,
};

static const struct option create_options[] = {
	{ "type", required_argument, NULL, TYPE },
	{ "id", required_argument, NULL, ID },
	{ "only", required_argument, NULL, ONLY },
	{ "except", required_argument, NULL, EXCEPT },
	{ "label", required_argument, NULL, LABEL },
	{ "owner", required_argument, NULL, OWNER },
	{ "no-wait", no_argument, NULL, NO_WAIT },
	{ "consistency", required_argument, NULL, CONSISTENCY },
	{ "require", no_argument, NULL, REQUIRE },
	{ "deadline", required_argument, NULL, DEADLINE },
	{ "cut-id", required_argument, NULL, CUT_ID },
	{ "tag", required_argument, NULL, TAG },
	{ "vendor", required_argument, NULL, VENDOR },
	ARGS_COMMON
};

struct create {
	struct refpoint_point_options *options;
	uint8_t level;
	bool require;
	bool no_wait;
	bool only;
	bool except;
};

/* Milliseconds from seconds. */
static uint32_t arg_deadline(const struct tool *t, const char *text)
{
	uint64_t seconds = arg_u64(t, "--deadline", text);

	if (!seconds || seconds > REFPOINT_DEADLINE_MAX_MS / 1000)
		tool_usage(t, "--deadline: %s is not 1 to %u seconds", text,
			   REFPOINT_DEADLINE_MAX_MS / 1000);
	return seconds * 1000;
}

static void set_vendor(const struct tool *t, struct create *c, const char *path)
{
	char data[REFPOINT_VENDOR_MAX + 1];
	size_t size;
	FILE *file;

	file = fopen(path, "rb");
	if (!file)
		tool_usage(t, "--vendor: %s: %s", path, strerror(errno));
	size = fread(data, 1, sizeof(data), file);
	/* A directory opens like a file and says only here that it is none. */
	if (ferror(file))
		tool_usage(t, "--vendor: %s: %s", path, strerror(errno));
	fclose(file);
	if (refpoint_point_options_set_vendor(c->options, data, size))
		tool_usage(t, "--vendor: %s holds more than %d bytes", path,
			   REFPOINT_VENDOR_MAX);
}

static void check_added(const struct tool *t, int err)
{
	if (err == -EINVAL)
		tool_usage(t, "too many volumes were named");
	if (err) {
		tool_complain("%s", strerror(-err));
		exit(TOOL_FAILED);
	}
}

static void create_option(const struct tool *t, struct create *c, int option)
{
	struct refpoint_uuid uuid;
	uint16_t type;
	int err = 0;

	switch (option) {
	case TYPE:
		if (parse_type(optarg, &type))
			tool_usage(t, "--type: \"%s\" is neither rct nor log nor a number up to 65535",
				   optarg);
		refpoint_point_options_set_type(c->options, type);
		break;
	case ID:
		arg_uuid(t, "--id", optarg, &uuid);
		refpoint_point_options_set_id(c->options, &uuid);
		break;
	case ONLY:
		c->only = true;
		arg_name(t, optarg);
		err = refpoint_point_options_add_only(c->options, optarg);
		break;
	case EXCEPT:
		c->except = true;
		arg_name(t, optarg);
		err = refpoint_point_options_add_except(c->options, optarg);
		break;
	case LABEL:
		arg_text(t, "--label", optarg, REFPOINT_LABEL_MAX);
		err = refpoint_point_options_set_label(c->options, optarg);
		break;
	case OWNER:
		arg_text(t, "--owner", optarg, REFPOINT_OWNER_MAX);
		err = refpoint_point_options_set_owner(c->options, optarg);
		break;
	case NO_WAIT:
		c->no_wait = true;
		break;
	case CONSISTENCY:
		if (parse_consistency(optarg, &c->level))
			tool_usage(t, "--consistency: \"%s\" is not a level",
				   optarg);
		break;
	case REQUIRE:
		c->require = true;
		break;
	case DEADLINE:
		refpoint_point_options_set_deadline(c->options,
						    arg_deadline(t, optarg));
		break;
	case CUT_ID:
		arg_uuid(t, "--cut-id", optarg, &uuid);
		refpoint_point_options_set_cut_id(c->options, &uuid);
		break;
	case TAG:
		arg_limit(t, "--tag", optarg, REFPOINT_TAG_MAX);
		err = refpoint_point_options_set_tag(c->options, optarg,
						     strlen(optarg));
		break;
	case VENDOR:
		set_vendor(t, c, optarg);
		break;
	}
	check_added(t, err);
}

/*
 * The option's lists: --only V W is the contract's "--only V...", and getopt
 * gives one value to an option. So the words that follow up to the next option
 * belong to it too, after the collection was named.
 */
static void create_words(const struct tool *t, struct create *c, char **words,
			 int count, const char **collection)
{
	int i, err;

	if (!count)
		tool_usage(t, "the collection is missing");
	arg_names(t, words);
	*collection = words[0];
	for (i = 1; i < count; i++) {
		if (c->only == c->except)
			tool_usage(t, "\"%s\" is one argument too many",
				   words[i]);
		if (c->only)
			err = refpoint_point_options_add_only(c->options,
							      words[i]);
		else
			err = refpoint_point_options_add_except(c->options,
								words[i]);
		check_added(t, err);
	}
}

static int create_print(const struct tool *t, const struct refpoint_uuid *id,
			uint64_t job, bool done)
{
	char text[REFPOINT_UUID_STR];
	json_object *model;

	if (t->json) {
		model = model_result(t);
		put_uuid(model, "id", id);
		put_str(model, "state", refpoint_point_state_name(done ?
				REFPOINT_POINT_COMMITTED :
				REFPOINT_POINT_PREPARING));
		put_id(model, "job", job);
		output_json_only(t, model);
	} else if (done) {
		puts(refpoint_uuid_format(id, text));
	} else {
		printf("%s %" PRIu64 "\n", refpoint_uuid_format(id, text), job);
	}
	/* A point that nobody knows the id of could not be found again. */
	if (fflush(stdout) || ferror(stdout))
		tool_complain("point %s %s, but cannot be told",
			      refpoint_uuid_format(id, text),
			      done ? "was made" : "is being made");
	return TOOL_DONE;
}

static int create_run(struct tool *t, struct create *c, const char *collection)
{
	struct refpoint_uuid id;
	uint64_t job;
	int status, err;
	bool done;

	if (c->level || c->require)
		refpoint_point_options_set_consistency(c->options, c->level,
						       c->require);
	if (!c->no_wait)
		refpoint_point_options_set_wait(c->options, POINT_WAIT_MS);
	status = tool_open(t);
	if (status)
		return status;
	err = refpoint_point_create(t->ctx, collection, c->options, &id, &job,
				    t->result);
	status = tool_check(t, err, collection);
	if (status)
		return status;
	done = refpoint_result_value(t->result) == REFPOINT_RV_DONE;
	if (!done && !c->no_wait) {
		status = tool_wait_job(t, job, -1, collection);
		if (status)
			return status;
		done = true;
	}
	return create_print(t, &id, job, done);
}

int point_create(struct tool *t, int argc, char **argv)
{
	struct create c = { .level = REFPOINT_CONSISTENCY_UNKNOWN };
	const char *collection, *owner = arg_owner_default(t);
	int status, option;

	c.options = refpoint_point_options_new();
	if (!c.options) {
		tool_complain("out of memory");
		return TOOL_FAILED;
	}
	if (owner) {
		arg_text(t, "REFPOINT_OWNER", owner, REFPOINT_OWNER_MAX);
		check_added(t, refpoint_point_options_set_owner(c.options,
								owner));
	}
	while ((option = args_next(t, argc, argv, create_options)) != -1)
		create_option(t, &c, option);
	if (c.only && c.except)
		tool_usage(t, "--only and --except contradict each other");
	if (c.require && !c.level)
		tool_usage(t, "--require needs a level: --consistency");
	create_words(t, &c, argv + optind, argc - optind, &collection);
	status = create_run(t, &c, collection);
	refpoint_point_options_free(c.options);
	return status;
}
