// SPDX-License-Identifier: GPL-2.0-only
/*
 * plan.c - what a repair would do
 *
 * What cannot be known becomes a gap, never silence (I1). Of an interval that is
 * lost the boundaries at both ends are known still: its points stay, and what lies
 * between them is unknown. Where it is not known what all is lost (a page of the
 * catalogue, a gap's record) history cannot be kept: a new generation begins, and
 * old handles are refused for that reason (I10).
 */
#include <linux/refpoint.h>

#include "fsck.h"

static void *grow(void *old, u32 nr, u32 *max, size_t size)
{
	u32 more = *max ? 2 * *max : 16;
	void *p;

	if (nr < *max)
		return old;
	p = rp_calloc(more, size);
	if (!p)
		return NULL;
	if (nr)
		memcpy(p, old, nr * size);
	rp_free(old);
	*max = more;
	return p;
}

int fsck_step(struct fsck_plan *plan, bool loss, const char *fmt, ...)
{
	struct fsck_step *s;
	va_list ap;

	s = grow(plan->step, plan->nr_steps, &plan->max_steps, sizeof(*s));
	if (!s)
		return -ENOMEM;
	plan->step = s;
	s += plan->nr_steps++;
	s->loss = loss;
	va_start(ap, fmt);
	vscnprintf(s->text, sizeof(s->text), fmt, ap);
	va_end(ap);
	return 0;
}

static int add_gap(struct fsck_plan *plan, u64 seq, u64 start, u64 length,
		   const char *text)
{
	struct rp_gap *g;

	g = grow(plan->gap, plan->nr_gaps, &plan->max_gaps, sizeof(*g));
	if (!g)
		return -ENOMEM;
	plan->gap = g;
	g += plan->nr_gaps++;
	memset(g, 0, sizeof(*g));
	g->seq = rp_seq(seq);
	g->start = start;
	g->length = length;
	g->reason = REFPOINT_GAP_REPAIRED;
	scnprintf(g->text, sizeof(g->text), "%s", text);
	return 0;
}

static int refuse(struct fsck_plan *plan, int err, const char *why)
{
	plan->err = err;
	scnprintf(plan->why.text, sizeof(plan->why.text), "%s", why);
	return 0;
}

static u64 bytes_of(u64 sectors)
{
	return sectors << RP_SECTOR_SHIFT;
}

/* --- intervals --- */

/* The pages that are lost of @s, as one range in interval @seq. */
static int plan_pages(struct fsck *f, struct fsck_plan *plan,
		      const struct fsck_slot *s, u64 seq)
{
	unsigned int shift = RP_PAGE_BITS_SHIFT + f->md->geo.granule_shift;
	u64 start = (u64)s->lost_first << shift;
	u64 end = ((u64)s->lost_last + 1) << shift;
	char name[FSCK_WHERE_MAX];

	end = min(end, bytes_of(s->rec->iv->sectors));
	fsck_record_name(&s->disk, name);
	if (fsck_step(plan, true,
		      "%s: %u pages of granules are lost: bytes %llu..%llu of it are unknown",
		      name, s->nr_lost, (unsigned long long)start,
		      (unsigned long long)end - 1))
		return -ENOMEM;
	return add_gap(plan, seq, start, end - start,
		       "pages of bits were lost, and a repair noted that");
}

/*
 * The length of the volume at the end of a lost interval: it is known where those
 * around it agree. 0: not known.
 */
static u64 lost_sectors(const struct fsck *f, u32 at)
{
	u64 before = 0, after = f->md->geo.sectors;
	u32 i;

	for (i = at; i-- && !before; )
		if (!f->slot[f->line[i]].lost)
			before = f->slot[f->line[i]].rec->iv->sectors;
	for (i = at + 1; i < f->nr_line; i++) {
		if (!f->slot[f->line[i]].lost) {
			after = f->slot[f->line[i]].rec->iv->sectors;
			break;
		}
	}
	return !before || before == after ? after : 0;
}

