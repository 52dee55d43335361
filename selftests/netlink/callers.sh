#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Who may ask: see callers.c.

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/lib.sh
. "$HERE/../lib.sh"
require_program "$HERE/callers"
plan_begin

volume_make vol 16
# Its own KTAP; the trap takes the volume away.
"$HERE/callers"
exit $?
