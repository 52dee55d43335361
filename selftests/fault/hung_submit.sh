#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I6, I7: a metadata device on which even submitting waits holds up the workers that
# there are. (One of each kind here, as if so many volumes were on that device.)
# Writes of other volumes are let through all the same, the time counts from when they
# were queued, and the word of their failure is with a witness.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
rp_disk_load

WORKERS=/sys/devices/virtual/workqueue
TIMEOUT=/sys/module/dm_refpoint/parameters/arm_timeout
SECTORS=131072

for v in hung other; do
	rp_disk_pair $v $SECTORS 64K
	map_make $v "0 $SECTORS refpoint /dev/mapper/$v-meta /dev/mapper/$v-data" ||
		die "no $v"
done
volume_make witness 64
ok "a collection" refpoint collection create all hung other witness

had_timeout=$(cat $TIMEOUT)
for q in arm md; do
	[ -e $WORKERS/refpoint_$q/max_active ] || skip_all "no $WORKERS"
	declare "had_$q=$(cat $WORKERS/refpoint_$q/max_active)"
	echo 1 >$WORKERS/refpoint_$q/max_active
done
echo 3 >$TIMEOUT

had=$(volume_commits witness)
dmsetup message hung-meta 0 busy yes
write_at /dev/mapper/hung 1048576 4096 &
hung=$!
sleep 1
begun=$(date +%s)
write_at /dev/mapper/other 1048576 4096 &
other=$!
for ((i = 0; i < 150; i++)); do
	kill -0 $other 2>/dev/null || break
	sleep 0.1
done
took=$(($(date +%s) - begun))
ok "a write behind the hung worker ends" [ $i -lt 150 ]
ok "and was held for as long as is allowed" [ $took -ge 2 ]
wait $hung
same "so does the one that hangs" 0 $?
for v in hung other; do
	same "$v has failed" failed "$(volume_field $v state)"
done
ok "the witness has words of both" until_same $((had + 2)) volume_commits witness

dmsetup message hung-meta 0 busy no
wait $other
same "which was written well" 0 $?
for v in hung other; do
	ok "$v: a gap" until_same 1 volume_field $v 'len(d["gaps"])'
done

# A hold begins with what is queued for too long, and ends when that is over.
rp_disk_pair patient $SECTORS 64K
map_make patient \
	"0 $SECTORS refpoint /dev/mapper/patient-meta /dev/mapper/patient-data 2 hold 60" ||
	die "no patient"
dmsetup message patient-meta 0 busy yes
write_at /dev/mapper/patient 1048576 4096 &
first=$!
sleep 1
write_at /dev/mapper/patient 1052672 4096 &
second=$!
ok "with a hold it is held" until_same held volume_field patient state
dmsetup message patient-meta 0 busy no
wait $first
same "the write that hung ends well" 0 $?
wait $second
same "so does the one behind it" 0 $?
ok "and it is active again" until_same active volume_field patient state
same "without a gap" 0 "$(volume_field patient 'len(d["gaps"])')"

# The origin: a congested one is waited for, and is not the metadata's failure.
echo 2 >$TIMEOUT
rp_disk_pair clogged $SECTORS 64K
map_make clogged "0 $SECTORS refpoint /dev/mapper/clogged-meta /dev/mapper/clogged-data" ||
	die "no clogged"

# clog OFFSET: two writes, the first in the worker's hands, the other one, into a region
# that is not armed yet, behind it.
clog()
{
	dmsetup message clogged-data 0 busy yes
	write_at /dev/mapper/clogged "$1" 4096 &
	first=$!
	sleep 0.5
	write_at /dev/mapper/clogged $(($1 + 8388608)) 4096 &
	second=$!
}

unclog()
{
	dmsetup message clogged-data 0 busy no
	wait "$first" && wait "$second"
	same "$1" 0 $?
}

clog 1048576
sleep 3
same "behind a congested origin nothing fails" active "$(volume_field clogged state)"
unclog "its writes end well"
sleep 1.5
same "nor after it" active "$(volume_field clogged state)"
same "no gap" 0 "$(volume_field clogged 'len(d["gaps"])')"
clog 33554432
ok "behind one that hangs it does" until_same failed volume_field clogged state
unclog "and ends when it answers again"
same "with a gap" 1 "$(volume_field clogged 'len(d["gaps"])')"

for q in arm md; do
	had="had_$q"
	echo "${!had}" >$WORKERS/refpoint_$q/max_active
done
echo "$had_timeout" >$TIMEOUT
ok "no splat" no_splat
plan_end
