// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint repair: make a damaged metadata device usable, or give a clone of one
 * an identity of its own.
 *
 * What it will do, and what is lost by that, is said before anything is written.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <uuid/uuid.h>

#include "fsck/fsck.h"

#include "args.h"
#include "exit.h"
#include "fsmodel.h"
#include "mddev.h"
#include "output.h"

struct repair {
	const char *path;
	bool identity;
	bool generation;
	bool dry_run;
	bool yes;
	struct mddev dev;
	struct fsck f;
	struct fsck_plan plan;
};

static void parse(struct tool *t, int argc, char **argv, struct repair *r)
{
	enum { IDENTITY = ARG_FIRST, GENERATION, DRY_RUN, YES };
	static const struct option options[] = {
		{ "new-identity", no_argument, NULL, IDENTITY },
		{ "new-generation", no_argument, NULL, GENERATION },
		{ "dry-run", no_argument, NULL, DRY_RUN },
		{ "yes", no_argument, NULL, YES },
		ARGS_COMMON
	};
	int c;

	while ((c = args_next(t, argc, argv, options)) != -1) {
		switch (c) {
		case IDENTITY:
			r->identity = true;
			break;
		case GENERATION:
			r->generation = true;
			break;
		case DRY_RUN:
			r->dry_run = true;
			break;
		case YES:
			r->yes = true;
			break;
		}
	}
	r->path = args_rest(t, argc, argv, 1, 1, "the metadata device")[0];
	if (!r->yes && !r->dry_run && (t->json || !isatty(STDIN_FILENO)))
		tool_usage(t, "there is nobody to ask: --yes is missing, or --dry-run");
}

static int make_plan(struct repair *r)
{
	int err;

	err = fsck_open(&r->f, mdfile_io(r->dev.file));
	if (!err)
		err = r->identity ? fsck_plan_identity(&r->f, &r->plan) :
				    fsck_plan(&r->f, r->generation, &r->plan);
	if (err) {
		tool_complain("%s: cannot be read: %s", r->path, strerror(-err));
		return TOOL_FAILED;
	}
	if (!r->plan.err)
		return TOOL_DONE;
	tool_complain("%s: cannot be repaired: %s", r->path, r->plan.why.text);
	return r->plan.err == -EPROTONOSUPPORT ? TOOL_NOT_SUPPORTED : TOOL_FAILED;
}

static void show_plan(const struct repair *r)
{
	u32 i;

	for (i = 0; i < r->f.nr_findings; i++)
		printf("%s: %s: %s\n",
		       fsck_severity_name(r->f.finding[i].severity),
		       r->f.finding[i].where, r->f.finding[i].what);
	for (i = 0; i < r->plan.nr_steps; i++)
		printf("%s: %s\n", r->plan.step[i].loss ? "lost" : "repair",
		       r->plan.step[i].text);
	if (!r->plan.nr_steps)
		printf("%s: nothing to repair\n", r->path);
	fflush(stdout);
}

static bool confirmed(const struct repair *r)
{
	char answer[16];

	if (r->yes)
		return true;
	fprintf(stderr, "Write this to %s? [y/N] ", r->path);
	return fgets(answer, sizeof(answer), stdin) &&
	       (answer[0] == 'y' || answer[0] == 'Y');
}

static void make_id(u8 id[16])
{
	uuid_generate(id);
}

/* Is it what it should be now? */
static int verify(struct repair *r)
{
	struct fsck f;
	int err;

	err = fsck_open(&f, mdfile_io(r->dev.file));
	if (!err && !fsck_clean(&f))
		err = -EUCLEAN;
	fsck_close(&f);
	if (!err)
		return TOOL_DONE;
	tool_complain("%s: it is not clean after the repair: %s", r->path,
		      strerror(-err));
	return TOOL_FAILED;
}

static int apply(struct repair *r, struct fsck_new *n)
{
	struct rp_why why = { "" };
	struct timespec now;
	int err;

	uuid_generate(n->generation);
	uuid_generate(n->volume);
	n->id = make_id;
	clock_gettime(CLOCK_REALTIME, &now);
	n->time = now.tv_sec * 1000000000ULL + now.tv_nsec;
	err = r->identity ? fsck_identity(&r->f, n, &why) :
			    fsck_apply(&r->f, &r->plan, n, &why);
	if (!err)
		return verify(r);
	tool_complain("%s: %s", r->path,
		      why.text[0] ? why.text : strerror(-err));
	return TOOL_FAILED;
}

static int repair(struct tool *t, struct repair *r)
{
	struct fsck_new n = { .time = 0 };
	struct refpoint_uuid uuid;
	bool done = false;
	json_object *o;
	int status;

	status = make_plan(r);
	if (status)
		return status;
	if (!t->json)
		show_plan(r);
	/* Before they are changed: the steps stand in the plan, findings in f. */
	o = json_object_new_object();
	put_str(o, "metadata", r->path);
	put_bool(o, "dry_run", r->dry_run);
	json_object_object_add(o, "findings", fsmodel_findings(&r->f));
	json_object_object_add(o, "steps", fsmodel_steps(&r->plan));
	if (r->plan.nr_steps && !r->dry_run) {
		if (!confirmed(r)) {
			tool_complain("nothing was written");
			json_object_put(o);
			return TOOL_FAILED;
		}
		status = apply(r, &n);
		done = !status;
	}
	put_bool(o, "done", done);
	memcpy(uuid.b, n.volume, sizeof(uuid.b));
	put_uuid(o, "new_volume", done && r->identity ? &uuid : NULL);
	memcpy(uuid.b, n.generation, sizeof(uuid.b));
	put_uuid(o, "new_generation",
		 done && (r->identity || r->plan.generation) ? &uuid : NULL);
	if (!t->json && done)
		printf("%s: repaired%s%s\n", r->path,
		       r->identity ? ", now volume " : "",
		       r->identity ? json_object_get_string(
				json_object_object_get(o, "new_volume")) : "");
	output_json_only(t, o);
	return status;
}

static int repair_run(struct tool *t, int argc, char **argv)
{
	struct repair r = { .path = NULL };
	int status, closed;

	parse(t, argc, argv, &r);
	status = mddev_open(&r.dev, r.path,
			    r.dry_run ? MDDEV_READ : MDDEV_WRITE);
	if (status)
		return status;
	status = repair(t, &r);
	fsck_plan_free(&r.plan);
	fsck_close(&r.f);
	closed = mddev_close(&r.dev);
	return status ? status : closed;
}

const struct command repair_commands[] = {
	{ "repair", NULL, "METADEV [OPTION...]",
	  "Make a damaged metadata device usable; what cannot be known becomes a gap.",
	  "  --dry-run         write nothing, print what would be done\n"
	  "  --yes             do not ask\n"
	  "  --new-generation  give up the history: no point is a baseline any more\n"
	  "  --new-identity    for a clone: a new volume UUID and generation; intervals,\n"
	  "                    points, collections and gaps of the old volume go\n"
	  "METADEV must not be in use. A power cut leaves it as it was, or repaired.\n",
	  repair_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
