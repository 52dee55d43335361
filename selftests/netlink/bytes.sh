#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is in replies beside what they say: see bytes.c.

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/lib.sh
. "$HERE/../lib.sh"
require_program "$HERE/bytes"
plan_begin

# An odd length, so that there is padding behind it.
volume_make leaks 16 --granularity 4096
volume_make other 16
note "$(dmesg | grep -m 1 'mem auto-init')"
# Its own KTAP; the trap takes the volumes away.
"$HERE/bytes" leaks other
exit $?
