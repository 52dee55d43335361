// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The iterator over changes: complete, or an error; never short (I1).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake.h"

#define VOLUME	"aa010000-0000-0000-0000-000000000000"
#define W	REFPOINT_KIND_WRITTEN
#define Z	REFPOINT_KIND_ZEROED
#define D	REFPOINT_KIND_DISCARDED
#define U	REFPOINT_KIND_UNKNOWN

static const uint64_t capacity = 1000;

struct state {
	struct fake *f;
	struct refpoint_result *result;
	struct refpoint_changes_options *options;
	struct refpoint_changes *changes;
	uint8_t generation;
};

static int setup(void **data)
{
	struct state *s = calloc(1, sizeof(*s));

	s->f = fake_new();
	s->result = refpoint_result_new();
	s->options = refpoint_changes_options_new();
	refpoint_changes_options_set_from_all(s->options);
	s->generation = 1;
	*data = s;
	return 0;
}

static int teardown(void **data)
{
	struct state *s = *data;

	refpoint_changes_close(s->changes);
	fake_free(s->f);
	refpoint_changes_options_free(s->options);
	refpoint_result_free(s->result);
	free(s);
	return 0;
}

/* A page that answers for @processed bytes, with these extents. */
static void page(struct state *s, uint64_t processed, bool complete,
		 unsigned int nr, const struct refpoint_extent *extents)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	uint8_t generation[16] = { s->generation };

	nla_put(msg, REFPOINT_A_GENERATION, 16, generation);
	nla_put_u64(msg, REFPOINT_A_CAPACITY_TO, capacity);
	nla_put_u64(msg, REFPOINT_A_PROCESSED, processed);
	nla_put_u8(msg, REFPOINT_A_COMPLETE, complete);
	nla_put_u64(msg, REFPOINT_A_LEASE, 77);
	if (nr)
		nla_put(msg, REFPOINT_A_EXTENTS, nr * sizeof(*extents),
			extents);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_CHANGES, 0, msg);
	fake_ack(s->f);
}

#define PAGE(s, processed, complete, ...) do { \
	static const struct refpoint_extent _e[] = { __VA_ARGS__ }; \
	page(s, processed, complete, RP_ARRAY_SIZE(_e), _e); \
} while (0)

static void refuse(struct state *s, uint32_t value, uint32_t reason)
{
	struct nl_msg *msg = fake_result(value);

	nla_put_u32(msg, REFPOINT_A_REASON, reason);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_CHANGES, 0, msg);
	fake_ack(s->f);
}

static int open_changes(struct state *s)
{
	return refpoint_changes_open(s->f->ctx, VOLUME, s->options, &s->changes,
				     s->result);
}

static int next(struct state *s, struct refpoint_extent *e)
{
	return refpoint_changes_next(s->changes, e, s->result);
}

static void expect(struct state *s, uint64_t offset, uint64_t length,
		   uint32_t kinds)
{
	struct refpoint_extent e;

	assert_int_equal(next(s, &e), 1);
	assert_int_equal(e.offset, offset);
	assert_int_equal(e.length, length);
	assert_int_equal(e.kinds, kinds);
}

static void expect_end(struct state *s, int ret)
{
	struct refpoint_extent e;

	assert_int_equal(next(s, &e), ret);
	assert_int_equal(refpoint_changes_complete(s->changes), !ret);
	/* It stays so. */
	assert_int_equal(next(s, &e), ret);
}

/* ---- what is right ------------------------------------------------------------- */

