// SPDX-License-Identifier: GPL-2.0-only
/*
 * order.c - which step comes after which: checkpoints (O2), points (O6)
 */
#include "order.h"

enum rp_checkpoint_step rp_checkpoint_next(enum rp_checkpoint_step step, int err)
{
	switch (step) {
	case RP_CHECKPOINT_WITHDRAW:
		if (RP_PLANT(checkpoint_does_not_wait))
			return RP_CHECKPOINT_COMMIT;
		return RP_CHECKPOINT_WAIT;
	case RP_CHECKPOINT_WAIT:
		if (RP_PLANT(disarm_without_bits) && !err)
			return RP_CHECKPOINT_DISARM;
		return err ? RP_CHECKPOINT_RESTORE : RP_CHECKPOINT_COMMIT;
	case RP_CHECKPOINT_COMMIT:
		return err ? RP_CHECKPOINT_RESTORE : RP_CHECKPOINT_DISARM;
	default:
		return RP_CHECKPOINT_DONE;
	}
}

enum rp_making_step rp_making_next(enum rp_making_step step, unsigned int nr,
				   enum rp_outcome outcome)
{
	switch (step) {
	case RP_MAKING_CUT:
		return outcome == RP_OUTCOME_DONE ? RP_MAKING_PREPARE :
						    RP_MAKING_VOID;
	case RP_MAKING_PREPARE:
		if (outcome == RP_OUTCOME_DONE ||
		    RP_PLANT(commit_without_the_word_of_all))
			return nr == 1 ? RP_MAKING_DONE : RP_MAKING_COMMIT;
		/* It was the commit, and may have arrived. */
		if (nr == 1 && outcome == RP_OUTCOME_QUESTION)
			return RP_MAKING_DONE;
		return RP_MAKING_VOID;
	case RP_MAKING_COMMIT:
		/* Once a commit was submitted anywhere: no voiding (O6). */
		return outcome == RP_OUTCOME_NONE ? RP_MAKING_VOID :
						    RP_MAKING_DONE;
	default:
		return RP_MAKING_DONE;
	}
}

enum rp_prepare_step rp_prepare_next(enum rp_prepare_step step, int err)
{
	if (RP_PLANT(flush_after_prepare)) {
		if (step == RP_PREPARE_BEGIN)
			return RP_PREPARE_STORE;
		if (step == RP_PREPARE_STORE)
			return err ? RP_PREPARE_UNDO : RP_PREPARE_FLUSH;
		if (step == RP_PREPARE_FLUSH)
			return RP_PREPARE_KEEP;
	}
	switch (step) {
	case RP_PREPARE_BEGIN:
		return RP_PREPARE_FLUSH;
	case RP_PREPARE_FLUSH:
		return err ? RP_PREPARE_UNDO : RP_PREPARE_STORE;
	case RP_PREPARE_STORE:
		return err ? RP_PREPARE_UNDO : RP_PREPARE_KEEP;
	default:
		return RP_PREPARE_DONE;
	}
}
