/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake.h - a kernel that says what a test wants
 *
 * A test queues datagrams; the library under test receives them in order,
 * whatever it asked. What it asked is kept and can be looked at.
 */
#ifndef FAKE_H
#define FAKE_H

#include "../../lib/priv.h"

#define FAKE_FAMILY	0x20
#define FAKE_PORT	4711
#define FAKE_MAX	32

struct fake_datagram {
	unsigned char data[16384];
	size_t size;
	uint32_t sender;
	uint32_t seq_off;	/* added to the number that would be right */
};

struct fake {
	struct refpoint_ctx *ctx;
	struct fake_datagram queue[FAKE_MAX];
	unsigned int queued;
	unsigned int taken;
	unsigned int resets;
	unsigned int requests;
	unsigned char request[FAKE_MAX][8192];
	int send_error;
};

struct fake *fake_new(void);
void fake_free(struct fake *f);

/* What most tests need; cmocka's setup and teardown have it. */
struct fake_state {
	struct fake *f;
	struct refpoint_result *result;
};

int fake_setup(void **data);
int fake_teardown(void **data);

/* A new datagram; messages are added to the last one. */
struct fake_datagram *fake_datagram(struct fake *f);
/* A message of the family; its attributes come from @msg, freed here. */
void fake_reply(struct fake *f, uint8_t cmd, uint16_t flags,
		struct nl_msg *msg);
/* Anything else: a header of @type and @size bytes behind it. */
struct nlmsghdr *fake_raw(struct fake *f, uint16_t type, uint16_t flags,
			  const void *payload, size_t size);
/* The ends of answers, each as a datagram of its own. */
void fake_ack(struct fake *f);
void fake_error(struct fake *f, int err);
void fake_done(struct fake *f, int status);

/* Attributes of the n-th request. */
const struct nlattr *fake_asked(struct fake *f, unsigned int n, uint16_t attr);

/* A message with REFPOINT_A_RETURN_VALUE, for more to be put behind it. */
struct nl_msg *fake_result(uint32_t value);
struct nl_msg *fake_attrs(void);

#endif /* FAKE_H */
