#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# check, dump and repair of real devices: in use, removed, damaged, and what the
# module makes of them afterwards.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make vol 64
refpoint collection create c vol >/dev/null || die "no collection"
write_at /dev/mapper/vol 0 65536
point_make c || die "no point"
first=$POINT
write_at /dev/mapper/vol 1048576 65536
point_make c || die "no point"
second=$POINT
write_at /dev/mapper/vol 2097152 65536

# block JSON-EXPRESSION: a number from the dump.
block()
{
	refpoint dump "$META" --json 2>/dev/null | json "$1"
}

# spoil BLOCK: another byte in it.
spoil()
{
	dd if=/dev/urandom of="$META" bs=4096 count=1 seek="$1" conv=notrunc \
		oflag=direct status=none
}

# In use.
status "check refuses a device in use" 12 refpoint check "$META"
status "repair too" 12 refpoint repair "$META" --yes
status "even to look" 12 refpoint repair "$META" --dry-run
ok "dump reads it" refpoint dump "$META"
like "and says that it is in use" "is in use" "$OUT"
same "the points are in it" "2" \
	"$(block 'len([r for r in d["records"] if r["type"] == "point"])')"
point_make c || die "no point"
same "and what was added meanwhile" "3" \
	"$(block 'len([r for r in d["records"] if r["type"] == "point"])')"
refpoint point destroy "$POINT" >/dev/null || die "cannot destroy"

# Removed.
dmsetup remove vol
ok "check of it at rest" refpoint check "$META"
same "is clean" "$META: clean" "$OUT"
ok "there is nothing to repair" refpoint repair "$META" --yes

# A page of bits: the interval between the points.
spoil "$(block '[r["pages"][0]["block"] for r in d["records"]
	if r["type"] == "interval"][1]')"
status "check finds a damaged page" 1 refpoint check "$META"
like "by name" "error: interval 2: page 0 of granules: block" "$OUT"
ok "who does not look has a volume" dmsetup create vol --table "$TABLE"
status "but not that list" 1 refpoint changes vol --from "$first" --allow-unknown
like "and knows what to do" "are damaged: .*repair" "$OUT"
ok "what came later is known" refpoint changes vol --from "$second"
dmsetup remove vol
ok "repair" refpoint repair "$META" --yes
ok "then it is clean" refpoint check "$META"
ok "and can be used" dmsetup create vol --table "$TABLE"
status "what was damaged is unknown" 11 refpoint changes vol \
	--from "$first" --to "$second"
like "and listed so when asked for" "^0 [0-9]+ unknown" \
	"$(refpoint changes vol --from "$first" --to "$second" --allow-unknown)"
like "what was not is known" "^2097152 65536 written" \
	"$(refpoint changes vol --from "$second")"
same "there is a gap" "repaired" "$(refpoint volume show vol --json |
	json 'd["gaps"][0]["reason"]')"
dmsetup remove vol

# A point's record: it stays taken, others go on.
spoil "$(block '[r["head"] for r in d["records"] if r["id"] == "'"$second"'"][0]')"
ok "a damaged point is repaired" refpoint repair "$META" --yes
ok "the volume comes up" dmsetup create vol --table "$TABLE"
# What the module remembers of it from before is true still: its boundary is there.
OUT=$(refpoint changes vol --from "$second" 2>&1)
RC=$?
like "its point is no baseline, or answers with the truth" \
	"^(10 .*|0 2097152 65536 written)$" "$RC $OUT"
status "with the other" 11 refpoint changes vol --from "$first"
dmsetup remove vol

# The catalogue: history is given up, and old points are told so.
spoil "$(block 'd["catalogue"][0]["block"]')"
refused "the module refuses it" "." dmsetup create vol --table "$TABLE"
dmsetup remove vol 2>/dev/null
ok "repair" refpoint repair "$META" --yes
like "says what is lost" "lost: a page of the catalogue" "$OUT"
ok "the volume comes up" dmsetup create vol --table "$TABLE"
status "no old point is a baseline" 10 refpoint changes vol --from "$first"
ok "a new collection" refpoint collection create d vol
point_ok "a new point" d
write_at /dev/mapper/vol 3145728 65536
like "is one" "^3145728 65536 written" "$(refpoint changes vol --from "$POINT")"
dmsetup remove vol

# A clone beside its original.
volume_disks two 64
dd if="${TABLE##* }" of="$DATA" bs=1M status=none
original=$(awk '{print $4}' <<<"$TABLE")
dd if="$original" of="$META" bs=1M oflag=direct status=none
TWO="0 $(sectors "$DATA") refpoint $META $DATA"
map_make vol "$TABLE"
refused "a clone beside its original" "." dmsetup create two --table "$TWO"
dmsetup remove two 2>/dev/null
status "the original keeps its identity while it is active" 12 \
	refpoint repair "$original" --new-identity --yes
ok "a new identity" refpoint repair "$META" --new-identity --yes
MAPPED+=(two)
ok "then both are active" dmsetup create two --table "$TWO"
refused "the original's points are not the clone's" "" \
	refpoint changes two --from "$POINT"
like "the original has them still" "^3145728 65536 written" \
	"$(refpoint changes vol --from "$POINT")"
ok "the clone has points of its own" sh -c \
	'refpoint collection create e two && refpoint point create e'

# Nothing left.
dmsetup remove vol
META=$original
spoil 0
spoil 1
status "both superblocks lost" 1 refpoint repair "$META" --yes
like "points to format" "refpoint format" "$OUT"
ok "nothing in the log" no_splat
plan_end
