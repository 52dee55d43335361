#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a write to a known granule reads lies in cache lines of its own: nothing that
# is stored to while a volume is in use shares one with it, or each store would cost
# every other processor a miss. Read by pahole from the module as it is built for a
# kernel of many processors. And its code calls nothing that could take a lock, and
# has no locked instruction, but where a branch leaves the path. Output is KTAP.
#
# usage: layout.sh KERNEL      (of selftests/vm/run)

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
KERNEL=${1:?usage: layout.sh KERNEL}
KDIR=$(selftests/vm/run --kernel "$KERNEL" --kdir) || exit 1
LINE=64
OBJECT=$WORK/copy/kmod/target.o

builds()
{
	command -v pahole >/dev/null || {
		echo "pahole is not installed"
		return 4
	}
	mkdir "$WORK/copy"
	sources Kbuild kmod uapi | cpio -pdm --quiet "$WORK/copy"
	make -s -C "$KDIR" M="$WORK/copy" kmod/target.o kmod/write.o \
		>"$WORK/log" 2>&1 || {
		cat "$WORK/log"
		return 1
	}
	pahole -C rp_volume "$OBJECT" | grep -q 'struct rp_view' || {
		echo "no debugging information for $KERNEL"
		return 4
	}
}

# members STRUCT: "name first-line last-line" of each member, as $OBJECT has it.
members()
{
	pahole -c $LINE -C "$1" "$OBJECT" |
		sed -nE 's#^\t[^\t].*[ *(]([a-z_]+)(\)\(.*\)|(\[[0-9]+\])*)( __attribute__\(\(.*\)\))*; */\* +([0-9]+) +([0-9]+) \*/$#\1 \5 \6#p' |
		while read -r name offset size; do
			echo "$name $((offset / LINE)) $(((offset + size - 1) / LINE))"
		done
}

# apart STRUCT READ FIXED: no member is in a line with one of READ, but for those
# themselves and for FIXED, which are not stored to while the volume is active.
apart()
{
	members "$1" | awk -v name="$1" -v read="$2" -v fixed="$3" '
		BEGIN {
			n = split(read, r)
			for (i = 1; i <= n; i++)
				hot[r[i]] = 1
			n = split(fixed, f)
			for (i = 1; i <= n; i++)
				ok[f[i]] = 1
		}
		{
			nr++
			member[nr] = $1; first[nr] = $2; last[nr] = $3
			for (l = $2; l <= $3 && $1 in hot; l++)
				line[l] = line[l] " " $1
			seen[$1] = 1
		}
		END {
			for (m in hot)
				if (!(m in seen))
					print name " has no member " m
			for (i = 1; i <= nr; i++)
				for (l = first[i]; l <= last[i]; l++)
					if (l in line && !(member[i] in hot) && !(member[i] in ok))
						print name "." member[i] " is in a line with" line[l]
		}' | nothing
}

# An object that is allocated for itself shares no line when its size is of lines.
fills_lines()
{
	local s size

	for s; do
		size=$(pahole -c $LINE -C "$s" "$OBJECT" | sed -n 's#.*/\* size: \([0-9]*\),.*#\1#p')
		[ "${size:-1}" -gt 0 ] && [ $((${size:-1} % LINE)) = 0 ] ||
			echo "struct $s has ${size:-no} bytes"
	done | nothing
}

# target.c: refpoint_map(), write.c: rp_write_init(), rp_write_admit(), rp_write_end().
VOLUME_READ="view inflight arm geo ti read_only"
VOLUME_FIXED="dev uuid"

volume() { apart rp_volume "$VOLUME_READ" "$VOLUME_FIXED"; }
arm_map() { apart rp_arming armed nr_regions && apart rp_arm map ""; }
allocated_for_themselves() { fills_lines rp_volume rp_arm rp_view rp_tracker; }
# Of a table; nothing of it changes between a resume and a suspend.
target() { apart rp_target "vol origin degraded" "ti metadata features bypass why"; }

# code FUNCTION OBJECT: its instructions, with what they refer to.
code()
{
	objdump -dr --no-show-raw-insn "$WORK/copy/kmod/$2" |
		awk -v head="<$1>:" '$2 == head { on = 1 } on && !NF { exit } on'
}

# calls FUNCTION OBJECT NAME...: it calls nothing else, but what every function does
# that may be traced or returns by a thunk.
calls()
{
	local function=$1 object=$2
	shift 2

	code "$function" "$object" >"$WORK/code"
	grep -q . "$WORK/code" || echo "no function $function"
	sed -nE 's/.*R_X86_64_(PLT32|PC32)[ \t]+([a-z_][A-Za-z0-9_]*)-0x.*/\2/p' "$WORK/code" |
		sort -u | grep -vxE '__fentry__|__x86_return_thunk|rp_epoch' |
		grep -vxF -f <(printf '%s\n' "$@") | sed "s/^/$function calls /"
}

# The last line of each: where a branch leaves the path.
path_calls_no_lock()
{
	{
		calls refpoint_map target.o dm_per_bio_data bio_associate_blkg \
			rp_write_init rp_write_admit \
			rp_ahead_ready rp_arm_queue rp_origin_flush_begin
		calls refpoint_end_io target.o dm_per_bio_data rp_write_end \
			rp_origin_flush_end
		calls rp_write_init write.o
		# New, zeroed and discarded, late.
		calls rp_write_admit write.o __rcu_read_lock __rcu_read_unlock \
			rp_tracker_mark rp_zeroing_admit \
			_raw_spin_lock_irqsave _raw_spin_unlock_irqrestore
		calls rp_write_end write.o __rcu_read_lock __rcu_read_unlock \
			rp_tracker_mark rp_zeroing_end \
			_raw_spin_lock_irqsave _raw_spin_unlock_irqrestore
	} | nothing
}

# rp_write_admit() and rp_write_end() have some, for new marks and late ends.
path_has_no_locked_instruction()
{
	{
		code refpoint_map target.o
		code refpoint_end_io target.o
		code rp_write_init write.o
	} | grep -E '[[:space:]](lock|xchg)[[:space:]]' | nothing
}

another_call_is_seen()
{
	calls refpoint_map target.o dm_per_bio_data | grep -q 'calls rp_arm_queue$'
}

a_counter_among_them_is_seen()
{
	local OBJECT=$WORK/planted.o

	cat >"$WORK/planted.c" <<-END
	struct rp_volume { void *view; int ref; } planted;
	END
	gcc -g -c -o "$OBJECT" "$WORK/planted.c" || return 1
	apart rp_volume view "" | grep -q '^rp_volume.ref is in a line with view$' &&
		! fills_lines rp_volume >/dev/null
}

ktap builds volume arm_map allocated_for_themselves target a_counter_among_them_is_seen \
	path_calls_no_lock path_has_no_locked_instruction another_call_is_seen
