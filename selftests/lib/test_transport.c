// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the library makes of what a kernel, or somebody else, may send: errors
 * and who they are about, dumps that end badly or change, foreign senders,
 * malformed messages.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake.h"

static const struct refpoint_uuid uuid_a = { { 0xaa, 1 } };
static const struct refpoint_uuid uuid_b = { { 0xbb, 2 } };

static void put_volume(struct fake *f, uint16_t flags,
		       const struct refpoint_uuid *id, const char *name)
{
	struct nl_msg *msg = fake_attrs();

	nla_put(msg, REFPOINT_A_VOLUME_ID, sizeof(id->b), id->b);
	nla_put_string(msg, REFPOINT_A_VOLUME_NAME, name);
	nla_put_u64(msg, REFPOINT_A_CAPACITY, 1 << 20);
	fake_datagram(f);
	fake_reply(f, REFPOINT_CMD_GET_VOLUME, NLM_F_MULTI | flags, msg);
}

static int list_volumes(struct fake_state *s, unsigned int *count)
{
	struct refpoint_volume *list = NULL;
	const struct refpoint_volume *v;
	int err = refpoint_volume_list(s->f->ctx, &list, s->result);

	*count = 0;
	for (v = list; v; v = refpoint_volume_next(v))
		(*count)++;
	refpoint_volume_free(list);
	return err;
}

/* ---- dumps -------------------------------------------------------------------- */

static void dump_is_read_to_its_end(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	put_volume(s->f, 0, &uuid_a, "a");
	put_volume(s->f, 0, &uuid_b, "b");
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), 0);
	assert_int_equal(n, 2);
	assert_true(refpoint_result_ok(s->result));
	assert_string_equal(refpoint_error_message(s->f->ctx), "");
}

static void dump_that_ends_in_an_error_is_an_error(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	put_volume(s->f, 0, &uuid_a, "a");
	fake_done(s->f, -EIO);
	assert_int_equal(list_volumes(s, &n), -EIO);
	assert_int_equal(n, 0);
	assert_false(refpoint_result_ok(s->result));
	/* The answer was read to its end: the socket is as good as before. */
	assert_int_equal(s->f->resets, 0);
}

static void dump_keeps_errors_that_libnl_folds(void **data)
{
	static const int errors[] = {
		-ESTALE, -ENODATA, -EOVERFLOW, -ENOSPC, -ETIMEDOUT, -EUCLEAN,
	};
	struct fake_state *s = *data;
	unsigned int i, n;

	for (i = 0; i < RP_ARRAY_SIZE(errors); i++) {
		fake_done(s->f, errors[i]);
		assert_int_equal(list_volumes(s, &n), errors[i]);
		fake_error(s->f, errors[i]);
		assert_int_equal(list_volumes(s, &n), errors[i]);
	}
}

static void dump_with_a_short_done_is_refused(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	put_volume(s->f, 0, &uuid_a, "a");
	fake_datagram(s->f);
	fake_raw(s->f, NLMSG_DONE, NLM_F_MULTI, "\0", 2);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	assert_int_equal(n, 0);
}

static void numbers_that_are_no_errors_are_refused(void **data)
{
	static const int numbers[] = { 5, INT32_MAX, -4096, INT32_MIN };
	struct fake_state *s = *data;
	unsigned int i, n;

	for (i = 0; i < RP_ARRAY_SIZE(numbers); i++) {
		fake_done(s->f, numbers[i]);
		assert_int_equal(list_volumes(s, &n), -EPROTO);
		fake_error(s->f, numbers[i]);
		assert_int_equal(list_volumes(s, &n), -EPROTO);
	}
}

static void dump_that_was_interrupted_is_read_again(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	put_volume(s->f, NLM_F_DUMP_INTR, &uuid_a, "a");
	fake_done(s->f, 0);
	put_volume(s->f, 0, &uuid_a, "a");
	put_volume(s->f, 0, &uuid_b, "b");
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(s->f->requests, 2);
}

static void dump_that_is_always_interrupted_is_given_up(void **data)
{
	struct fake_state *s = *data;
	unsigned int i, n;

	for (i = 0; i < RP_DUMP_TRIES; i++) {
		fake_datagram(s->f);
		fake_raw(s->f, NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR,
			 &(int){ 0 }, sizeof(int));
	}
	assert_int_equal(list_volumes(s, &n), -EAGAIN);
	assert_int_equal(n, 0);
}

