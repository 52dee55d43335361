#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every test program is in tests.list, and everything in tests.list is there.
# Output is KTAP.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
LIST=selftests/tests.list

# A program directly in one of the folders, by its executable bit. The runners, the
# demonstration and the measurements have programs that are no tests.
every_test_is_listed()
{
	selftests/check --full --list >"$WORK/list"
	sources 'selftests/*/*' | grep -E '^selftests/[^/]*/[^/]*$' |
		grep -vE '^selftests/(vm|demo|bench|modules)/|/check$' |
		while read -r file; do
			[ ! -x "$file" ] || grep -qF "$file" "$WORK/list" ||
				echo "$file is not in $LIST"
		done | nothing
}

listed_programs_exist()
{
	selftests/check --full --list |
		grep -oE '(selftests|lib|tools)/[A-Za-z0-9_./-]+' | sort -u |
		while read -r file; do
			[ -e "$file" ] || grep -qxF "$file" <(built) ||
				echo "$file does not exist"
		done | nothing
}

# What the Makefiles of the tests build.
built()
{
	sources 'selftests/**' | grep -E '\.c$' | sed 's/\.c$//'
}

# Beside a kernel's own tests the folder's Makefile is what counts.
makefile_names_exist()
{
	make -s -C selftests print-programs | tr ' ' '\n' | while read -r file; do
		[ -z "$file" ] || [ -x "selftests/$file" ] ||
			echo "selftests/Makefile names $file, which is not there"
	done | nothing
}

ktap every_test_is_listed listed_programs_exist makefile_names_exist
