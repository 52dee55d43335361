#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Lists of changes in pages of every length: see pages.c.

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/lib.sh
. "$HERE/../lib.sh"
require_program "$HERE/pages"
plan_begin

volume_make vol 32 --granularity 4096
refpoint collection create c vol >/dev/null || die "no collection"
point_make c || die "no point"
# Its own KTAP; the trap takes the volume away.
"$HERE/pages" vol "$POINT" 2100
exit $?
