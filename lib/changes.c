// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * GetChanges as an iterator that owns the paging.
 *
 * A list of changes that is too short loses data in the backup made from it
 * (I1 of the design), so nothing that the kernel sends is taken on trust: the
 * extents of all pages must strictly increase and lie inside what their page
 * answers for, each page must go on where the last one ended and get ahead, the
 * last one must reach the end of what was asked for, and the history of the
 * volume must be the same in all of them. Anything else is an error, and an
 * error is final.
 */
#include "changes.h"

/* One reply. */
struct rp_page {
	struct rp_uuid_field volume;
	struct rp_uuid_field generation;
	char *from;
	char *to;
	uint64_t capacity_from;
	uint64_t capacity_to;
	struct rp_counter processed;
	struct rp_counter next_start;
	uint32_t complete;
	uint64_t lease;
	struct rp_blob extents;
};

static const struct rp_field page_fields[] = {
	RP_FIELD(REFPOINT_A_VOLUME_ID, RP_UUID, rp_page, volume),
	RP_FIELD(REFPOINT_A_GENERATION, RP_UUID, rp_page, generation),
	RP_FIELD(REFPOINT_A_FROM_HANDLE, RP_STR, rp_page, from),
	RP_FIELD(REFPOINT_A_TO_HANDLE, RP_STR, rp_page, to),
	RP_FIELD(REFPOINT_A_CAPACITY_FROM, RP_U64, rp_page, capacity_from),
	RP_FIELD(REFPOINT_A_CAPACITY_TO, RP_U64, rp_page, capacity_to),
	RP_FIELD(REFPOINT_A_PROCESSED, RP_COUNTER, rp_page, processed),
	RP_FIELD(REFPOINT_A_NEXT_START, RP_COUNTER, rp_page, next_start),
	RP_FIELD(REFPOINT_A_COMPLETE, RP_U8, rp_page, complete),
	RP_FIELD(REFPOINT_A_LEASE, RP_U64, rp_page, lease),
	RP_FIELD(REFPOINT_A_EXTENTS, RP_BLOB_LIST, rp_page, extents),
};

static const struct rp_kind page_kind = RP_KIND(rp_page, page_fields, 0);

struct refpoint_changes {
	struct refpoint_ctx *ctx;
	struct refpoint_changes_options options;
	struct refpoint_uuid volume;

	struct rp_uuid_field generation;	/* from the first page on */
	char *from;
	char *to;
	uint64_t capacity_from;
	uint64_t capacity_to;

	struct rp_page page;		/* in hand */
	size_t index;			/* next extent of it */
	size_t count;
	uint64_t position;		/* all before it is answered for */
	uint64_t lease;
	bool last;			/* the page in hand is the last one */
	bool ended;			/* 0 was returned */
	int err;			/* final */

	struct refpoint_extent pending;	/* may still grow; length 0: none */
	struct refpoint_changes_totals totals;
};

/* ---- checks of a page ------------------------------------------------------------ */

static int bad_page(struct refpoint_changes *c, const char *what)
{
	return rp_ctx_error(c->ctx, -EPROTO,
			    "the kernel's list of changes is wrong at byte %llu: %s",
			    (unsigned long long)c->position, what);
}

static uint64_t end_wanted(const struct refpoint_changes *c)
{
	uint64_t start = c->options.start, length = c->options.length;

	if (!length || length > c->capacity_to ||
	    start > c->capacity_to - length)
		return c->capacity_to;
	return start + length;
}

/* Where the page ends: it must be ahead of where it began. */
static int page_progress(struct refpoint_changes *c, uint64_t *next)
{
	const struct rp_page *p = &c->page;
	uint64_t end;

	if (!p->processed.set && !p->next_start.set)
		return bad_page(c, "it does not say how far it goes");
	if (p->processed.set) {
		if (__builtin_add_overflow(c->position, p->processed.value,
					   &end))
			return bad_page(c, "it goes too far");
		if (p->next_start.set && p->next_start.value != end)
			return bad_page(c, "it contradicts itself on how far it goes");
	} else {
		end = p->next_start.value;
	}
	if (end < c->position)
		return bad_page(c, "it goes backwards");
	if (p->complete) {
		if (end < end_wanted(c))
			return bad_page(c, "it ends before what was asked for does");
	} else if (end == c->position) {
		return bad_page(c, "it does not get ahead");
	} else if (end > end_wanted(c)) {
		return bad_page(c, "it goes beyond what was asked for");
	}
	*next = end;
	return 0;
}

