#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# libFuzzer on the reader, the checker and the repair, for $FUZZ_SECONDS (60). What
# it found to be of interest is kept in $RP_CORPUS, if that is set. KTAP.

cd "$(dirname "$0")" || exit 1
seconds=${FUZZ_SECONDS:-60}
work=$(mktemp -d "${TMPDIR:-/tmp}/refpoint-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

printf 'TAP version 13\n1..1\n'
if ! make -s build/fuzz_fsck >"$work/log" 2>&1; then
	sed 's/^/# /' "$work/log"
	echo "not ok 1 fuzz_fsck builds"
	exit 1
fi
mkdir -p "${RP_CORPUS:-$work/corpus}"
python3 seeds.py "$work/seeds" || exit 1
build/fuzz_fsck -max_len=2048 -max_total_time="$seconds" -timeout=20 \
	-rss_limit_mb=2048 -artifact_prefix="$work/" -print_final_stats=1 \
	-verbosity=0 "${RP_CORPUS:-$work/corpus}" "$work/seeds" >"$work/log" 2>&1
status=$?
grep -aE '^stat::(number_of_executed|new_units)' "$work/log" | sed 's/^/# /'
if [ $status = 0 ]; then
	echo "ok 1 fuzz_fsck, $seconds seconds"
	exit 0
fi
tail -n 40 "$work/log" | sed 's/^/# /'
for file in "$work"/crash-* "$work"/timeout-* "$work"/oom-* "$work"/leak-*; do
	[ -e "$file" ] && echo "# input: $(base64 -w 0 "$file")"
done
echo "not ok 1 fuzz_fsck"
exit 1
