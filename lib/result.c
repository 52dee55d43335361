// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a method answered: value, reason, volume, sentence; and the words for
 * values and reasons.
 */
#include <stdio.h>

#include "priv.h"

struct refpoint_result *refpoint_result_new(void)
{
	return calloc(1, sizeof(struct refpoint_result));
}

void refpoint_result_free(struct refpoint_result *result)
{
	if (!result)
		return;
	rp_attr_release(result, &rp_result_kind);
	free(result);
}

bool refpoint_result_ok(const struct refpoint_result *result)
{
	return result->value == REFPOINT_RV_DONE ||
	       result->value == REFPOINT_RV_JOB_STARTED;
}

uint32_t refpoint_result_value(const struct refpoint_result *result)
{
	return result->value;
}

uint32_t refpoint_result_reason(const struct refpoint_result *result)
{
	return result->reason;
}

const struct refpoint_uuid *
refpoint_result_volume(const struct refpoint_result *result)
{
	return rp_uuid(&result->volume);
}

const char *refpoint_result_message(const struct refpoint_result *result)
{
	if (result->message && result->message[0])
		return result->message;
	if (result->reason != REFPOINT_REASON_NONE)
		return refpoint_reason_text(result->reason);
	return refpoint_value_name(result->value);
}

void rp_result_set(struct refpoint_result *result, uint32_t value,
		   uint32_t reason, const struct rp_uuid_field *volume,
		   const char *message)
{
	rp_attr_release(result, &rp_result_kind);
	memset(result, 0, sizeof(*result));
	result->value = value;
	result->reason = reason;
	if (volume)
		result->volume = *volume;
	/* Without memory for the sentence the reason still has its words. */
	if (message && message[0])
		result->message = strdup(message);
}

/* A refusal of the library's own, in the kernel's words. Return: 0. */
int rp_result_no_volume(struct refpoint_result *result, const char *name)
{
	char *text = malloc(strlen(name) + 32);

	if (text)
		sprintf(text, "there is no volume \"%s\"", name);
	rp_result_set(result, REFPOINT_RV_INVALID_PARAMETER,
		      REFPOINT_REASON_NO_SUCH_VOLUME, NULL, text);
	free(text);
	return 0;
}

/* At the beginning of each call: nothing is left of the one before. */
int rp_result_begin(struct refpoint_ctx *ctx, struct refpoint_result *result)
{
	if (!ctx)
		return -EINVAL;
	rp_ctx_clear_error(ctx);
	if (!result)
		return rp_ctx_error(ctx, -EINVAL, "no room for the result");
	rp_result_set(result, RP_VALUE_NONE, 0, NULL, NULL);
	return 0;
}

/* At its end: a call that failed leaves no result that reads as success. */
int rp_result_fail(struct refpoint_ctx *ctx, struct refpoint_result *result,
		   int err)
{
	if (!err)
		return 0;
	if (err == -ENOMEM)
		rp_ctx_error(ctx, 0, "out of memory");
	rp_result_set(result, REFPOINT_RV_FAILED, REFPOINT_REASON_NONE, NULL,
		      ctx->error);
	return err;
}

const char *refpoint_value_name(uint32_t value)
{
	switch (value) {
	case REFPOINT_RV_DONE:
		return "done";
	case REFPOINT_RV_NOT_SUPPORTED:
		return "not supported";
	case REFPOINT_RV_FAILED:
		return "failed";
	case REFPOINT_RV_TIMEOUT:
		return "timeout";
	case REFPOINT_RV_INVALID_PARAMETER:
		return "invalid parameter";
	case REFPOINT_RV_INVALID_STATE:
		return "invalid state";
	case REFPOINT_RV_INVALID_TYPE:
		return "invalid type";
	case REFPOINT_RV_JOB_STARTED:
		return "job started";
	}
	return "unknown";
}

