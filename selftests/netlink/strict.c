// SPDX-License-Identifier: GPL-2.0-only
/*
 * strict.c - what comes from the kernel, taken at its word
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "strict.h"

/* A point with its 1024 members, or a page of extents. */
#define ROOM_MAX	(1U << 20)
#define FAULTS_TOLD	20

enum kind {
	NONE,		/* there is no such attribute here */
	PAD,		/* before an u64, where the machine wants it aligned */
	U8,
	U16,
	U32,
	U64,
	ID,
	TEXT,		/* with its NUL, and nothing behind it */
	BYTES,
	EXTENTS,
	NEST,
};

/**
 * struct rule - what an attribute has to be
 * @kind: of content
 * @max: bytes of a text or of bytes
 * @many: it may be there more than once
 * @needed: its nest is not complete without it
 * @nest: rules of what is in it
 * @nr: of them
 */
struct rule {
	enum kind kind;
	unsigned int max;
	bool many;
	bool needed;
	const struct rule *nest;
	unsigned int nr;
};

#define NUMBER(k)	{ .kind = (k), .needed = true }
#define STRING(m)	{ .kind = TEXT, .max = (m) }
#define NESTED(r, ...)	{ .kind = NEST, .nest = (r),			\
			  .nr = sizeof(r) / sizeof((r)[0]), __VA_ARGS__ }

static const struct rule settings[] = {
	[REFPOINT_SETTINGS_A_CONSISTENCY] = NUMBER(U8),
	[REFPOINT_SETTINGS_A_REQUIRE] = NUMBER(U8),
	[REFPOINT_SETTINGS_A_DEADLINE_MS] = NUMBER(U32),
	[REFPOINT_SETTINGS_A_CUT_ID] = { .kind = ID },
	[REFPOINT_SETTINGS_A_TAG] = { .kind = BYTES, .max = REFPOINT_TAG_MAX },
	[REFPOINT_SETTINGS_A_VENDOR] = { .kind = BYTES, .max = REFPOINT_VENDOR_MAX },
};

static const struct rule member[] = {
	[REFPOINT_MEMBER_A_VOLUME_ID] = NUMBER(ID),
	[REFPOINT_MEMBER_A_VOLUME_NAME] = STRING(REFPOINT_NAME_MAX),
	[REFPOINT_MEMBER_A_HANDLE] = STRING(REFPOINT_HANDLE_MAX),
	[REFPOINT_MEMBER_A_STATE] = NUMBER(U32),
	[REFPOINT_MEMBER_A_CONSISTENCY] = { .kind = U8 },
};

static const struct rule gap[] = {
	[REFPOINT_GAP_A_START] = NUMBER(U64),
	[REFPOINT_GAP_A_LENGTH] = NUMBER(U64),
	[REFPOINT_GAP_A_REASON] = NUMBER(U32),
	[REFPOINT_GAP_A_TEXT] = { .kind = TEXT, .max = 127, .needed = true },
	[REFPOINT_GAP_A_TIME] = NUMBER(U64),
	[REFPOINT_GAP_A_SEQUENCE] = NUMBER(U64),
	[REFPOINT_GAP_A_PAD] = { .kind = PAD, .many = true },
};

static const struct rule counters[] = {
	[REFPOINT_COUNTER_A_FIRST_TOUCHES] = NUMBER(U64),
	[REFPOINT_COUNTER_A_REGIONS_ARMED] = { .kind = U64 },
	[REFPOINT_COUNTER_A_ARM_REQUESTS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_ARM_WRITES] = NUMBER(U64),
	[REFPOINT_COUNTER_A_COMMITS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CUTS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_LATE_MARKS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CHECKPOINTS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_WRITES] = NUMBER(U64),
	[REFPOINT_COUNTER_A_METADATA_WRITES] = NUMBER(U64),
	[REFPOINT_COUNTER_A_METADATA_BYTES_WRITTEN] = NUMBER(U64),
	[REFPOINT_COUNTER_A_METADATA_FUA_WRITES] = NUMBER(U64),
	[REFPOINT_COUNTER_A_METADATA_FLUSHES] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CHECKPOINT_TOTAL_NS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CHECKPOINT_LAST_NS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CHECKPOINT_LONGEST_NS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CUT_TOTAL_NS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CUT_LAST_NS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_CUT_LONGEST_NS] = NUMBER(U64),
	[REFPOINT_COUNTER_A_ARMS_AHEAD] = NUMBER(U64),
	[REFPOINT_COUNTER_A_ARMS_AHEAD_USED] = NUMBER(U64),
	[REFPOINT_COUNTER_A_ARMS_AHEAD_WASTED] = NUMBER(U64),
	[REFPOINT_COUNTER_A_PAD] = { .kind = PAD, .many = true },
};

