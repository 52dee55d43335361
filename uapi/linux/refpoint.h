/* SPDX-License-Identifier: (GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause */
/*
 * refpoint: changed block tracking with reference points over collections.
 *
 * Generic netlink family "refpoint", version 1. The same interface, with a
 * sentence for each attribute, is in Documentation/netlink/specs/refpoint.yaml;
 * a test compares the two.
 *
 * Offsets, lengths, sizes: bytes. Times: nanoseconds since 1970 UTC. UUIDs and
 * ids of points and collections: 16 bytes in the order of their text form.
 * Every command needs CAP_SYS_ADMIN in the initial user namespace and works in
 * the initial network namespace only.
 *
 * A malformed or unprivileged request is answered by an errno and an extended
 * ACK that names the attribute. A request that was understood is answered by
 * one message of the same command with REFPOINT_A_RETURN_VALUE and, when that
 * is neither DONE nor JOB_STARTED, REFPOINT_A_REASON, REFPOINT_A_MESSAGE and,
 * where one member is to blame, REFPOINT_A_REASON_VOLUME.
 */
#ifndef _UAPI_LINUX_REFPOINT_H
#define _UAPI_LINUX_REFPOINT_H

#include <linux/types.h>

#define REFPOINT_GENL_NAME	"refpoint"
#define REFPOINT_GENL_VERSION	1
#define REFPOINT_MCGRP_EVENTS	"events"

#define REFPOINT_UUID_LEN	16
#define REFPOINT_NAME_MAX	127	/* names of collections and dm devices */
#define REFPOINT_OWNER_MAX	63
#define REFPOINT_LABEL_MAX	255
#define REFPOINT_HANDLE_MAX	127
#define REFPOINT_REASON_TEXT_MAX 255
#define REFPOINT_TAG_MAX	64
#define REFPOINT_VENDOR_MAX	4096
#define REFPOINT_MEMBERS_MAX	1024
#define REFPOINT_DEADLINE_MAX_MS 3600000
#define REFPOINT_EXTENTS_MAX	2048	/* in one page: an attribute holds 64 KiB */

enum refpoint_cmd {
	REFPOINT_CMD_CREATE_REFERENCE_POINT = 1,
	REFPOINT_CMD_DESTROY_REFERENCE_POINT,
	REFPOINT_CMD_REMOVE_ASSOCIATED_DATA,
	REFPOINT_CMD_GET_REFERENCE_POINT,	/* do and dump */
	REFPOINT_CMD_GET_CHANGES,
	REFPOINT_CMD_DEFINE_COLLECTION,
	REFPOINT_CMD_DESTROY_COLLECTION,
	REFPOINT_CMD_RENAME_COLLECTION,
	REFPOINT_CMD_ADD_MEMBER,
	REFPOINT_CMD_REMOVE_MEMBER,
	REFPOINT_CMD_GET_COLLECTION,		/* do and dump */
	REFPOINT_CMD_GET_VOLUME,		/* do and dump */
	REFPOINT_CMD_MARK_CHANGED,
	REFPOINT_CMD_NEW_GENERATION,
	REFPOINT_CMD_GET_JOB,			/* do and dump */
	REFPOINT_CMD_REQUEST_JOB_STATE_CHANGE,
	/* notifications, to the group "events" */
	REFPOINT_CMD_POINT_EVENT,
	REFPOINT_CMD_JOB_EVENT,
	REFPOINT_CMD_VOLUME_EVENT,
	REFPOINT_CMD_COLLECTION_EVENT,

	__REFPOINT_CMD_MAX,
	REFPOINT_CMD_MAX = __REFPOINT_CMD_MAX - 1
};

enum refpoint_attr {
	REFPOINT_A_PAD = 1,

	/* result of a method */
	REFPOINT_A_RETURN_VALUE,	/* u32, enum refpoint_return_value */
	REFPOINT_A_REASON,		/* u32, enum refpoint_reason */
	REFPOINT_A_REASON_VOLUME,	/* 16 bytes: the volume it is about */
	REFPOINT_A_MESSAGE,		/* string: one sentence */

	/* naming things */
	REFPOINT_A_COLLECTION_ID,	/* 16 bytes */
	REFPOINT_A_COLLECTION_NAME,	/* string */
	REFPOINT_A_NEW_NAME,		/* string */
	REFPOINT_A_POINT_ID,		/* 16 bytes */
	REFPOINT_A_VOLUME_ID,		/* 16 bytes; repeated where a list is taken */
	REFPOINT_A_VOLUME_NAME,		/* string: dm name */
	REFPOINT_A_JOB_ID,		/* u64 */

