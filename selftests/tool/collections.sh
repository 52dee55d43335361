#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Collections: made, listed, changed, kept over removal of their volumes, and
# what is wrong is refused by name.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make a 16
table_a=$TABLE
volume_make b 16
table_b=$TABLE
volume_make c 16

ok "create" refpoint collection create one a b
ok "another that overlaps" refpoint collection create two b c
status "a name in use" 1 refpoint collection create one c
like "says so" "name|exists" "$OUT"
status "a member that does not exist" 1 refpoint collection create three a nowhere
like "names it" "nowhere" "$OUT"
status "a member named twice" 1 refpoint collection create three a a
like "by name and by UUID" '^refpoint: three: volume "a" \([0-9a-f-]{36}\)' "$OUT"
status "a collection of nothing" 2 refpoint collection create three
long=$(printf 'x%.0s' {1..300})
status "a name that is too long" 2 refpoint collection create "$long" a
like "says how long it may be" "127 bytes" "$OUT"
status "to rename to" 2 refpoint collection rename one "$long"
status "of a member" 2 refpoint collection add-member one "$long"
status "of a volume" 2 refpoint volume show "$long"
status "a reason that is too long" 2 refpoint volume mark a --start 0 \
	--length 1 --reason "$long"

status "an id that is none" 1 refpoint collection create nil a \
	--id 00000000-0000-0000-0000-000000000000
like "says so" "nil UUID" "$OUT"

list=$(refpoint collection list --json)
same "list: two objects" "2" "$(json 'len(d)' <<<"$list")"
same "with names" '["one", "two"]' \
	"$(json 'sorted(c["name"] for c in d)' <<<"$list")"
same "with ids" "true" "$(json 'all(len(c["id"]) == 36 for c in d)' <<<"$list")"
same "with states" '["complete", "complete"]' \
	"$(json '[c["state"] for c in d]' <<<"$list")"
same "show: members" '["a", "b"]' "$(refpoint collection show one --json |
	json 'sorted(m["name"] for m in d["members"])')"
id=$(refpoint collection show one --json | json id)
same "show by id" "one" "$(refpoint collection show "$id" --json | json name)"
status "show one that is not there" 1 refpoint collection show three

ok "add a member" refpoint collection add-member one c
ok "which is idempotent or says so" eval \
	'refpoint collection add-member one c || true'
same "three members" "3" "$(refpoint collection show one --json |
	json 'd["member_count"]')"
ok "remove a member" refpoint collection remove-member one c
ok "again: no error" refpoint collection remove-member one c
same "two members" "2" "$(refpoint collection show one --json |
	json 'd["member_count"]')"

ok "rename" refpoint collection rename one uno
same "the id stays" "$id" "$(refpoint collection show uno --json | json id)"
status "to a name in use" 1 refpoint collection rename uno two

dmsetup remove a
same "a member is away: incomplete" "incomplete" \
	"$(refpoint collection show uno --json | json state)"
dmsetup remove b
dmsetup create b --table "$table_b"
dmsetup create a --table "$table_a"
same "they are back in another order: complete" "complete" \
	"$(refpoint collection show uno --json | json state)"
same "same id" "$id" "$(refpoint collection show uno --json | json id)"

ok "destroy" refpoint collection destroy uno
status "gone" 1 refpoint collection show uno
dmsetup remove a
dmsetup create a --table "$table_a"
status "gone after its volume came back" 1 refpoint collection show uno
same "the other one is untouched" "complete" \
	"$(refpoint collection show two --json | json state)"

# The listener sleeps while it happens: the time is not that of reading.
monitor_begin "$TMP/events" --json
kill -STOP $MONITOR
before=$(date +%s)
refpoint collection create three a b >/dev/null
refpoint collection rename three drei
refpoint collection destroy drei
sleep 3
kill -CONT $MONITOR
until_true grep -q destroyed "$TMP/events" || note "no event of the end"
monitor_end
same "events: each collection by name" \
	'[["created", "three"], ["state-changed", "drei"], ["destroyed", "drei"]]' \
	"$(python3 -c '
import json, sys
events = [json.loads(line) for line in sys.stdin]
print(json.dumps([[e["event"], e["collection_name"]] for e in events
		  if e["subject"] == "collection"]))' <"$TMP/events")"
same "and when it happened" "True" "$(BEFORE=$before python3 -c '
import datetime, json, os, sys
first = json.loads(sys.stdin.readline())["time"][:19] + "+00:00"
time = datetime.datetime.fromisoformat(first).timestamp()
print(0 <= time - int(os.environ["BEFORE"]) <= 2)' <"$TMP/events")"

# dmsetup writes the blank as \x20, and shows a blank.
dmsetup rename c "my vol"
MAPPED+=("my vol")
for name in 'my vol' 'my\x20vol'; do
	same "a name with a blank, as $name" "my vol" \
		"$(refpoint volume show "$name" --json | json name)"
done
like "in a list" "^[0-9a-f-]{36}  my vol  active" "$(refpoint volume list)"
ok "as a member" refpoint collection create blank "my vol"
same "of which it is shown" '["my vol"]' \
	"$(refpoint collection show blank --json | json '[m["name"] for m in d["members"]]')"
dmsetup suspend "my vol"
status "in a refusal" 12 timeout 20 refpoint point create blank
like "is named like that" 'volume "my vol" \(.*\) is suspended' "$OUT"
dmsetup resume "my vol"
status "one that is not there" 1 refpoint volume show "no vol"
same "too" 'refpoint: there is no volume "no vol"' "$OUT"

# What the last table took along is not remembered, however long it was suspended.
dmsetup suspend "my vol"
sleep 3
same "suspended: remembered" "incomplete" \
	"$(refpoint collection show blank --json | json state)"
dmsetup remove "my vol"
ok "removed: not any more" until_true eval '! refpoint collection show blank 2>/dev/null'
ok "nothing in the log" no_splat
plan_end
