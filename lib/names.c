// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Numbers of the interface in words, as tools print and JSON has them.
 */
#include <stdio.h>

#include "priv.h"

static const char *name_of(const char *const *names, size_t nr, uint32_t number)
{
	return number < nr && names[number] ? names[number] : "unknown";
}

const char *refpoint_type_name(uint32_t type)
{
	if (type >= REFPOINT_TYPE_VENDOR)
		return "vendor";
	if (type == REFPOINT_TYPE_LOG)
		return "log";
	return type == REFPOINT_TYPE_RCT ? "rct" : "unknown";
}

const char *refpoint_consistency_name(uint32_t level)
{
	static const char *const names[] = {
		[REFPOINT_CONSISTENCY_UNKNOWN]	   = "unknown",
		[REFPOINT_CONSISTENCY_APPLICATION] = "application",
		[REFPOINT_CONSISTENCY_CRASH]	   = "crash",
		[REFPOINT_CONSISTENCY_GROUP_CRASH] = "group-crash",
		[REFPOINT_CONSISTENCY_FILESYSTEM]  = "filesystem",
	};

	return name_of(names, RP_ARRAY_SIZE(names), level);
}

const char *refpoint_point_state_name(uint32_t state)
{
	static const char *const names[] = {
		[REFPOINT_POINT_PREPARING] = "preparing",
		[REFPOINT_POINT_PREPARED]  = "prepared",
		[REFPOINT_POINT_COMMITTED] = "committed",
		[REFPOINT_POINT_IN_DOUBT]  = "in-doubt",
		[REFPOINT_POINT_VOID]	   = "void",
		[REFPOINT_POINT_DESTROYED] = "destroyed",
	};

	return name_of(names, RP_ARRAY_SIZE(names), state);
}

const char *refpoint_volume_state_name(uint32_t state)
{
	static const char *const names[] = {
		[REFPOINT_VOLUME_INACTIVE]  = "inactive",
		[REFPOINT_VOLUME_ACTIVE]    = "active",
		[REFPOINT_VOLUME_SUSPENDED] = "suspended",
		[REFPOINT_VOLUME_READ_ONLY] = "read-only",
		[REFPOINT_VOLUME_FAILED]    = "failed",
		[REFPOINT_VOLUME_DEGRADED]  = "degraded",
		[REFPOINT_VOLUME_HELD]	    = "held",
	};

	return name_of(names, RP_ARRAY_SIZE(names), state);
}

const char *refpoint_collection_state_name(uint32_t state)
{
	static const char *const names[] = {
		[REFPOINT_COLLECTION_COMPLETE]	 = "complete",
		[REFPOINT_COLLECTION_INCOMPLETE] = "incomplete",
	};

	return name_of(names, RP_ARRAY_SIZE(names), state);
}

const char *refpoint_gap_reason_name(uint32_t reason)
{
	static const char *const names[] = {
		[REFPOINT_GAP_UNKNOWN]	      = "unknown",
		[REFPOINT_GAP_METADATA_ERROR] = "metadata-error",
		[REFPOINT_GAP_BYPASS]	      = "bypass",
		[REFPOINT_GAP_MARKED]	      = "marked",
		[REFPOINT_GAP_DEGRADED]	      = "degraded",
		[REFPOINT_GAP_REPAIRED]	      = "repaired",
		[REFPOINT_GAP_NO_MEMORY]      = "no-memory",
		[REFPOINT_GAP_STALE]	      = "stale",
	};

	return name_of(names, RP_ARRAY_SIZE(names), reason);
}

const char *refpoint_job_state_name(uint32_t state)
{
	static const char *const names[] = {
		[REFPOINT_JOB_NEW]	     = "new",
		[REFPOINT_JOB_STARTING]	     = "starting",
		[REFPOINT_JOB_RUNNING]	     = "running",
		[REFPOINT_JOB_SUSPENDED]     = "suspended",
		[REFPOINT_JOB_SHUTTING_DOWN] = "shutting-down",
		[REFPOINT_JOB_COMPLETED]     = "completed",
		[REFPOINT_JOB_TERMINATED]    = "terminated",
		[REFPOINT_JOB_KILLED]	     = "killed",
		[REFPOINT_JOB_EXCEPTION]     = "exception",
		[REFPOINT_JOB_SERVICE]	     = "service",
	};

	return name_of(names, RP_ARRAY_SIZE(names), state);
}

