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

void requests_set_up(void);
void requests_end(void);
/* Until there are none. @lost: some were, and it was said. */
void events_read(bool *lost);

/* How a call went: its errno, or the kernel's refusal. */
int answer(struct cuts *k, int err);
/* Likewise, when the job that it may have started has ended. */
int job_answer(struct cuts *k, int err, uint64_t job);
/* What has to work, with memory. */
void must(struct cuts *k, int r, const char *what);

/* --- spare.c: of volumes that the world does not know --- */

extern const struct request spare_requests[];
extern const unsigned int nr_spare_requests;

/* @name: small. @wide: of so many pages that an index has to grow. */
void spare_set_up(struct cuts *k, const char *name, const char *wide);
void spare_end(void);

#endif /* REQUESTS_H */
