#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Writes that must not wait: those that find their region armed go through, those
# that do not are queued, not refused (O9); none is lost and none unmarked.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command python3

volume_make vol 64
refpoint collection create c vol >/dev/null || die "no collection"
point_make c || die "no point"

# now_at OFFSET: a page with RWF_NOWAIT.
# shellcheck disable=SC2317
now_at()
{
	python3 -c '
import mmap, os, sys
f = os.open("/dev/mapper/vol", os.O_RDWR | os.O_DIRECT)
m = mmap.mmap(-1, 4096)
m.write(b"n" * 4096)
n = os.pwritev(f, [m], int(sys.argv[1]), os.RWF_NOWAIT)
assert n == 4096, n' "$1"
}

ok "into a region that is not armed" now_at 0
ok "into one that is" now_at 8192
ok "far away" now_at 33554432
same "what was written is reported" "0 65536 written
33554432 65536 written" "$(refpoint changes vol --from "$POINT")"
same "and is there" "nnnn" "$(dd if=/dev/mapper/vol bs=4096 count=1 \
	iflag=direct skip=8192 status=none | head -c 0; dd if=/dev/mapper/vol \
	bs=4096 count=1 skip=2 iflag=direct status=none | head -c 4)"

if command -v fio >/dev/null; then
	ok "io_uring" fio --name=n --filename=/dev/mapper/vol --rw=randwrite \
		--bs=4k --ioengine=io_uring --iodepth=16 --direct=1 --size=32M \
		--io_size=8M --verify=crc32c --do_verify=1 --norandommap=0 \
		--minimal
fi
ok "nothing in the log" no_splat
plan_end
