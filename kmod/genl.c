// SPDX-License-Identifier: GPL-2.0-only
/*
 * genl.c - policies and the table of operations, nothing else
 *
 * The same as Documentation/netlink/specs/refpoint.yaml says, by hand: the
 * kernels served have no split operations in common. A policy for each
 * operation, every attribute bounded; what a policy does not list is refused
 * by the core (no resv_start_op, no GENL_DONT_VALIDATE_*).
 *
 * Every operation needs CAP_NET_ADMIN by its flag and CAP_SYS_ADMIN by
 * rp_nl_check_do() or rp_nl_check_dump(), which the wrappers below put before
 * the handlers. Wrappers and not the family's pre_doit, which is not run for
 * dumps, and whose prototype differs between the kernels.
 */
#include "genl.h"
#include "netlink.h"

#define UUID_POLICY	NLA_POLICY_EXACT_LEN(REFPOINT_UUID_LEN)
#define STRING_POLICY(max)	{ .type = NLA_NUL_STRING, .len = (max) }
#define BYTES_POLICY(max)	{ .type = NLA_BINARY, .len = (max) }

/*
 * Positions and lengths: bytes of a device, which loff_t can hold. Not const,
 * because the policies of 6.1 point to them without it.
 */
static struct netlink_range_validation bytes_range = { .max = S64_MAX };
static struct netlink_range_validation id_range = {
	.min = 1,
	.max = U64_MAX,
};

static const struct nla_policy settings_policy[] = {
	[REFPOINT_SETTINGS_A_CONSISTENCY] = { .type = NLA_U8 },
	[REFPOINT_SETTINGS_A_REQUIRE] = NLA_POLICY_MAX(NLA_U8, 1),
	[REFPOINT_SETTINGS_A_DEADLINE_MS] = { .type = NLA_U32 },
	[REFPOINT_SETTINGS_A_CUT_ID] = UUID_POLICY,
	[REFPOINT_SETTINGS_A_TAG] = BYTES_POLICY(REFPOINT_TAG_MAX),
	[REFPOINT_SETTINGS_A_VENDOR] = BYTES_POLICY(REFPOINT_VENDOR_MAX),
};

