#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I1, I6: the word of a failure comes when the volume is shorter than it was then. In
# an interval that ended before it was made shorter the gap is as long as it was.

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

LONG=131072 SHORT=65536
FAR=50331648

# refpoint_table NAME SECTORS
refpoint_table()
{
	echo "0 $2 refpoint /dev/mapper/$1-meta /dev/mapper/$1-data"
}

activate()
{
	dmsetup create "$1" --table "$(refpoint_table "$1" "$LONG")"
}

# unknown FROM TO: whether what is at FAR is said to be unknown
unknown()
{
	refpoint changes vol --from "$1" --to "$2" --allow-unknown --json |
		json "any(e['type'] & 8 and e['offset'] <= $FAR < e['offset'] + e['length']
			for e in d['extents'])"
}

plan_begin
[ -e "$RP_MODULE" ] || skip_all "no module to load again"
rp_disk_load
# Of what others left behind the witness would be told.
module_again || die "the module"
for v in vol witness; do
	rp_disk_pair $v $LONG 64K
	map_make $v "$(refpoint_table $v $LONG)" || die "no $v"
done
ok "a collection" refpoint collection create alone vol
point_ok "the baseline" alone
before=$POINT
had=$(volume_commits witness)
dmsetup message vol-meta 0 mode gone
# What is there already: what differs, the look at activation could happen upon (I11).
ok "a write passes without metadata" dd if=/dev/zero of=/dev/mapper/vol bs=64K \
	count=1 seek=$FAR oflag=direct,seek_bytes conv=notrunc status=none
ok "the witness has the word" until_same $((had + 1)) volume_commits witness
for v in vol witness; do
	dmsetup remove --retry $v || die "cannot remove $v"
done
module_again || die "the module"
dmsetup message vol-meta 0 reset

ok "it is there without its witness" activate vol
point_ok "a point" alone
after=$POINT
same "nobody knows" false "$(unknown "$before" "$after")"
ok "it is made shorter" map_becomes vol "$(refpoint_table vol $SHORT)"
ok "the witness comes" activate witness
ok "and what is beyond the end is not known" \
	until_same true unknown "$before" "$after"
ok "no splat" no_splat
plan_end
