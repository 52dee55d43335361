/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * witness.h - what was not tracked and the volume itself could not write (I6)
 *
 * A note is kept in memory, and by other volumes' metadata as a witness record
 * (core/witness_record.h), until the volume that it is about has made a gap of
 * it. So it outlives a crash of the host and the module wherever there is another
 * volume.
 *
 *   rp_witness_note()	    a note comes to be; up to RP_WITNESSES active volumes
 *			    are chosen, those first that share a collection or a
 *			    point with the volume
 *   rp_witness_carry()	    each of them writes the record, and takes it away when
 *			    the word was heard (settle.h)
 *   rp_witness_stage(),    activation of the volume: the gap is written with the
 *   rp_witness_heard()	    commit that begins the incarnation
 *   rp_witness_hear()	    the same later, when a witness comes up after it
 *
 * What is known of the device only, because its metadata could not even be read,
 * stays in memory: nobody could recognise the volume by it.
 */
#ifndef RP_WITNESS_H
#define RP_WITNESS_H

#include "core/witness_record.h"
#include "volume.h"

/* How many volumes are asked to carry one word. */
#define RP_WITNESSES	3

/* Something is untracked, and the metadata of its volume cannot say so. */
void rp_witness_note(const struct rp_witness *w);
/* The same of an origin of which no more is known. */
void rp_witness_note_origin(dev_t origin, u32 reason, const char *text);

/*
 * In the running transaction: a gap for each note about @vol that it has not
 * heard. They are put on @staged; rp_gap_keep() them when they are durable, then
 * call rp_witness_heard(). Return: 0 or -errno.
 */
int rp_witness_stage(struct rp_volume *vol, struct list_head *staged);
/* Notes about @vol of which it has the gap, durable, are done with. */
void rp_witness_heard(struct rp_volume *vol);

/*
 * By settle.h, @vol entered: what there is to hear is a gap in memory from then on
 * (doubt.h), whether or not it can be written.
 */
void rp_witness_doubt(struct rp_volume *vol);
/* By settle.h, @vol entered for writing; the second claimed, too. */
int rp_witness_carry(struct rp_volume *vol);
int rp_witness_hear(struct rp_volume *vol);

/*
 * @vol was asked to carry words, and is held, or not there any more: others are asked
 * in its place, at once, and it once more later. Takes no I/O.
 */
void rp_witness_excuse(struct rp_volume *vol);

/* By upper layers: do two volumes share a collection, a point? */
bool rp_collection_shared(const uuid_t *a, const uuid_t *b);
bool rp_point_shared(const uuid_t *a, const uuid_t *b);

/* exit: before rp_settle_exit(); forget: when no settling runs any more. */
int rp_witness_init(void);
void rp_witness_exit(void);
void rp_witness_forget(void);

#endif /* RP_WITNESS_H */
