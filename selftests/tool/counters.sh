#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What `refpoint volume show` counts: each counter grows by what is done, and by no
# more. What goes to a metadata device is compared with that device's own account.

# shellcheck source=selftests/lib.sh
. "$(dirname "$(readlink -f "$0")")/../lib.sh"
plan_begin

volume_make other 16
volume_make vol 512
refpoint collection create both vol other >/dev/null || die "no collection"

# written: bytes, as the block layer has it
written()
{
	awk '{ print $7 * 512 }' "/sys/class/block/${META##*/}/stat"
}

# look: $BEFORE is what $NOW was; $NOW, and what the metadata device has written by then.
look()
{
	BEFORE=$NOW
	BYTES_BEFORE=$BYTES
	BYTES=
	while [ "$BYTES" != "$(written)" ]; do
		BYTES=$(written)
		NOW=$(refpoint volume show vol --json | json 'd["counters"]')
	done
}

# grew COUNTER: by how much
grew()
{
	json "d[1]['$1'] - d[0]['$1']" <<<"[$BEFORE, $NOW]"
}

# is EXPRESSION: true of the counters as they are, "d", and as they were, "was".
# shellcheck disable=SC2317
is()
{
	[ "$(json "bool((lambda was, d: $1)(*d))" <<<"[$BEFORE, $NOW]")" = true ]
}

# What an administrator reads as mean, last and longest of one kind.
# times KIND
times()
{
	same "$1: the time of this one is added" "$(json "d['$1-last-ns']" <<<"$NOW")" \
		"$(grew "$1-total-ns")"
	ok "$1: it took some, and less than a minute" is "0 < d['$1-last-ns'] < 60 * 10**9"
	ok "$1: the longest is the longest" \
		is "d['$1-longest-ns'] == max(was['$1-longest-ns'], d['$1-last-ns'])"
}

# same_bytes: as many were counted as the device has seen
same_bytes()
{
	same "the metadata device has seen as many bytes" "$((BYTES - BYTES_BEFORE))" \
		"$(grew metadata-bytes-written)"
	same "in blocks" "$((4096 * $(grew metadata-writes)))" "$(grew metadata-bytes-written)"
}

# --- writes ---------------------------------------------------------------------------

look
for ((i = 0; i < 8; i++)); do
	write_at /dev/mapper/vol $((i * 65536)) 4096 || die "cannot write"
done
look
same "writes to eight granules" 8 "$(grew writes)"
same "each is touched for the first time" 8 "$(grew first-touches)"
ok "they were armed for" is "d['arm-writes'] > was['arm-writes']"
same "with writes that have FUA" "$(grew arm-writes)" "$(grew metadata-fua-writes)"
same_bytes

dd if=/dev/zero of=/dev/mapper/vol bs=4k count=16 oflag=direct conv=notrunc status=none
look
same "writes to a granule that is known" 16 "$(grew writes)"
same "touch nothing for the first time" 0 "$(grew first-touches)"
same "and write no metadata" 0 "$(grew metadata-writes)"

dd if=/dev/mapper/vol of=/dev/null bs=4k count=16 iflag=direct status=none
dd if=/dev/zero of=/dev/mapper/vol bs=4k count=0 conv=notrunc,fsync status=none
look
same "reads and flushes are no writes" 0 "$(grew writes)"
blkdiscard --offset 8M --length 64K /dev/mapper/vol || die "cannot discard"
look
same "a discard is one" 1 "$(grew writes)"

# --- checkpoints and cuts ---------------------------------------------------------------

dmsetup message vol 0 checkpoint || die "no checkpoint"
look
same "a checkpoint" 1 "$(grew checkpoints)"
times checkpoint
ok "flushes the metadata device" is "d['metadata-flushes'] > was['metadata-flushes']"
ok "and writes the superblock with FUA" is "d['metadata-fua-writes'] > was['metadata-fua-writes']"
same_bytes
# Counted in the other phase from then on.
write_at /dev/mapper/vol 0 4096 || die "cannot write"
look
same "a write after it" 1 "$(grew writes)"

point_make both || die "no point"
look
same "a cut" 1 "$(grew cuts)"
times cut
same "which took all members as long" "$(json "d['cut-last-ns']" <<<"$NOW")" \
	"$(volume_field other 'd["counters"]["cut-last-ns"]')"
same_bytes
write_at /dev/mapper/vol 0 4096 || die "cannot write"
look
same "a write after it" 1 "$(grew writes)"

# --- regions armed ahead ------------------------------------------------------------------

dmsetup message vol 0 checkpoint || die "no checkpoint"
look
same "eight writes side by side arm nothing ahead" 0 "$(json "d['arms-ahead']" <<<"$NOW")"
dd if=/dev/zero of=/dev/mapper/vol bs=1M count=300 oflag=direct conv=notrunc status=none
look
ok "what is ahead of a stream is armed" is "d['arms-ahead'] > 60"
# Before the 1st, 2nd, 4th, 8th, 16th and 32nd; none of those that ask for more waits.
ok "and not waited for" is "d['arm-requests'] - was['arm-requests'] <= 6"
dmsetup message vol 0 checkpoint || die "no checkpoint"
look
ok "where it came to, that was of use" is "d['arms-ahead-used'] > 60"
ok "and not what is behind" is "0 < d['arms-ahead-wasted'] <= 32"
same "nothing else was armed ahead" "$(json "d['arms-ahead']" <<<"$NOW")" \
	"$(json "d['arms-ahead-used'] + d['arms-ahead-wasted']" <<<"$NOW")"

# --- the life of a table ---------------------------------------------------------------

ok "suspended" dmsetup suspend vol
look
same_bytes
same "nothing is forgotten" 0 "$(grew writes)"
ok "resumed" dmsetup resume vol
write_at /dev/mapper/vol 0 4096 || die "cannot write"
look
same "it counts on" 1 "$(grew writes)"
same_bytes

ok "another table" map_becomes vol "$TABLE"
look
same "counts from the beginning" 0 "$(json 'd["writes"]' <<<"$NOW")"
write_at /dev/mapper/vol 0 4096 || die "cannot write"
look
same "and counts" 1 "$(grew writes)"
plan_end
