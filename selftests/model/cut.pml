/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cut.pml - writes, cuts, checkpoints and the power
 *
 * A model in Promela of kmod/write.c, cut.c, view.c, arm.c and checkpoint.c, by
 * their names; Documentation/model.rst says what it leaves out and why that is
 * allowed. Two volumes, 0 and 1, of one region each. Three writes: 0 and 1 go
 * to two granules of volume 0, 2 to volume 1. A set of granules is therefore a
 * mask of writes.
 *
 * CHECK() stands wherever something changes that an invariant speaks of, so that
 * a power cut is looked at between any two steps without being a step itself.
 */

#define NV	2		/* volumes */
#define NW	3		/* writes */
#define NT	3		/* trackers of a volume: one, and one for each cut */

/* The scopes: what runs beside each other; init says it. */
#ifdef SCOPE_APART
#define TROUBLE	false
#else
#define TROUBLE	true
#endif

#define VOL(w)	((w) / 2)
#define BIT(n)	(1 << (n))
#define ON(v)	((v) -> 4 : 3)

/* Replayed from a trail this says what is broken. */
#define CHECK(name, cond)						\
	if								\
	:: (cond)							\
	:: else -> printf(name); assert(false)		\
	fi

/* --- memory of the host --- */

byte rp_epoch[NV] = 1;		/* one word; two of them in a mutant only */
bit cut_mutex;
byte claimed;			/* volumes */

/* The view of each volume, replaced as a whole. */
byte boundary[NV] = 1;
byte tracker0[NV], tracker1[NV];
bit phase0[NV], phase1[NV];

byte bits[NV * NT];		/* the trackers */
byte nr_trackers[NV] = 1;
byte freed[NV];			/* trackers that nobody may mark in any more */

/* The sums of the per-CPU counters, as masks of writes, by volume and phase. */
byte started[NV * 2], ended[NV * 2];

/* struct rp_arm, its map and its block, of one region. */
bit armed[NV], durable[NV], want[NV], drop[NV];
bit dropping[NV], in_flight[NV], sent[NV], drops[NV];

/* RCU: who is inside, and whom each of those who wait has still to see leave. */
byte rcu;
byte gp[3];

/* --- the disks --- */

bit disk_armed[NV];		/* the record of the region */
byte disk_open[NV];		/* the checkpoint of the open interval */

/* --- the truth, which the code does not see --- */

byte submitted;			/* writes whose data may be on the origin */
byte completed;			/* writes that have ended */
byte acked;			/* writes whose submitter has been told */
byte flushed;			/* writes that no power cut can undo */
byte before[NW];		/* writes acknowledged before this one began */
byte word[NW];			/* the epoch of its admission */
byte base[NV];			/* writes that had ended at the newest boundary */
byte disk_base[NV];		/* likewise, of what is durable */

/* --- the invariants --- */

/*
 * I2, and I1 after a power cut now: what may be on the origin and was not surely
 * there at the newest durable boundary is in the checkpoint or in an armed region.
 */
#define CHECK_DURABLE(v)						\
	CHECK("broken: I2\n", (submitted & ON(v) & ~disk_base[v] &		\
		     ~(disk_armed[v] -> ON(v) : disk_open[v])) == 0)

/* What rp_volume_overlay_open() sees. */
#define OPEN(v)	(bits[(v) * NT + tracker0[v]] | bits[(v) * NT + tracker1[v]])

/* I1 for a query up to now: what was acknowledged, and all once it is drained. */
#define DRAINED(v, p)	(started[(v) * 2 + (p)] == ended[(v) * 2 + (p)])
#define CHECK_NOW(v)							\
	CHECK("broken: I1 now\n", ((DRAINED(v, 1 - phase1[v]) -> submitted : acked) & \
			 ON(v) & ~base[v] & ~OPEN(v)) == 0)

/* --- RCU --- */

inline rcu_read_lock(w)
{
	rcu = rcu | BIT(w);
}

inline rcu_read_unlock(w)
{
	rcu = rcu & ~BIT(w);
	gp[0] = gp[0] & ~BIT(w);
	gp[1] = gp[1] & ~BIT(w);
	gp[2] = gp[2] & ~BIT(w);
}

/* Those who are inside now are waited for, and nobody else. */
inline synchronize_rcu(me)
{
	gp[me] = rcu;
	gp[me] == 0
}

/* --- write.c --- */

