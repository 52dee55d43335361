// SPDX-License-Identifier: GPL-2.0-only
/*
 * fill DEVICE FREE - leave no more than FREE blocks of a metadata device
 *
 * With records that mean nothing: packs of used-up ids that cannot be read, which
 * the module says and leaves alone. The volume is inactive meanwhile.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/metadata.h"
#include "mdfile.h"

static int fail(const char *what, int err)
{
	fprintf(stderr, "fill: %s: %d\n", what, err);
	return 1;
}

/* What stands before a record's data, and some. */
#define HEAD	256

/* One record of @blocks. The reserve is what is to be used up. */
static int put(struct rp_md *md, uint64_t blocks)
{
	static const uint8_t nothing[RP_RECORD_BYTES_MAX];
	uint8_t id[16];
	int r;

	arc4random_buf(id, sizeof(id));
	r = rp_md_stage_record(md, RP_RECORD_TOMBSTONES, id, nothing,
			       blocks * RP_BLOCK_SIZE - HEAD);
	return r ? r : rp_md_commit(md, 1, false);
}

static uint64_t room(struct rp_md *md)
{
	struct rp_md_usage usage;

	rp_md_get_usage(md, &usage);
	return usage.total - usage.used;
}

int main(int argc, char **argv)
{
	uint64_t keep, want;
	struct mdfile *file;
	struct rp_why why;
	struct rp_md *md;
	int fd, r;

	if (argc != 3) {
		fprintf(stderr, "usage: fill DEVICE FREE\n");
		return 2;
	}
	keep = strtoull(argv[2], NULL, 0);
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		return fail(argv[1], fd);
	file = mdfile_new(fd, lseek(fd, 0, SEEK_END));
	r = file ? rp_md_open(mdfile_io(file), &md, &why) : -1;
	if (r)
		return fail("open", r);
	want = RP_RECORD_BYTES_MAX / RP_BLOCK_SIZE;
	while (want && room(md) > keep) {
		r = room(md) < keep + want ? -ENOSPC : put(md, want);
		if (r == -ENOSPC)
			want /= 2;
		else if (r)
			return fail("commit", r);
	}
	printf("%llu blocks are free\n", (unsigned long long)room(md));
	rp_md_close(md);
	mdfile_free(file);
	return fsync(fd) ? fail("fsync", -1) : 0;
}
