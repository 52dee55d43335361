/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * point.pml - a point on many members: prepare, commit, crash, recovery, end
 *
 * A model in Promela of kmod/point_make.c, point_destroy.c, point_load.c,
 * point_recover.c, settle.c, tombstone.c and core/resolve.c, by their names;
 * Documentation/model.rst says what it leaves out and why that is allowed.
 *
 * One point, by its id, on NM members. One process: each option of its loop is a
 * step that nothing can come into. A power cut is an option too: what is in
 * memory goes, what is on the disks stays, so that jobs and works simply end.
 */

#define NM	3

#define CHECK(name, cond)						\
	if								\
	:: (cond)							\
	:: else -> printf(name); assert(false)				\
	fi

/* enum rp_word; the order is the code's. */
#define UNKNOWN		0
#define NONE		1
#define PREPARED	2
#define COMMITTED	3
#define VOID		4
#define DESTROYED	5

/* enum rp_verdict */
#define IN_DOUBT	0
#define V_COMMIT	1
#define V_VOID		2
#define V_DESTROYED	3

/* --- the disks: of each member one transaction at a time is seen or not --- */

byte rec[NM];			/* 0, PREPARED, COMMITTED */
byte tomb[NM];			/* 0, VOID, DESTROYED */
bit split[NM];			/* the boundary of the point is there */

/* --- memory --- */

bit up[NM];			/* active */
bit failed[NM];			/* nobody knows what its last commit did */
bit linked;			/* the point is in the registry */
byte words[NM];
byte tombstone;			/* the id's, 0: none */

/* The job of the point, which holds the claims of its members. */
#define IDLE		0
#define PREPARING	1
#define COMMITTING	2
#define VOIDING		3
#define DESTROYING	4
byte phase;

/* How far the job is with a member. */
#define OUT		0	/* does not take part */
#define TODO		1
#define WRITTEN		2	/* durable, and the job does not know yet */
#define OK		3
#define BAD		4
byte step[NM];

/* rp_point_settle() of a member, which holds its claim: what it is writing. */
#define S_NOTHING	0
#define S_COMMIT	1
#define S_VOID		2
#define S_DESTROYED	3
byte settling[NM];
bit settled[NM];		/* durable, and not told yet */
bit queued[NM];			/* rp_settle_queue() */

/* --- the world --- */

bit calm;			/* no more trouble: what is left has to end well */
bit away[NM];			/* in calm: does not come back */
byte made;			/* creations so far */
byte told;			/* what anybody could have been told, for ever */
#define TOLD_COMMITTED	1
#define TOLD_VOID	2
#define TOLD_DESTROYED	4
bit destroying;			/* a destruction was begun, ever */

byte i, j;			/* short-lived */

/* --- core/resolve.c --- */

#define ANY(a, x)	(a[0] == x || a[1] == x || a[2] == x)
#define ALL(a, x)	(a[0] == x && a[1] == x && a[2] == x)

#ifdef MUTANT_VOID_ON_MISSING
#define NOBODY_COMMITTED	V_VOID
#endif
#ifdef MUTANT_COMMIT_ON_MISSING
#define NOBODY_COMMITTED	((ANY(words, UNKNOWN) && ANY(words, PREPARED) && \
				 !ANY(words, NONE)) -> V_COMMIT : \
				(ANY(words, UNKNOWN) -> IN_DOUBT : V_VOID))
#endif
#ifndef NOBODY_COMMITTED
#define NOBODY_COMMITTED	(ANY(words, UNKNOWN) -> IN_DOUBT : V_VOID)
#endif

/* rp_point_verdict(), rp_resolve() */
#define VERDICT								\
	(tombstone == VOID -> V_VOID :					\
	(tombstone == DESTROYED -> V_DESTROYED :			\
	(ANY(words, DESTROYED) -> V_DESTROYED :				\
	(ANY(words, COMMITTED) -> V_COMMIT :				\
	(ANY(words, VOID) -> V_VOID : NOBODY_COMMITTED)))))

/* rp_resolve_remedy(), with what is to be remembered */
#define REMEDY(n)							\
	((words[n] == PREPARED && VERDICT == V_COMMIT) -> S_COMMIT :	\
	((words[n] == PREPARED && VERDICT == V_VOID) -> S_VOID :	\
	(((words[n] == PREPARED || words[n] == COMMITTED) &&		\
	  VERDICT == V_DESTROYED) -> S_DESTROYED : S_NOTHING)))

/* --- the invariants, after each step --- */

#define CHECK_HALF(n)							\
	CHECK("broken: I4 half\n", !(rec[n] == COMMITTED &&		\
				     (!split[n] || ANY(tomb, VOID))))

