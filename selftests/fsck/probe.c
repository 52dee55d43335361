// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe FILE - what the module's own reader says of an image
 *
 * Prints the error's number, a blank, and the sentence; "0 " for an image that it
 * opens and can read to the last page.
 */
#include <fcntl.h>
#include <unistd.h>

#include "sim.h"
#include "core/metadata.h"

/* Read all: what does not prove itself only then is an error of its own. */
static int read_all(struct rp_md *md, struct rp_why *why)
{
	struct rp_page_kinds *k = rp_zalloc(sizeof(*k));
	struct rp_md_query *q;
	struct rp_tracker *t;
	struct rp_md_info info;
	u64 page;
	int err;

	snprintf(why->text, sizeof(why->text), "a page cannot be read");
	rp_md_get_info(md, &info);
	t = rp_tracker_alloc(&info.geo);
	err = rp_md_load_open(md, t, false);
	rp_tracker_free(t);
	if (!err)
		err = rp_md_query_open(md, rp_seq(rp_seq_nr(info.first_seq) - 1),
				       info.newest, &q);
	for (page = 0; !err && page < info.geo.nr_pages; page++)
		err = rp_md_query_page(q, rp_page(page), k);
	rp_md_query_close(q);
	rp_free(k);
	return err;
}

int main(int argc, char **argv)
{
	struct rp_why why = { "" };
	struct rp_md *md;
	struct sim s;
	off_t size;
	int fd, err;

	fd = argc == 2 ? open(argv[1], O_RDONLY) : -1;
	size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size < 0) {
		fprintf(stderr, "usage: probe FILE\n");
		return 2;
	}
	sim_init(&s, size / RP_BLOCK_SIZE);
	s.read_only = true;
	if (pread(fd, s.cur, s.io.nr_blocks * RP_BLOCK_SIZE, 0) < 0)
		return 2;
	close(fd);
	err = rp_md_open(&s.io, &md, &why);
	if (!err) {
		err = read_all(md, &why);
		rp_md_close(md);
	}
	printf("%d %s\n", -err, err ? why.text : "");
	sim_exit(&s);
	return 0;
}
