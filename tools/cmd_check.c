// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint check: find every inconsistency of a metadata device, mend nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fsck/fsck.h"

#include "args.h"
#include "exit.h"
#include "fsmodel.h"
#include "mddev.h"
#include "output.h"

static int report(struct tool *t, const struct mddev *d, const struct fsck *f)
{
	bool clean = fsck_clean(f);
	/* Consistent as well: the next activation sees to it. */
	bool crashed = clean && !(f->md->state->sb.flags & RP_SUPER_CLEAN);
	json_object *o;
	u32 i;

	for (i = 0; !t->json && i < f->nr_findings; i++)
		printf("%s: %s: %s\n", fsck_severity_name(f->finding[i].severity),
		       f->finding[i].where, f->finding[i].what);
	if (!t->json)
		printf("%s: %s\n", d->path, !clean ? "inconsistent" : crashed ?
		       "clean, though not deactivated in order" : "clean");
	o = json_object_new_object();
	put_str(o, "metadata", d->path);
	put_bool(o, "clean", clean);
	if (clean)
		put_bool(o, "deactivated", !crashed);
	json_object_object_add(o, "findings", fsmodel_findings(f));
	output_json_only(t, o);
	if (f->err == -EPROTONOSUPPORT || f->newer)
		return TOOL_NOT_SUPPORTED;
	return clean ? TOOL_DONE : TOOL_FAILED;
}

static int check_run(struct tool *t, int argc, char **argv)
{
	const char *path = args_only(t, argc, argv, 1, 1,
				     "the metadata device")[0];
	struct mddev d;
	struct fsck f;
	int status, err;

	status = mddev_open(&d, path, MDDEV_READ);
	if (status)
		return status;
	err = fsck_open(&f, mdfile_io(d.file));
	if (err) {
		tool_complain("%s: cannot be checked: %s", path, strerror(-err));
		status = TOOL_FAILED;
	} else {
		status = report(t, &d, &f);
	}
	fsck_close(&f);
	mddev_close(&d);
	return status;
}

const struct command check_commands[] = {
	{ "check", NULL, "METADEV",
	  "Find every inconsistency of a metadata device; change nothing.",
	  "METADEV must not be in use; it may be a file with an image of a device.\n"
	  "One line for each finding: a note is nothing wrong, of a warning the kernel\n"
	  "takes care by itself, an error needs 'refpoint repair'. Exit status: 0 clean\n"
	  "(but for notes), 1 inconsistent, 12 in use, 15 made by a newer version. What was\n"
	  "not deactivated in order, by a power cut say, is clean too: the next\n"
	  "activation counts as written what was being written then.\n",
	  check_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
