# Prints what bash would offer for a line, one a line.
#
#   usage: bash --norc bash-capture.sh COMPLETION-FILE LINE
source "$1"
line=$2
# Readline parts words at "=" as well.
read -ra COMP_WORDS <<<"${line//=/ = }"
case $line in *' ') COMP_WORDS+=('') ;; esac
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
complete -p holdfast >/dev/null || exit 1
_holdfast
if [ ${#COMPREPLY[@]} -gt 0 ]; then printf '%s\n' "${COMPREPLY[@]}"; fi
