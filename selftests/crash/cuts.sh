#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Power cuts under load over three volumes: their disks lose power at one instant
# (selftests/modules/rp_disk), come up, and every list is compared with what is
# there (I1), as is what was said to be durable (I3), points (I4), and loosely
# the excess (I8).
#
#	RP_SEED=n	replay (or begin with) this seed
#	RP_CUTS=n	so many cuts (250, or 10 on a stock kernel)
#	cuts.sh --plant WHAT	the test has to fail; see plants.sh
#
# run in a virtual machine: selftests/vm/run -- selftests/crash/cuts.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

CUTS=$(dirname "$(readlink -f "$0")")/cuts

require_root
require_target
require_command dmsetup refpoint
require_program "$CUTS"
rp_disk_load

# A few regions of 4 MiB each, the last one short, the last granule cut off.
rp_disk_pair cuta 34819 4K
rp_disk_pair cutb 49152 4K
rp_disk_pair cutc 65535 64K

# For what a test leaves that fails half-way.
MAPPED+=(cuta cutb cutc)

case ${RP_KERNEL:-uml} in
uml*) cuts=250 ;;
*) cuts=10 ;;
esac
"$CUTS" --rounds "${RP_CUTS:-$cuts}" ${RP_SEED:+--seed "$RP_SEED"} "$@" cuta cutb cutc
