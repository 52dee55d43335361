#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# I4, O6: points over five members, and a collection of some of them. At the k-th
# write or flush, over all disks, of: making and destroying a point; creating a
# collection, adding and removing a member, renaming and destroying it; for k = 1,
# 2, ... until the operation ends before; power goes, or a member's disk, or a member
# is taken down, or out of the points' collection. The members come back in any
# order, some late, some never, and power goes again: nothing is guessed, and in the
# end the operation has happened wholly or not at all.
#
#	RP_SEED=n	replay (or begin with) this seed
#	RP_STRIDE=n	not each k, but each n-th or so (6, or 20 on uml-debug; 1: all)
#	RP_WALKS=n	so many times, each with other survivors (1)
#	members.sh --mishap N	that one alone, of mishap_name[] in mishaps.c
#
# run in a virtual machine: selftests/vm/run -- selftests/crash/members.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

MEMBERS=$(dirname "$(readlink -f "$0")")/members

require_root
require_target
require_command dmsetup refpoint
require_program "$MEMBERS"
rp_disk_load

names=()
for ((i = 0; i < 5; i++)); do
	# Two regions and a bit, the last granule cut off.
	rp_disk_pair "memb$i" $((16387 + 8 * i)) $((i % 2 ? 4 : 64))K
	names+=("memb$i")
done
# For what a test leaves that fails half-way.
MAPPED+=("${names[@]}")

case ${RP_KERNEL:-uml} in
uml-debug) stride=20 ;;
*) stride=6 ;;
esac
"$MEMBERS" --stride "${RP_STRIDE:-$stride}" --walks "${RP_WALKS:-1}" \
	${RP_SEED:+--seed "$RP_SEED"} "$@" "${names[@]}"
