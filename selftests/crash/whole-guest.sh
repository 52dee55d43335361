#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What whole.py runs in the machine, in each of its lives: gives the disks their
# names, formats them in the first life, and becomes the story.
#
#	whole-guest.sh first|again OPTION... VOLUME...

life=$1
shift
here=$(dirname "$(readlink -f "$0")")
modprobe -a dm-mod virtio_blk || exit 1
for disk in /sys/block/vd*; do
	ln -sfn "/dev/${disk##*/}" "/dev/mapper/$(cat "$disk/serial")"
done
if [ "$life" = first ]; then
	for name; do
		[ -e "/dev/mapper/$name-meta" ] || continue
		refpoint format "/dev/mapper/$name-meta" \
			--data "/dev/mapper/$name-data" --granularity 4K || exit 1
	done
fi
# The memory that whole.py shares: see selftests/vm/run --shared.
for device in /sys/bus/pci/devices/*; do
	[ "$(cat "$device/vendor" "$device/device")" != $'0x1af4\n0x1110' ] || break
done
echo 1 >"$device/enable"
exec "$here/whole" --keep "$device/resource2" "$@"
