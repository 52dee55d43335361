#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own style check on the C of the tree. The script comes with the
# kernel's source, which the UML kernel is built of. Output is KTAP.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
KDIR=$(selftests/vm/run --kernel uml --kdir) || exit 1
CHECKPATCH=$KDIR/source/scripts/checkpatch.pl

# What is not wanted here, each with its reason.
IGNORED=(
	FILE_PATH_CHANGES	# no MAINTAINERS file to keep in step
	LINE_SPACING		# declarations follow each other where they read as one
	SPDX_LICENSE_TAG	# wants headers and sources to differ; sources.sh has ours
	PREFER_KERNEL_TYPES	# u64 has no meaning in a user's header
	VOLATILE		# atomics of user space in core/port_user.c
	CONSTANT_COMPARISON	# a range reads from left to right
	AVOID_EXTERNS		# prototypes stand in headers, some with extern "C"
	NEW_TYPEDEFS		# __bitwise units of core/types.h, library's callbacks
	OPEN_BRACE		# trips over arguments that are functions
	COMPLEX_MACRO		# tables written as macros
	MINMAX			# the compiler checks the types where it matters
	EMBEDDED_FUNCTION_NAME	# takes any word for the function of that name
	PREFER_DEFINED_ATTRIBUTE_MACRO	# the core also compiles where there are none
)


folder()
{
	[ -f "$CHECKPATCH" ] || {
		echo "no checkpatch.pl in $KDIR/source"
		return 4
	}
	sources "$1/*.c" "$1/*.h" | xargs perl "$CHECKPATCH" -q --no-tree \
		--no-summary --terse --show-types --file --max-line-length=100 \
		--ignore "$(IFS=,; echo "${IGNORED[*]}")" | nothing
}

# Names and sizes as in user space are fine outside of the kernel.
user_folder()
{
	IGNORED+=(STRCPY SSCANF_TO_KSTRTO NAKED_SSCANF CONSIDER_KSTRTO ENOSYS)
	folder "$1"
}

kmod() { folder kmod; }
uapi() { folder uapi; }
lib() { user_folder lib; }
tools() { user_folder tools; }

ktap kmod uapi lib tools
