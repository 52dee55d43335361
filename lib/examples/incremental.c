// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * incremental - copy what changed on a volume since the last run
 *
 *	incremental COLLECTION VOLUME DEVICE TARGET STATE
 *
 * Cuts a point over COLLECTION, copies what changed on VOLUME between the point
 * of the last run, whose handle is in the file STATE, and the new one, from
 * DEVICE to TARGET at the same offsets, and keeps the new handle in STATE, and the
 * id of the point below it. With no STATE, or a baseline that cannot answer,
 * everything is copied. Of the two points one is destroyed in the end: the last
 * one when the copy is complete, else the new one.
 *
 * DEVICE must show the volume as it was at the point. Here it is the volume
 * itself, so nothing may be written meanwhile; a backup product reads from a
 * snapshot that was taken after the point, which holds all that the list is
 * about and perhaps some more. Either way it is read past the page cache, which would
 * go on showing what a run before has read of a volume that is mounted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <refpoint.h>

#define CHUNK	(1U << 20)
#define OWNER	"incremental"

/* What a run leaves for the next: "" and "" before the first. */
struct state {
	char handle[REFPOINT_HANDLE_MAX + 1];	/* opaque: the baseline */
	char point[REFPOINT_UUID_STR];		/* what to destroy in the end */
};

static void complain(struct refpoint_ctx *ctx, const struct refpoint_result *r,
		     int err)
{
	const char *text = err ? refpoint_error_message(ctx) :
				 refpoint_result_message(r);

	fprintf(stderr, "incremental: %s\n", *text ? text : strerror(-err));
}

/* Cut, and wait until the point is durable; 0 or -1. */
static int cut(struct refpoint_ctx *ctx, const char *collection,
	       struct refpoint_uuid *point, struct refpoint_result *r)
{
	struct refpoint_point_options *options = refpoint_point_options_new();
	uint64_t job;
	int err = -ENOMEM;

	if (options) {
		refpoint_point_options_set_owner(options, OWNER);
		err = refpoint_point_create(ctx, collection, options, point,
					    &job, r);
	}
	refpoint_point_options_free(options);
	if (!err && refpoint_result_value(r) == REFPOINT_RV_JOB_STARTED)
		err = refpoint_job_wait(ctx, job, -1, NULL, NULL, NULL, r);
	if (err || !refpoint_result_ok(r)) {
		complain(ctx, r, err);
		return -1;
	}
	return 0;
}

/* A point that stays takes room, but the copy is as good as it was. */
static void destroy(struct refpoint_ctx *ctx, const struct refpoint_uuid *point,
		    struct refpoint_result *r)
{
	int err = refpoint_point_destroy(ctx, point, OWNER, 0, 0, NULL, r);

	if (err || !refpoint_result_ok(r))
		complain(ctx, r, err);
}

static int copy(int from, int to, const struct refpoint_extent *e)
{
	/* Direct reads need memory that is aligned. */
	static _Alignas(4096) char buf[CHUNK];
	uint64_t offset = e->offset, left = e->length;

	while (left) {
		size_t size = left < CHUNK ? left : CHUNK;
		ssize_t n = pread(from, buf, size, offset);

		if (n <= 0 || pwrite(to, buf, n, offset) != n)
			return -1;
		offset += n;
		left -= n;
	}
	return 0;
}

/* Copy all that changed; 0, -1, or 1 when the baseline cannot answer. */
static int copy_changes(struct refpoint_ctx *ctx, const char *volume,
			const char *baseline, const struct refpoint_uuid *point,
			int from, int to, char *handle,
			struct refpoint_result *r)
{
	struct refpoint_changes_options *options = refpoint_changes_options_new();
	struct refpoint_changes *changes = NULL;
	struct refpoint_extent extent;
	int ret;

