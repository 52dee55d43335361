#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The models of the cut and of a point on many members: each is explored to its
# last state, and each mutant of it has to be refuted by the invariant that is
# named beside it. Output is KTAP. Documentation/model.rst explains.

set -u
HERE=$(cd "$(dirname "$0")" && pwd -P)
command -v spin >/dev/null || {
	echo "1..0 # SKIP spin is not installed"
	exit 4
}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/refpoint-model.XXXXXX") || exit 1
trap 'rm -rf "$WORK"' EXIT
cp "$HERE"/*.pml "$WORK" && cd "$WORK" || exit 1

# What is explored: a model and its scope.
WHOLE=(
	"cut CHECKPOINT"	# writes, a cut, a checkpoint
	"cut CUTS"		# a write, two cuts, a checkpoint
	"cut GROUP"		# a cut of two volumes, another of one of them
	"cut APART"		# two cuts at once, of a volume each
	"point ALL"
)

# A model, its scope, the mutant, what it breaks.
MUTANTS=(
	"cut GROUP WORD_FIRST I1 now"
	"cut GROUP WORD_PER_VOLUME I4"
	"cut GROUP NO_SYNC I1 late"
	"cut GROUP NO_DRAIN I1 closed"
	"cut GROUP NO_LATE_MARK I1 now"
	"cut GROUP LATE_MARK_OLD I1 late"
	"cut GROUP COUNT_FIRST I1 now"
	"cut GROUP FLUSH_BEFORE_CUT I3"
	"cut GROUP UNDO_FORGETS I1 now"
	"cut GROUP MERGE_DISK_ONLY I1 now"
	"cut CHECKPOINT ARMED_EARLY I2"
	"cut CHECKPOINT ARMED_OUTSIDE_RCU I2"
	"cut CHECKPOINT KEEP_DROPPING I2"
	"cut CHECKPOINT COPY_FIRST I2"
	"cut CHECKPOINT DISARM_BEFORE_BITS I2"
	"cut CHECKPOINT NO_FLIP I2"
	"cut CHECKPOINT NO_SYNC_BEFORE_FLIP I2"
	"point ALL COMMIT_EARLY I4 exists"
	"point ALL COMMIT_ON_MISSING I4 exists"
	"point ALL VOID_ON_MISSING I4 void"
	"point ALL VOID_AFTER_COMMIT I4 half"
	"point ALL QUESTION_KEEPS_WORD I4 void"
	"point ALL RECORD_WITHOUT_CUT I4 half"
	"point ALL END_IN_TWO I4 guessed"
	"point ALL TOMBSTONES_NOT_LOADED I4 guessed"
	"point ALL DESTROYED_TOLD_FIRST O6 came back"
	"point ALL ID_REUSED O6 came back"
	"point ALL NONE_ASKED_ONCE I4 at the end"
)

count=0
failed=0

# result GOOD NAME: GOOD is 0 when it passed; what was said is in "said".
result()
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count $2"
	else
		echo "not ok $count $2"
		tail -n 60 said | sed 's/^/# /'
		failed=$((failed + 1))
	fi
}

# A mutant falls long before a better compiled verifier would pay.
SPEED=0

# explore MODEL DEFINITION...: the verifier's output goes to "said".
explore()
{
	local model=$1
	shift

	rm -f -- *.trail pan
	# An assertion is all that is looked for; deeper than -m is an error (-b).
	spin -a "$@" "$model.pml" >said 2>&1 &&
		gcc -w -O"$SPEED" -DSAFETY -o pan pan.c >>said 2>&1 &&
		./pan -b -m50000 -w23 >>said 2>&1
}

# To the last state, with nothing cut short, and nothing found.
explored()
{
	SPEED=1 explore "$1" "-DSCOPE_$2" && grep -q 'errors: 0$' said &&
		! grep -qE 'not completed|too small|truncated|out of memory' said
}

# refuted MODEL SCOPE MUTANT INVARIANT
refuted()
{
	explore "$1" "-DSCOPE_$2" "-DMUTANT_$3"
	[ -f "$1.pml.trail" ] || return 1
	spin -t "-DSCOPE_$2" "-DMUTANT_$3" "$1.pml" >>said 2>&1
	grep -qE "^ *broken: $4\$" said
}

# Both lists are of the same mutants: one that nobody runs proves nothing.
all_are_here()
{
	printf '%s\n' "${MUTANTS[@]}" | awk '{ print "MUTANT_" $3 }' | sort -u >listed
	grep -ohE 'MUTANT_[A-Z_]+' ./*.pml | sort -u | diff listed - >said
}

echo "TAP version 13"
echo "1..$((${#WHOLE[@]} + ${#MUTANTS[@]} + 1))"
for w in "${WHOLE[@]}"; do
	read -r model scope <<<"$w"
	explored "$model" "$scope"
	good=$?
	result $good "$model $scope: $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' said) states"
done
for m in "${MUTANTS[@]}"; do
	read -r model scope mutant breaks <<<"$m"
	refuted "$model" "$scope" "$mutant" "$breaks"
	result $? "$mutant breaks $breaks"
done
all_are_here
result $? "every mutant is run"
[ $failed = 0 ]