static void dump_ended_by_an_ack_is_refused(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	fake_ack(s->f);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	assert_int_equal(s->f->resets, 1);
}

static struct nl_msg *collection(const struct refpoint_uuid *id,
				 const struct refpoint_uuid *member)
{
	struct nl_msg *msg = fake_attrs();
	struct nlattr *nest;

	nla_put(msg, REFPOINT_A_COLLECTION_ID, sizeof(id->b), id->b);
	nla_put_string(msg, REFPOINT_A_COLLECTION_NAME, "db");
	nest = nla_nest_start(msg, REFPOINT_A_MEMBER);
	nla_put(msg, REFPOINT_MEMBER_A_VOLUME_ID, sizeof(member->b), member->b);
	nla_nest_end(msg, nest);
	return msg;
}

static void object_continues_in_the_next_message(void **data)
{
	struct fake_state *s = *data;
	struct refpoint_collection *list;
	const struct refpoint_member *m;

	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_COLLECTION, NLM_F_MULTI,
		   collection(&uuid_a, &uuid_a));
	fake_reply(s->f, REFPOINT_CMD_GET_COLLECTION, NLM_F_MULTI,
		   collection(&uuid_a, &uuid_b));
	fake_reply(s->f, REFPOINT_CMD_GET_COLLECTION, NLM_F_MULTI,
		   collection(&uuid_b, &uuid_a));
	fake_done(s->f, 0);
	assert_int_equal(refpoint_collection_list(s->f->ctx, &list, s->result),
			 0);
	m = refpoint_collection_members(list);
	assert_memory_equal(refpoint_member_volume(m), &uuid_a, 16);
	m = refpoint_member_next(m);
	assert_memory_equal(refpoint_member_volume(m), &uuid_b, 16);
	assert_null(refpoint_member_next(m));
	assert_non_null(refpoint_collection_next(list));
	assert_null(refpoint_collection_next(refpoint_collection_next(list)));
	refpoint_collection_free(list);
}

static void filter_of_a_listing_can_be_refused(void **data)
{
	struct fake_state *s = *data;
	struct refpoint_point *list = NULL;
	struct nl_msg *msg = fake_result(REFPOINT_RV_INVALID_PARAMETER);

	nla_put_u32(msg, REFPOINT_A_REASON, REFPOINT_REASON_NO_SUCH_COLLECTION);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_REFERENCE_POINT, NLM_F_MULTI, msg);
	fake_done(s->f, 0);
	assert_int_equal(refpoint_point_list(s->f->ctx, "db", NULL, &list,
					     s->result), 0);
	assert_null(list);
	assert_int_equal(refpoint_result_reason(s->result),
			 REFPOINT_REASON_NO_SUCH_COLLECTION);
}

/* ---- methods --------------------------------------------------------------------- */

static void method_answer_is_kept(void **data)
{
	struct fake_state *s = *data;
	struct nl_msg *msg = fake_result(REFPOINT_RV_INVALID_STATE);

	nla_put_u32(msg, REFPOINT_A_REASON, REFPOINT_REASON_MEMBER_SUSPENDED);
	nla_put(msg, REFPOINT_A_REASON_VOLUME, 16, uuid_b.b);
	nla_put_string(msg, REFPOINT_A_MESSAGE, "vm1-data is suspended");
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_CREATE_REFERENCE_POINT, 0, msg);
	fake_ack(s->f);
	assert_int_equal(refpoint_point_create(s->f->ctx, "db", NULL, NULL,
					       NULL, s->result), 0);
	assert_false(refpoint_result_ok(s->result));
	assert_int_equal(refpoint_result_value(s->result), 5);
	assert_memory_equal(refpoint_result_volume(s->result), &uuid_b, 16);
	assert_string_equal(refpoint_result_message(s->result),
			    "vm1-data is suspended");
}

static void method_without_an_answer_is_refused(void **data)
{
	struct fake_state *s = *data;

	fake_ack(s->f);
	assert_int_equal(refpoint_collection_destroy(s->f->ctx, "db",
						     s->result), -EPROTO);
	assert_false(refpoint_result_ok(s->result));
}

