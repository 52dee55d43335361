#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module against one kernel with W=1, warnings as errors, and under sparse.
# Output is KTAP.
#
# usage: build.sh KERNEL      (of selftests/vm/run)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
KERNEL=${1:?usage: build.sh KERNEL}
KDIR=$(selftests/vm/run --kernel "$KERNEL" --kdir) || exit 1

# A copy, so that builds for several kernels do not meet.
copy()
{
	rm -rf "$WORK/copy"
	mkdir "$WORK/copy"
	sources Kbuild kmod uapi | cpio -pdm --quiet "$WORK/copy"
}

# kbuild TARGET [VARIABLE=VALUE...]: compiler and sparse in one pass.
kbuild()
{
	local target=$1
	shift

	make -s -C "$KDIR" M="$WORK/copy" -j"$(nproc)" C=2 \
		CF="-D__CHECK_ENDIAN__ -Wbitwise -Wcontext" "$@" "$target" 2>&1
}

# Warnings in the kernel's own headers are not ours to mend, and sparse 0.6.4
# does not know a few constructs of the newer ones.
ours()
{
	grep -E "(^|[ (/])($WORK/copy|kmod|\.\.)/" | grep -E 'warning|error' | sort -u
}

# modpost's warnings are no errors for any flag of the compiler.
builds_without_warnings()
{
	if ! copy || ! kbuild modules W=1 KCFLAGS=-Werror >"$WORK/log"; then
		cat "$WORK/log"
		return 1
	fi
	! grep -i 'modpost.*warning\|warning: modpost' "$WORK/log"
}

sparse_is_content()
{
	if ! command -v sparse >/dev/null; then
		echo "sparse is not installed"
		return 4
	fi
	ours <"$WORK/log" | nothing
}

# A planted endianness error is found: the check is alive.
sparse_sees_endianness()
{
	command -v sparse >/dev/null || return 4
	cat >>"$WORK/copy/kmod/page.c" <<-END
	int rp_planted(__le32 a);
	int rp_planted(__le32 a) { return a + 1; }
	END
	kbuild kmod/page.o | ours | grep -q 'restricted __le32'
}

ktap builds_without_warnings sparse_is_content sparse_sees_endianness
