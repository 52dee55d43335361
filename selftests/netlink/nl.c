// SPDX-License-Identifier: GPL-2.0-only
/*
 * nl.c - generic netlink by hand
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "nl.h"

uint16_t family;
uint32_t group;

static unsigned int count, failed;

void die(const char *fmt, ...)
{
	va_list args;

	printf("Bail out! ");
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	exit(1);
}

void result(bool good, const char *fmt, ...)
{
	va_list args;

	failed += !good;
	printf("%sok %u ", good ? "" : "not ", ++count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
}

int finish(void)
{
	printf("1..%u\n", count);
	return failed ? 1 : 0;
}

int nl_open(void)
{
	struct timeval patience = { .tv_sec = 20 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int one = 1;

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		die("netlink socket: %s", strerror(errno));
	return fd;
}

void msg_begin(struct msg *m, uint16_t type, uint16_t flags, uint8_t cmd)
{
	static uint32_t seq;
	struct genlmsghdr *g = (void *)(m->bytes + NLMSG_HDRLEN);

	memset(m, 0, NLMSG_HDRLEN + GENL_HDRLEN);
	m->head.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	m->head.nlmsg_type = type;
	m->head.nlmsg_flags = NLM_F_REQUEST | flags;
	m->head.nlmsg_seq = ++seq;
	g->cmd = cmd;
	g->version = 1;
}

void *msg_put(struct msg *m, uint16_t type, const void *data, size_t length)
{
	struct nlattr *a = (void *)(m->bytes + NLMSG_ALIGN(m->head.nlmsg_len));

	if (NLMSG_ALIGN(m->head.nlmsg_len) + NLA_HDRLEN + length + 4 > MSG_MAX)
		die("a message that is too long");
	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + length;
	memset((uint8_t *)a + NLA_HDRLEN, 0, NLA_ALIGN(length));
	if (length)
		memcpy((uint8_t *)a + NLA_HDRLEN, data, length);
	m->head.nlmsg_len = NLMSG_ALIGN(m->head.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

void msg_put_str(struct msg *m, uint16_t type, const char *text)
{
	msg_put(m, type, text, strlen(text) + 1);
}

void msg_put_u32(struct msg *m, uint16_t type, uint32_t value)
{
	msg_put(m, type, &value, sizeof(value));
}

void msg_put_u64(struct msg *m, uint16_t type, uint64_t value)
{
	msg_put(m, type, &value, sizeof(value));
}

const struct nlattr *msg_get(const struct msg *m, uint16_t type)
{
	const struct nlattr *a;

	attr_for_each(a, m->bytes + NLMSG_HDRLEN + GENL_HDRLEN,
		      m->head.nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN)
		if (ATTR_TYPE(a) == type)
			return a;
	return NULL;
}

uint32_t msg_get_u32(const struct msg *m, uint16_t type)
{
	const struct nlattr *a = msg_get(m, type);
	uint32_t value;

	if (!a || ATTR_LEN(a) != sizeof(value))
		return UINT32_MAX;
	memcpy(&value, ATTR_DATA(a), sizeof(value));
	return value;
}

/* The extended ACK behind an error or the end of a dump. */
static void read_ack(const struct msg *request, const struct nlmsghdr *h,
		     size_t skip, struct answer *a)
{
	const uint8_t *first = (const uint8_t *)h + NLMSG_HDRLEN + skip;
	size_t length = h->nlmsg_len - NLMSG_HDRLEN - skip;
	const struct nlattr *attr, *at;
	uint32_t offset;

	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    h->nlmsg_len < NLMSG_HDRLEN + skip)
		return;
	attr_for_each(attr, first, length) {
		switch (ATTR_TYPE(attr)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(a->text, sizeof(a->text), "%.*s",
				 (int)ATTR_LEN(attr),
				 (const char *)ATTR_DATA(attr));
			break;
		case NLMSGERR_ATTR_OFFS:
			memcpy(&offset, ATTR_DATA(attr), sizeof(offset));
			if (offset + NLA_HDRLEN > request->head.nlmsg_len)
				break;
			at = (const void *)(request->bytes + offset);
			a->attr = ATTR_TYPE(at);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			memcpy(&a->missing, ATTR_DATA(attr), sizeof(a->missing));
			break;
		}
	}
}

