#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A logical volume as origin, and a refpoint volume as physical volume: what is
# written on top is reported below.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command pvcreate vgcreate lvcreate lvremove vgchange

# shellcheck disable=SC2317
lvm_end()
{
	# From the top down: each holds what is below it.
	vgchange -an rptop >/dev/null 2>&1
	dmsetup remove --retry vol 2>/dev/null
	vgchange -an rpbelow >/dev/null 2>&1
	dmsetup remove --retry rpbelow-data 2>/dev/null
	dmsetup remove --retry rpbelow-meta 2>/dev/null
}
trap 'lvm_end; clean_up' EXIT

disk_make lower 64
ok "a group below" eval "pvcreate -q $DISK && vgcreate -q rpbelow $DISK"
ok "a volume for data" lvcreate -q -an -n data -L 40M rpbelow
ok "a volume for metadata" lvcreate -q -an -n meta -L 16M rpbelow
ok "both are active" lvchange -ay rpbelow/data rpbelow/meta
data=/dev/mapper/rpbelow-data meta=/dev/mapper/rpbelow-meta
ok "format" refpoint format "$meta" --data "$data"
ok "the volume" map_make vol "0 $(sectors "$data") refpoint $meta $data"
MAPPED=(vol)
refpoint collection create c vol >/dev/null || die "no collection"
point_make c || die "no point"

ok "a physical volume on it" pvcreate -q --config \
	'devices { scan = [ "/dev" ] types = [ "device-mapper", 16, "nullb", 16 ] }' \
	/dev/mapper/vol
like "is a change" "^0 [0-9]+ written" \
	"$(refpoint changes vol --from "$POINT")"
ok "a group above" vgcreate -q rptop /dev/mapper/vol
ok "a volume above" lvcreate -q -an -n top -L 8M rptop
ok "is active" lvchange -ay rptop/top
point_make c || die "no point"
ok "is written" write_at /dev/mapper/rptop-top 0 65536
same "64 KiB on top are 64 KiB below" "65536" \
	"$(refpoint changes vol --from "$POINT" --json |
		json 'sum(e["length"] for e in d["extents"])')"
ok "goes away" vgchange -q -an rptop
ok "nothing in the log" no_splat
plan_end
