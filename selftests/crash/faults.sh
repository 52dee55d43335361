#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A short life of two volumes, again and again, while the k-th read, write or flush
# of the first one's disks fails, for every k; slow disks, read-only ones, and
# none at all. What has to be true is said in faults.c.
#
#	faults.sh --only=TEXT	the faults with that in their name, as "flush"
#	faults.sh --full	those of the long hunts, too
#
# run in a virtual machine: selftests/vm/run -- selftests/crash/faults.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

FAULTS=$(dirname "$(readlink -f "$0")")/faults

require_root
require_target
require_command dmsetup refpoint
require_program "$FAULTS"
rp_disk_load
rp_disk_pair faulta 36864 4K 65536
rp_disk_pair faultb 32768 4K 65536
MAPPED+=(faulta faultb)
"$FAULTS" "$@" faulta faultb
