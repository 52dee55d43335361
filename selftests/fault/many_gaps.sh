#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# I12: gaps do not fill a metadata device. Each time the volume is away its origin is
# written; a point is made, and the one before it destroyed. I1: what was not tracked
# since a point that was kept is not forgotten for that.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

TIMES=${RP_TIMES:-60}
# What is kept in any case, and some in intervals that still have points.
MOST=20

gaps()
{
	volume_field vol 'len(d["gaps"])'
}

# away N: something else writes to the origin, where it is looked at.
away()
{
	dmsetup remove --retry vol && write_at "$DATA" 4096 4096 &&
		dmsetup create vol --table "$TABLE"
}

plan_begin
volume_make vol 64
refpoint collection create c vol >/dev/null || die "no collection"
point_ok "a point that is kept" c
first=$POINT
away || die "the volume does not come back"
same "what was written past it is a gap" 1 "$(gaps)"
point_ok "another, behind the gap" c
second=$POINT
most=0 last=
for ((i = 0; i < TIMES; i++)); do
	away || break
	out=$(refpoint point create c 2>&1) || { note "$out" && break; }
	[ -z "$last" ] || refpoint point destroy "$last" || break
	last=$(grep -Eo '[0-9a-f-]{36}' <<<"$out" | head -n 1)
	now=$(gaps)
	[ "$now" -le "$most" ] || most=$now
done
same "it comes back each time, and points are made" "$TIMES" "$i"
note "$most gaps at most"
ok "gaps do not become more and more" [ "$most" -le $MOST ]
ok "and some are kept for people" [ "$most" -ge 16 ]
for p in "$first" "$second"; do
	status "what was not tracked since $p is unknown" 11 refpoint changes vol --from "$p"
done
status "between them, too" 11 refpoint changes vol --from "$first" --to "$second"
status "and until the last" 11 refpoint changes vol --from "$second" --to "$last"
status "nothing since the last one" 0 refpoint changes vol --from "$last"
same "not even a byte" "" "$OUT"
away || die "the volume does not come back"
status "the newest counts as any other" 11 refpoint changes vol --from "$last"
ok "deactivate" dmsetup remove --retry vol
status "the metadata are in order" 0 refpoint check "$META"
ok "no splat" no_splat
plan_end
