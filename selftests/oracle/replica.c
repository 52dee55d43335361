// SPDX-License-Identifier: GPL-2.0-only
/*
 * replica.c - a copy that is kept by lists of changes alone
 *
 * As a backup without snapshots does it: after each point the ranges that
 * changed since the one before are copied from the live volume. A write in flight
 * at the point may land after its range was copied; it has to be in the next list
 * too, or the copy stays wrong for ever (I5). What is kept of a sector is the
 * number of the operation that wrote it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "oracle.h"

#define STEP		2048U
#define UNDEFINED	(UINT32_MAX - 1)

static void copy(struct volume *v, uint32_t first, uint32_t count, void *data)
{
	uint32_t i, n;

	for (; count; first += n, count -= n) {
		n = count < STEP ? count : STEP;
		volume_read(v, first, n, data);
		for (i = 0; i < n; i++)
			v->replica[first + i] = content_read(v, first + i,
						(uint8_t *)data + i * SECTOR);
	}
}

void replica_update(struct world *w, struct volume *v, const struct point *from,
		    const struct point *to)
{
	const struct question q = { .from = from, .to = to };
	struct list list;
	void *data;
	size_t i;

	if (posix_memalign(&data, 4096, STEP * SECTOR))
		die("out of memory");
	if (ask(w, v, &q, &list))
		die("%s: refused: %s", v->name,
		    refpoint_result_message(w->result));
	for (i = 0; i < list.nr; i++) {
		const struct refpoint_extent *e = &list.extent[i];
		uint32_t first = e->offset / SECTOR, count = e->length / SECTOR, s;

		if (e->kinds == REFPOINT_KIND_WRITTEN) {
			copy(v, first, count, data);
			continue;
		}
		for (s = first; s < first + count; s++)
			v->replica[s] = e->kinds == REFPOINT_KIND_ZEROED ?
					NO_OP : UNDEFINED;
	}
	list_free(&list);
	free(data);
}

void replica_compare(struct volume *v)
{
	uint64_t wrong = 0, first = 0;
	uint32_t s;

	for (s = 0; s < v->sectors; s++) {
		uint32_t last = v->last[s];
		bool good;

		if (last == NO_OP)
			good = v->replica[s] == NO_OP;
		else if (v->ops[last].type == OP_WRITE)
			good = v->replica[s] == last;
		else if (v->ops[last].type == OP_ZERO)
			good = v->replica[s] == NO_OP;
		else
			good = true;
		if (!good && !wrong++)
			first = s;
	}
	score_add(CHECK_REPLICA, !wrong,
		  "%s: %" PRIu64 " sectors of the replica are wrong, sector %" PRIu64 " first",
		  v->name, wrong, first);
}
