// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A kernel that says what a test wants.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake.h"

static int fake_send(struct refpoint_ctx *ctx, const void *buf, size_t len)
{
	struct fake *f = ctx->priv;

	if (f->send_error)
		return f->send_error;
	assert_true(f->requests < FAKE_MAX);
	assert_true(len <= sizeof(f->request[0]));
	memcpy(f->request[f->requests++], buf, len);
	return 0;
}

/* The numbers of the request under way are filled in as late as that. */
static ssize_t fake_recv(struct refpoint_ctx *ctx, struct sockaddr_nl *from,
			 bool wait)
{
	struct fake *f = ctx->priv;
	struct fake_datagram *d;
	struct nlmsghdr *hdr;
	int rem;

	(void)wait;
	/* The library waits for more than the test has: it would hang. */
	if (f->taken >= f->queued)
		fail_msg("the library asked for datagram %u", f->taken + 1);
	d = &f->queue[f->taken++];
	assert_int_equal(rp_ctx_reserve(ctx, sizeof(d->data)), 0);
	memcpy(ctx->buf, d->data, d->size);
	hdr = (struct nlmsghdr *)ctx->buf;
	for (rem = d->size; nlmsg_ok(hdr, rem); hdr = nlmsg_next(hdr, &rem)) {
		hdr->nlmsg_seq = ctx->seq + d->seq_off;
		hdr->nlmsg_pid = ctx->port;
	}
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	from->nl_pid = d->sender;
	return d->size;
}

static int fake_reset(struct refpoint_ctx *ctx)
{
	((struct fake *)ctx->priv)->resets++;
	return 0;
}

static void fake_close(struct refpoint_ctx *ctx)
{
	(void)ctx;
}

static const struct rp_transport fake_transport = {
	.send = fake_send,
	.recv = fake_recv,
	.reset = fake_reset,
	.close = fake_close,
};

struct fake *fake_new(void)
{
	struct fake *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->ctx = rp_ctx_alloc(&fake_transport, f);
	assert_non_null(f->ctx);
	f->ctx->family = FAKE_FAMILY;
	f->ctx->port = FAKE_PORT;
	f->ctx->quiet = true;
	return f;
}

void fake_free(struct fake *f)
{
	/* A test that queued more than was read has not tested what it says. */
	assert_int_equal(f->taken, f->queued);
	refpoint_close(f->ctx);
	free(f);
}

int fake_setup(void **data)
{
	struct fake_state *s = calloc(1, sizeof(*s));

	s->f = fake_new();
	s->result = refpoint_result_new();
	*data = s;
	return 0;
}

int fake_teardown(void **data)
{
	struct fake_state *s = *data;

	fake_free(s->f);
	refpoint_result_free(s->result);
	free(s);
	return 0;
}

struct fake_datagram *fake_datagram(struct fake *f)
{
	assert_true(f->queued < FAKE_MAX);
	return &f->queue[f->queued++];
}

struct nlmsghdr *fake_raw(struct fake *f, uint16_t type, uint16_t flags,
			  const void *payload, size_t size)
{
	struct fake_datagram *d = &f->queue[f->queued - 1];
	struct nlmsghdr *hdr = (struct nlmsghdr *)(d->data + d->size);

	assert_true(f->queued);
	assert_true(d->size + NLMSG_SPACE(size) <= sizeof(d->data));
	hdr->nlmsg_len = NLMSG_LENGTH(size);
	hdr->nlmsg_type = type;
	hdr->nlmsg_flags = flags;
	if (size)
		memcpy(NLMSG_DATA(hdr), payload, size);
	d->size += NLMSG_SPACE(size);
	return hdr;
}

void fake_reply(struct fake *f, uint8_t cmd, uint16_t flags, struct nl_msg *msg)
{
	unsigned char payload[16384];
	struct genlmsghdr genl = { .cmd = cmd, .version = 1 };
	size_t size = nlmsg_datalen(nlmsg_hdr(msg));

	memcpy(payload, &genl, sizeof(genl));
	memcpy(payload + GENL_HDRLEN, nlmsg_data(nlmsg_hdr(msg)), size);
	fake_raw(f, FAKE_FAMILY, flags, payload, GENL_HDRLEN + size);
	nlmsg_free(msg);
}

void fake_error(struct fake *f, int err)
{
	struct nlmsgerr e = { .error = err };

	fake_datagram(f);
	fake_raw(f, NLMSG_ERROR, NLM_F_CAPPED, &e, sizeof(e));
}

void fake_ack(struct fake *f)
{
	fake_error(f, 0);
}

void fake_done(struct fake *f, int status)
{
	fake_datagram(f);
	fake_raw(f, NLMSG_DONE, NLM_F_MULTI, &status, sizeof(status));
}

const struct nlattr *fake_asked(struct fake *f, unsigned int n, uint16_t attr)
{
	struct nlmsghdr *hdr;

	assert_true(n < f->requests);
	hdr = (struct nlmsghdr *)f->request[n];
	return rp_attr_find((void *)((char *)hdr + NLMSG_HDRLEN + GENL_HDRLEN),
			    hdr->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, attr);
}

struct nl_msg *fake_attrs(void)
{
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	assert_non_null(msg);
	return msg;
}

struct nl_msg *fake_result(uint32_t value)
{
	struct nl_msg *msg = fake_attrs();

	nla_put_u32(msg, REFPOINT_A_RETURN_VALUE, value);
	return msg;
}
