#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# refpoint format: what it refuses, and that a refusal writes nothing.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command mkfs.ext4

volume_disks vol 32

# kept NAME STATUS COMMAND...: refused, and not a byte of it is another one.
kept()
{
	local before

	before=$(sha256sum <"$META")
	status "$@"
	same "$1: nothing was written" "$before" "$(sha256sum <"$META")"
}

ok "the size that it needs" refpoint format "$META" --data "$DATA" --size-only
like "is a number" "[0-9]{5,}" "$OUT"
kept "a granularity that is too small" 2 refpoint format "$META" --data "$DATA" \
	--granularity 512
kept "or too large" 2 refpoint format "$META" --data "$DATA" --granularity 32M
kept "or between" 2 refpoint format "$META" --data "$DATA" --granularity 100K
kept "no data device" 2 refpoint format "$META"
kept "a data device that is not there" 1 refpoint format "$META" --data /dev/nowhere
kept "the same device twice" 1 refpoint format "$META" --data "$META"

mkfs.ext4 -q "$META" 16M
kept "a device that carries something" 1 refpoint format "$META" --data "$DATA"
like "says what" "ext4" "$OUT"
ok "with force" refpoint format "$META" --data "$DATA" --force
kept "a device that carries metadata" 1 refpoint format "$META" --data "$DATA"

map_make vol "0 $(sectors "$DATA") refpoint $META $DATA"
status "a device in use" 12 refpoint format "$META" --data "$DATA" --force
same "which goes on" "active" "$(volume_field vol state)"
dmsetup remove vol

# A sparse file.
loop_make large $((17 << 40))
status "more granules than there may be" 1 \
	refpoint format --data "$DISK" --size-only --granularity 4K
like "says which will do" "granularity 8192 is the least" "$OUT"
ok "and it does" refpoint format --data "$DISK" --size-only --granularity 8K

loop_make small 16384
status "a device that is too small" 1 refpoint format "$DISK" --data "$DATA"
like "says what it needs" "[0-9]{5,}|[KM]iB" "$OUT"

disk_make busy 32
mkdir "$TMP/mnt"
mkfs.ext4 -q "$DISK"
mount "$DISK" "$TMP/mnt" || skip_all "cannot mount ext4"
ok "a data device may be in use" refpoint format "$META" --data "$DISK" --force
status "a metadata device may not" 12 refpoint format "$DISK" --data "$DATA" --force
umount "$TMP/mnt"
ok "nothing in the log" no_splat
plan_end
