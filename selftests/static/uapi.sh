#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The header between kernel and users: it compiles wherever a caller may want
# it, and what it lays out has no holes through which the kernel's memory could
# leak. Output is KTAP.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

compile()
{
	echo '#include <linux/refpoint.h>' >"$WORK/a.$1"
	shift
	"$@" -Iuapi -Wall -Wextra -Werror -c -o "$WORK/a.o"
}

compiles_as_c89()
{
	# As the kernel checks its own: no -pedantic, which minds a comma at
	# the end of an enumeration.
	compile c gcc -x c -std=c90 "$WORK/a.c"
}
compiles_as_c11() { compile c gcc -x c -std=c11 -pedantic "$WORK/a.c"; }
compiles_as_cxx() { compile cc g++ -x c++ -std=c++11 -pedantic "$WORK/a.cc"; }
library_compiles_as_cxx()
{
	echo '#include <refpoint.h>' >"$WORK/b.cc"
	g++ -std=c++11 -pedantic -Iuapi -Ilib -Wall -Wextra -Werror \
		-c -o "$WORK/b.o" "$WORK/b.cc"
}

# Everything in it begins with the family's name.
names_are_ours()
{
	echo '#include <linux/refpoint.h>' |
		gcc -Iuapi -E -dM - >"$WORK/with"
	echo '#include <linux/types.h>' | gcc -E -dM - >"$WORK/without"
	sort "$WORK/with" >"$WORK/a" && sort "$WORK/without" >"$WORK/b"
	comm -23 "$WORK/a" "$WORK/b" | awk '{ print $2 }' |
		grep -vE '^_*(UAPI_)*(LINUX_)*_?REFPOINT_|^_+UAPI.*REFPOINT' | nothing
}

structs_have_no_holes()
{
	local names n

	command -v pahole >/dev/null || {
		echo "pahole is not installed"
		return 4
	}
	names=$(sed -n 's/^struct \(refpoint_[a-z_0-9]*\) {.*/\1/p' \
		uapi/linux/refpoint.h)
	[ -n "$names" ] || {
		echo "there is no structure in the header"
		return 4
	}
	{
		echo '#include <linux/refpoint.h>'
		for n in $names; do
			echo "struct $n instance_of_$n;"
		done
	} >"$WORK/c.c"
	gcc -g -Iuapi -c -o "$WORK/c.o" "$WORK/c.c" || return 1
	for n in $names; do
		pahole -C "$n" "$WORK/c.o" >"$WORK/layout"
		grep -q "struct $n" "$WORK/layout" || echo "$n: not seen by pahole"
		grep -E 'XXX|holes:|padding:' "$WORK/layout" | sed "s/^/$n: /"
	done | nothing
}

ktap compiles_as_c89 compiles_as_c11 compiles_as_cxx library_compiles_as_cxx \
	names_are_ours structs_have_no_holes
