# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2016,SC2034
# The kernel that finds data races (`kcsan`), in QEMU with two processors. Sourced
# by `run` after common.sh.
#
# kernel_prepare sets KEY, KDIR and MODTREE; kernel_boot boots it.

# shellcheck source=/dev/null
. "$VMDIR/kernel-source.sh"
# shellcheck source=/dev/null
. "$VMDIR/qemu.sh"

SOURCE_PACKAGES+=(qemu-system-x86)
SOURCE_ARCH=(ARCH=x86_64)
SOURCE_FRAGMENTS=("$VMDIR/uml.config" "$VMDIR/kcsan.config")

# What is instrumented beside the module: what works on the same memory as it
# does. One access of so many is watched, and the machine stands still meanwhile:
# were all of the kernel instrumented, hardly any of these would be ours. Of the
# rest KCSAN sees its barriers, or it would think that queueing a work orders
# nothing; and what it writes shows as a value that changes while it is watched.
KCSAN_WATCHED="block block/% drivers/md drivers/md/% drivers/block"
KCSAN_WATCHED+=" drivers/block/% lib lib/% kernel/locking"
KCSAN_BARRIERS="kernel kernel/rcu kernel/sched kernel/time kernel/irq mm mm/%"
KCSAN_BARRIERS+=" fs fs/% net net/% drivers/% io_uring crypto"
# For make, which expands it anew in each folder.
SOURCE_VARIABLES=(
	'KCSAN_SANITIZE=$(if $(filter '"$KCSAN_WATCHED"',$(obj)),,n)'
	'KCSAN_INSTRUMENT_BARRIERS=$(if $(filter '"$KCSAN_BARRIERS"',$(obj)),y,n)'
)

# An emulated processor gets little done in a microsecond, and the other one may
# have to wait for its turn on the host: longer delays than the kernel's own of
# 80, at as many places as that leaves time for.
KCSAN_APPEND="kcsan.skip_watch=2000 kcsan.udelay_task=600 kcsan.udelay_interrupt=100"

# kernel_boot CTL LOG OUT ERR: becomes the machine; OUT and ERR are pipes. It goes
# on after a warning, since a race that is not ours is one for KCSAN.
kernel_boot()
{
	VMLINUZ=$KDIR/arch/x86/boot/bzImage
	qemu_boot "$@" -append "$QEMU_APPEND $KCSAN_APPEND root=host rootfstype=9p \
rootflags=trans=virtio,version=9p2000.L,msize=512000,cache=loose ro \
init=$VMDIR/guest-init"
}
