#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Volumes renamed, suspended and removed while points are made and changes are
# read: every call ends, each with an answer or a clear refusal, and nothing is
# lost.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make vol 32 --granularity 4K
refpoint collection create c vol >/dev/null || die "no collection"
point_make c || die "no point"
base=$POINT
for ((i = 0; i < 32; i++)); do
	write_at /dev/mapper/vol $((i * 1048576)) 4096
done
want=$(refpoint changes vol --from "$base")
id=$(volume_field vol id)

# shellcheck disable=SC2317
ask()
{
	local rc out

	while [ ! -e "$TMP/stop" ]; do
		out=$(timeout 30 refpoint changes "$id" --from "$base" 2>&1)
		rc=$?
		case $rc in
		0) [ "$out" = "$want" ] || echo "wrong list: $out" ;;
		1|12) ;;	# not there, or suspended
		*) echo "changes: status $rc: $out" ;;
		esac
	done
}

# shellcheck disable=SC2317
cut()
{
	local rc out

	while [ ! -e "$TMP/stop" ]; do
		out=$(timeout 60 refpoint point create c 2>&1)
		rc=$?
		case $rc in
		0|1|12|13|14) ;;
		*) echo "point create: status $rc: $out" ;;
		esac
	done
}

ask >"$TMP/ask" 2>&1 &
cut >"$TMP/cut" 2>&1 &
MAPPED+=(renamed)
for ((i = 0; i < 10; i++)); do
	dmsetup rename vol renamed
	dmsetup suspend renamed
	dmsetup resume renamed
	dmsetup rename renamed vol
	dmsetup load vol --table "$TABLE"
	dmsetup suspend --noflush vol
	dmsetup resume vol
	dmsetup remove --retry vol || note "remove failed"
	dmsetup create vol --table "$TABLE" || note "create failed"
done
: >"$TMP/stop"
wait
same "every question was answered right or refused" "" "$(cat "$TMP/ask")"
same "every cut was made or refused" "" "$(cat "$TMP/cut")"
same "the volume is active" "active" "$(volume_field vol state)"
same "the list is what it was" "$want" "$(refpoint changes vol --from "$base")"
note "$(refpoint point list --json | json 'len(d)') points came of it"
same "no point is left in between" "[]" "$(refpoint point list --json |
	json '[p for p in d if p["state"] not in ("committed", "void", "destroyed")]')"
ok "a point can be made" refpoint point create c
ok "nothing in the log" no_splat
plan_end