const char *refpoint_job_type_name(uint32_t type)
{
	switch (type) {
	case REFPOINT_JOBTYPE_CREATE_POINT:
		return "create-point";
	case REFPOINT_JOBTYPE_REMOVE_DATA:
		return "remove-data";
	case REFPOINT_JOBTYPE_DESTROY_POINT:
		return "destroy-point";
	}
	return "unknown";
}

const char *refpoint_event_name(uint32_t event)
{
	static const char *const names[] = {
		[REFPOINT_EVENT_CREATED]       = "created",
		[REFPOINT_EVENT_STATE_CHANGED] = "state-changed",
		[REFPOINT_EVENT_DESTROYED]     = "destroyed",
		[REFPOINT_EVENT_GAP]	       = "gap",
		[REFPOINT_EVENT_LOW_SPACE]     = "low-space",
		[REFPOINT_EVENT_PROGRESS]      = "progress",
		[REFPOINT_EVENT_GENERATION]    = "generation",
	};

	return name_of(names, RP_ARRAY_SIZE(names), event);
}

const char *refpoint_counter_name(uint32_t counter)
{
	static const char *const names[] = {
		[REFPOINT_COUNTER_A_FIRST_TOUCHES]	    = "first-touches",
		[REFPOINT_COUNTER_A_REGIONS_ARMED]	    = "regions-armed",
		[REFPOINT_COUNTER_A_ARM_REQUESTS]	    = "arm-requests",
		[REFPOINT_COUNTER_A_ARM_WRITES]		    = "arm-writes",
		[REFPOINT_COUNTER_A_COMMITS]		    = "commits",
		[REFPOINT_COUNTER_A_CUTS]		    = "cuts",
		[REFPOINT_COUNTER_A_LATE_MARKS]		    = "late-marks",
		[REFPOINT_COUNTER_A_CHECKPOINTS]	    = "checkpoints",
		[REFPOINT_COUNTER_A_WRITES]		    = "writes",
		[REFPOINT_COUNTER_A_METADATA_WRITES]	    = "metadata-writes",
		[REFPOINT_COUNTER_A_METADATA_BYTES_WRITTEN] = "metadata-bytes-written",
		[REFPOINT_COUNTER_A_METADATA_FUA_WRITES]    = "metadata-fua-writes",
		[REFPOINT_COUNTER_A_METADATA_FLUSHES]	    = "metadata-flushes",
		[REFPOINT_COUNTER_A_CHECKPOINT_TOTAL_NS]    = "checkpoint-total-ns",
		[REFPOINT_COUNTER_A_CHECKPOINT_LAST_NS]	    = "checkpoint-last-ns",
		[REFPOINT_COUNTER_A_CHECKPOINT_LONGEST_NS]  = "checkpoint-longest-ns",
		[REFPOINT_COUNTER_A_CUT_TOTAL_NS]	    = "cut-total-ns",
		[REFPOINT_COUNTER_A_CUT_LAST_NS]	    = "cut-last-ns",
		[REFPOINT_COUNTER_A_CUT_LONGEST_NS]	    = "cut-longest-ns",
		[REFPOINT_COUNTER_A_ARMS_AHEAD]		    = "arms-ahead",
		[REFPOINT_COUNTER_A_ARMS_AHEAD_USED]	    = "arms-ahead-used",
		[REFPOINT_COUNTER_A_ARMS_AHEAD_WASTED]	    = "arms-ahead-wasted",
	};

	return name_of(names, RP_ARRAY_SIZE(names), counter);
}

char *refpoint_kinds_format(uint32_t kinds, char *text)
{
	static const struct {
		uint32_t kind;
		const char *name;
	} names[] = {
		{ REFPOINT_KIND_WRITTEN, "written" },
		{ REFPOINT_KIND_ZEROED, "zeroed" },
		{ REFPOINT_KIND_DISCARDED, "discarded" },
		{ REFPOINT_KIND_UNKNOWN, "unknown" },
	};
	size_t i, used = 0;

	text[0] = '\0';
	for (i = 0; i < RP_ARRAY_SIZE(names); i++) {
		if (!(kinds & names[i].kind))
			continue;
		used += snprintf(text + used, REFPOINT_KINDS_STR - used,
				 "%s%s", used ? "," : "", names[i].name);
	}
	return text;
}
