/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * requests.h - everything that can be asked of the module, one by one
 */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "life.h"

/**
 * struct request - something that allocates
 * @name: for messages
 * @before: what it needs; NULL: nothing
 * @run: it. Return: 0, -errno, or a refusal (REFUSED)
 * @after: undo it, or what is left of it when it failed; NULL: nothing
 * @judge: after how many times lists and points are judged; 0: never
 */
struct request {
	const char *name;
	void (*before)(struct cuts *k);
	int (*run)(struct cuts *k);
	void (*after)(struct cuts *k, bool done);
	unsigned int judge;
};

/* The kernel's answer is in the world's result. */
#define REFUSED		1

extern const struct request requests[];
extern const unsigned int nr_requests;

/* A third volume, of no collection: for what disturbs lists. */
extern struct machine_volume spare;
void requests_set_up(struct cuts *k, const char *name);
void requests_end(void);
/* Until there are none. @lost: some were, and it was said. */
void events_read(bool *lost);

#endif /* REQUESTS_H */
