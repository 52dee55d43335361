# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Builds the module, the test modules, the library and the tools of the tree.
# Modules are built in a copy, one for each kernel, so that builds for several
# kernels do not meet and the tree stays clean. Sourced by `run`.

# module_copy DEST PATH...: the named parts of the tree. By content, not by
# time, so that make sees as new only what is; without what a build in the tree
# left behind, and without removing what a build in the copy left there.
module_copy()
{
	local dest=$1 p only=()
	shift

	for p; do
		# rsync descends only into folders that are let in themselves.
		[[ $p != */* ]] || only+=(--include="/${p%/*}/")
		only+=(--include="/$p" --include="/$p/***")
	done
	mkdir -p "$dest"
	rsync -rlpc --delete --filter=':- .gitignore' \
		--exclude='*.o' --exclude='*.ko' --exclude='*.mod' \
		--exclude='*.mod.c' --exclude='.*.cmd' --exclude='*.d' \
		--exclude='Module.symvers' --exclude='modules.order' \
		--exclude='.tmp_*' --exclude='/build.log' --exclude='/out/' \
		"${only[@]}" --exclude='*' "$TREE/" "$dest/"
}

# module_make DIR [VARIABLE=VALUE...]: REFPOINT_KBUILD is for variants of the
# module, as in REFPOINT_KBUILD='KCFLAGS=-DSOMETHING'.
module_make()
{
	local dir=$1 variants=()
	shift

	[ -z "${REFPOINT_KBUILD:-}" ] || read -ra variants <<<"$REFPOINT_KBUILD"
	quietly "$dir/build.log" make -s -C "$KDIR" M="$dir" W=1 -j"$JOBS" \
		"$@" "${variants[@]}" modules
}

# module_build_all BUILD OUT: the module into OUT, the test modules into
# OUT/modules. OUT is this run's own: another run may build BUILD anew while
# this one's machine still reads.
module_build_all()
{
	local build=$1 out=$2 dir symbols=()

	mkdir -p "$out/modules"
	if [ "$WITH_MODULE" = yes ]; then
		module_copy "$build/module" Kbuild kmod uapi &&
			module_make "$build/module" &&
			cp "$build/module/kmod/dm-refpoint.ko" "$out/" || return 1
		symbols=(KBUILD_EXTRA_SYMBOLS="$build/module/Module.symvers")
	fi
	[ -d "$TREE/selftests/modules" ] || return 0
	# Beside the module's sources, so that they find its headers.
	module_copy "$build/tests" kmod uapi selftests/modules || return 1
	for dir in "$build"/tests/selftests/modules/*/; do
		dir=${dir%/}
		[ -e "$dir/Kbuild" ] || [ -e "$dir/Makefile" ] || continue
		module_make "$dir" "${symbols[@]}" || return 1
		find "$dir" -name '*.ko' -exec cp {} "$out/modules/" \; ||
			return 1
	done
}

# module_build OUT
module_build()
{
	local name

	name=$KEY-$(hash_of "$TREE" "${REFPOINT_KBUILD:-}")
	if [ "$WITH_MODULE" = yes ] && ! [ -e "$TREE/Kbuild" ]; then
		die "no module in $TREE (--no-module runs without)"
	fi
	locked "build-$name" module_build_all "$CACHE/build/$name" "$1" ||
		die "the modules do not build for $KERNEL"
}

# The library and the tools, in the tree as by hand.
tools_build()
{
	local target have=()

	[ -e "$TREE/Makefile" ] || return 0
	for target in lib tools; do
		make -s -n -C "$TREE" "$target" >/dev/null 2>&1 &&
			have+=("$target")
	done
	[ ${#have[@]} -gt 0 ] || return 0
	mkdir -p "$CACHE/log"
	locked "tools-$(hash_of "$TREE")" quietly "$CACHE/log/tools.$$" \
		make -s -C "$TREE" "${have[@]}" ||
		die "the library and the tools do not build"
	rm -f "$CACHE/log/tools.$$"
}
