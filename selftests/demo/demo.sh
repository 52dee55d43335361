#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The main job of refpoint on real files, in a throw-away virtual machine: an
# incremental backup of three filesystems, restored and compared to the last
# byte. Nothing outside of the output folder, the cache of the virtual machine
# and Debian packages that are missing is touched.
#
# usage: demo.sh [--kernel KERNEL] [--output DIR] [--no-install]

set -u -o pipefail
HERE=$(cd "$(dirname "$(readlink -f "$0")")" && pwd -P)
TREE=$(cd "$HERE/../.." && pwd -P)
KERNEL=${KERNEL:-}
OUTPUT=${OUTPUT:-}
INSTALL=yes

die()
{
	echo "demo: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--kernel) KERNEL=${2:?}; shift ;;
	--output) OUTPUT=${2:?}; shift ;;
	--no-install) INSTALL= ;;
	-h|--help) sed -n '3,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) die "unknown option $1" ;;
	esac
	shift
done

if [ -n "$INSTALL" ]; then
	"$TREE/.ci/install" build demo || die "not all packages are there"
fi

begun=$SECONDS
echo "== Set-up (the first time some minutes: a kernel is built and kept)"
# User Mode Linux boots in a second, at native speed, without any privilege;
# where it cannot be built or does not start, Debian's kernel in QEMU does.
for k in ${KERNEL:-uml debian-6.12}; do
	if "$TREE/selftests/vm/run" --kernel "$k" -- true; then
		CHOSEN=$k
		break
	fi
done
[ -n "${CHOSEN:-}" ] || die "no virtual machine starts here"
echo "   the machine is $CHOSEN; ready after $((SECONDS - begun)) s"

if [ -n "$OUTPUT" ]; then
	mkdir -p "$OUTPUT" || die "cannot write $OUTPUT"
else
	OUTPUT=$(mktemp -d "${TMPDIR:-/var/tmp}/refpoint-demo.XXXXXX") ||
		die "no folder for the output"
fi
# The machine's own kernel headers are a tree to fill a volume with.
KDIR=$("$TREE/selftests/vm/run" --kernel "$CHOSEN" --kdir) || die "no headers"
RP_DEMO_HEADERS=$(readlink -f "$KDIR/source" || echo "$KDIR")
[ -d "$RP_DEMO_HEADERS/include" ] || RP_DEMO_HEADERS=$KDIR
RP_DEMO_COLOUR=
# The guest's output is on no terminal, ours may be.
[ ! -t 1 ] || RP_DEMO_COLOUR=yes
export RP_DEMO_HEADERS RP_DEMO_COLOUR

begun=$SECONDS
SCRATCH=$OUTPUT "$TREE/selftests/vm/run" --kernel "$CHOSEN" --memory 4096 \
	--dmesg "$OUTPUT/kernel.log" -- "$HERE/in-vm.sh"
status=$?
# What a person may want to look at stays; the images are a gigabyte.
rm -rf "$OUTPUT/backup"
[ $status = 0 ] || die "failed with status $status; see $OUTPUT"
echo
echo "Took $((SECONDS - begun)) s after the set-up. In $OUTPUT:"
(cd "$OUTPUT" && find . -type f | sort | sed 's#^\./#   #')
