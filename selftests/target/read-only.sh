#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A read-only table: reads and questions, no points, not a byte written.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make vol 16
refpoint collection create c vol >/dev/null
point_make c || die "no point"
write_at /dev/mapper/vol 131072 4096
sum=$(dd if=/dev/mapper/vol bs=1M iflag=direct status=none | sha256sum)
dmsetup remove vol
before=$(sha256sum <"$META")

ok "a read-only table" dmsetup create vol --readonly --table "$TABLE"
same "its state" "read-only" "$(volume_field vol state)"
same "reads give what was written" "$sum" \
	"$(dd if=/dev/mapper/vol bs=1M iflag=direct status=none | sha256sum)"
same "changes are told" "131072 65536 written" \
	"$(refpoint changes vol --from "$POINT")"
refused "writes are refused" "." write_at /dev/mapper/vol 0 4096
status "points are refused" 12 refpoint point create c
status "marking is refused" 12 refpoint volume mark vol --start 0 --length 4096 \
	--reason test
ok "remove" dmsetup remove vol
same "the metadata is as it was" "$before" "$(sha256sum <"$META")"
ok "and can be written again" dmsetup create vol --table "$TABLE"
ok "with points" refpoint point create c
ok "nothing in the log" no_splat
plan_end