inline mark(v, t, w)
{
	/* rp_md_stage_cut(): nobody marks in it any more; then it is freed. */
	CHECK("broken: I1 late\n", (freed[v] & BIT(t)) == 0);
	bits[v * NT + t] = bits[v * NT + t] | BIT(w)
}

inline load_word(e)
{
	e = rp_epoch[VOL(w)]
}

/* The view, and what follows from it and the word in one go. */
inline load_view()
{
	if
	:: e >= boundary[VOL(w)] ->
		t = tracker1[VOL(w)];
		p = phase1[VOL(w)]
	:: else ->
		t = tracker0[VOL(w)];
		p = phase0[VOL(w)]
	fi
}

inline load_armed()
{
	ok = armed[VOL(w)]
}

proctype writer(byte w)
{
	byte e, t;
	bit p, ok, late;

	d_step {
		before[w] = acked;
		rcu_read_lock(w);
		load_word(e);
	}
admit:
	/* rp_write_admit(); the processor may do these two loads in any order. */
	if
	:: atomic { load_view() } ->
		d_step { load_armed() }
	:: atomic { load_armed() } ->
#ifdef MUTANT_ARMED_OUTSIDE_RCU
		d_step { rcu_read_unlock(w) };
		d_step { rcu_read_lock(w); load_word(e) };
#endif
		d_step { load_view() }
	fi;
	if
	:: ok ->
		d_step {
			word[w] = e;
			mark(VOL(w), t, w);
		}
		d_step {
			started[VOL(w) * 2 + p] = started[VOL(w) * 2 + p] | BIT(w);
			rcu_read_unlock(w);
			submitted = submitted | BIT(w);
			CHECK_DURABLE(VOL(w));
			CHECK_NOW(VOL(w));
			ok = 0;
			e = 0;
			t = 0;
		}
	:: else ->
		d_step {
			rcu_read_unlock(w);
			e = 0;
			t = 0;
			p = 0;
		}
		/* rp_arm_queue(), then want_regions() whenever the worker looks. */
		do
		:: atomic {
			armed[VOL(w)] || durable[VOL(w)] ->
#ifndef MUTANT_KEEP_DROPPING
			if
			:: !armed[VOL(w)] -> drop[VOL(w)] = 0
			:: else
			fi;
#endif
			armed[VOL(w)] = 1;
		   } -> break
		:: d_step {
			!armed[VOL(w)] && !durable[VOL(w)] && !want[VOL(w)] ->
			want[VOL(w)] = 1
		   }
		od;
		atomic {
			rcu_read_lock(w);
			load_word(e);
		}
		goto admit
	fi;

	/* rp_write_end() */
	d_step {
		completed = completed | BIT(w);
		rcu_read_lock(w);
		load_word(e);
	}
	d_step {
		late = e >= boundary[VOL(w)] && word[w] < boundary[VOL(w)];
		t = tracker1[VOL(w)];
		e = 0;
#ifdef MUTANT_NO_LATE_MARK
		late = 0;
#endif
#ifdef MUTANT_LATE_MARK_OLD
		t = tracker0[VOL(w)];
#endif
	}
#ifdef MUTANT_COUNT_FIRST
	d_step {
		ended[VOL(w) * 2 + p] = ended[VOL(w) * 2 + p] | BIT(w);
	}
#endif
	if
	:: late -> d_step { mark(VOL(w), t, w) }
	:: else
	fi;
	d_step {
		ended[VOL(w) * 2 + p] = ended[VOL(w) * 2 + p] | BIT(w);
		rcu_read_unlock(w);
		acked = acked | BIT(w);
		CHECK_NOW(VOL(w));
		late = 0;
		t = 0;
		p = 0;
	}
}

/* --- view.c --- */

/* rp_view_drain(); the ended ones are summed up first. */
inline rp_view_drain(v)
{
	do
	:: seen = ended[v * 2 + (1 - phase1[v])];
		if
		:: atomic { started[v * 2 + (1 - phase1[v])] == seen -> seen = 0 };
			break
		:: atomic { started[v * 2 + (1 - phase1[v])] != seen -> seen = 0 };
			/* Again once there is something new to see. */
			DRAINED(v, 1 - phase1[v])
		fi
	od
}

/* --- cut.c, and the prepare of one member --- */

inline rp_view_replace_cut(v)
{
	d_step {
		closed[v] = tracker1[v];
		tracker0[v] = tracker1[v];
		tracker1[v] = nr_trackers[v];
		nr_trackers[v]++;
		phase0[v] = phase1[v];
		phase1[v] = 1 - phase1[v];
		boundary[v] = n;
	}
}

