#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# refpoint changes: shapes, ranges, granularities, and the errors that a caller
# has to tell apart.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make vol 32
volume_make other 16
refpoint collection create c vol >/dev/null || die "no collection"
V=/dev/mapper/vol
M=1048576
G=65536
size=$((32 * M))

point_make c || die "no point"
p1=$POINT
write_at $V 0 4096
write_at $V $((M + 512)) 512
point_make c || die "no point"
p2=$POINT
write_at $V $((2 * M)) $((2 * G))
blkdiscard -o $((8 * M)) -l $M $V

same "between two points" "0 $G written
$M $G written" "$(changes vol --from "$p1" --to "$p2")"
same "to now" "$((2 * M)) $((2 * G)) written
$((8 * M)) $M discarded" "$(changes vol --from "$p2")"
same "from a point to itself" "" "$(changes vol --from "$p1" --to "$p1")"

json=$(changes vol --from "$p1" --to "$p2" --json)
same "json: its keys" \
	'["capacity_from", "capacity_to", "complete", "extents", "from", "generation", "to", "volume"]' \
	"$(json 'sorted(d)' <<<"$json")"
same "json: an extent" \
	"{\"offset\": 0, \"length\": $G, \"type\": 1, \"description\": \"written\"}" \
	"$(json 'd["extents"][0]' <<<"$json")"
same "json: complete" "true" "$(json complete <<<"$json")"
same "json: capacities" "[$size, $size]" \
	"$(json '[d["capacity_from"], d["capacity_to"]]' <<<"$json")"
from=$(json from <<<"$json")
to=$(json to <<<"$json")
same "by handles" "$(changes vol --from "$p1" --to "$p2")" \
	"$(changes vol --from "$from" --to "$to")"
same "json to now: no handle to chain from" "null" \
	"$(changes vol --from "$p1" --json | json 'd["to"]')"

same "all" "0 $((8 * M)) written
$((8 * M)) $M discarded
$((9 * M)) $((size - 9 * M)) written" "$(changes vol --all)"
same "json of all: no capacity before" "null" \
	"$(changes vol --all --json | json 'd["capacity_from"]')"

same "a range cuts extents" "1000 $((G - 1000)) written" \
	"$(changes vol --from "$p1" --to "$p2" --start 1000 --length $((M - 1000)))"
same "a range without changes" "" \
	"$(changes vol --from "$p1" --to "$p2" --start $((4 * M)) --length $M)"
same "a coarser granularity" "0 $((2 * M)) written" \
	"$(changes vol --from "$p1" --to "$p2" --granularity 1M)"
same "merging" "0 $((M + G)) written" \
	"$(changes vol --from "$p1" --to "$p2" --merge-gap 1M)"
like "a summary" "131072|128" \
	"$(changes vol --from "$p1" --to "$p2" --summary)"

status "beyond the end" 1 changes vol --from "$p1" --start $((size + 1))
status "longer than the rest" 1 changes vol --from "$p1" --start $M --length $size
status "a length near the end of numbers" 1 changes vol --from "$p1" --start 4096 \
	--length 9223372036854775807
status "finer than the volume tracks" 1 changes vol --from "$p1" --granularity 4K
status "coarser than may be asked" 1 changes vol --from "$p1" --granularity 2G
status "a granularity between" 2 changes vol --from "$p1" --granularity 100000
status "backwards" 1 changes vol --from "$p2" --to "$p1"

none=99999999-2222-3333-4444-555555555555
status "a point that never was" 10 changes vol --from $none
status "a volume that was no member" 10 changes other --from "$p1"
status "a handle of another volume" 10 changes other --from "$from"
status "a handle that is none" 2 changes vol --from "a:b:c"
like "is quoted, with its option" '^refpoint: --from: "a:b:c" is neither' "$OUT"
status "nor as the end" 2 changes vol --from "$from" --to "a:b:c"
like "is quoted, with its option" '^refpoint: --to: "a:b:c" is neither' "$OUT"
status "a handle of another generation" 10 changes vol \
	--from "${from%%:*}:$none:${from##*:}"
status "a handle with a sign" 2 changes vol --from "${from%:*}:+${from##*:}"
status "a handle from the future" 10 changes vol --from "${from%:*}:99999"
# Of the end it is a mistake like any other: a full copy does not help.
for end in "$none" "${from%:*}:99999" "${from%%:*}:$none:${from##*:}"; do
	status "an end that is none" 1 changes vol --from "$p1" --to "$end"
	status "nor of a full list" 1 changes vol --all --to "$end"
	status "with a baseline that is none either" 10 changes vol --from $none --to "$end"
done
status "an end of others" 1 changes other --all --to "$p1"
status "a volume that is not there" 1 changes nowhere --from "$p1"
status "no beginning" 2 changes vol
status "two beginnings" 2 changes vol --all --from "$p1"

ok "mark" refpoint volume mark vol --start $((20 * M)) --length 1 --reason test
same "what is marked is written" "$((20 * M)) $G written" \
	"$(changes vol --from "$p2" --start $((16 * M)))"
status "marking beyond the end" 1 refpoint volume mark vol --start $size \
	--length 1 --reason test

ok "destroy the first point" refpoint point destroy "$p1"
status "it is no baseline any more" 10 changes vol --from "$p1"
status "nor is its handle" 10 changes vol --from "$from"
status "as an end it is a mistake" 1 changes vol --from "$p2" --to "$p1"
same "the other one is" "$((2 * M)) $((2 * G)) written" \
	"$(changes vol --from "$p2" --length $((8 * M)))"

ok "a new generation" refpoint volume new-generation vol
status "no point before it is a baseline" 10 changes vol --from "$p2"
same "a full list has no kinds from before" "0 $size written" "$(changes vol --all)"
point_ok "a new point" c
same "is one" "" "$(changes vol --from "$POINT")"
ok "nothing in the log" no_splat
plan_end
