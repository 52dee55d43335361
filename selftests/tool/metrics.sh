#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `refpoint metrics`: the text is in Prometheus' format, whatever a volume is called,
# and says what `refpoint volume list` says.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

# A reader that takes the format at its word; prints {metric: [type, {volume: value}]}.
# shellcheck disable=SC2317
read_text()
{
	python3 -c '
import json, re, sys
types, helps, values, current = {}, set(), {}, None
text = r"\"((?:[^\"\\\n]|\\[\\\"n])*)\""
sample = re.compile(r"(\w+)\{volume=%s,uuid=\"([0-9a-f-]{36})\"\} (\d+(?:\.\d+)?)" % text)
for line in sys.stdin.buffer.read().decode("utf-8").splitlines():
    words = line.split(" ", 3)
    if words[:2] == ["#", "HELP"]:
        assert words[2] not in helps and words[3], line
        helps.add(words[2])
    elif words[:2] == ["#", "TYPE"]:
        current = words[2]
        assert current in helps and current not in types, line
        assert (words[3] == "counter") == current.endswith("_total"), line
        types[current] = words[3]
        values[current] = {}
    else:
        match = sample.fullmatch(line)
        assert match and match[1] == current, line
        volume = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], match[2])
        assert volume not in values[current], line
        values[current][volume] = match[4]
print(json.dumps({name: [types[name], values[name]] for name in types}))'
}

# shellcheck disable=SC2317
json_metrics()
{
	refpoint metrics --json | json '{m["name"]: [m["type"], {
		s["labels"]["volume"]: s["value"] for s in m["metrics"]}] for m in d}'
}

ok "without a volume" eval "refpoint metrics | read_text"
volume_make vol 32
volume_disks odd 16
refpoint format "$META" --data "$DATA" >/dev/null || die "no format"
ODD="a \"b\\"
map_make "$ODD" "0 $(sectors "$DATA") refpoint $META $DATA" || die "no odd volume"
refpoint collection create both vol "$ODD" >/dev/null || die "no collection"
write_at /dev/mapper/vol 0 4096 || die "cannot write"
dmsetup message vol 0 checkpoint || die "no checkpoint"
point_make both || die "no point"

ok "the text is in the format" eval "refpoint metrics | read_text >$TMP/text"
ok "as JSON" eval "json_metrics >$TMP/json"
ok "the list" eval "refpoint volume list --json >$TMP/list"

# of EXPRESSION: of the text "m", the JSON "j", the list by name "v"
of()
{
	python3 -c '
import json, sys
m, j, v = (json.load(open(name)) for name in sys.argv[2:])
v = {o["name"]: o for o in v}
print(eval(sys.argv[1]))' "$1" "$TMP/text" "$TMP/json" "$TMP/list"
}

same "both say the same" True "$(of '{n: [t, {k: float(x) for k, x in s.items()}]
	for n, (t, s) in m.items()} == j')"
same "both volumes are there" True "$(of 'all(set(s) == set(v) for t, s in m.values())')"
same "a write" 1 "$(of 'm["refpoint_writes_total"][1]["vol"]')"
# The tool shows a backslash as device mapper has it.
same "a point" 1 "$(of 'm["refpoint_points"][1]["a \"b\\x5c"]')"
same "they are tracked" "['1', '1']" "$(of 'list(m["refpoint_tracking_state"][1].values())')"
same "seconds are exact" True "$(of '(str(v["vol"]["counters"]["cut-total-ns"]) ==
	m["refpoint_cut_seconds_total"][1]["vol"].replace(".", "").lstrip("0"))')"
same "every counter is there" "$(of 'sorted(v["vol"]["counters"].values())')" \
	"$(of 'sorted(int(s["vol"].replace(".", "")) for n, (t, s) in m.items() if n not in
	["refpoint_" + x for x in ("points", "gaps", "capacity_bytes", "tracking_state",
	 "metadata_used_bytes", "metadata_size_bytes")])')"

dmsetup suspend vol
ok "one is suspended" eval "refpoint metrics | read_text >$TMP/text"
same "none of its regions are counted" "False True" \
	"$(of '"vol" in m["refpoint_regions_armed"][1]') $(of '"vol" in m["refpoint_gaps"][1]')"
dmsetup resume vol
status "wrong usage" 2 refpoint metrics vol
plan_end