static const struct rule top[REFPOINT_A_MAX + 1] = {
	[REFPOINT_A_PAD] = { .kind = PAD, .many = true },
	[REFPOINT_A_RETURN_VALUE] = { .kind = U32 },
	[REFPOINT_A_REASON] = { .kind = U32 },
	[REFPOINT_A_REASON_VOLUME] = { .kind = ID },
	[REFPOINT_A_MESSAGE] = STRING(REFPOINT_REASON_TEXT_MAX),
	[REFPOINT_A_COLLECTION_ID] = { .kind = ID },
	[REFPOINT_A_COLLECTION_NAME] = STRING(REFPOINT_NAME_MAX),
	[REFPOINT_A_POINT_ID] = { .kind = ID },
	[REFPOINT_A_VOLUME_ID] = { .kind = ID },
	[REFPOINT_A_VOLUME_NAME] = STRING(REFPOINT_NAME_MAX),
	[REFPOINT_A_JOB_ID] = { .kind = U64 },
	[REFPOINT_A_POINT_TYPE] = { .kind = U16 },
	[REFPOINT_A_SETTINGS] = NESTED(settings),
	[REFPOINT_A_OWNER] = STRING(REFPOINT_OWNER_MAX),
	[REFPOINT_A_LABEL] = STRING(REFPOINT_LABEL_MAX),
	[REFPOINT_A_STATE] = { .kind = U32 },
	[REFPOINT_A_TIME] = { .kind = U64 },
	[REFPOINT_A_VERSION] = { .kind = U64 },
	[REFPOINT_A_MEMBER] = NESTED(member, .many = true),
	[REFPOINT_A_HAS_ASSOCIATED_DATA] = { .kind = U8 },
	[REFPOINT_A_FROM_HANDLE] = STRING(REFPOINT_HANDLE_MAX),
	[REFPOINT_A_TO_HANDLE] = STRING(REFPOINT_HANDLE_MAX),
	[REFPOINT_A_LEASE] = { .kind = U64 },
	[REFPOINT_A_PROCESSED] = { .kind = U64 },
	[REFPOINT_A_COMPLETE] = { .kind = U8 },
	[REFPOINT_A_NEXT_START] = { .kind = U64 },
	[REFPOINT_A_CAPACITY_FROM] = { .kind = U64 },
	[REFPOINT_A_CAPACITY_TO] = { .kind = U64 },
	[REFPOINT_A_GENERATION] = { .kind = ID },
	[REFPOINT_A_EXTENTS] = { .kind = EXTENTS },
	[REFPOINT_A_DEVICE] = { .kind = U64 },
	[REFPOINT_A_CAPACITY] = { .kind = U64 },
	[REFPOINT_A_INCARNATION] = { .kind = U64 },
	[REFPOINT_A_GRANULE] = { .kind = U64 },
	[REFPOINT_A_REGION] = { .kind = U64 },
	[REFPOINT_A_METADATA_USED] = { .kind = U64 },
	[REFPOINT_A_METADATA_TOTAL] = { .kind = U64 },
	[REFPOINT_A_POINTS] = { .kind = U32 },
	[REFPOINT_A_GAPS] = { .kind = U32 },
	[REFPOINT_A_GAP] = NESTED(gap, .many = true),
	[REFPOINT_A_COUNTERS] = NESTED(counters),
	[REFPOINT_A_JOB_TYPE] = { .kind = U16 },
	[REFPOINT_A_JOB_STATE] = { .kind = U16 },
	[REFPOINT_A_PERCENT] = { .kind = U16 },
	[REFPOINT_A_ERROR_CODE] = { .kind = U32 },
	[REFPOINT_A_TIME_SUBMITTED] = { .kind = U64 },
	[REFPOINT_A_TIME_STARTED] = { .kind = U64 },
	[REFPOINT_A_TIME_ENDED] = { .kind = U64 },
	[REFPOINT_A_KEEP_MS] = { .kind = U64 },
	[REFPOINT_A_CANCELLABLE] = { .kind = U8 },
	[REFPOINT_A_EVENT] = { .kind = U32 },
	[REFPOINT_A_REASON_TEXT] = STRING(REFPOINT_REASON_TEXT_MAX),
	[REFPOINT_A_GAP_REASON] = { .kind = U32 },
	[REFPOINT_A_METADATA_DEVICE] = { .kind = U64 },
	[REFPOINT_A_ORIGIN_DEVICE] = { .kind = U64 },
	[REFPOINT_A_HOLD_SECONDS] = { .kind = U32 },
	[REFPOINT_A_FAIL_STOP] = { .kind = U8 },
	[REFPOINT_A_DEGRADED_OK] = { .kind = U8 },
};

