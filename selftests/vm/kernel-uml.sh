# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# User Mode Linux, plain (`uml`) and with everything that finds bugs
# (`uml-debug`). Sourced by `run` after common.sh.
#
# kernel_prepare sets KEY, KDIR and MODTREE; kernel_boot boots it.

# shellcheck source=/dev/null
. "$VMDIR/kernel-source.sh"

SOURCE_ARCH=(ARCH=um SUBARCH=x86_64)
SOURCE_FRAGMENTS=("$VMDIR/uml.config")
[ "$KERNEL" != uml-debug ] || SOURCE_FRAGMENTS+=("$VMDIR/uml-debug.config")

# kernel_boot CTL LOG OUT ERR: becomes the machine; OUT and ERR are pipes.
kernel_boot()
{
	local ctl=$1 log=$2

	# UML keeps its memory in a file: only what is used counts, but a small
	# /dev/shm, as in containers, would end it with SIGBUS.
	if [ "$(df -Pm /dev/shm 2>/dev/null | awk 'END { print $4 }')" -lt "$MEMORY" ] \
		2>/dev/null; then
		export TMPDIR=$CACHE
	else
		unset TMPDIR TMP TEMP
	fi
	exec setsid "$KDIR/linux" mem="${MEMORY}M" \
		root=none rootfstype=hostfs rootflags=/ ro \
		con0=null,fd:1 con=null ssl0=null,fd:3 ssl1=null,fd:4 ssl=null \
		null_blk.nr_devices=0 ignore_loglevel panic_on_warn=1 oops=panic \
		${VIRTUAL_TIME:+time-travel=inf-cpu} \
		uml_dir="$ctl" init="$VMDIR/guest-init" RP_VM=uml RP_CTL="$ctl" \
		</dev/null >"$log" 2>&1 3>"$3" 4>"$4"
}
