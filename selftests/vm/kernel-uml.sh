# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# The kernels that are built here: User Mode Linux out of the distribution's
# source package, plain (`uml`) and with everything that finds bugs
# (`uml-debug`). Sourced by `run` after common.sh.
#
# kernel_prepare sets KEY, KDIR and MODTREE; kernel_boot boots it.

UML_SOURCE=linux-source-6.12
UML_PACKAGES=(bc bison flex gcc libc6-dev libelf-dev make perl rsync
	xz-utils kmod dmsetup iproute2)

# The fragments of the configuration, each on top of the one before.
uml_fragments()
{
	echo "$VMDIR/uml.config"
	[ "$KERNEL" != uml-debug ] || echo "$VMDIR/uml-debug.config"
}

# uml_config: the fragments as one, of two settings of a symbol the last.
uml_config()
{
	uml_fragments | xargs cat -- | tac | awk -F= '
		/^CONFIG_/ && !seen[$1]++ { print }' | tac
}

uml_make()
{
	make -s -C "$1" O="$2" ARCH=um SUBARCH=x86_64 -j"$JOBS" "${@:3}"
}

# uml_check_config FILE: a symbol that Kconfig dropped for want of a dependency
# would otherwise only be missed when a test skips.
uml_check_config()
{
	local line name lost=0

	while read -r line; do
		name=${line%%=*}
		if [ "$line" = "$name=n" ]; then
			! grep -q "^$name=" "$1" && continue
		else
			grep -qxF -- "$line" "$1" && continue
		fi
		say "the kernel's configuration does not take $line"
		lost=1
	done
	return $lost
}

# The source, unpacked once for all kernels built of it.
uml_unpack()
{
	local src=$1 version=$2 tmp

	[ ! -d "$src" ] || return 0
	say "unpacking $UML_SOURCE $version"
	tmp=$(mktemp -d "$CACHE/src.XXXXXX") || return 1
	unpack_package "$UML_SOURCE" "$version" "$tmp" &&
		mkdir -p "$tmp/linux" "$(dirname "$src")" &&
		tar -C "$tmp/linux" --strip-components=1 \
			-xf "$tmp/usr/src/$UML_SOURCE.tar.xz" &&
		mv "$tmp/linux" "$src"
	set -- $?
	rm -rf "$tmp"
	return "$1"
}

uml_build()
{
	local dir=$1 src=$2 version=$3 log=$1/build.log begun=$SECONDS

	[ ! -e "$dir/.complete" ] || return 0
	mkdir -p "$dir"
	locked "$(basename "$src")" uml_unpack "$src" "$version" || return 1
	say "building the kernel $KERNEL of $UML_SOURCE $version (once; minutes)"
	uml_config >"$dir/fragment"
	quietly "$log" uml_make "$src" "$dir" \
		KCONFIG_ALLCONFIG="$dir/fragment" allnoconfig || return 1
	uml_check_config <"$dir/fragment" "$dir/.config" || return 1
	quietly "$log" uml_make "$src" "$dir" all || return 1
	# Who builds a module here must not have to know that it is for UML.
	sed -i '/^include /i export ARCH := um\nexport SUBARCH := x86_64' \
		"$dir/Makefile"
	mkdir -p "$dir/modtree"
	cp "$dir/modules.builtin" "$dir/modules.builtin.modinfo" \
		"$dir/modtree/" && : >"$dir/modtree/modules.order" &&
		uml_depmod "$dir" || return 1
	: >"$dir/.complete"
	say "built in $((SECONDS - begun)) s"
}

# An index with nothing in it but the built-in modules, so that `modprobe
# null_blk` succeeds here as it does where null_blk is a module.
uml_depmod()
{
	local root=$1/modroot release

	release=$(cat "$1/include/config/kernel.release")
	mkdir -p "$root/lib/modules"
	ln -sfn ../../../modtree "$root/lib/modules/$release"
	/sbin/depmod -b "$root" "$release" && rm -rf "$root"
}

kernel_prepare()
{
	local hash version found

	need_packages "${UML_PACKAGES[@]}"
	hash=$(hash_of "$(uml_config)" "$(gcc --version | head -n 1)")
	# A kernel that is there is good enough, whatever apt offers by now.
	found=$(find "$CACHE/kernels" -maxdepth 3 -path "*/$KERNEL-*-$hash/.complete" \
		2>/dev/null | sort -V | tail -n 1)
	if [ -n "$found" ]; then
		KDIR=$(dirname "$found")
	else
		version=$(package_version "$UML_SOURCE") || exit
		KDIR=$CACHE/kernels/$KERNEL-$(path_safe "$version")-$hash
		locked "$(basename "$KDIR")" uml_build "$KDIR" \
			"$CACHE/src/$UML_SOURCE-$(path_safe "$version")" \
			"$version" || die "no kernel $KERNEL"
	fi
	KEY=$(basename "$KDIR")
	MODTREE=$KDIR/modtree
}

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
		uml_dir="$ctl" init="$VMDIR/guest-init" RP_VM=uml RP_CTL="$ctl" \
		</dev/null >"$log" 2>&1 3>"$3" 4>"$4"
}