static void pages_are_strung_together(void **data)
{
	struct state *s = *data;
	struct refpoint_changes_totals totals = { .size = sizeof(totals) };

	PAGE(s, 400, false, { 0, 100, W, 0 }, { 300, 50, Z, 0 });
	page(s, 100, false, 0, NULL);		/* an empty one is legal */
	PAGE(s, 500, true, { 600, 10, D, 0 }, { 990, 10, U, 0 });
	assert_int_equal(open_changes(s), 0);
	expect(s, 0, 100, W);
	expect(s, 300, 50, Z);
	expect(s, 600, 10, D);
	expect(s, 990, 10, U);
	expect_end(s, 0);
	assert_int_equal(s->f->requests, 3);
	assert_null(fake_asked(s->f, 0, REFPOINT_A_LEASE));
	assert_int_equal(nla_get_u64(fake_asked(s->f, 1, REFPOINT_A_LEASE)), 77);
	assert_int_equal(nla_get_u64(fake_asked(s->f, 1, REFPOINT_A_START)), 400);
	assert_int_equal(nla_get_u64(fake_asked(s->f, 2, REFPOINT_A_START)), 500);
	assert_int_equal(refpoint_changes_summary(s->changes, &totals,
						  s->result), 0);
	assert_int_equal(totals.extents, 4);
	assert_int_equal(totals.bytes, 170);
	assert_int_equal(totals.written, 100);
	assert_int_equal(totals.zeroed, 50);
	assert_int_equal(totals.discarded, 10);
	assert_int_equal(totals.unknown, 10);
}

static void range_is_passed_on_by_pages(void **data)
{
	struct state *s = *data;

	refpoint_changes_options_set_range(s->options, 100, 300);
	PAGE(s, 100, false, { 150, 10, W, 0 });
	PAGE(s, 200, true, { 390, 10, W, 0 });
	assert_int_equal(open_changes(s), 0);
	expect(s, 150, 10, W);
	expect(s, 390, 10, W);
	expect_end(s, 0);
	assert_int_equal(nla_get_u64(fake_asked(s->f, 1, REFPOINT_A_START)), 200);
	assert_int_equal(nla_get_u64(fake_asked(s->f, 1, REFPOINT_A_LENGTH)), 200);
}

static void extents_that_touch_are_joined_over_pages(void **data)
{
	struct state *s = *data;

	PAGE(s, 200, false, { 100, 100, Z, 0 });
	PAGE(s, 800, true, { 200, 50, Z, 0 }, { 250, 50, W, 0 });
	assert_int_equal(open_changes(s), 0);
	expect(s, 100, 150, Z);
	expect(s, 250, 50, W);
	expect_end(s, 0);
}

static void near_extents_are_joined(void **data)
{
	struct state *s = *data;

	refpoint_changes_options_set_merge_gap(s->options, 50);
	PAGE(s, 150, false, { 0, 10, W, 0 }, { 60, 10, W, 0 });
	PAGE(s, 850, true, { 150, 10, W, 0 }, { 210, 10, W, 0 },
	     { 221, 10, U, 0 });
	assert_int_equal(open_changes(s), 0);
	expect(s, 0, 70, W);		/* 50 apart: joined */
	expect(s, 150, 70, W);		/* 80 apart: not */
	expect(s, 221, 10, U);		/* of another kind: not */
	expect_end(s, 0);
}

/* Bytes that did not change must not be called zeroed or discarded (I13). */
static void holes_are_never_zeroed_or_discarded(void **data)
{
	struct state *s = *data;

	refpoint_changes_options_set_merge_gap(s->options, 500);
	PAGE(s, 1000, true, { 0, 10, Z, 0 }, { 20, 10, Z, 0 },
	     { 40, 10, D, 0 }, { 60, 10, D, 0 }, { 80, 10, W | Z, 0 },
	     { 100, 10, W | Z, 0 });
	assert_int_equal(open_changes(s), 0);
	expect(s, 0, 10, Z);
	expect(s, 20, 10, Z);
	expect(s, 40, 10, D);
	expect(s, 60, 10, D);
	expect(s, 80, 10, W | Z);
	expect(s, 100, 10, W | Z);
	expect_end(s, 0);
}

static void unknown_kinds_are_copied(void **data)
{
	struct state *s = *data;

	PAGE(s, 1000, true, { 0, 10, 0x100, 0 });
	assert_int_equal(open_changes(s), 0);
	expect(s, 0, 10, 0x100 | W);
	expect_end(s, 0);
}

