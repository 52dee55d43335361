#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Replies and dumps that do not fit: see replies.c.
#
#	RP_MEMBERS=n	so many volumes (66: more than the module looks at in one go)
#	RP_GAPS=n	so many gaps of one of them (4; a dump tells 32, and alone it tells 128)

HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source=selftests/lib.sh
. "$HERE/../lib.sh"
require_program "$HERE/replies"
plan_begin

MEMBERS=${RP_MEMBERS:-66}
GAPS=${RP_GAPS:-4}
DATA_SECTORS=128
META_SECTORS=4096
# A name has 127 characters at most.
LONG=$(printf '%0114d' 0)
mapfile -t NUMBERS < <(seq -f %04g 0 $((MEMBERS - 1)))
VOLUMES=("${NUMBERS[@]/#/replies-}")
VOLUMES=("${VOLUMES[@]/%/-$LONG}")

# All by one command: a process for each would take longer than the rest.
disks()
{
	local i at=0 disk=$1 n

	for n in "${NUMBERS[@]}"; do
		printf '%srd%s,,,rw,0 %d linear %s %d;' "$i" "$n" $DATA_SECTORS \
			"$disk" $at
		at=$((at + DATA_SECTORS))
		printf 'rm%s,,,rw,0 %d linear %s %d' "$n" $META_SECTORS "$disk" $at
		at=$((at + META_SECTORS))
		i=';'
	done
}

volumes()
{
	local i n m=/dev/mapper

	for n in "${NUMBERS[@]}"; do
		printf '%sreplies-%s-%s,,,rw,0 %d refpoint %s/rm%s %s/rd%s' "$i" \
			"$n" "$LONG" $DATA_SECTORS $m "$n" $m "$n"
		i=';'
	done
}

# What is written past the target is noticed by the volume when it comes: a gap in
# each interval, of which a point begins the next.
make_gaps()
{
	local i vol table

	vol=${VOLUMES[0]}
	table=$(dmsetup table "$vol")
	refpoint collection create gaps "$vol" >/dev/null || die "no collection"
	for ((i = 0; i < GAPS; i++)); do
		point_make gaps || die "no point"
		dmsetup remove "$vol" || die "the volume does not go"
		write_at /dev/mapper/rd0000 0 4096
		dmsetup create "$vol" --table "$table" || die "the volume does not come"
	done
	refpoint collection destroy gaps || die "the collection does not go"
}

disk_make replies $(((MEMBERS * (DATA_SECTORS + META_SECTORS) + 2047) / 2048))
MAPPED=("${NUMBERS[@]/#/rd}" "${NUMBERS[@]/#/rm}" "${VOLUMES[@]}")
dmsetup create --concise "$(disks "$DISK")" || die "no disks"
for n in "${NUMBERS[@]}"; do
	refpoint format "/dev/mapper/rm$n" --data "/dev/mapper/rd$n" >/dev/null ||
		die "format"
done
dmsetup create --concise "$(volumes)" || die "no volumes"
make_gaps
note "$MEMBERS volumes and $GAPS gaps after $SECONDS s"
# Its own KTAP.
"$HERE/replies" "$GAPS"
code=$?
# Here as well: one by one by the trap it would take a while.
dmsetup remove "${VOLUMES[@]}" &&
	dmsetup remove "${NUMBERS[@]/#/rd}" "${NUMBERS[@]/#/rm}" && MAPPED=()
exit $code
