// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command's own judgement: sizes, UUIDs, types, exit statuses.
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>
#include <cmocka.h>

#include "../../tools/args.h"
#include "../../tools/exit.h"
#include "../../tools/help.h"
#include "../../tools/output.h"
#include "../../tools/utf8.h"

/* args.c ends the program with these; no test here lets it come to that. */
void tool_usage(const struct tool *t, const char *fmt, ...)
{
	(void)t;
	fail_msg("%s", fmt);
	__builtin_unreachable();
}

void help_command(const struct command *command)
{
	(void)command;
}

static void sizes(void **data)
{
	static const struct {
		const char *text;
		int err;
		uint64_t bytes;
	} cases[] = {
		{ "0", 0, 0 },
		{ "512", 0, 512 },
		{ "64K", 0, 65536 },
		{ "64k", 0, 65536 },
		{ "64KiB", 0, 65536 },
		{ "1M", 0, 1 << 20 },
		{ "3G", 0, 3ULL << 30 },
		{ "2T", 0, 2ULL << 40 },
		{ "1P", 0, 1ULL << 50 },
		{ "15E", 0, 15ULL << 60 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "16E", -ERANGE, 0 },
		{ "99999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1KB", -EINVAL, 0 },
		{ "1X", -EINVAL, 0 },
		{ "1.5M", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1KK", -EINVAL, 0 },
	};
	uint64_t bytes;
	size_t i;

	(void)data;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		bytes = 0;
		if (parse_size(cases[i].text, &bytes) != cases[i].err ||
		    bytes != cases[i].bytes)
			fail_msg("'%s'", cases[i].text);
	}
}

static void types(void **data)
{
	uint16_t type;
	uint8_t level;

	(void)data;
	assert_int_equal(parse_type("rct", &type), 0);
	assert_int_equal(type, 2);
	assert_int_equal(parse_type("log", &type), 0);
	assert_int_equal(type, 1);
	/* Whether it is a type is the kernel's to say. */
	assert_int_equal(parse_type("3", &type), 0);
	assert_int_equal(parse_type("65535", &type), 0);
	assert_int_equal(type, 65535);
	assert_int_equal(parse_type("65536", &type), -ERANGE);
	assert_int_equal(parse_type("RCT2", &type), -EINVAL);
	assert_int_equal(parse_consistency("group-crash", &level), 0);
	assert_int_equal(level, 3);
	assert_int_equal(parse_consistency("9", &level), 0);
	assert_int_equal(parse_consistency("256", &level), -ERANGE);
	assert_int_equal(parse_consistency("best", &level), -EINVAL);
}

static void uuids(void **data)
{
	static const char *const wrong[] = {
		"", "0", "00112233-4455-6677-8899-aabbccddeef",
		"00112233-4455-6677-8899-aabbccddeeff0",
		"00112233-4455-6677-8899-aabbccddeefg",
		"001122334455-6677-8899-aabbccddeeff-",
		"00112233445566778899aabbccddeeff",
		"{00112233-4455-6677-8899-aabbccddeeff}",
		" 0112233-4455-6677-8899-aabbccddeeff",
		"00112233-4455-6677-8899-aabbccddeeff ",
		"00112233-4455-6677-8899-", "00112233-4455-6677-8899",
	};
	struct refpoint_uuid uuid;
	char text[REFPOINT_UUID_STR];
	size_t i;

	(void)data;
	assert_int_equal(refpoint_uuid_parse("00112233-4455-6677-8899-AAbbccddeeff",
					     &uuid), 0);
	for (i = 0; i < sizeof(uuid.b); i++)
		assert_int_equal(uuid.b[i], i * 0x11);
	assert_string_equal(refpoint_uuid_format(&uuid, text),
			    "00112233-4455-6677-8899-aabbccddeeff");
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		if (!refpoint_uuid_parse(wrong[i], &uuid))
			fail_msg("'%s'", wrong[i]);
	assert_int_equal(refpoint_uuid_parse(NULL, &uuid), -EINVAL);
}

static int status(uint32_t value, uint32_t reason, bool baseline)
{
	return exit_status(0, value, reason, baseline);
}

static void statuses_of_errors(void **data)
{
	(void)data;
	assert_int_equal(exit_status(-EBUSY, 0, 0, false), 12);
	assert_int_equal(exit_status(-ETIMEDOUT, 0, 0, false), 13);
	assert_int_equal(exit_status(-EOPNOTSUPP, 0, 0, false), 15);
	assert_int_equal(exit_status(-ESTALE, 0, 0, true), 10);
	assert_int_equal(exit_status(-ENOPKG, 0, 0, false), 1);
	assert_int_equal(exit_status(-EPERM, 0, 0, false), 1);
	assert_int_equal(exit_status(-EPROTO, 0, 0, true), 1);
	/* A value that happens to read as success does not hide an error. */
	assert_int_equal(exit_status(-EREMOTEIO, REFPOINT_RV_DONE, 0, true), 1);
	assert_int_equal(exit_status(-EREMOTEIO, REFPOINT_RV_FAILED,
				     REFPOINT_REASON_DESTROYED, true), 10);
}

static void statuses_of_values(void **data)
{
	(void)data;
	assert_int_equal(status(REFPOINT_RV_DONE, 0, false), 0);
	assert_int_equal(status(REFPOINT_RV_JOB_STARTED, 0, false), 0);
	assert_int_equal(status(REFPOINT_RV_NOT_SUPPORTED, 0, false), 15);
	assert_int_equal(status(REFPOINT_RV_FAILED, 0, false), 1);
	assert_int_equal(status(REFPOINT_RV_TIMEOUT, 0, false), 13);
	assert_int_equal(status(REFPOINT_RV_INVALID_PARAMETER, 0, false), 1);
	assert_int_equal(status(REFPOINT_RV_INVALID_STATE, 0, false), 12);
	assert_int_equal(status(REFPOINT_RV_INVALID_TYPE, 0, false), 15);
	assert_int_equal(status(12345, 0, false), 1);
}

