// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint dump: everything that is on a metadata device, as far as it can be read.
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

/* How often to begin anew when a commit comes in between. */
#define TRIES	8

/* ---- text, from the same model ---------------------------------------------------- */

static bool is_plain(json_object *v)
{
	return !json_object_is_type(v, json_type_object) &&
	       !json_object_is_type(v, json_type_array);
}

/* Control characters could move the cursor: quoted, as in JSON. */
static void print_plain(json_object *v)
{
	const char *text = v ? json_object_get_string(v) : "-", *p;

	for (p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			break;
	if (*p)
		text = json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN);
	fputs(text, stdout);
}

static void print_fields(json_object *o)
{
	bool first = true;

	json_object_object_foreach(o, key, value) {
		printf("%s%s ", first ? "" : ", ", key);
		print_plain(value);
		first = false;
	}
	putchar('\n');
}

/* An object of nothing but plain values takes one line. */
static bool is_flat(json_object *o)
{
	json_object_object_foreach(o, key, value) {
		(void)key;
		if (!is_plain(value))
			return false;
	}
	return true;
}

static void print_text(json_object *o, int indent);

static void print_array(const char *key, json_object *array, int indent)
{
	size_t n = json_object_array_length(array), i;

	printf("%*s%s:", indent, "", key);
	for (i = 0; i < n && is_plain(json_object_array_get_idx(array, i)); i++) {
		putchar(' ');
		print_plain(json_object_array_get_idx(array, i));
	}
	putchar('\n');
	for (; i < n; i++) {
		json_object *v = json_object_array_get_idx(array, i);

		if (is_flat(v) && indent) {
			printf("%*s", indent + 4, "");
			print_fields(v);
			continue;
		}
		print_text(v, indent + 4);
		if (i + 1 < n)
			putchar('\n');
	}
}

static void print_text(json_object *o, int indent)
{
	json_object_object_foreach(o, key, value) {
		if (json_object_is_type(value, json_type_array)) {
			print_array(key, value, indent);
		} else if (json_object_is_type(value, json_type_object)) {
			printf("%*s%s:\n", indent, "", key);
			print_text(value, indent + 4);
		} else {
			printf("%*s%s: ", indent, "", key);
			print_plain(value);
			putchar('\n');
		}
	}
}

/* ---- the command -------------------------------------------------------------------- */

static u64 newest_commit(const struct rp_super_copy c[RP_SUPER_COPIES])
{
	u64 newest = 0;
	unsigned int i;

	for (i = 0; i < RP_SUPER_COPIES; i++)
		if (c[i].disk && !c[i].err)
			newest = max_t(u64, newest,
				       le64_to_cpu(c[i].disk->commit));
	return newest;
}

/* Has there been a commit since @f was read? */
static bool has_moved(const struct fsck *f)
{
	struct rp_super_copy now[RP_SUPER_COPIES];
	struct rp_why why;
	bool moved;

	moved = rp_sb_copies_read(f->io, now, &why) ||
		newest_commit(now) != newest_commit(f->copy);
	rp_sb_copies_free(now);
	return moved;
}

static int read_all(const struct mddev *d, struct fsck *f, json_object **model)
{
	unsigned int try;
	int err;

	for (try = 0; try < TRIES; try++) {
		err = fsck_open(f, mdfile_io(d->file));
		*model = err ? NULL : fsmodel_dump(f);
		if (err || !*model || !d->in_use || !has_moved(f))
			return err ? err : *model ? 0 : -ENOMEM;
		if (try + 1 < TRIES) {
			json_object_put(*model);
			fsck_close(f);
		}
	}
	tool_complain("%s: it changed while it was read, %u times: what does not fit together may be due to that",
		      d->path, TRIES);
	return 0;
}

static int dump_run(struct tool *t, int argc, char **argv)
{
	const char *path = args_only(t, argc, argv, 1, 1,
				     "the metadata device")[0];
	json_object *model, *o;
	struct mddev d;
	struct fsck f;
	int status, err;

	status = mddev_open(&d, path, MDDEV_SHARE);
	if (status)
		return status;
	if (d.in_use)
		tool_complain("%s is in use: this is the last commit; the kernel knows more", path);
	err = read_all(&d, &f, &model);
	if (err) {
		tool_complain("%s: cannot be read: %s", path, strerror(-err));
		status = TOOL_FAILED;
	} else {
		o = json_object_new_object();
		put_str(o, "metadata", path);
		put_bool(o, "in_use", d.in_use);
		json_object_object_foreach(model, key, value)
			json_object_object_add(o, key, json_object_get(value));
		json_object_put(model);
		if (!t->json)
			print_text(o, 0);
		output_json_only(t, o);
		if (f.best < 0) {
			tool_complain("%s: %s", path, f.why.text);
			status = f.err == -EPROTONOSUPPORT ? TOOL_NOT_SUPPORTED :
							     TOOL_FAILED;
		}
	}
	fsck_close(&f);
	mddev_close(&d);
	return status;
}

const struct command dump_commands[] = {
	{ "dump", NULL, "METADEV",
	  "Print everything that is on a metadata device, damaged or in use.",
	  "Superblocks, the arm map in numbers, the catalogue, each record, the extents of\n"
	  "each interval. Of a device in use: as of a commit; what is in memory is not in it.\n",
	  dump_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
