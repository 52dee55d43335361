// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness_record.c - what one volume vouches for about another (I6)
 */
#include "ondisk.h"
#include "witness_record.h"

void rp_witness_encode(const struct rp_witness *w, struct rp_witness_disk *d)
{
	memset(d, 0, sizeof(*d));
	d->version = cpu_to_le16(RP_WITNESS_RECORD_VERSION);
	d->reason = cpu_to_le32(w->reason);
	memcpy(d->id, w->id, sizeof(d->id));
	memcpy(d->generation, w->generation, sizeof(d->generation));
	d->incarnation = cpu_to_le64(w->incarnation);
	d->first = cpu_to_le64(rp_seq_nr(w->first));
	d->last = cpu_to_le64(rp_seq_nr(w->last));
	d->time = cpu_to_le64(w->time);
	memcpy(d->text, w->text, strnlen(w->text, sizeof(d->text) - 1));
}

int rp_witness_decode(const u8 volume[16], const void *data, size_t len,
		      struct rp_witness *w)
{
	struct rp_witness_disk d;

	memset(w, 0, sizeof(*w));
	if (len < sizeof(d.version))
		return -EUCLEAN;
	memcpy(&d.version, data, sizeof(d.version));
	if (le16_to_cpu(d.version) > RP_WITNESS_RECORD_VERSION)
		return -EPROTONOSUPPORT;
	if (!d.version || len != sizeof(d))
		return -EUCLEAN;
	memcpy(&d, data, sizeof(d));
	memcpy(w->volume, volume, sizeof(w->volume));
	memcpy(w->id, d.id, sizeof(w->id));
	memcpy(w->generation, d.generation, sizeof(w->generation));
	w->incarnation = le64_to_cpu(d.incarnation);
	w->first = rp_seq(le64_to_cpu(d.first));
	w->last = rp_seq(le64_to_cpu(d.last));
	w->time = le64_to_cpu(d.time);
	w->reason = le32_to_cpu(d.reason);
	if (rp_seq_nr(w->first) > rp_seq_nr(w->last) ||
	    rp_seq_nr(w->last) >= RP_SEQ_MAX ||
	    strnlen(d.text, sizeof(d.text)) == sizeof(d.text))
		return -EUCLEAN;
	memcpy(w->text, d.text, strlen(d.text));
	return 0;
}

void rp_witness_merge(struct rp_witness *to, const struct rp_witness *other,
		      const u8 id[16])
{
	/* Who was seen in the later incarnation knows the generation. */
	if (other->incarnation > to->incarnation) {
		to->incarnation = other->incarnation;
		memcpy(to->generation, other->generation, sizeof(to->generation));
	}
	to->first = rp_seq(min(rp_seq_nr(to->first), rp_seq_nr(other->first)));
	to->last = rp_seq(max(rp_seq_nr(to->last), rp_seq_nr(other->last)));
	to->time = min(to->time, other->time);
	memcpy(to->id, id, sizeof(to->id));
}

enum rp_witness_verdict rp_witness_judge(const struct rp_witness *w,
					 const struct rp_witness_about *v,
					 rp_seq_t *from, rp_seq_t *to)
{
	if (v->heard)
		return RP_WITNESS_HEARD;
	/* What was lost then went with the history that it was part of. */
	if (rp_seq_nr(w->last) < rp_seq_nr(v->first_seq))
		return RP_WITNESS_HEARD;
	/* It was that far already when the word was given, and is not now (I10). */
	if (w->incarnation > v->incarnation ||
	    rp_seq_nr(w->first) > rp_seq_nr(v->open_seq))
		return RP_WITNESS_STALE;
	*from = rp_seq(max(rp_seq_nr(w->first), rp_seq_nr(v->first_seq)));
	*to = rp_seq(min(rp_seq_nr(w->last), rp_seq_nr(v->open_seq)));
	return RP_WITNESS_GAP;
}
