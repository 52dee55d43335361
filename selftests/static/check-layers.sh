#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The direction of the #include "..." lines in kmod/, lib/ and tools/ against
# the table in `layers`: nothing includes what lies above it, and every file
# has a layer. Output is KTAP.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# layer_of FOLDER STEM: its number, from 1; nothing if it has none. The first
# line that names it counts, so "core/*" is whatever of core/ came not before.
layer_of()
{
	awk -v want="[$1" -v stem="$2" '
		/^\[/ { inside = index($0, want ":") == 1; n = 0; next }
		/^#/ || !NF || !inside { next }
		{
			n++
			for (i = 1; i <= NF; i++) {
				re = $i
				gsub(/\*/, ".*", re)
				if (stem ~ "^" re "$") {
					print n
					exit
				}
			}
		}' "$HERE/layers"
}

# resolve FILE NAME: the file of the tree that #include "NAME" in FILE means.
resolve()
{
	local dir

	for dir in "${1%/*}" "$folder" lib uapi kmod; do
		[ -f "$dir/$2" ] || continue
		case $2 in
		*..*) realpath --relative-to=. "$dir/$2" ;;
		*) echo "$dir/$2" ;;
		esac
		return
	done
	return 1
}

# check_include FILE LAYER NAME
check_include()
{
	local file=$1 layer=$2 to theirs outside

	if ! to=$(resolve "$file" "$3"); then
		echo "$file includes \"$3\", which is nowhere"
		return
	fi
	case $to in
	"$folder"/*)
		to=${to#"$folder"/}
		theirs=$(layer_of "$folder" "${to%.h}")
		[ -z "$theirs" ] || [ "$theirs" -le "$layer" ] ||
			echo "$file (layer $layer) includes $to (layer $theirs) above it"
		;;
	*)
		outside=$(sed -n "s/^\[$folder: *\(.*\)\]/\1/p" "$HERE/layers")
		grep -qw -- "${to%.h}" <<<"$outside" ||
			exception "$file" "$to" ||
			echo "$file includes $to, which $folder/ may not"
		;;
	esac
}

# What a file may include besides, with the reason in `layers.allowed`.
exception()
{
	awk -v file="$1" -v to="$2" '
		!/^#/ && $1 == file && index(to, $2) == 1 { found = 1 }
		END { exit !found }' "$HERE/layers.allowed"
}

check_folder()
{
	local folder=$1 file stem layer name

	sources "$folder/*.c" "$folder/*.h" | grep -vE '/(probe|examples)/' |
		while read -r file; do
			stem=${file#"$folder"/}
			layer=$(layer_of "$folder" "${stem%.[ch]}")
			if [ -z "$layer" ]; then
				echo "$file has no layer in $HERE/layers"
				continue
			fi
			sed -n 's/^#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' "$file" |
				while read -r name; do
					check_include "$file" "$layer" "$name"
				done
		done | nothing
}

# The pure core also compiles in user space: no block layer, device mapper or
# netlink in it. core/port.h alone chooses between the two worlds.
core_is_pure()
{
	grep -nE '#[ \t]*include[ \t]*<linux/(blk|bio|device-mapper|dm-|fs|netlink|skb)|<net/' \
		kmod/core/*.[ch] | nothing
}

# The tool is as thin as it claims: no netlink of its own.
tools_have_no_netlink()
{
	grep -nE '#[ \t]*include[ \t]*<netlink/' tools/*.[ch] | nothing
}

kmod_layers() { check_folder kmod; }
lib_layers() { check_folder lib; }
tools_layers() { check_folder tools; }

# The check itself sees a line that points upward.
an_upward_include_is_seen()
{
	local folder=kmod

	check_include kmod/core/extent.c "$(layer_of kmod core/extent)" ../volume.h |
		grep -q 'above it'
}

ktap kmod_layers lib_layers tools_layers core_is_pure tools_have_no_netlink \
	an_upward_include_is_seen
