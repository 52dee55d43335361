#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The test of the power cuts can fail: a change that is left out of a list, and
# disks that lie about what is durable. Each has to be found within RP_CUTS cuts.
# That of the excess can: no checkpoint comes in time (I8).
#
#	lose-one	a list without one granule that was written (I1)
#	origin-flush	the origin's flushes do nothing: what users and points were
#			told to be durable is lost (I3; museum B3)
#	metadata-flush	a superblock is durable before what it reaches
#	metadata-fua	records of armed regions are lost (I2; museum B1)
#
# run in a virtual machine: selftests/vm/run -- selftests/crash/plants.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_program "$(dirname "$(readlink -f "$0")")/cuts"

for plant in lose-one origin-flush metadata-flush metadata-fua; do
	# Found while it was unloaded.
	[ -d /sys/module/dm_refpoint ] || insmod "$RP_MODULE"
	RP_CUTS=${RP_CUTS:-100} "$(dirname "$(readlink -f "$0")")/cuts.sh" \
		--plant $plant >"$TMP/out" 2>&1
	code=$?
	note "$(sed -En "s/^(# )?(cut [0-9]+:|Bail)/\2/p" "$TMP/out" | head -n 2)"
	same "$plant is found" 1 $code
	grep -Eq '^not ok|^Bail' "$TMP/out"
	result $? "and said"
done
[ -d /sys/module/dm_refpoint ] || insmod "$RP_MODULE"

"$(dirname "$(readlink -f "$0")")/overreport.sh" --plant >"$TMP/out" 2>&1
same "a checkpoint that does not come is found" 1 $?
grep -q '^not ok .*within the bound: scatter' "$TMP/out"
result $? "and said"
plan_end
