// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The context: a connection, the datagram in hand, and the sentence that
 * explains the last error. Nothing lives outside of it.
 */
#include <stdarg.h>
#include <stdio.h>

#include "priv.h"

struct refpoint_ctx *rp_ctx_alloc(const struct rp_transport *transport,
				  void *priv)
{
	struct refpoint_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return NULL;
	ctx->transport = transport;
	ctx->priv = priv;
	return ctx;
}

int refpoint_open(struct refpoint_ctx **ctx)
{
	struct refpoint_ctx *new;
	int err;

	if (!ctx)
		return -EINVAL;
	*ctx = NULL;
	new = rp_ctx_alloc(&rp_socket_transport, NULL);
	if (!new)
		return -ENOMEM;
	err = new->transport->reset(new);
	if (!err)
		err = rp_nl_resolve(new);
	if (err) {
		refpoint_close(new);
		return err;
	}
	*ctx = new;
	return 0;
}

void refpoint_close(struct refpoint_ctx *ctx)
{
	if (!ctx)
		return;
	ctx->transport->close(ctx);
	free(ctx->buf);
	free(ctx);
}

const char *refpoint_error_message(const struct refpoint_ctx *ctx)
{
	return ctx ? ctx->error : "";
}

const char *refpoint_error_attribute(const struct refpoint_ctx *ctx)
{
	return ctx && ctx->attribute[0] ? ctx->attribute : NULL;
}

unsigned int refpoint_version_kernel(const struct refpoint_ctx *ctx)
{
	return ctx ? ctx->version : 0;
}

void rp_ctx_clear_error(struct refpoint_ctx *ctx)
{
	ctx->error[0] = '\0';
	ctx->attribute[0] = '\0';
}

/* The first sentence stays: what follows an error is a consequence of it. */
int rp_ctx_error(struct refpoint_ctx *ctx, int err, const char *fmt, ...)
{
	va_list args;

	if (ctx->error[0])
		return err;
	va_start(args, fmt);
	vsnprintf(ctx->error, sizeof(ctx->error), fmt, args);
	va_end(args);
	return err;
}

int rp_ctx_reserve(struct refpoint_ctx *ctx, size_t size)
{
	unsigned char *buf;

	if (size <= ctx->buf_size)
		return 0;
	buf = realloc(ctx->buf, size);
	if (!buf)
		return -ENOMEM;
	ctx->buf = buf;
	ctx->buf_size = size;
	return 0;
}
