#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The oracle over four volumes of odd geometry, each as deep in device mapper as
# it comes: the refpoint target behind another target in its table, lengths that
# are no multiple of the granule, granules from 4 KiB to 1 MiB, an origin that
# does not begin at its disk's first sector.
#
#	RP_SEED=n	replay (or begin with) this seed
#	RP_SEEDS=k	that many seeds, one after the other (1)
#	RP_ROUNDS=r	rounds of each (10)
#	oracle.sh --plant lose-one	drops a change: the test has to fail

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

ORACLE=$(dirname "$(readlink -f "$0")")/oracle

require_root
require_target
require_command dmsetup refpoint
require_program "$ORACLE"

# volume_odd KIND NAME MIB GRANULE BEGIN ODD: BEGIN sectors of another target
# before the volume; its length is ODD sectors short of the disk, which is a
# null_blk that takes its time, or a loop device that can zero.
volume_odd()
{
	local kind=$1 name=$2 mib=$3 granule=$4 begin=$5 odd=$6 len table

	if [ "$kind" = null ]; then
		volume_disks "$name" "$mib" irqmode=2 completion_nsec=30000
	else
		disk_make "$name-meta" 32
		META=$DISK
		loop_make "$name" $((mib * 1048576))
		DATA=$DISK
	fi
	len=$(($(sectors "$DATA") - odd))
	map_make "$name-origin" "0 $len linear $DATA $odd" || die "no origin"
	refpoint format "$META" --data "/dev/mapper/$name-origin" \
		--granularity "$granule" >"$TMP/format" 2>&1 ||
		die "format: $(cat "$TMP/format")"
	table="$begin $len refpoint $META /dev/mapper/$name-origin"
	if [ "$begin" != 0 ]; then
		loop_make "$name-before" $((begin * 512))
		table="0 $begin linear $DISK 0
$table"
	fi
	map_make "$name" "$table" || die "no volume $name"
}

volume_odd null ora 140 4K 8 3
volume_odd loop orb 97 64K 2056 129
volume_odd null orc 34 1M 0 2047
volume_odd loop ord 21 64K 1 1
set -- --rounds "${RP_ROUNDS:-10}" "$@" ora orb orc ord

seed=${RP_SEED:-$((RANDOM << 15 | RANDOM))}
failed=0
for ((i = 0; i < ${RP_SEEDS:-1}; i++)); do
	[ "$i" = 0 ] || for d in ora orb orc ord; do
		fallocate -p -o 0 -l "$(blockdev --getsize64 "/dev/mapper/$d")" \
			"/dev/mapper/$d" 2>/dev/null ||
			blkdiscard -z "/dev/mapper/$d"
	done
	"$ORACLE" --seed $((seed + i)) "$@" >"$TMP/out" 2>&1 || failed=$((failed + 1))
	# One run's KTAP is the test's; of several, one line each.
	if [ "${RP_SEEDS:-1}" = 1 ]; then
		cat "$TMP/out"
	else
		grep -E '^#|^not ok|^Bail' "$TMP/out"
		grep -Eq '^not ok|^Bail' "$TMP/out"
		result $((! $?)) "seed $((seed + i))"
	fi
done
[ "${RP_SEEDS:-1}" = 1 ] || echo "1..$TEST_COUNT"
[ $failed = 0 ] || exit 1
