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
	esac
	echo "--json --help"
}

# What may stand where no option does.
_refpoint_arguments()
{
	case $1 in
	format) compopt -o default ;;
	changes|volume*) _refpoint_words "$(_refpoint_keys name volume list)" ;;
	"collection create"|"collection list") ;;
	"collection add-member"|"collection remove-member")
		_refpoint_words "$(_refpoint_keys name collection list)
			$(_refpoint_keys name volume list)" ;;
	collection*|"point create"|"point list")
		_refpoint_words "$(_refpoint_keys name collection list)" ;;
	point*) _refpoint_words "$(_refpoint_keys id point list)" ;;
	job*) _refpoint_words "$(_refpoint_keys id job list)" ;;
	esac
}

_refpoint()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local verbs command
	local -A nouns=(
		[collection]="create destroy rename add-member remove-member list show"
		[point]="create list show destroy remove-data"
		[volume]="list show mark new-generation"
		[job]="list show wait cancel"
	)

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		_refpoint_words "format collection point changes volume job
			monitor help --version --json"
		return
	fi
	command=${COMP_WORDS[1]}
	verbs=${nouns[$command]-}
	if [ -n "$verbs" ]; then
		if [ "$COMP_CWORD" = 2 ]; then
			_refpoint_words "$verbs --help"
			return
		fi
		command="$command ${COMP_WORDS[2]}"
	fi
	case $prev in
	--data|--vendor)
		compopt -o default
		return ;;
	--from|--to)
		_refpoint_words "$(_refpoint_keys id point list)"
		return ;;
	--only|--except)
		_refpoint_words "$(_refpoint_keys name volume list)"
		return ;;
	--type)
		_refpoint_words "rct log"
		return ;;
	--consistency)
		_refpoint_words "application crash group-crash filesystem"
		return ;;
	esac
	case $cur in
	-*) _refpoint_words "$(_refpoint_options "$command")" ;;
	*) _refpoint_arguments "$command" ;;
	esac
}

complete -F _refpoint refpoint
