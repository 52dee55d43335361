#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Plants the faults of ./list, one after the other: the test that is named there
# has to fail, with what is violated in its message. Ten of them, others every
# day; all of them in `make check-full`. Output is KTAP.

cd "$(dirname "$0")/../.." || exit 1
SIM=selftests/sim/build/sim
make -s -C selftests/sim build/sim || exit 1

mapfile -t rows < <(grep -vE '^(#|$)' selftests/planted/list)
first=0 count=${#rows[@]}
if [ "$RP_TIER" != full ] && [ $# -eq 0 ]; then
	first=$((10#$(date +%j) * 10 % ${#rows[@]}))
	count=10
fi

failed=0 nr=0
echo "KTAP version 1"
echo "1..$count"
while [ "$nr" -lt "$count" ]; do
	IFS='|' read -r name _ violated test <<<"${rows[(first + nr) % ${#rows[@]}]}"
	read -r name violated test <<<"$name $violated $test"
	nr=$((nr + 1))
	output=$(RP_PLANT=$name RP_CASE=$test timeout 300 "$SIM" 2>&1)
	rc=$?
	sed -n 's/^# [^ ]*\.c:/# /p; s/^# again: /# /p' <<<"$output"
	if [ $rc -eq 1 ] && grep -qE "^# .*\.c:[0-9]+: ${violated}[0-9]*: " <<<"$output"; then
		echo "ok $nr $name"
	else
		echo "# was not found (exit status $rc)"
		echo "not ok $nr $name"
		failed=$((failed + 1))
	fi
done
echo "# pass:$((count - failed)) fail:$failed skip:0 total:$count"
[ $failed -eq 0 ]
