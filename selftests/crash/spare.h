/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spare.h - the parts of the requests about the spare volume
 *
 *	spare.c		the volume itself: up, down, failing, held
 *	company.c	what it shares with others, and what is many
 */
#ifndef SPARE_H
#define SPARE_H

#include "requests.h"

/* Of the status line, which allocates nothing. */
struct spare_words {
	char state[16];
	unsigned int points;
	unsigned int gaps;
};

extern struct machine_volume spare, wide;

struct spare_words spare_look(void);
void spare_up(struct cuts *k);
void spare_down(struct cuts *k);
/* Down and up, with metadata of a new volume. */
void spare_renew(struct cuts *k);
/* Direct, other content each time. Return: 0 or -errno. */
int spare_put(const char *device, uint64_t at, size_t size);

/* --- parts of requests: before, run, after --- */

/* The origin's head is written behind the target's back. It is down. */
void spare_bypass(struct cuts *k);
int spare_up_moment(struct cuts *k);
/* I11: with one gap more. */
int spare_up_with_gap(struct cuts *k);

/* Its collection and its point, of which nobody else knows. */
void alone_before(struct cuts *k);
void alone_after(struct cuts *k, bool done);
/* A point goes and a collection gets another name while it is away. */
void behind_before(struct cuts *k);
int behind_run(struct cuts *k);
void behind_after(struct cuts *k, bool done);
/* An interval of very many pages. */
void wide_before(struct cuts *k);
int wide_run(struct cuts *k);
void wide_after(struct cuts *k, bool done);
/* A list over more gaps than there is room for at first. */
void gaps_before(struct cuts *k);
int gaps_run(struct cuts *k);

void make_collection(struct cuts *k, const char *name, const char *const *names,
		     unsigned int nr);

#endif /* SPARE_H */
