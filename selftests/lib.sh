# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the shell tests share: disks, volumes, KTAP. Source it, then
#
#	plan_begin; disk_make ...; volume_make ...; ok NAME CONDITION...; plan_end
#
# Everything made here goes away when the script ends, however it ends. A test
# needs root and the module and runs in a virtual machine:
#
#	selftests/vm/run -- selftests/target/table.sh

KSFT_SKIP=4
TMP=$(mktemp -d "${TMPDIR:-/tmp}/refpoint-test.XXXXXX") || exit 1
TEST_COUNT=0
TEST_FAILED=0
DISKS=()
MAPPED=()
LOOPS=()
MODULES=()
OUT=
RC=0
# shellcheck source=selftests/json.sh
. "${BASH_SOURCE[0]%/*}/json.sh"

# Most of the time of a test in a User Mode Linux goes into processes that begin: a
# tenth of a second each on a slow machine. What runs often does without.

# --- KTAP ------------------------------------------------------------------

plan_begin()
{
	echo "TAP version 13"
	require_root
	require_target
}

# result GOOD NAME: one line; GOOD is 0 when it passed.
result()
{
	TEST_COUNT=$((TEST_COUNT + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $TEST_COUNT $2"
	else
		TEST_FAILED=$((TEST_FAILED + 1))
		echo "not ok $TEST_COUNT $2"
	fi
}

note()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

# ok NAME COMMAND...: passes when the command succeeds.
ok()
{
	local name=$1 rc=0
	shift

	OUT=$("$@" 2>&1) || rc=$?
	[ $rc -eq 0 ] || note "$*: status $rc: $OUT"
	result $rc "$name"
}

# status NAME WANT COMMAND...: passes when the exit status is WANT; what was
# printed is in $OUT.
status()
{
	local name=$1 want=$2
	shift 2

	OUT=$("$@" 2>&1)
	RC=$?
	if [ "$RC" -eq "$want" ]; then
		result 0 "$name"
	else
		note "$*: status $RC, not $want: $OUT"
		result 1 "$name"
	fi
}

# refused NAME TEXT COMMAND...: passes when the command fails and says TEXT (an
# extended regular expression).
refused()
{
	local name=$1 text=$2
	shift 2

	OUT=$("$@" 2>&1)
	RC=$?
	if [ $RC -ne 0 ] && matches "$text" "$OUT"; then
		result 0 "$name"
	else
		note "$*: status $RC, wanted a refusal with '$text': $OUT"
		result 1 "$name"
	fi
}

# same NAME WANT GOT
same()
{
	if [ "$2" = "$3" ]; then
		result 0 "$1"
	else
		note "wanted: $2"
		note "got:    $3"
		result 1 "$1"
	fi
}

# matches REGEX TEXT: whether a line does, as for grep -E.
matches()
{
	local text=$2 line

	# Line by line takes the square of the length.
	[ ${#text} -lt 4096 ] || { grep -Eq -- "$1" <<<"$text"; return; }
	while :; do
		line=${text%%$'\n'*}
		[[ $line =~ $1 ]] && return 0
		[ "$line" != "$text" ] || return 1
		text=${text#*$'\n'}
	done
}

# like NAME REGEX GOT
like()
{
	if matches "$2" "$3"; then
		result 0 "$1"
	else
		note "wanted something like '$2'"
		note "got: $3"
		result 1 "$1"
	fi
}

plan_end()
{
	echo "1..$TEST_COUNT"
	[ $TEST_FAILED -eq 0 ] || exit 1
	exit 0
}

skip_all()
{
	echo "1..0 # SKIP $*"
	exit $KSFT_SKIP
}

die()
{
	echo "Bail out! $*"
	exit 1
}

# --- requirements ------------------------------------------------------------

require_root()
{
	[ "$EUID" = 0 ] || skip_all "needs root"
}

require_target()
{
	[ -d /sys/module/dm_refpoint ] ||
		skip_all "no target 'refpoint': is the module loaded?"
}

require_command()
{
	local c

	for c; do
		command -v "$c" >/dev/null || skip_all "no command $c"
	done
}

# A program that make has to build first.
require_program()
{
	[ -x "$1" ] || skip_all "$1 is not built"
}

# --- cleaning up ---------------------------------------------------------------

# shellcheck disable=SC2317
clean_up()
{
	local i dir

	set +e
	trap '' INT TERM
	wait_children
	for ((i = ${#MAPPED[@]} - 1; i >= 0; i--)); do
		dmsetup remove "${MAPPED[i]}" 2>/dev/null && continue
		dmsetup info "${MAPPED[i]}" >/dev/null 2>&1 || continue
		dmsetup resume "${MAPPED[i]}" 2>/dev/null
		dmsetup remove --retry "${MAPPED[i]}" 2>/dev/null ||
			dmsetup remove --force "${MAPPED[i]}" 2>/dev/null
	done
	for i in "${LOOPS[@]}"; do
		losetup -d "$i" 2>/dev/null
	done
	for i in "${MODULES[@]}"; do
		rmmod "$i"
	done
	for i in "${DISKS[@]}"; do
		dir=/sys/kernel/config/nullb/$i
		[ -d "$dir" ] || continue
		echo 0 >"$dir/power" 2>/dev/null
		rmdir "$dir" 2>/dev/null
	done
	rm -rf "$TMP"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# shellcheck disable=SC2317
wait_children()
{
	local pids

	pids=$(jobs -p)
	# shellcheck disable=SC2086
	[ -z "$pids" ] || { kill $pids; wait $pids; } 2>/dev/null
}

# --- disks ---------------------------------------------------------------------

# disk_make NAME MIB [ATTRIBUTE=VALUE...]: a disk in memory, its path in $DISK.
disk_make()
{
	local name=rp$1 mib=$2 dir a
	shift 2

	[ -d /sys/kernel/config/nullb ] || modprobe null_blk nr_devices=0 2>/dev/null
	dir=/sys/kernel/config/nullb/$name
	mkdir "$dir" 2>/dev/null || skip_all "no null_blk with configfs"
	DISKS+=("$name")
	for a in memory_backed=1 size="$mib" blocksize=512 discard=1 "$@"; do
		[ -e "$dir/${a%%=*}" ] || skip_all "null_blk has no ${a%%=*}"
		echo "${a#*=}" >"$dir/${a%%=*}" || die "null_blk: $a"
	done
	echo 1 >"$dir/power" || die "null_blk: cannot switch on $name"
	DISK=/dev/$name
	[ -b "$DISK" ] || DISK=/dev/nullb$(<"$dir/index")
	[ -b "$DISK" ] || die "no $DISK"
}

# loop_make NAME BYTES: a loop device over a file in memory, its path in $DISK. It
# can zero by punching a hole, which null_blk cannot, and has any length.
loop_make()
{
	modprobe loop 2>/dev/null
	truncate -s "$2" "$TMP/$1.img"
	DISK=$(losetup -f --show "$TMP/$1.img") || skip_all "no loop devices"
	LOOPS+=("$DISK")
}

# map_make NAME TABLE: a device-mapper device, removed at the end.
map_make()
{
	MAPPED+=("$1")
	dmsetup create "$1" --table "$2"
}

# map_becomes NAME TABLE: another table for a device that is there.
map_becomes()
{
	dmsetup reload "$1" --table "$2" && dmsetup suspend "$1" && dmsetup resume "$1"
}

# module_again: the module goes and comes, and remembers nothing; no volume is active.
module_again()
{
	rmmod dm_refpoint && insmod "$RP_MODULE"
}

# rp_disk_load: the target of disks that lose power and fail, from
# selftests/modules/rp_disk; it goes at the end.
rp_disk_load()
{
	if [ ! -d /sys/module/rp_disk ]; then
		[ -e "${RP_MODULES:-}/rp_disk.ko" ] || skip_all "no module rp_disk"
		insmod "$RP_MODULES/rp_disk.ko" || die "cannot load rp_disk"
	fi
	MODULES+=(rp_disk)
}

# rp_disk_pair NAME SECTORS GRANULE [METADATA SECTORS]: disks NAME-data and
# NAME-meta of that target, formatted.
rp_disk_pair()
{
	map_make "$1-data" "0 $2 rp_disk" || die "no disk"
	map_make "$1-meta" "0 ${4:-8192} rp_disk" || die "no disk"
	refpoint format "/dev/mapper/$1-meta" --data "/dev/mapper/$1-data" \
		--granularity "$3" >"$TMP/format" 2>&1 ||
		die "format: $(cat "$TMP/format")"
}

# map_forget NAME: it was removed.
map_forget()
{
	local i

	for i in "${!MAPPED[@]}"; do
		[ "${MAPPED[i]}" != "$1" ] || unset "MAPPED[i]"
	done
	MAPPED=("${MAPPED[@]}")
}

sectors()
{
	blockdev --getsz "$1"
}

# --- volumes ---------------------------------------------------------------------

# volume_disks NAME MIB [ATTRIBUTE=VALUE...]: disks for data and metadata: $DATA,
# $META. The attributes are the data's.
volume_disks()
{
	local name=$1 mib=$2
	shift 2

	disk_make "$name-data" "$mib" "$@"
	DATA=$DISK
	disk_make "$name-meta" "${META_MIB:-32}"
	META=$DISK
}

# volume_make NAME MIB [FORMAT OPTION...]: disks, format, table. Leaves $DATA,
# $META and $TABLE; the volume is /dev/mapper/NAME.
volume_make()
{
	local name=$1 mib=$2
	shift 2

	volume_disks "$name" "$mib"
	refpoint format "$META" --data "$DATA" "$@" >"$TMP/format" 2>&1 ||
		die "format: $(cat "$TMP/format")"
	TABLE="0 $((mib * 2048)) refpoint $META $DATA"
	map_make "$name" "$TABLE" || die "no volume $name"
}

# volume_field NAME FIELD: of `refpoint volume show --json`.
volume_field()
{
	refpoint volume show "$1" --json | json "$2"
}

# volume_commits NAME: transactions since it is active.
volume_commits()
{
	volume_field "$1" 'd["counters"]["commits"]'
}

# words METADATA: that these carry of volumes which could not write their own (I6), as
# they stand on the device. It may be in use: call it again until it says what it should.
words()
{
	refpoint dump "$1" --json 2>/dev/null |
		json 'len([r for r in d["records"] if r["type"] == "witness"])'
}

# point_ok NAME COLLECTION [OPTION...]: a test that makes a point, $POINT.
point_ok()
{
	local name=$1
	shift

	point_make "$@"
	result $? "$name"
}

# point_make COLLECTION [OPTION...]: its id in $POINT.
# shellcheck disable=SC2034
point_make()
{
	local out

	out=$(refpoint point create "$@" 2>&1) ||
		{ note "point create $*: $out"; return 1; }
	POINT=
	[[ $out =~ [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} ]] &&
		POINT=${BASH_REMATCH[0]}
}

# changes VOLUME OPTION...: the extents as "offset length kinds" lines.
changes()
{
	refpoint changes "$@"
}

# write_at DEVICE OFFSET LENGTH: random data, past the page cache.
write_at()
{
	dd if=/dev/urandom of="$1" bs="$3" count=1 oflag=direct,seek_bytes \
		seek="$2" conv=notrunc iflag=fullblock status=none
}

# until_same WANT COMMAND...: for half a minute; fails when it never prints WANT.
until_same()
{
	local want=$1 i
	shift

	for ((i = 0; i < 150; i++)); do
		[ "$("$@")" != "$want" ] || return 0
		sleep 0.2
	done
	note "never came to $want: $*: $("$@")"
	return 1
}

# until_more THAN COMMAND...: for half a minute; fails when it prints no more than that.
until_more()
{
	local than=$1 i
	shift

	for ((i = 0; i < 300; i++)); do
		[ "$("$@")" -le "$than" ] || return 0
		sleep 0.1
	done
	note "never more than $than: $*: $("$@")"
	return 1
}

# until_true COMMAND...: it succeeds, within half a minute.
until_true()
{
	local i

	for ((i = 0; i < 300; i++)); do
		"$@" && return 0
		sleep 0.1
	done 2>/dev/null
	note "never: $*"
	return 1
}

# monitor_begin FILE [OPTION...]: `refpoint monitor` in the background, $MONITOR, that
# has subscribed already.
monitor_begin()
{
	local file=$1
	shift

	refpoint monitor "$@" >"$file" 2>/dev/null &
	MONITOR=$!
	until_true subscribed "$MONITOR" || die "the monitor does not subscribe"
}

# subscribed PID: it has a socket of generic netlink (16) that is in a group.
subscribed()
{
	local inode

	for inode in $(readlink /proc/"$1"/fd/* | sed -n 's/^socket:\[\(.*\)\]$/\1/p'); do
		awk -v inode="$inode" '$2 == 16 && $4 !~ /^0*$/ && $NF == inode { found = 1 }
			END { exit !found }' /proc/net/netlink && return 0
	done
	return 1
}

monitor_end()
{
	kill "$MONITOR"
	wait "$MONITOR" 2>/dev/null
}

# no_splat: nothing bad in the kernel's log since the machine is up. (Data races are
# for who runs the machine, selftests/vm/run, which knows whose they are.)
no_splat()
{
	dmesg | awk '/BUG: KCSAN/ { next }
		/BUG:|WARNING:|Oops|INFO: task .* blocked/ { bad = 1 }
		END { exit bad }'
}