	/* CREATE_REFERENCE_POINT and what describes a point */
	REFPOINT_A_POINT_TYPE,		/* u16, enum refpoint_point_type */
	REFPOINT_A_SETTINGS,		/* nest, enum refpoint_settings_attr */
	REFPOINT_A_ONLY_VOLUME,		/* 16 bytes, repeated */
	REFPOINT_A_EXCEPT_VOLUME,	/* 16 bytes, repeated */
	REFPOINT_A_OWNER,		/* string */
	REFPOINT_A_LABEL,		/* string */
	REFPOINT_A_WAIT_MS,		/* u32: wait so long for the job, 0..1000 */
	REFPOINT_A_FORCE,		/* flag */
	REFPOINT_A_STATE,		/* u32: point, volume or collection state */
	REFPOINT_A_TIME,		/* u64 */
	REFPOINT_A_VERSION,		/* u64: membership version */
	REFPOINT_A_MEMBER,		/* nest, repeated, enum refpoint_member_attr */
	REFPOINT_A_HAS_ASSOCIATED_DATA,	/* u8 */

	/* GET_CHANGES */
	REFPOINT_A_FROM_POINT,		/* 16 bytes; one of FROM_* is required */
	REFPOINT_A_FROM_HANDLE,		/* string */
	REFPOINT_A_FROM_ALL,		/* flag */
	REFPOINT_A_TO_POINT,		/* 16 bytes; none of TO_*: now */
	REFPOINT_A_TO_HANDLE,		/* string */
	REFPOINT_A_START,		/* u64 */
	REFPOINT_A_LENGTH,		/* u64; absent: to the end */
	REFPOINT_A_GRANULARITY,		/* u64, power of two; absent or 0: native */
	REFPOINT_A_MAX_EXTENTS,		/* u32, 1..REFPOINT_EXTENTS_MAX */
	REFPOINT_A_ALLOW_UNKNOWN,	/* flag */
	REFPOINT_A_LEASE,		/* u64, from the previous page */
	REFPOINT_A_PROCESSED,		/* u64 */
	REFPOINT_A_COMPLETE,		/* u8 */
	REFPOINT_A_NEXT_START,		/* u64 */
	REFPOINT_A_CAPACITY_FROM,	/* u64; absent for "all" */
	REFPOINT_A_CAPACITY_TO,		/* u64 */
	REFPOINT_A_GENERATION,		/* 16 bytes */
	REFPOINT_A_EXTENTS,		/* struct refpoint_extent[] */

	/* volumes */
	REFPOINT_A_DEVICE,		/* u64: major << 32 | minor of the dm device */
	REFPOINT_A_CAPACITY,		/* u64 */
	REFPOINT_A_INCARNATION,		/* u64 */
	REFPOINT_A_GRANULE,		/* u64 */
	REFPOINT_A_REGION,		/* u64 */
	REFPOINT_A_METADATA_USED,	/* u64 */
	REFPOINT_A_METADATA_TOTAL,	/* u64 */
	REFPOINT_A_POINTS,		/* u32 */
	REFPOINT_A_GAPS,		/* u32 */
	REFPOINT_A_GAP,			/* nest, repeated, enum refpoint_gap_attr */
	REFPOINT_A_COUNTERS,		/* nest, enum refpoint_counter_attr */

	/* jobs */
	REFPOINT_A_JOB_TYPE,		/* u16 */
	REFPOINT_A_JOB_STATE,		/* u16, enum refpoint_job_state */
	REFPOINT_A_REQUESTED_STATE,	/* u16: 2 start 3 suspend 4 terminate 5 kill */
	REFPOINT_A_PERCENT,		/* u16 */
	REFPOINT_A_ERROR_CODE,		/* u32: return value of the method */
	REFPOINT_A_TIME_SUBMITTED,	/* u64 */
	REFPOINT_A_TIME_STARTED,	/* u64 */
	REFPOINT_A_TIME_ENDED,		/* u64 */
	REFPOINT_A_KEEP_MS,		/* u64: kept so long after its end */
	REFPOINT_A_CANCELLABLE,		/* u8 */

	/* events */
	REFPOINT_A_EVENT,		/* u32, enum refpoint_event */

	REFPOINT_A_REASON_TEXT,		/* string: MARK_CHANGED, NEW_GENERATION: why */
	REFPOINT_A_GAP_REASON,		/* u32, enum refpoint_gap_reason: VOLUME_EVENT */

