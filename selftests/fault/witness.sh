#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I6: the metadata device of a volume fails, its writes go on, and the host goes
# down before anything could be written there. Another volume has borne witness:
# with the module's memory gone the gap comes back, whoever is activated first.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/witness.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

power()
{
	echo "$2" >"/sys/kernel/config/nullb/rp$1/power"
}

# gaps VOLUME: that somebody bore witness of. What passed untracked may also be
# noticed on the origin, by chance (I11): a gap of its own.
gaps()
{
	volume_field "$1" 'sum(g["reason"] != "bypass" for g in d["gaps"])'
}

# break_volume: the metadata is gone, a write far from what is armed passes.
break_volume()
{
	ok "$1: a write is tracked" write_at /dev/mapper/broken 1048576 65536
	power broken-meta 0
	ok "$1: a write passes without metadata" \
		write_at /dev/mapper/broken 50331648 65536
	ok "$1: it has failed" until_same failed volume_field broken state
}

# restart: nothing is remembered but by disks.
restart()
{
	local v

	for v; do
		dmsetup remove --retry "$v" || return 1
	done
	module_again && power broken-meta 1
}

activate()
{
	dmsetup create "$1" --table "$2"
}

plan_begin
require_command python3
[ -e "$RP_MODULE" ] || skip_all "no module to load again"
# Of what others left behind the witness would be told.
module_again || die "the module"

volume_make broken 64
broken=$TABLE
volume_make witness 64
witness=$TABLE
ok "a collection of both" refpoint collection create both broken witness

# Without the word nobody would know: that is the exception of I6, and shows that
# what follows is the witness's doing.
point_ok "the baseline" both
before=$POINT
had=$(volume_commits witness)
break_volume "first"
ok "the witness has written the word" until_same $((had + 1)) volume_commits witness
ok "all goes down" restart broken witness
ok "activate the one that failed" activate broken "$broken"
same "it knows of no gap" 0 "$(gaps broken)"
ok "activate the witness" activate witness "$witness"
ok "now it does" until_same 1 gaps broken
status "changes over the gap" 11 refpoint changes broken --from "$before"
like "say when" "not tracked" "$OUT"
ok "the word is taken back" until_same 2 volume_commits witness
status "the witness answers for itself" 0 refpoint changes witness --from "$before"
same "and has no gap" 0 "$(gaps witness)"

# Once heard, it is not told again.
point_ok "a baseline after the gap" both
after=$POINT
ok "a write after it" write_at /dev/mapper/broken 2097152 65536
for order in "broken witness" "witness broken"; do
	ok "all goes down in order" restart broken witness
	for v in $order; do
		ok "activate $v" activate "$v" "${!v}"
	done
	sleep 0.5
	same "one gap still" 1 "$(gaps broken)"
	status "the point after the gap is clean" 0 \
		refpoint changes broken --from "$after"
	same "and exact" "2097152 65536 written" "$OUT"
done

# The witness is there first, and shares nothing but the host.
ok "no collection any more" refpoint collection destroy both
ok "one of the volume alone" refpoint collection create alone broken
point_ok "a baseline" alone
before=$POINT
had=$(volume_commits witness)
break_volume "second"
ok "the witness has written the word again" \
	until_same $((had + 1)) volume_commits witness
ok "all goes down" restart broken witness
ok "activate the witness" activate witness "$witness"
ok "activate the one that failed" activate broken "$broken"
same "it has a gap more, at once" 2 "$(gaps broken)"
status "changes over it" 11 refpoint changes broken --from "$before"

# Nobody is there when it fails; who comes later carries what memory has.
point_ok "a baseline" alone
before=$POINT
ok "the witness goes" dmsetup remove --retry witness
break_volume "third"
ok "the one that failed goes, too" dmsetup remove --retry broken
ok "the witness comes" activate witness "$witness"
ok "and writes the word" until_same 2 volume_commits witness
ok "it goes down" restart witness
ok "activate the witness" activate witness "$witness"
ok "activate the one that failed" activate broken "$broken"
same "it has a gap more, at once" 3 "$(gaps broken)"
status "changes over it" 11 refpoint changes broken --from "$before"
ok "no splat" no_splat
plan_end