void (*strict_before)(void);

static unsigned int faults;
static uint8_t buffer[ROOM_MAX] __attribute__((aligned(8)));

void fault(const char *fmt, ...)
{
	va_list args;

	if (faults++ >= FAULTS_TOLD)
		return;
	printf("# ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

unsigned int strict_faults(void)
{
	unsigned int n = faults;

	faults = 0;
	return n;
}

/* --- one message --- */

static void check_extents(uint8_t cmd, const struct nlattr *a)
{
	size_t i, n = ATTR_LEN(a) / sizeof(struct refpoint_extent);
	struct refpoint_extent x;

	if (ATTR_LEN(a) % sizeof(x))
		fault("command %u: extents of %zu bytes", cmd, ATTR_LEN(a));
	for (i = 0; i < n; i++) {
		memcpy(&x, (const uint8_t *)ATTR_DATA(a) + i * sizeof(x), sizeof(x));
		if (x.reserved)
			fault("command %u: extent %zu: reserved is %#x", cmd, i,
			      x.reserved);
		if (!x.length || !x.kinds || x.kinds & ~0xfU)
			fault("command %u: extent %zu is none", cmd, i);
	}
}

static void check_attrs(uint8_t cmd, int in, const uint8_t *at, size_t left,
			const struct rule *rules, unsigned int nr);

static void check_content(uint8_t cmd, int in, const struct nlattr *a,
			  const struct rule *rule)
{
	static const size_t exact[] = {
		[PAD] = 0, [U8] = 1, [U16] = 2, [U32] = 4, [U64] = 8, [ID] = 16,
	};
	size_t length = ATTR_LEN(a);
	const char *text = ATTR_DATA(a);

	switch (rule->kind) {
	case TEXT:
		if (!length || strnlen(text, length) != length - 1 ||
		    length - 1 > rule->max)
			fault("command %u: %d/%u is no string of %zu bytes", cmd,
			      in, ATTR_TYPE(a), length);
		break;
	case BYTES:
		if (length > rule->max)
			fault("command %u: %d/%u has %zu bytes", cmd, in,
			      ATTR_TYPE(a), length);
		break;
	case EXTENTS:
		check_extents(cmd, a);
		break;
	case NEST:
		if (!(a->nla_type & NLA_F_NESTED))
			fault("command %u: nest %u is not called one", cmd,
			      ATTR_TYPE(a));
		check_attrs(cmd, ATTR_TYPE(a), (const uint8_t *)text, length,
			    rule->nest, rule->nr);
		break;
	default:
		if (length != exact[rule->kind])
			fault("command %u: %d/%u has %zu bytes", cmd, in,
			      ATTR_TYPE(a), length);
	}
}

/* @in: the nest that they are in, 0: the message. */
static void check_attrs(uint8_t cmd, int in, const uint8_t *at, size_t left,
			const struct rule *rules, unsigned int nr)
{
	uint64_t seen[2] = { 0 };
	unsigned int type;
	size_t i;

	while (left) {
		const struct nlattr *a = (const void *)at;
		size_t full = left < NLA_HDRLEN ? 0 : NLA_ALIGN(a->nla_len);

		if (full < NLA_HDRLEN || full > left) {
			fault("command %u: in %d, %zu bytes are no attribute", cmd,
			      in, left);
			return;
		}
		type = ATTR_TYPE(a);
		if (type >= nr || rules[type].kind == NONE) {
			fault("command %u: in %d, attribute %u of %u bytes", cmd, in,
			      type, a->nla_len);
		} else {
			if (!rules[type].many && seen[type / 64] >> type % 64 & 1)
				fault("command %u: %d/%u is there twice", cmd, in,
				      type);
			seen[type / 64] |= 1ULL << type % 64;
			check_content(cmd, in, a, &rules[type]);
		}
		for (i = a->nla_len; i < full; i++)
			if (at[i])
				fault("command %u: %d/%u is padded with %#x", cmd, in,
				      type, at[i]);
		left -= full;
		at += full;
	}
	for (type = 0; type < nr; type++)
		if (rules[type].needed && !(seen[type / 64] >> type % 64 & 1))
			fault("command %u: nest %d has no %u", cmd, in, type);
}

static void check_message(const struct nlmsghdr *h)
{
	const struct genlmsghdr *g = NLMSG_DATA(h);

	if (h->nlmsg_type != family || h->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN ||
	    h->nlmsg_len != NLMSG_ALIGN(h->nlmsg_len)) {
		fault("a message of type %u, %u bytes", h->nlmsg_type, h->nlmsg_len);
		return;
	}
	if (g->reserved || g->version != REFPOINT_GENL_VERSION)
		fault("command %u: version %u, reserved %#x", g->cmd, g->version,
		      g->reserved);
	check_attrs(g->cmd, 0, (const uint8_t *)g + GENL_HDRLEN,
		    h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, top,
		    REFPOINT_A_MAX + 1);
}

const struct nlattr *strict_get(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a;

	attr_for_each(a, (const uint8_t *)h + NLMSG_HDRLEN + GENL_HDRLEN,
		      h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN)
		if (ATTR_TYPE(a) == type)
			return a;
	return NULL;
}

uint64_t strict_number(const struct nlmsghdr *h, uint16_t type)
{
	const struct nlattr *a = strict_get(h, type);
	uint64_t value = 0;

	if (a && ATTR_LEN(a) <= sizeof(value))
		memcpy(&value, ATTR_DATA(a), ATTR_LEN(a));
	return value;
}

/* --- a request and what comes back --- */

static bool take(const struct nlmsghdr *h, strict_fn each, void *arg,
		 struct reading *r)
{
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;
	switch (h->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE:
		r->err = -*(const int *)NLMSG_DATA(h);
		return true;
	default:
		check_message(h);
		r->messages++;
		if (each)
			each(h, arg);
		return false;
	}
}

void strict_send(int fd, const struct msg *m, struct reading *r)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msg *copy = malloc(sizeof(*copy));

	if (!copy)
		die("out of memory");
	memset(r, 0, sizeof(*r));
	memcpy(copy, m, m->head.nlmsg_len);
	if (!(copy->head.nlmsg_flags & NLM_F_DUMP))
		copy->head.nlmsg_flags |= NLM_F_ACK;
	if (strict_before)
		strict_before();
	if (sendto(fd, copy, copy->head.nlmsg_len, 0, (void *)&kernel,
		   sizeof(kernel)) < 0)
		die("send: %s", strerror(errno));
	free(copy);
}

bool strict_read(int fd, size_t room, strict_fn each, void *arg,
		 struct reading *r)
{
	/* With MSG_TRUNC the length is what it would have been. */
	ssize_t n = recv(fd, buffer, room, MSG_TRUNC);
	size_t left, step;
	bool done = false;
	const uint8_t *at;

	if (n < 0)
		die("no answer: %s", strerror(errno));
	r->buffers++;
	if ((size_t)n > r->longest)
		r->longest = n;
	if ((size_t)n > room) {
		r->cut = true;
		return false;
	}
	for (at = buffer, left = n; left; at += step, left -= step) {
		const struct nlmsghdr *h = (const void *)at;

		if (left < NLMSG_HDRLEN || h->nlmsg_len < NLMSG_HDRLEN ||
		    h->nlmsg_len > left || done) {
			fault("%zu bytes are no message", left);
			return false;
		}
		done = take(h, each, arg, r);
		step = NLMSG_ALIGN(h->nlmsg_len);
		if (step > left)
			step = left;
	}
	return !done;
}

void strict_ask(int fd, const struct msg *m, size_t room, strict_fn each,
		void *arg, struct reading *r)
{
	strict_send(fd, m, r);
	while (strict_read(fd, room, each, arg, r))
		;
}

/* --- events --- */

int strict_listen(void)
{
	int fd = nl_open(), size = 32 << 20;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		die("no events: %s", strerror(errno));
	return fd;
}

unsigned int strict_events(int fd)
{
	struct reading r = { 0 };
	ssize_t n;

	for (;;) {
		n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n < 0 && errno == ENOBUFS)
			continue;
		if (n < 0)
			return r.messages;
		if (n < NLMSG_HDRLEN ||
		    ((struct nlmsghdr *)buffer)->nlmsg_len != (size_t)n)
			fault("an event of %zd bytes", n);
		else
			take((struct nlmsghdr *)buffer, NULL, NULL, &r);
	}
}
