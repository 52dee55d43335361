# SPDX-License-Identifier: GPL-2.0-only
# bash completion for refpoint(8)

# The member KEY of each object of a JSON list, as one of our own commands
# prints it: objects of the list are indented by four blanks.
_refpoint_keys()
{
	local key=$1
	shift
	refpoint "$@" --json 2>/dev/null |
		sed -n 's/^    "'"$key"'": "\([^"]*\)".*/\1/p'
}

# Names of volumes may have blanks in them.
_refpoint_volumes()
{
	local name

	while read -r name; do
		printf -v name %q "$name"
		[[ $name != "$cur"* ]] || COMPREPLY+=("$name")
	done < <(_refpoint_keys name volume list)
}

_refpoint_words()
{
	mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_refpoint_options()
{
	case $1 in
	format) echo "--data --granularity --force --size-only" ;;
	changes) echo "--from --all --to --start --length --granularity \
		--merge-gap --allow-unknown --summary" ;;
	"collection create") echo "--id" ;;
	"point create") echo "--type --id --only --except --label --owner \
		--no-wait --consistency --require --deadline --cut-id --tag \
		--vendor" ;;
	"point list") echo "--owner" ;;
	"point destroy"|"point remove-data") echo "--force --owner" ;;
	"volume mark") echo "--start --length --reason" ;;
	"volume new-generation") echo "--reason" ;;
	"job wait") echo "--timeout" ;;
	repair) echo "--dry-run --yes --new-generation --new-identity" ;;
	esac
	echo "--json --help"
}

# What may stand where no option does.
_refpoint_arguments()
{
	case $1 in
	format|check|dump|repair) compopt -o default ;;
	changes|volume*) _refpoint_volumes ;;
	"collection create") _refpoint_volumes ;;
	"collection list") ;;
	"collection add-member"|"collection remove-member")
		_refpoint_words "$(_refpoint_keys name collection list)"
		_refpoint_volumes ;;
	collection*|"point create"|"point list")
		_refpoint_words "$(_refpoint_keys name collection list)" ;;
	point*) _refpoint_words "$(_refpoint_keys id point list)" ;;
	job*) _refpoint_words "$(_refpoint_keys id job list)" ;;
	esac
}

# The option that the word under the cursor belongs to: the last one before it.
_refpoint_list_option()
{
	local i

	for ((i = COMP_CWORD - 1; i > 0; i--)); do
		case ${COMP_WORDS[i]} in
		--only|--except) return 0 ;;
		-*) return 1 ;;
		esac
	done
	return 1
}

_refpoint()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local first=1 verbs command commands
	local -A nouns=(
		[collection]="create destroy rename add-member remove-member list show"
		[point]="create list show destroy remove-data"
		[volume]="list show mark new-generation"
		[job]="list show wait cancel"
	)

	COMPREPLY=()
	commands="format collection point changes volume job monitor
		metrics check dump repair"
	while ((first < COMP_CWORD)) && [ "${COMP_WORDS[first]}" = --json ]; do
		((first++))
	done
	if ((COMP_CWORD == first)); then
		_refpoint_words "$commands help --version --json"
		return
	fi
	command=${COMP_WORDS[first]}
	if [ "$command" = help ]; then
		if ((COMP_CWORD == first + 1)); then
			_refpoint_words "$commands"
		elif ((COMP_CWORD == first + 2)); then
			_refpoint_words "${nouns[$prev]-}"
		fi
		return
	fi
	verbs=${nouns[$command]-}
	if [ -n "$verbs" ]; then
		if ((COMP_CWORD == first + 1)); then
			_refpoint_words "$verbs --help"
			return
		fi
		command="$command ${COMP_WORDS[first + 1]}"
	fi
	case $prev in
	--data|--vendor)
		compopt -o default
		return ;;
	--from|--to)
		_refpoint_words "$(_refpoint_keys id point list)"
		return ;;
	--type)
		_refpoint_words "rct log"
		return ;;
	--consistency)
		_refpoint_words "application crash group-crash filesystem"
		return ;;
	esac
	case $cur in
	-*) _refpoint_words "$(_refpoint_options "$command")"
		return ;;
	esac
	if [ "$command" = "point create" ] && _refpoint_list_option; then
		_refpoint_volumes
		return
	fi
	_refpoint_arguments "$command"
}

complete -F _refpoint refpoint
