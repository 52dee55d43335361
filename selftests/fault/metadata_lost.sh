#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I6: a metadata device that goes away does not fail the user's I/O; what was not
# tracked is a gap with a reason, for that volume alone, and points after it are
# clean.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/metadata_lost.sh

. "$(dirname "$0")/../lib.sh"

power()
{
	echo "$2" >"/sys/kernel/config/nullb/rp$1/power"
}

plan_begin
require_command python3

volume_make broken 64
broken_data=$DATA
broken_table=$TABLE
volume_make whole 64
ok "a collection of both" refpoint collection create both broken whole
point_make both
result $? "a point while all is well"
before=$POINT
ok "a write is tracked" write_at /dev/mapper/broken 1048576 65536

power broken-meta 0
# Far away from what is armed: it needs the metadata device.
ok "a write succeeds without metadata" write_at /dev/mapper/broken 50331648 65536
ok "and another" write_at /dev/mapper/broken 33554432 65536
ok "reading gives it back" cmp -n 65536 -i 33554432 /dev/mapper/broken "$broken_data"
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ "$(volume_field broken state)" = active ] || break
	sleep 0.2
done
same "its state says so" failed "$(volume_field broken state)"
like "so does the status" ' refpoint failed .* 1 1$' \
	"$(dmsetup status broken)"
same "the other volume is untouched" active "$(volume_field whole state)"
ok "it has one gap" [ "$(volume_field broken 'len(d["gaps"])')" = 1 ]

status "changes over the gap: unknown was not asked for" 11 \
	refpoint changes broken --from "$before"
status "changes with unknown extents" 0 \
	refpoint changes broken --from "$before" --allow-unknown
like "they are unknown" 'unknown' "$OUT"
status "the other volume answers" 0 refpoint changes whole --from "$before"
status "a point over it is refused" 12 refpoint point create both
like "naming the member" "broken" "$OUT"
ok "a point without it is made" refpoint point create both --except broken

# The device comes back, as a disk of its own; what is left of the old one says
# nothing of the gap. A new activation records it and starts over.
ok "deactivate" dmsetup remove --retry broken
power broken-meta 1
ok "activate" dmsetup create broken --table "$broken_table"
same "it tracks again" active "$(volume_field broken state)"
status "the gap is still known" 11 refpoint changes broken --from "$before"
point_make both
result $? "a new point"
after=$POINT
ok "a write after it" write_at /dev/mapper/broken 2097152 65536
status "the point after the gap is clean" 0 refpoint changes broken --from "$after"
same "and exact" "2097152 65536 written" "$OUT"
status "from before to after is not" 11 \
	refpoint changes broken --from "$before" --to "$after"
ok "no splat" no_splat
plan_end
