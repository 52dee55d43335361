// SPDX-License-Identifier: GPL-2.0-only
/*
 * attributes.c - requests that are malformed, each refused by an errno and an
 * extended ACK that names the attribute
 *
 * usage: attributes VOLUME
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
static const uint8_t some_id[32] = { 1, 2, 3, 4 };

static void begin(uint8_t cmd)
{
	msg_begin(&msg, family, 0, cmd);
}

/* The request is refused with @err, and the ACK points to @attr (0: any). */
static void refused(const char *name, int err, int attr)
{
	nl_ask(fd, &msg, &answer);
	if (answer.err != err || (attr && answer.attr != attr))
		printf("# errno %d (%s), attribute %d, missing %d: %s\n",
		       answer.err, strerror(answer.err), answer.attr,
		       answer.missing, answer.text);
	result(answer.err == err && (!attr || answer.attr == attr), "%s", name);
}

/* The request lacks @attr. */
static void lacks(const char *name, int attr)
{
	nl_ask(fd, &msg, &answer);
	if (answer.err != EINVAL || answer.missing != attr)
		printf("# errno %d, missing %d: %s\n", answer.err,
		       answer.missing, answer.text);
	result(answer.err == EINVAL && answer.missing == attr, "%s", name);
}

/* The request is understood and answered so. */
static void answered(const char *name, uint32_t value, uint32_t reason)
{
	uint32_t v, r = REFPOINT_REASON_NONE;

	nl_ask(fd, &msg, &answer);
	v = answer.reply ? msg_get_u32(&answer.msg, REFPOINT_A_RETURN_VALUE) :
			   UINT32_MAX;
	if (answer.reply && msg_get(&answer.msg, REFPOINT_A_REASON))
		r = msg_get_u32(&answer.msg, REFPOINT_A_REASON);
	if (answer.err || v != value || r != reason)
		printf("# errno %d (%s), value %u, reason %u\n", answer.err,
		       answer.text, v, r);
	result(!answer.err && v == value && r == reason, "%s", name);
	if (value != REFPOINT_RV_DONE)
		result(answer.reply && msg_get(&answer.msg, REFPOINT_A_MESSAGE),
		       "%s: with a sentence", name);
}

static void changes(void)
{
	begin(REFPOINT_CMD_GET_CHANGES);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	msg_put(&msg, REFPOINT_A_FROM_ALL, NULL, 0);
}

static void test_missing(void)
{
	begin(REFPOINT_CMD_GET_VOLUME);
	refused("get-volume without a volume", EINVAL, 0);
	begin(REFPOINT_CMD_GET_CHANGES);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	lacks("get-changes without a beginning", REFPOINT_A_FROM_POINT);
	begin(REFPOINT_CMD_MARK_CHANGED);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	lacks("mark-changed without a start", REFPOINT_A_START);
	msg_put_u64(&msg, REFPOINT_A_START, 0);
	lacks("mark-changed without a length", REFPOINT_A_LENGTH);
	begin(REFPOINT_CMD_GET_JOB);
	lacks("get-job without an id", REFPOINT_A_JOB_ID);
	begin(REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE);
	msg_put_u64(&msg, REFPOINT_A_JOB_ID, 1);
	lacks("request-job-state-change without a state",
	      REFPOINT_A_REQUESTED_STATE);
	begin(REFPOINT_CMD_DESTROY_REFERENCE_POINT);
	lacks("destroy-reference-point without an id", REFPOINT_A_POINT_ID);
	begin(REFPOINT_CMD_CREATE_REFERENCE_POINT);
	refused("create-reference-point of nothing", EINVAL, 0);
	begin(REFPOINT_CMD_DEFINE_COLLECTION);
	refused("define-collection of nothing", EINVAL, 0);
	begin(REFPOINT_CMD_RENAME_COLLECTION);
	msg_put_str(&msg, REFPOINT_A_COLLECTION_NAME, "x");
	lacks("rename-collection without a name", REFPOINT_A_NEW_NAME);
}

