#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make bench` runs, and every figure is there. How large they are is not judged: what
# a machine does in a minute says nothing about the code. Output is KTAP.

HERE=$(dirname "$(readlink -f "$0")")
OUT=$(mktemp -d) || exit 1
trap 'rm -rf "$OUT"' EXIT

echo "TAP version 13"
echo "1..3"
if "$HERE/bench.py" --quick --output "$OUT/bench.json" >"$OUT/table" 2>&1; then
	echo "ok 1 it runs"
else
	sed 's/^/# /' "$OUT/table"
	echo "not ok 1 it runs"
fi
if python3 - "$OUT/bench.json" <<'END' 2>"$OUT/error"; then
import json
import sys

b = json.load(open(sys.argv[1]))
for op in "read", "write":
    assert all(b["steady"][op][n] > 0 for n in ("null_blk", "linear", "era", "refpoint")), op
for name in "linear", "era", "refpoint":
    assert all(value > 0 for value in b["first"][name].values()), name
for op in "write", "read":
    assert all(b["known"][op][n]["iops"] > 0 for n in ("linear", "era", "refpoint")), op
assert all(b["stream"]["write"][n]["iops"] > 0 for n in ("linear", "era", "refpoint"))
assert all(b["cuts"][mode]["p999"] > 0 for mode in ("none", "cuts", "busy"))
# Every granule was known, and a cut leaves that as it is. In virtual time nothing else
# is in a latency but what held the write, and some reading of clocks.
held = b["cuts-virtual"]
assert b["cuts"]["cuts"]["waited"] == held["cuts"]["waited"] == 0, b["cuts"]
assert held["cuts"]["max"] < 1.2 * held["none"]["max"], held
# A hundredth of the granules, less those that were hit twice; neighbours are one.
for name in "changes", "era_invalidate":
    assert 160000 < b[name]["extents"] <= 167772 and b[name]["ms"] > 0, b[name]
assert b["memory"]["refpoint"]["scattered"] > b["memory"]["refpoint"]["up"] >= 0, b["memory"]
assert b["points"]["last"]["ms"] > 0 and b["points"]["last"]["bytes"] > 0, b["points"]
assert all(c["beside"] > 0 and c["slowed"] > 0 for c in b["cpus"].values()), b["cpus"]
assert b["crowd"]["refpoint"]["bytes"] > 0 and b["crowd"]["point"]["ms"] > 0, b["crowd"]
for name in ("activation", "points", "members", "list_by_share", "list_by_size",
             "writes_by_granule", "writes_by_depth"):
    assert len(b["series"][name]) >= 2, name
END
	echo "ok 2 and every figure is there"
else
	sed 's/^/# /' "$OUT/error"
	echo "not ok 2 and every figure is there"
fi
if ! command -v gnuplot >/dev/null; then
	echo "ok 3 the plots are drawn # SKIP no gnuplot"
elif "$HERE/plot.py" --input "$OUT/bench.json" --output "$OUT" >"$OUT/error" 2>&1 &&
	grep -q '</svg>' "$OUT/depth-first.svg"; then
	echo "ok 3 the plots are drawn"
else
	sed 's/^/# /' "$OUT/error"
	echo "not ok 3 the plots are drawn"
fi
