#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Metadata that cannot be used: each gets an error of its own, nothing is written,
# and the good copy still works afterwards.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make vol 16
write_at /dev/mapper/vol 0 65536
refpoint collection create c vol >/dev/null
point_make c || die "no point"
dmsetup remove vol
image=$TMP/image
dd if="$META" of="$image" bs=1M status=none
len=$(sectors "$DATA")

# Both copies of the superblock: BYTES at OFFSET of each.
poke()
{
	local copy

	for copy in 0 4096; do
		printf '%b' "$2" | dd of="$META" bs=1 seek=$((copy + $1)) \
			conv=notrunc status=none
	done
	sync "$META"
}

restore()
{
	dd if="$image" of="$META" bs=1M oflag=direct status=none
}

# wrong NAME: no table over the metadata as it is, and not a byte of it changes.
wrong()
{
	local before after

	before=$(sha256sum <"$META")
	refused "$1" "." dmsetup create vol --table "$TABLE"
	after=$(sha256sum <"$META")
	same "$1: nothing was written" "$before" "$after"
	status "$1: no device is left" 1 dmsetup info vol
	if refpoint help check >/dev/null 2>&1; then
		status "$1: check says so" 1 refpoint check "$META"
	fi
	restore
}

blkdiscard -z "$META"
wrong "unformatted"
dd if=/dev/urandom of="$META" bs=4096 count=16 oflag=direct status=none
wrong "foreign"
poke 100 'torn'
wrong "both superblocks damaged"
poke 16 '\377\377'
wrong "a version that cannot be (and a checksum that is wrong)"

printf 'x' | dd of="$META" bs=1 seek=100 conv=notrunc status=none
sync "$META"
ok "one torn superblock does no harm" dmsetup create vol --table "$TABLE"
like "at most the newest commit is lost" "^(active)$" \
	"$(volume_field vol state)"
dmsetup remove vol
restore

disk_make short 1
dd if="$META" of="$DISK" bs=1M count=1 oflag=direct status=none
refused "a metadata device shorter than it was" "." dmsetup create vol --table \
	"0 $len refpoint $DISK $DATA"

ok "degraded_ok passes writes on without metadata" eval \
	"blkdiscard -z '$META' && map_make vol '$TABLE 1 degraded_ok'"
ok "they reach the origin" write_at /dev/mapper/vol 4096 4096
dmsetup remove vol
restore
ok "the good metadata is as good as ever" dmsetup create vol --table "$TABLE"
same "with its point" "1" "$(refpoint point list --json | json 'len(d)')"
status "what was written degraded is a gap" 11 \
	refpoint changes vol --from "$POINT"
ok "that can be had as unknown" refpoint changes vol --from "$POINT" \
	--allow-unknown
ok "nothing in the log" no_splat
plan_end
