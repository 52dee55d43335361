// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Volumes: list, get, mark, new generation; and from a name to a UUID, which
 * every command that takes a volume needs.
 */
#include "priv.h"

#define NR_COUNTERS	(REFPOINT_COUNTER_A_MAX + 1)

struct refpoint_gap {
	struct rp_object node;
	uint64_t start;
	uint64_t length;
	uint32_t reason;
	char *text;
	uint64_t time;
	uint64_t sequence;
};

struct refpoint_volume {
	struct rp_object node;
	struct rp_uuid_field id;
	char *name;
	uint32_t state;
	uint64_t device;
	uint64_t metadata_device;
	uint64_t origin_device;
	uint32_t hold;
	uint32_t fail_stop;
	uint32_t degraded_ok;
	struct rp_uuid_field generation;
	uint64_t incarnation;
	uint64_t capacity;
	uint64_t granule;
	uint64_t region;
	uint64_t metadata_used;
	uint64_t metadata_total;
	uint32_t points;
	uint32_t gap_count;
	struct rp_object *gaps;
	struct rp_counter counters[NR_COUNTERS];
};

static const struct rp_field gap_fields[] = {
	RP_FIELD(REFPOINT_GAP_A_START, RP_U64, refpoint_gap, start),
	RP_FIELD(REFPOINT_GAP_A_LENGTH, RP_U64, refpoint_gap, length),
	RP_FIELD(REFPOINT_GAP_A_REASON, RP_U32, refpoint_gap, reason),
	RP_FIELD(REFPOINT_GAP_A_TEXT, RP_STR, refpoint_gap, text),
	RP_FIELD(REFPOINT_GAP_A_TIME, RP_U64, refpoint_gap, time),
	RP_FIELD(REFPOINT_GAP_A_SEQUENCE, RP_U64, refpoint_gap, sequence),
};

static const struct rp_kind gap_kind = RP_KIND(refpoint_gap, gap_fields, 0);

