#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A table of another length: the new tail is reported, points cut at the old length
# answer, nothing is lost to a crash, and what does not fit is refused.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command losetup

MIB=2048		# sectors

# The table of vol with so many sectors.
table()
{
	echo "0 $1 refpoint $META $DATA"
}

# shellcheck disable=SC2317
resize()
{
	dmsetup load vol --table "$(table "$1")" && dmsetup suspend vol &&
		dmsetup resume vol
}

# capacities OPTION...: at both ends, in MiB where they are whole.
capacities()
{
	refpoint changes vol --json "$@" |
		json '"%g %g" % (d["capacity_from"] / 2**20, d["capacity_to"] / 2**20)'
}

loop_make data $((64 << 20))
DATA=$DISK
loop_make meta $((1 << 20))
META=$DISK
refpoint format "$META" --data "$DATA" >/dev/null || die "no format"
dmsetup create vol --table "$(table $((64 * MIB)))" || die "no volume"
MAPPED+=(vol)
refpoint collection create c vol >/dev/null || die "no collection"

# --- shorter, longer ------------------------------------------------------------

point_make c || die "no point"
full=$POINT
write_at /dev/mapper/vol 0 512
write_at /dev/mapper/vol $((40 << 20)) 512
generation=$(volume_field vol generation)
ok "shrink to a length within a granule" resize $((32 * MIB - 40))
same "the device is that long" $((32 * MIB - 40)) "$(sectors /dev/mapper/vol)"
same "the volume too" $((32 * 1048576 - 40 * 512)) "$(volume_field vol capacity)"
same "what is left is reported" "0 65536 written" \
	"$(changes vol --from "$full")"
same "both lengths are told" "64 31.9805" "$(capacities --from "$full")"
point_make c || die "no point"
short=$POINT
same "and between two points" "64 31.9805" \
	"$(capacities --from "$full" --to "$short")"
ok "grow again" resize $((48 * MIB))
same "the tail is written, from the granule that was cut" \
	"33488896 16842752 written" "$(changes vol --from "$short")"
same "both lengths are told then" "31.9805 48" "$(capacities --from "$short")"
same "so is what was there before it was cut off" "0 65536 written
33488896 16842752 written" "$(changes vol --from "$full")"
same "what lies between the points is as it was" "0 65536 written" \
	"$(changes vol --from "$full" --to "$short")"
write_at /dev/mapper/vol $((47 << 20)) 512
point_make c || die "no point"
same "the tail is in the interval in which it came" "33488896 16842752 written" \
	"$(changes vol --from "$short" --to "$POINT")"
same "and not in the next" "" "$(changes vol --from "$POINT")"
same "the generation went on" "$generation" "$(volume_field vol generation)"
ok "a point over the short length can go" refpoint point destroy "$short"
same "what is reported then" "0 65536 written
33488896 16842752 written" "$(changes vol --from "$full" --to "$POINT")"
ok "a page at a time, too" test "$(refpoint changes vol --from "$full" \
	--start $((33 << 20)) --length $((15 << 20)))" = \
	"$((33 << 20)) $((15 << 20)) written"

# --- a crash before and in a resize ----------------------------------------------

# What the metadata would be after a crash now.
crash_image()
{
	dd if="$META" of="$TMP/crash" bs=64k iflag=direct status=none
}

# The crash: the volume goes, its metadata are what they were then.
# shellcheck disable=SC2317
crash()
{
	dmsetup remove vol &&
		dd if="$TMP/crash" of="$META" bs=64k oflag=direct status=none
}

dmsetup message vol 0 checkpoint
point_make c || die "no point"
write_at /dev/mapper/vol $((5 << 20)) 512
crash_image
ok "a crash" crash
ok "and a longer table" dmsetup create vol --table "$(table $((64 * MIB)))"
same "what was armed, and the tail" "4194304 4194304 written
50331648 16777216 written" "$(changes vol --from "$POINT")"
crash_image
ok "a crash after that" crash
ok "and the shorter table" dmsetup create vol --table "$(table $((48 * MIB)))"
same "what was armed" "4194304 4194304 written" "$(changes vol --from "$POINT")"
ok "and the longer one" resize $((64 * MIB))
same "what was armed, and the tail again" "4194304 4194304 written
50331648 16777216 written" "$(changes vol --from "$POINT")"

