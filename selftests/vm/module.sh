# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Builds the module, the test modules, the library and the tools of the tree.
# Modules are built in a copy, one for each kernel, so that builds for several
# kernels do not meet and the tree stays clean. Sourced by `run`.

# module_copy DEST PATH...: the named parts of the tree. By content, not by
# time, so that make sees as new only what is; without what a build in the tree
# left behind, and without removing what a build in the copy left there. Says
# what changed.
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
	rsync -rlpci --delete --filter=':- .gitignore' \
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

# Folders of test modules that are in the tree now: the copy keeps what make
# built of those that were.
test_modules()
{
	find "$TREE/selftests/modules" -mindepth 1 -maxdepth 1 -type d -printf '%f\n'
}

# module_build_tests DIR [VARIABLE=VALUE...]: the modules under selftests/modules.
module_build_tests()
{
	local tests=$1 name dir
	shift

	for name in $(test_modules); do
		dir=$tests/selftests/modules/$name
		[ -e "$dir/Kbuild" ] || [ -e "$dir/Makefile" ] || continue
		if ! module_make "$dir" "$@" 2>"$tests/errors"; then
			# It may need the module that is left out.
			[ "$WITH_MODULE" = no ] && continue
			cat "$tests/errors" >&2
			return 1
		fi
	done
}

# module_build_all BUILD OUT: the module into OUT, the test modules into
# OUT/modules. OUT is this run's own: another run may build BUILD anew while
# this one's machine still reads. Asking make takes most of a second, which is
# saved where nothing changed since it succeeded.
module_build_all()
{
	local build=$1 out=$2 changes name symbols=()

	mkdir -p "$out/modules"
	if [ "$WITH_MODULE" = yes ]; then
		changes=$(module_copy "$build/module" Kbuild kmod uapi) || return 1
		[ -z "$changes" ] || rm -f "$build"/*.made
		if [ ! -e "$build/module.made" ]; then
			module_make "$build/module" || return 1
			: >"$build/module.made"
		fi
		cp "$build/module/kmod/dm-refpoint.ko" "$out/" || return 1
		symbols=(KBUILD_EXTRA_SYMBOLS="$build/module/Module.symvers")
	fi
	[ -d "$TREE/selftests/modules" ] || return 0
	# Beside the module's sources, so that they find its headers.
	changes=$(module_copy "$build/tests" kmod uapi selftests/modules) || return 1
	[ -z "$changes" ] || rm -f "$build"/tests-*.made
	if [ ! -e "$build/tests-$WITH_MODULE.made" ]; then
		module_build_tests "$build/tests" "${symbols[@]}" || return 1
		: >"$build/tests-$WITH_MODULE.made"
	fi
	for name in $(test_modules); do
		find "$build/tests/selftests/modules/$name" -name '*.ko' \
			-exec cp {} "$out/modules/" \; || return 1
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
