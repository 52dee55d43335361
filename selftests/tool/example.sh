#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The library's example, which vendors begin with: what it copies incrementally of a
# volume with a mounted filesystem is what is on it.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command mkfs.ext4 fsfreeze

EXAMPLE=$(dirname "$(readlink -f "$0")")/../../lib/examples/incremental
MNT=$TMP/mnt

# backup: of what the filesystem has now, while it stays like that
# shellcheck disable=SC2317
backup()
{
	local status

	sync
	fsfreeze -f "$MNT" || return 1
	"$EXAMPLE" collection vol /dev/mapper/vol "$TMP/copy" "$TMP/state" &&
		cmp "$TMP/copy" <(dd if=/dev/mapper/vol bs=1M iflag=direct status=none)
	status=$?
	fsfreeze -u "$MNT"
	return "$status"
}

volume_make vol 64
refpoint collection create collection vol >/dev/null || die "no collection"
mkfs.ext4 -q /dev/mapper/vol || die "no filesystem"
mkdir "$MNT"
mount /dev/mapper/vol "$MNT" || die "cannot mount"
dd if=/dev/urandom of="$MNT/file" bs=1M count=8 status=none
ok "a full copy" backup
# In place: the page cache of the device has seen these blocks.
dd if=/dev/urandom of="$MNT/file" bs=1M count=8 conv=notrunc status=none
ok "what has changed" backup
ok "nothing" backup
same "one point is left" 1 "$(refpoint point list --json | json 'len([p for p in d if p["state"] == "committed"])')"
umount "$MNT"
plan_end
