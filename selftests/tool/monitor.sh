#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `refpoint monitor`: when the module goes nothing would come any more, and it ends.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

# shellcheck disable=SC2317
has_ended() { ! kill -0 "$MONITOR" 2>/dev/null; }

monitor_begin "$TMP/events"
volume_make vol 16
refpoint collection create collection vol >/dev/null || die "no collection"
dmsetup remove vol
ok "it goes on when a volume goes" kill -0 "$MONITOR"
module_again || die "the module"
ok "it ends with the module" until_true has_ended
wait "$MONITOR"
same "and says so" 1 $?
like "it has told what came before" "collection .*created" "$(cat "$TMP/events")"

monitor_begin "$TMP/events"
map_make vol "0 $(sectors "$DATA") refpoint $META $DATA" || die "no volume"
ok "another one listens" until_true grep -q "volume .*active" "$TMP/events"
monitor_end
plan_end
