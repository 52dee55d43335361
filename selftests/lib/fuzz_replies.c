// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever comes in, the library neither crashes nor leaks nor makes a list of
 * changes that does not increase. For libFuzzer: "make fuzz".
 *
 * Input: a byte that chooses the call, then datagrams, each after its length in
 * two bytes. Sequence numbers and ports are put right, or little would get
 * beyond their check.
 */
#include <stdint.h>

#include "../../lib/priv.h"

struct input {
	const uint8_t *data;
	size_t size;
};

static int fuzz_send(struct refpoint_ctx *ctx, const void *buf, size_t len)
{
	(void)ctx;
	(void)buf;
	(void)len;
	return 0;
}

static ssize_t fuzz_recv(struct refpoint_ctx *ctx, struct sockaddr_nl *from,
			 bool wait)
{
	struct input *in = ctx->priv;
	struct nlmsghdr *hdr;
	size_t len;
	int rem;

	(void)wait;
	if (in->size < 2)
		return -EIO;
	len = in->data[0] | in->data[1] << 8;
	in->data += 2;
	in->size -= 2;
	if (len > in->size)
		len = in->size;
	/* Exactly as large, for the sanitizer to see a read beyond it. */
	free(ctx->buf);
	ctx->buf = malloc(len ? len : 1);
	ctx->buf_size = len;
	if (!ctx->buf)
		return -ENOMEM;
	memcpy(ctx->buf, in->data, len);
	in->data += len;
	in->size -= len;
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	hdr = (struct nlmsghdr *)ctx->buf;
	for (rem = len; nlmsg_ok(hdr, rem); hdr = nlmsg_next(hdr, &rem)) {
		hdr->nlmsg_seq = ctx->seq;
		hdr->nlmsg_pid = ctx->port;
	}
	return len;
}

static int fuzz_reset(struct refpoint_ctx *ctx)
{
	(void)ctx;
	return 0;
}

static void fuzz_close(struct refpoint_ctx *ctx)
{
	(void)ctx;
}

static const struct rp_transport transport = {
	.send = fuzz_send,
	.recv = fuzz_recv,
	.reset = fuzz_reset,
	.close = fuzz_close,
};

static void fuzz_changes(struct refpoint_ctx *ctx, struct refpoint_result *r)
{
	struct refpoint_changes_options *o = refpoint_changes_options_new();
	struct refpoint_changes *c = NULL;
	struct refpoint_extent e;
	uint64_t last = 0;

	refpoint_changes_options_set_from_all(o);
	refpoint_changes_options_set_merge_gap(o, 4096);
	refpoint_changes_open(ctx, "00000000-0000-0000-0000-000000000000", o,
			      &c, r);
	refpoint_changes_options_free(o);
	while (c && refpoint_changes_next(c, &e, r) > 0) {
		if (e.offset < last || !e.length ||
		    e.offset + e.length < e.offset)
			abort();
		last = e.offset + e.length;
	}
	refpoint_changes_close(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data + 1, size - 1 };
	struct refpoint_volume *volumes = NULL;
	struct refpoint_point *points = NULL;
	struct refpoint_result *r;
	struct refpoint_uuid id = { { 0 } };
	struct refpoint_ctx *ctx;
	uint64_t job;

	if (!size)
		return 0;
	ctx = rp_ctx_alloc(&transport, &in);
	r = refpoint_result_new();
	if (!ctx || !r)
		abort();
	ctx->family = 0x20;
	ctx->quiet = true;
	switch (data[0] % 6) {
	case 0:
		fuzz_changes(ctx, r);
		break;
	case 1:
		refpoint_volume_list(ctx, &volumes, r);
		break;
	case 2:
		refpoint_point_list(ctx, "db", NULL, &points, r);
		break;
	case 3:
		refpoint_point_get(ctx, &id, &points, r);
		break;
	case 4:
		refpoint_point_create(ctx, "db", NULL, &id, &job, r);
		break;
	case 5:
		rp_nl_resolve(ctx);
		break;
	}
	(void)refpoint_result_message(r);
	refpoint_volume_free(volumes);
	refpoint_point_free(points);
	refpoint_close(ctx);
	refpoint_result_free(r);
	return 0;
}
