#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What bash offers after a beginning of a command line. The command is a stand-in.

TOP=$(cd "$(dirname "$0")/../.." && pwd)
TEST_COUNT=0
FAILED=0

# shellcheck disable=SC2317
refpoint()
{
	case "$1 $2" in
	"volume list") printf '    "name": "%s",\n' db db-log "my vol" ;;
	"collection list") printf '    "name": "%s",\n' nightly ;;
	"point list") printf '    "id": "%s",\n' 1111-2222 ;;
	esac
}

# shellcheck source=tools/completion/refpoint.bash
. "$TOP/tools/completion/refpoint.bash"

# offers NAME WANT WORD...: the last word is the one under the cursor.
offers()
{
	local name=$1 want=$2 got
	shift 2

	COMP_WORDS=(refpoint "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_refpoint
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')
	TEST_COUNT=$((TEST_COUNT + 1))
	if [ "$got" = "$want" ]; then
		echo "ok $TEST_COUNT - $name"
	else
		echo "not ok $TEST_COUNT - $name"
		printf '# wanted: %s\n# got:    %s\n' "$want" "$got"
		FAILED=1
	fi
}

export LC_ALL=C
commands="changes check collection dump format help job metrics monitor point repair volume"
volumes='db db-log my\ vol'

offers "commands" "--json --version $commands" ""
offers "commands after --json" "--json --version $commands" --json ""
offers "verbs" "--help cancel list show wait" job ""
offers "verbs after --json" "--help cancel list show wait" --json job ""
offers "commands after help" "${commands/help /}" help ""
offers "verbs after help" "cancel list show wait" help job ""
offers "nothing more after help" "" help job list ""
offers "volumes" "$volumes" changes ""
offers "volumes of a new collection" "$volumes" collection create c ""
offers "the beginning of a volume" "db db-log" volume show d
offers "a volume with a blank" 'my\ vol' volume show 'my\ '
offers "the collection" "nightly" point create ""
offers "a volume of --only" "$volumes" point create nightly --only ""
offers "a second one" "$volumes" point create nightly --only db ""
offers "and one of --except" "$volumes" point create nightly --except db db-log ""
offers "types" "log rct" point create nightly --only db --type ""
offers "points" "1111-2222" changes db --from ""
offers "options" "--from" changes db --f
echo "1..$TEST_COUNT"
exit $FAILED
