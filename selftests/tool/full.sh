#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A full metadata device refuses new points and nothing else (I12): writes go on,
# are tracked, lists are answered, and room made is room had.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_disks vol 64
need=$(refpoint format "$META" --data "$DATA" --size-only)
dmsetup create small --table "0 $(((need + 511) / 512 + 64)) linear $META 0" ||
	die "no small device"
MAPPED+=(small)
refpoint format /dev/mapper/small --data "$DATA" >"$TMP/format" 2>&1 ||
	die "format: $(cat "$TMP/format")"
map_make vol "0 $(sectors "$DATA") refpoint /dev/mapper/small $DATA"
refpoint collection create c vol >/dev/null || die "no collection"
point_make c || die "no point"
first=$POINT

for ((i = 0; i < 2000; i++)); do
	write_at /dev/mapper/vol $(((i * 7919 % 1000) * 65536)) 512
	OUT=$(refpoint point create c 2>&1)
	RC=$?
	[ $RC = 0 ] || break
	last=$(grep -Eo '[0-9a-f-]{36}' <<<"$OUT" | head -n 1)
done
note "full after $i points: $OUT"
same "at last a point is refused" "1" "$RC"
like "for want of space" "full|space" "$OUT"
same "tracking goes on" "active" "$(volume_field vol state)"
same "the last point is there" "committed" \
	"$(refpoint point show "$last" --json | json state)"
ok "writes go on" write_at /dev/mapper/vol 65011712 65536
like "and are tracked" "65011712 65536 written" \
	"$(refpoint changes vol --from "$last")"
ok "lists are answered" refpoint changes vol --from "$first"
ok "it can be removed" dmsetup remove vol
ok "and made again" dmsetup create vol --table \
	"0 $(sectors "$DATA") refpoint /dev/mapper/small $DATA"
like "with what was written" "65011712 65536 written" \
	"$(refpoint changes vol --from "$last")"
ok "a point is destroyed" refpoint point destroy "$first"
refpoint point list --json | json '" ".join(p["id"] for p in d[:40])' >"$TMP/ids"
# shellcheck disable=SC2046
ok "and some more" refpoint point destroy $(cat "$TMP/ids")
ok "then there is room for one" refpoint point create c
ok "nothing in the log" no_splat
plan_end
