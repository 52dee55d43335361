#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016
# The runner's own tests, in a tree of their own with a stand-in for the
# module. Output is KTAP.
#
# usage: [RP_TESTS="NAME..."] selftest.sh [KERNEL...]      (uml if none is named)
#
# What stands in single quotes is for the guest's shell.

set -u
HERE=$(cd "$(dirname "$0")" && pwd -P)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/refpoint-vm-selftest.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
mkdir -p "$WORK/tree/selftests" "$WORK/scratch" "$WORK/a place"
cp -R "$HERE/toy/." "$WORK/tree/"
cp -R "$HERE" "$WORK/tree/selftests/vm"
export SCRATCH=$WORK/scratch
RUN=$WORK/tree/selftests/vm/run

# vm OPTION... -- COMMAND...: on the kernel under test, output kept in files.
vm()
{
	"$RUN" --kernel "$K" --timeout 300 --no-leak-check "$@" \
		>"$WORK/out" 2>"$WORK/err"
}

# expect STATUS vm...
expect()
{
	local want=$1 got
	shift
	"$@"
	got=$?
	[ $got = "$want" ] || echo "# $*: status $got, not $want"
	[ $got = "$want" ]
}

# deed NAME: the stand-in does something wrong and the command succeeds.
deed()
{
	expect 125 vm -- sh -c "echo $1 >/sys/module/dm_refpoint/parameters/deed" &&
		grep -q "$2" "$WORK/err"
}

exit_status_passes()
{
	expect 0 vm -- true && expect 7 vm -- sh -c 'exit 7' &&
		expect 127 vm -- /no/such/command
}

output_is_the_commands_alone()
{
	expect 0 vm -- sh -c 'printf "a\000\r\n\377\004"; printf "b\n" >&2' &&
		printf 'a\000\r\n\377\004' | cmp - "$WORK/out" &&
		printf 'b\n' | cmp - "$WORK/err"
}

one_stream_keeps_its_order()
{
	local got

	got=$("$RUN" --kernel "$K" -- sh -c \
		'for i in 1 2 3 4; do echo $i; echo $i >&2; done' 2>&1 | tr -d '\n')
	[ "$got" = 11223344 ]
}

long_output_is_whole()
{
	expect 0 vm -- seq 400000 && seq 400000 | cmp - "$WORK/out"
}

output_appears_as_produced()
{
	"$RUN" --kernel "$K" -- sh -c 'echo now; sleep 4' | {
		local begun

		read -r _
		begun=$SECONDS
		read -r _
		[ $((SECONDS - begun)) -ge 3 ]
	}
}

writes_elsewhere_are_refused()
{
	expect 0 vm -- sh -c 'for f in / /etc /usr "$HOME" "$0" /var/tmp; do
		! touch "$f/refpoint-vm-selftest" || exit 1; done' "$WORK/tree" &&
		[ ! -e "$WORK/tree/refpoint-vm-selftest" ]
}

tmp_is_fresh()
{
	: >"$WORK/seen"
	expect 0 vm -- sh -c "test ! -e $WORK/seen && echo x >/tmp/x && cat /tmp/x"
}

scratch_reaches_the_host()
{
	echo in >"$SCRATCH/in"
	expect 0 vm -- sh -c 'cat "$SCRATCH/in" && mkdir "$SCRATCH/d" &&
		seq 100000 >"$SCRATCH/d/out"' &&
		seq 100000 | cmp - "$SCRATCH/d/out" && rm -r "$SCRATCH/d"
}

surroundings_are_carried()
{
	local word=$'it\'s "a $word"\nof *two* lines'

	(cd "$WORK/a place" && export RP_WORD=$word REFPOINT_X='x y' &&
		expect 0 vm -- sh -c 'pwd; id -u; printf "%s\n" "$1" "$RP_WORD" \
			"$REFPOINT_X"; tr "\0" "\n" <&0; command -v ip >/dev/null' \
			sh "$word") &&
		printf '%s\n' "$WORK/a place" 0 "$word" "$word" 'x y' |
		cmp - "$WORK/out"
}

leftovers_do_not_hold_it()
{
	expect 3 vm --timeout 60 -- sh -c 'sleep 1000 & trap "" TERM; sleep 1000 & exit 3'
}

unread_output_ends_it()
{
	local -a status

	timeout 100 "$RUN" --kernel "$K" -- yes 2>/dev/null | head -n 1 >/dev/null
	status=("${PIPESTATUS[@]}")
	[ "${status[0]}" = 141 ]
}

devices_work_without_udev()
{
	expect 0 vm -- sh -c 'modprobe dm-mod && modprobe null_blk &&
		mkdir /sys/kernel/config/nullb/n && cd /sys/kernel/config/nullb/n &&
		echo 1 >memory_backed && echo 256 >size && echo 1 >power && cd / &&
		disk=$(ls /dev/n /dev/nullb0 2>/dev/null | head -n 1) &&
		dmsetup create toy --table "0 131072 linear $disk 0" &&
		test -b /dev/mapper/toy && dmsetup remove toy &&
		pvcreate -qq "$disk" && vgcreate -qq toy "$disk" &&
		lvcreate -qq -n v -L 32M toy && mkfs.ext4 -q /dev/toy/v &&
		mount /dev/toy/v /tmp && echo x >/tmp/x && dmsetup suspend toy-v' &&
		[ ! -s "$WORK/out" ]
}

