#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A volume as swap space under memory pressure (O7): the machine goes on and the
# pages come back as they were.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin
require_command mkswap swapon swapoff python3

GROUP=/sys/fs/cgroup/refpoint-test
volume_make vol 256
refpoint collection create c vol >/dev/null || die "no collection"
mkdir -p /sys/fs/cgroup
mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup 2>/dev/null
echo +memory >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
mkdir "$GROUP" 2>/dev/null
[ -e "$GROUP/memory.max" ] || skip_all "no memory controller"
trap 'swapoff /dev/mapper/vol 2>/dev/null; rmdir $GROUP 2>/dev/null; clean_up' EXIT

ok "mkswap" mkswap /dev/mapper/vol
ok "swapon" swapon /dev/mapper/vol
point_make c || die "no point"
echo 48M >"$GROUP/memory.max"
ok "150 MiB in 48 MiB of memory" bash -c "echo \$\$ >$GROUP/cgroup.procs
exec python3 -c '
b = bytearray(150 << 20)
for i in range(0, len(b), 4096):
    b[i:i + 8] = i.to_bytes(8, \"little\")
for i in range(0, len(b), 4096):
    assert int.from_bytes(b[i:i + 8], \"little\") == i, i
'"
ok "swapoff" swapoff /dev/mapper/vol
ok "what was swapped is reported" test "$(refpoint changes vol --from "$POINT" \
	--json | json 'sum(e["length"] for e in d["extents"])')" -gt 50000000
same "tracking goes on" "active" "$(volume_field vol state)"
ok "nothing in the log" no_splat
plan_end
