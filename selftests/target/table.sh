#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The table line: what dmsetup is told comes back, what makes no sense is
# refused, and the volume beneath is what it was.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make tab 16
len=$(sectors "$DATA")
other=$META

like "the table comes back" \
	"^0 $len refpoint [0-9]+:[0-9]+ [0-9]+:[0-9]+( 0)?\$" "$(dmsetup table tab)"
line=$(dmsetup table tab)
ok "and can be loaded again" dmsetup load tab --table "$line"
ok "a preloaded table goes away" dmsetup clear tab
dmsetup remove tab

bad()
{
	refused "$1" '.' dmsetup create tab2 --table "$2"
}

bad "no arguments" "0 $len refpoint"
bad "one argument" "0 $len refpoint $META"
bad "a metadata device that is not there" "0 $len refpoint /dev/nowhere $DATA"
bad "an origin that is not there" "0 $len refpoint $META /dev/nowhere"
bad "an unknown feature" "0 $len refpoint $META $DATA 1 warp_speed"
bad "fewer features than announced" "0 $len refpoint $META $DATA 1"
bad "more features than announced" "0 $len refpoint $META $DATA 0 degraded_ok"
bad "a count of features that is none" "0 $len refpoint $META $DATA x"
bad "features by the hundred" "0 $len refpoint $META $DATA 100 degraded_ok"
bad "metadata and origin the same device" "0 $len refpoint $DATA $DATA"
bad "longer than the origin" "0 $((len + 8)) refpoint $META $DATA"

status "no device is left of all that" 1 dmsetup info tab2
ok "the volume is as it was" dmsetup create tab --table "$TABLE"
same "in its first generation still" "$(volume_field tab state)" "active"
ok "with the feature" dmsetup reload tab --table \
	"0 $len refpoint $other $DATA 1 degraded_ok"
ok "which a resume takes over" eval 'dmsetup suspend tab && dmsetup resume tab'
like "and the table shows" "1 degraded_ok\$" "$(dmsetup table tab)"
ok "nothing in the log" no_splat
plan_end
