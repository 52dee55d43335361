#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I1, I10: a volume whose metadata were put back to an older time is found out while
# it is being activated. Its disk is slow here, so that this takes a while; who asks
# meanwhile must not be answered from the old copy, which knows of no write.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/coming.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command python3
rp_disk_load

for v in old other; do
	rp_disk_pair $v 65536 64K 16384
	map_make $v "0 65536 refpoint /dev/mapper/$v-meta /dev/mapper/$v-data" ||
		die "no volume"
done
table=$(dmsetup table old)
refpoint collection create both old other >/dev/null || die "no collection"
point_ok "a point that the copy has" both
first=$POINT
dmsetup remove --retry old
dd if=/dev/mapper/old-meta of="$TMP/copy" bs=1M iflag=direct status=none
dmsetup create old --table "$table"
# The same bytes again: the fingerprint (I11) has nothing to notice.
dd if=/dev/zero of=/dev/mapper/old bs=64K seek=16 count=1 oflag=direct status=none
point_ok "a point that it has lost" both
dmsetup remove --retry old
dd if="$TMP/copy" of=/dev/mapper/old-meta bs=1M oflag=direct conv=notrunc status=none
was=$(volume_field other generation)

# As slow as is enough for some queries, where these take their time.
begun=$(date +%s%3N)
refpoint changes old --from "$first" >/dev/null 2>&1
took=$(($(date +%s%3N) - begun))
note "a query takes $took ms"
dmsetup message old-meta 0 delay $((took < 200 ? 200 : took < 2000 ? took : 2000))
dmsetup create old --table "$table" &
creator=$!
busy=0 answered=0 refused=0
for ((i = 0; i < 2000; i++)); do
	OUT=$(refpoint changes old --from "$first" 2>&1)
	RC=$?
	case $RC in
	0)
		answered=$((answered + 1))
		note "answered: '$OUT'"
		;;
	10)
		refused=$((refused + 1))
		break
		;;
	*)
		! grep -q "being activated" <<<"$OUT" || busy=$((busy + 1))
		;;
	esac
done
wait $creator
same "it comes up" 0 $?
dmsetup message old-meta 0 reset
same "no query is answered from the old copy" 0 $answered
same "but a full copy asked for at last" 1 $refused
ok "queries came while it was looked at" [ $busy -gt 0 ]
same "the other one has its history" "$was" "$(volume_field other generation)"
ok "no splat" no_splat
plan_end
