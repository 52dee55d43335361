	/* SPDX-License-Identifier: GPL-2.0-only */
	/* point-member.pml - what may happen to member M; see point.pml */

	:: atomic {
		!up[M] && !(calm && away[M]) -> volume_up(M); observe()
	   }
	:: atomic {
		up[M] && (!calm || failed[M]) && !settling[M] && !TAKES_PART(M) ->
		volume_down(M);
		observe()
	   }

	/* The job at work: written, and then known to be written; or not. */
	:: atomic {
		TAKES_PART(M) && step[M] == TODO && !failed[M] ->
		job_store(M);
		step[M] = WRITTEN;
		observe()
	   }
	:: atomic {
		TAKES_PART(M) && step[M] == WRITTEN -> job_done(M); observe()
	   }
	:: atomic {
		TAKES_PART(M) && step[M] == TODO && (!calm || failed[M]) ->
		job_fail(M);
		observe()
	   }
	:: atomic {
		TAKES_PART(M) && step[M] == TODO && !calm && !failed[M] ->
		if
		:: job_store(M)
		:: true
		fi;
		job_question(M);
		observe()
	   }
#ifdef MUTANT_COMMIT_EARLY
	:: atomic {
		phase == PREPARING && step[M] == OK -> rec[M] = COMMITTED; observe()
	   }
#endif

	/* rp_point_settle() */
	:: atomic {
		queued[M] && !settling[M] && !TAKES_PART(M) ->
		queued[M] = 0;
		if
		:: FIT(M) ->
			/* collect() */
#ifndef MUTANT_NONE_ASKED_ONCE
			if
			:: words[M] == UNKNOWN ->
				say_none(M);
				rp_point_tell_lagging()
			:: else
			fi;
#endif
			if
			:: linked && phase == IDLE -> settling[M] = REMEDY(M)
			:: else
			fi
		:: else
		fi;
		observe()
	   }
	:: atomic {
		settling[M] && !settled[M] ->
		if
		:: settling[M] == S_COMMIT -> rec[M] = COMMITTED
		:: settling[M] == S_VOID -> rp_point_store_end(M, VOID)
		:: settling[M] == S_DESTROYED -> rp_point_store_end(M, DESTROYED)
		fi;
		settled[M] = 1;
		observe()
	   }
	:: atomic {
		settling[M] && !settled[M] && !calm ->
		settling[M] = S_NOTHING;
		queued[M] = 1
	   }
	:: atomic {
		settling[M] && !settled[M] && !calm ->
		settling[M] = S_NOTHING;
		failed[M] = 1
	   }
	:: atomic {
		/* said() */
		settled[M] ->
		settled[M] = 0;
		if
		:: settling[M] == S_COMMIT -> words[M] = COMMITTED
		:: settling[M] == S_VOID ->
			rp_tombstone_publish(VOID);
			words[M] = VOID
		:: settling[M] == S_DESTROYED ->
			rp_tombstone_publish(DESTROYED);
			words[M] = DESTROYED
		fi;
		settling[M] = S_NOTHING;
		queued[M] = 1;
		rp_point_tell_lagging();
		rp_point_retire();
		observe()
	   }
