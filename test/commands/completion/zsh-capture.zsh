# Prints what zsh would offer for a line: in a terminal of its own, with compadd watched.
#
#   usage: zsh -f zsh-capture.zsh COMPLETION-FILE LINE
zmodload zsh/zpty || exit 3
completion=$1 line=$2

inner() {
  zpty -w z "$1"
}

zpty z zsh -f -i
inner 'PROMPT= RPROMPT= PS2=; unsetopt prompt_cr prompt_sp; stty -echo -onlcr'
inner 'autoload -Uz compinit && compinit -u -D; LISTMAX=0'
inner "source ${(q)completion}"
inner 'null-line() { print "\0END\0"; exit }; zle -N null-line; bindkey "^M" accept-line; bindkey "^J" accept-line'
# The matches of each call are taken down instead of being shown; what is for other uses is let through.
inner 'compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "$@"; return $?; fi
  typeset -a __hits
  builtin compadd -A __hits "$@"
  local hit
  for hit in "${__hits[@]}"; do print -r -- "HIT ${hit}"; done
  builtin compadd "$@"
}'
inner 'finish() { zle complete-word; print -r -- "DONE"; exit }; zle -N finish; bindkey "^X" finish'
inner 'print READY'
zpty -r z seen '*READY*READY*' 2>/dev/null || zpty -r z seen '*READY*'
zpty -n -w z "$line"$'\C-X'
integer tries=0
output=
while (( tries++ < 2000 )) && [[ $output != *DONE* ]]; do
  zpty -r z chunk || break
  output+=$chunk
done
print -r -- "$output"
zpty -d z
