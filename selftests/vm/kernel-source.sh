# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Kernels that are built here, out of the distribution's source package. Sourced
# by the kernel-*.sh of those, which say in
#
#	SOURCE_ARCH		ARCH=... for make, of the kernel and of modules
#	SOURCE_VARIABLES	more of these, part of what names the build
#	SOURCE_FRAGMENTS	files of the configuration, each on top of the one before
#
# and get KEY, KDIR and MODTREE from kernel_prepare.

SOURCE=linux-source-6.12
SOURCE_PACKAGES=(bc bison flex gcc libc6-dev libelf-dev make perl rsync
	xz-utils kmod dmsetup iproute2)
SOURCE_VARIABLES=()

# source_config: the fragments as one, of two settings of a symbol the last.
source_config()
{
	cat "${SOURCE_FRAGMENTS[@]}" | tac | awk -F= '
		/^CONFIG_/ && !seen[$1]++ { print }' | tac
}

source_make()
{
	make -s -C "$1" O="$2" "${SOURCE_ARCH[@]}" "${SOURCE_VARIABLES[@]}" \
		-j"$JOBS" "${@:3}"
}

# source_check_config FILE: a symbol that Kconfig dropped for want of a dependency
# would otherwise only be missed when a test skips.
source_check_config()
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
source_unpack()
{
	local src=$1 version=$2 tmp

	[ ! -d "$src" ] || return 0
	say "unpacking $SOURCE $version"
	tmp=$(mktemp -d "$CACHE/src.XXXXXX") || return 1
	unpack_package "$SOURCE" "$version" "$tmp" &&
		mkdir -p "$tmp/linux" "$(dirname "$src")" &&
		tar -C "$tmp/linux" --strip-components=1 \
			-xf "$tmp/usr/src/$SOURCE.tar.xz" &&
		mv "$tmp/linux" "$src"
	set -- $?
	rm -rf "$tmp"
	return "$1"
}

source_build()
{
	local dir=$1 src=$2 version=$3 log=$1/build.log begun=$SECONDS exports

	[ ! -e "$dir/.complete" ] || return 0
	mkdir -p "$dir"
	locked "$(basename "$src")" source_unpack "$src" "$version" || return 1
	say "building the kernel $KERNEL of $SOURCE $version (once; minutes)"
	source_config >"$dir/fragment"
	quietly "$log" source_make "$src" "$dir" \
		KCONFIG_ALLCONFIG="$dir/fragment" allnoconfig || return 1
	source_check_config <"$dir/fragment" "$dir/.config" || return 1
	quietly "$log" source_make "$src" "$dir" all || return 1
	# Who builds a module here must not have to know what it is for.
	exports=$(printf 'export %s\\n' "${SOURCE_ARCH[@]/=/ := }")
	sed -i "/^include /i ${exports%\\\\n}" "$dir/Makefile"
	mkdir -p "$dir/modtree"
	cp "$dir/modules.builtin" "$dir/modules.builtin.modinfo" \
		"$dir/modtree/" && : >"$dir/modtree/modules.order" &&
		source_depmod "$dir" || return 1
	: >"$dir/.complete"
	say "built in $((SECONDS - begun)) s"
}

# An index with nothing in it but the built-in modules, so that `modprobe
# null_blk` succeeds here as it does where null_blk is a module.
source_depmod()
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

	need_packages "${SOURCE_PACKAGES[@]}"
	hash=$(hash_of "$(source_config)" "$(gcc --version | head -n 1)" \
		"${SOURCE_VARIABLES[@]}")
	# A kernel that is there is good enough, whatever apt offers by now.
	found=$(find "$CACHE/kernels" -maxdepth 3 -path "*/$KERNEL-*-$hash/.complete" \
		2>/dev/null | sort -V | tail -n 1)
	if [ -n "$found" ]; then
		KDIR=$(dirname "$found")
	else
		version=$(package_version "$SOURCE") || exit
		KDIR=$CACHE/kernels/$KERNEL-$(path_safe "$version")-$hash
		locked "$(basename "$KDIR")" source_build "$KDIR" \
			"$CACHE/src/$SOURCE-$(path_safe "$version")" \
			"$version" || die "no kernel $KERNEL"
	fi
	KEY=$(basename "$KDIR")
	MODTREE=$KDIR/modtree
}
