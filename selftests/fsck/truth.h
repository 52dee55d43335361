/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * truth.h - is everything that was written still known? (I1)
 */
#ifndef TRUTH_H
#define TRUTH_H

#include "world.h"

/*
 * I1 for each interval of @w on @s: each granule has a kind or lies in a gap, each
 * boundary is there, what was armed is armed. Return: false if it is of another
 * generation, which refuses all questions.
 */
bool check_truth(struct world *w, struct sim *s);

#endif /* TRUTH_H */
