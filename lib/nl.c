// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The only file that knows sockets: connect, send, receive, and tell what of
 * the received belongs to the request under way. Replies are taken as hostile:
 * bounds, sender, port, sequence number and type are checked here, attributes
 * in attr.c.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <netlink/genl/ctrl.h>

#include "priv.h"

/* Requests: at most the members' ids, the vendor's settings and some text. */
#define RP_REQUEST_MAX	(64U << 10)
/*
 * No message of the family is longer: the longest is a point with all of its members,
 * each with its name and handle. Asking for the length first would double what a page
 * of changes costs.
 */
#define RP_MESSAGE_MAX	(512U << 10)
#define RP_MEMBER_MAX	(REFPOINT_NAME_MAX + REFPOINT_HANDLE_MAX + 64U)
_Static_assert(REFPOINT_MEMBERS_MAX * RP_MEMBER_MAX + (64U << 10) <= RP_MESSAGE_MAX,
	       "a point with all of its members");

/* Room for a burst of events or a dump in the socket. */
#define RP_SOCKET_BUF	(1U << 20)

/* ---- the real transport ------------------------------------------------- */

static int socket_send(struct refpoint_ctx *ctx, const void *buf, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do {
		n = sendto(nl_socket_get_fd(ctx->priv), buf, len, 0,
			   (struct sockaddr *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EMSGSIZE;
}

static ssize_t socket_recv(struct refpoint_ctx *ctx, struct sockaddr_nl *from,
			   bool wait)
{
	int fd = nl_socket_get_fd(ctx->priv);
	int flags = wait ? 0 : MSG_DONTWAIT;
	struct iovec iov = { .iov_base = ctx->buf, .iov_len = ctx->buf_size };
	struct msghdr msg = {
		.msg_name = from,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do {
		msg.msg_namelen = sizeof(*from);
		n = recvmsg(fd, &msg, flags);
	} while (n < 0 && errno == EINTR && wait);
	if (n < 0)
		return -errno;
	/* A reply cut short would be a list cut short. */
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	if (msg.msg_namelen != sizeof(*from))
		return -EPROTO;
	return n;
}

static void socket_close(struct refpoint_ctx *ctx)
{
	nl_socket_free(ctx->priv);
	ctx->priv = NULL;
}

static int socket_reset(struct refpoint_ctx *ctx)
{
	struct nl_sock *sk;
	int fd, on = 1, size = RP_SOCKET_BUF, err;

	socket_close(ctx);
	sk = nl_socket_alloc();
	if (!sk)
		return -ENOMEM;
	/* libnl returns codes of its own; errno is still what failed. */
	errno = 0;
	if (genl_connect(sk) < 0) {
		err = errno ? -errno : -EPROTO;
		nl_socket_free(sk);
		return rp_ctx_error(ctx, err, "cannot open a netlink socket");
	}
	fd = nl_socket_get_fd(sk);
	/* Past the limit for everybody, where we may. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		nl_socket_set_buffer_size(sk, RP_SOCKET_BUF, 0);
	/* Kernels without these tell less, that is all. */
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	ctx->priv = sk;
	ctx->port = nl_socket_get_local_port(sk);
	return rp_ctx_reserve(ctx, RP_MESSAGE_MAX);
}

const struct rp_transport rp_socket_transport = {
	.send = socket_send,
	.recv = socket_recv,
	.reset = socket_reset,
	.close = socket_close,
};

int rp_nl_fd(const struct refpoint_ctx *ctx)
{
	return nl_socket_get_fd(ctx->priv);
}

int rp_nl_subscribe(struct refpoint_ctx *ctx)
{
	/* The controller's one group has its family's number: it tells when ours goes. */
	const int groups[] = { ctx->group, GENL_ID_CTRL };
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (setsockopt(rp_nl_fd(ctx), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			       &groups[i], sizeof(groups[i])))
			return -errno;
	return 0;
}

/* ---- requests and their answers ------------------------------------------ */

struct rp_exchange {
	const struct nlmsghdr *request;
	bool dump;
	bool interrupted;	/* NLM_F_DUMP_INTR was seen */
	bool broken;		/* given up before the end of the answer */
	int err;		/* first error of the reader of replies */
	rp_reply_fn *fn;
	void *data;
};

struct nl_msg *rp_nl_msg(const struct refpoint_ctx *ctx, uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(RP_REQUEST_MAX);

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, ctx->port, 0, ctx->family, 0,
			 NLM_F_REQUEST | NLM_F_ACK, cmd,
			 REFPOINT_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/*
 * One message of the answer. Return: 1 when it ends the answer (then @status
 * says how), 0 when more comes, -errno when the connection makes no sense.
 */
static int nl_message(struct refpoint_ctx *ctx, struct rp_exchange *x,
		      struct nlmsghdr *hdr, int *status)
{
	int err;

	switch (hdr->nlmsg_type) {
	case NLMSG_NOOP:
		return 0;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	case NLMSG_ERROR:
		*status = rp_ack_error(ctx, hdr, x->request);
		/* A dump is ended by DONE; an ACK instead lists nothing. */
		if (x->dump && !*status)
			return -EPROTO;
		return 1;
	case NLMSG_DONE:
		if (!x->dump)
			return -EPROTO;
		*status = rp_ack_done(ctx, hdr, x->request);
		return 1;
	}
	if (hdr->nlmsg_type != x->request->nlmsg_type ||
	    !genlmsg_valid_hdr(hdr, 0))
		return -EPROTO;
	if (!x->err) {
		struct genlmsghdr *genl = genlmsg_hdr(hdr);

		err = x->fn(genlmsg_attrdata(genl, 0),
			    genlmsg_attrlen(genl, 0), x->data);
		/* Read on: the next request must not see the rest of this. */
		if (err)
			x->err = err;
	}
	return 0;
}

static int nl_collect(struct refpoint_ctx *ctx, struct rp_exchange *x)
{
	struct sockaddr_nl from;
	struct nlmsghdr *hdr;
	int rem, status = 0;
	ssize_t n;

	for (;;) {
		n = ctx->transport->recv(ctx, &from, true);
		if (n < 0)
			goto broken;
		/* Anybody can send to a netlink socket; the kernel is 0. */
		if (from.nl_family != AF_NETLINK || from.nl_pid != 0)
			continue;
		rem = n;
		hdr = (struct nlmsghdr *)ctx->buf;
		for (; nlmsg_ok(hdr, rem); hdr = nlmsg_next(hdr, &rem)) {
			/* Left over from a request that was given up? */
			if (hdr->nlmsg_pid != ctx->port ||
			    hdr->nlmsg_seq != ctx->seq)
				continue;
			if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
				x->interrupted = true;
			n = nl_message(ctx, x, hdr, &status);
			if (n < 0)
				goto broken;
			if (n)
				return status ? status : x->err;
		}
		if (rem > 0) {
			n = -EPROTO;
			goto broken;
		}
	}
broken:
	x->broken = true;
	return n;
}

static int nl_exchange(struct refpoint_ctx *ctx, struct rp_exchange *x,
		       struct nl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	int err;

	if (!++ctx->seq)
		ctx->seq = 1;
	hdr->nlmsg_seq = ctx->seq;
	hdr->nlmsg_pid = ctx->port;
	x->request = hdr;
	err = ctx->transport->send(ctx, hdr, hdr->nlmsg_len);
	if (err)
		return rp_ctx_error(ctx, err, "cannot send to the kernel");
	err = nl_collect(ctx, x);
	if (err == -EPROTO)
		rp_ctx_error(ctx, 0, "the kernel's answer is malformed");
	else if (x->broken && err == -ENOBUFS)
		rp_ctx_error(ctx, 0, "parts of the kernel's answer were lost");
	else if (err)
		rp_ctx_error(ctx, 0, "the kernel's answer cannot be read: %s",
			     strerrordesc_np(-err));
	/*
	 * Broken off before its end: a dump may still be under way, and would
	 * make the next one fail with -EBUSY. A new socket knows nothing of it.
	 */
	if (x->broken)
		(void)ctx->transport->reset(ctx);
	return err;
}

/**
 * rp_nl_do - ask, take the replies, wait for the ACK
 * @ctx: context
 * @msg: request, freed here; NULL is taken as -ENOMEM
 * @fn: takes each reply
 * @data: for @fn
 *
 * Return: 0, the kernel's -errno, that of @fn, or -EPROTO.
 */
int rp_nl_do(struct refpoint_ctx *ctx, struct nl_msg *msg, rp_reply_fn *fn,
	     void *data)
{
	struct rp_exchange x = { .fn = fn, .data = data };
	int err;

	if (!msg)
		return -ENOMEM;
	err = nl_exchange(ctx, &x, msg);
	nlmsg_free(msg);
	return err;
}

/**
 * rp_nl_dump - ask for a listing, again when it changed meanwhile
 * @ctx: context
 * @msg: request, freed here; NULL is taken as -ENOMEM
 * @fn: takes each message
 * @reset: forget what @fn has taken; called before another try
 * @data: for both
 *
 * A listing of which a part may be missing is of no use to anybody here.
 *
 * Return: 0, the kernel's -errno, that of @fn, -EAGAIN or -EPROTO.
 */
int rp_nl_dump(struct refpoint_ctx *ctx, struct nl_msg *msg, rp_reply_fn *fn,
	       rp_reset_fn *reset, void *data)
{
	int tries, err = -EAGAIN;

	if (!msg)
		return -ENOMEM;
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_DUMP;
	for (tries = 0; tries < RP_DUMP_TRIES; tries++) {
		struct rp_exchange x = { .fn = fn, .data = data, .dump = true };

		reset(data);
		err = nl_exchange(ctx, &x, msg);
		if (err || !x.interrupted)
			goto out;
	}
	err = rp_ctx_error(ctx, -EAGAIN,
			   "the list changed while it was read, %d times",
			   RP_DUMP_TRIES);
out:
	nlmsg_free(msg);
	return err;
}

/* ---- finding the family --------------------------------------------------- */

static int resolve_groups(struct refpoint_ctx *ctx, const struct nlattr *groups)
{
	const struct nlattr *g = nla_data(groups);
	int rem = nla_len(groups);

	for (; nla_ok(g, rem); g = nla_next(g, &rem)) {
		const struct nlattr *name, *id;

		name = rp_attr_find(nla_data(g), nla_len(g),
				    CTRL_ATTR_MCAST_GRP_NAME);
		id = rp_attr_find(nla_data(g), nla_len(g),
				  CTRL_ATTR_MCAST_GRP_ID);
		if (!name || !id || nla_len(id) != sizeof(uint32_t))
			return -EPROTO;
		if (!nla_strcmp(name, REFPOINT_MCGRP_EVENTS))
			ctx->group = nla_get_u32(id);
	}
	return 0;
}

static int resolve_reply(const struct nlattr *head, int len, void *data)
{
	struct refpoint_ctx *ctx = data;
	const struct nlattr *id, *version, *groups;

	id = rp_attr_find(head, len, CTRL_ATTR_FAMILY_ID);
	version = rp_attr_find(head, len, CTRL_ATTR_VERSION);
	groups = rp_attr_find(head, len, CTRL_ATTR_MCAST_GROUPS);
	if (!id || nla_len(id) != sizeof(uint16_t) ||
	    !version || nla_len(version) != sizeof(uint32_t))
		return -EPROTO;
	ctx->family = nla_get_u16(id);
	ctx->version = nla_get_u32(version);
	return groups ? resolve_groups(ctx, groups) : 0;
}

/**
 * rp_nl_resolve - find the family by its name
 * @ctx: context; its family, version and group are set
 *
 * Not genl_ctrl_resolve(): that one loses the errno.
 *
 * Return: 0, -ENOPKG when there is no such family, another -errno.
 */
int rp_nl_resolve(struct refpoint_ctx *ctx)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err;

	if (!msg)
		return -ENOMEM;
	if (!genlmsg_put(msg, ctx->port, 0, GENL_ID_CTRL, 0,
			 NLM_F_REQUEST | NLM_F_ACK, CTRL_CMD_GETFAMILY, 1) ||
	    nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, REFPOINT_GENL_NAME)) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	err = rp_nl_do(ctx, msg, resolve_reply, ctx);
	if (err == -ENOENT)
		return -ENOPKG;
	if (!err && !ctx->family)
		return -EPROTO;
	return err;
}
