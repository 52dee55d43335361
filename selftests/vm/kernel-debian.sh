# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Debian's own kernels, as shipped, in QEMU. Image and headers are unpacked
# into the cache, not installed: installing would touch the boot loader.
# Sourced by `run` after common.sh.
#
# kernel_prepare sets KEY, KDIR and MODTREE; kernel_boot boots it.

# shellcheck source=/dev/null
. "$VMDIR/qemu.sh"

DEBIAN_PACKAGES=(busybox-static cpio dmsetup gcc-12 iproute2 kmod libelf1
	make pahole perl qemu-system-x86 rsync xz-utils)

# What the first program of the machine needs to see the host's files and to
# talk to `run`; with what they depend on.
DEBIAN_BOOT_MODULES=(virtio_pci virtio_console 9pnet_virtio 9p)

# The name of the current image package of the series, by way of the package
# that follows it.
debian_image_package()
{
	case $KERNEL in
	debian-6.1) package_depends linux-image-amd64 'linux-image-6\.1\.' ;;
	debian-6.12) package_depends linux-image-6.12-amd64 'linux-image-6\.12\.' ;;
	esac
}

# package_depends NAME REGEX: the first dependency that matches.
package_depends()
{
	package_field "$1" Depends | tr -s ',|' '\n' | sed 's/^ *//; s/ .*//' |
		grep -E -m 1 "^$2"
}

debian_build()
{
	local dir=$1 release=$2 version=$3 root=$1/root name file kbuild

	[ ! -e "$dir/.complete" ] || return 0
	say "unpacking the kernel $release $version"
	rm -rf "$dir"
	kbuild=$(package_depends "linux-headers-$release" linux-kbuild-)
	# 6.1 leaves this one to the package that its headers do not name.
	[ -n "$kbuild" ] || return 1
	for name in "linux-image-$release" "linux-headers-$release" \
		"linux-headers-${release%-amd64}-common" "$kbuild"; do
		unpack_package "$name" "$(package_version "$name")" "$root" ||
			return 1
	done
	# The headers name each other by the place where they were to be.
	for file in "$root/usr/src/linux-headers-$release"/{Makefile,.kernelvariables}; do
		sed -i "s#/usr/src/#$root/usr/src/#g" "$file" || return 1
	done
	# As from the distribution's next release on, /lib may be below /usr.
	if [ ! -d "$root/lib/modules" ]; then
		mkdir -p "$root/lib"
		ln -s ../usr/lib/modules "$root/lib/modules"
	fi
	rm -f "$root/lib/modules/$release"/{build,source}
	/sbin/depmod -b "$root" "$release" || return 1
	debian_initramfs "$dir" "$release" || return 1
	: >"$dir/.complete"
}

# An initramfs of busybox and the modules that find the host's root.
debian_initramfs()
{
	local dir=$1 release=$2 top=$1/initramfs kind file n=10

	mkdir -p "$top/bin" "$top/modules" "$top"/{proc,sys,dev,root}
	cp "$(command -v busybox)" "$top/bin/busybox" || return 1
	cp "$VMDIR/guest-initramfs" "$top/init" || return 1
	# In the order in which they have to be loaded, and numbered so.
	while read -r kind file; do
		[ "$kind" = insmod ] || continue
		case $file in
		*.xz) xz -dc "$file" ;;
		*) cat "$file" ;;
		esac >"$top/modules/$n-$(basename "${file%.xz}")" || return 1
		n=$((n + 1))
	done < <(for kind in "${DEBIAN_BOOT_MODULES[@]}"; do
		/sbin/modprobe -d "$dir/root" -S "$release" \
			--ignore-install --show-depends "$kind" || echo
	done | awk '!seen[$0]++')
	[ "$n" -gt 10 ] || return 1
	(cd "$top" && find . | cpio --quiet -o -H newc | gzip -1) >"$dir/initramfs.gz" &&
		rm -rf "$top"
}

kernel_prepare()
{
	local package release version found pattern

	need_packages "${DEBIAN_PACKAGES[@]}"
	pattern="*/$KERNEL-*-$(hash_of "$(cat "$VMDIR/guest-initramfs")" \
		"${DEBIAN_BOOT_MODULES[@]}")/.complete"
	found=$(find "$CACHE/kernels" -maxdepth 2 -path "$pattern" 2>/dev/null |
		sort -V | tail -n 1)
	if [ -z "$found" ]; then
		package=$(debian_image_package)
		if [ -z "$package" ]; then
			apt_update
			package=$(debian_image_package)
		fi
		[ -n "$package" ] || die "no package of a kernel $KERNEL to be had"
		release=${package#linux-image-}
		version=$(package_version "$package") || exit
		pattern=${pattern%/.complete}
		found=$CACHE/kernels/$KERNEL-$(path_safe "$version")-${pattern##*-}
		locked "$(basename "$found")" debian_build "$found" "$release" \
			"$version" || die "no kernel $KERNEL"
		found=$found/.complete
	fi
	KEY=$(basename "$(dirname "$found")")
	found=$(dirname "$found")
	MODTREE=$(echo "$found"/root/lib/modules/*)
	release=$(basename "$MODTREE")
	KDIR=$found/root/usr/src/linux-headers-$release
	VMLINUZ=$found/root/boot/vmlinuz-$release
	INITRAMFS=$found/initramfs.gz
}

# kernel_boot CTL LOG OUT ERR: becomes the machine; OUT and ERR are pipes.
kernel_boot()
{
	qemu_boot "$@" -initrd "$INITRAMFS" \
		-append "$QEMU_APPEND panic_on_warn=1 RP_INIT=$VMDIR/guest-init"
}
