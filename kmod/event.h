/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - what happened, on its way up to netlink
 *
 * Lower layers raise, netlink listens; so no arrow points upwards. May be called
 * from process context with mutexes held; does not wait.
 */
#ifndef RP_EVENT_H
#define RP_EVENT_H

#include <linux/types.h>
#include <linux/uuid.h>
#include <linux/refpoint.h>

struct rp_job;
struct rp_volume;

/**
 * struct rp_event_sink - who listens
 */
struct rp_event_sink {
	void (*point)(const uuid_t *id, u32 event, u32 state);
	void (*job)(struct rp_job *job, u32 event);
	void (*volume)(struct rp_volume *vol, u32 event, u32 gap_reason,
		       const char *text);
	void (*collection)(const uuid_t *id, const char *name, u32 event);
};

/* One sink; NULL takes it away and waits for callers inside. */
void rp_event_set_sink(const struct rp_event_sink *sink);

void rp_event_point(const uuid_t *id, u32 event, u32 state);
void rp_event_job(struct rp_job *job, u32 event);
void rp_event_volume(struct rp_volume *vol, u32 event, u32 gap_reason,
		     const char *text);
void rp_event_collection(const uuid_t *id, const char *name, u32 event);

#endif /* RP_EVENT_H */
