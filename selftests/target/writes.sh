#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every write-like operation marks every granule that it touches, and only those
# (I8, I9): sizes and places that do not fit, a target that begins late in its
# device, a last granule that is partial, flushes that write nothing.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command blkdiscard fallocate python3

loop_make data $((16 * 1048576 - 100 * 512))
DATA=$DISK
disk_make meta 32
META=$DISK
len=$(sectors "$DATA")
refpoint format "$META" --data "$DATA" >/dev/null || die "format"
loop_make before 65536
map_make vol "0 8 linear $DISK 0
8 $len refpoint $META $DATA"
refpoint collection create c vol >/dev/null
B=$((8 * 512))
V=/dev/mapper/vol
G=65536
size=$((len * 512))
last=$((size / G * G))

# marked NAME EXTENTS COMMAND...: since a fresh point.
marked()
{
	local name=$1 want=$2
	shift 2

	point_make c || die "no point"
	ok "$name: works" "$@"
	same "$name: marks what it touches" "$want" \
		"$(refpoint changes vol --from "$POINT")"
}

marked "one sector" "0 $G written" write_at $V $B 512
marked "the last sector of a granule" "0 $G written" \
	write_at $V $((B + G - 512)) 512
marked "two sectors over a border" "0 $((2 * G)) written" \
	write_at $V $((B + G - 512)) 1024
marked "a granule" "$G $G written" write_at $V $((B + G)) $G
marked "five and a bit" "$((2 * G)) $((6 * G)) written" \
	write_at $V $((B + 3 * G - 512)) $((4 * G + 1024))
marked "the last sector of all" "$last $((size - last)) written" \
	write_at $V $((B + size - 512)) 512
marked "before the target" "" write_at $V 0 4096
marked "across its beginning" "0 $G written" write_at $V 3584 1024
marked "fdatasync alone" "" python3 -c '
import os
f = os.open("/dev/mapper/vol", os.O_RDWR)
os.fdatasync(f)'
marked "a synchronous write" "0 $G written" dd if=/dev/zero of=$V bs=512 \
	count=1 oflag=direct,dsync,seek_bytes seek=$B conv=notrunc
marked "through the page cache" "$G $G written" python3 -c '
import os
f = os.open("/dev/mapper/vol", os.O_RDWR)
os.pwrite(f, b"x" * 4096, 8 * 512 + 65536 + 4096)
os.fsync(f)'
marked "a discard of two granules" "$G $((2 * G)) discarded" \
	blkdiscard -o $((B + G)) -l $((2 * G)) $V
marked "a discard of a part of one" "$G $G written" \
	blkdiscard -o $((B + G + 512)) -l 1024 $V
marked "zeroing a granule" "$((3 * G)) $G zeroed" \
	fallocate -p -o $((B + 3 * G)) -l $G $V
marked "zeroing with ragged ends" "0 $G written
$G $G zeroed
$((2 * G)) $G written" fallocate -p -o $((B + G - 512)) -l $((G + 1024)) $V
marked "zeros that are written" "$((3 * G)) $G written" \
	dd if=/dev/zero of=$V bs=$G count=1 oflag=direct,seek_bytes \
	seek=$((B + 3 * G)) conv=notrunc
marked "a write on top of a discard" "$G $G written" eval \
	"blkdiscard -o $((B + G)) -l $G $V && write_at $V $((B + G)) 512"
marked "a discard on top of a write" "$G $G written" eval \
	"write_at $V $((B + G)) 512 && blkdiscard -o $((B + G)) -l $G $V"
marked "the whole volume" "0 $size discarded" blkdiscard -o $B -l $size $V
ok "nothing in the log" no_splat
plan_end
