// SPDX-License-Identifier: GPL-2.0-only
/*
 * lease.c - the cookie that holds a list's intervals between its pages
 *
 * usage: lease VOLUME POINT COUNT: the list from POINT to now has COUNT extents.
 * The point is destroyed on the way.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"

static int fd;
static struct msg msg;
static struct answer answer;
static const char *volume;
static uint8_t point[16];

static uint64_t get_u64(uint16_t type)
{
	const struct nlattr *a = msg_get(&answer.msg, type);
	uint64_t value = 0;

	if (a)
		memcpy(&value, ATTR_DATA(a), sizeof(value));
	return value;
}

/* One page of one extent. Return: the reason of a refusal, 0: none. */
static uint32_t ask(uint64_t start, uint64_t lease)
{
	msg_begin(&msg, family, 0, REFPOINT_CMD_GET_CHANGES);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	msg_put(&msg, REFPOINT_A_FROM_POINT, point, sizeof(point));
	msg_put_u64(&msg, REFPOINT_A_START, start);
	msg_put_u32(&msg, REFPOINT_A_MAX_EXTENTS, 1);
	if (lease)
		msg_put_u64(&msg, REFPOINT_A_LEASE, lease);
	nl_ask(fd, &msg, &answer);
	if (answer.err || !answer.reply)
		die("get-changes: %s: %s", strerror(answer.err), answer.text);
	if (msg_get_u32(&answer.msg, REFPOINT_A_RETURN_VALUE) == REFPOINT_RV_DONE)
		return 0;
	return msg_get_u32(&answer.msg, REFPOINT_A_REASON);
}

static bool is_complete(void)
{
	const struct nlattr *a = msg_get(&answer.msg, REFPOINT_A_COMPLETE);

	return a && *(const uint8_t *)ATTR_DATA(a);
}

static size_t extents(void)
{
	const struct nlattr *a = msg_get(&answer.msg, REFPOINT_A_EXTENTS);

	return a ? ATTR_LEN(a) / sizeof(struct refpoint_extent) : 0;
}

static void run(const char *fmt, const char *arg)
{
	char cmd[256];

	snprintf(cmd, sizeof(cmd), fmt, arg);
	if (system(cmd))
		die("%s failed", cmd);
}

static void parse_uuid(const char *text)
{
	unsigned int i, byte;

	for (i = 0; i < sizeof(point); i++) {
		text += *text == '-';
		if (sscanf(text, "%2x", &byte) != 1)
			die("'%s' is no UUID", text);
		point[i] = byte;
		text += 2;
	}
}

/* Read to the end. Return: extents, -1: refused. */
static int read_on(uint64_t start, uint64_t lease)
{
	int n = 0;

	do {
		if (ask(start, lease))
			return -1;
		n += extents();
		start = get_u64(REFPOINT_A_NEXT_START);
		lease = get_u64(REFPOINT_A_LEASE);
	} while (!is_complete());
	return n;
}

int main(int argc, char **argv)
{
	uint64_t start, lease, other_start, other;
	int want;

	if (argc != 4)
		return 2;
	volume = argv[1];
	parse_uuid(argv[2]);
	want = atoi(argv[3]);
	fd = nl_open();
	if (nl_find_family(fd))
		die("no family");

	result(read_on(0, 0) == want, "pages of one extent give them all");
	result(!ask(0, 0) && extents() == 1 && !is_complete(), "a first page");
	start = get_u64(REFPOINT_A_NEXT_START);
	lease = get_u64(REFPOINT_A_LEASE);
	result(lease, "comes with a lease");
	result(!ask(0, 0), "another list");
	other_start = get_u64(REFPOINT_A_NEXT_START);
	other = get_u64(REFPOINT_A_LEASE);
	result(other && other != lease, "has another lease");

	run("refpoint point destroy %s >/dev/null", argv[2]);
	result(ask(0, 0) == REFPOINT_REASON_DESTROYED,
	       "the point is destroyed: no new list");
	result(ask(start, lease ^ 1) == REFPOINT_REASON_LEASE_EXPIRED,
	       "a lease that never was has expired");
	result(read_on(start, lease) == want - 1,
	       "with its lease the list goes on to its end");
	result(ask(start, lease) == REFPOINT_REASON_LEASE_EXPIRED,
	       "where the lease ends");

	run("dmsetup suspend %s", volume);
	result(ask(other_start, other) == REFPOINT_REASON_MEMBER_SUSPENDED,
	       "a suspended volume answers so");
	run("dmsetup resume %s", volume);
	result(ask(other_start, other) == REFPOINT_REASON_LEASE_EXPIRED,
	       "and has let go of the other list");
	return finish();
}