static const struct nla_policy create_point_policy[] = {
	[REFPOINT_A_COLLECTION_ID] = UUID_POLICY,
	[REFPOINT_A_COLLECTION_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
	[REFPOINT_A_POINT_ID] = UUID_POLICY,
	[REFPOINT_A_POINT_TYPE] = { .type = NLA_U16 },
	[REFPOINT_A_SETTINGS] = NLA_POLICY_NESTED(settings_policy),
	[REFPOINT_A_ONLY_VOLUME] = UUID_POLICY,
	[REFPOINT_A_EXCEPT_VOLUME] = UUID_POLICY,
	[REFPOINT_A_OWNER] = STRING_POLICY(REFPOINT_OWNER_MAX),
	[REFPOINT_A_LABEL] = STRING_POLICY(REFPOINT_LABEL_MAX),
	[REFPOINT_A_WAIT_MS] = NLA_POLICY_MAX(NLA_U32, 1000),
};

/* DESTROY_REFERENCE_POINT and REMOVE_ASSOCIATED_DATA */
static const struct nla_policy end_point_policy[] = {
	[REFPOINT_A_POINT_ID] = UUID_POLICY,
	[REFPOINT_A_OWNER] = STRING_POLICY(REFPOINT_OWNER_MAX),
	[REFPOINT_A_WAIT_MS] = NLA_POLICY_MAX(NLA_U32, 1000),
	[REFPOINT_A_FORCE] = { .type = NLA_FLAG },
};

/* One policy for do and dump: rp_nl_check_*() tell them apart. */
static const struct nla_policy get_point_policy[] = {
	[REFPOINT_A_COLLECTION_ID] = UUID_POLICY,
	[REFPOINT_A_COLLECTION_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
	[REFPOINT_A_POINT_ID] = UUID_POLICY,
	[REFPOINT_A_OWNER] = STRING_POLICY(REFPOINT_OWNER_MAX),
};

static const struct nla_policy get_changes_policy[] = {
	[REFPOINT_A_VOLUME_ID] = UUID_POLICY,
	[REFPOINT_A_VOLUME_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
	[REFPOINT_A_FROM_POINT] = UUID_POLICY,
	[REFPOINT_A_FROM_HANDLE] = STRING_POLICY(REFPOINT_HANDLE_MAX),
	[REFPOINT_A_FROM_ALL] = { .type = NLA_FLAG },
	[REFPOINT_A_TO_POINT] = UUID_POLICY,
	[REFPOINT_A_TO_HANDLE] = STRING_POLICY(REFPOINT_HANDLE_MAX),
	[REFPOINT_A_START] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[REFPOINT_A_LENGTH] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[REFPOINT_A_GRANULARITY] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[REFPOINT_A_MAX_EXTENTS] = NLA_POLICY_RANGE(NLA_U32, 1,
						    REFPOINT_EXTENTS_MAX),
	[REFPOINT_A_ALLOW_UNKNOWN] = { .type = NLA_FLAG },
	[REFPOINT_A_LEASE] = { .type = NLA_U64 },
};

static const struct nla_policy collection_policy[] = {
	[REFPOINT_A_COLLECTION_ID] = UUID_POLICY,
	[REFPOINT_A_COLLECTION_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
};

static const struct nla_policy rename_policy[] = {
	[REFPOINT_A_COLLECTION_ID] = UUID_POLICY,
	[REFPOINT_A_COLLECTION_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
	[REFPOINT_A_NEW_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
};

/* DEFINE_COLLECTION, ADD_MEMBER, REMOVE_MEMBER */
static const struct nla_policy members_policy[] = {
	[REFPOINT_A_COLLECTION_ID] = UUID_POLICY,
	[REFPOINT_A_COLLECTION_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
	[REFPOINT_A_VOLUME_ID] = UUID_POLICY,
};

static const struct nla_policy volume_policy[] = {
	[REFPOINT_A_VOLUME_ID] = UUID_POLICY,
	[REFPOINT_A_VOLUME_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
};

static const struct nla_policy mark_changed_policy[] = {
	[REFPOINT_A_VOLUME_ID] = UUID_POLICY,
	[REFPOINT_A_VOLUME_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
	[REFPOINT_A_START] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[REFPOINT_A_LENGTH] = NLA_POLICY_FULL_RANGE(NLA_U64, &bytes_range),
	[REFPOINT_A_REASON_TEXT] = STRING_POLICY(REFPOINT_REASON_TEXT_MAX),
};

static const struct nla_policy new_generation_policy[] = {
	[REFPOINT_A_VOLUME_ID] = UUID_POLICY,
	[REFPOINT_A_VOLUME_NAME] = STRING_POLICY(REFPOINT_NAME_MAX),
	[REFPOINT_A_REASON_TEXT] = STRING_POLICY(REFPOINT_REASON_TEXT_MAX),
};

static const struct nla_policy job_policy[] = {
	[REFPOINT_A_JOB_ID] = NLA_POLICY_FULL_RANGE(NLA_U64, &id_range),
};

static const struct nla_policy request_job_policy[] = {
	[REFPOINT_A_JOB_ID] = NLA_POLICY_FULL_RANGE(NLA_U64, &id_range),
	[REFPOINT_A_REQUESTED_STATE] = NLA_POLICY_RANGE(NLA_U16,
							REFPOINT_REQUEST_START,
							REFPOINT_REQUEST_SERVICE),
};

#define RP_DO(handler)							\
static int handler##_checked(struct sk_buff *skb, struct genl_info *info) \
{									\
	int err = rp_nl_check_do(skb, info);				\
									\
	return err ?: handler(skb, info);				\
}

#define RP_START(handler)						\
static int handler##_checked(struct netlink_callback *cb)		\
{									\
	int err = rp_nl_check_dump(cb);					\
									\
	return err ?: handler(cb);					\
}

RP_DO(rp_nl_create_point)
RP_DO(rp_nl_destroy_point)
RP_DO(rp_nl_remove_data)
RP_DO(rp_nl_get_point)
RP_START(rp_nl_dump_points_start)
RP_DO(rp_nl_get_changes)
RP_DO(rp_nl_define_collection)
RP_DO(rp_nl_destroy_collection)
RP_DO(rp_nl_rename_collection)
RP_DO(rp_nl_add_member)
RP_DO(rp_nl_remove_member)
RP_DO(rp_nl_get_collection)
RP_START(rp_nl_dump_collections_start)
RP_DO(rp_nl_get_volume)
RP_START(rp_nl_dump_volumes_start)
RP_DO(rp_nl_mark_changed)
RP_DO(rp_nl_new_generation)
RP_DO(rp_nl_get_job)
RP_START(rp_nl_dump_jobs_start)
RP_DO(rp_nl_request_job_state)

#define RP_OP(command, table)						\
	.cmd = REFPOINT_CMD_##command,					\
	.flags = GENL_ADMIN_PERM,					\
	.policy = table,						\
	.maxattr = ARRAY_SIZE(table) - 1

const struct genl_ops rp_genl_ops[RP_GENL_NR_OPS] = {
	{
		RP_OP(CREATE_REFERENCE_POINT, create_point_policy),
		.doit = rp_nl_create_point_checked,
	}, {
		RP_OP(DESTROY_REFERENCE_POINT, end_point_policy),
		.doit = rp_nl_destroy_point_checked,
	}, {
		RP_OP(REMOVE_ASSOCIATED_DATA, end_point_policy),
		.doit = rp_nl_remove_data_checked,
	}, {
		RP_OP(GET_REFERENCE_POINT, get_point_policy),
		.doit = rp_nl_get_point_checked,
		.start = rp_nl_dump_points_start_checked,
		.dumpit = rp_nl_dump_points,
		.done = rp_nl_dump_points_done,
	}, {
		RP_OP(GET_CHANGES, get_changes_policy),
		.doit = rp_nl_get_changes_checked,
	}, {
		RP_OP(DEFINE_COLLECTION, members_policy),
		.doit = rp_nl_define_collection_checked,
	}, {
		RP_OP(DESTROY_COLLECTION, collection_policy),
		.doit = rp_nl_destroy_collection_checked,
	}, {
		RP_OP(RENAME_COLLECTION, rename_policy),
		.doit = rp_nl_rename_collection_checked,
	}, {
		RP_OP(ADD_MEMBER, members_policy),
		.doit = rp_nl_add_member_checked,
	}, {
		RP_OP(REMOVE_MEMBER, members_policy),
		.doit = rp_nl_remove_member_checked,
	}, {
		RP_OP(GET_COLLECTION, collection_policy),
		.doit = rp_nl_get_collection_checked,
		.start = rp_nl_dump_collections_start_checked,
		.dumpit = rp_nl_dump_collections,
		.done = rp_nl_dump_collections_done,
	}, {
		RP_OP(GET_VOLUME, volume_policy),
		.doit = rp_nl_get_volume_checked,
		.start = rp_nl_dump_volumes_start_checked,
		.dumpit = rp_nl_dump_volumes,
		.done = rp_nl_dump_volumes_done,
	}, {
		RP_OP(MARK_CHANGED, mark_changed_policy),
		.doit = rp_nl_mark_changed_checked,
	}, {
		RP_OP(NEW_GENERATION, new_generation_policy),
		.doit = rp_nl_new_generation_checked,
	}, {
		RP_OP(GET_JOB, job_policy),
		.doit = rp_nl_get_job_checked,
		.start = rp_nl_dump_jobs_start_checked,
		.dumpit = rp_nl_dump_jobs,
		.done = rp_nl_dump_jobs_done,
	}, {
		RP_OP(REQUEST_JOB_STATE_CHANGE, request_job_policy),
		.doit = rp_nl_request_job_state_checked,
	},
};
