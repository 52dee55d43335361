#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# One copy of the superblock is damaged: the other may be one commit old, so that
# nothing vouches for the open interval. All of it is reported, and the number of
# a boundary that may have been lost is not used again (I1, I10).
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/superblock_lost.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

# damage BLOCK: of the metadata device.
damage()
{
	dd if=/dev/zero of="$META" bs=4096 seek="$1" count=1 oflag=direct \
		conv=notrunc status=none
}

plan_begin

volume_make one 64
ok "a collection" refpoint collection create all one
ok "a write" write_at /dev/mapper/one 1048576 65536
point_make all
result $? "a point"
first=$POINT
ok "a write after it" write_at /dev/mapper/one 2097152 65536
for copy in 0 1; do
	ok "deactivate" dmsetup remove --retry one
	damage $copy
	ok "activate with copy $copy damaged" dmsetup create one --table "$TABLE"
	status "the point is there, or said not to be" 0 \
		refpoint changes one --from "$first"
	same "all is reported" "0 67108864 written" "$OUT"
	ok "deactivate in order" dmsetup remove --retry one
	ok "activate, both copies are good" dmsetup create one --table "$TABLE"
	status "it is asked again" 0 refpoint changes one --from "$first"
	same "and still all of it" "0 67108864 written" "$OUT"
	point_make all
	result $? "a new point"
	status "what was written since" 0 refpoint changes one --from "$POINT"
	same "is nothing" "" "$OUT"
	first=$POINT
done
ok "deactivate" dmsetup remove --retry one
damage 0
damage 1
status "both copies damaged: refused" 1 dmsetup create one --table "$TABLE"
dmsetup remove one 2>/dev/null
ok "no splat" no_splat
plan_end
