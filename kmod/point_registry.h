/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point_registry.h - the inside of points, for point*.c only
 */
#ifndef RP_POINT_REGISTRY_H
#define RP_POINT_REGISTRY_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>

#include "core/resolve.h"
#include "point.h"
#include "tombstone.h"

struct rp_volume;

/* Who works on a point: while somebody does, nobody else writes its records. */
enum rp_point_phase {
	RP_POINT_IDLE,		/* what the words say stands */
	RP_POINT_CREATING,	/* the job that makes it has it */
	RP_POINT_DESTROYING,
};

/**
 * struct rp_point - one reference point
 * @node: in the registry's tree, which holds a reference
 * @ref: references
 * @id: id
 * @rec: what the records say; @rec.state is not used, the words are; constant
 *	save for time, sequences and levels, which the creating job fills in
 *	under the registry's mutex
 * @linked: it is in the tree; this and all below under the registry's mutex
 * @phase: who works on it
 * @prepared: CREATING: durable on all members, commits are on their way
 * @job: id of the job at work, 0: none
 * @words: enum rp_word of each member
 */
struct rp_point {
	struct rb_node node;
	struct kref ref;
	uuid_t id;
	struct rp_point_record rec;
	bool linked;
	enum rp_point_phase phase;
	bool prepared;
	u64 job;
	u8 *words;
};

/* The registry's mutex: see point.h. */
extern struct mutex rp_points_lock;

/* Takes over @rec on success. */
struct rp_point *rp_point_alloc(const uuid_t *id, struct rp_point_record *rec);
void rp_point_ref(struct rp_point *p);
void rp_point_put(struct rp_point *p);

/* All of these under rp_points_lock. */
struct rp_point *rp_point_find(const uuid_t *id);
struct rp_point *rp_point_first(const uuid_t *id);	/* at or above; NULL: all */
struct rp_point *rp_point_after(struct rp_point *p);
void rp_point_link(struct rp_point *p);
void rp_point_unlink(struct rp_point *p);
/* What it is now, by tombstone or by the words. */
enum rp_verdict rp_point_verdict(const struct rp_point *p);
u32 rp_point_state(const struct rp_point *p);
/* A void or destroyed point whose present members have all learned it goes. */
void rp_point_retire(struct rp_point *p);
void rp_point_touch(void);
/* Queue the members whose records do not say yet what is known. */
void rp_point_tell_lagging(const struct rp_point *p);

/*
 * If @vol, member @i, has no word and is certain to have no record, its word is
 * "none". Under rp_points_lock; active. Return: whether it said so now.
 */
bool rp_point_say_none(struct rp_volume *vol, struct rp_point *p, unsigned int i);

/*
 * Where an active volume has lost a point, its history begins anew (I10). Claimed
 * and entered; @up: it has just come up. Return: 0 or -errno.
 */
int rp_point_find_lost(struct rp_volume *vol, bool up);

/* The job that had the point is done with it; takes the mutex itself. */
void rp_point_leave(struct rp_point *p);

/* Set the word of one member; takes the mutex itself. */
void rp_point_say(struct rp_point *p, unsigned int member, enum rp_word word);
/* The word of one member; takes the mutex itself. */
enum rp_word rp_point_word(struct rp_point *p, unsigned int member);

/* --- what is written to one member (point_store.c); a transaction each --- */

/* Close the interval and leave the record, @payload. New: keeps the reserve. */
int rp_point_store_cut(struct rp_volume *vol, const uuid_t *id,
		       struct rp_tracker *closed, u64 time,
		       struct rp_payload *payload, bool (*give_up)(void *arg),
		       void *arg);
/* Replace the record. */
int rp_point_store_record(struct rp_volume *vol, const uuid_t *id,
			  struct rp_payload *payload);

/**
 * struct rp_point_end - a point that ends on one member
 * @t: what is remembered
 * @merge: @boundary is to be merged away: it is of this generation
 * @boundary: of the point on the volume
 */
struct rp_point_end {
	struct rp_tombstone t;
	bool merge;
	rp_seq_t boundary;
};

/*
 * The record goes, the boundary is merged away, the tombstone stays, all in one
 * transaction; one point in each (rp_volume_absorb()). Claimed and entered.
 */
int rp_point_store_end(struct rp_volume *vol, const struct rp_point_end *end);

/* Fill in @end for the member @volume of @p; vol entered. */
void rp_point_end_init(struct rp_point_end *end, const struct rp_point *p,
		       unsigned int member, struct rp_volume *vol,
		       const struct rp_tombstone *t);

/* The record of @p with @state, encoded, for rp_payload_put(); NULL without memory. */
struct rp_payload *rp_point_encode(const struct rp_point *p, u8 state);

int rp_point_load_init(void);
void rp_point_load_exit(void);

#endif /* RP_POINT_REGISTRY_H */
