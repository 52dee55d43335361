#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A zoned origin is refused.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

disk_make zoned 64 zoned=1 zone_size=4 blocksize=4096
zoned=$DISK
disk_make meta 32
META=$DISK
volume_make other 64
dmsetup remove other
len=$(sectors "$zoned")

refused "a zoned origin" "." dmsetup create vol --table \
	"0 $len refpoint $META $zoned"
status "no device is left" 1 dmsetup info vol
refused "with degraded_ok, too" "." dmsetup create vol --table \
	"0 $len refpoint $META $zoned 1 degraded_ok"
status "no device is left of that" 1 dmsetup info vol
ok "another volume is none the worse" dmsetup create other --table "$TABLE"
ok "nothing in the log" no_splat
plan_end
