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

/* The kernel answers with @msg, which begins with DONE and is freed here. */
static struct refpoint_volume *answer(struct fake_state *s, struct nl_msg *msg)
{
	struct refpoint_volume *volume = NULL;

	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, 0, msg);
	fake_ack(s->f);
	assert_int_equal(refpoint_volume_get(s->f->ctx,
					     "30313233-3435-3637-3839-616263646566",
					     &volume, s->result), 0);
	assert_non_null(volume);
	return volume;
}

static void devices_and_features(void **data)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	struct fake_state *s = *data;
	struct refpoint_volume *volume;

	nla_put(msg, REFPOINT_A_VOLUME_ID, sizeof(uuid.b), uuid.b);
	nla_put_u64(msg, REFPOINT_A_DEVICE, 253ULL << 32 | 1);
	nla_put_u64(msg, REFPOINT_A_METADATA_DEVICE, 254ULL << 32 | 0x12345);
	nla_put_u64(msg, REFPOINT_A_ORIGIN_DEVICE, 8ULL << 32 | 17);
	nla_put_u32(msg, REFPOINT_A_HOLD_SECONDS, 3600);
	nla_put_u8(msg, REFPOINT_A_FAIL_STOP, 1);
	nla_put_u8(msg, REFPOINT_A_DEGRADED_OK, 0);
	volume = answer(s, msg);
	assert_int_equal(refpoint_volume_major(volume), 253);
	assert_int_equal(refpoint_volume_minor(volume), 1);
	assert_int_equal(refpoint_volume_metadata_major(volume), 254);
	assert_int_equal(refpoint_volume_metadata_minor(volume), 0x12345);
	assert_int_equal(refpoint_volume_origin_major(volume), 8);
	assert_int_equal(refpoint_volume_origin_minor(volume), 17);
	assert_int_equal(refpoint_volume_hold(volume), 3600);
	assert_true(refpoint_volume_fail_stop(volume));
	assert_false(refpoint_volume_degraded_ok(volume));
	refpoint_volume_free(volume);
}

/* An older kernel does not say them. */
static void nothing_said(void **data)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	struct fake_state *s = *data;
	struct refpoint_volume *volume;
	uint64_t value;

	nla_put(msg, REFPOINT_A_VOLUME_ID, sizeof(uuid.b), uuid.b);
	volume = answer(s, msg);
	assert_int_equal(refpoint_volume_metadata_major(volume), 0);
	assert_int_equal(refpoint_volume_origin_minor(volume), 0);
	assert_int_equal(refpoint_volume_hold(volume), 0);
	assert_false(refpoint_volume_fail_stop(volume));
	assert_false(refpoint_volume_degraded_ok(volume));
	assert_int_equal(refpoint_volume_counter(volume, REFPOINT_COUNTER_A_WRITES,
						 &value), -ENODATA);
	refpoint_volume_free(volume);
}

/* Each comes back as itself, has a name of its own, and padding is none. */
static void counters(void **data)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	struct fake_state *s = *data;
	struct refpoint_volume *volume;
	struct nlattr *nest;
	const char *name;
	uint64_t value;
	uint32_t i, j;

	nla_put(msg, REFPOINT_A_VOLUME_ID, sizeof(uuid.b), uuid.b);
	nest = nla_nest_start(msg, REFPOINT_A_COUNTERS);
	for (i = 1; i <= REFPOINT_COUNTER_A_MAX; i++)
		nla_put_u64(msg, i, UINT64_MAX - i);
	nla_nest_end(msg, nest);
	volume = answer(s, msg);
	for (i = 1; i <= REFPOINT_COUNTER_A_MAX; i++) {
		name = refpoint_counter_name(i);
		if (i == REFPOINT_COUNTER_A_PAD) {
			assert_int_equal(refpoint_volume_counter(volume, i, &value),
					 -ENODATA);
			assert_string_equal(name, "unknown");
			continue;
		}
		assert_int_equal(refpoint_volume_counter(volume, i, &value), 0);
		assert_true(value == UINT64_MAX - i);
		assert_string_not_equal(name, "unknown");
		for (j = 1; j < i; j++)
			assert_string_not_equal(name, refpoint_counter_name(j));
	}
	assert_int_equal(refpoint_volume_counter(volume, REFPOINT_COUNTER_A_MAX + 1,
						 &value), -ENODATA);
	refpoint_volume_free(volume);
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(devices_and_features),
		TEST(nothing_said),
		TEST(counters),
	};

	return cmocka_run_group_tests_name("volume", tests, NULL, NULL);
}
