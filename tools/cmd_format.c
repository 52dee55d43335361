// SPDX-License-Identifier: GPL-2.0-only
/*
 * refpoint format: write an empty metadata device.
 *
 * The only command that does not go through the library: a device that is not
 * formatted is of no use to the kernel module, which never formats anything.
 * What is written is written by kmod/core, the code that the module reads it
 * with. Everything that can be refused is refused before the first write.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>
#include <uuid/uuid.h>

#include "args.h"
#include "exit.h"
#include "mdfile.h"
#include "output.h"
#include "signature.h"

struct format {
	const char *meta_path;
	const char *data_path;
	uint64_t granularity;
	bool force;
	bool size_only;

	int meta_fd;
	int data_fd;
	uint64_t meta_size;	/* bytes */
	uint64_t data_size;
	unsigned int granule_shift;
};

/* ---- devices ------------------------------------------------------------------------ */

static int not_a_device(const char *path, const struct stat *st)
{
	if (S_ISBLK(st->st_mode))
		return TOOL_DONE;
	tool_complain("%s is not a block device", path);
	return TOOL_FAILED;
}

static int device_size(const char *path, int fd, uint64_t *size)
{
	if (!ioctl(fd, BLKGETSIZE64, size))
		return TOOL_DONE;
	tool_complain("%s: cannot learn its size: %s", path, strerror(errno));
	return TOOL_FAILED;
}

