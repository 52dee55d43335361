#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What each step of a scripted life asks of the metadata device: blocks read, blocks
# written, flushes. Counted by the disk below, so that nothing of ours can forget one.
# The same script on a volume of 1 GiB and of 1 TiB has to cost the same, and so has
# the hundredth point what the tenth does.
#
# The disk has a volatile cache and no FUA: the block layer makes a flush of it, so
# that what is waited for is in the count of flushes. Everything is done one after the
# other, direct, with no checkpoint but those that are asked for: hence the figures
# are exact, but where it says "at most", which says why. They are to be lowered
# whenever they can be; a change that raises one has to say what for.
#
# run in a virtual machine: selftests/vm/run -- selftests/guard/metadata_io.sh

# What step() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
note "blocks read, blocks written, flushes:"

G=65536
REGIONS=8
INTERVAL=/sys/module/dm_refpoint/parameters/checkpoint_interval
was=$(cat $INTERVAL)
echo 3600 >$INTERVAL

# counts: blocks of 4 KiB read and written, flushes, since the disk is there.
counts()
{
	awk '{ print $3 / 8, $7 / 8, $16 }' "/sys/block/${META#/dev/}/stat"
}

# cost COMMAND...: what it asks of the metadata device, in $COST.
cost()
{
	local before after

	before=$(counts)
	"$@" >"$TMP/out" 2>&1 || { note "$*: $(cat "$TMP/out")"; return 1; }
	after=$(counts)
	COST=$(echo "$before $after" | awk '{ print $4 - $1, $5 - $2, $6 - $3 }')
}

# within WANT: $COST is, a figure with "-" before it is the most.
within()
{
	echo "$COST $1" | awk '{
		for (i = 1; i <= 3; i++)
			if ($(i + 3) < 0 ? $i > -$(i + 3) : $i != $(i + 3))
				exit 1
	}'
}

# step NAME "READ WRITTEN FLUSHES" COMMAND...: costs that, likewise.
step()
{
	local name="$1, $SIZE" want=$2
	shift 2

	COST=
	if cost "$@" && within "$want"; then
		note "$COST"
		result 0 "$name"
	else
		note "$COST: wanted $want"
		result 1 "$name"
	fi
}

# Here and there, so that none is the neighbour of the one before.
writes_to_new_regions()
{
	local i

	for ((i = 0; i < REGIONS; i++)); do
		write_at /dev/mapper/vol $((i * 5 % REGIONS * (64 << 20))) 4096 ||
			return
	done
}

writes_to_known_granules()
{
	dd if=/dev/zero of=/dev/mapper/vol bs=4096 count=16 oflag=direct conv=notrunc
}

point()
{
	writes_to_known_granules || return
	refpoint point create all
}

# points N: so many more, with nothing new, whatever they cost.
points()
{
	local i

	for ((i = 0; i < $1; i++)); do
		refpoint point create all >"$TMP/out" 2>&1 || die "$(cat "$TMP/out")"
	done
}

the_id()
{
	grep -Eo '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' "$TMP/out" | head -n 1
}

# A commit is: what is new, the catalogue's page, the root; a flush; the superblock.
until_tenth_point()
{
	# Through the page cache, which reads ahead.
	step "format" "-1000 39 5" refpoint format "$META" --data "$DATA"
	step "activation" "4 1 2" \
		dmsetup create vol --table "0 $(sectors "$DATA") refpoint $META $DATA"
	MAPPED+=(vol)
	step "$REGIONS first writes to regions" "0 $REGIONS $REGIONS" \
		writes_to_new_regions
	step "writes to a known granule" "0 0 0" writes_to_known_granules
	step "a granule's first in an armed region" "0 0 0" \
		write_at /dev/mapper/vol $((3 * G)) 4096
	# One page of bits, its interval, and a block of the map.
	step "checkpoint" "0 6 3" dmsetup message vol 0 checkpoint
	step "checkpoint with nothing new" "0 5 2" dmsetup message vol 0 checkpoint
	step "a collection" "0 4 2" refpoint collection create all vol
	step "point" "0 6 2" refpoint point create all
	first=$(the_id)
	step "point with nothing new" "0 5 2" refpoint point create all
	step "a region is armed again" "0 1 1" writes_to_known_granules
	points 7
	step "tenth point" "0 6 2" point
	# Of two intervals in between there is a page of bits.
	step "list from the first to now" "2 0 0" refpoint changes vol --from "$first"
}

size_of()
{
	SIZE=$1
	disk_make "data$1" "$2"
	DATA=$DISK
	disk_make "meta$1" 128 cache_size=64 fua=0
	META=$DISK
	# One request for each block.
	echo 2 >"/sys/block/${META#/dev/}/queue/nomerges"
	until_tenth_point
}

size_of 1G 1024
cost writes_to_new_regions
within "0 0 0"
same "what costs more is seen" 1 $?
refpoint collection destroy all >/dev/null
step "deactivation, with marks since the last commit" "0 5 2" dmsetup remove vol
map_forget vol

size_of 1T 1048576
points 89
# At most one block more: the catalogue's pages hold 100 slots or so each.
step "hundredth point" "0 -7 2" point
# The interval it merges into may not be in memory any more.
step "destroy" "-1 -6 2" refpoint point destroy "$first"
step "deactivation, with none" "0 1 2" dmsetup remove vol
# Two for each point, record and interval; the pages of the lists stay on disk.
step "activation with 99 points" "-$((99 * 2 + 16)) 1 2" \
	dmsetup create vol --table "0 $(sectors "$DATA") refpoint $META $DATA"
echo "$was" >$INTERVAL
plan_end
