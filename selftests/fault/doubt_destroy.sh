#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I4: a point whose prepare never came to one of its members is in doubt while another
# is away. The number that it was to have there is given to another point. That the
# first one is destroyed then is no business of the other one.

# What ok() calls looks unreachable.
# shellcheck disable=SC2317
# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

SECTORS=32768
declare -A table

up()
{
	dmsetup create "$1" --table "${table[$1]}"
}

plan_begin
[ -e "$RP_MODULE" ] || skip_all "no module to load again"
rp_disk_load
for v in has lacks away; do
	rp_disk_pair $v $SECTORS 4K
done
# What is written there does not arrive.
map_make late-meta "0 $(sectors /dev/mapper/lacks-meta) linear /dev/mapper/lacks-meta 0" ||
	die "no late-meta"
table=([has]="0 $SECTORS refpoint /dev/mapper/has-meta /dev/mapper/has-data"
	[lacks]="0 $SECTORS refpoint /dev/mapper/late-meta /dev/mapper/lacks-data"
	[away]="0 $SECTORS refpoint /dev/mapper/away-meta /dev/mapper/away-data")
for v in has lacks away; do
	map_make $v "${table[$v]}" || die "no $v"
done
ok "a collection" refpoint collection create all has lacks away
ok "another one" refpoint collection create alone lacks
point_ok "a point of it" alone
before=$POINT

# Power goes while the prepare is on its way to one of three.
had=$(volume_commits has)
dmsetup suspend --nolockfs --noflush late-meta
DOUBT=$(refpoint --json point create all --no-wait | json 'd["id"]')
until_more "$had" volume_commits has || die "has not prepared"
dmsetup message has-meta 0 cut 1 dead
dmsetup resume late-meta
for v in has lacks away; do
	dmsetup remove --retry $v || die "cannot remove $v"
done
module_again || die "the module"
dmsetup message has-meta 0 on
ok "one comes that has the point" up has
ok "and one that has not" up lacks
ok "it is in doubt" until_same "in-doubt" eval "refpoint point show $DOUBT --json | json 'd[\"state\"]'"

point_ok "another point" alone
after=$POINT
ok "a write after it" write_at /dev/mapper/lacks 65536 4096
ok "the one in doubt is destroyed" refpoint point destroy "$DOUBT" --force
same "the other one answers" "65536 4096 written" \
	"$(refpoint changes lacks --from "$after" 2>&1)"
ok "and so does the one before" refpoint changes lacks --from "$before" --to "$after"
ok "no splat" no_splat
plan_end