static int page_extents(struct refpoint_changes *c, uint64_t next)
{
	struct refpoint_extent *e = c->page.extents.data;
	uint64_t last = c->position, end;
	size_t i;

	if (c->page.extents.size % sizeof(*e))
		return bad_page(c, "an extent is cut short");
	c->count = c->page.extents.size / sizeof(*e);
	c->index = 0;
	for (i = 0; i < c->count; i++) {
		if (!e[i].length || !e[i].kinds)
			return bad_page(c, "an extent is empty");
		if (__builtin_add_overflow(e[i].offset, e[i].length, &end))
			return bad_page(c, "an extent is too long");
		if (e[i].offset < last)
			return bad_page(c, "extents overlap or are out of order");
		if (end > next || end > c->capacity_to)
			return bad_page(c, "an extent lies outside");
		/* A kind that this library does not know: better copy it. */
		if (e[i].kinds & ~(REFPOINT_KIND_WRITTEN |
				   REFPOINT_KIND_ZEROED |
				   REFPOINT_KIND_DISCARDED |
				   REFPOINT_KIND_UNKNOWN))
			e[i].kinds |= REFPOINT_KIND_WRITTEN;
		last = end;
	}
	return 0;
}

/* The ends as the kernel resolved them; the same in every page. */
static int page_ends(struct refpoint_changes *c, bool first)
{
	struct rp_page *p = &c->page;

	if (!p->generation.set)
		return bad_page(c, "it has no generation");
	if (p->volume.set &&
	    memcmp(&p->volume.uuid, &c->volume, sizeof(c->volume)))
		return bad_page(c, "it is about another volume");
	if (first) {
		c->generation = p->generation;
		c->from = p->from;
		c->to = p->to;
		p->from = NULL;
		p->to = NULL;
		c->capacity_from = p->capacity_from;
		c->capacity_to = p->capacity_to;
		return 0;
	}
	if (memcmp(&p->generation.uuid, &c->generation.uuid,
		   sizeof(c->generation.uuid)))
		return rp_ctx_error(c->ctx, -ESTALE,
				    "the volume began a new history while its changes were read");
	if (strcmp(rp_str(p->from), rp_str(c->from)) ||
	    strcmp(rp_str(p->to), rp_str(c->to)) ||
	    p->capacity_from != c->capacity_from ||
	    p->capacity_to != c->capacity_to)
		return rp_ctx_error(c->ctx, -EAGAIN,
				    "the volume changed its size or its points while its changes were read");
	return 0;
}

/* ---- fetching ----------------------------------------------------------------------- */

static void page_drop(struct refpoint_changes *c)
{
	rp_attr_release(&c->page, &page_kind);
	memset(&c->page, 0, sizeof(c->page));
	c->index = 0;
	c->count = 0;
}

static int page_ask(struct refpoint_changes *c, struct refpoint_result *result)
{
	struct nl_msg *msg = rp_nl_msg(c->ctx, REFPOINT_CMD_GET_CHANGES);
	int err = -ENOMEM;

	page_drop(c);
	if (msg) {
		err = rp_put_uuid(msg, REFPOINT_A_VOLUME_ID, &c->volume);
		if (!err)
			err = rp_changes_options_put(msg, &c->options,
						     c->position);
		if (!err && c->lease &&
		    nla_put_u64(msg, REFPOINT_A_LEASE, c->lease))
			err = -EMSGSIZE;
	}
	if (err) {
		nlmsg_free(msg);
		return rp_result_fail(c->ctx, result, err);
	}
	return rp_object_method(c->ctx, msg, &page_kind, &c->page, result);
}

/* Return: 0 with a page, 1 when the kernel refused, -errno. */
static int page_fetch(struct refpoint_changes *c, struct refpoint_result *result,
		      bool first)
{
	uint64_t next = 0;
	int err;

	err = page_ask(c, result);
	if (!err && c->lease &&
	    refpoint_result_reason(result) == REFPOINT_REASON_LEASE_EXPIRED) {
		/*
		 * The caller was slow. The rest can be asked for anew: both
		 * ends are still what they were, or the kernel says why not;
		 * when "to" is now, a later now only has more.
		 */
		c->lease = 0;
		rp_result_begin(c->ctx, result);
		err = page_ask(c, result);
	}
	if (err)
		return err;
	if (result->value != REFPOINT_RV_DONE)
		return 1;
	err = page_ends(c, first);
	if (!err)
		err = page_progress(c, &next);
	if (!err)
		err = page_extents(c, next);
	if (err)
		return rp_result_fail(c->ctx, result, err);
	c->position = next;
	c->lease = c->page.lease;
	c->last = c->page.complete;
	return 0;
}

int refpoint_changes_open(struct refpoint_ctx *ctx, const char *volume,
			  const struct refpoint_changes_options *options,
			  struct refpoint_changes **changes,
			  struct refpoint_result *result)
{
	struct refpoint_changes *c;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!changes || !options)
		return rp_result_fail(ctx, result, -EINVAL);
	*changes = NULL;
	if (options->from.type == RP_END_NONE)
		return rp_result_fail(ctx, result,
				      rp_ctx_error(ctx, -EINVAL,
						   "it was not said from where on"));
	c = calloc(1, sizeof(*c));
	if (!c)
		return rp_result_fail(ctx, result, -ENOMEM);
	c->ctx = ctx;
	c->options = *options;
	c->position = options->start;
	c->totals.size = sizeof(c->totals);
	err = rp_volume_resolve(ctx, volume, &c->volume, result);
	if (!err)
		err = page_fetch(c, result, true);
	if (err) {
		refpoint_changes_close(c);
		return err < 0 ? err : 0;
	}
	*changes = c;
	return 0;
}