static int plan_lost_interval(struct fsck *f, struct fsck_plan *plan, u32 at)
{
	struct fsck_line *l = &plan->line[at];

	l->sectors = lost_sectors(f, at);
	if (!l->sectors) {
		f->loss |= FSCK_LOST_LENGTH;
		return 0;
	}
	if (fsck_step(plan, true, "interval %llu is lost: all of it is unknown",
		      (unsigned long long)l->end))
		return -ENOMEM;
	return add_gap(plan, l->end, 0, bytes_of(l->sectors),
		       "an interval was lost, and a repair noted that");
}

static int plan_line(struct fsck *f, struct fsck_plan *plan)
{
	u32 i;
	int err = 0;

	plan->line = rp_calloc(f->nr_line + 1, sizeof(*plan->line));
	if (!plan->line)
		return -ENOMEM;
	plan->nr_line = f->nr_line;
	for (i = 0; i < f->nr_line && !err; i++) {
		struct fsck_slot *s = &f->slot[f->line[i]];
		struct fsck_line *l = &plan->line[i];

		l->end = fsck_slot_end(&s->disk);
		if (s->lost) {
			err = plan_lost_interval(f, plan, i);
			continue;
		}
		l->time = s->rec->iv->time;
		l->sectors = s->rec->iv->sectors;
		l->slot = s;
		if (s->nr_lost)
			err = plan_pages(f, plan, s, l->end);
	}
	return err;
}

static int plan_open(struct fsck *f, struct fsck_plan *plan)
{
	const struct rp_sb *sb = &f->md->state->sb;
	struct fsck_slot *s = f->open ? &f->slot[f->open - 1] : NULL;
	u64 seq = sb->open_seq + f->one_copy;
	int err = 0;

	if (f->one_copy) {
		/* As an activation does it: see rp_md_info.one_copy. */
		plan->open_written = true;
		plan->skip = true;
		err = fsck_step(plan, true,
				"one copy of the superblock is written anew; it may have been the newer one: all of the open interval counts as written");
	}
	if (err || !s)
		return err;
	if (s->lost) {
		plan->open_written = true;
		err = fsck_step(plan, true,
				"the checkpoint of the open interval is lost: all of it is unknown");
		return err ? err :
		       add_gap(plan, seq, 0, bytes_of(sb->geo.sectors),
			       "the open interval was lost, and a repair noted that");
	}
	plan->open = s;
	return s->nr_lost ? plan_pages(f, plan, s, seq) : 0;
}

/* --- records --- */

static int plan_record(struct fsck *f, struct fsck_plan *plan, u32 slot)
{
	const struct rp_slot_disk *d = &f->slot[slot].disk;
	char name[FSCK_WHERE_MAX];
	u32 i;

	fsck_record_name(d, name);
	switch (d->type) {
	case RP_RECORD_INTERVAL:
	case RP_RECORD_GAP:		/* a new generation, for that reason */
		return 0;
	case RP_RECORD_POINT:
		for (i = 0; i < plan->nr_marks; i++)
			if (!memcmp(f->slot[plan->mark[i]].disk.id, d->id, 16))
				return 0;
		plan->mark[plan->nr_marks++] = slot;
		return fsck_step(plan, true,
				 "%s: what the record said is lost; its id counts as taken, and it is no baseline on this volume",
				 name);
	case RP_RECORD_COLLECTION:
		return fsck_step(plan, true,
				 "%s: dropped; other members bring it back, if there are any",
				 name);
	case RP_RECORD_TOMBSTONES:
		return fsck_step(plan, true,
				 "%s: dropped; ids of points that have ended are forgotten here",
				 name);
	case RP_RECORD_WITNESS:
		return fsck_step(plan, true,
				 "%s: dropped; what was noted here about that volume is lost: give it a new generation when in doubt",
				 name);
	}
	return fsck_step(plan, true, "%s: a record of type %u is dropped", name,
			 d->type);
}

static int plan_records(struct fsck *f, struct fsck_plan *plan)
{
	u32 i;
	int err = 0;

	plan->mark = rp_calloc(f->nr_slots + 1, sizeof(*plan->mark));
	if (!plan->mark)
		return -ENOMEM;
	for (i = 0; i < f->nr_slots && !err; i++)
		if (f->slot[i].lost)
			err = plan_record(f, plan, i);
	return err;
}

/* --- the whole --- */

