#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The part of the demonstration that runs in the virtual machine. It is written
# to be read: every command that matters is shown as it is run.

set -eu -o pipefail
HERE=$(cd "$(dirname "$(readlink -f "$0")")" && pwd -P)
PATH=$HERE:$PATH
OUT=$SCRATCH
BACKUP=$OUT/backup
VOLUMES=(docs headers library)
FILESYSTEM=(ext4 xfs ext4)
SIZE_MIB=512
METADATA_MIB=64
BEGUN=$SECONDS

bold='' dim='' plain=''
if [ -n "${RP_DEMO_COLOUR:-}" ]; then
	bold=$'\033[1m' dim=$'\033[2m' plain=$'\033[0m'
fi

step()
{
	printf '\n%s== %s%s %s(%d s)%s\n' "$bold" "$1" "$plain" "$dim" \
		$((SECONDS - BEGUN)) "$plain"
	shift
	[ $# = 0 ] || printf '   %s\n' "$@"
}

# run COMMAND...: shown, then done.
run()
{
	printf '   %s$ %s%s\n' "$dim" "$*" "$plain"
	"$@" | sed 's/^/     /'
}

trap 'echo "demo: failed at line $LINENO: $BASH_COMMAND" >&2' ERR

# disk NAME MIB: a disk in memory; prints its device.
disk()
{
	local dir=/sys/kernel/config/nullb/$1

	mkdir "$dir"
	echo "$2" >"$dir/size"
	echo 1 >"$dir/memory_backed"
	echo 1 >"$dir/discard"
	echo 1 >"$dir/power"
	# Older kernels number them, newer ones take the folder's name.
	if [ -b "/dev/$1" ]; then
		echo "/dev/$1"
	else
		echo "/dev/nullb$(cat "$dir/index")"
	fi
}

# mount_as VOLUME FILESYSTEM DEVICE DIR [OPTION]: XFS refuses a second
# filesystem with the same UUID, which a restored one has.
mount_as()
{
	local options=noatime${5:+,$5}

	[ "$2" != xfs ] || options+=,nouuid
	mkdir -p "$4"
	mount -t "$2" -o "$options" "$3" "$4"
}

each() { for i in 0 1 2; do "$1" "${VOLUMES[i]}" "${FILESYSTEM[i]}"; done; }

make_volume()
{
	local v=$1 data metadata

	data=$(disk "$v-data" $SIZE_MIB)
	metadata=$(disk "$v-meta" $METADATA_MIB)
	run refpoint format "$metadata" --data "$data"
	run dmsetup create "$v" --table \
		"0 $(blockdev --getsz "$data") refpoint $metadata $data"
	if [ "$2" = xfs ]; then
		run mkfs.xfs -q "/dev/mapper/$v"
	else
		run mkfs.ext4 -q "/dev/mapper/$v"
	fi
	mount_as "$v" "$2" "/dev/mapper/$v" "/run/demo/$v"
}

fill_volume()
{
	local sources

	case $1 in
	docs) sources=(/usr/share/doc /usr/share/man /usr/share/locale) ;;
	headers) sources=("$RP_DEMO_HEADERS") ;;
	library) sources=(/usr/share/misc /usr/share/mime /usr/share/i18n
		/usr/share/fonts /usr/share) ;;
	esac
	trees.py fill "/run/demo/$1" 250 "${sources[@]}"
}

full_copy()
{
	copier.py full "/dev/mapper/$1" "$BACKUP/$1.full"
}

# Freezing makes the filesystem put everything on disk that it still has in
# memory, and holds writers until it is thawed. Without it the cut would still
# be atomic, as of a power cut, and the copies right to the byte; but while the
# disks are read, nothing must change on them. A backup product would thaw
# after the cut and read from snapshots.
freeze() { run fsfreeze -f "/run/demo/$1"; }
thaw() { run fsfreeze -u "/run/demo/$1"; }

cut_point()
{
	refpoint point create nightly --label "$1"
}

incremental_copy()
{
	printf '   %s$ refpoint changes %s --from %s --to %s --json%s\n' \
		"$dim" "$1" "$A" "$B" "$plain"
	refpoint changes "$1" --from "$A" --to "$B" --json >"$OUT/$1.changes.json"
	copier.py increment "/dev/mapper/$1" "$OUT/$1.changes.json" \
		"$BACKUP/$1.increment"
}

restore_volume()
{
	local to

	to=$(disk "$1-new" $SIZE_MIB)
	echo "$to" >"/run/demo/$1.restored"
	copier.py restore "$BACKUP/$1.full" "$OUT/$1.changes.json" \
		"$BACKUP/$1.increment" "$to"
	copier.py compare "/dev/mapper/$1" "$to" "$OUT/$1.changes.json"
}

# The log of a filesystem that was frozen is replayed by the first mount.
check_files()
{
	local to dir=/run/demo/$1.check

	to=$(cat "/run/demo/$1.restored")
	mount_as "$1" "$2" "$to" "$dir"
	umount "$dir"
	if [ "$2" = xfs ]; then
		xfs_repair -n "$to" >"$OUT/$1.fsck" 2>&1
		echo "   $1: xfs_repair -n finds nothing to repair"
	else
		e2fsck -fn "$to" >"$OUT/$1.fsck" 2>&1
		echo "   $1: e2fsck -fn finds nothing to repair"
	fi
	mount_as "$1" "$2" "$to" "$dir" ro
	trees.py same "/run/demo/$1" "$dir"
	umount "$dir"
}

change_volume() { trees.py change "/run/demo/$1"; }
trim_volume() { run fstrim -v "/run/demo/$1"; }
end_volume()
{
	umount "/run/demo/$1"
	run dmsetup remove "$1"
}

mkdir -p "$BACKUP" /run/demo

step "Three volumes, each below a refpoint target with metadata of its own"
each make_volume
step "They belong together: a collection"
run refpoint collection create nightly "${VOLUMES[@]}"
step "Filled with real files"
each fill_volume

step "Sunday: a reference point over all three at one instant, and a full copy" \
	"The filesystems are frozen meanwhile, so that the disks stand still."
each freeze
A=$(cut_point sunday)
echo "   point $A"
each full_copy
each thaw

step "Work goes on: files are changed, deleted, added, and free space trimmed"
each change_volume
each trim_volume

step "Monday: a second point, and a copy of what changed since the first"
each freeze
B=$(cut_point monday)
echo "   point $B"
run refpoint point list nightly
each incremental_copy

step "Disaster: all restored on blank disks, and compared with the originals" \
	"What was discarded has no content: the copy may leave it out, and the" \
	"comparison does. Everything else has to be the same, byte by byte."
each restore_volume
each thaw

step "The restored filesystems are checked, and every file is compared"
each check_files

step "What changed between the points"
heatmap.py "$OUT/changes.svg" "$BACKUP" "${VOLUMES[@]/#/$OUT/}"

step "Taken down"
run refpoint point destroy "$A" "$B"
each end_volume
for dir in /sys/kernel/config/nullb/*/; do
	echo 0 >"$dir/power"
	rmdir "$dir"
done
printf '\n%sRestored and identical.%s\n' "$bold" "$plain"