static void names_of_volumes_are_resolved(void **data)
{
	static const char *const names[] = {
		"vm1", "bb020000-0000-0000-0000-000000000000"
	};
	struct fake_state *s = *data;
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);
	struct refpoint_uuid id;

	nla_put(msg, REFPOINT_A_VOLUME_ID, 16, uuid_a.b);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, 0, msg);
	fake_ack(s->f);
	msg = fake_result(REFPOINT_RV_DONE);
	nla_put(msg, REFPOINT_A_COLLECTION_ID, 16, uuid_b.b);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_DEFINE_COLLECTION, 0, msg);
	fake_ack(s->f);
	assert_int_equal(refpoint_collection_create(s->f->ctx, "db", NULL,
						    names, 2, &id, s->result),
			 0);
	assert_true(refpoint_result_ok(s->result));
	assert_memory_equal(&id, &uuid_b, 16);
	assert_int_equal(s->f->requests, 2);
	assert_memory_equal(nla_data(fake_asked(s->f, 1, REFPOINT_A_VOLUME_ID)),
			    &uuid_a, 16);
}

static void unknown_volume_is_a_refusal(void **data)
{
	static const char *const names[] = { "nope" };
	struct fake_state *s = *data;
	struct nl_msg *msg = fake_result(REFPOINT_RV_INVALID_PARAMETER);

	nla_put_u32(msg, REFPOINT_A_REASON, REFPOINT_REASON_NO_SUCH_VOLUME);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, 0, msg);
	fake_ack(s->f);
	assert_int_equal(refpoint_collection_add_member(s->f->ctx, "db", names,
							1, s->result), 0);
	assert_int_equal(refpoint_result_reason(s->result),
			 REFPOINT_REASON_NO_SUCH_VOLUME);
	assert_int_equal(s->f->requests, 1);
}

static void result_is_required(void **data)
{
	struct fake_state *s = *data;

	assert_int_equal(refpoint_collection_destroy(s->f->ctx, "db", NULL),
			 -EINVAL);
	assert_int_equal(s->f->requests, 0);
}

static void put_job(struct fake *f, uint16_t state, uint32_t code)
{
	struct nl_msg *msg = fake_result(REFPOINT_RV_DONE);

	nla_put_u64(msg, REFPOINT_A_JOB_ID, 7);
	nla_put_u16(msg, REFPOINT_A_JOB_STATE, state);
	nla_put_u32(msg, REFPOINT_A_ERROR_CODE, code);
	fake_datagram(f);
	fake_reply(f, REFPOINT_CMD_GET_JOB, 0, msg);
	fake_ack(f);
}

static uint32_t wait_for_job(struct fake_state *s)
{
	assert_int_equal(refpoint_job_wait(s->f->ctx, 7, 5000, NULL, NULL,
					   NULL, s->result), 0);
	return refpoint_result_value(s->result);
}

static void only_completed_jobs_succeed(void **data)
{
	struct fake_state *s = *data;
	uint16_t state;

	put_job(s->f, REFPOINT_JOB_NEW, 0);
	put_job(s->f, REFPOINT_JOB_SHUTTING_DOWN, 0);
	put_job(s->f, REFPOINT_JOB_COMPLETED, 0);
	assert_int_equal(wait_for_job(s), REFPOINT_RV_DONE);
	for (state = REFPOINT_JOB_TERMINATED; state < 13; state++) {
		put_job(s->f, state, 0);
		assert_int_equal(wait_for_job(s), REFPOINT_RV_FAILED);
	}
	put_job(s->f, REFPOINT_JOB_EXCEPTION, REFPOINT_RV_TIMEOUT);
	assert_int_equal(wait_for_job(s), REFPOINT_RV_TIMEOUT);
	put_job(s->f, REFPOINT_JOB_RUNNING, 0);
	assert_int_equal(refpoint_job_wait(s->f->ctx, 7, 0, NULL, NULL, NULL,
					   s->result), -ETIMEDOUT);
}

/* ---- who sent it, and what ---------------------------------------------------------- */

static void foreign_senders_are_not_heard(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	put_volume(s->f, 0, &uuid_a, "a");
	fake_done(s->f, 0);
	s->f->queue[0].sender = 4242;
	s->f->queue[1].sender = 4242;
	put_volume(s->f, 0, &uuid_b, "b");
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), 0);
	assert_int_equal(n, 1);
}

