#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Points: made over all members or some, once for each id, owned, labelled, listed,
# destroyed; and every refusal with its exit status.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make a 16
volume_make b 16
volume_make c 16
refpoint collection create all a b c >/dev/null || die "no collection"
ID=11111111-2222-3333-4444-555555555555

# members POINT: names.
members()
{
	refpoint point show "$1" --json |
		json 'sorted(m["name"] for m in d["members"])'
}

point_ok "create" all --label "first light" --owner backup
first=$POINT
show=$(refpoint point show "$first" --json)
same "its state" "committed" "$(json state <<<"$show")"
same "its label" "first light" "$(json label <<<"$show")"
same "its owner" "backup" "$(json owner <<<"$show")"
same "its type" "2" "$(json 'd["type"]' <<<"$show")"
same "no level was asked for" "null" "$(json consistency_asked <<<"$show")"
same "what was achieved" "group-crash" "$(json consistency_achieved <<<"$show")"
same "its members" '["a", "b", "c"]' "$(members "$first")"
same "a handle for each" "true" "$(json \
	'all(m["handle"].count(":") == 2 for m in d["members"])' <<<"$show")"
same "group crash consistent at least" "true" "$(json \
	'all(m["consistency"] == "group-crash" for m in d["members"])' <<<"$show")"

for to in ">/dev/full" ">&-"; do
	refused "$to: nowhere to write the id" "point .* was made" \
		bash -c "refpoint point create all $to"
	ok "$to: which is said nevertheless" refpoint point destroy \
		"$(grep -Eom 1 '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}' <<<"$OUT")"
done
write_at /dev/mapper/a 0 4096 || die "cannot write"
status "no list to a closed output" 1 bash -c "refpoint changes a --from $first >&-"

point_ok "only one" all --only a
same "has one member" '["a"]' "$(members "$POINT")"
status "no list for another" 10 refpoint changes b --from "$POINT"
point_ok "except one" all --except a
same "has two members" '["b", "c"]' "$(members "$POINT")"
status "only a volume that is no member" 1 refpoint point create all --only nowhere
status "all but all" 1 refpoint point create all --except a --except b --except c

ok "with an id" refpoint point create all --id $ID --owner me
same "has it" "committed" "$(refpoint point show $ID --json | json state)"
before=$(refpoint point list --json | json 'len(d)')
ok "again: the same answer" refpoint point create all --id $ID --owner me
same "and no other point" "$before" "$(refpoint point list --json | json 'len(d)')"
status "with other arguments: refused" 1 refpoint point create all --id $ID \
	--owner me --label other

status "another owner's point" 1 refpoint point destroy $ID --owner you
like "says whose it is" "belongs to .me" "$OUT"
ok "with force" refpoint point destroy $ID --owner you --force
status "its id is used up" 1 refpoint point create all --id $ID --owner me
status "no baseline any more" 10 refpoint changes a --from $ID

status "type log without a log" 12 refpoint point create all --type log
status "a vendor's type" 15 refpoint point create all --type 40000
status "type 0" 15 refpoint point create all --type 0
status "a type reserved by DMTF" 15 refpoint point create all --type 100
status "application consistency, required" 15 refpoint point create all \
	--consistency application --require
point_ok "preferred: what can be had" all --consistency application
same "asked for one, achieved another" '["application", "group-crash"]' \
	"$(refpoint point show "$POINT" --json |
		json '[d["consistency_asked"], d["consistency_achieved"]]')"
long=$(printf 'x%.0s' {1..300})
for option in label owner tag only; do
	status "a $option that is too long" 2 refpoint point create all \
		"--$option" "$long"
done
status "an owner to list that is too long" 2 refpoint point list --owner "$long"
status "a collection that is not there" 1 refpoint point create nowhere
same "is named once" 'refpoint: there is no collection "nowhere"' "$OUT"
status "an id that is none" 2 refpoint point create all --id 12
status "no collection" 2 refpoint point create

dmsetup suspend b
status "a suspended member" 12 timeout 20 refpoint point create all
like "is named, once" '^refpoint: all: volume "b" \([0-9a-f-]{36}\) is suspended$' "$OUT"
dmsetup resume b
dmsetup remove c
status "a member that is away" 12 timeout 20 refpoint point create all
map_forget c

same "list by owner" "1" "$(refpoint point list --owner backup --json |
	json 'len(d)')"
same "list by collection" "$(refpoint point list --json | json 'len(d)')" \
	"$(refpoint point list all --json | json 'len(d)')"
ok "destroy" refpoint point destroy "$first" --owner backup
none=99999999-2222-3333-4444-555555555555
status "a point that never was" 1 refpoint point destroy $none
same "is named once" "refpoint: there is no point $none" "$OUT"
point_ok "one more" all --only a
status "two to destroy, one of them unknown" 1 refpoint point destroy "$POINT" $none
same "each has its line" "$POINT destroyed
refpoint: there is no point $none" "$(sort <<<"$OUT")"
same "one is gone" "destroyed" "$(refpoint point show "$POINT" --json | json state)"
point_ok "and the other way round" all --only a
status "the first failure counts" 1 refpoint point destroy $none "$POINT"
same "the other is gone too" "destroyed" \
	"$(refpoint point show "$POINT" --json | json state)"

status "points of a collection that never was" 1 refpoint point list nowhere
same "which is named" 'refpoint: there is no collection "nowhere"' "$OUT"
status "by its id" 1 refpoint point list $none
count=$(refpoint point list all --json | json 'len(d)')
ok "an owner without points is no error" refpoint point list all --owner nobody
ok "a collection goes" refpoint collection destroy all
same "its points are listed" "$count" \
	"$(refpoint point list all --json | json 'len(d)')"
ok "and still no error" refpoint point list all --owner nobody
ok "nothing in the log" no_splat
plan_end