static void extents_may_come_in_two_attributes(void **data)
{
	static const struct refpoint_extent e[] = {
		{ 0, 10, W, 0 }, { 20, 10, W, 0 },
	};
	struct state *s = *data;
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	uint8_t generation[16] = { 1 };

	nla_put(msg, REFPOINT_A_GENERATION, 16, generation);
	nla_put_u64(msg, REFPOINT_A_CAPACITY_TO, capacity);
	nla_put_u64(msg, REFPOINT_A_NEXT_START, capacity);
	nla_put_u8(msg, REFPOINT_A_COMPLETE, 1);
	nla_put(msg, REFPOINT_A_EXTENTS, sizeof(e[0]), &e[0]);
	nla_put(msg, REFPOINT_A_EXTENTS, sizeof(e[1]), &e[1]);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_CHANGES, 0, msg);
	fake_ack(s->f);
	assert_int_equal(open_changes(s), 0);
	expect(s, 0, 10, W);
	expect(s, 20, 10, W);
	expect_end(s, 0);
}

/* ---- what is not ------------------------------------------------------------------ */

static void refusal_leaves_no_iterator(void **data)
{
	struct state *s = *data;

	refuse(s, REFPOINT_RV_FAILED, REFPOINT_REASON_OTHER_GENERATION);
	assert_int_equal(open_changes(s), 0);
	assert_null(s->changes);
	assert_int_equal(refpoint_result_reason(s->result),
			 REFPOINT_REASON_OTHER_GENERATION);
}

static void nowhere_is_no_baseline(void **data)
{
	struct state *s = *data;
	struct refpoint_changes_options *o = refpoint_changes_options_new();

	assert_int_equal(refpoint_changes_open(s->f->ctx, VOLUME, o,
					       &s->changes, s->result),
			 -EINVAL);
	refpoint_changes_options_free(o);
}

static void later_refusal_is_an_error(void **data)
{
	struct state *s = *data;

	PAGE(s, 400, false, { 0, 100, W, 0 });
	refuse(s, REFPOINT_RV_FAILED, REFPOINT_REASON_DESTROYED);
	assert_int_equal(open_changes(s), 0);
	expect_end(s, -EREMOTEIO);
	assert_int_equal(refpoint_result_reason(s->result),
			 REFPOINT_REASON_DESTROYED);
}

static void expired_lease_is_asked_for_anew(void **data)
{
	struct state *s = *data;

	PAGE(s, 400, false, { 0, 100, W, 0 });
	refuse(s, REFPOINT_RV_FAILED, REFPOINT_REASON_LEASE_EXPIRED);
	PAGE(s, 600, true, { 500, 100, W, 0 });
	assert_int_equal(open_changes(s), 0);
	expect(s, 0, 100, W);
	expect(s, 500, 100, W);
	expect_end(s, 0);
	assert_null(fake_asked(s->f, 2, REFPOINT_A_LEASE));
}

/* And when a point is gone meanwhile, that is what the caller hears. */
static void expired_lease_of_a_destroyed_point_is_an_error(void **data)
{
	struct state *s = *data;

	PAGE(s, 400, false, { 0, 100, W, 0 });
	refuse(s, REFPOINT_RV_INVALID_STATE, REFPOINT_REASON_LEASE_EXPIRED);
	refuse(s, REFPOINT_RV_INVALID_STATE, REFPOINT_REASON_DESTROYED);
	assert_int_equal(open_changes(s), 0);
	expect_end(s, -EREMOTEIO);
	assert_int_equal(refpoint_result_reason(s->result),
			 REFPOINT_REASON_DESTROYED);
	assert_false(refpoint_changes_complete(s->changes));
}

static void new_history_on_the_way_is_an_error(void **data)
{
	struct state *s = *data;

	PAGE(s, 400, false, { 0, 100, W, 0 });
	s->generation = 2;
	PAGE(s, 600, true, { 500, 100, W, 0 });
	assert_int_equal(open_changes(s), 0);
	expect_end(s, -ESTALE);
}

static void error_of_the_kernel_is_kept(void **data)
{
	struct state *s = *data;

	PAGE(s, 400, false, { 0, 100, W, 0 });
	fake_error(s->f, -EOVERFLOW);
	assert_int_equal(open_changes(s), 0);
	expect_end(s, -EOVERFLOW);
}