	/* the table of a volume */
	REFPOINT_A_METADATA_DEVICE,	/* u64: major << 32 | minor */
	REFPOINT_A_ORIGIN_DEVICE,	/* u64: likewise */
	REFPOINT_A_HOLD_SECONDS,	/* u32; 0 without the feature */
	REFPOINT_A_FAIL_STOP,		/* u8 */
	REFPOINT_A_DEGRADED_OK,		/* u8 */

	__REFPOINT_A_MAX,
	REFPOINT_A_MAX = __REFPOINT_A_MAX - 1
};

enum refpoint_settings_attr {
	REFPOINT_SETTINGS_A_CONSISTENCY = 1,	/* u8, enum refpoint_consistency */
	REFPOINT_SETTINGS_A_REQUIRE,		/* u8: 0 prefer (default), 1 require */
	REFPOINT_SETTINGS_A_DEADLINE_MS,	/* u32; 0 or absent: 30000 */
	REFPOINT_SETTINGS_A_CUT_ID,		/* 16 bytes */
	REFPOINT_SETTINGS_A_TAG,		/* up to 64 bytes */
	REFPOINT_SETTINGS_A_VENDOR,		/* up to 4096 bytes */

	__REFPOINT_SETTINGS_A_MAX,
	REFPOINT_SETTINGS_A_MAX = __REFPOINT_SETTINGS_A_MAX - 1
};

enum refpoint_member_attr {
	REFPOINT_MEMBER_A_VOLUME_ID = 1,	/* 16 bytes */
	REFPOINT_MEMBER_A_VOLUME_NAME,		/* string, when it is active */
	REFPOINT_MEMBER_A_HANDLE,		/* string, of a point's member */
	REFPOINT_MEMBER_A_STATE,		/* u32: volume state, or point state there */
	REFPOINT_MEMBER_A_CONSISTENCY,		/* u8: level achieved */

	__REFPOINT_MEMBER_A_MAX,
	REFPOINT_MEMBER_A_MAX = __REFPOINT_MEMBER_A_MAX - 1
};

enum refpoint_gap_attr {
	REFPOINT_GAP_A_START = 1,	/* u64 */
	REFPOINT_GAP_A_LENGTH,		/* u64 */
	REFPOINT_GAP_A_REASON,		/* u32, enum refpoint_gap_reason */
	REFPOINT_GAP_A_TEXT,		/* string */
	REFPOINT_GAP_A_TIME,		/* u64 */
	REFPOINT_GAP_A_SEQUENCE,	/* u64: the interval it lies in */
	REFPOINT_GAP_A_PAD,

	__REFPOINT_GAP_A_MAX,
	REFPOINT_GAP_A_MAX = __REFPOINT_GAP_A_MAX - 1
};

enum refpoint_counter_attr {
	REFPOINT_COUNTER_A_FIRST_TOUCHES = 1,	/* u64: granules marked */
	REFPOINT_COUNTER_A_REGIONS_ARMED,	/* u64: armed now */
	REFPOINT_COUNTER_A_ARM_REQUESTS,	/* u64: writes that waited for arming */
	REFPOINT_COUNTER_A_ARM_WRITES,		/* u64: writes of armed records */
	REFPOINT_COUNTER_A_COMMITS,		/* u64: metadata transactions */
	REFPOINT_COUNTER_A_CUTS,		/* u64 */
	REFPOINT_COUNTER_A_LATE_MARKS,		/* u64: writes in flight over a cut */
	REFPOINT_COUNTER_A_CHECKPOINTS,		/* u64 */
	REFPOINT_COUNTER_A_PAD,
	REFPOINT_COUNTER_A_WRITES,		/* u64: let through, zeroings and discards too */
	REFPOINT_COUNTER_A_METADATA_WRITES,	/* u64: blocks written, with FUA or without */
	REFPOINT_COUNTER_A_METADATA_BYTES_WRITTEN, /* u64 */
	REFPOINT_COUNTER_A_METADATA_FUA_WRITES,	/* u64: of them with FUA */
	REFPOINT_COUNTER_A_METADATA_FLUSHES,	/* u64: flushes of the device's cache */
	/* u64, nanoseconds: all together, the last one, the longest one */
	REFPOINT_COUNTER_A_CHECKPOINT_TOTAL_NS,
	REFPOINT_COUNTER_A_CHECKPOINT_LAST_NS,
	REFPOINT_COUNTER_A_CHECKPOINT_LONGEST_NS,
	REFPOINT_COUNTER_A_CUT_TOTAL_NS,
	REFPOINT_COUNTER_A_CUT_LAST_NS,
	REFPOINT_COUNTER_A_CUT_LONGEST_NS,
	REFPOINT_COUNTER_A_ARMS_AHEAD,		/* u64: regions armed before they were asked for */
	REFPOINT_COUNTER_A_ARMS_AHEAD_USED,	/* u64: of them, written since */
	REFPOINT_COUNTER_A_ARMS_AHEAD_WASTED,	/* u64: of them, taken back without */

