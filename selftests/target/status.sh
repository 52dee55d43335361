#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dmsetup status is one line of fields and waits for nothing, not for a suspended
# device either; unknown messages are refused.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make vol 16
len=$(sectors "$DATA")
line=$(dmsetup status vol)
like "one line of fields" "^0 $len refpoint [^ ]+ .+" "$line"
same "one line" "1" "$(wc -l <<<"$line")"
like "the state" "refpoint active " "$line"
like "the generation" "$(volume_field vol generation)" "$line"

dmsetup suspend vol
ok "status of a suspended device" timeout 5 dmsetup status --noflush vol
like "says so" "suspended" "$(timeout 5 dmsetup status --noflush vol)"
ok "volume show of a suspended device" timeout 5 refpoint volume show vol
same "says so, too" "suspended" "$(volume_field vol state)"
ok "volume list" timeout 5 refpoint volume list
dmsetup resume vol
like "active again" "refpoint active " "$(dmsetup status vol)"

refused "an unknown message" "." dmsetup message vol 0 fly
refused "an empty message" "." dmsetup message vol 0 ""
refused "an unknown message with arguments" "." dmsetup message vol 0 a b c
like "status is as it was" "refpoint active " "$(dmsetup status vol)"
ok "nothing in the log" no_splat
plan_end
