/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * volume.h - one tracked volume: its life, its registry, its metadata
 *
 * A volume object comes with a table (rp_volume_create), is found by UUID or
 * name while a table exists, is active between preresume and postsuspend, and
 * goes with the last reference.
 *
 * Locks, outermost first (Documentation/locking.rst has the whole order):
 *
 *   claim (rp_volumes_claim)  one operation that cuts, checkpoints or changes
 *                             the state of the volume at a time; a flag, waited
 *                             for all-or-nothing, so that no order is needed
 *   users (rp_volume_enter)   a count: while it is not 0 the volume stays as
 *                             active as it was found; deactivation waits for it.
 *                             No lock, because a point enters 1024 volumes
 *   vol->md_mutex             one transaction at a time on vol->md
 *   vol->lock (spinlock)      state, users, gaps and what status shows
 *   vol->zero_lock (spinlock) zeroings and discards in flight; interrupts off
 */
#ifndef RP_VOLUME_H
#define RP_VOLUME_H

#include <linux/blk_types.h>
#include <linux/completion.h>
#include <linux/device-mapper.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/uuid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/refpoint.h>

#include "core/gap.h"
#include "core/metadata.h"
#include "core/split.h"
#include "counters.h"
#include "origin.h"
#include "result.h"

struct rp_arm;
struct rp_blockdev;
struct rp_volume_gap;

/* Which interval a write belongs to; replaced as a whole (RCU). */
struct rp_view {
	struct rp_split split;
	struct rcu_head rcu;
} ____cacheline_aligned_in_smp;

/* Writes in flight on this CPU's account, by phase; only differences count. */
struct rp_inflight {
	unsigned long started[2];
	unsigned long ended[2];
} __aligned(4 * sizeof(long));	/* in one line */

/**
 * struct rp_volume - see the head of this file
 * @view: hot path, RCU
 * @inflight: hot path, per CPU
 * @arm: hot path: armed regions; its own locks
 * @geo: hot path; fixed while active
 * @ti: hot path: the target; valid until the destructor, under the registry's lock
 * @read_only: hot path; from the table
 * @dev: of the target; fixed
 * @uuid: identity; fixed
 * @ref: references
 * @node: in the registry, under the registry's lock
 * @metadata_dev: number of @bd, which goes before the volume does; fixed
 * @origin_dev: likewise of @origin
 * @claimed: see above; under the lock of claim.c
 * @lender: who holds the claim and lets a deactivation take it; likewise
 * @borrowed: from the lender, by a checkpoint; likewise
 * @identity: holds its UUID and its devices against others (I10); registry's lock
 * @squeezed: where to look for pages to give up, the next time; who has the claim
 * @going: deactivation has begun: no new checkpoint is scheduled
 * @zero_lock: @zeroers
 * @zeroers: struct rp_write of zeroings and discards in flight
 * @md_mutex: see above
 * @noio: what rp_volume_begin() found, under @md_mutex
 * @md: NULL unless active
 * @bd: metadata device
 * @origin: origin device, and what its flushes say
 * @unread: whose records have not been read since it came up, bits of enum rp_reader;
 *	changed by who has the claim
 * @noflush: the suspend under way does not wait for the origin
 * @print: fingerprint of the origin: of this activation, or about to be committed
 * @bypass: what activation found written past the target; no length: nothing
 * @lock: the fields below it, up to @gaps
 * @state: enum refpoint_volume_state
 * @coming: RP_VOLUME_UP has not been told everywhere: nobody reads yet
 * @users: see above
 * @users_gone: woken when the last one leaves
 * @info: as of the last commit, for status
 * @usage: likewise
 * @nr_points: likewise
 * @gaps: list of struct rp_volume_gap
 * @doubts: one for each enum rp_doubter, in @gaps or not
 * @hold: seconds for which a failure is held, 0: not; from the table
 * @fail_stop: writes of a failed volume fail, too; from the table
 * @degraded_ok: to be told only; from the table
 * @hold_forbidden: it is not active yet, or being suspended; under @lock, as the
 *	two below
 * @held: what is being tried again, RP_HELD_*
 * @held_since: jiffies when the hold began
 * @give_up: of the running transaction, under @md_mutex: see rp_hold_give_up()
 * @give_up_arg: its argument
 * @gave_up: it was
 */
struct rp_volume {
	struct rp_view __rcu *view;
	struct rp_inflight __percpu *inflight;
	struct rp_arm *arm;
	struct rp_geometry geo;
	struct dm_target *ti;
	bool read_only;
	dev_t dev;
	uuid_t uuid;

