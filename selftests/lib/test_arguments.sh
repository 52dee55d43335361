#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Arguments that the command refuses by itself, before it asks the kernel: what
# it says then, and that the exit status is the one of wrong usage.

TOP=$(cd "$(dirname "$0")/../.." && pwd)
REFPOINT=$TOP/tools/refpoint
TEST_COUNT=0
FAILED=0

export LC_ALL=C LD_LIBRARY_PATH=$TOP/lib

# result STATUS NAME
result()
{
	TEST_COUNT=$((TEST_COUNT + 1))
	if [ "$1" = 0 ]; then
		echo "ok $TEST_COUNT - $2"
	else
		echo "not ok $TEST_COUNT - $2"
		FAILED=1
	fi
}

# refuses NAME SENTENCE WORD...: the first line on stderr is the sentence.
refuses()
{
	local name=$1 want=$2 got status wrong
	shift 2

	got=$(env -u REFPOINT_OWNER "$REFPOINT" "$@" 2>&1 >/dev/null)
	status=$?
	got=${got%%$'\n'*}
	[ "$status" = 2 ] && [ "$got" = "refpoint: $want" ]
	wrong=$?
	result $wrong "$name"
	[ $wrong = 0 ] || printf '# wanted: 2, %q\n# got:    %s, %q\n' \
		"refpoint: $want" "$status" "$got"
}

refuses "a vendor file that is a directory" "--vendor: /: Is a directory" \
	point create c --vendor /
refuses "a vendor file that is not there" \
	"--vendor: /none: No such file or directory" \
	point create c --vendor /none

refuses "a line break in a name" 'there is no command "a\x0ab"' $'a\nb'
refuses "an escape sequence" 'there is no command "\x1b[2J"' $'\e[2J'
refuses "one of eight bits" 'there is no command "\xc2\x9b2J"' $'\xc2\x9b2J'
refuses "a byte that is no text" 'there is no command "\xff"' $'\xff'
refuses "an umlaut" 'there is no command "ä"' 'ä'

for seconds in 0 3601 99999999; do
	refuses "a deadline of $seconds" "--deadline: $seconds is not 1 to 3600 seconds" \
		point create c --deadline $seconds
done
refuses "a level that is required, and not named" \
	"--require needs a level: --consistency" point create c --require
refuses "a collection without a name" "a name is empty" collection create "" v
refuses "a member without one" "a name is empty" collection create c ""
refuses "a volume without one" "a name is empty" changes "" --all

not="is not UTF-8"
refuses "a label that is no text" "--label $not: \"a\\xff\"" \
	point create c --label $'a\xff'
refuses "an owner" "--owner $not: \"\\xc3\"" point create c --owner $'\xc3'
refuses "a collection" "a name $not: \"\\xed\\xa0\\x80\"" \
	collection create $'\xed\xa0\x80' v
refuses "a new name" "a name $not: \"\\xc0\\x80\"" \
	collection rename c $'\xc0\x80'

# A standard file that is closed must not become the disk: what is printed would go
# to it.
# Without O_DIRECT, as a file in memory is opened, any length can be written.
image=$(mktemp -p /dev/shm) || exit 1
trap 'rm -f "$image"' EXIT
truncate -s 8M "$image"
"$REFPOINT" repair "$image" --yes 2>&-
"$REFPOINT" repair "$image" --yes >&- 2>&-
"$REFPOINT" repair "$image" --yes <&- >&- 2>&-
cmp -s -n 8M "$image" /dev/zero
result $? "nothing is printed to an image"
"$REFPOINT" --version >&- 2>/dev/null
[ $? = 1 ]
result $? "a closed output cannot be written"

echo "1..$TEST_COUNT"
exit $FAILED
