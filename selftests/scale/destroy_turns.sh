#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I7, O6: a point over more members than are destroyed at a time, of which so many
# have hung metadata devices. The others wait for their turn: points can be cut over
# them, they can be suspended, and in the end the point is gone from all.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

HUNG=32		# RP_PARALLEL_MAX
NR=$((HUNG + 3))
SECTORS=16384

disk_make pool $((NR * 16))
for ((i = 0; i < NR; i++)); do
	at=$((i * 2 * SECTORS))
	map_make "m$i-data" "0 $SECTORS linear $DISK $at" || die "no data"
	map_make "m$i-meta" "0 $SECTORS linear $DISK $((at + SECTORS))" ||
		die "no metadata"
	refpoint format "/dev/mapper/m$i-meta" --data "/dev/mapper/m$i-data" \
		>/dev/null || die "format"
	map_make "m$i" "0 $SECTORS refpoint /dev/mapper/m$i-meta /dev/mapper/m$i-data" ||
		die "no volume"
done

# Their turns come in the order of their UUIDs.
mapfile -t order < <(refpoint volume list --json |
	json '"\n".join(v["name"] for v in sorted(d, key=lambda v: v["id"]))')
hung=("${order[@]:0:HUNG}")
rest=("${order[@]:HUNG}")
ok "a collection" refpoint collection create all "${order[@]}"
ok "one of those who will wait" refpoint collection create rest "${rest[@]}"
point_ok "a point" all
all=$POINT

points()
{
	local v

	for v; do
		volume_field "$v" 'd["points"]'
	done | sort -u | tr '\n' ' '
}
same "which everybody has" "1 " "$(points "${order[@]}")"

for v in "${hung[@]}"; do
	dmsetup suspend --nolockfs --noflush "$v-meta" || die "suspend"
done
refpoint point destroy "$all" >"$TMP/destroy" 2>&1 &
destroy=$!
sleep 2
ok "it hangs" kill -0 $destroy
ok "a point over those who wait" timeout 15 refpoint point create rest
ok "a checkpoint" timeout 15 dmsetup message "${rest[0]}" 0 checkpoint
# It cannot be killed when it hangs.
dmsetup suspend "${rest[0]}" &
suspend=$!
for ((i = 0; i < 100; i++)); do
	kill -0 $suspend 2>/dev/null || break
	sleep 0.1
done
ok "a suspend ends at once" [ $i -lt 100 ]
ok "it hangs still" kill -0 $destroy

for v in "${hung[@]}"; do
	dmsetup resume "$v-meta"
done
wait $destroy
same "it ends well" 0 $?
wait $suspend
status "it is gone" 10 refpoint changes "${rest[1]}" --from "$all"
like "and said to be destroyed" "destroyed" "$OUT"
same "for those who hung" "0 " "$(points "${hung[@]}")"
same "for those who waited" "1 " "$(points "${rest[@]:1}")"
dmsetup resume "${rest[0]}"
ok "and for who was away" until_same "1 " points "${rest[0]}"
ok "no splat" no_splat
plan_end