	/*
	 * What is above is read by every write on every CPU, and stored to by cuts at
	 * most; what is below by whoever asks for the status.
	 */
	struct kref ref ____cacheline_aligned_in_smp;
	struct list_head node;
	dev_t metadata_dev;
	dev_t origin_dev;
	void *lender;
	bool claimed;
	bool borrowed;
	bool identity;
	rp_page_t squeezed;
	bool going;
	unsigned long unread;
	bool noflush;

	spinlock_t zero_lock;
	struct list_head zeroers;

	struct mutex md_mutex;
	unsigned int noio;
	struct rp_md *md;
	struct rp_blockdev *bd;
	struct rp_origin origin;
	struct rp_print print;
	struct rp_gap bypass;

	spinlock_t lock;
	u32 state;
	bool coming;
	unsigned int users;
	wait_queue_head_t users_gone;
	struct rp_md_info info;
	struct rp_md_usage usage;
	unsigned int nr_points;
	unsigned int nr_gaps;
	struct list_head gaps;
	struct rp_volume_gap *fail_gap;
	struct rp_volume_gap *doubts;
	unsigned int hold;
	bool fail_stop;
	bool degraded_ok;
	bool hold_forbidden;
	unsigned int held;
	unsigned long held_since;
	bool (*give_up)(void *arg);
	void *give_up_arg;
	bool gave_up;

	struct rp_counters counters;
	struct delayed_work checkpoint_work;
	struct work_struct fail_work;
	struct work_struct hold_work;
	struct work_struct hold_commit_work;
	struct delayed_work witness_work;
};

#ifdef CONFIG_SMP
/* What a write reads shares no line with what is stored to in steady state. */
static_assert(offsetof(struct rp_volume, ref) % SMP_CACHE_BYTES == 0);
static_assert(sizeof(struct rp_view) % SMP_CACHE_BYTES == 0);
static_assert(sizeof(struct rp_tracker) % SMP_CACHE_BYTES == 0);
#endif

/**
 * struct rp_volume_gap - a gap in memory
 * @node: in vol->gaps
 * @gap: as in its record; @gap.seq is the first interval it lies in
 * @last: the last interval it lies in, if that is later
 * @open: it goes on: every later interval has it too
 * @durable: its record is committed
 * @fixed: allocated with the volume
 * @going: the list of the transaction that deletes its record, for another one says
 *	the same; NULL: none
 */
struct rp_volume_gap {
	struct list_head node;
	struct rp_gap gap;
	rp_seq_t last;
	bool open;
	bool durable;
	bool fixed;
	struct list_head *going;
};

/* --- making and unmaking; for the target --- */

/*
 * Read-only on the metadata device. @why tells what is wrong with it.
 * -ENOMEM, -ENODEV, and what rp_resize_probe() returns.
 */
int rp_volume_create(struct dm_target *ti, struct dm_dev *metadata,
		     struct dm_dev *origin, struct rp_volume **volp,
		     struct rp_why *why);
void rp_volume_destroy(struct rp_volume *vol);

/* preresume: claim, read, recover, then let writes in (O8). */
int rp_volume_activate(struct rp_volume *vol);
/* postsuspend: nothing is outstanding when it returns (O8). */
void rp_volume_deactivate(struct rp_volume *vol);

/* --- finding volumes (registry.c) --- */

/* Referenced, or NULL. Any state; to be put with rp_volume_put(). */
struct rp_volume *rp_volume_find(const uuid_t *uuid);
struct rp_volume *rp_volume_find_name(const char *name);
/* The state of the one that rp_volume_find() gives; without one, inactive. */
u32 rp_volume_state_of(const uuid_t *uuid);
void rp_volume_get(struct rp_volume *vol);
void rp_volume_put(struct rp_volume *vol);

/* The next volume in the registry after @uuid (NULL: the first), referenced. */
struct rp_volume *rp_volume_next(const uuid_t *uuid);

/* Its metadata device. */
struct block_device *rp_volume_metadata(const struct rp_volume *vol);

/* A copy of the dm name, of what status shows; never waits. */
void rp_volume_name(struct rp_volume *vol, char name[REFPOINT_NAME_MAX + 1]);
u32 rp_volume_state(struct rp_volume *vol);

/* --- using a volume's metadata --- */

/*
 * Take part in the volume's life: while 0 is held by the caller, vol->md and
 * the view stay. Never waits for a suspend. Return: 0 or -ENXIO (inactive),
 * -EAGAIN (suspended, or about to be), -EIO (tracking failed, and @write), -EBUSY
 * (held, and @write), -EROFS (read-only, and @write), -EALREADY (being activated, and
 * not @write).
 */
int rp_volume_enter(struct rp_volume *vol, bool write);
void rp_volume_exit(struct rp_volume *vol);

