#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One refpoint target in a device, one device for each identity (I10): two in a
# table, one metadata device in two tables, an origin in two tables and a copy of
# the metadata are refused, and what was active stays so.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make one 16
data1=$DATA meta1=$META table1=$TABLE
dmsetup remove one
volume_make two 16
data2=$DATA meta2=$META table2=$TABLE
dmsetup remove two
len=$(sectors "$data1")

refused "two refpoint targets in one table" "." \
	dmsetup create both --table "$table1
$len $len refpoint $meta2 $data2"
status "no device is left of it" 1 dmsetup info both

ok "the first is active" map_make one "$table1"
disk_make spare 16
spare=$DISK
refused "its metadata device in another table" "." \
	dmsetup create thief --table "0 $len refpoint $meta1 $spare"
dmsetup remove thief 2>/dev/null
refused "its origin in another table" "." \
	dmsetup create thief --table "0 $len refpoint $meta2 $data1"
dmsetup remove thief 2>/dev/null

disk_make copy 32
dd if="$meta1" of="$DISK" bs=1M oflag=direct status=none
refused "a copy of its metadata over another origin" "." \
	dmsetup create clone --table "0 $len refpoint $DISK $spare"
dmsetup remove clone 2>/dev/null
same "the first is active still" "active" "$(volume_field one state)"
ok "and written" write_at /dev/mapper/one 65536 4096

ok "the second is another volume" map_make two "$table2"
same "and active" "active" "$(volume_field two state)"
same "two volumes are listed" "2" \
	"$(refpoint volume list --json | json 'len(d)')"
ok "nothing in the log" no_splat
plan_end
