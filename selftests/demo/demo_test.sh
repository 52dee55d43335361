#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make demo` runs to its end and leaves what it promises. Output is KTAP.

set -u
HERE=$(cd "$(dirname "$0")" && pwd -P)
OUT=$(mktemp -d "${SCRATCH:-${TMPDIR:-/tmp}}/demo.XXXXXX") || exit 1
trap 'rm -rf "$OUT" "$OUT".*' EXIT

# In processor time: what else the machine does meanwhile is not the demo's.
TIMEFORMAT='%0U %0S'
{ time "$HERE/demo.sh" --no-install --output "$OUT" "$@" >"$OUT.log" 2>&1 </dev/null; } \
	2>"$OUT.time"
status=$?
read -r user system <"$OUT.time"

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
echo "# $user s of the processor, and $system s in the kernel"
[ $((user + system)) -lt 300 ]
result $? under_five_minutes
grep -q '</svg>' "$OUT/changes.svg"
result $? picture_is_there
# An incremental copy that copies everything is none.
awk '/^   all / { sub("%", "", $6); found = $6 > 0 && $6 < 60 }
	END { exit !found }' "$OUT.log"
result $? copies_less_than_all
[ $failed = 0 ]
