#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I6: storage hangs, without an error, under a volume and under all those that share
# its collection, which are asked first to carry the word of its failure. The word is
# with a volume elsewhere all the same, and counts when the hung metadata are back as
# they were.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

TIMEOUT=/sys/module/dm_refpoint/parameters/arm_timeout
HUNG="first second third fourth"

declare -A table
for v in $HUNG; do
	volume_disks "$v" 64
	[ "$v" != first ] || copied=$META
	map_make "$v-meta" "0 $(sectors "$META") linear $META 0" || die "no $v-meta"
	refpoint format "/dev/mapper/$v-meta" --data "$DATA" >/dev/null || die "format"
	table[$v]="0 $(sectors "$DATA") refpoint /dev/mapper/$v-meta $DATA"
	map_make "$v" "${table[$v]}" || die "no $v"
done
# shellcheck disable=SC2086
refpoint collection create all $HUNG >/dev/null || die "no collection"
point_make all || die "no point"
volume_make elsewhere 64

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
gap_is_known()
{
	refpoint changes first --from "$POINT" >/dev/null 2>&1
	[ $? = 11 ]
}

dd if="$copied" of="$TMP/copy" bs=1M iflag=direct status=none
had_timeout=$(cat $TIMEOUT)
echo 2 >$TIMEOUT
had=$(volume_commits elsewhere)
for v in $HUNG; do
	dmsetup suspend --nolockfs --noflush "$v-meta" || die "suspend $v-meta"
done
ok "a write ends" timeout 20 dd if=/dev/urandom of=/dev/mapper/first bs=64K count=1 \
	seek=512 oflag=direct conv=notrunc status=none
ok "to a volume that has failed" until_same failed volume_field first state
same "those that share with it are asked, and hang" "$had" "$(volume_commits elsewhere)"
ok "another one has the word soon" until_more "$had" volume_commits elsewhere

# What was written past the hung metadata is lost with them, and nobody is told more.
dmsetup remove --retry elsewhere || die "remove the witness"
for v in $HUNG; do
	dmsetup resume "$v-meta" || die "resume $v-meta"
done
for v in $HUNG; do
	dmsetup remove --retry "$v" || die "remove $v"
done
echo "$had_timeout" >$TIMEOUT
dd if="$TMP/copy" of="$copied" bs=1M oflag=direct conv=notrunc status=none
module_again || die "the module"
dmsetup create first --table "${table[first]}" || die "activate"
dmsetup create elsewhere --table "$TABLE" || die "activate the witness"
ok "the one that was asked last tells of the gap" until_true gap_is_known

# Nobody has the word: it goes with the module, which says so.
dmsetup remove elsewhere || die "remove the witness"
size=$(sectors /dev/mapper/first-meta)
map_becomes first-meta "0 $size error"
ok "a write that nobody has a record of" write_at /dev/mapper/first 50331648 4096
ok "its volume has failed" until_same failed volume_field first state
dmsetup remove --retry first || die "remove the volume"
rmmod dm_refpoint || die "the module"
like "the module says what goes with it" "nobody knows any more that volume" "$(dmesg)"
insmod "$RP_MODULE" || die "the module again"
ok "no splat" no_splat
plan_end
