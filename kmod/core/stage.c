// SPDX-License-Identifier: GPL-2.0-only
/*
 * stage.c - a transaction in the making
 *
 * Nothing here touches the disk or what readers see. Each function either stages
 * all of what it was asked for or nothing.
 */
#include "store.h"

void rp_txn_begin(struct rp_md *md)
{
	if (md->txn.begun)
		return;
	memset(&md->txn, 0, sizeof(md->txn));
	INIT_LIST_HEAD(&md->txn.records);
	md->txn.sb = md->state->sb;
	md->txn.sb.nr_blocks = md->space.nr;
	md->txn.begun = true;
}

static void line_drop(struct rp_txn *txn)
{
	u32 i;

	for (i = 0; i < txn->nr_line; i++)
		rp_free(txn->line[i].plan);
	rp_free(txn->line);
	txn->line = NULL;
	txn->nr_line = 0;
}

void rp_txn_end(struct rp_md *md)
{
	struct rp_txn *txn = &md->txn;
	struct rp_staged *s, *n;

	if (!txn->begun)
		return;
	list_for_each_entry_safe(s, n, &txn->records, list) {
		rp_record_free(md, s->rec);
		rp_free(s);
	}
	line_drop(txn);
	rp_free(txn->open);
	memset(txn, 0, sizeof(*txn));
}

void rp_md_abort(struct rp_md *md)
{
	rp_txn_end(md);
}

/* --- records --- */

struct rp_staged *rp_staged_find(struct rp_md *md, u8 type, const u8 id[16])
{
	struct rp_staged *s;

	list_for_each_entry(s, &md->txn.records, list)
		if (s->type == type && !memcmp(s->id, id, sizeof(s->id)))
			return s;
	return NULL;
}

/* Records that there would be at most: a staged one may replace another. */
static u32 nr_records_then(struct rp_md *md)
{
	u32 nr = md->txn.nr_puts, i;

	for (i = 0; i <= RP_RECORD_MAX; i++)
		nr += md->state->nr_records[i];
	return nr;
}

static int stage(struct rp_md *md, u8 type, const u8 id[16],
		 struct rp_record *rec)
{
	struct rp_staged *s = rp_staged_find(md, type, id);

	if (!s) {
		s = rp_zalloc(sizeof(*s));
		if (!s)
			return -ENOMEM;
		s->type = type;
		memcpy(s->id, id, sizeof(s->id));
		list_add_tail(&s->list, &md->txn.records);
	}
	md->txn.nr_puts += rec ? 1 : 0;
	md->txn.nr_puts -= s->rec ? 1 : 0;
	rp_record_free(md, s->rec);
	s->rec = rec;
	return 0;
}

int rp_md_stage_payload(struct rp_md *md, enum rp_record_type type,
			const u8 id[16], struct rp_payload *payload)
{
	struct rp_record *rec;

	/* Intervals have their own way in. */
	if (type <= RP_RECORD_INTERVAL || type > RP_RECORD_MAX)
		return -EINVAL;
	if (payload->length > RP_RECORD_BYTES_MAX)
		return -EMSGSIZE;
	rp_txn_begin(md);
	/* Two intervals, a cut and a checkpoint, must still fit. */
	if (nr_records_then(md) + 2 >= RP_RECORDS_MAX)
		return -ENOSPC;
	rec = rp_record_alloc(type, id, payload->length);
	if (!rec)
		return -ENOMEM;
	rec->payload = rp_payload_get(payload);
	if (stage(md, type, id, rec)) {
		rp_record_free(md, rec);
		return -ENOMEM;
	}
	return 0;
}

int rp_md_stage_record(struct rp_md *md, enum rp_record_type type,
		       const u8 id[16], const void *data, size_t len)
{
	struct rp_payload *payload;
	int err;

	if (len > RP_RECORD_BYTES_MAX)
		return -EMSGSIZE;
	payload = rp_payload_alloc(len);
	if (!payload)
		return -ENOMEM;
	memcpy(payload->data, data, len);
	err = rp_md_stage_payload(md, type, id, payload);
	rp_payload_put(payload);
	return err;
}

int rp_md_stage_delete(struct rp_md *md, enum rp_record_type type,
		       const u8 id[16])
{
	struct rp_staged *s;

	if (type <= RP_RECORD_INTERVAL || type > RP_RECORD_MAX)
		return -EINVAL;
	rp_txn_begin(md);
	s = rp_staged_find(md, type, id);
	if (s ? !s->rec : !rp_ids_find(md->ids, type, id))
		return -ENOENT;
	return stage(md, type, id, NULL);
}