static const struct {
	const char *name;
	const char *text;
} reasons[REFPOINT_REASON_MAX + 1] = {
#define REASON(_reason, _name, _text) \
	[REFPOINT_REASON_ ## _reason] = { _name, _text }
	REASON(NONE, "none", "no reason was given"),
	REASON(NO_SUCH_COLLECTION, "no-such-collection",
	       "there is no such collection"),
	REASON(NO_SUCH_POINT, "no-such-point",
	       "there is no such reference point"),
	REASON(NO_SUCH_VOLUME, "no-such-volume", "there is no such volume"),
	REASON(NO_SUCH_JOB, "no-such-job", "there is no such job"),
	REASON(DESTROYED, "destroyed", "the reference point was destroyed"),
	REASON(IN_DOUBT, "in-doubt", "the reference point is in doubt"),
	REASON(VOID, "void", "the reference point is void"),
	REASON(OTHER_GENERATION, "other-generation",
	       "the volume has begun a new history since"),
	REASON(GAP, "gap", "a part of the volume was not tracked for a while"),
	REASON(NOT_A_MEMBER, "not-a-member",
	       "the volume was not a member at that reference point"),
	REASON(OUT_OF_RANGE, "out-of-range",
	       "the range lies beyond the end of the volume"),
	REASON(BAD_HANDLE, "bad-handle", "that is not a handle"),
	REASON(OTHER_VOLUME, "other-volume",
	       "the handle belongs to another volume"),
	REASON(BACKWARDS, "backwards", "\"from\" is later than \"to\""),
	REASON(MEMBER_INACTIVE, "member-inactive", "a member is not active"),
	REASON(MEMBER_SUSPENDED, "member-suspended", "a member is suspended"),
	REASON(MEMBER_FAILED, "member-failed",
	       "the tracking of a member has failed"),
	REASON(MEMBER_READ_ONLY, "member-read-only", "a member is read-only"),
	REASON(MEMBER_HELD, "member-held", "a member is held"),
	REASON(BUSY, "busy", "something else is under way"),
	REASON(NO_LOG, "no-log", "a member has no log"),
	REASON(TYPE_NOT_SERVED, "type-not-served",
	       "nothing here serves that type of reference point"),
	REASON(TYPE_INVALID, "type-invalid",
	       "that is not a type of reference point"),
	REASON(LEVEL_NOT_SERVED, "level-not-served",
	       "that level of consistency cannot be had here"),
	REASON(SETTINGS_INVALID, "settings-invalid",
	       "the settings are unknown or contradict each other"),
	REASON(ID_IN_USE, "id-in-use",
	       "the id is in use with other arguments"),
	REASON(ID_USED_UP, "id-used-up",
	       "the id was once used and is not used again"),
	REASON(NAME_IN_USE, "name-in-use", "the name is in use"),
	REASON(NO_MEMBERS, "no-members", "no member is left"),
	REASON(DUPLICATE_MEMBER, "duplicate-member",
	       "a volume was named twice"),
	REASON(TOO_MANY_MEMBERS, "too-many-members",
	       "there are too many members"),
	REASON(FOREIGN_OWNER, "foreign-owner",
	       "the reference point belongs to another owner"),
	REASON(NO_SPACE, "no-space", "a metadata device is full"),
	REASON(NO_MEMORY, "no-memory", "the kernel is out of memory"),
	REASON(IO_ERROR, "io-error", "a metadata device failed"),
	REASON(FLUSH_FAILED, "flush-failed", "the flush of an origin failed"),
	REASON(DEADLINE, "deadline", "the deadline passed"),
	REASON(CANCELLED, "cancelled", "it was cancelled"),
	REASON(JOB_STATE, "job-state",
	       "that cannot be asked of a job in its state"),
	REASON(LEASE_EXPIRED, "lease-expired",
	       "the time between two pages was too long"),
	REASON(UNLOADING, "unloading", "the module is being unloaded"),
#undef REASON
};

const char *refpoint_reason_name(uint32_t reason)
{
	if (reason < RP_ARRAY_SIZE(reasons) && reasons[reason].name)
		return reasons[reason].name;
	return "unknown";
}

const char *refpoint_reason_text(uint32_t reason)
{
	if (reason < RP_ARRAY_SIZE(reasons) && reasons[reason].text)
		return reasons[reason].text;
	return "a reason that this version does not know";
}
