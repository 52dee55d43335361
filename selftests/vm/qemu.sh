# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Machines of QEMU with two processors, which see the host's files by 9p. Sourced
# by the kernel-*.sh that use it; VMLINUZ is the kernel.

# Without KVM every watchdog would bark: a busy host stops the guest's processors
# for seconds.
QEMU_APPEND="console=ttyS0 quiet ignore_loglevel panic=-1 oops=panic"
QEMU_APPEND+=" watchdog_thresh=60 mitigations=off"
QEMU_APPEND+=" rcupdate.rcu_cpu_stall_timeout=300 null_blk.nr_devices=0 RP_VM=qemu"

# qemu_accel: kvm where it runs a guest, not only where its device exists.
# Asked once for each boot of the host.
qemu_accel()
{
	local file answer

	if [ ! -w /dev/kvm ]; then
		echo tcg
		return
	fi
	file=$CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -s "$file" ]; then
		rm -f "$CACHE"/kvm-*
		answer=tcg
		# With no root to mount the machine panics and QEMU exits; the
		# question is whether it gets there.
		if timeout -k 1 10 qemu-system-x86_64 -nodefaults -display none \
			-no-reboot -m 256 -accel kvm -cpu host \
			-kernel "$VMLINUZ" -serial stdio \
			-append "console=ttyS0 panic=-1" </dev/null 2>/dev/null |
			grep -aq 'Unable to mount root fs'; then
			answer=kvm
		fi
		echo $answer >"$file"
	fi
	cat "$file"
}

# qemu_devices: the arguments for --drive and --shared, in $devices. A disk's name
# is its serial number in the guest; what the guest flushes is flushed below, too.
qemu_devices()
{
	local drive n=0

	devices=()
	for drive in "${DRIVES[@]}"; do
		devices+=(-drive "if=none,id=drive$n,format=raw,discard=unmap,file=${drive#*=}"
			-device "virtio-blk-pci,drive=drive$n,serial=${drive%%=*}")
		n=$((n + 1))
	done
	[ -z "$SHARED" ] || devices+=(-device "ivshmem-plain,memdev=shared"
		-object "memory-backend-file,id=shared,share=on,mem-path=$SHARED,size=$(stat -c %s "$SHARED")")
}

# qemu_boot CTL LOG OUT ERR ARGUMENT...: becomes the machine; OUT and ERR are pipes,
# the arguments are QEMU's.
qemu_boot()
{
	local ctl=$1 log=$2 out=$3 err=$4 accel shares=() devices
	shift 4

	case $(qemu_accel) in
	kvm) accel=(-accel kvm -cpu host) ;;
	*) accel=(-accel "tcg,thread=multi" -cpu max) ;;
	esac
	shares=(-virtfs "local,path=/,mount_tag=host,readonly=on,multidevs=remap,security_model=none"
		-virtfs "local,path=$ctl,mount_tag=ctl,multidevs=remap,security_model=none")
	[ -z "${SCRATCH:-}" ] ||
		shares+=(-virtfs "local,path=$SCRATCH,mount_tag=scratch,multidevs=remap,security_model=none")
	qemu_devices
	exec setsid qemu-system-x86_64 -nodefaults -display none -no-reboot \
		-m "$MEMORY" -smp 2 "${accel[@]}" -kernel "$VMLINUZ" "$@" \
		-chardev "file,id=log,path=$log" -serial chardev:log \
		"${shares[@]}" -device virtio-serial-pci \
		-chardev "file,id=out,path=$out" \
		-device virtserialport,chardev=out,name=out \
		-chardev "file,id=err,path=$err" \
		-device virtserialport,chardev=err,name=err \
		"${devices[@]}" -device virtio-rng-pci </dev/null >"$ctl/qemu.log" 2>&1
}
