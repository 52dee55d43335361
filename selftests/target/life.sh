#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Suspend, resume, reload, rename, remove: points and what was written between
# them stay, exactly (I8).

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

# expect NAME VOLUME: since $POINT the one granule at 1 MiB was written.
expect()
{
	same "$1" "1048576 65536 written" "$(refpoint changes "$2" --from "$POINT")"
}

volume_make vol 32
ok "collection" refpoint collection create c vol
point_make c || die "no point"
write_at /dev/mapper/vol 1048576 512
expect "written" vol

ok "suspend and resume" eval 'dmsetup suspend vol && dmsetup resume vol'
expect "after suspend and resume" vol
ok "suspend without flushing" eval \
	'dmsetup suspend --noflush vol && dmsetup resume vol'
expect "after that" vol
ok "reload with the same devices" eval \
	"dmsetup load vol --table '$TABLE' && dmsetup suspend vol && dmsetup resume vol"
expect "after a reload" vol
MAPPED+=(renamed)
ok "rename" dmsetup rename vol renamed
expect "under the new name" renamed
same "the list has the new name" "renamed" \
	"$(refpoint volume list --json | json 'd[0]["name"]')"
status "the old name is gone" 1 refpoint volume show vol
ok "and back" dmsetup rename renamed vol

# After the renames: dm-ima, where it is built in (Debian's 6.1 and 6.12), frees
# memory twice when a table is cleared and then the device renamed, whatever its
# target is; dm-linear brings the machine down as well.
ok "a table that is loaded and thrown away" eval \
	"dmsetup load vol --table '$TABLE' && dmsetup clear vol"
expect "after that, too" vol

generation=$(volume_field vol generation)
incarnation=$(volume_field vol incarnation)
ok "remove" dmsetup remove vol
same "no volume is left" "0" "$(refpoint volume list --json | json 'len(d)')"
ok "make it again" dmsetup create vol --table "$TABLE"
expect "after removal and creation" vol
same "the generation is the same" "$generation" "$(volume_field vol generation)"
ok "the incarnation is a later one" \
	test "$(volume_field vol incarnation)" -gt "$incarnation"

write_at /dev/mapper/vol 0 512
same "and goes on" "0 65536 written
1048576 65536 written" "$(refpoint changes vol --from "$POINT")"

dmsetup suspend vol
status "a suspended volume refuses a query" 12 \
	timeout 5 refpoint changes vol --from "$POINT"
status "and a point" 12 timeout 10 refpoint point create c
dmsetup resume vol
ok "and takes one again" refpoint point create c
ok "nothing in the log" no_splat
plan_end
