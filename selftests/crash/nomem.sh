#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every request, again and again, while its k-th allocation fails, for every k; then
# short lives in which every n-th one fails. What has to be true is said in nomem.c.
#
#	nomem.sh --only=TEXT	the requests with that in their name
#	nomem.sh --stride=N	not every k, but every N-th
#	nomem.sh --lives=N
#
# run in a virtual machine: selftests/vm/run --kernel uml-debug -- selftests/crash/nomem.sh

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"

NOMEM=$(dirname "$(readlink -f "$0")")/nomem

require_root
require_target
require_command dmsetup refpoint
require_program "$NOMEM"
rp_disk_load
rp_disk_pair nomema 36864 4K 65536
rp_disk_pair nomemb 32768 4K 65536
rp_disk_pair nomemc 16384 4K 65536
# So many pages that the index of an interval has to grow.
rp_disk_pair nomemd 18874368 4K 65536
MAPPED+=(nomema nomemb nomemc nomemd)
HERE=${NOMEM%/*}
"$NOMEM" --sites="$TMP/sites" --report="python3 '$HERE/sites.py' \
	'$RP_MODULE' '$TMP/sites' '$HERE/nomem.sites' '$HERE/../../kmod'" \
	"$@" nomema nomemb nomemc nomemd