inline observe()
{
	CHECK_HALF(0);
	CHECK_HALF(1);
	CHECK_HALF(2);
	if
	:: linked && phase == IDLE && VERDICT == V_COMMIT ->
		told = told | TOLD_COMMITTED;
		/* It exists on every member: queries take the cut that it made. */
		CHECK("broken: I4 exists\n", destroying || ALL(split, 1))
	:: linked && phase == IDLE && VERDICT == V_VOID ->
		told = told | TOLD_VOID;
		CHECK("broken: I4 void\n", !ANY(rec, COMMITTED))
	:: tombstone == VOID -> told = told | TOLD_VOID
	:: tombstone == DESTROYED -> told = told | TOLD_DESTROYED
	:: else
	fi;
	CHECK("broken: I4 guessed\n",
	      !((told & TOLD_COMMITTED) && (told & TOLD_VOID)))
}

/* --- point.c, point_load.c --- */

inline rp_point_tell_lagging()
{
	if
	:: linked && phase == IDLE ->
		for (j : 0 .. NM - 1) {
			if
			:: REMEDY(j) != S_NOTHING -> queued[j] = 1
			:: else
			fi
		}
		j = 0
	:: else
	fi
}

inline rp_point_unlink()
{
	linked = 0;
	for (j : 0 .. NM - 1) {
		words[j] = UNKNOWN
	}
	j = 0
}

inline rp_point_retire()
{
	if
	:: linked && phase == IDLE && tombstone && !ANY(words, PREPARED) &&
	   !ANY(words, COMMITTED) -> rp_point_unlink()
	:: else
	fi
}

inline rp_tombstone_publish(t)
{
	if
	:: tombstone < t -> tombstone = t
	:: else
	fi
}

/* Members that came up before anybody told of the point. */
inline ask_silent()
{
	if
	:: linked && phase == IDLE && VERDICT == IN_DOUBT ->
		for (j : 0 .. NM - 1) {
			if
			:: words[j] == UNKNOWN && up[j] -> queued[j] = 1
			:: else
			fi
		}
		j = 0
	:: else
	fi
}

inline rp_point_leave()
{
	phase = IDLE;
	for (j : 0 .. NM - 1) {
		step[j] = OUT;
		if
		:: tombstone && !up[j] -> words[j] = UNKNOWN
		:: else
		fi
	}
	j = 0;
	rp_point_tell_lagging();
#ifndef MUTANT_NONE_ASKED_ONCE
	ask_silent();
#endif
	rp_point_retire()
}

/* certain_none() */
inline say_none(n)
{
	if
	:: linked && phase == IDLE && words[n] == UNKNOWN && !rec[n] ->
		words[n] = NONE
	:: else
	fi
}

inline volume_up(n)
{
	up[n] = 1;
#ifndef MUTANT_TOMBSTONES_NOT_LOADED
	rp_tombstone_publish(tomb[n]);
#endif
	/* load_record() */
	if
	:: rec[n] ->
		linked = 1;
		if
		:: phase == IDLE || phase == DESTROYING -> words[n] = rec[n]
		:: else
		fi
	:: else
	fi;
	say_none(n);
	rp_point_tell_lagging();
#ifndef MUTANT_NONE_ASKED_ONCE
	ask_silent()
#endif
}

inline volume_down(n)
{
	up[n] = 0;
	failed[n] = 0;
	queued[n] = 0;
	if
	:: words[n] == PREPARED || words[n] == NONE || tombstone ->
		words[n] = UNKNOWN
	:: else
	fi;
	rp_point_retire()
}

/* --- point_store.c: what a transaction does --- */

inline rp_point_store_cut(n)
{
	rec[n] = PREPARED;
#ifndef MUTANT_RECORD_WITHOUT_CUT
	split[n] = 1
#endif
}

inline rp_point_store_end(n, t)
{
	rec[n] = 0;
	split[n] = 0;
	if
	:: tomb[n] < t -> tomb[n] = t
	:: else
	fi
}

#define TAKES_PART(n)	(phase != IDLE && step[n] != OUT)
#define STEPS_DONE	(!ANY(step, TODO) && !ANY(step, WRITTEN))

inline steps_begin()
{
	for (j : 0 .. NM - 1) {
		if
		:: step[j] != OUT -> step[j] = TODO
		:: else
		fi
	}
	j = 0
}

inline power_cut()
{
	for (j : 0 .. NM - 1) {
		up[j] = 0;
		failed[j] = 0;
		words[j] = UNKNOWN;
		step[j] = OUT;
		settling[j] = S_NOTHING;
		settled[j] = 0;
		queued[j] = 0
	}
	j = 0;
	linked = 0;
	tombstone = 0;
	phase = IDLE
}

/* What the job at work writes to a member, in one transaction. */
inline job_store(n)
{
	if
	:: phase == PREPARING -> rp_point_store_cut(n)
	:: phase == COMMITTING -> rec[n] = COMMITTED
	:: phase == VOIDING ->
		/* Merged by who is known to have prepared. */
		rp_point_store_end(n, VOID)
	:: phase == DESTROYING ->
#ifdef MUTANT_END_IN_TWO
		rec[n] = 0;
		split[n] = 0
#else
		rp_point_store_end(n, DESTROYED)
#endif
	fi
}

