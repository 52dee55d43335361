// SPDX-License-Identifier: GPL-2.0-only
/*
 * From errors, return values and reasons to exit statuses. Scripts decide on
 * these what to do next: so the reason goes before the return value, which is
 * coarser, and what is in neither list is a plain failure.
 */
#include <errno.h>
#include <stddef.h>

#include <refpoint.h>

#include "exit.h"

static int from_errno(int err)
{
	switch (err) {
	case -EBUSY:
	case -EAGAIN:
		return TOOL_BUSY;
	case -ETIMEDOUT:
		return TOOL_TIMEOUT;
	case -ESTALE:		/* the history ended while it was read */
		return TOOL_FULL_COPY;
	case -EOPNOTSUPP:
	case -EPROTONOSUPPORT:
		return TOOL_NOT_SUPPORTED;
	}
	return TOOL_FAILED;
}

bool exit_blames_an_end(uint32_t reason)
{
	switch (reason) {
	case REFPOINT_REASON_NO_SUCH_POINT:
	case REFPOINT_REASON_DESTROYED:
	case REFPOINT_REASON_OTHER_GENERATION:
	case REFPOINT_REASON_NOT_A_MEMBER:
	case REFPOINT_REASON_BAD_HANDLE:
	case REFPOINT_REASON_OTHER_VOLUME:
		return true;
	}
	return false;
}

/* 0: this reason alone does not decide. */
static int from_reason(uint32_t reason, bool baseline)
{
	/* Waiting does not help. */
	if (exit_blames_an_end(reason))
		return baseline ? TOOL_FULL_COPY : TOOL_FAILED;
	switch (reason) {
	case REFPOINT_REASON_IN_DOUBT:
	case REFPOINT_REASON_VOID:
		return TOOL_VOID;
	case REFPOINT_REASON_GAP:
		return TOOL_UNKNOWN;
	case REFPOINT_REASON_DEADLINE:
		return TOOL_TIMEOUT;
	case REFPOINT_REASON_TYPE_NOT_SERVED:
	case REFPOINT_REASON_TYPE_INVALID:
	case REFPOINT_REASON_LEVEL_NOT_SERVED:
		return TOOL_NOT_SUPPORTED;
	case REFPOINT_REASON_MEMBER_INACTIVE:
	case REFPOINT_REASON_MEMBER_SUSPENDED:
	case REFPOINT_REASON_MEMBER_FAILED:
	case REFPOINT_REASON_MEMBER_READ_ONLY:
	case REFPOINT_REASON_MEMBER_HELD:
	case REFPOINT_REASON_BUSY:
	case REFPOINT_REASON_NO_LOG:
	case REFPOINT_REASON_JOB_STATE:
	case REFPOINT_REASON_UNLOADING:
		return TOOL_BUSY;
	case REFPOINT_REASON_FOREIGN_OWNER:
		return TOOL_FAILED;	/* waiting does not help */
	/* The library asks anew: what is left is a point destroyed meanwhile. */
	case REFPOINT_REASON_LEASE_EXPIRED:
		return baseline ? TOOL_FULL_COPY : 0;
	}
	return 0;
}

static int from_value(uint32_t value)
{
	switch (value) {
	case REFPOINT_RV_NOT_SUPPORTED:
	case REFPOINT_RV_INVALID_TYPE:
		return TOOL_NOT_SUPPORTED;
	case REFPOINT_RV_TIMEOUT:
		return TOOL_TIMEOUT;
	case REFPOINT_RV_INVALID_STATE:
		return TOOL_BUSY;
	}
	return TOOL_FAILED;
}

int exit_status(int err, uint32_t value, uint32_t reason, bool baseline)
{
	int status;

	/* -EREMOTEIO: a later page was refused, and the result says why. */
	if (err && err != -EREMOTEIO)
		return from_errno(err);
	if (!err && (value == REFPOINT_RV_DONE ||
		     value == REFPOINT_RV_JOB_STARTED))
		return TOOL_DONE;
	status = from_reason(reason, baseline);
	return status ? status : from_value(value);
}