/* Mounted, in use by device mapper, swapped on: it may be. Only its size counts. */
static int open_data(struct format *f)
{
	struct stat st;
	int status;

	f->data_fd = open(f->data_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (f->data_fd < 0 || fstat(f->data_fd, &st)) {
		tool_complain("cannot open %s: %s", f->data_path,
			      strerror(errno));
		return TOOL_FAILED;
	}
	status = not_a_device(f->data_path, &st);
	if (!status)
		status = device_size(f->data_path, f->data_fd, &f->data_size);
	if (!status && f->data_size < 512) {
		tool_complain("%s has no size", f->data_path);
		status = TOOL_FAILED;
	}
	return status;
}

/* Before a metadata device is asked for that would be of no use. */
static int check_granularity(const struct format *f)
{
	unsigned int least = mdfile_least_granule(f->data_size);

	if (least && least <= f->granule_shift)
		return TOOL_DONE;
	if (least)
		tool_complain("%s has %" PRIu64 " bytes, too many for granules of %" PRIu64 ": --granularity %llu is the least",
			      f->data_path, f->data_size, f->granularity, 1ULL << least);
	else
		tool_complain("%s has %" PRIu64 " bytes, too many for any granularity",
			      f->data_path, f->data_size);
	return TOOL_FAILED;
}

/* The same device by whatever names: a data device would be overwritten. */
static int compare_devices(const struct format *f)
{
	struct stat meta, data;

	if (stat(f->meta_path, &meta)) {
		tool_complain("cannot open %s: %s", f->meta_path,
			      strerror(errno));
		return TOOL_FAILED;
	}
	if (not_a_device(f->meta_path, &meta))
		return TOOL_FAILED;
	if (!fstat(f->data_fd, &data) && meta.st_rdev == data.st_rdev) {
		tool_complain("%s and %s are the same device (%u:%u): the metadata would overwrite the data",
			      f->meta_path, f->data_path,
			      major(meta.st_rdev), minor(meta.st_rdev));
		return TOOL_FAILED;
	}
	return TOOL_DONE;
}

/* O_EXCL: nobody has mounted it, no other target or array has it. */
static int open_meta(struct format *f)
{
	int status;

	f->meta_fd = open(f->meta_path, O_RDWR | O_EXCL | O_CLOEXEC);
	if (f->meta_fd < 0 && errno == EBUSY) {
		tool_complain("%s is in use", f->meta_path);
		return TOOL_BUSY;
	}
	if (f->meta_fd < 0) {
		tool_complain("cannot open %s: %s", f->meta_path,
			      strerror(errno));
		return TOOL_FAILED;
	}
	status = device_size(f->meta_path, f->meta_fd, &f->meta_size);
	return status;
}

static uint64_t needed(const struct format *f)
{
	return mdfile_min_bytes(f->data_size, f->granule_shift);
}

static int check_size(const struct format *f)
{
	char have[SIZE_STR], need[SIZE_STR];

	if (f->meta_size >= needed(f))
		return TOOL_DONE;
	tool_complain("%s is too small: it has %" PRIu64 " bytes (%s), and the metadata of %s needs %" PRIu64 " bytes (%s)",
		      f->meta_path, f->meta_size,
		      format_size(f->meta_size, have), f->data_path, needed(f),
		      format_size(needed(f), need));
	return TOOL_FAILED;
}

static int check_signature(const struct format *f)
{
	char text[128];
	int ret;

	ret = signature_find(f->meta_fd, text, sizeof(text));
	if (ret < 0) {
		tool_complain("%s: cannot look for signatures: %s",
			      f->meta_path, strerror(-ret));
		return TOOL_FAILED;
	}
	if (!ret)
		return TOOL_DONE;
	if (!f->force) {
		tool_complain("%s already carries %s; --force overwrites it",
			      f->meta_path, text);
		return TOOL_FAILED;
	}
	ret = signature_wipe(f->meta_fd);
	if (!ret)
		return TOOL_DONE;
	tool_complain("%s: cannot wipe %s: %s", f->meta_path, text,
		      strerror(-ret));
	return TOOL_FAILED;
}

/* ---- the command ---------------------------------------------------------------------- */

static void parse(struct tool *t, int argc, char **argv, struct format *f)
{
	enum { DATA = ARG_FIRST, GRANULARITY, FORCE, SIZE_ONLY };
	static const struct option options[] = {
		{ "data", required_argument, NULL, DATA },
		{ "granularity", required_argument, NULL, GRANULARITY },
		{ "force", no_argument, NULL, FORCE },
		{ "size-only", no_argument, NULL, SIZE_ONLY },
		ARGS_COMMON
	};
	int c;

	f->granularity = 1U << MDFILE_GRANULE_SHIFT;
	while ((c = args_next(t, argc, argv, options)) != -1) {
		switch (c) {
		case DATA:
			f->data_path = optarg;
			break;
		case GRANULARITY:
			f->granularity = arg_size(t, "--granularity", optarg);
			break;
		case FORCE:
			f->force = true;
			break;
		case SIZE_ONLY:
			f->size_only = true;
			break;
		}
	}
	/* With --size-only it need not exist, nor be named. */
	f->meta_path = args_rest(t, argc, argv, f->size_only ? 0 : 1, 1,
				 "the metadata device")[0];
	if (!f->data_path)
		tool_usage(t, "--data is missing");
	if (!f->granularity || (f->granularity & (f->granularity - 1)) ||
	    f->granularity < 1U << MDFILE_GRANULE_SHIFT_MIN ||
	    f->granularity > 1U << MDFILE_GRANULE_SHIFT_MAX)
		tool_usage(t, "--granularity: %" PRIu64 " is not a power of two from 4K to 16M",
			   f->granularity);
	f->granule_shift = __builtin_ctzll(f->granularity);
}

static int show_size(const struct tool *t, const struct format *f)
{
	json_object *o;

	if (!t->json) {
		printf("%" PRIu64 "\n", needed(f));
		return TOOL_DONE;
	}
	o = json_object_new_object();
	put_str(o, "data", f->data_path);
	put_u64(o, "capacity", f->data_size);
	put_u64(o, "granularity", f->granularity);
	put_u64(o, "metadata_min", needed(f));
	put_u64(o, "metadata_recommended",
		mdfile_recommended_bytes(f->data_size, f->granule_shift));
	output_json_only(t, o);
	return TOOL_DONE;
}

static int write_metadata(struct tool *t, const struct format *f)
{
	struct mdfile_params p = {
		.data_bytes = f->data_size,
		.granule_shift = f->granule_shift,
	};
	static const struct field rows[] = {
		{ "volume", "Volume", FIELD_TEXT, NULL },
		{ "generation", "Generation", FIELD_TEXT, NULL },
		{ "capacity", "Capacity", FIELD_BYTES, NULL },
		{ "granularity", "Granularity", FIELD_BYTES, NULL },
		{ "metadata_total", "Metadata", FIELD_BYTES, NULL },
		{ NULL, NULL, FIELD_TEXT, NULL }
	};
	char why[MDFILE_WHY_STR] = "";
	struct timespec now;
	json_object *o;
	int err;

	uuid_generate(p.volume.b);
	uuid_generate(p.generation.b);
	clock_gettime(CLOCK_REALTIME, &now);
	p.time = now.tv_sec * 1000000000ULL + now.tv_nsec;
	err = mdfile_format(f->meta_fd, f->meta_size, &p, why);
	if (err) {
		tool_complain("%s: cannot format: %s", f->meta_path,
			      *why ? why : strerror(-err));
		return TOOL_FAILED;
	}
	o = json_object_new_object();
	put_str(o, "metadata", f->meta_path);
	put_str(o, "data", f->data_path);
	put_uuid(o, "volume", &p.volume);
	put_uuid(o, "generation", &p.generation);
	put_u64(o, "capacity", f->data_size);
	put_u64(o, "granularity", f->granularity);
	put_u64(o, "metadata_total", f->meta_size);
	put_u64(o, "sectors", f->data_size / 512);
	output_object(t, o, rows);
	return TOOL_DONE;
}

static int format(struct tool *t, struct format *f)
{
	int status = open_data(f);

	if (!status)
		status = check_granularity(f);
	if (!status && f->size_only)
		return show_size(t, f);
	if (!status)
		status = compare_devices(f);
	if (!status)
		status = open_meta(f);
	if (!status)
		status = check_size(f);
	if (!status)
		status = check_signature(f);
	if (!status)
		status = write_metadata(t, f);
	return status;
}

static int format_run(struct tool *t, int argc, char **argv)
{
	struct format f = { .meta_fd = -1, .data_fd = -1 };
	int status;

	parse(t, argc, argv, &f);
	status = format(t, &f);
	if (f.meta_fd >= 0 && close(f.meta_fd) && !status) {
		tool_complain("%s: %s", f.meta_path, strerror(errno));
		status = TOOL_FAILED;
	}
	if (f.data_fd >= 0)
		close(f.data_fd);
	return status;
}

const struct command format_commands[] = {
	{ "format", NULL, "METADEV --data DATADEV [OPTION...]",
	  "Write empty metadata for a volume over DATADEV to METADEV.",
	  "  --data DATADEV    the device to be tracked; may be in use\n"
	  "  --granularity N   unit of tracking, a power of two from 4K to 16M; default: 64K\n"
	  "  --force           overwrite what METADEV carries\n"
	  "  --size-only       write nothing, print the bytes that are needed\n",
	  format_run },
	{ NULL, NULL, NULL, NULL, NULL, NULL }
};
