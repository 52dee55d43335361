// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the library says of a volume is what the kernel has said.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "fake.h"

static const struct refpoint_uuid uuid = { .b = "0123456789abcdef" };

struct state {
	struct fake *f;
	struct refpoint_result *result;
	struct refpoint_volume *volume;
};

static int setup(void **data)
{
	struct state *s = calloc(1, sizeof(*s));

	s->f = fake_new();
	s->result = refpoint_result_new();
	*data = s;
	return 0;
}

static int teardown(void **data)
{
	struct state *s = *data;

	refpoint_volume_free(s->volume);
	fake_free(s->f);
	refpoint_result_free(s->result);
	free(s);
	return 0;
}

/* The kernel answers with @msg, which begins with DONE; freed here. */
static void answer(struct state *s, struct nl_msg *msg)
{
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, 0, msg);
	fake_ack(s->f);
	assert_int_equal(refpoint_volume_get(s->f->ctx,
					     "30313233-3435-3637-3839-616263646566",
					     &s->volume, s->result), 0);
	assert_non_null(s->volume);
}

static void devices_and_features(void **data)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	struct state *s = *data;

	nla_put(msg, REFPOINT_A_VOLUME_ID, sizeof(uuid.b), uuid.b);
	nla_put_u64(msg, REFPOINT_A_DEVICE, 253ULL << 32 | 1);
	nla_put_u64(msg, REFPOINT_A_METADATA_DEVICE, 254ULL << 32 | 0x12345);
	nla_put_u64(msg, REFPOINT_A_ORIGIN_DEVICE, 8ULL << 32 | 17);
	nla_put_u32(msg, REFPOINT_A_HOLD_SECONDS, 3600);
	nla_put_u8(msg, REFPOINT_A_FAIL_STOP, 1);
	nla_put_u8(msg, REFPOINT_A_DEGRADED_OK, 0);
	answer(s, msg);
	assert_int_equal(refpoint_volume_major(s->volume), 253);
	assert_int_equal(refpoint_volume_minor(s->volume), 1);
	assert_int_equal(refpoint_volume_metadata_major(s->volume), 254);
	assert_int_equal(refpoint_volume_metadata_minor(s->volume), 0x12345);
	assert_int_equal(refpoint_volume_origin_major(s->volume), 8);
	assert_int_equal(refpoint_volume_origin_minor(s->volume), 17);
	assert_int_equal(refpoint_volume_hold(s->volume), 3600);
	assert_true(refpoint_volume_fail_stop(s->volume));
	assert_false(refpoint_volume_degraded_ok(s->volume));
}

/* An older kernel does not say them. */
static void nothing_said(void **data)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	struct state *s = *data;
	uint64_t value;

	nla_put(msg, REFPOINT_A_VOLUME_ID, sizeof(uuid.b), uuid.b);
	answer(s, msg);
	assert_int_equal(refpoint_volume_metadata_major(s->volume), 0);
	assert_int_equal(refpoint_volume_origin_minor(s->volume), 0);
	assert_int_equal(refpoint_volume_hold(s->volume), 0);
	assert_false(refpoint_volume_fail_stop(s->volume));
	assert_false(refpoint_volume_degraded_ok(s->volume));
	assert_int_equal(refpoint_volume_counter(s->volume, REFPOINT_COUNTER_A_WRITES,
						 &value), -ENODATA);
}

/* Each comes back as itself, has a name of its own, and padding is none. */
static void counters(void **data)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	struct state *s = *data;
	struct nlattr *nest;
	const char *name;
	uint64_t value;
	uint32_t i, j;

	nla_put(msg, REFPOINT_A_VOLUME_ID, sizeof(uuid.b), uuid.b);
	nest = nla_nest_start(msg, REFPOINT_A_COUNTERS);
	for (i = 1; i <= REFPOINT_COUNTER_A_MAX; i++)
		nla_put_u64(msg, i, UINT64_MAX - i);
	nla_nest_end(msg, nest);
	answer(s, msg);
	for (i = 1; i <= REFPOINT_COUNTER_A_MAX; i++) {
		name = refpoint_counter_name(i);
		if (i == REFPOINT_COUNTER_A_PAD) {
			assert_int_equal(refpoint_volume_counter(s->volume, i, &value),
					 -ENODATA);
			assert_string_equal(name, "unknown");
			continue;
		}
		assert_int_equal(refpoint_volume_counter(s->volume, i, &value), 0);
		assert_true(value == UINT64_MAX - i);
		assert_string_not_equal(name, "unknown");
		for (j = 1; j < i; j++)
			assert_string_not_equal(name, refpoint_counter_name(j));
	}
	assert_int_equal(refpoint_volume_counter(s->volume, REFPOINT_COUNTER_A_MAX + 1,
						 &value), -ENODATA);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_and_features),
		TEST(nothing_said),
		TEST(counters),
	};

	return cmocka_run_group_tests_name("volume", tests, NULL, NULL);
}
