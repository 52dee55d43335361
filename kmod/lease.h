/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lease.h - the intervals of a list of changes, held between its pages
 *
 * A lease is a question and the intervals pinned for its answer. Between two
 * pages it waits in a table, known by a cookie; while a page is being answered
 * it is that request's alone. It ends 30 seconds after its last page, or when
 * the volume goes down: what is pinned must not outlive the metadata object.
 */
#ifndef RP_LEASE_H
#define RP_LEASE_H

#include "changes.h"

#define RP_LEASES_MAX		256U
#define RP_LEASE_MS		30000U
#define RP_PINS_MAX		16U

/**
 * struct rp_lease - a question, and what is pinned for it
 * @node: in the table
 * @cookie: what the caller shows; 0: it has not been in the table yet
 * @expires: jiffies
 * @vol: the volume; a reference
 * @req_from: the question, as it was asked
 * @req_to: likewise
 * @resolved: what follows is filled in
 * @generation: of the intervals
 * @from: boundary after which they begin
 * @to: boundary at which the answer ends, unless "to" is now
 * @capacity_from: length of the volume at @from, bytes
 * @capacity_to: at @to or now
 * @pinned: boundary that ends the last interval pinned; @from: none is pinned
 * @pin: consecutive runs of intervals, oldest first
 * @nr_pins: of them
 */
struct rp_lease {
	struct list_head node;
	u64 cookie;
	unsigned long expires;
	struct rp_volume *vol;
	struct rp_end req_from;
	struct rp_end req_to;

	bool resolved;
	u8 generation[16];
	rp_seq_t from;
	rp_seq_t to;
	u64 capacity_from;
	u64 capacity_to;
	rp_seq_t pinned;
	struct rp_md_query *pin[RP_PINS_MAX];
	unsigned int nr_pins;
};

/*
 * The lease for a request: the one it shows, taken out of the table, or a new
 * one, not resolved, when it shows none or one that has ended or belongs to
 * another question. Entered. Return: NULL without memory.
 */
struct rp_lease *rp_lease_begin(const struct rp_changes_request *req);

/*
 * Put it into the table for 30 seconds. Entered. Return: the cookie, or 0 when
 * the table is full or the volume about to go down: then the lease has ended, and
 * the next page resolves its ends again.
 */
u64 rp_lease_keep(struct rp_lease *lease);

/* The list is complete or was refused: let go of everything. Entered. */
void rp_lease_end(struct rp_lease *lease);

/*
 * Pin the closed intervals after lease->from up to boundary @last, unless they are
 * already. Entered. Return: 0, -ENOENT (a boundary that it takes is gone),
 * -ENOMEM.
 */
int rp_lease_pin(struct rp_lease *lease, rp_seq_t last);

#endif /* RP_LEASE_H */
