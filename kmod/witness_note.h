/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * witness_note.h - the inside of witnesses, for witness*.c only
 */
#ifndef RP_WITNESS_NOTE_H
#define RP_WITNESS_NOTE_H

#include <linux/mutex.h>

#include "witness.h"

/* What one volume has to do with one note. */
enum rp_carrying {
	RP_CARRY_ASKED,	/* it is to write the record */
	RP_CARRY_DURABLE,	/* it has the record */
	RP_CARRY_AWAY,	/* likewise, but is not active now */
	RP_CARRY_REFUSED,	/* no room, or held: asked again after a while */
};

struct rp_carrier {
	struct list_head node;
	uuid_t volume;
	enum rp_carrying state;
	unsigned long asked;	/* jiffies */
};

/**
 * struct rp_note - one thing that was not tracked
 * @node: in the list
 * @by_origin: of @w only id, time, reason and text count
 * @origin: then, the device that was written
 * @w: the word
 * @heard: the volume has it; only carriers that are to forget keep the note
 * @excused: others are to be asked: one of them cannot, or it is a new one
 * @merged: another note says it too: nobody is asked any more to carry this one
 * @carriers: list of struct rp_carrier
 */
struct rp_note {
	struct list_head node;
	bool by_origin;
	dev_t origin;
	struct rp_witness w;
	bool heard;
	bool excused;
	bool merged;
	struct list_head carriers;
};

/* The list and all in it. No I/O under it; vol->lock is taken inside. */
extern struct mutex rp_notes_lock;
extern struct list_head rp_notes;

/* All of these under the lock. */
struct rp_note *rp_note_find(const u8 id[16]);
bool rp_note_is_about(const struct rp_note *n, const struct rp_volume *vol);
struct rp_note *rp_note_add(const struct rp_witness *w);
struct rp_carrier *rp_carrier_find(const struct rp_note *n, const uuid_t *volume);
struct rp_carrier *rp_carrier_add(struct rp_note *n, const uuid_t *volume);
/* It is to write the record, from now on. */
void rp_carrier_ask(struct rp_carrier *c);
void rp_carrier_drop(struct rp_note *n, const uuid_t *volume);
/* Heard, and nobody who is there has to forget it: who is away says it again. */
void rp_note_retire(struct rp_note *n);
/*
 * @volume is to carry @n. It has room for one word about a volume: another one
 * that it carries already is made one with this. Return: what it carries now.
 */
struct rp_note *rp_note_assign(struct rp_note *n, const uuid_t *volume);
/*
 * @volume turns out to have the record of @n. What else it was to carry about the same
 * volume would be written over that, or delete it: it is made one with it. Return: what
 * it is to write now, @n may be gone; or NULL: nothing.
 */
struct rp_note *rp_note_join(struct rp_note *n, const uuid_t *volume);
/* Asked for so long that it may never answer: others are asked as well (I6). */
bool rp_carrier_hangs(const struct rp_carrier *c);
/* How many witnesses are still to be asked; who has refused is none, nor who hangs. */
unsigned int rp_note_missing(const struct rp_note *n);

/* Ask as many volumes to carry the word @id as are missing; nobody twice. */
void rp_witness_ask(const u8 id[16]);
/* Later, those who have refused are asked once more, and others for those who hang. */
void rp_witness_ask_again(void);

#endif /* RP_WITNESS_NOTE_H */
