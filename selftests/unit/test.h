/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test.h - KTAP, random numbers, seeds
 *
 * A program runs a list of cases, each once or once for each seed. The first
 * failed CHECK() of a case says which seed it was and ends the case.
 */
#ifndef RP_TEST_H
#define RP_TEST_H

#include <setjmp.h>
#include <stdio.h>

#include "core/port.h"

struct rng {
	u64 state;
};

u64 rng_next(struct rng *r);
/* 0..n-1 */
u64 rng_below(struct rng *r, u64 n);
static inline bool rng_one_in(struct rng *r, u64 n) { return !rng_below(r, n); }

/**
 * struct test_case - one line of the result
 * @name: of it
 * @run: does it; @r is seeded
 * @seeds: how often by default; 1: the seed does not matter. RP_SEEDS=n in the
 *	environment means n percent of it, RP_FROM=n that the first is n, not 1.
 */
struct test_case {
	const char *name;
	void (*run)(struct rng *r);
	unsigned int seeds;
};

/* One case with one seed. Return: whether it passed; test_why() says why not. */
bool test_run(void (*run)(struct rng *r), u64 seed);
const char *test_why(void);

int test_main(const struct test_case *cases, unsigned int nr);

void __printf(3, 4) test_fail(const char *file, int line, const char *fmt, ...);
/* Figures that go with the case: how many states, how many refused. */
void test_count(const char *what, u64 n);

#define CHECK(cond) do {						\
	if (!(cond))							\
		test_fail(__FILE__, __LINE__, "%s", #cond);		\
} while (0)

#define CHECK_EQ(a, b) do {						\
	long long check_a = (long long)(a), check_b = (long long)(b);	\
	if (check_a != check_b)						\
		test_fail(__FILE__, __LINE__, "%s is %lld, not %s = %lld", \
			  #a, check_a, #b, check_b);			\
} while (0)

#endif /* RP_TEST_H */
