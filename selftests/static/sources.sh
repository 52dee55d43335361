#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What every source file of the tree has to be like. Output is KTAP.
# shellcheck disable=SC2046 # no name in the tree has a space in it

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# All files at once in what follows: a process for each takes minutes on some
# machines.

# first_line REGEX: of the files on standard input those whose first line is like it.
# shellcheck disable=SC2016 # awk's
first_line()
{
	xargs awk -v regex="$1" 'FNR == 1 { if ($0 ~ regex) print FILENAME; nextfile }'
}

# Every shell script, by its name or by its first line.
shell_files()
{
	sources '*.sh' '*.bash'
	sources | grep -v '[^/]\.' | first_line '^#!.*[/ ](ba)?sh$'
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
	{
		sources '*.py'
		sources | grep -v '\.py$' | first_line '^#!.*python3$'
	} >"$WORK/python"
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
		xargs awk '
			FNR == 1 { names[FILENAME] }
			FNR > 3 { nextfile }
			/SPDX-License-Identifier: / { delete names[FILENAME]; nextfile }
			END { for (name in names) print name " names no licence" }' | nothing
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
		xargs wc -l | awk '$2 != "total" && $1 > 500 { print $2, $1 }' |
		while read -r file lines; do
			grep -q "^$file	" "$HERE/long-files" ||
				echo "$file has $lines lines"
		done | nothing
}

# Our folders are searched before the system's: a header of ours with the name
# of one of theirs is what theirs would include.
headers_have_names_of_their_own()
{
	sources '*.h' | awk -F/ '{
		printf "#if __has_include(<%s>)\n\"%s\"\n#endif\n", $NF, $0
	}' | ${CC:-cc} -E -P -x c - | sed 's/$/: the system has a header of that name/' |
		nothing
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
	sources | grep -vE '\.(bin|img|gz|png)$|^LICENSES/' >"$WORK/text"
	{
		xargs grep -nHIE -m 3 '[ 	]+$|^(<<<<<<<|>>>>>>>)' <"$WORK/text"
		python3 - "$WORK/text" <<-'END' || echo "the check itself failed"
		import sys
		for name in open(sys.argv[1]).read().split():
		    content = open(name, "rb").read()
		    if content and not content.endswith(b"\n"):
		        print(name + ": no newline at the end")
		END
	} | nothing
}

ktap shell_is_clean python_compiles licence_is_named licences_are_right \
	no_kernel_version_conditionals files_are_short \
	headers_have_names_of_their_own no_machine_paths text_is_tidy
