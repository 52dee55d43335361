#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A list of changes outlives its point for as long as its lease: see lease.c.

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/lib.sh
. "$HERE/../lib.sh"
require_program "$HERE/lease"
plan_begin

volume_make vol 32
refpoint collection create c vol >/dev/null || die "no collection"
point_make c || die "no point"
for ((i = 0; i < 8; i++)); do
	write_at /dev/mapper/vol $((i * 2097152)) 4096
done
"$HERE/lease" vol "$POINT" 8
exit $?