/* The cut: one store. */
inline store_word(v)
{
	rp_epoch[v] = n;
	sub[v] = submitted & ON(v);
	done[v] = completed & ON(v);
}

/* I4: whatever had been acknowledged before a write before the cut is before it. */
inline check_order()
{
	d_step {
		y = 0;
		do
		:: y < NW ->
			x = 0;
			do
			:: x < NW ->
				CHECK("broken: I4\n", !((members & BIT(VOL(x))) &&
					      (members & BIT(VOL(y))) &&
					      word[y] && word[y] < n &&
					      (before[y] & BIT(x)) &&
					      word[x] >= n));
				x++
			:: else -> break
			od;
			y++
		:: else -> break
		od;
		x = 0;
		y = 0
	}
}

/* cut_settle(): one tracker in the view again. */
inline cut_settle(v)
{
	d_step {
		tracker0[v] = tracker1[v];
		phase0[v] = phase1[v];
	}
	synchronize_rcu(me)
}

/* prepare() of one member, and what becomes of it later. */
inline prepare(v)
{
#ifndef MUTANT_FLUSH_BEFORE_CUT
	d_step { flushed = flushed | (completed & ON(v)) };
#endif
	if
	:: true ->
		/* rp_point_store_cut(): a transaction. */
		d_step {
			/* I1 and I5 for the interval that is closed by it. */
			CHECK("broken: I1 closed\n", (sub[v] & ~base[v] &
				~bits[v * NT + closed[v]]) == 0);
			CHECK("broken: I3\n", (done[v] & ~flushed) == 0);
			old = base[v];
			freed[v] = freed[v] | BIT(closed[v]);
			base[v] = done[v];
			disk_base[v] = done[v];
			disk_open[v] = 0;
			CHECK_DURABLE(v);
		}
		/* rp_cut_keep() */
		cut_settle(v);
		if
		:: true -> d_step { CHECK_NOW(v) }
		:: TROUBLE ->
			/* Void, or destroyed: rp_volume_absorb(), then the disk. */
#ifndef MUTANT_MERGE_DISK_ONLY
			d_step {
				bits[v * NT + tracker1[v]] = bits[v * NT + tracker1[v]] |
					bits[v * NT + closed[v]];
			}
#endif
			d_step {
				base[v] = old;
				disk_base[v] = old;
				disk_open[v] = disk_open[v] | bits[v * NT + closed[v]];
				CHECK_DURABLE(v);
				CHECK_NOW(v);
			}
		fi
	:: TROUBLE ->
		/* It failed: rp_cut_undo(). */
#ifndef MUTANT_UNDO_FORGETS
		d_step {
			bits[v * NT + tracker1[v]] = bits[v * NT + tracker1[v]] |
				bits[v * NT + closed[v]];
		}
#endif
		cut_settle(v);
		d_step {
			freed[v] = freed[v] | BIT(closed[v]);
			CHECK_NOW(v)
		}
	fi;
	d_step {
		/* Nobody looks at it again: fewer states. */
		bits[v * NT + closed[v]] = 0;
		closed[v] = 0;
		sub[v] = 0;
		done[v] = 0;
		old = 0
	}
}

proctype cutter(byte me; byte members)
{
	byte n, seen, old, x, y;
	byte closed[NV], sub[NV], done[NV];

	atomic { (claimed & members) == 0 -> claimed = claimed | members };
	/* rp_cut() */
#ifndef MUTANT_NO_DRAIN
	if
	:: members & 1 -> rp_view_drain(0)
	:: else
	fi;
	if
	:: members & 2 -> rp_view_drain(1)
	:: else
	fi;
#endif
#ifdef MUTANT_FLUSH_BEFORE_CUT
	atomic { flushed = flushed | completed };
#endif
	atomic { !cut_mutex -> cut_mutex = 1; n = rp_epoch[members / 2] + 1 };
#ifdef MUTANT_WORD_FIRST
	d_step { store_word(0); store_word(1) };
#endif
	if
	:: members & 1 -> rp_view_replace_cut(0)
	:: else
	fi;
	if
	:: members & 2 -> rp_view_replace_cut(1)
	:: else
	fi;
#ifdef MUTANT_WORD_PER_VOLUME
	d_step { store_word(0) };
	d_step { store_word(1) };
#endif
#if !defined(MUTANT_WORD_FIRST) && !defined(MUTANT_WORD_PER_VOLUME)
	d_step { store_word(0); store_word(1) };
#endif
	cut_mutex = 0;
#ifndef MUTANT_NO_SYNC
	synchronize_rcu(me);
#endif
	check_order();
	if
	:: members & 1 -> prepare(0)
	:: else
	fi;
	if
	:: members & 2 -> prepare(1)
	:: else
	fi;
	d_step { claimed = claimed & ~members; n = 0 }
}

