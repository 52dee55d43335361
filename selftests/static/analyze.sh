#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# gcc's and clang's analysers on the library and the tools. Output is KTAP.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

read -ra FLAGS <<<"$(pkg-config --cflags libnl-3.0 libnl-genl-3.0 json-c uuid)"
FLAGS+=(-std=gnu11 -Ilib -Iuapi -Itools -Ikmod '-DREFPOINT_VERSION="0"')

# each FOLDER COMMAND...: one compiler for each core.
each()
{
	local folder=$1
	shift

	sources "$folder/*.c" | grep -v /examples/ |
		xargs -P "$(nproc)" -n 1 "$@" "${FLAGS[@]}"
}

# gcc 12 takes for lost what is kept in an object of the caller's.
gcc_is_content()
{
	each "$1" gcc -O2 -fanalyzer -Wno-analyzer-malloc-leak -Werror -c \
		-o /dev/null
}

clang_is_content()
{
	command -v clang >/dev/null || {
		echo "clang is not installed"
		return 4
	}
	each "$1" clang --analyze -Xclang -analyzer-werror \
		--analyzer-output text "${@:2}"
}

gcc_lib() { gcc_is_content lib; }
gcc_tools() { gcc_is_content tools; }
clang_lib() { clang_is_content lib; }
# It does not see that -errno is never 0 after a call that failed.
clang_tools()
{
	clang_is_content tools -Xclang -analyzer-disable-checker=core.CallAndMessage
}

ktap gcc_lib gcc_tools clang_lib clang_tools
