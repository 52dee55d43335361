// SPDX-License-Identifier: GPL-2.0-only
/*
 * A metadata device as an open file, for the code of kmod/core.
 *
 * This, and not the library's header, is how "format", "check", "dump" and
 * "repair" get at what is on disk: with the code that the kernel module reads it
 * with, so there is one truth.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kmod/core/metadata.h"

#include "mdfile.h"

_Static_assert(MDFILE_GRANULE_SHIFT == RP_GRANULE_SHIFT_DEF, "granule");
_Static_assert(MDFILE_GRANULE_SHIFT_MIN == RP_GRANULE_SHIFT_MIN, "granule");
_Static_assert(MDFILE_GRANULE_SHIFT_MAX == RP_GRANULE_SHIFT_MAX, "granule");
_Static_assert(MDFILE_WHY_STR >= RP_WHY_MAX, "sentence");

struct mdfile {
	struct rp_mdio io;
	int fd;
};

static struct mdfile *to_mdfile(struct rp_mdio *io)
{
	return (struct mdfile *)((char *)io - offsetof(struct mdfile, io));
}

/* ---- blocks ------------------------------------------------------------------------ */

static int file_read(int fd, uint64_t offset, void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)data + done, size - done,
				  offset + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;
		done += n;
	}
	return 0;
}

static int file_write(int fd, uint64_t offset, const void *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(fd, (const char *)data + done, size - done,
				   offset + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
	}
	return 0;
}

static uint64_t block_offset(rp_block_t block)
{
	return rp_block_nr(block) << RP_BLOCK_SHIFT;
}

static int mdfile_readv(struct rp_mdio *io, const struct rp_mdio_vec *vec,
			unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = file_read(to_mdfile(io)->fd, block_offset(vec[i].block),
				vec[i].data, RP_BLOCK_SIZE);
	return err;
}

static int mdfile_writev(struct rp_mdio *io, const struct rp_mdio_vec *vec,
			 unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = file_write(to_mdfile(io)->fd, block_offset(vec[i].block),
				 vec[i].data, RP_BLOCK_SIZE);
	return err;
}

static int mdfile_flush(struct rp_mdio *io)
{
	return fsync(to_mdfile(io)->fd) ? -errno : 0;
}

static int mdfile_write_fua(struct rp_mdio *io, rp_block_t block, void *data)
{
	int err = file_write(to_mdfile(io)->fd, block_offset(block), data,
			     RP_BLOCK_SIZE);

	return err ? err : mdfile_flush(io);
}

static const struct rp_mdio_ops mdfile_ops = {
	.readv = mdfile_readv,
	.writev = mdfile_writev,
	.write_fua = mdfile_write_fua,
	.flush = mdfile_flush,
};

static void mdfile_init(struct mdfile *file, int fd, uint64_t bytes)
{
	file->io.ops = &mdfile_ops;
	file->io.nr_blocks = bytes >> RP_BLOCK_SHIFT;
	file->fd = fd;
}

struct mdfile *mdfile_new(int fd, uint64_t bytes)
{
	struct mdfile *file = calloc(1, sizeof(*file));

	if (file)
		mdfile_init(file, fd, bytes);
	return file;
}

void mdfile_free(struct mdfile *file)
{
	free(file);
}

struct rp_mdio *mdfile_io(struct mdfile *file)
{
	return &file->io;
}

/* ---- formatting ----------------------------------------------------------------------- */

uint64_t mdfile_min_bytes(uint64_t data_bytes, unsigned int granule_shift)
{
	return rp_md_min_blocks(data_bytes >> RP_SECTOR_SHIFT, granule_shift)
		<< RP_BLOCK_SHIFT;
}

unsigned int mdfile_least_granule(uint64_t data_bytes)
{
	uint64_t sectors = data_bytes >> RP_SECTOR_SHIFT;
	unsigned int shift;

	for (shift = RP_GRANULE_SHIFT_MIN; shift <= RP_GRANULE_SHIFT_MAX; shift++)
		if (rp_geometry_valid(sectors, shift,
				      rp_md_default_region_shift(sectors, shift)))
			return shift;
	return 0;
}

uint64_t mdfile_recommended_bytes(uint64_t data_bytes,
				  unsigned int granule_shift)
{
	return rp_md_recommended_blocks(data_bytes >> RP_SECTOR_SHIFT,
					granule_shift) << RP_BLOCK_SHIFT;
}

int mdfile_format(int fd, uint64_t meta_bytes, const struct mdfile_params *p,
		  char why[MDFILE_WHY_STR])
{
	struct rp_md_params params = {
		.sectors = p->data_bytes >> RP_SECTOR_SHIFT,
		.granule_shift = p->granule_shift,
		.time = p->time,
	};
	struct rp_why reason = { "" };
	struct mdfile file;
	int err;

	memcpy(params.volume, p->volume.b, sizeof(params.volume));
	memcpy(params.generation, p->generation.b, sizeof(params.generation));
	mdfile_init(&file, fd, meta_bytes);
	err = rp_md_format(&file.io, &params, &reason);
	snprintf(why, MDFILE_WHY_STR, "%s", reason.text);
	return err;
}

/* ---- what is there already --------------------------------------------------------------- */

static int has_magic(int fd, unsigned int copy)
{
	struct rp_super_disk super;
	int err = file_read(fd, (uint64_t)copy << RP_BLOCK_SHIFT, &super,
			    sizeof(super));

	if (err)
		return err;
	return !memcmp(super.magic, RP_MAGIC, sizeof(super.magic));
}

int mdfile_signature(int fd, char *text, size_t size)
{
	char uuid[REFPOINT_UUID_STR];
	struct refpoint_uuid volume;
	struct rp_md_info info;
	struct mdfile file;
	off_t bytes = lseek(fd, 0, SEEK_END);
	unsigned int copy;
	int ret;

	if (bytes < 0)
		return -errno;
	mdfile_init(&file, fd, bytes);
	for (copy = 0; copy < RP_SUPER_COPIES; copy++) {
		/* Damaged or newer metadata are somebody's, too. */
		ret = has_magic(fd, copy);
		if (ret)
			break;
	}
	if (ret <= 0)
		return ret;
	if (rp_md_probe(&file.io, &info, NULL)) {
		snprintf(text, size, "refpoint metadata");
		return 1;
	}
	memcpy(volume.b, info.volume, sizeof(volume.b));
	snprintf(text, size, "refpoint metadata of volume %s",
		 refpoint_uuid_format(&volume, uuid));
	return 1;
}

int mdfile_wipe(int fd)
{
	static const char zeros[RP_BLOCK_SIZE];
	unsigned int copy;
	int err = 0;

	for (copy = 0; copy < RP_SUPER_COPIES && !err; copy++)
		err = file_write(fd, (uint64_t)copy << RP_BLOCK_SHIFT, zeros,
				 sizeof(zeros));
	if (!err && fsync(fd))
		err = -errno;
	return err;
}
