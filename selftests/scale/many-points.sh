#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Many points on one volume, each with a change of its own; lists between
# any two hold what was written between them, after a reload too.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

COUNT=${RP_POINTS:-120}
META_MIB=128
volume_make vol 128
refpoint collection create c vol >/dev/null || die "no collection"
G=65536
points=()

for ((i = 0; i < COUNT; i++)); do
	out=$(refpoint point create c 2>&1) || break
	points+=("$(grep -Eo '[0-9a-f-]{36}' <<<"$out" | head -n 1)")
	write_at /dev/mapper/vol $((i * G)) 512
done
same "so many points were made" "$COUNT" "$i"
[ "$i" = "$COUNT" ] || note "$out"
same "and are listed" "$COUNT" "$(refpoint point list --json | json 'len(d)')"

# between I J: what lies between two of them.
between()
{
	same "from $1 to $2$3" "$(($1 * G)) $((($2 - $1) * G)) written" \
		"$(refpoint changes vol --from "${points[$1]}" --to "${points[$2]}")"
}

between 0 1
between 0 $((COUNT - 1))
between $((COUNT / 3)) $((COUNT / 2))
between $((COUNT - 2)) $((COUNT - 1))

ok "remove" dmsetup remove vol
ok "create" dmsetup create vol --table "$TABLE"
same "all are there again" "$COUNT" "$(refpoint point list --json | json 'len(d)')"
between 0 $((COUNT - 1)) " again"
between $((COUNT / 3)) $((COUNT / 2)) " again"

ok "destroy the even ones between" refpoint point destroy \
	"${points[2]}" "${points[4]}" "${points[6]}" "${points[8]}"
between 1 9 " without some between"
between 3 5 " whose neighbours are gone"
ok "nothing in the log" no_splat
plan_end