static void test_twice(void)
{
	changes();
	msg_put_u64(&msg, REFPOINT_A_START, 0);
	msg_put_u64(&msg, REFPOINT_A_START, 4096);
	refused("an attribute twice", EINVAL, REFPOINT_A_START);
	changes();
	msg_put(&msg, REFPOINT_A_FROM_POINT, some_id, 16);
	refused("two beginnings", EINVAL, 0);
	changes();
	msg_put(&msg, REFPOINT_A_TO_POINT, some_id, 16);
	msg_put_str(&msg, REFPOINT_A_TO_HANDLE, "x");
	refused("two ends", EINVAL, REFPOINT_A_TO_HANDLE);
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	msg_put(&msg, REFPOINT_A_VOLUME_ID, some_id, 16);
	refused("a volume by name and by id", EINVAL, 0);
}

static void test_sizes(void)
{
	char text[512];

	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put(&msg, REFPOINT_A_VOLUME_ID, some_id, 15);
	refused("an id that is too short", ERANGE, REFPOINT_A_VOLUME_ID);
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put(&msg, REFPOINT_A_VOLUME_ID, some_id, 17);
	refused("an id that is too long", ERANGE, REFPOINT_A_VOLUME_ID);
	changes();
	msg_put_u32(&msg, REFPOINT_A_START, 0);
	refused("a number that is too short", EINVAL, REFPOINT_A_START);
	changes();
	msg_put(&msg, REFPOINT_A_ALLOW_UNKNOWN, some_id, 4);
	refused("a flag with content", ERANGE, REFPOINT_A_ALLOW_UNKNOWN);

	memset(text, 'x', sizeof(text));
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put(&msg, REFPOINT_A_VOLUME_NAME, text, REFPOINT_NAME_MAX);
	refused("a string without its end", EINVAL, REFPOINT_A_VOLUME_NAME);
	text[REFPOINT_NAME_MAX + 1] = '\0';
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, text);
	refused("a name that is too long", EINVAL, REFPOINT_A_VOLUME_NAME);
	text[REFPOINT_NAME_MAX + 1] = 'x';
	text[REFPOINT_NAME_MAX] = '\0';
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, text);
	answered("the longest name", REFPOINT_RV_INVALID_PARAMETER,
		 REFPOINT_REASON_NO_SUCH_VOLUME);
}

static void test_values(void)
{
	static const uint8_t two = 2;
	static const uint16_t state = 99;
	struct nlattr *nest;

	changes();
	msg_put_u32(&msg, REFPOINT_A_MAX_EXTENTS, 0);
	refused("a page of no extents", ERANGE, REFPOINT_A_MAX_EXTENTS);
	changes();
	msg_put_u32(&msg, REFPOINT_A_MAX_EXTENTS, REFPOINT_EXTENTS_MAX + 1);
	refused("a page of too many", ERANGE, REFPOINT_A_MAX_EXTENTS);
	changes();
	msg_put_u64(&msg, REFPOINT_A_START, UINT64_MAX);
	refused("a start beyond all devices", ERANGE, REFPOINT_A_START);
	begin(REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE);
	msg_put_u64(&msg, REFPOINT_A_JOB_ID, 1);
	msg_put(&msg, REFPOINT_A_REQUESTED_STATE, &state, sizeof(state));
	refused("a state that is none", ERANGE, REFPOINT_A_REQUESTED_STATE);
	begin(REFPOINT_CMD_DESTROY_REFERENCE_POINT);
	msg_put(&msg, REFPOINT_A_POINT_ID, some_id, 16);
	msg_put_u32(&msg, REFPOINT_A_WAIT_MS, 1001);
	refused("a wait that is too long", ERANGE, REFPOINT_A_WAIT_MS);

	begin(REFPOINT_CMD_CREATE_REFERENCE_POINT);
	msg_put_str(&msg, REFPOINT_A_COLLECTION_NAME, "x");
	nest = msg_put(&msg, REFPOINT_A_SETTINGS | NLA_F_NESTED, NULL, 0);
	msg_put(&msg, REFPOINT_SETTINGS_A_REQUIRE, &two, 1);
	nest->nla_len = msg.bytes + msg.head.nlmsg_len - (uint8_t *)nest;
	refused("a setting out of its range", ERANGE, REFPOINT_SETTINGS_A_REQUIRE);
	nest->nla_type = REFPOINT_A_SETTINGS;
	refused("a nest that is not called one", EINVAL, REFPOINT_A_SETTINGS);
}

