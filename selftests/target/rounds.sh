#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The life of a table in any order, again and again, with I/O on it: suspend, resume
# and reload in every state, removal under queries, jobs and subscribers, unloading
# the module. RP_ROUNDS says how often (2000 in check-full), RP_SEED in which order.
# shellcheck disable=SC2317 # functions are called through ok

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

ROUNDS=${RP_ROUNDS:-6}
RANDOM=${RP_SEED:-$$}
note "RP_SEED=${RP_SEED:-$$} RP_ROUNDS=$ROUNDS"

# --- suspend, resume, load, in any state ------------------------------------------

# Asked in any state, also of a suspended device: who waits here waits for ever.
answers()
{
	local state

	state=$(timeout 10 dmsetup status vol) || return 1
	timeout 10 refpoint volume show vol >/dev/null || return 1
	timeout 10 refpoint changes vol --from "$POINT" >/dev/null 2>&1
	case $?:$state in
	0:*active*|12:*suspended*) return 0 ;;
	esac
	note "changes said something else in state $state"
	return 1
}

# One step, whatever it may come to in this state; a hang is what fails.
step()
{
	local what rc

	case $((RANDOM % 9)) in
	0) what="suspend vol" ;;
	1) what="suspend --noflush vol" ;;
	2) what="suspend --nolockfs vol" ;;
	3|4) what="resume vol" ;;
	5) what="load vol --table '0 $((32768 + RANDOM % 32769)) refpoint $META $DATA'" ;;
	6) what="load vol --table '$TABLE'" ;;
	7) what="clear vol" ;;
	8) what="message vol 0 checkpoint" ;;
	esac
	eval "timeout 30 dmsetup $what" >/dev/null 2>&1
	rc=$?
	[ "$rc" -ne 124 ] || { note "$what hangs"; return 1; }
	answers || { note "after: dmsetup $what (status $rc)"; return 1; }
}

steps()
{
	local i

	for ((i = 0; i < ROUNDS * 2; i++)); do
		step || return 1
	done
}

# Writes in the first 16 MiB, which every table has; notes what has been done.
writer()
{
	local i

	for ((i = RANDOM % 256; ; i = (i + 1) % 256)); do
		write_at /dev/mapper/vol $((i * 65536)) 512 &&
			echo "$i" >>"$TMP/written"
	done
}

# Is each granule that was written in the list?
nothing_missed()
{
	refpoint changes vol --from "$POINT" --json >"$TMP/changes" || return 1
	sort -un "$TMP/written" | python3 -c '
import json, sys
extents = json.load(open(sys.argv[1]))["extents"]
granules = {g for e in extents
            for g in range(e["offset"] >> 16, (e["offset"] + e["length"] + 65535) >> 16)}
missed = [int(line) for line in sys.stdin if int(line) not in granules]
sys.exit("missed: %s" % missed if missed else 0)' "$TMP/changes"
}

volume_make vol 32
refpoint collection create c vol >/dev/null || die "no collection"
point_make c || die "no point"
: >"$TMP/written"
writer &
pid=$!
ok "$((ROUNDS * 2)) steps in any order, with writes on the way" steps
dmsetup resume vol
kill $pid
wait $pid 2>/dev/null
same "it is active again" "active" "$(volume_field vol state)"
ok "there were writes" test -s "$TMP/written"
ok "every one of them is reported" nothing_missed
ok "the longest table again" eval \
	"dmsetup load vol --table '$TABLE' && dmsetup suspend vol && dmsetup resume vol"
ok "and all are still there" nothing_missed

# --- removal under queries and subscribers -----------------------------------------

asker()
{
	while :; do
		refpoint changes vol --from "$POINT" --granularity 64K
		refpoint volume list
		refpoint point list
	done >/dev/null 2>&1
}

remove_rounds()
{
	local i

	for ((i = 0; i < ROUNDS; i++)); do
		timeout 60 dmsetup remove --retry vol || return 1
		timeout 60 dmsetup create vol --table "$TABLE" || return 1
		dd if=/dev/zero of=/dev/mapper/vol bs=4k count=1 seek=$((i % 256)) \
			oflag=direct conv=notrunc status=none || return 1
	done
}

monitor_begin "$TMP/events"
asker &
asker=$!
ok "$ROUNDS removals while others ask and listen" remove_rounds
kill $asker
wait $asker 2>/dev/null
ok "and all are still there then" nothing_missed

# --- removal under a job --------------------------------------------------------------

# A point that waits for an origin's flush; its volume is removed meanwhile.
job_rounds()
{
	local i job

	for ((i = 0; i < (ROUNDS + 9) / 10; i++)); do
		dmsetup suspend --noflush below || return 1
		refpoint point create slow --no-wait >/dev/null || return 1
		timeout 60 dmsetup remove vol &
		job=$!
		timeout 10 refpoint volume list >/dev/null || return 1
		timeout 10 refpoint job list >/dev/null || return 1
		dmsetup resume below
		wait "$job" || return 1
		timeout 60 dmsetup create vol --table "$TABLE" || return 1
	done
}

jobs_ended()
{
	local i

	for ((i = 0; i < 100; i++)); do
		refpoint job list --json | grep -q running || return 0
		sleep 0.1
	done
	return 1
}

old_table=$TABLE
disk_make slow 16
map_make below "0 $(sectors "$DISK") linear $DISK 0" || die "no device below"
disk_make slow-meta 16
refpoint format "$DISK" --data /dev/mapper/below >/dev/null || die "no format"
map_make slow "0 $(sectors /dev/mapper/below) refpoint $DISK /dev/mapper/below" ||
	die "no second volume"
TABLE=$old_table
refpoint collection create slow vol slow >/dev/null || die "no collection"
ok "$(((ROUNDS + 9) / 10)) removals under a job" job_rounds
ok "and the jobs have ended" jobs_ended
ok "all are still there at the end" nothing_missed

# --- unloading ------------------------------------------------------------------------

# The module goes only when no table is left, whoever else is at it, and comes back.
unload_rounds()
{
	local i

	for ((i = 0; i < (ROUNDS + 3) / 4; i++)); do
		! rmmod dm_refpoint 2>/dev/null || return 1	# active
		dmsetup suspend vol
		! rmmod dm_refpoint 2>/dev/null || return 1	# suspended
		dmsetup resume vol
		refpoint point create c --no-wait >/dev/null || return 1
		dmsetup remove --retry vol || return 1
		dmsetup create vol --notable || return 1
		dmsetup load vol --table "$TABLE" || return 1
		! rmmod dm_refpoint 2>/dev/null || return 1	# preloaded
		dmsetup remove vol || return 1
		timeout 60 rmmod dm_refpoint || return 1	# with a subscriber
		insmod "$RP_MODULE" || return 1
		dmsetup create vol --table "$TABLE" || return 1
	done
}

dmsetup remove slow
if [ -e "${RP_MODULE:-}" ]; then
	ok "$(((ROUNDS + 3) / 4)) times unloaded and loaded" unload_rounds
	ok "all are still there after that" nothing_missed
fi
ok "the subscriber was told" test -s "$TMP/events"
monitor_end
ok "nothing in the log" no_splat
plan_end
