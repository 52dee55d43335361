#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I6, I7: a metadata device on which even submitting waits holds up the workers that
# there are. (One of each kind here, as if so many volumes were on that device.)
# Writes of other volumes are let through all the same, the time counts from when they
# were queued, and the word of their failure is with a witness.

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
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
witness_meta=$META
ok "a collection" refpoint collection create all hung other witness

had_timeout=$(cat $TIMEOUT)
for q in arm md pass; do
	[ -e $WORKERS/refpoint_$q/max_active ] || skip_all "no $WORKERS"
	declare "had_$q=$(cat $WORKERS/refpoint_$q/max_active)"
	echo 1 >$WORKERS/refpoint_$q/max_active
done
status "no patience at all is refused" 1 sh -c "echo 0 >$TIMEOUT"
same "and changes nothing" "$had_timeout" "$(cat $TIMEOUT)"
echo 3 >$TIMEOUT

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
ok "the witness has words of both" until_same 2 words "$witness_meta"

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

# The origin: what it does not take is not the metadata's failure, and of one that is
# over two disks, one of them well, that one goes on.
echo 2 >$TIMEOUT
PART=65536
rp_disk_pair clogged $SECTORS 64K
map_make well "0 $PART rp_disk" || die "no disk"
map_make origin "0 $PART linear /dev/mapper/clogged-data 0
$PART $PART linear /dev/mapper/well 0" || die "no origin"
map_make clogged "0 $SECTORS refpoint /dev/mapper/clogged-meta /dev/mapper/origin" ||
	die "no clogged"

# put OFFSET: in MiB, in a region of its own
put()
{
	write_at /dev/mapper/clogged $(($1 * 1048576)) 4096
}

put_aside()
{
	write_at /dev/mapper/witness 33554432 4096
}

# in_time PID: does it end?
in_time()
{
	local i

	for ((i = 0; i < 60; i++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

dmsetup message clogged-data 0 busy yes
hung=()
for at in 1 9 17; do
	put $at &
	hung+=($!)
done
# Armed together with one that hangs, and after that.
put 34 &
well=($!)
sleep 0.5
put 25 &
hung+=($!)
put 42 &
well+=($!)
for at in 0 1; do
	ok "a write to the part that is well ends, $at" in_time "${well[at]}"
done
sleep 3
ok "the others hang" kill -0 "${hung[@]}"
# The one worker that there is for such writes is in a submission.
put_aside &
ok "a write to another volume ends" in_time $!
put 50 &
ok "and one that comes later ends" in_time $!
status "a checkpoint waits for them no longer than it may" 1 \
	dmsetup message clogged 0 checkpoint
same "nothing has failed" active "$(volume_field clogged state)"
dmsetup message clogged-data 0 busy no
for at in "${!hung[@]}"; do
	wait "${hung[at]}"
	same "one that hung ends well, $at" 0 $?
done
ok "now there is a checkpoint" dmsetup message clogged 0 checkpoint
same "it is active" active "$(volume_field clogged state)"
same "without a gap" 0 "$(volume_field clogged 'len(d["gaps"])')"
ok "and can be taken down" dmsetup remove clogged

for q in arm md pass; do
	had="had_$q"
	echo "${!had}" >$WORKERS/refpoint_$q/max_active
done
echo "$had_timeout" >$TIMEOUT
ok "no splat" no_splat
plan_end
