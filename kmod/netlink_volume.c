// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink_volume.c - GET_VOLUME, MARK_CHANGED, NEW_GENERATION
 *
 * What GET_VOLUME shows is as of the last commit, copied under the volume's
 * spinlock: it waits for no I/O and for no suspended device.
 */
#include "arm.h"
#include "generation.h"
#include "netlink.h"
#include "view.h"
#include "volume.h"

/* Gaps in one message; the count tells that there are more. */
#define RP_NL_GAPS_DO		128U
#define RP_NL_GAPS_DUMP		32U

/* A gap's nest at its largest, and everything else about a volume: 700 bytes, and room. */
#define RP_NL_GAP_SIZE		(nla_total_size(0) + \
				 5 * nla_total_size_64bit(sizeof(u64)) + \
				 nla_total_size(sizeof(u32)) + \
				 nla_total_size(RP_GAP_TEXT_MAX))
#define RP_NL_VOLUME_SIZE	2048U

/* What is shown, copied at one instant. */
struct rp_nl_volume_copy {
	char name[REFPOINT_NAME_MAX + 1];
	u32 state;
	struct rp_md_info info;
	struct rp_md_usage usage;
	unsigned int nr_points;
	unsigned int nr_gaps;
	unsigned int nr_copied;
	bool has_armed;
	u32 armed;
	struct rp_gap gaps[];
};

static struct rp_nl_volume_copy *rp_nl_copy_volume(struct rp_volume *vol,
						   unsigned int max_gaps)
{
	struct rp_nl_volume_copy *v;
	struct rp_volume_gap *g;

	v = kvzalloc(struct_size(v, gaps, max_gaps), GFP_KERNEL);
	if (!v)
		return NULL;
	rp_volume_name(vol, v->name);
	if (!rp_volume_enter(vol, false)) {
		v->armed = rp_arm_nr_armed(vol->arm);
		v->has_armed = true;
		rp_volume_exit(vol);
	}

	spin_lock(&vol->lock);
	v->state = vol->state;
	v->info = vol->info;
	v->usage = vol->usage;
	v->nr_points = vol->nr_points;
	v->nr_gaps = vol->nr_gaps;
	list_for_each_entry(g, &vol->gaps, node) {
		if (v->nr_copied == max_gaps)
			break;
		v->gaps[v->nr_copied++] = g->gap;
	}
	spin_unlock(&vol->lock);
	return v;
}