/* --- intervals --- */

/* Have the line from @at on as our own, with room for one more. */
static int line_begin(struct rp_md *md, u32 at)
{
	struct rp_txn *txn = &md->txn;
	struct rp_state *s = md->state;
	struct rp_line *line;
	u32 more, i;

	rp_txn_begin(md);
	if (!txn->line_staged)
		txn->line_at = s->nr_line;
	more = txn->line_at > at ? txn->line_at - at : 0;
	if (txn->line_staged && !more)
		return 0;
	line = rp_calloc(more + txn->nr_line + 1, sizeof(*line));
	if (!line)
		return -ENOMEM;
	for (i = 0; i < more; i++)
		line[i].iv = s->line[at + i];
	if (txn->nr_line)
		memcpy(line + more, txn->line, txn->nr_line * sizeof(*line));
	rp_free(txn->line);
	txn->line = line;
	txn->line_at -= more;
	txn->nr_line += more;
	txn->line_staged = true;
	return 0;
}

static u64 line_end(const struct rp_line *l)
{
	return l->iv ? l->iv->end : l->plan->end;
}

/* Where the interval begins that comes behind the line. */
static u64 line_last_end(const struct rp_md *md)
{
	const struct rp_txn *txn = &md->txn;

	if (txn->nr_line)
		return line_end(&txn->line[txn->nr_line - 1]);
	return txn->line_at ? md->state->line[txn->line_at - 1]->end :
			      txn->sb.first_seq - 1;
}

int rp_md_stage_open(struct rp_md *md, struct rp_tracker *t)
{
	rp_txn_begin(md);
	md->txn.open_tracker = t;
	return 0;
}

int rp_md_stage_cut(struct rp_md *md, struct rp_tracker *closed, u64 time)
{
	struct rp_txn *txn = &md->txn;
	struct rp_plan *p;
	int err;

	rp_txn_begin(md);
	if (txn->cut || closed->nr_granules != txn->sb.geo.nr_granules ||
	    txn->sb.open_seq >= RP_SEQ_MAX)
		return -EINVAL;
	err = line_begin(md, md->state->nr_line);
	if (err)
		return err;

	/* What was merged into the open interval in this transaction is older. */
	p = txn->open;
	if (!p)
		p = rp_zalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	if (p->nr_src == RP_MERGE_MAX)
		return -E2BIG;
	if (!p->nr_src)
		p->start = line_last_end(md);
	txn->open = NULL;
	p->end = txn->sb.open_seq;
	p->time = time;
	p->sectors = txn->sb.geo.sectors;
	p->src[p->nr_src++].t = closed;
	txn->line[txn->nr_line++] = (struct rp_line) { .plan = p };
	txn->sb.open_seq++;
	txn->cut = true;
	/* A checkpoint of what is closed now is pointless. */
	txn->open_reset = true;
	if (txn->open_tracker == closed)
		txn->open_tracker = NULL;
	return 0;
}

/* Put the sources of @from before those of @to. */
static int plan_prepend(struct rp_plan *to, const struct rp_line *from)
{
	const struct rp_src one = { .iv = from->iv };
	const struct rp_src *src = from->plan ? from->plan->src : &one;
	u32 nr = from->plan ? from->plan->nr_src : 1;
	u32 i;

	/* One place for the open interval's tracker or checkpoint. */
	if (to->nr_src + nr >= RP_MERGE_MAX)
		return -E2BIG;
	for (i = to->nr_src; i--; )
		to->src[i + nr] = to->src[i];
	for (i = 0; i < nr; i++)
		to->src[i] = src[i];
	to->nr_src += nr;
	to->start = from->plan ? from->plan->start : from->iv->start;
	return 0;
}

/* The plan that takes the place of the interval at @to. */
static struct rp_plan *plan_of(const struct rp_line *to)
{
	struct rp_plan *p;

	if (to->plan)
		return to->plan;
	p = rp_zalloc(sizeof(*p));
	if (!p)
		return NULL;
	p->start = to->iv->start;
	p->end = to->iv->end;
	p->time = to->iv->time;
	p->sectors = to->iv->sectors;
	p->src[p->nr_src++].iv = to->iv;
	return p;
}

