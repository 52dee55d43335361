#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I6: a block of the metadata that holds what was written between two old points
# cannot be read any more. Lists over it are refused or unknown, and so they stay when
# a point is destroyed beside it; tracking goes on, and lists that do not need it are
# as before.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_disks vol 64
linear="0 $(sectors "$META") linear $META 0"
map_make meta "$linear" || die "no meta"
refpoint format /dev/mapper/meta --data "$DATA" --granularity 4K >/dev/null ||
	die "format"
table="0 $(sectors "$DATA") refpoint /dev/mapper/meta $DATA"
map_make vol "$table" || die "no volume"
ok "a collection" refpoint collection create c vol

points=()
for ((i = 0; i < 4; i++)); do
	point_make c || die "no point"
	points+=("$POINT")
	write_at /dev/mapper/vol $((i << 20)) 4096 || die "write"
done

page=$(refpoint dump "$META" --json 2>/dev/null | json '[r["pages"][0]["block"]
	for r in d["records"] if r["type"] == "interval" and r["pages"]][0]')
ok "the page of what was written between two points is known" [ -n "$page" ]
dmsetup remove vol
at=$((page * 8))
ok "it cannot be read any more" map_becomes meta "0 $at linear $META 0
$at 8 error
$((at + 8)) $(($(sectors "$META") - at - 8)) linear $META $((at + 8))"
ok "the volume comes up" dmsetup create vol --table "$table"

state()
{
	volume_field vol state
}

# not_clean NAME FROM [TO]: no list that says nothing of what is missing.
not_clean()
{
	OUT=$(refpoint changes vol --from "$2" ${3:+--to "$3"} 2>&1)
	RC=$?
	note "$RC $OUT"
	ok "$1 is not answered" [ $RC != 0 ]
}

not_clean "a list of that interval" "${points[0]}" "${points[1]}"
not_clean "a list over it" "${points[0]}"
ok "a list after it" refpoint changes vol --from "${points[2]}"
same "is what it was" "2097152 4096 written
3145728 4096 written" "$OUT"
same "tracking has not failed" active "$(state)"

# The interval would become one with its neighbour.
OUT=$(refpoint point destroy "${points[1]}" 2>&1)
like "a destroy beside it is refused, or leaves it unknown" "cannot be read|destroyed" "$OUT"
same "nor has it after that" active "$(state)"
not_clean "a list over it afterwards" "${points[0]}" "${points[2]}"
ok "another destroy" refpoint point destroy "${points[3]}"
ok "a list after it, afterwards" refpoint changes vol --from "${points[2]}"
same "is what it was, too" "2097152 4096 written
3145728 4096 written" "$OUT"
ok "a write" write_at /dev/mapper/vol 8388608 4096
point_ok "a point after all" c
ok "a list up to that" refpoint changes vol --from "${points[2]}" --to "$POINT"
like "has the write" "^8388608 4096 written" "$OUT"

dmsetup remove vol
ok "it can be read again" map_becomes meta "$linear"
ok "the volume comes up again" dmsetup create vol --table "$table"
OUT=$(refpoint changes vol --from "${points[0]}" --to "${points[2]}" 2>&1)
RC=$?
note "$RC $OUT"
like "what is known of that interval is all or a gap" \
	"^(11 .*|0 0 4096 written 1048576 4096 written)$" "$RC ${OUT//$'\n'/ }"
ok "no splat" no_splat
plan_end
