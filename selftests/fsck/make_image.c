// SPDX-License-Identifier: GPL-2.0-only
/*
 * make_image empty|clean|crashed|witness FILE - an image as today's code writes it
 */
#include "world.h"

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	static const char *const names[] = {
		"empty", "clean", "crashed", "witness",
	};
	struct rng r = { .state = 1 };
	struct world w;
	unsigned int kind;
	FILE *file;

	for (kind = 0; argc == 3 && kind < WORLD_NR_KINDS; kind++)
		if (!strcmp(argv[1], names[kind]))
			break;
	if (argc != 3 || kind == WORLD_NR_KINDS) {
		fprintf(stderr, "usage: make_image empty|clean|crashed|witness FILE\n");
		return 2;
	}
	world_make(&w, kind, &r);
	file = fopen(argv[2], "wb");
	if (!file)
		fail(argv[2]);
	if (fwrite(w.sim.cur, RP_BLOCK_SIZE, WORLD_BLOCKS, file) != WORLD_BLOCKS ||
	    fclose(file))
		fail(argv[2]);
	world_free(&w);
	return 0;
}