/* Have the interval that ends at @boundary as our own; its place. -ENOENT. */
static int line_take(struct rp_md *md, u64 boundary, u32 *at)
{
	struct rp_txn *txn = &md->txn;
	u32 found;
	int err;

	rp_txn_begin(md);
	if (rp_state_find(md->state, boundary, &found) &&
	    (!txn->line_staged || found < txn->line_at)) {
		err = line_begin(md, found);
		if (err)
			return err;
	}
	for (*at = 0; *at < txn->nr_line; (*at)++)
		if (line_end(&txn->line[*at]) >= boundary)
			break;
	return *at < txn->nr_line && line_end(&txn->line[*at]) == boundary ?
	       0 : -ENOENT;
}

int rp_md_stage_merge(struct rp_md *md, rp_seq_t boundary)
{
	struct rp_txn *txn = &md->txn;
	struct rp_plan *p;
	u32 at;
	int err;

	err = line_take(md, rp_seq_nr(boundary), &at);
	if (err)
		return err;

	if (at + 1 < txn->nr_line) {
		p = plan_of(&txn->line[at + 1]);
		err = p ? plan_prepend(p, &txn->line[at]) : -ENOMEM;
		if (err) {
			if (p != txn->line[at + 1].plan)
				rp_free(p);
			return err;
		}
		txn->line[at + 1] = (struct rp_line) { .plan = p };
	} else {
		p = txn->open ? txn->open : rp_zalloc(sizeof(*p));
		err = p ? plan_prepend(p, &txn->line[at]) : -ENOMEM;
		if (err) {
			if (p != txn->open)
				rp_free(p);
			return err;
		}
		txn->open = p;
	}
	rp_free(txn->line[at].plan);
	for (txn->nr_line--; at < txn->nr_line; at++)
		txn->line[at] = txn->line[at + 1];
	txn->merge = true;
	return 0;
}

int rp_md_stage_generation(struct rp_md *md, const u8 generation[16], u64 time)
{
	struct rp_txn *txn = &md->txn;
	int err;

	err = line_begin(md, 0);
	if (err)
		return err;
	while (txn->nr_line)
		rp_free(txn->line[--txn->nr_line].plan);
	rp_free(txn->open);
	txn->open = NULL;
	txn->open_tracker = NULL;
	txn->open_reset = true;
	txn->generation = true;
	memcpy(txn->sb.generation, generation, sizeof(txn->sb.generation));
	txn->sb.generation_time = time;
	txn->sb.first_seq = txn->sb.open_seq;
	/* Nobody will know what was written since it was taken. */
	txn->sb.print.seed = 0;
	return 0;
}

/* --- the superblock --- */

int rp_md_stage_sectors(struct rp_md *md, u64 sectors)
{
	struct rp_sb *sb = &md->txn.sb;

	rp_txn_begin(md);
	if (!rp_geometry_valid(sectors, sb->geo.granule_shift,
			       sb->geo.region_shift))
		return -EFBIG;
	rp_geometry_init(&sb->geo, sectors, sb->geo.granule_shift,
			 sb->geo.region_shift);
	return 0;
}

void rp_md_stage_skip(struct rp_md *md)
{
	rp_txn_begin(md);
	md->txn.sb.open_seq++;
}

int rp_md_stage_beyond(struct rp_md *md, rp_seq_t seq)
{
	struct rp_sb *sb = &md->txn.sb;

	if (rp_seq_nr(seq) >= RP_SEQ_MAX)
		return -EINVAL;
	rp_txn_begin(md);
	sb->open_seq = max(sb->open_seq, rp_seq_nr(seq) + 1);
	return 0;
}

void rp_md_stage_active(struct rp_md *md, bool keep_arms)
{
	struct rp_sb *sb = &md->txn.sb;

	rp_txn_begin(md);
	sb->incarnation++;
	if (!keep_arms)
		sb->arm_since = sb->incarnation;
	sb->flags &= ~(RP_SUPER_CLEAN | RP_SUPER_FAILED);
}

void rp_md_stage_clean(struct rp_md *md)
{
	rp_txn_begin(md);
	md->txn.sb.flags |= RP_SUPER_CLEAN;
	md->txn.sb.arm_since = md->txn.sb.incarnation + 1;
}

void rp_md_stage_failed(struct rp_md *md)
{
	rp_txn_begin(md);
	md->txn.sb.flags |= RP_SUPER_FAILED;
}

void rp_md_stage_print(struct rp_md *md, const struct rp_print *print)
{
	rp_txn_begin(md);
	md->txn.sb.print = *print;
}

void rp_md_stage_job_mark(struct rp_md *md, u64 job_mark)
{
	rp_txn_begin(md);
	md->txn.sb.job_mark = max(md->txn.sb.job_mark, job_mark);
}
