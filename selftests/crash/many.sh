#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I4, O6: points over as many members as a collection can have, while power goes
# at some write or flush of them. The members come back in any order: a point is
# there for all of them or for none.
#
#	RP_SEED=n	replay (or begin with) this seed
#	RP_CUTS=n	so many cuts (3)
#	RP_MEMBERS=n	so many members (1024)
#
# run in a virtual machine: selftests/vm/run -- selftests/crash/many.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

MANY=$(dirname "$(readlink -f "$0")")/many

require_root
require_target
require_command dmsetup refpoint
require_program "$MANY"
rp_disk_load

"$MANY" --rounds "${RP_CUTS:-3}" --members "${RP_MEMBERS:-1024}" \
	${RP_SEED:+--seed "$RP_SEED"} "$@"
code=$?
# What a test leaves that fails half-way: volumes lie on disks.
if [ $code -ne 0 ]; then
	mapfile -t left < <(dmsetup ls | awk '/^many/ { print $1 }' | grep -e -)
	MAPPED+=("${left[@]}")
	mapfile -t left < <(dmsetup ls | awk '/^many/ { print $1 }' | grep -ve -)
	MAPPED+=("${left[@]}")
fi
exit $code