/* ---- reading ------------------------------------------------------------------------- */

/*
 * Could @e become a part of @p, which comes before it? Over a hole only where
 * both have to be copied: the bytes in between did not change, so copying them
 * does no harm, but calling them zeroed or discarded would be a lie (I13).
 */
static bool extents_join(const struct refpoint_extent *p,
			 const struct refpoint_extent *e, uint64_t merge_gap)
{
	uint64_t gap = e->offset - (p->offset + p->length);

	if (p->kinds != e->kinds)
		return false;
	if (!gap)
		return true;
	return gap <= merge_gap &&
	       !(p->kinds & (REFPOINT_KIND_ZEROED | REFPOINT_KIND_DISCARDED));
}

static void totals_add(struct refpoint_changes_totals *t,
		       const struct refpoint_extent *e)
{
	t->extents++;
	t->bytes += e->length;
	if (e->kinds & REFPOINT_KIND_WRITTEN)
		t->written += e->length;
	if (e->kinds & REFPOINT_KIND_ZEROED)
		t->zeroed += e->length;
	if (e->kinds & REFPOINT_KIND_DISCARDED)
		t->discarded += e->length;
	if (e->kinds & REFPOINT_KIND_UNKNOWN)
		t->unknown += e->length;
}

/* The next extent of the page in hand that cannot grow any more, if any. */
static bool page_take(struct refpoint_changes *c,
		      struct refpoint_extent *extent)
{
	const struct refpoint_extent *e = c->page.extents.data;
	struct refpoint_extent *p = &c->pending;

	while (c->index < c->count) {
		const struct refpoint_extent *next = &e[c->index++];

		if (p->length && extents_join(p, next, c->options.merge_gap)) {
			p->length = next->offset + next->length - p->offset;
			continue;
		}
		*extent = *p;
		*p = *next;
		if (extent->length)
			return true;
	}
	if (!c->last || !p->length)
		return false;
	*extent = *p;
	memset(p, 0, sizeof(*p));
	return true;
}

int refpoint_changes_next(struct refpoint_changes *changes,
			  struct refpoint_extent *extent,
			  struct refpoint_result *result)
{
	struct refpoint_changes *c = changes;
	int err;

	if (!c || !extent || !result)
		return -EINVAL;
	if (c->err) {
		rp_ctx_error(c->ctx, 0, "the list of changes has ended in an error");
		return c->err;
	}
	for (;;) {
		if (page_take(c, extent)) {
			totals_add(&c->totals, extent);
			return 1;
		}
		if (c->last) {
			c->ended = true;
			return 0;
		}
		rp_result_begin(c->ctx, result);
		err = page_fetch(c, result, false);
		if (err > 0) {
			rp_ctx_error(c->ctx, 0, "%s",
				     refpoint_result_message(result));
			err = -EREMOTEIO;
		}
		if (err) {
			c->err = err;
			return err;
		}
	}
}

int refpoint_changes_summary(struct refpoint_changes *changes,
			     struct refpoint_changes_totals *totals,
			     struct refpoint_result *result)
{
	struct refpoint_extent extent;
	size_t size;
	int ret;

	if (!changes || !totals || totals->size < sizeof(totals->size))
		return -EINVAL;
	do {
		ret = refpoint_changes_next(changes, &extent, result);
	} while (ret > 0);
	if (ret)
		return ret;
	/* An older caller has less room, a newer one more than we know of. */
	size = totals->size;
	memset(totals, 0, size);
	memcpy(totals, &changes->totals,
	       size < sizeof(*totals) ? size : sizeof(*totals));
	totals->size = size;
	return 0;
}

void refpoint_changes_close(struct refpoint_changes *changes)
{
	if (!changes)
		return;
	page_drop(changes);
	free(changes->from);
	free(changes->to);
	free(changes);
}

/* ---- accessors ----------------------------------------------------------------------- */

bool refpoint_changes_complete(const struct refpoint_changes *changes)
{
	return changes->ended;
}

const struct refpoint_uuid *
refpoint_changes_volume(const struct refpoint_changes *changes)
{
	return &changes->volume;
}

const struct refpoint_uuid *
refpoint_changes_generation(const struct refpoint_changes *changes)
{
	return &changes->generation.uuid;
}

const char *refpoint_changes_from(const struct refpoint_changes *changes)
{
	return rp_str(changes->from);
}

const char *refpoint_changes_to(const struct refpoint_changes *changes)
{
	return rp_str(changes->to);
}

uint64_t refpoint_changes_capacity_from(const struct refpoint_changes *changes)
{
	return changes->capacity_from;
}

uint64_t refpoint_changes_capacity_to(const struct refpoint_changes *changes)
{
	return changes->capacity_to;
}

uint64_t refpoint_changes_start(const struct refpoint_changes *changes)
{
	return changes->options.start;
}

uint64_t refpoint_changes_position(const struct refpoint_changes *changes)
{
	return changes->position;
}
