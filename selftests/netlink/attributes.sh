#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Malformed requests: see attributes.c.

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/lib.sh
. "$HERE/../lib.sh"
require_program "$HERE/attributes"
plan_begin

volume_make vol 16
# Its own KTAP; the trap takes the volume away.
"$HERE/attributes" vol
exit $?
