#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A volume that is held, and others (I6, I7): what was decided without it reaches it
# when the hold is over, and nobody waits for it who need not.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/held.sh

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

declare -A DATA_OF META_OF

break_it()
{
	map_becomes "$1-meta" "0 $(sectors "${META_OF[$1]}") error"
}

mend_it()
{
	map_becomes "$1-meta" "0 $(sectors "${META_OF[$1]}") linear ${META_OF[$1]} 0"
}

# table NAME [FEATURES]
table()
{
	echo "0 $(sectors "${DATA_OF[$1]}") refpoint /dev/mapper/$1-meta ${DATA_OF[$1]} ${*:2}"
}

# make_one NAME [FEATURES]: a volume whose metadata can go and come back.
make_one()
{
	local name=$1

	volume_disks "$name" 64
	DATA_OF[$name]=$DATA
	META_OF[$name]=$META
	map_make "$name-meta" "0 $(sectors "$META") linear $META 0" ||
		die "metadata of $name"
	refpoint format "/dev/mapper/$name-meta" --data "$DATA" >/dev/null ||
		die "format $name"
	map_make "$name" "$(table "$@")" || die "table of $name"
}

# comes_to NAME STATE
comes_to()
{
	until_same "$2" volume_field "$1" state
}

points_of()
{
	dmsetup status "$1" | awk '{ print $(NF - 1) }'
}

# between FROM TO SECONDS
between()
{
	[ "$3" -ge "$1" ] && [ "$3" -le "$2" ]
}

plan_begin
require_command python3

# A point that is destroyed while a member is held.
make_one a 2 hold 60
make_one b
refpoint collection create both a b >/dev/null || die "collection"
point_make both || die "point"
break_it a || die "break"
write_at /dev/mapper/a 50331648 65536 &
writer=$!
ok "a member is held" comes_to a held
ok "the point is destroyed without it" refpoint point destroy "$POINT"
same "the other has forgotten it" 0 "$(points_of b)"
ok "the metadata come back" mend_it a
wait $writer
result $? "the write ends well"
ok "the hold is over" comes_to a active
ok "and the member forgets the point" until_same 0 points_of a
ok "it goes down" dmsetup remove --retry a
ok "and comes back" dmsetup create a --table "$(table a 2 hold 60)"
same "without the point" 0 "$(points_of a)"

# Volumes that are asked to bear witness, and are held.
make_one failing
make_one c 2 hold 60
make_one d 2 hold 60
refpoint collection create near failing a c d >/dev/null || die "collection"
had=$(volume_commits b)
for v in failing a c d; do
	break_it $v || die "break $v"
done
ok "a write passes untracked" write_at /dev/mapper/failing 50331648 65536
ok "its volume has failed" comes_to failing failed
for v in a c d; do
	ok "$v, asked to carry the word, is held" comes_to $v held
done
ok "another one carries it" until_same $((had + 1)) volume_commits b
same "while they are held still" "held held held" \
	"$(for v in a c d; do volume_field $v state; done | paste -sd ' ')"
for v in a c d; do
	mend_it $v || die "mend $v"
done
for v in a c d; do
	ok "the hold of $v is over" comes_to $v active
done

# A member whose prepare is held: at its deadline the point is void (I7).
refpoint collection create alone b >/dev/null || die "collection"
ok "a region is armed" write_at /dev/mapper/a 50331648 65536
point_make both || die "point"
ok "the metadata of one go" break_it a
began=$SECONDS
status "the point is given up" 13 refpoint point create both --deadline 4
took=$((SECONDS - began))
note "took $took s: $OUT"
ok "at its deadline" between 3 20 "$took"
same "the member is held still" held "$(volume_field a state)"
ok "the other one has its points" timeout 10 refpoint point create alone
ok "what is written there on the one that is held" write_at /dev/mapper/a 50331648 65536
ok "the metadata come back" mend_it a
ok "the hold is over" comes_to a active
same "no gap" 0 "$(volume_field a 'len(d["gaps"])')"
status "the changes" 0 refpoint changes a --from "$POINT"
same "are exact" "50331648 65536 written" "$OUT"
ok "a point of both can be made again" refpoint point create both
same "and is the only one beside the first" "2 3" "$(points_of a) $(points_of b)"

# Cancelled while it is held.
ok "the metadata of one go" break_it a
refpoint point create both --deadline 60 >"$TMP/create" 2>&1 &
creator=$!
ok "it is held" comes_to a held
job=$(refpoint job list --json | json '[j["id"] for j in d if j["cancellable"]][-1]')
began=$SECONDS
ok "the job is cancelled" refpoint job cancel "$job"
wait $creator
ok "and ends" between 0 15 $((SECONDS - began))
note "$(cat "$TMP/create")"
ok "the metadata come back" mend_it a
ok "the hold is over" comes_to a active
ok "no splat" no_splat
plan_end
