#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What every source file of the tree has to be like. Output is KTAP.
# shellcheck disable=SC2046 # no name in the tree has a space in it

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# Every shell script, by its name or by its first line.
shell_files()
{
	sources | while read -r file; do
		case $file in
		*.sh|*.bash) echo "$file"; continue ;;
		*.*) continue ;;
		esac
		head -n 1 "$file" | grep -qaE '^#!.*\b(ba)?sh$' && echo "$file"
	done
}

shell_is_clean()
{
	command -v shellcheck >/dev/null || {
		echo "shellcheck is not installed"
		return 4
	}
	shell_files | xargs shellcheck -x --source-path=SCRIPTDIR
}

python_compiles()
{
	sources | while read -r file; do
		case $file in
		*.py) echo "$file" ;;
		*) head -n 1 "$file" | grep -qaE '^#!.*python3$' && echo "$file" ;;
		esac
	done >"$WORK/python"
	python3 - "$WORK/python" <<-'END'
	import ast, sys
	for name in open(sys.argv[1]).read().split():
	    ast.parse(open(name).read(), name)
	END
}

# Whose licence is where: in the first three lines of every file in which a
# comment can stand.
licence_is_named()
{
	sources | grep -vE '^(COPYING|LICENSES/|CHANGES$|.*\.(md|json|bin|img|gz|png|svg|baseline|txt)$)|(^|/)\.gitignore$|/splat\.' |
		while read -r file; do
			[ -s "$file" ] || continue
			head -n 3 "$file" | grep -qa 'SPDX-License-Identifier: ' ||
				echo "$file names no licence"
		done | nothing
}

# The module is GPL-2.0, the library LGPL-2.1-or-later, the interface between
# kernel and users may be used by anybody.
licences_are_right()
{
	{
		grep -L 'SPDX-License-Identifier: GPL-2.0-only' \
			$(sources 'kmod/*.[ch]')
		grep -L 'SPDX-License-Identifier: LGPL-2.1-or-later' \
			$(sources 'lib/*.[ch]')
		grep -LF '(GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause' \
			$(sources 'uapi/*.h' 'Documentation/netlink/specs/*.yaml')
	} | sed 's/$/: another licence/' | nothing
}

# A version number says nothing about a distribution's kernel: probes do.
no_kernel_version_conditionals()
{
	grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION' $(sources 'kmod/*.[ch]') | nothing
}

# Over 500 lines a file has more than one noun in it. The list of exceptions
# says why for each.
files_are_short()
{
	sources | grep -vE '^(COPYING|LICENSES/)' |
		grep -E '\.(c|h|sh|py|map)$|/[a-z-]+$|Makefile$' |
		while read -r file; do
			lines=$(wc -l <"$file")
			[ "$lines" -le 500 ] ||
				grep -q "^$file	" "$HERE/long-files" ||
				echo "$file has $lines lines"
		done | nothing
}

# Our folders are searched before the system's: a header of ours with the name
# of one of theirs is what theirs would include.
headers_have_names_of_their_own()
{
	sources '*.h' | while read -r file; do
		echo "#include <${file##*/}>" | ${CC:-cc} -E -x c - >/dev/null 2>&1 &&
			echo "$file: the system has a header of that name"
	done | nothing
}

# Nothing that only one machine has, and nobody's home.
no_machine_paths()
{
	grep -nIE '(^|[^a-z])/(home|Users)/[a-z]+/|/work/(main|shared)|/root/\.' $(sources |
		grep -vE '^(LICENSES/|selftests/static/sources\.sh$)') | nothing
}

# A merge's leftovers, spaces at the end of a line, no newline at the end.
text_is_tidy()
{
	sources | grep -vE '\.(bin|img|gz|png)$|^LICENSES/' | while read -r file; do
		grep -nIE '[ 	]+$|^(<<<<<<<|>>>>>>>)' "$file" |
			sed "s#^#$file:#" | head -n 3
		[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file" | tr -d '\n')" ] ||
			echo "$file: no newline at the end"
	done | nothing
}

ktap shell_is_clean python_compiles licence_is_named licences_are_right \
	no_kernel_version_conditionals files_are_short \
	headers_have_names_of_their_own no_machine_paths text_is_tidy
