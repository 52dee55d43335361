# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# JSON for the shell tests, through one Python for the whole test. Sourced by lib.sh;
# the FIFOs are in $TMP.

JSON_SERVER=$(readlink -f "${BASH_SOURCE[0]%/*}/json_server.py")

# json_begin: the server, by whichever subshell needs it first. It is gone soon after
# the test.
json_begin()
{
	mkfifo "$TMP/turn" 2>/dev/null || return
	mkfifo "$TMP/ask" "$TMP/answer"
	python3 "$JSON_SERVER" "$TMP" $$ </dev/null >/dev/null 2>&1 &
	disown
}

# json EXPRESSION: Python's view of the JSON on standard input, as "d".
json()
{
	local turn answer out pid rc

	[ -p "$TMP/answer" ] || json_begin
	until [ -p "$TMP/answer" ]; do :; done
	# Standard output is another one while printf is redirected.
	exec {turn}<>"$TMP/turn" {answer}<>"$TMP/answer" {out}>&1
	# One at a time. Whoever was killed over it has not put it back.
	read -rN 1 -t 60 -u "$turn" _
	printf '%s %s\n%s\0' "$BASHPID" "$out" "$1" >"$TMP/ask"
	while read -r -t 60 -u "$answer" pid rc; do
		[ "$pid" != "$BASHPID" ] || break
	done
	printf . >&"$turn"
	exec {turn}>&- {answer}>&- {out}>&-
	return "${rc:-1}"
}
