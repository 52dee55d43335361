// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of devices between people and the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "priv.h"

static void names_are_shown_as_text(void **data)
{
	static const struct {
		const char *kernel;
		const char *shown;
	} cases[] = {
		{ "db", "db" },
		{ "", "" },
		{ "my\\x20vol", "my vol" },
		{ "my vol", "my vol" },
		{ "\\x20", " " },
		{ "a\\x20b\\x20c", "a b c" },
		{ "caf\\xc3\\xa9", "caf\xc3\xa9" },
		{ "a\\x5cx20b", "a\\x5cx20b" },	/* would be read otherwise */
		{ "a\\x00b", "a\\x00b" },
		{ "a\\x0ab\\x20c", "a\\x0ab\\x20c" },	/* would not be text */
		{ "a\\xffb", "a\\xffb" },
		{ "a\\xc2\\x9bb", "a\\xc2\\x9bb" },
		{ "cut\\x2", "cut\\x2" },
		{ "cut\\", "cut\\" },
		{ "\\xzz", "\\xzz" },
	};
	char text[REFPOINT_NAME_MAX + 1];
	size_t i;

	(void)data;
	for (i = 0; i < RP_ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].kernel);
		rp_dm_name_unmangle(text);
		assert_string_equal(text, cases[i].shown);
	}
}

static void names_are_written_as_the_kernel_has_them(void **data)
{
	char text[REFPOINT_NAME_MAX + 1], name[REFPOINT_NAME_MAX + 1];

	(void)data;
	assert_false(rp_dm_name_mangle("db-1.2_#+:=@", text));
	assert_false(rp_dm_name_mangle("my\\x20vol", text));
	assert_true(rp_dm_name_mangle("my vol", text));
	assert_string_equal(text, "my\\x20vol");
	assert_true(rp_dm_name_mangle("a\\b", text));
	assert_string_equal(text, "a\\x5cb");
	assert_true(rp_dm_name_mangle("caf\xc3\xa9", text));
	assert_string_equal(text, "caf\\xc3\\xa9");

	/* As long as a name may be, and one byte more. */
	memset(name, 'x', sizeof(name));
	name[REFPOINT_NAME_MAX - 3] = '\0';
	name[0] = ' ';
	assert_true(rp_dm_name_mangle(name, text));
	assert_int_equal(strlen(text), REFPOINT_NAME_MAX);
	name[REFPOINT_NAME_MAX - 3] = 'x';
	name[REFPOINT_NAME_MAX - 2] = '\0';
	assert_false(rp_dm_name_mangle(name, text));
}

static void names_in_sentences_are_shown_as_text(void **data)
{
	static const struct {
		const char *kernel;
		const char *shown;
	} cases[] = {
		{ "volume \"my\\x20vol\" is suspended",
		  "volume \"my vol\" is suspended" },
		{ "volume \"a\\x20b\", volume \"c\\x20d\"",
		  "volume \"a b\", volume \"c d\"" },
		{ "collection \"a\\x20b\"", "collection \"a\\x20b\"" },
		{ "volume \"my\\x20vol", "volume \"my\\x20vol" },
		{ "", "" },
	};
	char text[128];
	size_t i;

	(void)data;
	for (i = 0; i < RP_ARRAY_SIZE(cases); i++) {
		snprintf(text, sizeof(text), "%s", cases[i].kernel);
		rp_dm_name_unmangle_in(text);
		assert_string_equal(text, cases[i].shown);
	}
}

static void paths_of_devices_are_names(void **data)
{
	static const struct {
		const char *path;
		const char *name;
	} cases[] = {
		{ "/dev/mapper/no such node", "no such node" },
		{ "/dev/mapper/no\\x20such", "no\\x20such" },
		{ "/dev/mapper/a\nb\n", "a\nb\n" },
		{ "/dev/mapper/", NULL },
		{ "/dev/mapper/a/b", NULL },
		{ "/dev/mapper", NULL },
		{ "/dev/null", NULL },
		{ "/no/such/node", NULL },
		{ "dev/mapper/db", NULL },
	};
	char name[REFPOINT_NAME_MAX + 1], path[2 * REFPOINT_NAME_MAX];
	const char *want;
	size_t i;

	(void)data;
	for (i = 0; i < RP_ARRAY_SIZE(cases); i++) {
		want = cases[i].name;
		assert_int_equal(rp_dm_name_of_path(cases[i].path, name),
				 want ? RP_DM_PATH_TYPED : RP_DM_PATH_NONE);
		if (want)
			assert_string_equal(name, want);
	}
	snprintf(path, sizeof(path), "/dev/mapper/%0*d", REFPOINT_NAME_MAX, 7);
	assert_int_equal(rp_dm_name_of_path(path, name), RP_DM_PATH_TYPED);
	assert_string_equal(name, path + strlen("/dev/mapper/"));
	snprintf(path, sizeof(path), "/dev/mapper/%0*d", REFPOINT_NAME_MAX + 1, 7);
	assert_int_equal(rp_dm_name_of_path(path, name), RP_DM_PATH_NONE);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_shown_as_text),
		cmocka_unit_test(names_are_written_as_the_kernel_has_them),
		cmocka_unit_test(names_in_sentences_are_shown_as_text),
		cmocka_unit_test(paths_of_devices_are_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("dm_name", tests, NULL, NULL);
}