# --- a table that waits while the one before is written ----------------------------

point_make c || die "no point"
loaded=0
(
	for ((i = 0; ; i++)); do
		write_at /dev/mapper/vol $((i % 512 * 65536)) 512
		dmsetup message vol 0 checkpoint
	done
) >/dev/null 2>&1 &
writer=$!
for ((n = 0; n < ${RP_ROUNDS:-30}; n++)); do
	dmsetup load vol --table "$(table $(((33 + n % 31) * MIB)))" &&
		loaded=$((loaded + 1))
done
same "tables are loaded while superblocks are written" "$n" "$loaded"
ok "the last one takes over" eval 'dmsetup suspend vol && dmsetup resume vol'
kill $writer
wait $writer 2>/dev/null
write_at /dev/mapper/vol $((511 * 65536)) 512
ok "what was written is reported" eval \
	"changes vol --from $POINT | grep -q '^0 ' &&
	changes vol --from $POINT --start $((511 * 65536)) --length 65536 | grep -q written"

# --- what is refused, what is not --------------------------------------------------

dmsetup remove vol
refused "a read-only table of another length" '.' dmsetup create vol --readonly \
	--table "$(table $((64 * MIB)))"
ok "one of the same length" dmsetup create vol --readonly --table \
	"$(table $(((33 + (n - 1) % 31) * MIB)))"
dmsetup remove vol
ok "the longer one again" dmsetup create vol --table "$(table $((64 * MIB)))"

# grow_file NAME BYTES DEVICE
# shellcheck disable=SC2317
grow_file()
{
	truncate -s "$2" "$TMP/$1.img" && losetup -c "$3"
}

# What the log says a table of $1 MiB would take.
need()
{
	dmesg | sed -n "s/.*of $(($1 * MIB)) sectors needs a metadata device of \([0-9]*\).*/\1/p" |
		tail -n 1
}

ok "the origin grows" grow_file data $((1 << 40)) "$DATA"
same "and nothing happens" "67108864" "$(volume_field vol capacity)"

# The smallest device for 64 GiB has room for them, but not beside these points.
while refpoint point create c >/dev/null 2>&1; do
	:
done
refused "longer than there is room for" 'No space left' \
	dmsetup load vol --table "$(table $((65536 * MIB)))"
same "the volume is as it was" "67108864 active" \
	"$(volume_field vol capacity) $(volume_field vol state)"
dmsetup remove vol
refused "the same, when only activation can tell" 'No space left' \
	dmsetup create vol --table "$(table $((65536 * MIB)))"
ok "the length before" dmsetup create vol --table "$(table $((64 * MIB)))"
like "the log says how much it takes" '^[0-9]+$' "$(need 65536)"
ok "a larger metadata device" grow_file meta "$(need 65536)" "$META"
ok "is taken" resize $((65536 * MIB))
same "and the volume that long" "$((64 << 30))" "$(volume_field vol capacity)"
same "with all of the metadata device" "$(need 65536)" \
	"$(volume_field vol metadata_total)"
# shellcheck disable=SC2046
ok "points go" refpoint point destroy $(refpoint point list --json |
	json '" ".join(p["id"] for p in d)')
point_ok "and there is room for others" c
refused "longer than its metadata can ever do" 'No space left' \
	dmsetup load vol --table "$(table $((1 << 31)))"
grow_file data $((5 << 40)) "$DATA"
refused "longer than its regions allow" 'out of range' \
	dmsetup load vol --table "$(table $((5 << 31)))"
write_at /dev/mapper/vol $((63 << 30)) 512
write_at /dev/mapper/vol $((63 << 20)) 512
ok "and back" resize $((64 * MIB))
same "what is left is reported then, too" "$((63 << 20)) 65536 written" \
	"$(changes vol --from "$POINT")"
ok "nothing in the log" no_splat
plan_end