	__REFPOINT_COUNTER_A_MAX,
	REFPOINT_COUNTER_A_MAX = __REFPOINT_COUNTER_A_MAX - 1
};

/* The return values of CreateReferencePoint and, alike, of every method. */
enum refpoint_return_value {
	REFPOINT_RV_DONE		= 0,
	REFPOINT_RV_NOT_SUPPORTED	= 1,
	REFPOINT_RV_FAILED		= 2,
	REFPOINT_RV_TIMEOUT		= 3,
	REFPOINT_RV_INVALID_PARAMETER	= 4,
	REFPOINT_RV_INVALID_STATE	= 5,
	REFPOINT_RV_INVALID_TYPE	= 6,
	REFPOINT_RV_JOB_STARTED		= 4096,
};

enum refpoint_reason {
	REFPOINT_REASON_NONE = 0,
	REFPOINT_REASON_NO_SUCH_COLLECTION,
	REFPOINT_REASON_NO_SUCH_POINT,
	REFPOINT_REASON_NO_SUCH_VOLUME,
	REFPOINT_REASON_NO_SUCH_JOB,
	REFPOINT_REASON_DESTROYED,		/* the point was destroyed */
	REFPOINT_REASON_IN_DOUBT,
	REFPOINT_REASON_VOID,
	REFPOINT_REASON_OTHER_GENERATION,
	REFPOINT_REASON_GAP,			/* a gap inside, unknown not asked for */
	REFPOINT_REASON_NOT_A_MEMBER,		/* volume was not a member at that point */
	REFPOINT_REASON_OUT_OF_RANGE,
	REFPOINT_REASON_BAD_HANDLE,
	REFPOINT_REASON_OTHER_VOLUME,		/* handle of another volume */
	REFPOINT_REASON_BACKWARDS,		/* "from" is later than "to" */
	REFPOINT_REASON_MEMBER_INACTIVE,	/* not there */
	REFPOINT_REASON_MEMBER_SUSPENDED,
	REFPOINT_REASON_MEMBER_FAILED,
	REFPOINT_REASON_MEMBER_READ_ONLY,
	REFPOINT_REASON_MEMBER_HELD,
	REFPOINT_REASON_BUSY,
	REFPOINT_REASON_NO_LOG,			/* type 1 without a log */
	REFPOINT_REASON_TYPE_NOT_SERVED,
	REFPOINT_REASON_TYPE_INVALID,
	REFPOINT_REASON_LEVEL_NOT_SERVED,
	REFPOINT_REASON_SETTINGS_INVALID,
	REFPOINT_REASON_ID_IN_USE,		/* with other arguments */
	REFPOINT_REASON_ID_USED_UP,		/* once used, now void or destroyed */
	REFPOINT_REASON_NAME_IN_USE,
	REFPOINT_REASON_NO_MEMBERS,
	REFPOINT_REASON_DUPLICATE_MEMBER,
	REFPOINT_REASON_TOO_MANY_MEMBERS,
	REFPOINT_REASON_FOREIGN_OWNER,
	REFPOINT_REASON_NO_SPACE,
	REFPOINT_REASON_NO_MEMORY,
	REFPOINT_REASON_IO_ERROR,		/* of a metadata device */
	REFPOINT_REASON_FLUSH_FAILED,		/* of an origin */
	REFPOINT_REASON_DEADLINE,
	REFPOINT_REASON_CANCELLED,
	REFPOINT_REASON_JOB_STATE,		/* not legal in the job's state */
	REFPOINT_REASON_LEASE_EXPIRED,
	REFPOINT_REASON_UNLOADING,

	__REFPOINT_REASON_MAX,
	REFPOINT_REASON_MAX = __REFPOINT_REASON_MAX - 1
};

enum refpoint_point_type {
	REFPOINT_TYPE_UNKNOWN	= 0,
	REFPOINT_TYPE_LOG	= 1,
	REFPOINT_TYPE_RCT	= 2,
	REFPOINT_TYPE_VENDOR	= 32768,	/* and above */
};

enum refpoint_consistency {
	REFPOINT_CONSISTENCY_UNKNOWN	 = 0,	/* whatever can be had */
	REFPOINT_CONSISTENCY_APPLICATION = 1,
	REFPOINT_CONSISTENCY_CRASH	 = 2,
	REFPOINT_CONSISTENCY_GROUP_CRASH = 3,
	REFPOINT_CONSISTENCY_FILESYSTEM	 = 4,
};

