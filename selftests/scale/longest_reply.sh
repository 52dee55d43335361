#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The longest replies of the family come whole (B16): a point and a collection of as many
# members as there may be, with names as long as device mapper takes.

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

FORMAT=$(dirname "$(readlink -f "$0")")/../bench/format_many
MEMBERS=${RP_MEMBERS:-1024}
META_MIB=2 DATA_MIB=4
LONG=$(printf '%0120d' 0)

# all KIND: their names.
all()
{
	local i

	for ((i = 0; i < MEMBERS; i++)); do
		echo "$1-$i"
	done
}

# create_all: from lines "NAME TABLE", many by each process.
create_all()
{
	local name table spec=()

	while read -r name table; do
		spec+=("$name,,,,$table")
		[ ${#spec[@]} -lt 128 ] && continue
		(IFS=';' && dmsetup create --concise "${spec[*]}") || return 1
		spec=()
	done
	[ ${#spec[@]} -eq 0 ] || (IFS=';' && dmsetup create --concise "${spec[*]}")
}

# slices KIND MIB: tables of pieces of the disk of that kind.
slices()
{
	local i

	for ((i = 0; i < MEMBERS; i++)); do
		echo "$1-$i 0 $(($2 * 2048)) linear $DISK $((i * $2 * 2048))"
	done
}

tables()
{
	local i

	for ((i = 0; i < MEMBERS; i++)); do
		echo "$LONG-$i 0 $((DATA_MIB * 2048)) refpoint /dev/mapper/meta-$i /dev/mapper/data-$i"
	done
}

# What is left half-way: one after the other, the uppermost first.
mapfile -t MAPPED < <(all data && all meta && all "$LONG")

# gone KIND: many by each process.
gone()
{
	all "$1" | xargs -n 128 dmsetup remove --retry
}

plan_begin
require_program "$FORMAT"
disk_make meta $((MEMBERS * META_MIB))
ok "slices of a disk for metadata" create_all < <(slices meta $META_MIB)
disk_make data $((MEMBERS * DATA_MIB))
ok "and of one for data" create_all < <(slices data $DATA_MIB)
all /dev/mapper/meta | xargs "$FORMAT" $((DATA_MIB << 20)) || die "format"
ok "volumes with long names" create_all < <(tables)
all "$LONG" | xargs refpoint collection create all >/dev/null || die "no collection"
point_ok "a point over all of them" all
same "the collection has them all" "$MEMBERS" \
	"$(refpoint collection show all --json | json 'len(d["members"])')"
same "and the point" "$MEMBERS" \
	"$(refpoint point show "$POINT" --json | json 'len(d["members"])')"
for kind in "$LONG" meta data; do
	ok "all of a kind go" gone "$kind"
done
MAPPED=()
ok "no splat" no_splat
plan_end
