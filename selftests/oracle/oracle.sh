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

# volume_odd NAME MIB GRANULE BEGIN ODD: BEGIN sectors of another target before
# the volume; its length is ODD sectors short of the disk.
volume_odd()
{
	local name=$1 mib=$2 granule=$3 begin=$4 odd=$5 len table

	volume_disks "$name" "$mib" irqmode=2 completion_nsec=30000
	len=$(($(sectors "$DATA") - odd))
	map_make "$name-origin" "0 $len linear $DATA $odd" || die "no origin"
	refpoint format "$META" --data "/dev/mapper/$name-origin" \
		--granularity "$granule" >"$TMP/format" 2>&1 ||
		die "format: $(cat "$TMP/format")"
	table="$begin $len refpoint $META /dev/mapper/$name-origin"
	[ "$begin" = 0 ] || table="0 $begin zero
$table"
	map_make "$name" "$table" || die "no volume $name"
}

volume_odd ora 140 4K 8 3
volume_odd orb 97 64K 2056 129
volume_odd orc 34 1M 0 2047
volume_odd ord 21 64K 1 1
set -- --rounds "${RP_ROUNDS:-10}" "$@" ora orb orc ord

seed=${RP_SEED:-$((RANDOM << 15 | RANDOM))}
failed=0
for ((i = 0; i < ${RP_SEEDS:-1}; i++)); do
	[ "$i" = 0 ] || for d in ora orb orc ord; do
		blkdiscard -z "/dev/mapper/$d" 2>/dev/null
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
