#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An origin that is written while the volume is away (I11): what is noticed, what
# is not, and what must not be taken for it.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command mkfs.ext4

TEXT="written past the target"

away()
{
	dmsetup remove vol || die "cannot remove the volume"
}

back()
{
	dmsetup create vol --table "$TABLE" "$@" || die "the volume does not come back"
}

# noticed NAME: there is a gap now; begin anew.
noticed()
{
	like "$1" "$TEXT" "$(refpoint changes vol --from "$POINT" 2>&1)"
	status "$1: a query refuses" 11 refpoint changes vol --from "$POINT"
	same "$1: with everything unknown" "0 67108864 unknown" \
		"$(changes vol --from "$POINT" --allow-unknown)"
	point_make c || die "no point"
	same "$1: the next point is clean" "" "$(changes vol --from "$POINT")"
	away
	back
	same "$1: and stays so" "" "$(changes vol --from "$POINT")"
}

# quiet NAME WANT: nothing but WANT has changed since the point.
quiet()
{
	same "$1" "$2" "$(changes vol --from "$POINT" 2>&1)"
}

# What others noticed in this boot.
others=$(dmesg | grep -c "$TEXT")
volume_make vol 64
refpoint collection create c vol >/dev/null || die "no collection"
mkdir "$TMP/mnt"
mkfs.ext4 -q /dev/mapper/vol || die "no filesystem"
mount -t ext4 /dev/mapper/vol "$TMP/mnt" || skip_all "no ext4 in this kernel"
echo one >"$TMP/mnt/one"
umount "$TMP/mnt"
point_make c || die "no point"

# --- what must not be taken for it --------------------------------------------

away
back
quiet "nothing happened" ""
write_at /dev/mapper/vol 0 512
write_at /dev/mapper/vol 4096 4096
away
back
quiet "written through the volume" "0 65536 written"
dmsetup suspend vol
dmsetup resume vol
quiet "a suspend" "0 65536 written"
dmsetup suspend --noflush vol
dmsetup resume vol
quiet "a suspend that does not wait for the origin" "0 65536 written"
dd if="$META" of="$TMP/crash" bs=1M iflag=direct status=none
write_at /dev/mapper/vol 0 512
away
dd if="$TMP/crash" of="$META" bs=1M oflag=direct status=none
back
quiet "a crash, with all writes in what was marked" "0 65536 written"
write_at /dev/mapper/vol $((20 << 20)) 65536
dd if="$META" of="$TMP/crash" bs=1M iflag=direct status=none
write_at /dev/mapper/vol $((21 << 20)) 65536
away
dd if="$TMP/crash" of="$META" bs=1M oflag=direct status=none
back
quiet "a crash, with a region armed" "0 65536 written
20971520 4194304 written"
point_make c || die "no point"
write_at /dev/mapper/vol 4096 512
point_make c || die "no point"
dd if="$META" of="$TMP/crash" bs=1M iflag=direct status=none
away
dd if="$TMP/crash" of="$META" bs=1M oflag=direct status=none
back
same "a crash after a point, with the write before it" "$others" \
	"$(dmesg | grep -c "$TEXT")"

# A disk may say something else of what was discarded each time it is asked: here it
# is written past the target. (In an interval of its own: the crash left the region
# written, which is what a list says then.)
point_make c || die "no point"
blkdiscard -f -o 65536 -l 65536 /dev/mapper/vol || die "no discard"
away
write_at "$DATA" 65536 512
back
same "what was discarded may look different" "65536 65536 discarded" \
	"$(changes vol --from "$POINT" 2>&1 | grep "^65536 ")"
point_make c || die "no point"
write_at /dev/mapper/vol $((40 << 20)) 512
point_make c || die "no point"
away
write_at "$DATA" 65536 512
back
quiet "also points later" ""
write_at /dev/mapper/vol 65536 512
point_make c || die "no point"
quiet "and is written again" ""

# --- what is noticed ------------------------------------------------------------

mkfs.ext4 -qF /dev/mapper/vol
point_make c || die "no point"
away
mount -t ext4 "$DATA" "$TMP/mnt" || die "cannot mount the origin"
echo two >"$TMP/mnt/two"
umount "$TMP/mnt"
monitor_begin "$TMP/events"
back
noticed "mounted directly"
ok "with an event" until_true grep -q "$TEXT" "$TMP/events"
monitor_end
like "which says why" " gap .*reason=bypass" "$(cat "$TMP/events")"
like "and a gap to show" "$TEXT" "$(refpoint volume show vol --json)"

away
write_at "$DATA" 65536 512
back
noticed "dd over one place"

dd if=/dev/mapper/vol of="$TMP/image" bs=1M iflag=direct status=none
point_make c || die "no point"
write_at /dev/mapper/vol 8192 4096
away
dd if="$TMP/image" of="$DATA" bs=1M oflag=direct status=none
back
noticed "restored from elsewhere"

write_at /dev/mapper/vol $((30 << 20)) 512
dd if="$META" of="$TMP/crash" bs=1M iflag=direct status=none
away
dd if="$TMP/crash" of="$META" bs=1M oflag=direct status=none
write_at "$DATA" 65536 512
back
noticed "dd over one place after a crash"

away
write_at "$DATA" 4096 512
back --readonly
like "a read-only table looks, too" "$TEXT" \
	"$(refpoint changes vol --from "$POINT" 2>&1)"
away
back
noticed "and what it saw is seen again"

# --- what is not -------------------------------------------------------------------

# 64 places of 4 KiB are looked at, drawn anew each time. A write of one block in
# the middle lies in the sample with a chance of 1 in 300 here; refpoint.rst says so.
away
write_at "$DATA" $((40 << 20)) 512
back
if changes vol --from "$POINT" 2>&1 | grep -q "$TEXT"; then
	note "by chance the sample had it"
	result 0 "dd in the middle is noticed by chance only"
else
	quiet "dd in the middle is noticed by chance only" ""
fi
ok "nothing in the log" no_splat
plan_end