static void statuses_of_reasons(void **data)
{
	static const struct {
		uint32_t reason;
		int plain;
		int baseline;
	} cases[] = {
		{ REFPOINT_REASON_NO_SUCH_COLLECTION, 1, 1 },
		{ REFPOINT_REASON_NO_SUCH_POINT, 1, 10 },
		{ REFPOINT_REASON_LEASE_EXPIRED, 1, 10 },
		{ REFPOINT_REASON_NO_SUCH_VOLUME, 1, 1 },
		{ REFPOINT_REASON_NO_SUCH_JOB, 1, 1 },
		{ REFPOINT_REASON_DESTROYED, 1, 10 },
		{ REFPOINT_REASON_IN_DOUBT, 14, 14 },
		{ REFPOINT_REASON_VOID, 14, 14 },
		{ REFPOINT_REASON_OTHER_GENERATION, 1, 10 },
		{ REFPOINT_REASON_GAP, 11, 11 },
		{ REFPOINT_REASON_NOT_A_MEMBER, 1, 10 },
		{ REFPOINT_REASON_OUT_OF_RANGE, 1, 1 },
		{ REFPOINT_REASON_BAD_HANDLE, 1, 10 },
		{ REFPOINT_REASON_OTHER_VOLUME, 1, 10 },
		{ REFPOINT_REASON_BACKWARDS, 1, 1 },
		{ REFPOINT_REASON_MEMBER_SUSPENDED, 12, 12 },
		{ REFPOINT_REASON_BUSY, 12, 12 },
		{ REFPOINT_REASON_DEADLINE, 13, 13 },
		{ REFPOINT_REASON_LEVEL_NOT_SERVED, 15, 15 },
		{ REFPOINT_REASON_FOREIGN_OWNER, 1, 1 },
		{ REFPOINT_REASON_NO_SPACE, 1, 1 },
		{ 9999, 1, 1 },
	};
	size_t i;

	(void)data;
	assert_int_equal(status(REFPOINT_RV_INVALID_STATE,
				REFPOINT_REASON_FOREIGN_OWNER, false), 1);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(status(REFPOINT_RV_FAILED, cases[i].reason,
					false), cases[i].plain);
		assert_int_equal(status(REFPOINT_RV_FAILED, cases[i].reason,
					true), cases[i].baseline);
	}
}

static void every_reason_has_words(void **data)
{
	uint32_t i;

	(void)data;
	for (i = 0; i <= REFPOINT_REASON_MAX; i++) {
		assert_string_not_equal(refpoint_reason_name(i), "unknown");
		assert_true(strlen(refpoint_reason_text(i)) > 5);
	}
	assert_string_equal(refpoint_reason_name(i), "unknown");
}

static void utf8(void **data)
{
	static const struct {
		const char *text;
		size_t size;
		unsigned int code;
	} cases[] = {
		{ "a", 1, 'a' },
		{ "\x7f", 1, 0x7f },
		{ "\xc2\x80", 2, 0x80 },
		{ "\xe0\xa0\x80", 3, 0x800 },
		{ "\xed\x9f\xbf", 3, 0xd7ff },
		{ "\xef\xbf\xbd", 3, 0xfffd },
		{ "\xf0\x90\x80\x80", 4, 0x10000 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\x80", 0, 0 },		/* a continuation of nothing */
		{ "\xc1\xbf", 0, 0 },		/* longer than needed */
		{ "\xe0\x9f\xbf", 0, 0 },
		{ "\xf0\x8f\xbf\xbf", 0, 0 },
		{ "\xed\xa0\x80", 0, 0 },	/* half of a pair */
		{ "\xf4\x90\x80\x80", 0, 0 },	/* beyond the last one */
		{ "\xf8\x88\x80\x80\x80", 0, 0 },
		{ "\xe2\x82", 0, 0 },		/* cut off */
		{ "\xe2\x82\"", 0, 0 },
		{ "\xff", 0, 0 },
	};
	unsigned int code;
	size_t i;

	(void)data;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (utf8_next(cases[i].text, &code) != cases[i].size)
			fail_msg("case %zu", i);
		if (cases[i].size)
			assert_int_equal(code, cases[i].code);
		assert_int_equal(utf8_valid(cases[i].text), !!cases[i].size);
	}
}

/* A device may have any name; whoever reads JSON stops at what is no UTF-8. */
static void json_is_utf8(void **data)
{
	json_object *o = json_object_new_object();
	char text[64] = "";
	FILE *was = stdout;

	(void)data;
	put_str(o, "name", "a\xff\xe2\x82");
	put_str(o, "label", "\xe2\x82\xac\n");
	stdout = fmemopen(text, sizeof(text), "w");
	output_line(o);
	fclose(stdout);
	stdout = was;
	assert_string_equal(text,
			    "{\"name\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"label\":\"\xe2\x82\xac\\n\"}\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(types),
		cmocka_unit_test(uuids),
		cmocka_unit_test(statuses_of_errors),
		cmocka_unit_test(statuses_of_values),
		cmocka_unit_test(statuses_of_reasons),
		cmocka_unit_test(every_reason_has_words),
		cmocka_unit_test(utf8),
		cmocka_unit_test(json_is_utf8),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
