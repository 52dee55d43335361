#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make demo` runs to its end and leaves what it promises. Output is KTAP.

set -u
HERE=$(cd "$(dirname "$0")" && pwd -P)
OUT=$(mktemp -d "${SCRATCH:-${TMPDIR:-/tmp}}/demo.XXXXXX") || exit 1
trap 'rm -rf "$OUT" "$OUT".*' EXIT

# In processor time: what else the machine does meanwhile is not the demo's. Processes
# and page faults are most of it, which machines that are virtual machines of virtual
# machines may take ten times as long for: with that yardstick.
TIMEFORMAT='%3U %3S'
{ time for _ in {1..200}; do /bin/true; done; } 2>"$OUT.yardstick"
{ time "$HERE/demo.sh" --no-install --output "$OUT" "$@" >"$OUT.log" 2>&1 </dev/null; } \
	2>"$OUT.time"
status=$?
took=$(awk '{ print int($1 + $2) }' "$OUT.time")
allowed=$(awk '{ slow = ($1 + $2) / 0.5; print int(300 * (slow > 1 ? slow : 1)) }' \
	"$OUT.yardstick")

n=0 failed=0
result()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n $2"
	else
		echo "not ok $n $2"
		failed=$((failed + 1))
	fi
}

echo "TAP version 13"
echo "1..4"
sed 's/^/# /' "$OUT.log"
[ $status = 0 ] && grep -q '^Restored and identical' "$OUT.log"
result $? restored_and_identical
echo "# $took s of the processor; 200 processes take $(tr '\n' ' ' <"$OUT.yardstick")s"
[ "$took" -lt "$allowed" ]
result $? under_five_minutes
grep -q '</svg>' "$OUT/changes.svg"
result $? picture_is_there
# An incremental copy that copies everything is none.
awk '/^   all / { sub("%", "", $6); found = $6 > 0 && $6 < 60 }
	END { exit !found }' "$OUT.log"
result $? copies_less_than_all
[ $failed = 0 ]
