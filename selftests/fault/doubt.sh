#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I1, I6, I10: another volume comes up and knows better than a volume's metadata,
# which cannot be written any more: a witness of changes that were lost, or a point
# that a copy put back has lost. Whether the volume fails with a gap or without, is
# held meanwhile, or was so before: no query is answered as if nobody knew.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/doubt.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

break_it()
{
	map_becomes meta "0 $size error"
}

mend_it()
{
	map_becomes meta "0 $size linear $meta 0"
}

# is STATE
is()
{
	grep -q " refpoint $1 " <<<"$(dmsetup status vol)"
}

comes_to()
{
	until_true is "$1" && return
	note "$(dmsetup status vol)"
	return 1
}

two_gaps()
{
	grep -q " 2\$" <<<"$(dmsetup status vol)"
}

down()
{
	local v

	for v; do
		! dmsetup info "$v" >/dev/null 2>&1 || dmsetup remove --retry "$v" ||
			die "remove $v"
	done
}

# far: where nothing is armed. The same bytes again: the fingerprint (I11) has nothing
# to notice.
far()
{
	dd if=/dev/zero of=/dev/mapper/vol bs=64K seek=768 count=1 oflag=direct \
		conv=notrunc status=none 2>/dev/null
}

# fresh: both volumes, new, with a point.
fresh()
{
	down vol other
	mend_it
	refpoint format --force /dev/mapper/meta --data "$data" >/dev/null ||
		die "format"
	refpoint format --force "$other_meta" --data "$other_data" >/dev/null ||
		die "format the other"
	dmsetup create vol --table "$table" || die "activate"
	dmsetup create other --table "$other" || die "activate the other"
	refpoint collection create both vol other >/dev/null || die "collection"
	refpoint collection create alone vol >/dev/null || die "collection of one"
	point_make both || die "point"
	first=$POINT
}

# untracked: other bears witness of a write that vol does not know of.
untracked()
{
	local had

	fresh
	had=$(volume_commits other)
	break_it
	far || die "write"
	comes_to failed
	until_more "$had" volume_commits other || die "no witness"
}

# put_back: other has a point that vol has lost, and a write before it.
put_back()
{
	fresh
	down vol
	dd if="$meta" of="$TMP/copy" bs=1M iflag=direct status=none
	dmsetup create vol --table "$table"
	# The same bytes, as above.
	dd if=/dev/zero of=/dev/mapper/vol bs=64K seek=16 count=1 oflag=direct status=none
	point_make both || die "point"
}

# alone CAUSE [FEATURE...]: what CAUSE makes, nothing remembered but by disks, vol up.
alone()
{
	local cause=$1
	shift

	$cause
	down vol other
	mend_it
	[ "$cause" != put_back ] ||
		dd if="$TMP/copy" of="$meta" bs=1M oflag=direct conv=notrunc status=none
	module_again || die "the module"
	dmsetup create vol --table "$table $*" || die "activate"
	point_make alone || die "point"
	second=$POINT
	refpoint changes vol --from "$first" >/dev/null || die "nobody knows yet"
}

not_told()
{
	! refpoint changes vol --from "$first" >/dev/null 2>&1
}

# known WHAT: other comes up.
known()
{
	local now='' closed='' i rc

	dmsetup create other --table "$other" || die "activate"
	# It is told by a work of its own.
	until_true not_told
	for i in 1 2 3; do
		refpoint changes vol --from "$first" >/dev/null 2>&1
		rc=$?
		now="$now $rc"
		refpoint changes vol --from "$first" --to "$second" >/dev/null 2>&1
		rc=$?
		closed="$closed $rc"
		sleep 0.1
	done
	same "$1: no answer without the gap" " 11 11 11" "$now"
	same "$1: nor between two points" " 11 11 11" "$closed"
	note "$1: at $SECONDS s: $(dmsetup status vol)"
}

# whole WHAT: who takes unknown extents gets them.
whole()
{
	status "$1: unknown is an answer" 0 \
		refpoint changes vol --from "$first" --allow-unknown
	same "$1: all of it" "0 $((size_data * 512)) unknown" "$OUT"
}

plan_begin
require_command python3
[ -e "$RP_MODULE" ] || skip_all "no module to load again"

META_MIB=8
volume_disks vol 64
data=$DATA meta=$META size=$(sectors "$META") size_data=$(sectors "$DATA")
map_make meta "0 $size linear $META 0"
table="0 $size_data refpoint /dev/mapper/meta $DATA"
MAPPED+=(vol)
volume_disks other 16
other_data=$DATA other_meta=$META
other="0 $(sectors "$DATA") refpoint $META $DATA"
MAPPED+=(other)

for cause in put_back untracked; do
	# The commit fails, and the volume with it: without a gap, with one.
	alone $cause 1 fail_stop
	break_it
	known "$cause, fail_stop"
	ok "$cause, fail_stop: it has failed" comes_to failed
	whole "$cause, fail_stop"

	# The commit is tried again and again.
	alone $cause 2 hold 60
	break_it
	known "$cause, hold"
	ok "$cause, hold: it is held" comes_to held
	whole "$cause, hold"
done

# The gap of the failure itself begins later.
alone untracked
break_it
known "untracked, no feature"
ok "untracked, no feature: it has failed" comes_to failed
ok "the metadata can be read again" mend_it
known_again=$(refpoint changes vol --from "$first" --to "$second" 2>&1)
like "untracked, no feature: that changes nothing" "not tracked" "$known_again"

# It had failed, or was held, before anybody knew.
for features in "1 fail_stop" "2 hold 60"; do
	# shellcheck disable=SC2086
	alone untracked $features
	break_it
	far &
	writer=$!
	case $features in
	*hold*)
		ok "before, $features: it is held" comes_to held
		;;
	*)
		ok "before, $features: it has failed" comes_to failed
		;;
	esac
	known "before, $features"
	[ "$features" = "1 fail_stop" ] || mend_it
	wait $writer
done
# What is held can be written at last, and what is known of it heard: the two
# intervals that the word may be about have their gaps, and nothing is in doubt.
ok "the hold is over" comes_to active
ok "two gaps stay" until_true two_gaps
point_ok "a point" alone
status "it answers" 0 refpoint changes vol --from "$POINT"
same "nothing, since nothing was written" "" "$OUT"
ok "no splat" no_splat
plan_end
