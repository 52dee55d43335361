#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A metadata device without FUA fails one flush, loses what its cache held, and does
# the next flush well (I2). A commit and a write of the arm map are on their way; of
# whichever the failed flush was, neither is durable by the other's. Both are written
# again while the volume is held, and a power cut right after that loses nothing.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/dropped_cache.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

say()
{
	dmsetup message dropped-meta 0 "$@"
}

plan_begin
rp_disk_load
size=131072
rp_disk_pair dropped $size 64K 65536
table="0 $size refpoint /dev/mapper/dropped-meta /dev/mapper/dropped-data 2 hold 60"
map_make vol "$table" || die "table"
refpoint collection create all vol >/dev/null || die "collection"

# Which of the two flushes comes first: a disk that takes its time has the commit's
# before it has written what the arm map's is for.
n=0
for which in "1 0" "2 0" "1 50" "2 50"; do
	read -r nth delay <<<"$which"
	n=$((n + 1))
	# Another region each time.
	far=$((n * 12582912))
	point_make all
	result $? "flush $nth fails, $delay ms: a point"
	ok "a write" write_at /dev/mapper/vol 1048576 65536
	say fua no
	ok "the next write of metadata waits" say stall_at 1
	dmsetup message vol 0 checkpoint &
	commit=$!
	ok "that of a commit" until_true say stalled
	write_at /dev/mapper/vol $far 65536 &
	writer=$!
	sleep 1
	ok "a write waits for its region" kill -0 $writer
	ok "a flush is to fail" say fault flush "$nth" once drop
	say delay "$delay"
	ok "the device goes on" say go
	wait $writer
	result $? "the write ends well"
	ok "the power goes" say cut 1 ghost
	wait $commit
	like "a flush has failed" "^[^ ]+ [^ ]+ rp_disk [0-9]+ [0-9]+ [0-9]+ 1 " \
		"$(dmsetup status dropped-meta)"
	dmsetup remove --retry vol || die "remove"
	ok "the power is back" say on
	say reset
	dmsetup create vol --table "$table"
	up=$?
	result $up "the volume comes up"
	[ $up -eq 0 ] || die "cannot go on"
	same "without a gap" 0 "$(volume_field vol 'len(d["gaps"])')"
	status "the changes" 0 refpoint changes vol --from "$POINT"
	note "$OUT"
	ok "hold both writes" python3 - "$OUT" $far <<-'END'
		import sys
		def covered(at):
		    return any(int(l.split()[0]) <= at < int(l.split()[0]) + int(l.split()[1])
		               for l in sys.argv[1].splitlines())
		sys.exit(not (covered(1048576) and covered(int(sys.argv[2]))))
	END
done
ok "no splat" no_splat
plan_end