enum refpoint_point_state {
	REFPOINT_POINT_PREPARING = 1,
	REFPOINT_POINT_PREPARED	 = 2,
	REFPOINT_POINT_COMMITTED = 3,
	REFPOINT_POINT_IN_DOUBT	 = 4,
	REFPOINT_POINT_VOID	 = 5,
	REFPOINT_POINT_DESTROYED = 6,
};

enum refpoint_volume_state {
	REFPOINT_VOLUME_INACTIVE  = 0,	/* known by name only: a member not there */
	REFPOINT_VOLUME_ACTIVE	  = 1,
	REFPOINT_VOLUME_SUSPENDED = 2,
	REFPOINT_VOLUME_READ_ONLY = 3,
	REFPOINT_VOLUME_FAILED	  = 4,	/* tracking failed: writes pass, a gap is open */
	REFPOINT_VOLUME_DEGRADED  = 5,	/* degraded_ok: no usable metadata at all */
	REFPOINT_VOLUME_HELD	  = 6,	/* metadata fail and are tried again: writes may wait */
};

enum refpoint_collection_state {
	REFPOINT_COLLECTION_COMPLETE	= 1,	/* every member is active */
	REFPOINT_COLLECTION_INCOMPLETE	= 2,
};

enum refpoint_gap_reason {
	REFPOINT_GAP_UNKNOWN		= 0,
	REFPOINT_GAP_METADATA_ERROR	= 1,
	REFPOINT_GAP_BYPASS		= 2,
	REFPOINT_GAP_MARKED		= 3,	/* somebody said so */
	REFPOINT_GAP_DEGRADED		= 4,
	REFPOINT_GAP_REPAIRED		= 5,
	REFPOINT_GAP_NO_MEMORY		= 6,
	REFPOINT_GAP_STALE		= 7,	/* an older copy took the metadata's place */
};

/* CIM_ConcreteJob.JobState */
enum refpoint_job_state {
	REFPOINT_JOB_NEW	   = 2,
	REFPOINT_JOB_STARTING	   = 3,
	REFPOINT_JOB_RUNNING	   = 4,
	REFPOINT_JOB_SUSPENDED	   = 5,
	REFPOINT_JOB_SHUTTING_DOWN = 6,
	REFPOINT_JOB_COMPLETED	   = 7,
	REFPOINT_JOB_TERMINATED	   = 8,
	REFPOINT_JOB_KILLED	   = 9,
	REFPOINT_JOB_EXCEPTION	   = 10,
	REFPOINT_JOB_SERVICE	   = 11,
};

/* JobType, numbered as Hyper-V numbers them */
enum refpoint_job_type {
	REFPOINT_JOBTYPE_CREATE_POINT	= 205,
	REFPOINT_JOBTYPE_REMOVE_DATA	= 207,
	REFPOINT_JOBTYPE_DESTROY_POINT	= 208,
};

/* CIM_ConcreteJob.RequestStateChange */
enum refpoint_requested_state {
	REFPOINT_REQUEST_START	   = 2,
	REFPOINT_REQUEST_SUSPEND   = 3,
	REFPOINT_REQUEST_TERMINATE = 4,
	REFPOINT_REQUEST_KILL	   = 5,
	REFPOINT_REQUEST_SERVICE   = 6,
};

enum refpoint_event {
	REFPOINT_EVENT_CREATED		= 1,
	REFPOINT_EVENT_STATE_CHANGED	= 2,
	REFPOINT_EVENT_DESTROYED	= 3,
	REFPOINT_EVENT_GAP		= 4,
	REFPOINT_EVENT_LOW_SPACE	= 5,
	REFPOINT_EVENT_PROGRESS		= 6,
	REFPOINT_EVENT_GENERATION	= 7,
};

/* Kinds of change, flags of refpoint_extent.kinds */
#define REFPOINT_KIND_WRITTEN	(1U << 0)
#define REFPOINT_KIND_ZEROED	(1U << 1)	/* reads as zeros at the later point */
#define REFPOINT_KIND_DISCARDED	(1U << 2)	/* undefined there: may be skipped */
#define REFPOINT_KIND_UNKNOWN	(1U << 3)	/* tracking cannot vouch: copy it */

/**
 * struct refpoint_extent - one changed range
 * @offset: first byte, from the volume's byte 0
 * @length: bytes
 * @kinds: REFPOINT_KIND_*
 * @reserved: 0
 */
struct refpoint_extent {
	__u64 offset;
	__u64 length;
	__u32 kinds;
	__u32 reserved;
};

#endif /* _UAPI_LINUX_REFPOINT_H */
