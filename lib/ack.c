// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How the kernel says that a request is over: NLMSG_ERROR and NLMSG_DONE, with
 * the extended ACK behind either. libnl folds the errno into fewer codes of
 * its own, does not read the status of NLMSG_DONE, and knows no extended ACK;
 * a dump that died half-way would look like a short but successful list.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "priv.h"

#define GENL_MSG_HDRLEN	(NLMSG_HDRLEN + GENL_HDRLEN)

/* The attribute of @request that begins at @offs bytes from its header. */
static void ack_name_by_offset(const struct nlmsghdr *request, uint32_t offs,
			       char *text, size_t size)
{
	const char *base = (const char *)request;
	const struct nlattr *a, *sub;
	int rem, sub_rem;

	text[0] = '\0';
	if (!request || offs < GENL_MSG_HDRLEN || offs >= request->nlmsg_len)
		return;
	a = (const struct nlattr *)(base + GENL_MSG_HDRLEN);
	rem = request->nlmsg_len - GENL_MSG_HDRLEN;
	for (; nla_ok(a, rem); a = nla_next(a, &rem)) {
		size_t at = (const char *)a - base;

		if (offs == at) {
			rp_attr_name(nla_type(a), text, size);
			return;
		}
		if (offs < at || offs >= at + a->nla_len ||
		    nla_type(a) != REFPOINT_A_SETTINGS)
			continue;
		sub = nla_data(a);
		sub_rem = nla_len(a);
		for (; nla_ok(sub, sub_rem); sub = nla_next(sub, &sub_rem)) {
			if (offs != (size_t)((const char *)sub - base))
				continue;
			rp_attr_settings_name(nla_type(sub), text, size);
			return;
		}
	}
}

/* The attribute that is missing: at the top, or in the nest at @nest_offs. */
static void ack_name_missing(const struct nlmsghdr *request, uint32_t type,
			     const struct nlattr *nest, char *text, size_t size)
{
	char parent[64];

	if (nest) {
		ack_name_by_offset(request, nla_get_u32((void *)nest), parent,
				   sizeof(parent));
		if (!strcmp(parent, "settings")) {
			rp_attr_settings_name(type, text, size);
			return;
		}
	}
	rp_attr_name(type, text, size);
}

static bool ack_is_u32(const struct nlattr *a)
{
	return a && nla_len(a) == sizeof(uint32_t);
}

/* Fills in ctx->error and ctx->attribute from the attributes at @head. */
static void ack_parse(struct refpoint_ctx *ctx, const struct nlattr *head,
		      int len, const struct nlmsghdr *request, int err)
{
	const struct nlattr *msg, *offs, *miss, *nest;
	char text[256] = "", name[sizeof(ctx->attribute)] = "";
	bool missing = false;

	msg = rp_attr_find(head, len, NLMSGERR_ATTR_MSG);
	offs = rp_attr_find(head, len, NLMSGERR_ATTR_OFFS);
	miss = rp_attr_find(head, len, NLMSGERR_ATTR_MISS_TYPE);
	nest = rp_attr_find(head, len, NLMSGERR_ATTR_MISS_NEST);
	if (msg)
		snprintf(text, sizeof(text), "%.*s", nla_len(msg),
			 (const char *)nla_data(msg));
	if (ack_is_u32(miss)) {
		ack_name_missing(request, nla_get_u32((void *)miss),
				 ack_is_u32(nest) ? nest : NULL,
				 name, sizeof(name));
		missing = true;
	} else if (ack_is_u32(offs)) {
		ack_name_by_offset(request, nla_get_u32((void *)offs),
				   name, sizeof(name));
	}

	if (!err)
		return;
	if (!ctx->attribute[0])
		memcpy(ctx->attribute, name, sizeof(name));
	if (missing)
		rp_ctx_error(ctx, 0, "the attribute %s is missing%s%s", name,
			     text[0] ? ": " : "", text);
	else if (name[0])
		rp_ctx_error(ctx, 0, "%s (attribute %s)",
			     text[0] ? text : strerrordesc_np(-err), name);
	else if (text[0])
		rp_ctx_error(ctx, 0, "%s", text);
}

/* Words for an errno that came without any. */
static void ack_default(struct refpoint_ctx *ctx, int err)
{
	const char *text = strerrordesc_np(-err);

	if (err == -EPERM)
		rp_ctx_error(ctx, 0,
			     "not permitted: this needs CAP_SYS_ADMIN in the initial user namespace");
	else if (text)
		rp_ctx_error(ctx, 0, "the kernel refused: %s", text);
	else
		rp_ctx_error(ctx, 0, "the kernel refused with error %d", -err);
}

/* Linux has no other errors (MAX_ERRNO): the rest is not from a sane kernel. */
static int ack_check(struct refpoint_ctx *ctx, int err, const char *what)
{
	if (err <= 0 && err >= -4095)
		return 0;
	return rp_ctx_error(ctx, -EPROTO,
			    "the kernel's %s carries %d, which is no error code",
			    what, err);
}

/**
 * rp_ack_error - read an NLMSG_ERROR, which an ACK is too
 * @ctx: gets the sentence
 * @hdr: the message, within its datagram
 * @request: what it answers, to name attributes; may be NULL
 *
 * Return: 0 for an ACK, the kernel's -errno unchanged, or -EPROTO.
 */
int rp_ack_error(struct refpoint_ctx *ctx, const struct nlmsghdr *hdr,
		 const struct nlmsghdr *request)
{
	const struct nlmsgerr *e = nlmsg_data(hdr);
	int len = nlmsg_datalen(hdr), used = sizeof(*e);

	if (len < used)
		return rp_ctx_error(ctx, -EPROTO,
				    "the kernel's error message is cut short");
	if (ack_check(ctx, e->error, "acknowledgement"))
		return -EPROTO;
	if (hdr->nlmsg_flags & NLM_F_ACK_TLVS) {
		/* Without NLM_F_CAPPED all of the request is echoed. */
		if (!(hdr->nlmsg_flags & NLM_F_CAPPED)) {
			if (e->msg.nlmsg_len < sizeof(e->msg) ||
			    e->msg.nlmsg_len > (uint32_t)len)
				return rp_ctx_error(ctx, -EPROTO,
						    "the kernel's error message is malformed");
			used += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
		}
		if (used < len)
			ack_parse(ctx, (const void *)((const char *)e + used),
				  len - used, request, e->error);
	}
	if (e->error)
		ack_default(ctx, e->error);
	return e->error;
}

/**
 * rp_ack_done - read the NLMSG_DONE that ends a dump
 * @ctx: gets the sentence
 * @hdr: the message
 * @request: what it answers
 *
 * Return: 0 when the dump was complete, the -errno that ended it, or -EPROTO
 * when it does not say which.
 */
int rp_ack_done(struct refpoint_ctx *ctx, const struct nlmsghdr *hdr,
		const struct nlmsghdr *request)
{
	int len = nlmsg_datalen(hdr), status;
	const char *data = nlmsg_data(hdr);
	int used = NLMSG_ALIGN(sizeof(status));

	if (len < (int)sizeof(status))
		return rp_ctx_error(ctx, -EPROTO,
				    "the end of the kernel's list does not say whether it is complete");
	memcpy(&status, data, sizeof(status));
	if (ack_check(ctx, status, "end of list"))
		return -EPROTO;
	if ((hdr->nlmsg_flags & NLM_F_ACK_TLVS) && used < len)
		ack_parse(ctx, (const void *)(data + used), len - used, request,
			  status);
	if (status)
		ack_default(ctx, status);
	return status;
}
