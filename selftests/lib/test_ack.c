// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The extended ACK: which attribute an error is about, in words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "fake.h"

/* An error for the request to come, with the attributes of @tlvs. */
static void extack(struct fake *f, int err, bool capped, uint32_t echoed,
		   struct nl_msg *tlvs)
{
	unsigned char payload[4096] = { 0 };
	struct nlmsgerr *e = (struct nlmsgerr *)payload;
	size_t used = sizeof(*e);
	size_t len = nlmsg_datalen(nlmsg_hdr(tlvs));

	e->error = err;
	e->msg.nlmsg_len = echoed;
	if (!capped)
		used += NLMSG_ALIGN(echoed) - sizeof(e->msg);
	memcpy(payload + used, nlmsg_data(nlmsg_hdr(tlvs)), len);
	fake_datagram(f);
	fake_raw(f, NLMSG_ERROR, NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0),
		 payload, used + len);
	nlmsg_free(tlvs);
}

static int mark(struct fake_state *s)
{
	return refpoint_volume_mark(s->f->ctx,
				    "aa010000-0000-0000-0000-000000000000",
				    1, 2, "why", s->result);
}

static void extack_names_the_attribute(void **data)
{
	struct fake_state *s = *data;
	struct nl_msg *msg;
	bool capped;

	for (capped = false;; capped = true) {
		msg = fake_attrs();
		nla_put_string(msg, NLMSGERR_ATTR_MSG, "it is odd");
		/* header 20, volume-id 20, reason-text 8: then start */
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS, 48);
		extack(s->f, -EINVAL, capped, 100, msg);
		assert_int_equal(mark(s), -EINVAL);
		assert_string_equal(refpoint_error_attribute(s->f->ctx),
				    "start");
		assert_string_equal(refpoint_error_message(s->f->ctx),
				    "it is odd (attribute start)");
		assert_string_equal(refpoint_result_message(s->result),
				    "it is odd (attribute start)");
		if (capped)
			break;
	}
}

static void extack_names_what_is_missing(void **data)
{
	struct fake_state *s = *data;
	struct nl_msg *msg = fake_attrs();

	nla_put_u32(msg, NLMSGERR_ATTR_MISS_TYPE, REFPOINT_A_LENGTH);
	extack(s->f, -EINVAL, true, 100, msg);
	assert_int_equal(mark(s), -EINVAL);
	assert_string_equal(refpoint_error_attribute(s->f->ctx), "length");
	assert_non_null(strstr(refpoint_error_message(s->f->ctx),
			       "length is missing"));
}

static void extack_names_a_setting(void **data)
{
	struct fake_state *s = *data;
	struct refpoint_point_options *o = refpoint_point_options_new();
	struct nl_msg *msg = fake_attrs();

	refpoint_point_options_set_consistency(o, 99, true);
	nla_put_string(msg, NLMSGERR_ATTR_MSG, "out of range");
	/* header 20, collection-name 8, point-type 8, settings 4 + 8 */
	nla_put_u32(msg, NLMSGERR_ATTR_OFFS, 20 + 8 + 8 + 4);
	extack(s->f, -ERANGE, true, 100, msg);
	assert_int_equal(refpoint_point_create(s->f->ctx, "db", o, NULL, NULL,
					       s->result), -ERANGE);
	assert_string_equal(refpoint_error_attribute(s->f->ctx),
			    "settings.consistency");
	refpoint_point_options_free(o);
}

static void extack_that_lies_about_itself_does_no_harm(void **data)
{
	static const uint32_t offsets[] = { 0, 3, 19, 21, 41, 4000, UINT32_MAX };
	struct fake_state *s = *data;
	struct nl_msg *msg;
	unsigned int i;

	for (i = 0; i < RP_ARRAY_SIZE(offsets); i++) {
		msg = fake_attrs();
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS, offsets[i]);
		extack(s->f, -EINVAL, true, 100, msg);
		assert_int_equal(mark(s), -EINVAL);
		assert_null(refpoint_error_attribute(s->f->ctx));
	}
	/* It says that it echoes more than there is. */
	fake_datagram(s->f);
	fake_raw(s->f, NLMSG_ERROR, NLM_F_ACK_TLVS,
		 &(struct nlmsgerr){ -EINVAL, { .nlmsg_len = 0x7fffffff } },
		 sizeof(struct nlmsgerr));
	assert_int_equal(mark(s), -EPROTO);
}

#define TEST(_name)	cmocka_unit_test_setup_teardown(_name, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(extack_names_the_attribute),
		TEST(extack_names_what_is_missing),
		TEST(extack_names_a_setting),
		TEST(extack_that_lies_about_itself_does_no_harm),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ack", tests, NULL, NULL);
}
