/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * order.h - which step comes after which: checkpoints (O2), points (O6)
 *
 * What a step does is its caller's business, the kernel's or a simulator's; that
 * the steps come in this order, whatever fails, is what I1 and I4 rest on.
 */
#ifndef RP_ORDER_H
#define RP_ORDER_H

#include "port.h"

/*
 * A checkpoint. A power cut before DISARM finds the regions armed: more is
 * reported. After COMMIT their bits are durable: nothing is lost. Without WAIT a
 * write could be in flight into a region that is not armed, and a cut made just
 * then would leave it in the closed interval only (I5).
 */
enum rp_checkpoint_step {
	RP_CHECKPOINT_WITHDRAW,	/* regions leave "armed" in memory */
	RP_CHECKPOINT_WAIT,	/* for readers, then for writes let in before */
	RP_CHECKPOINT_COMMIT,	/* the bits */
	RP_CHECKPOINT_DISARM,	/* on disk, but for what was asked for since */
	RP_CHECKPOINT_RESTORE,	/* undo WITHDRAW */
	RP_CHECKPOINT_DONE,
};

/* What follows @step, which has ended with @err. The first is WITHDRAW. */
enum rp_checkpoint_step rp_checkpoint_next(enum rp_checkpoint_step step, int err);

/*
 * A point. CUT cannot fail half-way. When PREPARE has succeeded on all members
 * each has it durably, and from there on there is no voiding. With one member
 * the prepare is the commit.
 */
enum rp_making_step {
	RP_MAKING_CUT,
	RP_MAKING_PREPARE,	/* all members, each by rp_prepare_next() */
	RP_MAKING_COMMIT,	/* all members: record "committed" */
	RP_MAKING_VOID,		/* all members: remember, merge the interval back */
	RP_MAKING_DONE,
};

enum rp_outcome {
	RP_OUTCOME_DONE,	/* on all members */
	RP_OUTCOME_FAILED,	/* on one at least */
	RP_OUTCOME_NONE,	/* on all, before anything was submitted */
	RP_OUTCOME_QUESTION,	/* on one, and it may be durable all the same */
};

/*
 * What follows @step over @nr members. After VOID the point is void; after DONE
 * it is committed where @step succeeded and in doubt where not. CUT comes first.
 */
enum rp_making_step rp_making_next(enum rp_making_step step, unsigned int nr,
				   enum rp_outcome outcome);

/* PREPARE of one member. Without KEEP the volume is as if it was never cut. */
enum rp_prepare_step {
	RP_PREPARE_BEGIN,	/* nothing */
	RP_PREPARE_FLUSH,	/* the origin (I3) */
	RP_PREPARE_STORE,	/* one transaction: interval closed, record */
	RP_PREPARE_KEEP,	/* the closed interval is forgotten in memory */
	RP_PREPARE_UNDO,	/* its marks go back into the open one */
	RP_PREPARE_DONE,
};

enum rp_prepare_step rp_prepare_next(enum rp_prepare_step step, int err);

#endif /* RP_ORDER_H */
