// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel's events, on a socket of their own: a burst of them cannot get in
 * the way of replies.
 */
#include <poll.h>

#include "priv.h"

#define STATE_NONE	UINT32_MAX

struct refpoint_notification {
	uint32_t subject;
	uint32_t event;
	uint64_t time;
	struct rp_uuid_field point;
	struct rp_uuid_field volume;
	struct rp_uuid_field collection;
	char *volume_name;
	char *collection_name;
	uint64_t job;
	uint32_t state;
	uint32_t job_state;
	uint32_t percent;
	uint32_t reason;
	char *message;
};

static const struct rp_field event_fields[] = {
	RP_FIELD(REFPOINT_A_EVENT, RP_U32, refpoint_notification, event),
	RP_FIELD(REFPOINT_A_TIME, RP_U64, refpoint_notification, time),
	RP_FIELD(REFPOINT_A_POINT_ID, RP_UUID, refpoint_notification, point),
	RP_FIELD(REFPOINT_A_VOLUME_ID, RP_UUID, refpoint_notification, volume),
	RP_FIELD(REFPOINT_A_VOLUME_NAME, RP_DM_NAME, refpoint_notification,
		 volume_name),
	RP_FIELD(REFPOINT_A_COLLECTION_ID, RP_UUID, refpoint_notification,
		 collection),
	RP_FIELD(REFPOINT_A_COLLECTION_NAME, RP_STR, refpoint_notification,
		 collection_name),
	RP_FIELD(REFPOINT_A_JOB_ID, RP_U64, refpoint_notification, job),
	RP_FIELD(REFPOINT_A_STATE, RP_U32, refpoint_notification, state),
	RP_FIELD(REFPOINT_A_JOB_STATE, RP_U16, refpoint_notification,
		 job_state),
	RP_FIELD(REFPOINT_A_PERCENT, RP_U16, refpoint_notification, percent),
	RP_FIELD(REFPOINT_A_REASON, RP_U32, refpoint_notification, reason),
	RP_FIELD(REFPOINT_A_GAP_REASON, RP_U32, refpoint_notification, reason),
	RP_FIELD(REFPOINT_A_MESSAGE, RP_SENTENCE, refpoint_notification, message),
	/* Of a volume: the words of whoever reported a gap. */
	RP_FIELD(REFPOINT_A_REASON_TEXT, RP_STR, refpoint_notification,
		 message),
};

static const struct rp_kind event_kind =
	RP_KIND(refpoint_notification, event_fields, 0);

struct refpoint_monitor {
	struct refpoint_ctx *ctx;
	struct nlmsghdr *next;		/* in the datagram of ctx */
	int rem;
};

int refpoint_monitor_open(struct refpoint_monitor **monitor)
{
	struct refpoint_monitor *new;
	int err;

	if (!monitor)
		return -EINVAL;
	*monitor = NULL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	err = refpoint_open(&new->ctx);
	if (!err && !new->ctx->group)
		err = -EPROTO;
	if (!err)
		err = rp_nl_subscribe(new->ctx);
	if (err) {
		refpoint_monitor_close(new);
		return err;
	}
	*monitor = new;
	return 0;
}

void refpoint_monitor_close(struct refpoint_monitor *monitor)
{
	if (!monitor)
		return;
	refpoint_close(monitor->ctx);
	free(monitor);
}

int refpoint_monitor_fd(const struct refpoint_monitor *monitor)
{
	return rp_nl_fd(monitor->ctx);
}

static int event_read(const struct nlmsghdr *hdr,
		      struct refpoint_notification **event)
{
	struct genlmsghdr *genl = nlmsg_data(hdr);
	struct refpoint_notification *new;
	int err;

	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->subject = genl->cmd;
	new->state = STATE_NONE;
	new->job_state = STATE_NONE;
	err = rp_attr_fill(new, &event_kind, genlmsg_attrdata(genl, 0),
			   genlmsg_attrlen(genl, 0));
	if (err) {
		refpoint_notification_free(new);
		return err;
	}
	*event = new;
	return 1;
}

/* Is it word of the module's end? The group goes with it: nothing would come any more. */
static bool is_the_end(const struct refpoint_monitor *m, struct nlmsghdr *hdr)
{
	struct genlmsghdr *genl = nlmsg_data(hdr);
	struct nlattr *family;

	if (hdr->nlmsg_type != GENL_ID_CTRL || !genlmsg_valid_hdr(hdr, 0) ||
	    genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	family = nla_find(genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0),
			  CTRL_ATTR_FAMILY_ID);
	return family && nla_len(family) == sizeof(uint16_t) &&
	       nla_get_u16(family) == m->ctx->family;
}

