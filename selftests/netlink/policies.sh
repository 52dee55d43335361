#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's account of its policies: see policies.c.

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/lib.sh
. "$HERE/../lib.sh"
require_program "$HERE/policies"
plan_begin

volume_make vol 16
# Its own KTAP; the trap takes the volume away.
"$HERE/policies"
exit $?
