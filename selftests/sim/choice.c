// SPDX-License-Identifier: GPL-2.0-only
/*
 * choice.c - where all that is not determined comes from
 */
#include "choice.h"

u32 choose(struct choice *c, u32 n)
{
	unsigned int i = c->nr;

	if (n < 2)
		return 0;
	if (!c->listed)
		return rng_below(&c->rng, n);
	if (c->spent == c->budget)
		return 0;
	CHECK(i < CHOICES_MAX && n < 256);
	if (i >= c->told)
		c->pick[i] = 0;
	c->of[i] = n;
	c->nr++;
	CHECK(c->pick[i] < n);
	c->spent += c->pick[i] != 0;
	return c->pick[i];
}

bool choose_rare(struct choice *c, u32 n)
{
	return !c->listed && !rng_below(&c->rng, n);
}

bool choice_next(struct choice *c)
{
	while (c->nr) {
		unsigned int i = c->nr - 1;

		if (c->pick[i] + 1 < c->of[i]) {
			c->pick[i]++;
			c->told = c->nr;
			c->nr = 0;
			c->spent = 0;
			return true;
		}
		c->nr--;
	}
	return false;
}
