#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The tests of selftests/check: what goes wrong in a test program, or with the
# machine under it, is counted. Output is KTAP.
#
# usage: check_test.sh [vm|stuck]     vm: what needs a virtual machine; stuck: the
#                                     one of those that takes over a minute

set -u
HERE=$(cd "$(dirname "$0")" && pwd -P)
WORK=$(mktemp -d "${TMPDIR:-/tmp}/refpoint-meta.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
OPTIONS=()

# check PLACE WAY...: the runner's output for programs that go these ways. OPTIONS
# are more options.
check()
{
	local place=$1 way
	shift

	: >"$WORK/table"
	for way; do
		echo "$way | $place | $HERE/programs/says $way | 5 | check"
	done >"$WORK/table"
	rm -rf "$WORK/logs"
	"$HERE/../check" --no-build --table "$WORK/table" --logs "$WORK/logs" \
		"${OPTIONS[@]}" >"$WORK/out" 2>&1
	status=$?
}

# counts TOTAL STATUS PLACE WAY...: whether the last line is TOTAL.
counts()
{
	local want=$1 want_status=$2
	shift 2

	check "$@"
	[ "$(tail -n 1 "$WORK/out")" = "$want" ] && [ $status = "$want_status" ]
}

passes_are_counted() { counts "2 passed, 0 failed" 0 host pass; }
a_failure_is_one() { counts "1 passed, 1 failed" 1 host fail; }
a_failure_needs_no_status() { counts "0 passed, 1 failed" 1 host fail-quietly; }
a_skip_is_no_pass()
{
	counts "1 passed, 0 failed, 1 skipped" 0 host skip &&
		grep -q 'skipped: two: no unicorn' "$WORK/out"
}
only_skips_is_a_failure() { counts "0 passed, 0 failed, 1 skipped" 1 host skip-all; }
inner_results_are_not_counted() { counts "1 passed, 0 failed" 0 host subtests; }
silence_is_a_failure() { counts "0 passed, 1 failed" 1 host silent; }
a_missing_plan_is_a_failure() { counts "1 passed, 1 failed" 1 host no-plan; }
a_short_run_is_a_failure() { counts "1 passed, 1 failed" 1 host short; }
an_unexplained_status_is_a_failure() { counts "1 passed, 1 failed" 1 host liar; }
a_crash_is_a_failure() { check host crash; [ $status = 1 ] && grep -q failed: "$WORK/out"; }
a_hang_is_a_failure()
{
	counts "0 passed, 1 failed" 1 host hang &&
		grep -q 'stopped after 5 s' "$WORK/out"
}
a_bail_out_is_a_failure() { check host bail; [ $status = 1 ]; }
a_missing_program_is_a_failure() { check host nothing-of-the-kind; [ $status = 1 ]; }
failures_show_their_output()
{
	check host fail
	grep -q '| not ok 2 two' "$WORK/out"
}
a_late_test_is_skipped()
{
	local OPTIONS=(--budget 2)

	counts "1 passed, 0 failed, 1 skipped" 0 alone slow slower &&
		grep -q 'skipped: no time left' "$WORK/out"
}
too_many_late_is_a_failure()
{
	local OPTIONS=(--budget 2)

	counts "1 passed, 1 failed, 2 skipped" 1 alone slow slower slowest
}
no_test_at_all_is_a_failure() { counts "0 passed, 0 failed" 1 host; }

in_a_machine_too() { counts "3 passed, 1 failed" 1 uml pass fail; }
a_hang_in_a_machine() { counts "2 passed, 1 failed" 1 uml hang pass; }
a_dead_machine_spares_the_others()
{
	counts "4 passed, 1 failed" 1 uml pass die subtests clean &&
		grep -q 'the machine ended under it' "$WORK/out"
}
a_leftover_device_is_a_failure()
{
	counts "2 passed, 1 failed" 1 uml leave clean &&
		grep -q 'left behind: left-over' "$WORK/out"
}
late_in_a_machine()
{
	local OPTIONS=(--budget 2)

	counts "1 passed, 0 failed, 1 skipped" 0 uml slow slower
}
a_stuck_machine_is_given_up()
{
	counts "1 passed, 1 failed" 1 uml stop slow &&
		grep -q 'the machine ended under it' "$WORK/out"
}

TESTS="passes_are_counted a_failure_is_one a_failure_needs_no_status
	a_skip_is_no_pass only_skips_is_a_failure inner_results_are_not_counted
	silence_is_a_failure a_missing_plan_is_a_failure a_short_run_is_a_failure
	an_unexplained_status_is_a_failure a_crash_is_a_failure
	a_hang_is_a_failure a_bail_out_is_a_failure
	a_missing_program_is_a_failure failures_show_their_output
	a_late_test_is_skipped too_many_late_is_a_failure
	no_test_at_all_is_a_failure"
case ${1:-} in
vm)
	TESTS="in_a_machine_too a_hang_in_a_machine
		a_dead_machine_spares_the_others a_leftover_device_is_a_failure
		late_in_a_machine"
	;;
stuck) TESTS=a_stuck_machine_is_given_up ;;
esac

n=0 failed=0
echo "TAP version 13"
# shellcheck disable=SC2086
echo "1..$(echo $TESTS | wc -w)"
for t in $TESTS; do
	n=$((n + 1))
	if $t; then
		echo "ok $n $t"
	else
		echo "not ok $n $t"
		sed 's/^/# /' "$WORK/out"
		failed=$((failed + 1))
	fi
done
[ $failed = 0 ]