/* The next event of the datagram in hand: 1, 0 when there is no more, -errno. */
static int monitor_take(struct refpoint_monitor *m,
			struct refpoint_notification **event)
{
	while (nlmsg_ok(m->next, m->rem)) {
		struct nlmsghdr *hdr = m->next;

		m->next = nlmsg_next(hdr, &m->rem);
		if (hdr->nlmsg_type == m->ctx->family &&
		    genlmsg_valid_hdr(hdr, 0))
			return event_read(hdr, event);
		if (is_the_end(m, hdr))
			return -ENOPKG;
	}
	m->rem = 0;
	return 0;
}

int refpoint_monitor_next(struct refpoint_monitor *monitor, int timeout_ms,
			  struct refpoint_notification **event)
{
	struct pollfd pfd;
	struct sockaddr_nl from;
	ssize_t n;
	int ret;

	if (!monitor || !event)
		return -EINVAL;
	*event = NULL;
	pfd.fd = rp_nl_fd(monitor->ctx);
	pfd.events = POLLIN;
	for (;;) {
		ret = monitor_take(monitor, event);
		if (ret)
			return ret;
		ret = poll(&pfd, 1, timeout_ms);
		if (ret < 0)
			return -errno;
		if (!ret)
			return 0;
		n = monitor->ctx->transport->recv(monitor->ctx, &from, false);
		if (n == -EAGAIN)
			continue;
		if (n < 0)
			return n;
		/* Events come from the kernel, not from another program. */
		if (from.nl_family != AF_NETLINK || from.nl_pid != 0)
			continue;
		monitor->next = (struct nlmsghdr *)monitor->ctx->buf;
		monitor->rem = n;
	}
}

/* ---- accessors ------------------------------------------------------------------------ */

bool rp_notification_concerns_job(const struct refpoint_notification *event,
				  uint64_t job)
{
	return event->subject == REFPOINT_CMD_JOB_EVENT && event->job == job;
}

void refpoint_notification_free(struct refpoint_notification *event)
{
	if (!event)
		return;
	rp_attr_release(event, &event_kind);
	free(event);
}

uint32_t
refpoint_notification_subject(const struct refpoint_notification *event)
{
	return event->subject;
}

const char *
refpoint_notification_subject_name(const struct refpoint_notification *event)
{
	switch (event->subject) {
	case REFPOINT_CMD_POINT_EVENT:
		return "point";
	case REFPOINT_CMD_JOB_EVENT:
		return "job";
	case REFPOINT_CMD_VOLUME_EVENT:
		return "volume";
	case REFPOINT_CMD_COLLECTION_EVENT:
		return "collection";
	}
	return "unknown";
}

uint32_t refpoint_notification_event(const struct refpoint_notification *event)
{
	return event->event;
}

uint64_t refpoint_notification_time(const struct refpoint_notification *event)
{
	return event->time;
}

const struct refpoint_uuid *
refpoint_notification_point(const struct refpoint_notification *event)
{
	return rp_uuid(&event->point);
}

uint64_t refpoint_notification_job(const struct refpoint_notification *event)
{
	return event->job;
}

const struct refpoint_uuid *
refpoint_notification_volume(const struct refpoint_notification *event)
{
	return rp_uuid(&event->volume);
}

const char *
refpoint_notification_volume_name(const struct refpoint_notification *event)
{
	return rp_str(event->volume_name);
}

const struct refpoint_uuid *
refpoint_notification_collection(const struct refpoint_notification *event)
{
	return rp_uuid(&event->collection);
}

const char *
refpoint_notification_collection_name(const struct refpoint_notification *event)
{
	return rp_str(event->collection_name);
}

int refpoint_notification_state(const struct refpoint_notification *event,
				uint32_t *state)
{
	uint32_t value = event->subject == REFPOINT_CMD_JOB_EVENT ?
			 event->job_state : event->state;

	if (value == STATE_NONE)
		return -ENODATA;
	*state = value;
	return 0;
}

const char *
refpoint_notification_state_name(const struct refpoint_notification *event)
{
	uint32_t state;

	if (refpoint_notification_state(event, &state))
		return "";
	switch (event->subject) {
	case REFPOINT_CMD_POINT_EVENT:
		return refpoint_point_state_name(state);
	case REFPOINT_CMD_JOB_EVENT:
		return refpoint_job_state_name(state);
	case REFPOINT_CMD_VOLUME_EVENT:
		return refpoint_volume_state_name(state);
	case REFPOINT_CMD_COLLECTION_EVENT:
		return refpoint_collection_state_name(state);
	}
	return "unknown";
}

uint32_t
refpoint_notification_percent(const struct refpoint_notification *event)
{
	return event->percent;
}

uint32_t refpoint_notification_reason(const struct refpoint_notification *event)
{
	return event->reason;
}

const char *
refpoint_notification_message(const struct refpoint_notification *event)
{
	return rp_str(event->message);
}