module_comes_and_goes()
{
	expect 0 vm --dmesg "$WORK/log" -- grep dm_refpoint /proc/modules &&
		[ -s "$WORK/out" ] && grep -q 'the command ends: 0' "$WORK/log" &&
		expect 1 vm --no-module -- grep dm_refpoint /proc/modules &&
		expect 0 vm -- rmmod dm_refpoint
}

test_modules_are_at_hand()
{
	expect 0 vm -- sh -c 'insmod "$RP_MODULES/rp_toy.ko" && rmmod rp_toy &&
		rmmod dm_refpoint && insmod "$RP_MODULE"'
}

broken_module_is_told()
{
	local source=$WORK/tree/kmod/dm-refpoint.c

	cp "$source" "$WORK/kept" && echo 'int broken(' >>"$source"
	expect 125 vm -- true && grep -q 'dm-refpoint.c:.*error' "$WORK/err"
	set -- $?
	cp "$WORK/kept" "$source"
	return "$1"
}

kdir_builds_modules()
{
	local kdir

	kdir=$("$RUN" --kernel "$K" --kdir 2>/dev/null) &&
		[ -d "$kdir" ] && [ -e "$kdir/Makefile" ] &&
		cp -R "$HERE/toy" "$WORK/built" &&
		make -s -C "$kdir" M="$WORK/built" modules >"$WORK/out" 2>&1 &&
		[ -e "$WORK/built/kmod/dm-refpoint.ko" ]
	set -- $?
	rm -rf "$WORK/built"
	return "$1"
}

late_machine_is_stopped()
{
	expect 124 vm --timeout 25 -- sleep 1000 && grep -q stopped "$WORK/err"
}

power_goes_on_request()
{
	local pid status

	"$RUN" --kernel "$K" --timeout 300 -- sh -c 'echo up; sleep 1000' \
		>"$WORK/out" 2>"$WORK/err" &
	pid=$!
	until [ -s "$WORK/out" ] || ! kill -0 $pid; do
		sleep 0.2
	done
	kill -USR1 $pid
	wait $pid
	status=$?
	[ $status = 137 ] || echo "# status $status, not 137"
	[ $status = 137 ] && [ ! -s "$WORK/err" ]
}

warning_fails() { deed warn 'WARNING: .*dm.refpoint'; }
oops_fails() { deed null 'NULL pointer\|Kernel mode fault'; }
panic_fails() { deed stop 'not syncing: on request'; }
complaint_fails() { deed complain 'BUG: on request'; }

# The last ones only a kernel with the checks can notice.
debug_only()
{
	[ "$K" = uml-debug ] || return 4
	"$@"
}

use_after_free_fails() { debug_only deed use_freed KASAN; }
lock_order_fails() { debug_only deed disorder 'possible circular'; }
atomic_sleep_fails() { debug_only deed sleep_locked 'while atomic\|invalid context'; }

race_fails()
{
	[ "$K" = kcsan ] || return 4
	deed race 'KCSAN: data-race in count'
}

leak_fails()
{
	[ "$K" = uml-debug ] || return 4
	expect 125 "$RUN" --kernel "$K" -- sh -c \
		'echo lose >/sys/module/dm_refpoint/parameters/deed' 2>"$WORK/err" &&
		grep -q 'lose+0x.*dm_refpoint' "$WORK/err" &&
		expect 0 "$RUN" --kernel "$K" -- true
}

ALL="exit_status_passes output_is_the_commands_alone one_stream_keeps_its_order
	long_output_is_whole output_appears_as_produced
	writes_elsewhere_are_refused tmp_is_fresh scratch_reaches_the_host
	surroundings_are_carried leftovers_do_not_hold_it unread_output_ends_it
	devices_work_without_udev module_comes_and_goes test_modules_are_at_hand
	broken_module_is_told kdir_builds_modules late_machine_is_stopped
	power_goes_on_request
	warning_fails oops_fails panic_fails complaint_fails
	use_after_free_fails lock_order_fails atomic_sleep_fails leak_fails
	race_fails"
TESTS=${RP_TESTS:-$ALL}

[ $# -gt 0 ] || set -- uml
n=0 failed=0
echo "TAP version 13"
# shellcheck disable=SC2086
echo "1..$(($(echo $TESTS | wc -w) * $#))"
for K; do
	for t in $TESTS; do
		n=$((n + 1))
		: >"$WORK/out"
		: >"$WORK/err"
		$t
		case $? in
		0) echo "ok $n $K $t" ;;
		4) echo "ok $n $K $t # SKIP not for this kernel" ;;
		*)
			echo "not ok $n $K $t"
			sed 's/^/# /' "$WORK/err" | tail -n 30
			failed=$((failed + 1))
			;;
		esac
	done
done
[ $failed = 0 ]
