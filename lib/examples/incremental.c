// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * incremental - copy what changed on a volume since the last run
 *
 *	incremental COLLECTION VOLUME DEVICE TARGET STATE
 *
 * Cuts a point over COLLECTION, copies what changed on VOLUME between the point
 * of the last run, whose handle is in the file STATE, and the new one, from
 * DEVICE to TARGET at the same offsets, and keeps the new handle in STATE. With
 * no STATE, or a baseline that cannot answer, everything is copied.
 *
 * DEVICE must show the volume as it was at the point. Here it is the volume
 * itself, so nothing may be written meanwhile; a backup product reads from a
 * snapshot that was taken after the point, which holds all that the list is
 * about and perhaps some more.
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
		refpoint_point_options_set_owner(options, "incremental");
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

static int copy(int from, int to, const struct refpoint_extent *e)
{
	static char buf[CHUNK];
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

static void read_state(const char *path, char *handle)
{
	FILE *file = fopen(path, "r");

	handle[0] = '\0';
	if (!file)
		return;
	if (fgets(handle, REFPOINT_HANDLE_MAX + 1, file))
		handle[strcspn(handle, "\n")] = '\0';
	fclose(file);
}

static int write_state(const char *path, const char *handle)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	fprintf(file, "%s\n", handle);
	return fclose(file);
}

static int run(struct refpoint_ctx *ctx, struct refpoint_result *r, char **argv)
{
	char baseline[REFPOINT_HANDLE_MAX + 1], handle[REFPOINT_HANDLE_MAX + 1];
	struct refpoint_uuid point;
	int from, to, ret;

	from = open(argv[3], O_RDONLY | O_CLOEXEC);
	to = open(argv[4], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (from < 0 || to < 0) {
		perror("incremental: opening");
		return -1;
	}
	read_state(argv[5], baseline);
	if (cut(ctx, argv[1], &point, r))
		return -1;
	ret = copy_changes(ctx, argv[2], baseline, &point, from, to, handle, r);
	if (ret > 0) {
		fprintf(stderr, "incremental: copying everything\n");
		ret = copy_changes(ctx, argv[2], "", &point, from, to, handle,
				   r);
	}
	/* The new baseline counts once the copy is safe, not before. */
	if (!ret && (fsync(to) || write_state(argv[5], handle))) {
		perror("incremental: finishing");
		ret = -1;
	}
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
