#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# AFL++ on the entry point of fuzz_fsck.c, for $FUZZ_SECONDS (600). KTAP.

cd "$(dirname "$0")" || exit 1
seconds=${FUZZ_SECONDS:-600}
work=$(mktemp -d "${TMPDIR:-/tmp}/refpoint-afl.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

printf 'TAP version 13\n1..1\n'
if ! make -s build/afl_fsck >"$work/log" 2>&1; then
	tail -n 40 "$work/log" | sed 's/^/# /'
	echo "not ok 1 afl_fsck builds"
	exit 1
fi
python3 seeds.py "$work/seeds" || exit 1
AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 \
	AFL_NO_AFFINITY=1 timeout $((seconds + 120)) \
	afl-fuzz -i "$work/seeds" -o "$work/out" -V "$seconds" -t 5000 -m none \
	-- build/afl_fsck >"$work/log" 2>&1
stats=$work/out/default/fuzzer_stats
if [ ! -s "$stats" ]; then
	tail -n 20 "$work/log" | sed 's/^/# /'
	echo "not ok 1 afl-fuzz runs"
	exit 1
fi
grep -E '^(execs_done|corpus_count|saved_crashes|saved_hangs)' "$stats" | sed 's/^/# /'
failed=0
for file in "$work"/out/default/crashes/id* "$work"/out/default/hangs/id*; do
	[ -e "$file" ] || continue
	failed=1
	echo "# input: $(base64 -w 0 "$file")"
done
if [ $failed = 0 ] && grep -qE '^execs_done *: [1-9]' "$stats"; then
	echo "ok 1 afl_fsck, $seconds seconds"
	exit 0
fi
echo "not ok 1 afl_fsck"
exit 1
