#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I7: while a point waits for one member's metadata device, which hangs, the other
# members can be suspended; they leave the point with their prepare and learn
# the outcome when they are back (O6).

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make quick 32 --granularity 4K
quick_table=$TABLE
# Its metadata device can be held by suspending what lies over it.
volume_disks slow 32
map_make slow-meta "0 $(sectors "$META") linear $META 0" || die "no slow-meta"
refpoint format /dev/mapper/slow-meta --data "$DATA" --granularity 4K >/dev/null ||
	die "format"
map_make slow "0 $(sectors "$DATA") refpoint /dev/mapper/slow-meta $DATA" ||
	die "no slow"
ok "a collection" refpoint collection create both quick slow
point_ok "a point before" both
before=$POINT

# begin_late ARGUMENT...: a point that hangs in the prepare of "slow"; $JOB, $POINT.
begin_late()
{
	dmsetup suspend --nolockfs --noflush slow-meta
	OUT=$(refpoint --json point create both --no-wait "$@") || die "point: $OUT"
	JOB=$(json 'd["job"]' <<<"$OUT")
	POINT=$(json 'd["id"]' <<<"$OUT")
}

# begin_point: likewise. The prepare of "quick" is durable when it returns.
begin_point()
{
	local was

	was=$(volume_commits quick)
	begin_late
	until_more "$was" volume_commits quick ||
		die "quick has not prepared: $(refpoint point show "$POINT")"
}

# wait_state POINT STATE
# shellcheck disable=SC2317
wait_state()
{
	local i

	for ((i = 0; i < 100; i++)); do
		[ "$(refpoint point show "$1" --json | json state)" != "$2" ] ||
			return 0
		sleep 0.1
	done
	refpoint point show "$1"
	return 1
}

# Gone and back while the point is being made.
begin_point
ok "the other member is suspended at once" timeout 10 dmsetup suspend quick
ok "and resumed" dmsetup resume quick
ok "a write to it" write_at /dev/mapper/quick 1048576 4096
same "the point is not there yet" "preparing" \
	"$(refpoint point show "$POINT" --json | json state)"
dmsetup resume slow-meta
ok "the job ends well" refpoint job wait "$JOB"
ok "the point is committed" wait_state "$POINT" committed
ok "changes from it" refpoint changes quick --from "$POINT"
same "are what was written since" "1048576 4096 written" "$OUT"

# Gone, and back later.
begin_point
ok "the other member is removed at once" timeout 10 dmsetup remove quick
dmsetup resume slow-meta
ok "the job ends well without it" refpoint job wait "$JOB"
ok "the member comes back" dmsetup create quick --table "$quick_table"
ok "to a point that is committed" wait_state "$POINT" committed
ok "changes up to it" refpoint changes quick --from "$before" --to "$POINT"
same "are whole" "1048576 4096 written" "$OUT"

# I8: regions are taken back on a member that is done with its part.
INTERVAL=/sys/module/dm_refpoint/parameters/checkpoint_interval
had_interval=$(cat $INTERVAL)
begin_point
echo 1 >$INTERVAL
was=$(volume_field quick 'd["counters"]["checkpoints"]')
ok "a write to a member that waits" write_at /dev/mapper/quick 2097152 4096
# shellcheck disable=SC2317
more_checkpoints()
{
	[ "$(volume_field quick 'd["counters"]["checkpoints"]')" -gt "$was" ]
}
ok "a checkpoint does not" until_true more_checkpoints
ok "it can still be suspended" timeout 10 dmsetup suspend quick
ok "and resumed once more" dmsetup resume quick
echo "$had_interval" >$INTERVAL
dmsetup resume slow-meta
ok "the job ends well after a checkpoint" refpoint job wait "$JOB"
ok "changes up to that point" refpoint changes quick --from "$before" --to "$POINT"
same "are what came before it" "1048576 4096 written" "$OUT"
ok "changes after it" refpoint changes quick --from "$POINT"
same "are what came then" "2097152 4096 written" "$OUT"

# At its deadline the point is void and the job has ended, whoever hangs.
ok "a write before it" write_at /dev/mapper/quick 3145728 4096
ok "likewise" write_at /dev/mapper/slow 3145728 4096
begin_late --deadline 3
status "the job ends without the one that hangs" 13 timeout 20 refpoint job wait "$JOB"
like "and names it" "deadline.*slow|slow.*deadline" "$OUT"
same "the point is void" "void" "$(refpoint point show "$POINT" --json | json state)"
ok "a write meanwhile" write_at /dev/mapper/quick 4194304 4096
ok "the other can have a point" timeout 20 refpoint point create both --only quick
ok "can be suspended" timeout 10 dmsetup suspend quick
ok "and resumed as before" dmsetup resume quick
# The hung one is still the first one's.
OUT=$(refpoint --json point create both --no-wait --deadline 2) || die "point: $OUT"
job=$(json 'd["job"]' <<<"$OUT")
status "another job over both ends, too" 13 timeout 20 refpoint job wait "$job"
dmsetup resume slow-meta
point_ok "all can have one when that is over" both
for v in quick slow; do
	ok "$v: changes up to it" refpoint changes $v --from "$before" --to "$POINT"
	like "$v: nothing of the void one is lost" "^3145728 4096 written" "$OUT"
done

begin_late
refpoint job cancel "$JOB" >/dev/null || die "cancel"
status "likewise when it is cancelled" 1 timeout 20 refpoint job wait "$JOB"
same "it is void, too" "void" "$(refpoint point show "$POINT" --json | json state)"
dmsetup resume slow-meta
point_ok "all can have one again" both

# A second one hangs, that is through with its prepare.
volume_disks slower 32
map_make slower-meta "0 $(sectors "$META") linear $META 0" || die "no slower-meta"
refpoint format /dev/mapper/slower-meta --data "$DATA" --granularity 4K >/dev/null ||
	die "format"
map_make slower "0 $(sectors "$DATA") refpoint /dev/mapper/slower-meta $DATA"
refpoint collection add-member both slower || die "no third member"
dmsetup suspend --nolockfs --noflush slow-meta
was=$(volume_commits slower)
OUT=$(refpoint --json point create both --no-wait --deadline 4) || die "point: $OUT"
JOB=$(json 'd["job"]' <<<"$OUT")
until_more "$was" volume_commits slower
dmsetup suspend --nolockfs --noflush slower-meta
status "with two that hang it ends as well" 13 timeout 30 refpoint job wait "$JOB"
ok "and the third is free" timeout 20 refpoint point create both --only quick
dmsetup resume slower-meta
dmsetup resume slow-meta
point_ok "all three can have a point then" both

# A destroy that hangs on one member.
dmsetup suspend --nolockfs --noflush slow-meta
was=$(volume_commits quick)
refpoint point destroy "$POINT" >"$TMP/destroy" 2>&1 &
until_more "$was" volume_commits quick
ok "suspended during a destroy" timeout 10 dmsetup suspend quick
ok "and resumed" dmsetup resume quick
dmsetup resume slow-meta
wait $!
same "the destroy ends well" 0 $?

ok "no splat" no_splat
plan_end
