#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A page of bits that are all set is given up at a checkpoint: lists say the same as
# before, of pages that are full, of one that lacks a granule, and of the last one, in
# which the volume ends; after a cut, and after an activation that reads them.
#
# run in a virtual machine: selftests/vm/run -- selftests/target/squeeze.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command python3

# 128 MiB of granules of 4 KiB have a page: three, and a part of one.
MIB=1048576
size=$((404 * MIB))
last=$((384 * MIB))
lacks=$((200 * MIB))
map_make data "0 $((size / 512)) zero" || skip_all "no dm-zero"
disk_make meta 32
refpoint format "$DISK" --data /dev/mapper/data --granularity 4K >/dev/null ||
	die "format"
table="0 $((size / 512)) refpoint $DISK /dev/mapper/data"
map_make vol "$table"
refpoint collection create c vol >/dev/null

# writes FROM TO: all of it, in MiB
writes()
{
	dd if=/dev/zero of=/dev/mapper/vol bs=1M seek="$1" count=$(($2 - $1)) oflag=direct \
		conv=notrunc status=none
}

# listed NAME EXTENTS [OPTION...]: before the checkpoint, after it, and once more.
listed()
{
	local name=$1 want=$2 when
	shift 2

	for when in before after again; do
		same "$name, $when" "$want" "$(refpoint changes vol --from "$first" "$@")"
		dmsetup message vol 0 checkpoint || die "no checkpoint"
	done
}

point_ok "a point" c
first=$POINT
ok "writes of the first page" writes 0 128
listed "one page" "0 $((128 * MIB)) written"
ok "of all but a granule" writes 128 200
ok "beyond it" dd if=/dev/zero of=/dev/mapper/vol bs=4K seek=$((lacks / 4096 + 1)) \
	count=255 oflag=direct conv=notrunc status=none
ok "and of the rest" writes 201 404
listed "all but a granule" "0 $lacks written
$((lacks + 4096)) $((size - lacks - 4096)) written"
# Of dm-zero it depends on the kernel.
number=$(dmsetup info -c --noheadings --separator : -o major,minor vol)
if [ "$(cat "/sys/dev/block/$number/queue/discard_max_bytes")" != 0 ]; then
	ok "a discard" blkdiscard -o 0 -l $((4 * MIB)) /dev/mapper/vol
	listed "what is written stays so" "0 $lacks written
$((lacks + 4096)) $((size - lacks - 4096)) written"
fi
ok "the granule" write_at /dev/mapper/vol $lacks 4096
listed "all" "0 $size written"
point_ok "another point" c
second=$POINT
ok "a write into a page that was full" write_at /dev/mapper/vol $((MIB + 512)) 512
ok "and to the last one" write_at /dev/mapper/vol $last 4096
listed "all, to the second point" "0 $size written" --to "$second"
first=$second
listed "from there" "$MIB 4096 written
$last 4096 written"
ok "all once more" writes 0 404
listed "all of it" "0 $size written"
ok "it goes" dmsetup remove --retry vol
ok "and comes" dmsetup create vol --table "$table"
listed "all of it, read again" "0 $size written"
ok "no splat" no_splat
plan_end
