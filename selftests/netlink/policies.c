// SPDX-License-Identifier: GPL-2.0-only
/*
 * policies.c - what the kernel says about its own policies (S5): every attribute
 * is bounded, every operation has a policy
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"

static unsigned int nr_attrs, nr_bad, nr_ops;

static uint32_t get_u32(const struct nlattr *a)
{
	uint32_t value = 0;

	if (a && ATTR_LEN(a) >= sizeof(value))
		memcpy(&value, ATTR_DATA(a), sizeof(value));
	return value;
}

static const struct nlattr *find(const struct nlattr *nest, int type)
{
	const struct nlattr *a;

	attr_for_each(a, ATTR_DATA(nest), ATTR_LEN(nest))
		if (ATTR_TYPE(a) == type)
			return a;
	return NULL;
}

/* Return: why it is not bounded, or NULL. */
static const char *unbounded(const struct nlattr *attr)
{
	uint32_t type = get_u32(find(attr, NL_POLICY_TYPE_ATTR_TYPE));
	uint32_t max = get_u32(find(attr, NL_POLICY_TYPE_ATTR_MAX_LENGTH));

	switch (type) {
	case NL_ATTR_TYPE_FLAG:
	case NL_ATTR_TYPE_U8:
	case NL_ATTR_TYPE_U16:
	case NL_ATTR_TYPE_U32:
	case NL_ATTR_TYPE_U64:
		return NULL;
	case NL_ATTR_TYPE_BINARY:
		return max && max <= REFPOINT_VENDOR_MAX ? NULL : "bytes";
	case NL_ATTR_TYPE_NUL_STRING:
		return max && max <= REFPOINT_LABEL_MAX ? NULL : "a string";
	case NL_ATTR_TYPE_NESTED:
		return find(attr, NL_POLICY_TYPE_ATTR_POLICY_IDX) ? NULL : "a nest";
	default:
		return "of a strange type";
	}
}

static void read_policy(const struct nlattr *policies)
{
	const struct nlattr *policy;

	attr_for_each(policy, ATTR_DATA(policies), ATTR_LEN(policies)) {
		const uint8_t *at = ATTR_DATA(policy);
		const uint8_t *end = at + ATTR_LEN(policy);

		while (at + NLA_HDRLEN <= end) {
			const struct nlattr *attr = (const void *)at;
			const char *why = unbounded(attr);

			nr_attrs++;
			if (why) {
				nr_bad++;
				printf("# policy %u, attribute %u: %s without a bound\n",
				       ATTR_TYPE(policy), ATTR_TYPE(attr), why);
			}
			at += NLA_ALIGN(attr->nla_len);
		}
	}
}

static void read_message(const struct nlmsghdr *h)
{
	const struct nlattr *a, *op;

	attr_for_each(a, (const uint8_t *)h + NLMSG_HDRLEN + GENL_HDRLEN,
		      h->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN) {
		if (ATTR_TYPE(a) == CTRL_ATTR_POLICY) {
			read_policy(a);
		} else if (ATTR_TYPE(a) == CTRL_ATTR_OP_POLICY) {
			op = ATTR_DATA(a);
			if (find(op, CTRL_ATTR_POLICY_DO))
				nr_ops++;
		}
	}
}

int main(void)
{
	static uint8_t buffer[65536] __attribute__((aligned(8)));
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	static struct msg m;
	bool done = false;
	int fd = nl_open();

	if (nl_find_family(fd))
		die("no family");
	msg_begin(&m, GENL_ID_CTRL, NLM_F_DUMP, CTRL_CMD_GETPOLICY);
	msg_put(&m, CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
	if (sendto(fd, &m, m.head.nlmsg_len, 0, (void *)&kernel, sizeof(kernel)) < 0)
		die("sendto: %s", strerror(errno));
	while (!done) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
		struct nlmsghdr *h = (void *)buffer;

		if (n < 0)
			die("recv: %s", strerror(errno));
		for (; NLMSG_OK(h, (size_t)n); h = NLMSG_NEXT(h, n)) {
			if (h->nlmsg_type == NLMSG_DONE ||
			    h->nlmsg_type == NLMSG_ERROR)
				done = true;
			else
				read_message(h);
		}
	}
	result(nr_attrs > 40, "the policies can be read: %u attributes", nr_attrs);
	result(!nr_bad, "every attribute is bounded");
	result(nr_ops == REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE,
	       "every operation has a policy: %u", nr_ops);
	return finish();
}