static int rp_nl_put_gap(struct sk_buff *msg, const struct rp_gap *gap)
{
	struct nlattr *nest = nla_nest_start(msg, REFPOINT_A_GAP);

	if (!nest ||
	    nla_put_u64_64bit(msg, REFPOINT_GAP_A_START, gap->start,
			      REFPOINT_GAP_A_PAD) ||
	    nla_put_u64_64bit(msg, REFPOINT_GAP_A_LENGTH, gap->length,
			      REFPOINT_GAP_A_PAD) ||
	    nla_put_u32(msg, REFPOINT_GAP_A_REASON, gap->reason) ||
	    nla_put_string(msg, REFPOINT_GAP_A_TEXT, gap->text) ||
	    nla_put_u64_64bit(msg, REFPOINT_GAP_A_TIME, gap->time,
			      REFPOINT_GAP_A_PAD) ||
	    nla_put_u64_64bit(msg, REFPOINT_GAP_A_SEQUENCE, rp_seq_nr(gap->seq),
			      REFPOINT_GAP_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int rp_nl_put_counter(struct sk_buff *msg, int attr, u64 value)
{
	return nla_put_u64_64bit(msg, attr, value, REFPOINT_COUNTER_A_PAD);
}

static int rp_nl_put_counters(struct sk_buff *msg, const struct rp_volume *vol,
			      const struct rp_nl_volume_copy *v)
{
	const struct rp_times *checkpoints = &vol->counters.checkpoint_times;
	const struct rp_times *cuts = &vol->counters.cut_times;
	const struct {
		int attr;
		const atomic64_t *counter;
	} counters[] = {
		{ REFPOINT_COUNTER_A_FIRST_TOUCHES, &vol->counters.first_touches },
		{ REFPOINT_COUNTER_A_ARM_REQUESTS, &vol->counters.arm_requests },
		{ REFPOINT_COUNTER_A_ARM_WRITES, &vol->counters.arm_writes },
		{ REFPOINT_COUNTER_A_COMMITS, &vol->counters.commits },
		{ REFPOINT_COUNTER_A_CUTS, &vol->counters.cuts },
		{ REFPOINT_COUNTER_A_LATE_MARKS, &vol->counters.late_marks },
		{ REFPOINT_COUNTER_A_CHECKPOINTS, &vol->counters.checkpoints },
		{ REFPOINT_COUNTER_A_METADATA_WRITES, &vol->counters.metadata.writes },
		{ REFPOINT_COUNTER_A_METADATA_FUA_WRITES, &vol->counters.metadata.fua },
		{ REFPOINT_COUNTER_A_METADATA_FLUSHES, &vol->counters.metadata.flushes },
		{ REFPOINT_COUNTER_A_CHECKPOINT_TOTAL_NS, &checkpoints->total },
		{ REFPOINT_COUNTER_A_CHECKPOINT_LAST_NS, &checkpoints->last },
		{ REFPOINT_COUNTER_A_CHECKPOINT_LONGEST_NS, &checkpoints->longest },
		{ REFPOINT_COUNTER_A_CUT_TOTAL_NS, &cuts->total },
		{ REFPOINT_COUNTER_A_CUT_LAST_NS, &cuts->last },
		{ REFPOINT_COUNTER_A_CUT_LONGEST_NS, &cuts->longest },
		{ REFPOINT_COUNTER_A_ARMS_AHEAD, &vol->counters.arms_ahead },
		{ REFPOINT_COUNTER_A_ARMS_AHEAD_USED, &vol->counters.arms_used },
		{ REFPOINT_COUNTER_A_ARMS_AHEAD_WASTED, &vol->counters.arms_wasted },
	};
	struct nlattr *nest = nla_nest_start(msg, REFPOINT_A_COUNTERS);
	u64 written = atomic64_read(&vol->counters.metadata.writes) << RP_BLOCK_SHIFT;
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		if (rp_nl_put_counter(msg, counters[i].attr,
				      atomic64_read(counters[i].counter)))
			return -EMSGSIZE;
	if (rp_nl_put_counter(msg, REFPOINT_COUNTER_A_WRITES, rp_view_writes(vol)) ||
	    rp_nl_put_counter(msg, REFPOINT_COUNTER_A_METADATA_BYTES_WRITTEN, written))
		return -EMSGSIZE;
	if (v->has_armed &&
	    rp_nl_put_counter(msg, REFPOINT_COUNTER_A_REGIONS_ARMED, v->armed))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int rp_nl_put_device(struct sk_buff *msg, int attr, dev_t dev)
{
	return rp_nl_put_u64(msg, attr, (u64)MAJOR(dev) << 32 | MINOR(dev));
}

/* What the table line says. */
static int rp_nl_put_table(struct sk_buff *msg, const struct rp_volume *vol)
{
	if (rp_nl_put_device(msg, REFPOINT_A_METADATA_DEVICE, vol->metadata_dev) ||
	    rp_nl_put_device(msg, REFPOINT_A_ORIGIN_DEVICE, vol->origin_dev) ||
	    nla_put_u32(msg, REFPOINT_A_HOLD_SECONDS, vol->hold) ||
	    nla_put_u8(msg, REFPOINT_A_FAIL_STOP, vol->fail_stop) ||
	    nla_put_u8(msg, REFPOINT_A_DEGRADED_OK, vol->degraded_ok))
		return -EMSGSIZE;
	return 0;
}

static int rp_nl_put_volume(struct sk_buff *msg, const struct rp_volume *vol,
			    const struct rp_nl_volume_copy *v)
{
	const struct rp_md_info *info = &v->info;
	unsigned int i;

	if (rp_nl_put_uuid(msg, REFPOINT_A_VOLUME_ID, &vol->uuid) ||
	    nla_put_string(msg, REFPOINT_A_VOLUME_NAME, v->name) ||
	    nla_put_u32(msg, REFPOINT_A_STATE, v->state) ||
	    rp_nl_put_device(msg, REFPOINT_A_DEVICE, vol->dev) ||
	    rp_nl_put_table(msg, vol) ||
	    nla_put(msg, REFPOINT_A_GENERATION, sizeof(info->generation),
		    info->generation) ||
	    rp_nl_put_u64(msg, REFPOINT_A_INCARNATION, info->incarnation) ||
	    rp_nl_put_u64(msg, REFPOINT_A_CAPACITY,
			  info->geo.sectors << SECTOR_SHIFT) ||
	    rp_nl_put_u64(msg, REFPOINT_A_GRANULE,
			  1ULL << info->geo.granule_shift) ||
	    rp_nl_put_u64(msg, REFPOINT_A_REGION, 1ULL << info->geo.region_shift) ||
	    rp_nl_put_u64(msg, REFPOINT_A_METADATA_USED,
			  v->usage.used << RP_BLOCK_SHIFT) ||
	    rp_nl_put_u64(msg, REFPOINT_A_METADATA_TOTAL,
			  v->usage.total << RP_BLOCK_SHIFT) ||
	    nla_put_u32(msg, REFPOINT_A_POINTS, v->nr_points) ||
	    nla_put_u32(msg, REFPOINT_A_GAPS, v->nr_gaps) ||
	    rp_nl_put_counters(msg, vol, v))
		return -EMSGSIZE;
	for (i = 0; i < v->nr_copied; i++)
		if (rp_nl_put_gap(msg, &v->gaps[i]))
			return -EMSGSIZE;
	return 0;
}

static int rp_nl_reply_volume(struct genl_info *info, struct rp_volume *vol,
			      const struct rp_result *res)
{
	struct rp_nl_volume_copy *v;
	struct sk_buff *msg;
	void *hdr;
	int err = -ENOMEM;

	v = rp_nl_copy_volume(vol, RP_NL_GAPS_DO);
	if (!v)
		return -ENOMEM;
	msg = rp_nl_reply_new(info, res, RP_NL_VOLUME_SIZE +
			      v->nr_copied * RP_NL_GAP_SIZE, &hdr);
	if (msg) {
		err = rp_nl_put_volume(msg, vol, v);
		if (err)
			nlmsg_free(msg);
		else
			err = rp_nl_reply_send(msg, hdr, info);
	}
	kvfree(v);
	return err;
}

int rp_nl_get_volume(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_result res = { };
	struct rp_volume *vol;
	int err;

	err = rp_nl_volume(info, &vol, &res);
	if (err)
		return err;
	if (!vol)
		return rp_nl_reply_result(info, &res);
	err = rp_nl_reply_volume(info, vol, &res);
	rp_volume_put(vol);
	return err;
}

/**
 * struct rp_nl_volume_cursor - in netlink_callback.ctx
 * @begun: @last counts
 * @last: the volume put last; they come in the order of their UUIDs, so that
 *	none is told twice and none that stays is left out
 */
struct rp_nl_volume_cursor {
	bool begun;
	uuid_t last;
};

int rp_nl_dump_volumes_start(struct netlink_callback *cb)
{
	struct rp_nl_volume_cursor *cursor = (void *)cb->ctx;

	BUILD_BUG_ON(sizeof(*cursor) > sizeof(cb->ctx));
	memset(cursor, 0, sizeof(*cursor));
	/* One volume with all its gaps has to fit. */
	cb->min_dump_alloc = RP_NL_VOLUME_SIZE +
			     RP_NL_GAPS_DUMP * RP_NL_GAP_SIZE;
	return 0;
}

static int rp_nl_dump_volume(struct sk_buff *skb, struct netlink_callback *cb,
			     struct rp_volume *vol)
{
	struct rp_nl_volume_copy *v;
	void *hdr;
	int err;

	v = rp_nl_copy_volume(vol, RP_NL_GAPS_DUMP);
	if (!v)
		return -ENOMEM;
	hdr = rp_nl_dump_put(skb, cb, REFPOINT_CMD_GET_VOLUME);
	err = hdr ? rp_nl_put_volume(skb, vol, v) : -EMSGSIZE;
	if (!err)
		genlmsg_end(skb, hdr);
	else if (hdr)
		genlmsg_cancel(skb, hdr);
	kvfree(v);
	return err;
}

int rp_nl_dump_volumes(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct rp_nl_volume_cursor *cursor = (void *)cb->ctx;
	struct rp_volume *vol;
	int err;

	for (;;) {
		vol = rp_volume_next(cursor->begun ? &cursor->last : NULL);
		if (!vol)
			break;
		err = rp_nl_dump_volume(skb, cb, vol);
		if (!err) {
			cursor->last = vol->uuid;
			cursor->begun = true;
		}
		rp_volume_put(vol);
		if (err == -EMSGSIZE && skb->len)
			break;
		if (err)
			return err;
		cond_resched();
	}
	return skb->len;
}

int rp_nl_dump_volumes_done(struct netlink_callback *cb)
{
	return 0;
}

int rp_nl_mark_changed(struct sk_buff *skb, struct genl_info *info)
{
	struct rp_result res = { };
	struct rp_volume *vol;
	int err;

	err = rp_nl_require(info, REFPOINT_A_START);
	if (!err)
		err = rp_nl_require(info, REFPOINT_A_LENGTH);
	if (!err)
		err = rp_nl_volume(info, &vol, &res);
	if (err)
		return err;
	if (vol) {
		err = rp_volume_mark_changed(vol,
					     nla_get_u64(info->attrs[REFPOINT_A_START]),
					     nla_get_u64(info->attrs[REFPOINT_A_LENGTH]),
					     rp_nl_str(info, REFPOINT_A_REASON_TEXT),
					     &res);
		rp_volume_put(vol);
	}
	return err ? err : rp_nl_reply_result(info, &res);
}

int rp_nl_new_generation(struct sk_buff *skb, struct genl_info *info)
{
	u8 generation[REFPOINT_UUID_LEN];
	struct rp_result res = { };
	struct rp_volume *vol;
	struct sk_buff *msg;
	void *hdr;
	int err;

	err = rp_nl_volume(info, &vol, &res);
	if (err)
		return err;
	if (vol) {
		err = rp_volume_new_generation(vol,
					       rp_nl_str(info, REFPOINT_A_REASON_TEXT),
					       generation, &res);
		rp_volume_put(vol);
		if (err)
			return err;
	}
	if (res.value != REFPOINT_RV_DONE)
		return rp_nl_reply_result(info, &res);
	msg = rp_nl_reply_new(info, &res, 0, &hdr);
	if (!msg)
		return -ENOMEM;
	if (nla_put(msg, REFPOINT_A_GENERATION, sizeof(generation), generation)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	return rp_nl_reply_send(msg, hdr, info);
}
