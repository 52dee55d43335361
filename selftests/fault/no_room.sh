#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I6: those who could bear witness of a volume that failed have no room for the word.
# Each is asked once, not one after the other for ever; again after a while, and who
# comes later is asked, too.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/no_room.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
HERE=$(dirname "$(readlink -f "$0")")
require_program "$HERE/fill"
plan_begin
require_command python3

# worked: what kernel workers have had of the processors, in ticks.
worked()
{
	sed -n 's/.*(kworker[^)]*) //p' /proc/[0-9]*/stat 2>/dev/null |
		awk '{ n += $12 + $13 } END { print n + 0 }'
}

is_failed()
{
	[ "$(volume_field broken state)" = failed ]
}

# full NAME: a volume whose metadata have room for an activation and no more.
full()
{
	volume_make "$1" 16
	refpoint collection create "$1" "$1" >/dev/null || die "no collection"
	point_make "$1" || die "no point"
	dmsetup remove --retry "$1"
	note "$1: $("$HERE/fill" "$META" 2)"
	dmsetup create "$1" --table "$TABLE" || die "$1: no room to be activated"
	note "$1: $(dmsetup status "$1")"
	meta[$1]=$META
}

declare -A meta
META_MIB=8
volume_make late 16
late=$TABLE
meta[late]=$META
dmsetup remove --retry late
volume_make broken 16
full one
full two
had_one=$(volume_commits one)
had_two=$(volume_commits two)

echo 0 >/sys/kernel/config/nullb/rpbroken-meta/power
ok "a write passes without metadata" write_at /dev/mapper/broken 1048576 65536
ok "the volume has failed" until_true is_failed
sleep 1
was=$(worked)
sleep 3
used=$(($(worked) - was))
note "workers had $used ticks in 3 seconds"
ok "nobody is asked again and again" [ $used -lt 100 ]
same "nobody had room" "$had_one $had_two" "$(volume_commits one) $(volume_commits two)"
same "and nobody has failed for it" "active active" \
	"$(volume_field one state) $(volume_field two state)"

ok "who could, comes later" dmsetup create late --table "$late"
ok "and writes the word" until_same 1 words "${meta[late]}"
same "those who have no room still do not" "$had_one $had_two" \
	"$(volume_commits one) $(volume_commits two)"
same "nor have they the word" "0 0" "$(words "${meta[one]}") $(words "${meta[two]}")"
# Of the intervals that it gives up.
ok "room is made" refpoint volume new-generation one
ok "and used" until_same 1 words "${meta[one]}"
ok "no splat" no_splat
plan_end