#define COUNTER(_counter) \
	RP_FIELD(REFPOINT_COUNTER_A_ ## _counter, RP_COUNTER, refpoint_volume, \
		 counters[REFPOINT_COUNTER_A_ ## _counter])

static const struct rp_field counter_fields[] = {
	COUNTER(FIRST_TOUCHES),
	COUNTER(REGIONS_ARMED),
	COUNTER(ARM_REQUESTS),
	COUNTER(ARM_WRITES),
	COUNTER(COMMITS),
	COUNTER(CUTS),
	COUNTER(LATE_MARKS),
	COUNTER(CHECKPOINTS),
	COUNTER(WRITES),
	COUNTER(METADATA_WRITES),
	COUNTER(METADATA_BYTES_WRITTEN),
	COUNTER(METADATA_FUA_WRITES),
	COUNTER(METADATA_FLUSHES),
	COUNTER(CHECKPOINT_TOTAL_NS),
	COUNTER(CHECKPOINT_LAST_NS),
	COUNTER(CHECKPOINT_LONGEST_NS),
	COUNTER(CUT_TOTAL_NS),
	COUNTER(CUT_LAST_NS),
	COUNTER(CUT_LONGEST_NS),
	COUNTER(ARMS_AHEAD),
	COUNTER(ARMS_AHEAD_USED),
	COUNTER(ARMS_AHEAD_WASTED),
};

static const struct rp_kind counter_kind =
	RP_KIND(refpoint_volume, counter_fields, 0);

static const struct rp_field volume_fields[] = {
	RP_FIELD(REFPOINT_A_VOLUME_ID, RP_UUID, refpoint_volume, id),
	RP_FIELD(REFPOINT_A_VOLUME_NAME, RP_DM_NAME, refpoint_volume, name),
	RP_FIELD(REFPOINT_A_STATE, RP_U32, refpoint_volume, state),
	RP_FIELD(REFPOINT_A_DEVICE, RP_U64, refpoint_volume, device),
	RP_FIELD(REFPOINT_A_METADATA_DEVICE, RP_U64, refpoint_volume,
		 metadata_device),
	RP_FIELD(REFPOINT_A_ORIGIN_DEVICE, RP_U64, refpoint_volume,
		 origin_device),
	RP_FIELD(REFPOINT_A_HOLD_SECONDS, RP_U32, refpoint_volume, hold),
	RP_FIELD(REFPOINT_A_FAIL_STOP, RP_U8, refpoint_volume, fail_stop),
	RP_FIELD(REFPOINT_A_DEGRADED_OK, RP_U8, refpoint_volume, degraded_ok),
	RP_FIELD(REFPOINT_A_GENERATION, RP_UUID, refpoint_volume, generation),
	RP_FIELD(REFPOINT_A_INCARNATION, RP_U64, refpoint_volume, incarnation),
	RP_FIELD(REFPOINT_A_CAPACITY, RP_U64, refpoint_volume, capacity),
	RP_FIELD(REFPOINT_A_GRANULE, RP_U64, refpoint_volume, granule),
	RP_FIELD(REFPOINT_A_REGION, RP_U64, refpoint_volume, region),
	RP_FIELD(REFPOINT_A_METADATA_USED, RP_U64, refpoint_volume,
		 metadata_used),
	RP_FIELD(REFPOINT_A_METADATA_TOTAL, RP_U64, refpoint_volume,
		 metadata_total),
	RP_FIELD(REFPOINT_A_POINTS, RP_U32, refpoint_volume, points),
	RP_FIELD(REFPOINT_A_GAPS, RP_U32, refpoint_volume, gap_count),
	RP_FIELD_SUB(REFPOINT_A_GAP, RP_CHAIN, refpoint_volume, gaps,
		     &gap_kind),
	RP_FIELD_SUB(REFPOINT_A_COUNTERS, RP_NEST, refpoint_volume, counters,
		     &counter_kind),
};

static const struct rp_kind volume_kind =
	RP_KIND(refpoint_volume, volume_fields, REFPOINT_A_VOLUME_ID);

/* ---- naming ------------------------------------------------------------------ */

static int volume_ask(struct refpoint_ctx *ctx, const char *name,
		      const struct refpoint_uuid *uuid,
		      struct rp_object **found, struct refpoint_result *result)
{
	struct nl_msg *msg = rp_nl_msg(ctx, REFPOINT_CMD_GET_VOLUME);
	int err;

	if (!msg)
		return rp_result_fail(ctx, result, -ENOMEM);
	if (uuid)
		err = rp_put_uuid(msg, REFPOINT_A_VOLUME_ID, uuid);
	else
		err = rp_put_str(msg, REFPOINT_A_VOLUME_NAME, name);
	if (err) {
		nlmsg_free(msg);
		return rp_result_fail(ctx, result, err);
	}
	return rp_object_get(ctx, msg, &volume_kind, found, result);
}

/* A path says the name; a name as it is; else, as libdevmapper would have written it. */
static int volume_get(struct refpoint_ctx *ctx, const char *name,
		      struct rp_object **found, struct refpoint_result *result)
{
	char of_path[REFPOINT_NAME_MAX + 1], mangled[REFPOINT_NAME_MAX + 1];
	enum rp_dm_path how = RP_DM_PATH_NONE;
	struct refpoint_uuid uuid;
	int err;

	if (!refpoint_uuid_parse(name, &uuid))
		return volume_ask(ctx, NULL, &uuid, found, result);
	if (strchr(name, '/')) {
		how = rp_dm_name_of_path(name, of_path);
		if (how == RP_DM_PATH_NONE)
			return rp_result_no_volume(result, name);
		name = of_path;
	}
	err = volume_ask(ctx, name, NULL, found, result);
	if (err || how == RP_DM_PATH_EXACT ||
	    result->reason != REFPOINT_REASON_NO_SUCH_VOLUME ||
	    !rp_dm_name_mangle(name, mangled))
		return err;
	rp_result_begin(ctx, result);
	return volume_ask(ctx, mangled, NULL, found, result);
}

/**
 * rp_volume_resolve - from a name or the text of a UUID to a UUID
 * @ctx: context
 * @name: of the volume
 * @uuid: result
 * @result: begun by the caller; still so when the volume was found
 *
 * Return: 0 found, 1 refused (see @result), -errno.
 */
int rp_volume_resolve(struct refpoint_ctx *ctx, const char *name,
		      struct refpoint_uuid *uuid,
		      struct refpoint_result *result)
{
	struct rp_object *found = NULL;
	struct refpoint_volume *volume;
	int err;

	if (!name)
		return rp_result_fail(ctx, result,
				      rp_ctx_error(ctx, -EINVAL,
						   "no volume was named"));
	if (!refpoint_uuid_parse(name, uuid))
		return 0;
	err = volume_get(ctx, name, &found, result);
	if (err)
		return err;
	if (!found)
		return 1;
	volume = (struct refpoint_volume *)found;
	if (volume->id.set)
		*uuid = volume->id.uuid;
	else
		err = rp_result_fail(ctx, result,
				     rp_ctx_error(ctx, -EPROTO,
						  "the kernel sent a volume without an id"));
	rp_object_free(found, &volume_kind);
	if (!err)
		rp_result_set(result, RP_VALUE_NONE, 0, NULL, NULL);
	return err;
}

/* The same for a list, into a request. */
int rp_volume_put_list(struct refpoint_ctx *ctx, struct nl_msg *msg,
		       uint16_t attr, const char *const *volumes, size_t count,
		       struct refpoint_result *result)
{
	struct refpoint_uuid uuid;
	size_t i;
	int err;

	for (i = 0; i < count; i++) {
		err = rp_volume_resolve(ctx, volumes[i], &uuid, result);
		if (err)
			return err;
		err = rp_put_uuid(msg, attr, &uuid);
		if (err)
			return rp_result_fail(ctx, result, err);
	}
	return 0;
}

/* ---- verbs -------------------------------------------------------------------- */

int refpoint_volume_list(struct refpoint_ctx *ctx,
			 struct refpoint_volume **list,
			 struct refpoint_result *result)
{
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!list)
		return rp_result_fail(ctx, result, -EINVAL);
	return rp_object_list(ctx, rp_nl_msg(ctx, REFPOINT_CMD_GET_VOLUME),
			      &volume_kind, (struct rp_object **)list, result);
}

int refpoint_volume_get(struct refpoint_ctx *ctx, const char *volume,
			struct refpoint_volume **found,
			struct refpoint_result *result)
{
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	if (!volume || !found)
		return rp_result_fail(ctx, result, -EINVAL);
	*found = NULL;
	return volume_get(ctx, volume, (struct rp_object **)found, result);
}

/* A request about one volume, with the reason that somebody gives for it. */
static int volume_msg(struct refpoint_ctx *ctx, uint8_t cmd, const char *volume,
		      const char *text, struct nl_msg **msg,
		      struct refpoint_result *result)
{
	struct refpoint_uuid uuid;
	int err;

	*msg = NULL;
	err = rp_volume_resolve(ctx, volume, &uuid, result);
	if (err)
		return err;
	*msg = rp_nl_msg(ctx, cmd);
	if (!*msg)
		return rp_result_fail(ctx, result, -ENOMEM);
	err = rp_put_uuid(*msg, REFPOINT_A_VOLUME_ID, &uuid);
	if (!err && text)
		err = rp_put_str(*msg, REFPOINT_A_REASON_TEXT, text);
	if (err) {
		nlmsg_free(*msg);
		return rp_result_fail(ctx, result, err);
	}
	return 0;
}

int refpoint_volume_mark(struct refpoint_ctx *ctx, const char *volume,
			 uint64_t start, uint64_t length, const char *text,
			 struct refpoint_result *result)
{
	struct nl_msg *msg;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	err = volume_msg(ctx, REFPOINT_CMD_MARK_CHANGED, volume, text, &msg,
			 result);
	if (err)
		return err < 0 ? err : 0;
	if (nla_put_u64(msg, REFPOINT_A_START, start) ||
	    nla_put_u64(msg, REFPOINT_A_LENGTH, length)) {
		nlmsg_free(msg);
		return rp_result_fail(ctx, result, -EMSGSIZE);
	}
	return rp_object_method(ctx, msg, NULL, NULL, result);
}

int refpoint_volume_new_generation(struct refpoint_ctx *ctx,
				   const char *volume, const char *text,
				   struct refpoint_uuid *generation,
				   struct refpoint_result *result)
{
	struct rp_answer answer = { .job = 0 };
	struct nl_msg *msg;
	int err = rp_result_begin(ctx, result);

	if (err)
		return err;
	err = volume_msg(ctx, REFPOINT_CMD_NEW_GENERATION, volume, text, &msg,
			 result);
	if (err)
		return err < 0 ? err : 0;
	err = rp_object_method(ctx, msg, &rp_answer_kind, &answer, result);
	if (generation)
		*generation = answer.generation.uuid;
	return err;
}

void refpoint_volume_free(struct refpoint_volume *volume)
{
	rp_object_free((struct rp_object *)volume, &volume_kind);
}

/* ---- accessors ------------------------------------------------------------------ */

const struct refpoint_volume *
refpoint_volume_next(const struct refpoint_volume *volume)
{
	return (const struct refpoint_volume *)volume->node.next;
}

const struct refpoint_uuid *
refpoint_volume_id(const struct refpoint_volume *volume)
{
	return &volume->id.uuid;
}

const char *refpoint_volume_name(const struct refpoint_volume *volume)
{
	return rp_str(volume->name);
}

uint32_t refpoint_volume_state(const struct refpoint_volume *volume)
{
	return volume->state;
}

uint32_t refpoint_volume_major(const struct refpoint_volume *volume)
{
	return volume->device >> 32;
}

uint32_t refpoint_volume_minor(const struct refpoint_volume *volume)
{
	return volume->device;
}

uint32_t refpoint_volume_metadata_major(const struct refpoint_volume *volume)
{
	return volume->metadata_device >> 32;
}

uint32_t refpoint_volume_metadata_minor(const struct refpoint_volume *volume)
{
	return volume->metadata_device;
}

uint32_t refpoint_volume_origin_major(const struct refpoint_volume *volume)
{
	return volume->origin_device >> 32;
}

uint32_t refpoint_volume_origin_minor(const struct refpoint_volume *volume)
{
	return volume->origin_device;
}

uint32_t refpoint_volume_hold(const struct refpoint_volume *volume)
{
	return volume->hold;
}

bool refpoint_volume_fail_stop(const struct refpoint_volume *volume)
{
	return volume->fail_stop;
}

bool refpoint_volume_degraded_ok(const struct refpoint_volume *volume)
{
	return volume->degraded_ok;
}

const struct refpoint_uuid *
refpoint_volume_generation(const struct refpoint_volume *volume)
{
	return rp_uuid(&volume->generation);
}

uint64_t refpoint_volume_incarnation(const struct refpoint_volume *volume)
{
	return volume->incarnation;
}

uint64_t refpoint_volume_capacity(const struct refpoint_volume *volume)
{
	return volume->capacity;
}

uint64_t refpoint_volume_granule(const struct refpoint_volume *volume)
{
	return volume->granule;
}

uint64_t refpoint_volume_region(const struct refpoint_volume *volume)
{
	return volume->region;
}

uint64_t refpoint_volume_metadata_used(const struct refpoint_volume *volume)
{
	return volume->metadata_used;
}

uint64_t refpoint_volume_metadata_total(const struct refpoint_volume *volume)
{
	return volume->metadata_total;
}

uint32_t refpoint_volume_points(const struct refpoint_volume *volume)
{
	return volume->points;
}

uint32_t refpoint_volume_gap_count(const struct refpoint_volume *volume)
{
	return volume->gap_count;
}

const struct refpoint_gap *
refpoint_volume_gaps(const struct refpoint_volume *volume)
{
	return (const struct refpoint_gap *)volume->gaps;
}

int refpoint_volume_counter(const struct refpoint_volume *volume,
			    uint32_t counter, uint64_t *value)
{
	if (counter >= NR_COUNTERS || !volume->counters[counter].set)
		return -ENODATA;
	*value = volume->counters[counter].value;
	return 0;
}

const struct refpoint_gap *refpoint_gap_next(const struct refpoint_gap *gap)
{
	return (const struct refpoint_gap *)gap->node.next;
}

uint64_t refpoint_gap_start(const struct refpoint_gap *gap)
{
	return gap->start;
}

uint64_t refpoint_gap_length(const struct refpoint_gap *gap)
{
	return gap->length;
}

uint32_t refpoint_gap_reason(const struct refpoint_gap *gap)
{
	return gap->reason;
}

const char *refpoint_gap_text(const struct refpoint_gap *gap)
{
	return rp_str(gap->text);
}

uint64_t refpoint_gap_time(const struct refpoint_gap *gap)
{
	return gap->time;
}

uint64_t refpoint_gap_sequence(const struct refpoint_gap *gap)
{
	return gap->sequence;
}
