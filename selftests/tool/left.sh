#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# O6: a volume that left a collection knows that it left, and no more: alone it shows
# no collection, whatever became of it. A member that missed the change learns it
# from that volume.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

declare -A table meta
for name in a b v; do
	volume_make "$name" 16
	table[$name]=$TABLE
	meta[$name]=$META
done

up()
{
	local name

	for name; do
		dmsetup create "$name" --table "${table[$name]}" || die "create $name"
	done
}

down()
{
	local name

	for name; do
		dmsetup remove "$name" || die "remove $name"
	done
}

# reboot VOLUME...: which are up now, nothing is remembered but by disks. VOLUMES are
# up afterwards.
reboot()
{
	local name

	for name in a b v; do
		! dmsetup info "$name" >/dev/null 2>&1 || down "$name"
	done
	module_again || die "the module"
	up "$@"
}

# names: of the collections that are listed
# shellcheck disable=SC2317
names()
{
	refpoint collection list --json | json '" ".join(sorted(c["name"] for c in d))'
}

# shellcheck disable=SC2317
members()
{
	refpoint collection show "$1" --json |
		json '" ".join(sorted(m["name"] for m in d["members"] if m.get("name")))'
}

# Destroyed when it was away: nobody could tell it.
ok "create" refpoint collection create gone a b v
id=$(refpoint collection show gone --json | json id)
ok "remove a member" refpoint collection remove-member gone v
same "which is shown" "a b" "$(members gone)"
down v
ok "destroy" refpoint collection destroy gone
reboot v
same "who left it shows nothing, alone" "" "$(names)"
status "not by name" 1 refpoint collection show gone
status "not by id" 1 refpoint collection show "$id"
status "no point is cut over it" 1 refpoint point create gone
status "its id is not free" 1 refpoint collection create other v --id "$id"
up a
same "nor does it with a member" "" "$(names)"
ok "the name is free" refpoint collection create gone a v
ok "destroy that" refpoint collection destroy gone
up b

# Destroyed when it was there: it has heard.
ok "create" refpoint collection create heard a b v
id=$(refpoint collection show heard --json | json id)
ok "remove a member" refpoint collection remove-member heard v
ok "destroy" refpoint collection destroy heard
# Told a moment later.
sleep 1
down v
refpoint dump "${meta[v]}" >"$TMP/dump" 2>&1 || die "dump"
ok "its metadata say so" grep -q "id $id, state collection" "$TMP/dump"
same "and nothing else of it" "1" "$(grep -c "$id" "$TMP/dump")"
reboot v
same "and it shows nothing" "" "$(names)"
up a b

# A member misses that another one left.
ok "create" refpoint collection create missed a b v
down a
ok "remove another" refpoint collection remove-member missed v
reboot v
same "who left it shows nothing, alone" "" "$(names)"
up b
same "with a member it is shown" "missed" "$(names)"
same "as it is" "b" "$(members missed)"
down b
ok "the last member goes: it is not shown" until_same "" names
up a
same "one with an older version brings it back as it is" "a" "$(members missed)"
same "two members" "2" "$(refpoint collection show missed --json |
	json 'd["member_count"]')"
up b
same "complete" "complete" "$(refpoint collection show missed --json | json state)"

# In again.
ok "add it again" refpoint collection add-member missed v
reboot v
same "a member shows it, alone" "missed" "$(names)"
same "itself in it" "v" "$(members missed)"

# Its own leaving was missed by who left.
up a b
uuid=$(refpoint volume show v --json | json id)
down v
ok "remove a member that is away" refpoint collection remove-member missed "$uuid"
reboot a v
same "a member tells it" "a" "$(members missed)"
sleep 1
reboot v
same "and it knows" "" "$(names)"

# The last that is there: what is left has no member that is there.
up a b
ok "create" refpoint collection create last a v
down a
ok "remove who is there" refpoint collection remove-member last v
reboot v
same "it shows nothing, alone" "" "$(names)"
up a
same "the other one is told" "a" "$(members last)"

ok "no splat" no_splat
plan_end
