# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What the parts of the runner share: where things are, messages, packages.
# Sourced by `run`; standard output belongs to the command that `run` runs, so
# nothing here writes to it.

VMDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
TREE=$(cd "$VMDIR/../.." && pwd -P)
CACHE=${REFPOINT_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/refpoint}
JOBS=$(nproc)

# The status of a run that failed for a reason other than the command.
STATUS_BROKEN=125
# The status of a run that was stopped because it took too long.
STATUS_TIMEOUT=124
# The status of a machine that lost power because it was told to, as of SIGKILL.
STATUS_CUT=137
# The status when nobody reads the output any more, as of SIGPIPE in a shell.
STATUS_UNREAD=141

say()
{
	echo "vm: $*" >&2
}

die()
{
	say "$*"
	exit "$STATUS_BROKEN"
}

# hash_of TEXT...: a short name for the exact text.
hash_of()
{
	printf '%s\n' "$@" | sha256sum | cut -c1-12
}

# path_safe TEXT: TEXT without what make or a shell may expand in a path.
path_safe()
{
	printf '%s' "$1" | tr -c 'A-Za-z0-9._-' '_'
}

# locked NAME COMMAND...: one at a time over all users of the cache. A subshell
# holds the lock, so COMMAND cannot set variables of the caller.
locked()
{
	local name=$1
	shift
	mkdir -p "$CACHE/lock" || die "cannot write the cache $CACHE"
	(
		if ! flock -n 9; then
			say "waiting for another run that prepares $name"
			flock 9
		fi
		"$@" 9>&-
	) 9>"$CACHE/lock/$name"
}

# quietly LOG COMMAND...: runs COMMAND, shows its output only if it fails.
quietly()
{
	local log=$1
	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		tail -n 60 "$log" >&2
		say "failed: $* (all of it in $log)"
		return 1
	fi
}

apt_update()
{
	[ "$(id -u)" = 0 ] || return 0
	apt-get -qq -o DPkg::Lock::Timeout=600 update >&2 ||
		say "apt-get update failed, going on with the old lists"
}

# need_packages NAME...: installs what is missing of these packages.
need_packages()
{
	local p have missing=()

	have=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null)
	for p; do
		[[ $'\n'$have$'\n' == *$'\n'"$p installed"$'\n'* ]] || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "please install the packages: ${missing[*]}"
	locked apt install_packages "${missing[@]}" ||
		die "cannot install ${missing[*]}"
}

install_packages()
{
	say "installing $*"
	apt_update
	mkdir -p "$CACHE/log"
	DEBIAN_FRONTEND=noninteractive quietly "$CACHE/log/apt.$$" \
		apt-get -y -o DPkg::Lock::Timeout=600 install \
		--no-install-recommends "$@" &&
		rm -f "$CACHE/log/apt.$$"
}

# package_field NAME FIELD: of the newest version that can be had.
package_field()
{
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n "s/^$2: //p" | head -n 1
}

# package_version NAME
package_version()
{
	local v

	v=$(package_field "$1" Version)
	if [ -z "$v" ]; then
		apt_update
		v=$(package_field "$1" Version)
	fi
	[ -n "$v" ] || die "no package $1 to be had"
	echo "$v"
}

# unpack_package NAME VERSION DIR: the files of a package, not installed.
unpack_package()
{
	local dir=$3 tmp deb

	tmp=$(mktemp -d "$CACHE/unpack.XXXXXX") || return 1
	# Root's folders may be closed to the user that apt downloads as.
	if ! (cd "$tmp" && quietly "$tmp/log" apt-get \
		-o APT::Sandbox::User="$(id -un)" download "$1=$2"); then
		rm -rf "$tmp"
		return 1
	fi
	deb=$(echo "$tmp"/*.deb)
	mkdir -p "$dir" && dpkg -x "$deb" "$dir"
	set -- $?
	rm -rf "$tmp"
	return "$1"
}