/* --- arm.c: the worker and the one write of the block --- */

proctype arm(byte v)
{
	bit image;

end:	do
	:: atomic {
		/* block_build() */
		(dropping[v] && drop[v]) || (want[v] && !durable[v]) ->
		if
		:: dropping[v] && drop[v] ->
			durable[v] = 0;
			drop[v] = 0;
			drops[v] = 1
		:: else
		fi;
		sent[v] = want[v] && !durable[v];
		image = durable[v] || sent[v];
		in_flight[v] = 1;
#ifdef MUTANT_ARMED_EARLY
		if
		:: sent[v] -> armed[v] = 1
		:: else
		fi;
#endif
	   }
	   d_step {
		/* The FUA write arrives. */
		disk_armed[v] = image;
		image = 0;
		CHECK_DURABLE(v);
	   }
	   d_step {
		/* block_collect() */
		in_flight[v] = 0;
		drops[v] = 0;
		if
		:: sent[v] ->
			durable[v] = 1;
			want[v] = 0;
			armed[v] = 1;
			sent[v] = 0
		:: else
		fi
	   }
	od
}

/* --- checkpoint.c --- */

inline rp_arm_drop_begin(v)
{
	d_step {
		drop[v] = armed[v];
		any = armed[v];
		armed[v] = 0;
	}
}

inline rp_arm_drop_cancel(v)
{
	d_step {
		armed[v] = armed[v] | drop[v];
		drop[v] = 0;
	}
}

inline rp_arm_drop_finish(v)
{
	dropping[v] = 1;
	d_step {
		!drop[v] && !drops[v] ->
		dropping[v] = 0;
	}
}

inline rp_md_commit_open(v)
{
	d_step {
		copy = bits[v * NT + tracker1[v]];
	}
	d_step {
		disk_open[v] = copy;
		copy = 0;
		CHECK_DURABLE(v)
	}
}

proctype checkpoint(byte me; byte v)
{
	byte seen, copy;
	bit any, failed;

	atomic { (claimed & BIT(v)) == 0 -> claimed = claimed | BIT(v) };
#ifdef MUTANT_COPY_FIRST
	rp_md_commit_open(v);
#endif
	rp_arm_drop_begin(v);
#ifdef MUTANT_DISARM_BEFORE_BITS
	rp_arm_drop_finish(v);
#endif
#ifndef MUTANT_NO_SYNC_BEFORE_FLIP
	/* Who has seen the region armed has also seen the view before the flip. */
	synchronize_rcu(me);
#endif
	/* rp_view_flip() */
#ifndef MUTANT_NO_FLIP
	rp_view_drain(v);
	atomic {
		phase0[v] = 1 - phase0[v];
		phase1[v] = phase0[v];
	}
	synchronize_rcu(me);
	if
	:: rp_view_drain(v)
	:: failed = 1	/* in time it did not */
	fi;
#endif
#ifndef MUTANT_COPY_FIRST
	if
	:: !failed -> rp_md_commit_open(v)
	:: failed = 1	/* ENOSPC, ENOMEM */
	fi;
#endif
	if
	:: any && failed -> rp_arm_drop_cancel(v)
	:: any && !failed -> rp_arm_drop_finish(v)
	:: else
	fi;
	d_step { claimed = claimed & ~BIT(v); any = 0; failed = 0 }
}

inline armed_already(v)
{
	armed[v] = 1;
	durable[v] = 1;
	disk_armed[v] = 1
}

init {
	atomic {
		run writer(0);
#ifdef SCOPE_CHECKPOINT
		run writer(1);
		run arm(0);
		run cutter(0, 1);
		run checkpoint(2, 0);
#endif
#ifdef SCOPE_CUTS
		run arm(0);
		run cutter(0, 1);
		run cutter(1, 1);
		run checkpoint(2, 0);
#endif
#ifdef SCOPE_GROUP
		armed_already(0);
		armed_already(1);
		run writer(2);
		run cutter(0, 3);
		run cutter(1, 1);
#endif
#ifdef SCOPE_APART
		armed_already(0);
		armed_already(1);
		run writer(2);
		run cutter(0, 1);
		run cutter(1, 2);
#endif
	}
}
