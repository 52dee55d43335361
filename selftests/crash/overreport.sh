#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I8, with numbers: what is reported after a power cut beyond what was written, for
# some rates of writing, checkpoint intervals, sizes of regions and granules, is
# held against the bound that Documentation/design.rst gives. The table of measured
# values that stands there is from here.
#
#	RP_SEED=n	replay this seed; what it decides is where is written and
#			when power goes
#	overreport.sh --plant	no checkpoint in time: the test has to fail
#
# run in a virtual machine: selftests/vm/run -- selftests/crash/overreport.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

require_root
require_target
require_command dmsetup refpoint python3
rp_disk_load

# case NAME MIB GRANULE METADATA-MIB: the region's size follows from the first two.
case_disks()
{
	rp_disk_pair "$1" $(($2 * 2048)) "$3" $(($4 * 2048))
	MAPPED+=("$1")
}

case_disks scatter $((64 << 10)) 64K 64
case_disks wide $((1 << 20)) 64K 128
case_disks coarse $((16 << 10)) 4M 16
case_disks all 256 4K 16
case_disks stream $((64 << 10)) 64K 64

# NAME:random:WRITES-PER-SECOND, or NAME:stream:BYTES-PER-SECOND
python3 -u "$(readlink -f "${0%.sh}.py")" ${RP_SEED:+--seed "$RP_SEED"} "$@" scatter:random:100 wide:random:25 \
	coarse:random:20 all:random:100 stream:stream:$((5 << 20))
