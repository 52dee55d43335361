// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - what happened, on its way up to netlink
 *
 * SRCU, because a sink allocates and sends, and may be called under mutexes:
 * raising an event takes no lock, and taking the sink away waits until nobody
 * is inside it.
 */
#include <linux/rcupdate.h>
#include <linux/srcu.h>

#include "event.h"

DEFINE_STATIC_SRCU(sink_srcu);
static const struct rp_event_sink __rcu *sink;

void rp_event_set_sink(const struct rp_event_sink *new_sink)
{
	rcu_assign_pointer(sink, new_sink);
	if (!new_sink)
		synchronize_srcu(&sink_srcu);
}

void rp_event_point(const uuid_t *id, u32 event, u32 state)
{
	const struct rp_event_sink *s;
	int idx = srcu_read_lock(&sink_srcu);

	s = srcu_dereference(sink, &sink_srcu);
	if (s && s->point)
		s->point(id, event, state);
	srcu_read_unlock(&sink_srcu, idx);
}

void rp_event_job(struct rp_job *job, u32 event)
{
	const struct rp_event_sink *s;
	int idx = srcu_read_lock(&sink_srcu);

	s = srcu_dereference(sink, &sink_srcu);
	if (s && s->job)
		s->job(job, event);
	srcu_read_unlock(&sink_srcu, idx);
}

void rp_event_volume(struct rp_volume *vol, u32 event, u32 gap_reason,
		     const char *text)
{
	const struct rp_event_sink *s;
	int idx = srcu_read_lock(&sink_srcu);

	s = srcu_dereference(sink, &sink_srcu);
	if (s && s->volume)
		s->volume(vol, event, gap_reason, text);
	srcu_read_unlock(&sink_srcu, idx);
}

void rp_event_collection(const uuid_t *id, const char *name, u32 event)
{
	const struct rp_event_sink *s;
	int idx = srcu_read_lock(&sink_srcu);

	s = srcu_dereference(sink, &sink_srcu);
	if (s && s->collection)
		s->collection(id, name, event);
	srcu_read_unlock(&sink_srcu, idx);
}
