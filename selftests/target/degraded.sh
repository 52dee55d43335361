#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# degraded_ok is for metadata that cannot be used, and for nothing else: a table that
# is wrong is refused all the same, and none writes past a volume that tracks the same
# origin, whichever of the two was first (I1).
#
# run in a virtual machine: selftests/vm/run -- selftests/target/degraded.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

state()
{
	dmsetup status "$1" | cut -d ' ' -f 4
}

plan_begin
# What ok() calls adds to a copy of the list.
MAPPED+=(vol other)
volume_disks degraded 64
len=$(sectors "$DATA")
disk_make empty 8
EMPTY=$DISK
refpoint format "$META" --data "$DATA" >/dev/null || die "format"
TABLE="0 $len refpoint $META $DATA"

# Beside an active volume.
ok "a volume" map_make vol "$TABLE"
refused "its own table, degraded_ok, on another device" "." \
	dmsetup create other --table "$TABLE 1 degraded_ok"
dmsetup remove other 2>/dev/null
refused "its origin with metadata that are none" "." \
	dmsetup create other --table "0 $len refpoint $EMPTY $DATA 1 degraded_ok"
dmsetup remove other 2>/dev/null
refused "its origin with metadata that are not there" "." \
	dmsetup create other --table "0 $len refpoint /dev/nowhere $DATA 1 degraded_ok"
dmsetup remove other 2>/dev/null
same "the volume is active" active "$(state vol)"
dmsetup remove vol

# Before it.
ok "a degraded table" map_make other \
	"0 $len refpoint $EMPTY $DATA 1 degraded_ok"
same "is degraded" degraded "$(state other)"
refused "a volume over its origin" "." dmsetup create vol --table "$TABLE"
dmsetup remove vol 2>/dev/null
ok "until it is suspended" dmsetup suspend other
ok "the volume comes up" map_make vol "$TABLE"
refused "and the table stays down meanwhile" "." dmsetup resume other
same "the volume is active" active "$(state vol)"
dmsetup remove vol
ok "afterwards it may" dmsetup resume other
dmsetup remove other

# The device itself: from degraded to tracking and back.
ok "a degraded table once more" map_make vol \
	"0 $len refpoint $EMPTY $DATA 1 degraded_ok"
ok "becomes a volume" map_becomes vol "$TABLE"
same "that is active" active "$(state vol)"
ok "and degraded" map_becomes vol "0 $len refpoint $EMPTY $DATA 1 degraded_ok"
same "as it says" degraded "$(state vol)"
dmsetup remove vol

# A length that the metadata have no room for.
disk_make longer 16384
LONG=$DISK
disk_make small 1
SMALL=$DISK
refpoint format "$SMALL" --data "$DATA" --granularity 4K >/dev/null || die "format"
ok "a volume on small metadata" map_make vol "0 $len refpoint $SMALL $LONG 1 degraded_ok"
same "is active" active "$(state vol)"
refused "too long a table is refused" "." dmsetup reload vol --table \
	"0 $(sectors "$LONG") refpoint $SMALL $LONG 1 degraded_ok"
same "it tracks still" active "$(state vol)"
ok "no splat" no_splat
plan_end