/* Return: whether that was the last message. */
static bool read_one(const struct msg *request, const struct nlmsghdr *h,
		     struct answer *a)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);
	size_t skip = sizeof(*e);

	switch (h->nlmsg_type) {
	case NLMSG_ERROR:
		a->err = -e->error;
		/* The request is in it, unless it was no error. */
		if (e->error && !(h->nlmsg_flags & NLM_F_CAPPED))
			skip += e->msg.nlmsg_len - NLMSG_HDRLEN;
		read_ack(request, h, NLMSG_ALIGN(skip), a);
		return true;
	case NLMSG_DONE:
		if (h->nlmsg_len >= NLMSG_HDRLEN + sizeof(int))
			a->err = -*(int *)NLMSG_DATA(h);
		read_ack(request, h, sizeof(int), a);
		return true;
	default:
		a->reply = true;
		a->count++;
		if (h->nlmsg_len <= MSG_MAX)
			memcpy(&a->msg, h, h->nlmsg_len);
		return false;
	}
}

void nl_ask(int fd, const struct msg *m, struct answer *a)
{
	static uint8_t buffer[2 * MSG_MAX] __attribute__((aligned(8)));
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msg *copy = malloc(sizeof(*copy));
	bool done = false;

	if (!copy)
		die("out of memory");
	memset(a, 0, offsetof(struct answer, msg));
	memcpy(copy, m, m->head.nlmsg_len);
	if (!(copy->head.nlmsg_flags & NLM_F_DUMP))
		copy->head.nlmsg_flags |= NLM_F_ACK;
	if (sendto(fd, copy, copy->head.nlmsg_len, 0, (void *)&kernel,
		   sizeof(kernel)) < 0) {
		a->err = errno;
		free(copy);
		return;
	}
	while (!done) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *h = (void *)buffer;

		if (n < 0)
			die("no answer to command %u: %s",
			    copy->bytes[NLMSG_HDRLEN], strerror(errno));
		for (; NLMSG_OK(h, (size_t)n) && !done; h = NLMSG_NEXT(h, n))
			if (h->nlmsg_seq == copy->head.nlmsg_seq)
				done = read_one(copy, h, a);
	}
	free(copy);
}

static void read_group(const struct msg *m)
{
	const struct nlattr *groups = msg_get(m, CTRL_ATTR_MCAST_GROUPS);
	const struct nlattr *one, *a;

	if (!groups)
		return;
	attr_for_each(one, ATTR_DATA(groups), ATTR_LEN(groups))
		for (size_t at = 0; at + NLA_HDRLEN <= ATTR_LEN(one);
		     at += NLA_ALIGN(a->nla_len)) {
			a = (const void *)((const uint8_t *)ATTR_DATA(one) + at);
			if (ATTR_TYPE(a) == CTRL_ATTR_MCAST_GRP_ID)
				memcpy(&group, ATTR_DATA(a), sizeof(group));
		}
}

int nl_find_family(int fd)
{
	struct answer *a = malloc(sizeof(*a));
	struct msg *m = malloc(sizeof(*m));
	const struct nlattr *id;
	int err;

	if (!a || !m)
		die("out of memory");
	msg_begin(m, GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	msg_put_str(m, CTRL_ATTR_FAMILY_NAME, REFPOINT_GENL_NAME);
	nl_ask(fd, m, a);
	err = -a->err;
	id = a->reply ? msg_get(&a->msg, CTRL_ATTR_FAMILY_ID) : NULL;
	if (id) {
		memcpy(&family, ATTR_DATA(id), sizeof(family));
		read_group(&a->msg);
	}
	free(m);
	free(a);
	return err;
}
