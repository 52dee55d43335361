/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nl.h - generic netlink by hand
 *
 * On a raw socket, because a library would not let a test send what is wrong.
 */
#ifndef NL_H
#define NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/refpoint.h>

#define MSG_MAX		65536

struct msg {
	union {
		struct nlmsghdr head;
		uint8_t bytes[MSG_MAX];
	};
};

/**
 * struct answer - what came back
 * @err: errno of the ACK, 0: none
 * @text: sentence of the extended ACK
 * @attr: type of the attribute that it points to, 0: none
 * @missing: type of the attribute that it misses, 0: none
 * @reply: there was a message beside the ACK; the last one is in @msg
 * @count: of messages
 */
struct answer {
	int err;
	char text[256];
	int attr;
	int missing;
	bool reply;
	unsigned int count;
	struct msg msg;
};

extern uint16_t family;		/* id of the family "refpoint" */
extern uint32_t group;		/* id of its group "events" */

int nl_open(void);
/* Look up the family. Return: 0 or -errno. */
int nl_find_family(int fd);

void msg_begin(struct msg *m, uint16_t type, uint16_t flags, uint8_t cmd);
void *msg_put(struct msg *m, uint16_t type, const void *data, size_t length);
void msg_put_str(struct msg *m, uint16_t type, const char *text);
void msg_put_u32(struct msg *m, uint16_t type, uint32_t value);
void msg_put_u64(struct msg *m, uint16_t type, uint64_t value);

/* Send and read everything until the ACK or the end of the dump. */
void nl_ask(int fd, const struct msg *m, struct answer *a);

/* Attribute of a message, or NULL. */
const struct nlattr *msg_get(const struct msg *m, uint16_t type);
uint32_t msg_get_u32(const struct msg *m, uint16_t type);

#define ATTR_DATA(a)	((const void *)((const uint8_t *)(a) + NLA_HDRLEN))
#define ATTR_LEN(a)	((size_t)(a)->nla_len - NLA_HDRLEN)
#define ATTR_TYPE(a)	((a)->nla_type & NLA_TYPE_MASK)

/* Each attribute in @length bytes at @first. */
#define attr_for_each(a, first, length)					\
	for (const uint8_t *end_ = (const uint8_t *)(first) + (length),	\
	     *at_ = (const uint8_t *)(first);				\
	     at_ + NLA_HDRLEN <= end_ &&				\
	     ((a) = (const struct nlattr *)at_)->nla_len >= NLA_HDRLEN &&	\
	     at_ + (a)->nla_len <= end_;				\
	     at_ += NLA_ALIGN((a)->nla_len))

/* --- KTAP --- */

void result(bool good, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int finish(void);

__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...);

#endif /* NL_H */
