// SPDX-License-Identifier: GPL-2.0-only
/*
 * format_many DATA_BYTES DEVICE... - format very many metadata devices alike
 *
 * What `refpoint format` does, without a process for each of them: under User Mode
 * Linux that is what takes the time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#include "mdfile.h"

static int format(const char *path, uint64_t data_bytes)
{
	struct mdfile_params p = {
		.data_bytes = data_bytes,
		.granule_shift = MDFILE_GRANULE_SHIFT,
		.time = time(NULL) * 1000000000ULL,
	};
	char why[MDFILE_WHY_STR] = "";
	uint64_t bytes;
	int fd, err;

	arc4random_buf(&p.volume, sizeof(p.volume));
	arc4random_buf(&p.generation, sizeof(p.generation));
	fd = open(path, O_RDWR);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes)) {
		fprintf(stderr, "format_many: %s: %s\n", path, strerror(errno));
		return 1;
	}
	err = mdfile_format(fd, bytes, &p, why);
	if (err)
		fprintf(stderr, "format_many: %s: %s\n", path, *why ? why : strerror(-err));
	close(fd);
	return err != 0;
}

int main(int argc, char **argv)
{
	int i, bad = argc < 3;

	for (i = 2; i < argc && !bad; i++)
		bad = format(argv[i], strtoull(argv[1], NULL, 0));
	return bad;
}
