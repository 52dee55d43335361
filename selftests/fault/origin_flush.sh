#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An origin fails a flush of its user, loses what its cache held, and does the next
# flush, that of a point, well. What was acknowledged before the cut and is gone must
# not count as what the point holds (I3): the point is void. What was zeroed before it
# may not read as zeroes: it is written (I13), to "now" and to the next point, and
# after the volume was away. A flush that failed before the cut fails no point.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/origin_flush.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

say()
{
	dmsetup message flush-data 0 "$@"
}

# A user's flush.
sync_it()
{
	python3 -c 'import os; os.fsync(os.open("/dev/mapper/vol", os.O_RDWR))'
}

zero_it()
{
	blkdiscard -z -o "$1" -l 65536 /dev/mapper/vol
}

# kind_of GRANULE ARGUMENT...: what a list says of it.
kind_of()
{
	local granule=$1
	shift

	refpoint changes vol "$@" --json | python3 -c '
import json, sys
at = int(sys.argv[1]) * 65536
print(next((e["description"] for e in json.load(sys.stdin)["extents"]
            if e["offset"] <= at < e["offset"] + e["length"]), "none"))' "$granule"
}

# content GRANULE: a checksum of it, as the disk has it.
content()
{
	dd if=/dev/mapper/flush-data bs=65536 skip="$1" count=1 iflag=direct \
		2>/dev/null | sha256sum
}

plan_begin
require_command python3 blkdiscard
rp_disk_load
size=131072
rp_disk_pair flush $size 64K 65536
table="0 $size refpoint /dev/mapper/flush-meta /dev/mapper/flush-data"
map_make vol "$table" || die "table"
refpoint collection create all vol >/dev/null || die "collection"

# The flush fails after the cut.
ok "written" write_at /dev/mapper/vol 0 1048576
ok "and flushed" sync_it
point_make all
result $? "a point"
first=$POINT
was=$(content 3)
ok "a write into granule 3" write_at /dev/mapper/vol 196608 65536
content 3 >"$TMP/new"
differs() { [ "$(cat "$TMP/new")" != "$was" ]; }
ok "has other content" differs
ok "the next request of the origin waits" say stall_at 1
sync_it 2>/dev/null &
flush=$!
ok "that of a flush" until_true say stalled
status "a point is asked for" 0 refpoint point create all --no-wait --json
job=$(json 'd["job"]' <<<"$OUT")
sleep 1
ok "the flush is to fail" say fault flush 1 once drop
ok "the origin goes on" say go
wait $flush
same "the flush has failed" 1 $?
same "and granule 3 is as before" "$was" "$(content 3)"
refused "the point is void" "flush" refpoint job wait "$job"
point_make all
result $? "the next point is made"
second=$POINT
same "what was written is listed" written "$(kind_of 3 --from "$first" --to "$second")"

# Before the cut: no point fails by it, but zeroes are not believed.
ok "granule 5 is zeroed" zero_it 327680
same "and is told to be" zeroed "$(kind_of 5 --from "$second")"
ok "a flush is to fail" say fault flush 1 once drop
sync_it 2>/dev/null
same "it has failed" 1 $?
same "granule 5 is written to now" written "$(kind_of 5 --from "$second")"
point_make all
result $? "a point is made"
third=$POINT
same "granule 5 is written" written "$(kind_of 5 --from "$second" --to "$third")"
ok "granule 6 is zeroed" zero_it 393216
same "and is told to be, in the next interval" zeroed "$(kind_of 6 --from "$third")"

# The point's own flush fails: its interval goes on, and so does what is not known.
ok "a flush is to fail" say fault flush 1 once drop
refused "the point is void" "flush" refpoint point create all
same "granule 6 is written to now" written "$(kind_of 6 --from "$third")"
ok "granule 7 is zeroed" zero_it 458752

# Over a suspend, which flushes.
ok "suspend" dmsetup suspend vol
ok "resume" dmsetup resume vol
same "granule 6 is written after a suspend" written "$(kind_of 6 --from "$third")"
ok "granule 8 is zeroed" zero_it 524288
ok "suspend again" dmsetup suspend vol
ok "resume again" dmsetup resume vol
same "granule 8 is zeroed after one" zeroed "$(kind_of 8 --from "$third")"
point_make all
result $? "a point"
same "granule 6 is written to it" written "$(kind_of 6 --from "$third" --to "$POINT")"
same "granule 8 is zeroed to it" zeroed "$(kind_of 8 --from "$third" --to "$POINT")"
ok "no splat" no_splat
plan_end