	if (!options)
		return -1;
	if (*baseline)
		refpoint_changes_options_set_from_handle(options, baseline);
	else
		refpoint_changes_options_set_from_all(options);
	refpoint_changes_options_set_to_point(options, point);
	refpoint_changes_options_set_merge_gap(options, CHUNK / 4);
	ret = refpoint_changes_open(ctx, volume, options, &changes, r);
	refpoint_changes_options_free(options);
	if (ret || !changes) {
		complain(ctx, r, ret);
		return *baseline ? 1 : -1;
	}
	snprintf(handle, REFPOINT_HANDLE_MAX + 1, "%s",
		 refpoint_changes_to(changes));
	while ((ret = refpoint_changes_next(changes, &extent, r)) > 0) {
		/* The content of a discarded range is nobody's business. */
		if (extent.kinds == REFPOINT_KIND_DISCARDED)
			continue;
		if (copy(from, to, &extent)) {
			perror("incremental: copying");
			ret = -1;
			break;
		}
	}
	/* Only 0 says that the list was complete. */
	if (ret && ret != -1)
		complain(ctx, r, ret);
	refpoint_changes_close(changes);
	return ret ? -1 : 0;
}

static void read_line(FILE *file, char *line, size_t size)
{
	line[0] = '\0';
	if (file && fgets(line, size, file))
		line[strcspn(line, "\n")] = '\0';
}

static void read_state(const char *path, struct state *state)
{
	FILE *file = fopen(path, "r");

	read_line(file, state->handle, sizeof(state->handle));
	read_line(file, state->point, sizeof(state->point));
	if (file)
		fclose(file);
}

/* The old state or the new one, whatever happens: first beside it, then there. */
static int write_state(const char *path, const struct state *state)
{
	char *temporary;
	FILE *file;
	int err;

	if (asprintf(&temporary, "%s.new", path) < 0)
		return -1;
	file = fopen(temporary, "w");
	err = !file;
	if (file) {
		fprintf(file, "%s\n%s\n", state->handle, state->point);
		err = fflush(file) || ferror(file) || fsync(fileno(file));
		err |= fclose(file) || (!err && rename(temporary, path));
	}
	free(temporary);
	return err ? -1 : 0;
}

static int run(struct refpoint_ctx *ctx, struct refpoint_result *r, char **argv)
{
	struct state last, new;
	struct refpoint_uuid point, old;
	int from, to, ret;

	from = open(argv[3], O_RDONLY | O_DIRECT | O_CLOEXEC);
	to = open(argv[4], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (from < 0 || to < 0) {
		perror("incremental: opening");
		return -1;
	}
	read_state(argv[5], &last);
	if (cut(ctx, argv[1], &point, r))
		return -1;
	refpoint_uuid_format(&point, new.point);
	ret = copy_changes(ctx, argv[2], last.handle, &point, from, to,
			   new.handle, r);
	if (ret > 0) {
		fprintf(stderr, "incremental: %s holds no baseline that can answer: copying everything\n",
			argv[5]);
		ret = copy_changes(ctx, argv[2], "", &point, from, to,
				   new.handle, r);
	}
	/* The new baseline counts once the copy is safe, not before. */
	if (!ret && (fsync(to) || write_state(argv[5], &new))) {
		perror("incremental: finishing");
		ret = -1;
	}
	/* And only then the last one is not needed any more. */
	if (ret)
		destroy(ctx, &point, r);
	else if (!refpoint_uuid_parse(last.point, &old))
		destroy(ctx, &old, r);
	close(from);
	close(to);
	return ret;
}

int main(int argc, char **argv)
{
	struct refpoint_result *result = refpoint_result_new();
	struct refpoint_ctx *ctx = NULL;
	int err;

	if (argc != 6) {
		fprintf(stderr, "usage: incremental COLLECTION VOLUME DEVICE TARGET STATE\n");
		return 2;
	}
	err = result ? refpoint_open(&ctx) : -ENOMEM;
	if (err) {
		fprintf(stderr, "incremental: %s\n", err == -ENOPKG ?
			"the module dm-refpoint is not loaded" :
			strerror(-err));
		return 1;
	}
	err = run(ctx, result, argv);
	refpoint_close(ctx);
	refpoint_result_free(result);
	return err ? 1 : 0;
}