static void test_unknown(void)
{
	struct genlmsghdr *g = (void *)(msg.bytes + NLMSG_HDRLEN);

	changes();
	msg_put_u32(&msg, 200, 0);
	refused("an unknown attribute", EINVAL, 200);
	changes();
	msg_put_u64(&msg, REFPOINT_A_JOB_ID, 1);
	refused("an attribute of another command", EINVAL, REFPOINT_A_JOB_ID);
	begin(100);
	refused("an unknown command", EOPNOTSUPP, 0);
	begin(REFPOINT_CMD_POINT_EVENT);
	refused("an event as a command", EOPNOTSUPP, 0);
	changes();
	g->reserved = 1;
	refused("a reserved field that is not 0", EINVAL, 0);
	begin(REFPOINT_CMD_GET_VOLUME);
	msg.head.nlmsg_flags |= NLM_F_DUMP;
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	refused("a dump that names a volume", EINVAL, 0);
	begin(REFPOINT_CMD_MARK_CHANGED);
	msg.head.nlmsg_flags |= NLM_F_DUMP;
	refused("a dump of what has none", EOPNOTSUPP, 0);
}

static void test_understood(void)
{
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put(&msg, REFPOINT_A_VOLUME_ID, some_id, 16);
	answered("a volume that is not there", REFPOINT_RV_INVALID_PARAMETER,
		 REFPOINT_REASON_NO_SUCH_VOLUME);
	changes();
	answered("a list", REFPOINT_RV_DONE, REFPOINT_REASON_NONE);
	result(answer.reply && msg_get(&answer.msg, REFPOINT_A_EXTENTS) &&
	       msg_get(&answer.msg, REFPOINT_A_GENERATION) &&
	       msg_get(&answer.msg, REFPOINT_A_CAPACITY_TO) &&
	       !msg_get(&answer.msg, REFPOINT_A_CAPACITY_FROM) &&
	       !msg_get(&answer.msg, REFPOINT_A_TO_HANDLE),
	       "a list has what it should have");
	changes();
	msg_put_u64(&msg, REFPOINT_A_GRANULARITY, 3);
	answered("a granularity that is no power of two",
		 REFPOINT_RV_INVALID_PARAMETER, REFPOINT_REASON_OUT_OF_RANGE);
	changes();
	msg_put_u64(&msg, REFPOINT_A_LEASE, 12345);
	answered("a lease that never was", REFPOINT_RV_DONE, REFPOINT_REASON_NONE);
	changes();
	msg_put_u64(&msg, REFPOINT_A_START, 512);
	msg_put_u64(&msg, REFPOINT_A_LENGTH, INT64_MAX);
	answered("a range that overflows", REFPOINT_RV_INVALID_PARAMETER,
		 REFPOINT_REASON_OUT_OF_RANGE);
	begin(REFPOINT_CMD_GET_VOLUME);
	msg.head.nlmsg_flags |= NLM_F_DUMP;
	nl_ask(fd, &msg, &answer);
	result(!answer.err && answer.count == 1, "a dump lists the volume");
}

/* Noise: nothing but an answer is asked for. */
static void test_noise(void)
{
	unsigned int i, j, n;

	srand(1);
	for (i = 0; i < 5000; i++) {
		uint8_t cmd = rand() % (REFPOINT_CMD_MAX + 3);

		begin(cmd);
		if (rand() % 4 == 0)
			msg.head.nlmsg_flags |= NLM_F_DUMP;
		n = rand() % 6;
		while (n--) {
			uint8_t data[64];
			size_t length = rand() % sizeof(data);

			for (j = 0; j < length; j++)
				data[j] = rand() % 3 ? 0 : rand();
			msg_put(&msg, rand() % (REFPOINT_A_MAX + 4) |
				(rand() % 8 ? 0 : NLA_F_NESTED), data, length);
		}
		nl_ask(fd, &msg, &answer);
	}
	result(true, "5000 messages of noise are answered");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	volume = argv[1];
	fd = nl_open();
	if (nl_find_family(fd))
		die("no family");
	test_missing();
	test_twice();
	test_sizes();
	test_values();
	test_unknown();
	test_understood();
	test_noise();
	begin(REFPOINT_CMD_GET_VOLUME);
	msg_put_str(&msg, REFPOINT_A_VOLUME_NAME, volume);
	answered("the volume is there still", REFPOINT_RV_DONE,
		 REFPOINT_REASON_NONE);
	return finish();
}