/* It failed, and the member's state is the one before. */
inline job_fail(n)
{
	step[n] = BAD;
	if
	:: phase == PREPARING -> words[n] = NONE
	:: else
	fi
}

/* Nobody knows whether the superblock was written: rp_md_failed(). */
inline job_question(n)
{
	step[n] = BAD;
	failed[n] = 1;
	if
	:: phase == PREPARING -> words[n] = UNKNOWN
#ifndef MUTANT_QUESTION_KEEPS_WORD
	:: phase == COMMITTING -> words[n] = UNKNOWN
#endif
	:: else
	fi
}

inline job_done(n)
{
	step[n] = OK;
	if
	:: phase == PREPARING -> words[n] = PREPARED
	:: phase == COMMITTING -> words[n] = COMMITTED
	:: phase == VOIDING -> words[n] = VOID
	:: phase == DESTROYING ->
#ifdef MUTANT_END_IN_TWO
		tomb[n] = DESTROYED
#endif
		skip
	fi
}

inline make_void()
{
	phase = VOIDING;
	steps_begin();
	rp_tombstone_publish(VOID)
}

/* All members have done their step. */
inline job_next()
{
	if
	:: phase == PREPARING && !ANY(step, BAD) ->
		phase = COMMITTING;
		steps_begin()
	:: phase == PREPARING && (ANY(step, BAD) || !calm) ->
		/* One failed; or the deadline, or it was cancelled. */
		make_void()
	:: phase == COMMITTING ->
#ifdef MUTANT_VOID_AFTER_COMMIT
		if
		:: ANY(step, BAD) -> make_void()
		:: else -> rp_point_leave()
		fi
#else
		rp_point_leave()
#endif
	:: phase == VOIDING -> rp_point_leave()
	:: phase == DESTROYING ->
		if
		:: ANY(step, OK) ->
			rp_tombstone_publish(DESTROYED);
			for (j : 0 .. NM - 1) {
				if
				:: step[j] == OK -> words[j] = DESTROYED
				:: else
				fi
			}
			j = 0
		:: else
		fi;
		rp_point_leave()
	fi
}

#define CLAIMED		(settling[0] || settling[1] || settling[2])
#define FIT(n)		(up[n] && !failed[n])
#ifdef MUTANT_ID_REUSED
#define ID_FREE		true
#else
#define ID_FREE		(!tombstone)
#endif

active proctype host()
{
	do
	/* --- trouble --- */
	:: atomic { !calm -> power_cut() }
	:: atomic {
		!calm -> calm = 1;
		if
		:: i = NM
		:: i = 0
		:: i = 1
		:: i = 2
		fi;
		if
		:: i < NM -> away[i] = 1
		:: else
		fi;
		i = 0
	   }
	:: atomic {
		/* No table is there any more: rp_point_forget(). */
		!calm && linked && phase == IDLE && ALL(up, 0) -> rp_point_unlink()
	   }

	/* --- rp_point_create(), rp_point_destroy() --- */
	:: atomic {
		!calm && made < 2 && !linked && phase == IDLE && ID_FREE &&
		!CLAIMED && FIT(0) && FIT(1) && FIT(2) ->
		made++;
		/* What was never written anywhere cannot be remembered. */
		if
		:: ALL(rec, 0) && ALL(tomb, 0) -> told = 0
		:: else
		fi;
		tombstone = 0;
		linked = 1;
		phase = PREPARING;
		for (j : 0 .. NM - 1) {
			step[j] = TODO
		}
		j = 0;
		observe()
	   }
	:: atomic {
		!calm && linked && phase == IDLE && !tombstone && !CLAIMED &&
		(FIT(0) || FIT(1) || FIT(2)) ->
		phase = DESTROYING;
		destroying = 1;
		for (j : 0 .. NM - 1) {
			step[j] = (FIT(j) -> TODO : OUT)
		}
		j = 0;
#ifdef MUTANT_DESTROYED_TOLD_FIRST
		rp_tombstone_publish(DESTROYED);
#endif
		observe()
	   }
	:: atomic {
		phase != IDLE && STEPS_DONE -> job_next(); observe()
	   }

	/* --- and for each member --- */
#define M 0
#include "point-member.pml"
#undef M
#define M 1
#include "point-member.pml"
#undef M
#define M 2
#include "point-member.pml"
#undef M

	/* Nothing is left to be done. */
	:: else -> break
	od;

	/* Whoever can be there is. */
	CHECK("broken: I4 at the end\n", ANY(away, 1) || ALL(rec, 0) || ALL(rec, COMMITTED));
	CHECK("broken: in doubt for ever\n", ANY(away, 1) || !linked || VERDICT != IN_DOUBT);
	CHECK("broken: I4 lost\n", ANY(away, 1) || !(told & TOLD_COMMITTED) ||
	      destroying || ALL(rec, COMMITTED));
	CHECK("broken: O6 came back\n", ANY(away, 1) || !(told & TOLD_DESTROYED) ||
	      ALL(rec, 0))
}