/* For deactivation, when nobody enters any more: until all have left. */
void rp_volume_wait_users(struct rp_volume *vol);

/* Put the refusal that belongs to an error of rp_volume_enter() into @res. */
int rp_volume_refuse(struct rp_volume *vol, int err, struct rp_result *res);

/*
 * A transaction: begin takes md_mutex, commit stages what every commit carries
 * (job mark), commits, refreshes what status shows and lets go; abort drops
 * what was staged. Between enter and exit only. An I/O error fails the volume
 * (I6) before it is returned. -ETIMEDOUT: it was held, and given up (hold.h).
 */
struct rp_md *rp_volume_begin(struct rp_volume *vol);
int rp_volume_commit(struct rp_volume *vol, bool keep_reserve);
void rp_volume_abort(struct rp_volume *vol);

/*
 * Claim all of them or none, waiting until @deadline (jiffies). Return: 0,
 * -ETIMEDOUT, -EINTR (a fatal signal). @vols are distinct. A volume that is
 * being suspended is not waited for: the suspend waits for the claim.
 */
int rp_volumes_claim(struct rp_volume **vols, unsigned int nr,
		     unsigned long deadline);
void rp_volumes_release(struct rp_volume **vols, unsigned int nr);
/*
 * For deactivation: claim one, however long it takes, or take one over that was
 * lent by the operation that has it.
 */
void rp_volume_claim_wait(struct rp_volume *vol);
/*
 * Keep the claim, but let a deactivation have it: for an operation that has done
 * its part on @vol, has left it (rp_volume_exit()), and waits for other volumes
 * (I7). @lender tells whose it is. Then either take it back, or, when that says
 * false, it is gone: the volume was deactivated, and may be active again, or who has
 * borrowed it did not give it back in @timeout jiffies, and releases it in the end.
 */
void rp_volume_lend(struct rp_volume *vol, void *lender);
bool rp_volume_take_back(struct rp_volume *vol, void *lender, unsigned long timeout);
/*
 * A checkpoint need not wait for those other volumes either (I8): it borrows the
 * claim for as long as it takes, and both who lent it and a deactivation wait.
 * False: it is not lent.
 */
bool rp_volume_borrow(struct rp_volume *vol);
void rp_volume_give_back(struct rp_volume *vol);

/*
 * Merge the interval that ends at @boundary into its successor, in the running
 * transaction; when that is the open one, in memory too. Claimed and entered,
 * between begin and commit. Once in a transaction: which boundary is the youngest
 * is known of the committed state only. -ENOENT, -ENOMEM, -EIO.
 */
int rp_volume_absorb(struct rp_volume *vol, rp_seq_t boundary);

/* Bytes; capacity of the volume. */
static inline u64 rp_volume_capacity(const struct rp_volume *vol)
{
	return vol->geo.sectors << SECTOR_SHIFT;
}

/*
 * Mark a range of bytes written and make that durable. Claimed and entered
 * (write). Return: 0 or -errno.
 */
int rp_volume_mark(struct rp_volume *vol, u64 start, u64 length);

/*
 * Wait until no write admitted before the last cut is in flight any more, so
 * that the open interval's bits are complete (I5). -ETIMEDOUT.
 */
int rp_volume_settle(struct rp_volume *vol, unsigned long deadline);

/*
 * Wait-free look at the open interval: the kinds of one page of it, overlaid on
 * @k. Entered.
 */
void rp_volume_overlay_open(struct rp_volume *vol, rp_page_t page,
			    struct rp_page_kinds *k);
/* The first page at or after *@page that the open interval has bits in. */
bool rp_volume_next_open_page(struct rp_volume *vol, rp_page_t *page);

/* Copy at most @max gaps that lie in intervals after @from up to @to. */
unsigned int rp_volume_gaps(struct rp_volume *vol, rp_seq_t from, rp_seq_t to,
			    struct rp_gap *gaps, unsigned int max);

/* --- life, for upper layers (collections, points) --- */

enum rp_volume_note {
	RP_VOLUME_UP,	/* active; called entered, before any write is let in */
	RP_VOLUME_DOWN,	/* about to be deactivated or gone */
	RP_VOLUME_GONE,	/* its table is gone: it is not in the registry */
	RP_VOLUME_CHANGED, /* state, gap, low space: for events */
};

/*
 * A blocking notifier; data is the struct rp_volume. UP, DOWN and GONE are called from
 * resume, suspend and a table's end: take locks of upper layers, start work, but wait for no
 * other volume.
 */
extern struct blocking_notifier_head rp_volume_notifier;

/* UTC in ns */
u64 rp_time_now(void);

#endif /* RP_VOLUME_H */
