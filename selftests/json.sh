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
	mkfifo "$TMP/json.turn" 2>/dev/null || return
	mkfifo "$TMP/json.ask" "$TMP/json.answer"
	python3 "$JSON_SERVER" "$TMP" $$ </dev/null >/dev/null 2>&1 &
	disown
}

# json EXPRESSION: Python's view of the JSON on standard input, as "d".
json()
{
	local turn ask answer out pid rc

	[ -p "$TMP/json.answer" ] || json_begin
	until [ -p "$TMP/json.answer" ]; do
		[ -d "$TMP" ] || return 1
		sleep 0.1
	done
	# Standard output is another one while printf is redirected.
	exec {turn}<>"$TMP/json.turn" {ask}<>"$TMP/json.ask" {answer}<>"$TMP/json.answer" {out}>&1
	# One at a time. Who is killed over it does not put the turn back.
	if read -rN 1 -t 60 -u "$turn" _; then
		printf '%s %s %s\n' "$BASHPID" "$out" "${1//$'\n'/ }" >&"$ask"
		while read -r -t 120 -u "$answer" pid rc; do
			[ "$pid" != "$BASHPID" ] || break
		done
		printf . >&"$turn"
	fi
	exec {turn}>&- {ask}>&- {answer}>&- {out}>&-
	return "${rc:-1}"
}