/* The first page is wrong in one way each. */
static void wrong_pages_are_refused(void **data)
{
	struct state *s = *data;

	page(s, 0, false, 0, NULL);			/* no progress */
	assert_int_equal(open_changes(s), -EPROTO);
	page(s, 999, true, 0, NULL);			/* ends early */
	assert_int_equal(open_changes(s), -EPROTO);
	page(s, UINT64_MAX, false, 0, NULL);		/* goes too far */
	assert_int_equal(open_changes(s), -EPROTO);
	PAGE(s, 1000, true, { 0, 20, W, 0 }, { 10, 20, W, 0 });
	assert_int_equal(open_changes(s), -EPROTO);	/* overlap */
	PAGE(s, 1000, true, { 100, 10, W, 0 }, { 0, 10, W, 0 });
	assert_int_equal(open_changes(s), -EPROTO);	/* out of order */
	PAGE(s, 1000, true, { 0, 0, W, 0 });
	assert_int_equal(open_changes(s), -EPROTO);	/* empty */
	PAGE(s, 1000, true, { 0, 10, 0, 0 });
	assert_int_equal(open_changes(s), -EPROTO);	/* of no kind */
	PAGE(s, 1000, true, { 10, UINT64_MAX, W, 0 });
	assert_int_equal(open_changes(s), -EPROTO);	/* wraps round */
	PAGE(s, 1000, true, { 995, 10, W, 0 });
	assert_int_equal(open_changes(s), -EPROTO);	/* beyond the end */
	PAGE(s, 500, false, { 600, 10, W, 0 });
	assert_int_equal(open_changes(s), -EPROTO);	/* beyond the page */
	assert_null(s->changes);
}

static void page_before_the_last_one_is_refused(void **data)
{
	struct state *s = *data;

	PAGE(s, 400, false, { 0, 100, W, 0 });
	PAGE(s, 600, true, { 350, 100, W, 0 });
	assert_int_equal(open_changes(s), 0);
	expect_end(s, -EPROTO);
	assert_non_null(strstr(refpoint_error_message(s->f->ctx), "overlap"));
}

static void half_an_extent_is_refused(void **data)
{
	struct state *s = *data;
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	uint8_t generation[16] = { 1 };

	nla_put(msg, REFPOINT_A_GENERATION, 16, generation);
	nla_put_u64(msg, REFPOINT_A_CAPACITY_TO, capacity);
	nla_put_u64(msg, REFPOINT_A_PROCESSED, capacity);
	nla_put_u8(msg, REFPOINT_A_COMPLETE, 1);
	nla_put(msg, REFPOINT_A_EXTENTS, 23, "12345678123456781234567");
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_CHANGES, 0, msg);
	fake_ack(s->f);
	assert_int_equal(open_changes(s), -EPROTO);
}

static void summary_needs_the_whole_list(void **data)
{
	struct state *s = *data;
	struct refpoint_changes_totals totals = { .size = sizeof(totals) };

	PAGE(s, 400, false, { 0, 100, W, 0 });
	fake_error(s->f, -EIO);
	assert_int_equal(open_changes(s), 0);
	assert_int_equal(refpoint_changes_summary(s->changes, &totals,
						  s->result), -EIO);
}

#define TEST(_name)	cmocka_unit_test_setup_teardown(_name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(pages_are_strung_together),
		TEST(range_is_passed_on_by_pages),
		TEST(extents_that_touch_are_joined_over_pages),
		TEST(near_extents_are_joined),
		TEST(holes_are_never_zeroed_or_discarded),
		TEST(unknown_kinds_are_copied),
		TEST(extents_may_come_in_two_attributes),
		TEST(refusal_leaves_no_iterator),
		TEST(nowhere_is_no_baseline),
		TEST(later_refusal_is_an_error),
		TEST(expired_lease_is_asked_for_anew),
		TEST(expired_lease_of_a_destroyed_point_is_an_error),
		TEST(new_history_on_the_way_is_an_error),
		TEST(error_of_the_kernel_is_kept),
		TEST(wrong_pages_are_refused),
		TEST(page_before_the_last_one_is_refused),
		TEST(half_an_extent_is_refused),
		TEST(summary_needs_the_whole_list),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("changes", tests, NULL, NULL);
}
