#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The library exports what its map says, all of it and nothing else, and the
# map says what the header declares.

cd "$(dirname "$0")/../../lib" || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
failed=0
number=0

compare()
{
	number=$((number + 1))
	if diff "$tmp/$2" "$tmp/$3" > "$tmp/diff"; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
		sed 's/^/# /' "$tmp/diff"
		failed=1
	fi
}

sed -n 's/^\t\(refpoint_[a-z_]*\);$/\1/p' librefpoint.map | LC_ALL=C sort > "$tmp/map"
nm -D --defined-only --with-symbol-versions librefpoint.so |
	sed -n 's/^[0-9a-f]* T \(.*\)@@REFPOINT_1\.0$/\1/p' |
	LC_ALL=C sort > "$tmp/exported"
nm -D --defined-only librefpoint.so | sed 's/^[0-9a-f]* . //' |
	sed 's/@.*//' | grep -v '^REFPOINT_1\.0$' | LC_ALL=C sort > "$tmp/all"
grep -o '\brefpoint_[a-z_]*(' refpoint.h | tr -d '(' |
	grep -v -e '_fn$' | LC_ALL=C sort -u > "$tmp/header"

echo "1..4"
compare "every symbol of the map is exported" map exported
compare "nothing else is exported" map all
compare "the map has what the header declares" map header

# Every symbol resolves for a program that is linked against the library.
{
	echo '#include <refpoint.h>'
	echo 'void *const all[] = {'
	sed 's/.*/\t(void *)&,/' "$tmp/map"
	echo '};'
	echo 'int main(void) { return !all[0]; }'
} > "$tmp/all.c"
${CC:-cc} -I. -I../uapi -o "$tmp/prog" "$tmp/all.c" -L. -lrefpoint \
	> "$tmp/out" 2>&1 &&
	LD_BIND_NOW=1 LD_LIBRARY_PATH=. "$tmp/prog" >> "$tmp/out" 2>&1
echo $? > "$tmp/got"
echo 0 > "$tmp/want"
compare "every symbol resolves" want got
[ "$(cat "$tmp/got")" = 0 ] || sed 's/^/# /' "$tmp/out"
exit $failed