static void leftovers_are_skipped(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	fake_done(s->f, -EIO);
	s->f->queue[0].seq_off = -1;
	put_volume(s->f, 0, &uuid_b, "b");
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), 0);
	assert_int_equal(n, 1);
}

static void malformed_messages_are_refused(void **data)
{
	struct fake_state *s = *data;
	struct nl_msg *msg;
	unsigned int n;

	/* a message that is longer than its datagram */
	put_volume(s->f, 0, &uuid_a, "a");
	s->f->queue[0].size -= 8;
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	/* no room for the header of generic netlink */
	fake_datagram(s->f);
	fake_raw(s->f, FAKE_FAMILY, NLM_F_MULTI, "x", 1);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	/* another family's message */
	fake_datagram(s->f);
	fake_raw(s->f, FAKE_FAMILY + 1, NLM_F_MULTI, "12345678", 8);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	/* an error message without an error */
	fake_datagram(s->f);
	fake_raw(s->f, NLMSG_ERROR, 0, "12", 2);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	/* a number of the wrong width */
	msg = fake_attrs();
	nla_put(msg, REFPOINT_A_VOLUME_ID, 16, uuid_a.b);
	nla_put_u32(msg, REFPOINT_A_CAPACITY, 1);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, NLM_F_MULTI, msg);
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	/* a UUID that is cut short */
	msg = fake_attrs();
	nla_put(msg, REFPOINT_A_VOLUME_ID, 15, uuid_a.b);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, NLM_F_MULTI, msg);
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
	/* an attribute that is longer than its message */
	msg = fake_attrs();
	nla_put(msg, REFPOINT_A_VOLUME_ID, 16, uuid_a.b);
	((struct nlattr *)nlmsg_data(nlmsg_hdr(msg)))->nla_len = 200;
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, NLM_F_MULTI, msg);
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), -EPROTO);
}

static void unknown_attributes_are_skipped(void **data)
{
	struct fake_state *s = *data;
	struct nl_msg *msg = fake_attrs();
	unsigned int n;

	nla_put(msg, REFPOINT_A_VOLUME_ID, 16, uuid_a.b);
	nla_put_u32(msg, REFPOINT_A_MAX + 7, 1);
	fake_datagram(s->f);
	fake_reply(s->f, REFPOINT_CMD_GET_VOLUME, NLM_F_MULTI, msg);
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), 0);
	assert_int_equal(n, 1);
}

static void errors_do_not_outlive_their_call(void **data)
{
	struct fake_state *s = *data;
	unsigned int n;

	fake_error(s->f, -EPERM);
	assert_int_equal(list_volumes(s, &n), -EPERM);
	assert_non_null(strstr(refpoint_error_message(s->f->ctx),
			       "CAP_SYS_ADMIN"));
	fake_done(s->f, 0);
	assert_int_equal(list_volumes(s, &n), 0);
	assert_string_equal(refpoint_error_message(s->f->ctx), "");
	s->f->send_error = -ECONNREFUSED;
	assert_int_equal(list_volumes(s, &n), -ECONNREFUSED);
}

#define TEST(_name)	cmocka_unit_test_setup_teardown(_name, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(dump_is_read_to_its_end),
		TEST(dump_that_ends_in_an_error_is_an_error),
		TEST(dump_keeps_errors_that_libnl_folds),
		TEST(dump_with_a_short_done_is_refused),
		TEST(numbers_that_are_no_errors_are_refused),
		TEST(dump_that_was_interrupted_is_read_again),
		TEST(dump_that_is_always_interrupted_is_given_up),
		TEST(dump_ended_by_an_ack_is_refused),
		TEST(object_continues_in_the_next_message),
		TEST(filter_of_a_listing_can_be_refused),
		TEST(method_answer_is_kept),
		TEST(method_without_an_answer_is_refused),
		TEST(names_of_volumes_are_resolved),
		TEST(unknown_volume_is_a_refusal),
		TEST(result_is_required),
		TEST(only_completed_jobs_succeed),
		TEST(foreign_senders_are_not_heard),
		TEST(leftovers_are_skipped),
		TEST(malformed_messages_are_refused),
		TEST(unknown_attributes_are_skipped),
		TEST(errors_do_not_outlive_their_call),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("transport", tests, NULL, NULL);
}
