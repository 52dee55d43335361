# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the static checks share. Sourced; leaves the caller at the top of the
# tree.

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$HERE/../.." || exit 1
WORK=$(mktemp -d "${TMPDIR:-/tmp}/refpoint-static.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT

# sources [PATTERN...]: the tree's own files, new ones too, that still exist.
sources()
{
	git ls-files -co --exclude-standard -- "$@" | while read -r file; do
		[ -f "$file" ] && echo "$file"
	done
}

# ktap TEST...: runs functions as tests. What a function prints is shown if it
# fails; status 4 is a skip, with its last line as the reason.
ktap()
{
	local t n=0 failed=0 status

	echo "TAP version 13"
	echo "1..$#"
	for t; do
		n=$((n + 1))
		$t >"$WORK/said" 2>&1
		status=$?
		case $status in
		0) echo "ok $n $t" ;;
		4) echo "ok $n $t # SKIP $(tail -n 1 "$WORK/said")" ;;
		*)
			echo "not ok $n $t"
			head -n 200 "$WORK/said" | sed 's/^/# /'
			failed=$((failed + 1))
			;;
		esac
	done
	[ $failed = 0 ]
}

# nothing: fails if something comes in, and passes it on.
nothing()
{
	! grep .
}
