#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The features hold and fail_stop (I6, I7): what fails and recovers in time leaves
# no trace; the deadline is kept; where writes fail nothing passes untracked, and
# no gap is needed. A held volume can be suspended.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/hold.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

break_it()
{
	map_becomes meta "0 $meta_size error"
}

mend_it()
{
	map_becomes meta "0 $meta_size linear $META 0"
}

# fresh FEATURES...: the volume, new, with a point, and a region that is armed.
fresh()
{
	mend_it
	if dmsetup info vol >/dev/null 2>&1; then
		refpoint collection destroy all
		dmsetup remove --retry vol
		map_forget vol
	fi >/dev/null
	refpoint format --force /dev/mapper/meta --data "$DATA" >/dev/null ||
		die "format"
	map_make vol "$table $*" || die "table $*"
	refpoint collection create all vol >/dev/null || die "collection"
	point_make all || die "point"
	write_at /dev/mapper/vol 1048576 65536 || die "write"
	break_it || die "break"
}

# far: into a region that is not armed.
far()
{
	write_at /dev/mapper/vol 50331648 65536
}

state()
{
	volume_field vol state
}

comes_to()
{
	until_same "$1" state
}

gaps()
{
	volume_field vol 'len(d["gaps"])'
}

# between FROM TO: the seconds since $began.
between()
{
	local took=$((SECONDS - began))

	note "took $took s"
	[ "$took" -ge "$1" ] && [ "$took" -le "$2" ]
}

refuse()
{
	refused "refused: $*" "." dmsetup create vol --table "$table $*"
	dmsetup remove vol 2>/dev/null
}

plan_begin
require_command python3

volume_disks hold 64
meta_size=$(sectors "$META")
map_make meta "0 $meta_size linear $META 0"
refpoint format /dev/mapper/meta --data "$DATA" >/dev/null || die "format"
table="0 $(sectors "$DATA") refpoint /dev/mapper/meta $DATA"

refuse 1 hold
refuse 2 hold 0
refuse 2 hold 3601
refuse 2 hold x
refuse 2 degraded_ok fail_stop
refuse 1 fail_stop hold

# A failure that passes.
fresh 3 fail_stop hold 60
like "the table gives the features back" " 3 fail_stop hold 60\$" \
	"$(dmsetup table vol)"
far &
writer=$!
ok "a write that needs the metadata is held" comes_to held
like "status says so" " refpoint held " "$(dmsetup status vol)"
ok "what is armed goes on" timeout 10 dd if=/dev/urandom of=/dev/mapper/vol \
	bs=64K count=1 seek=17 oflag=direct conv=notrunc status=none
ok "so does reading" timeout 10 dd if=/dev/mapper/vol of=/dev/null bs=64K \
	count=1 iflag=direct status=none
status "a point is refused" 12 refpoint point create all
like "since it is held" "held" "$OUT"
ok "the write is held still" kill -0 $writer
ok "the metadata come back" mend_it
wait $writer
result $? "the write ends well"
ok "the hold is over" comes_to active
same "without a gap" 0 "$(gaps)"
status "the changes" 0 refpoint changes vol --from "$POINT"
same "are exact" "1048576 131072 written
50331648 65536 written" "$OUT"

# The same of a commit.
ok "the metadata go" break_it
dmsetup message vol 0 checkpoint &
message=$!
ok "a checkpoint is held" comes_to held
ok "the metadata come back" mend_it
wait $message
result $? "it ends well"
ok "the hold is over" comes_to active
same "without a gap" 0 "$(gaps)"

# The deadline, then a gap.
fresh 2 hold 2
began=$SECONDS
ok "after the deadline the write passes" far
ok "neither early nor late" between 2 8
ok "the volume has failed" comes_to failed
same "with a gap" 1 "$(gaps)"

# Writes fail instead.
fresh 1 fail_stop
status "a write fails" 1 far
ok "the volume has failed" comes_to failed
status "another one, into what is armed, too" 1 \
	write_at /dev/mapper/vol 1048576 65536
ok "reading goes on" timeout 10 dd if=/dev/mapper/vol of=/dev/null bs=64K \
	count=1 iflag=direct status=none
same "no gap is needed" 0 "$(gaps)"
ok "deactivate" dmsetup remove --retry vol
ok "the metadata come back" mend_it
ok "activate" dmsetup create vol --table "$table"
status "nothing is unknown" 0 refpoint changes vol --from "$POINT"
like "and the write is there" "^(0|1048576) .* written" "$OUT"
same "no gap is needed" 0 "$(gaps)"

# The deadline, then failing writes.
fresh 3 fail_stop hold 2
began=$SECONDS
status "after the deadline the write fails" 1 far
ok "neither early nor late" between 2 8
same "without a gap" 0 "$(gaps)"

# I7: suspended while it is held.
fresh 2 hold 600
far &
writer=$!
ok "a write is held" comes_to held
began=$SECONDS
ok "the volume can be suspended" timeout 20 dmsetup suspend vol
ok "without waiting for the deadline" between 0 15
wait $writer
result $? "the write has passed"
ok "the metadata come back" mend_it
ok "resume" dmsetup resume vol
same "it tracks again" active "$(state)"
# A bypass may be noticed beside it.
ok "with a gap" [ "$(gaps)" -ge 1 ]
ok "no splat" no_splat
plan_end