static const struct {
	enum fsck_loss bit;
	const char *text;
} losses[] = {
	{ FSCK_LOST_WRITES, "writes of superblocks were lost, perhaps the newest" },
	{ FSCK_LOST_ROOT, "the root of the catalogue is lost, and all records with it" },
	{ FSCK_LOST_PAGE, "a page of the catalogue is lost, and its records with it" },
	{ FSCK_LOST_GAP, "the record of a gap is lost" },
	{ FSCK_LOST_LINE, "intervals do not follow each other" },
	{ FSCK_LOST_TYPE, "there are records of a type that is not known" },
	{ FSCK_LOST_FUTURE, "something is newer than the superblock" },
	{ FSCK_LOST_LENGTH, "the length of the volume at a boundary is lost" },
	{ FSCK_GIVEN_UP, "so it was asked for" },
};

static int plan_generation(struct fsck *f, struct fsck_plan *plan)
{
	const struct rp_sb *sb = &f->md->state->sb;
	unsigned int i;

	/* Steps about intervals are of no interest any more. */
	plan->nr_steps = 0;
	plan->nr_gaps = 0;
	plan->nr_line = 0;
	plan->open = NULL;
	plan->open_written = false;
	plan->skip = f->one_copy;
	plan->generation = true;
	for (i = 0; i < ARRAY_SIZE(losses); i++)
		if ((f->loss & losses[i].bit) &&
		    fsck_step(plan, true,
			      "%s: a new generation begins, no point up to now is a baseline any more",
			      losses[i].text))
			return -ENOMEM;
	return add_gap(plan, sb->open_seq + f->one_copy, 0,
		       bytes_of(sb->geo.sectors),
		       "history was lost, and a repair noted that");
}

static int refuse_super(struct fsck *f, struct fsck_plan *plan)
{
	plan->err = f->err;
	switch (f->err) {
	case -EUCLEAN:
	case -EINVAL:
	case -EIO:
		rp_why(&plan->why,
		       "no copy of the superblock is left: nothing says what the rest means; 'refpoint format --force' makes a new volume of it");
		return 0;
	case -ENODATA:
		rp_why(&plan->why, "no refpoint metadata here; 'refpoint format' writes some");
		return 0;
	}
	plan->why = f->why;
	return 0;
}

int fsck_plan(struct fsck *f, bool generation, struct fsck_plan *plan)
{
	int err;

	memset(plan, 0, sizeof(*plan));
	if (f->best < 0)
		return refuse_super(f, plan);
	/* Two commits and a boundary more, and a reader would refuse it. */
	if (f->md->state->sb.commit > RP_SEQ_MAX - 2 ||
	    f->md->state->sb.open_seq >= RP_SEQ_MAX)
		return refuse(plan, -EOVERFLOW,
			      "the numbers of its commits or intervals are at their end; 'refpoint format --force' makes a new volume of it");
	if (f->two_volumes)
		return refuse(plan, -EUCLEAN,
			      "the copies of the superblock are of two volumes; 'refpoint repair --new-identity' makes a new one of the newer");
	if (f->md->read_only)
		return refuse(plan, -EPROTONOSUPPORT,
			      "it has features that this version may not write");
	if (f->newer)
		return refuse(plan, -EPROTONOSUPPORT,
			      "a record was made by a newer version, which is to repair it");
	if (generation)
		f->loss |= FSCK_GIVEN_UP;
	if (fsck_clean(f) && !f->loss && !f->arm.torn)
		return 0;
	err = plan_line(f, plan);
	if (!err)
		err = plan_open(f, plan);
	if (!err && f->loss)
		err = plan_generation(f, plan);
	if (!err)
		err = plan_records(f, plan);
	plan->no_print = f->print_bad;
	if (!err && plan->no_print)
		err = fsck_step(plan, true,
				"the fingerprint of the origin is dropped: what was written past the target since is not noticed");
	if (!err && f->arm.torn)
		err = fsck_step(plan, false,
				"%u sectors of the arm map are written anew, with the same meaning",
				f->arm.torn);
	return err;
}

void fsck_plan_free(struct fsck_plan *plan)
{
	rp_free(plan->line);
	rp_free(plan->gap);
	rp_free(plan->mark);
	rp_free(plan->step);
	memset(plan, 0, sizeof(*plan));
}
