#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I4, I10: the metadata device of a member is put back to an older time. Another
# member has a point that it has lost: a new history begins, and nothing that was
# cut before is a baseline any more, whoever is activated first. An answer that is
# short would be wrong, and so would one from a boundary with a number used twice.
#
# run in a virtual machine: selftests/vm/run -- selftests/fault/stale.sh

# What ok() calls looks unreachable, and what ${!v} names looks unused.
# shellcheck disable=SC2317,SC2034
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

down()
{
	dmsetup remove --retry "$1"
}

up()
{
	dmsetup create "$1" --table "${!1}"
}

# keep: a copy of the metadata as they are after an orderly deactivation.
keep()
{
	down old && dd if="$meta" of="$TMP/copy" bs=1M iflag=direct status=none &&
		up old
}

# put_back: the copy takes their place.
put_back()
{
	dd if="$TMP/copy" of="$meta" bs=1M oflag=direct conv=notrunc status=none
}

generation()
{
	volume_field old generation
}

# is_other GENERATION
is_other()
{
	[ "$(generation)" != "$1" ]
}

# clean NAME: points are cut over it, and tell exactly what was written since.
clean()
{
	point_ok "$1: a new point" both
	ok "$1: a write after it" write_at /dev/mapper/old 4194304 65536
	status "$1: the new point answers" 0 refpoint changes old --from "$POINT"
	same "$1: exactly" "4194304 65536 written" "$OUT"
}

plan_begin
require_command python3
[ -e "$RP_MODULE" ] || skip_all "no module to load again"

META_MIB=8
volume_make old 64
old=$TABLE
meta=$META
volume_make other 64
other=$TABLE
ok "a collection of both" refpoint collection create both old other
ok "a collection of the one" refpoint collection create alone old

# The other one is there.
point_ok "a point that the copy has" both
first=$POINT
ok "a copy is taken" keep
ok "a write that it knows nothing of" write_at /dev/mapper/old 1048576 65536
point_ok "a point that it has lost" both
lost=$POINT
ok "a write after it" write_at /dev/mapper/old 2097152 65536
was=$(generation)
ok "deactivate" down old
ok "the copy is put back" put_back
monitor_begin "$TMP/events"
ok "activate" up old
ok "it has a new history at once" [ "$(generation)" != "$was" ]
same "and says why" stale "$(volume_field old 'd["gaps"][-1]["reason"]')"
for p in "$first" "$lost"; do
	status "no point from before is a baseline" 10 refpoint changes old --from "$p"
	status "nor with unknown extents" 10 \
		refpoint changes old --from "$p" --allow-unknown
done
status "the other one answers" 0 refpoint changes other --from "$lost"
ok "an event tells" until_true grep -Eq 'stale|generation' "$TMP/events"
clean "at once"
was=$(generation)
ok "deactivate" down old
ok "activate" up old
same "there is no further one" "$was" "$(generation)"
same "and one gap of that kind" 1 "$(volume_field old \
	'sum(g["reason"] == "stale" for g in d["gaps"])')"

# The other one comes later, and nothing is remembered but by disks.
ok "a copy is taken" keep
ok "a write that it knows nothing of" write_at /dev/mapper/old 1048576 65536
point_ok "a point that it has lost" both
lost=$POINT
ok "a write after it" write_at /dev/mapper/old 2097152 65536
ok "both go down" eval "down old && down other"
ok "the module goes, and comes" module_again
ok "the copy is put back" put_back
ok "activate it alone" up old
same "nobody knows" "$was" "$(generation)"
point_ok "a point with a number that was used" alone
again=$POINT
ok "activate the other one" up other
ok "now it has a new history" until_true is_other "$was"
for p in "$lost" "$again"; do
	status "no point from before is a baseline" 10 refpoint changes old --from "$p"
done
clean "later"

# Nothing is lost: nothing happens.
was=$(generation)
for order in "old other" "other old"; do
	ok "both go down" eval "down old && down other"
	ok "the module goes, and comes" module_again
	for v in $order; do
		ok "activate $v" up "$v"
	done
	sleep 0.5
	same "its history goes on" "$was" "$(generation)"
	status "the point answers" 0 refpoint changes old --from "$POINT"
	same "exactly" "4194304 65536 written" "$OUT"
done
ok "no splat" no_splat
plan_end
