#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `refpoint volume show`: the devices and the features of a volume's table.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

# number DEVICE: major:minor
number()
{
	printf '%d:%d\n' "$(stat -Lc '0x%t' "$1")" "$(stat -Lc '0x%T' "$1")"
}

# The origin is a device-mapper device, the metadata device is none.
volume_disks vol 32
map_make below "0 $(sectors "$DATA") linear $DATA 0" || die "no device below"
refpoint format "$META" --data /dev/mapper/below >/dev/null || die "no format"
TABLE="0 $(sectors "$DATA") refpoint $META /dev/mapper/below"
map_make vol "$TABLE" || die "no volume"

# shows NAME WANT: features, on one line
shows()
{
	same "$1" "$2" "$(volume_field vol \
		'" ".join("%s=%s" % item for item in d["features"].items())')"
}

same "the metadata device" "$META $(number "$META")" \
	"$(volume_field vol '"%s %s:%s" % (d["metadata_device"], d["metadata_major"],
		d["metadata_minor"])')"
same "the origin" "/dev/mapper/below $(number /dev/mapper/below)" \
	"$(volume_field vol '"%s %s:%s" % (d["origin_device"], d["origin_major"],
		d["origin_minor"])')"
same "as the table has them" "$(dmsetup table vol | cut -d ' ' -f 4,5)" \
	"$(number "$META") $(number /dev/mapper/below)"
text=$(refpoint volume show vol)
like "as text" "^Metadata device +$META\$" "$text"
like "both" "^Origin device +/dev/mapper/below\$" "$text"
like "and the features" "^  fail_stop: false\$" "$text"

shows "no features" "hold_seconds=0 fail_stop=False degraded_ok=False"
map_becomes vol "$TABLE 2 hold 30" || die "no hold"
shows "hold" "hold_seconds=30 fail_stop=False degraded_ok=False"
map_becomes vol "$TABLE 3 fail_stop hold 3600" || die "no fail_stop"
shows "two features" "hold_seconds=3600 fail_stop=True degraded_ok=False"
map_becomes vol "$TABLE 1 degraded_ok" || die "no degraded_ok"
shows "the third" "hold_seconds=0 fail_stop=False degraded_ok=True"

# by_path NAME PATH: the volume is the one at the path
by_path()
{
	cd /tmp || die "no /tmp"
	same "$1" vol "$(refpoint volume show "$2" --json | json 'd["name"]')"
}

by_path "its path" /dev/mapper/vol
by_path "another path of the same device" "/dev/$(basename "$(readlink -f \
	"/sys/dev/block/$(number /dev/mapper/vol)")")"
by_path "a path from here" "../dev/mapper/vol"
refused "a path of nothing" "no volume" refpoint volume show /dev/nowhere
mv /dev/mapper/vol /dev/mapper/vol.away
ln -s "$META" /dev/mapper/vol
refused "a node of another device" "no volume" refpoint volume show /dev/mapper/vol
mv /dev/mapper/vol.away /dev/mapper/vol
refused "another target's path" "no volume" refpoint volume show /dev/mapper/below

nr=$(number "$META")
rm "$META" || die "cannot take away $META"
same "a device without a path" "$nr" "$(volume_field vol metadata_device)"
mknod "$META" b "${nr%:*}" "${nr#*:}"
dmsetup suspend vol
same "when suspended, too" "$META" "$(volume_field vol metadata_device)"
dmsetup resume vol
# A node made by hand outlives the disk, and would be another's for the next test.
rm "$META"
plan_end
