// Completion for bash: tables made from the definitions, and one function that finds its place in them.
import { type CommandShape, firstWords, groupsOf, HEADER, quoted, type Values } from './shape.ts'

const quote = (text: string) => quoted(text, "'\\''")

/** A script to be sourced, for bash 4 and later; it needs nothing else. */
export function bashCompletion(shapes: readonly CommandShape[]): string {
  const flags = shapes.map(({ name, flags }) => [
    name,
    flags.map((flag) => `--${flag.name}`).join(' '),
  ])
  const values = shapes.flatMap(({ name, flags }) =>
    flags.flatMap(({ name: flag, value, isList }) =>
      value === null
        ? []
        : [[`${name} --${flag}`, (isList ? 'list ' : '') + wordsOf(value.values)]],
    ),
  )
  const operands = shapes.flatMap(({ name, operands }) =>
    operands.map(({ values: offered, isRepeated }, at) => [
      `${name} ${isRepeated ? '*' : at}`,
      wordsOf(offered),
    ]),
  )
  const commands = [
    ['', [...firstWords(shapes).map(([word]) => word), '--help', '--version'].join(' ')],
    ...groupsOf(shapes).map((group) => [group, membersOf(shapes, group).join(' ')]),
  ]
  return [
    '# bash completion for holdfast                            -*- shell-script -*-',
    `# ${HEADER}`,
    '',
    table('_holdfast_commands', commands),
    table('_holdfast_flags', flags),
    table('_holdfast_values', values),
    table('_holdfast_operands', operands),
    BODY,
  ].join('\n')
}

function membersOf(shapes: readonly CommandShape[], group: string): string[] {
  return shapes.flatMap(({ words }) => (words[0] === group ? [words[1] ?? ''] : []))
}

function wordsOf(values: Values): string {
  return values.kind === 'words' ? `words ${values.words.join(' ')}` : values.kind
}

/** A function that prints the row of its argument; a star as the last word stands for any number. */
function table(name: string, rows: readonly (readonly string[])[]): string {
  const cases = rows.map(([key = '', row = '']) => {
    const pattern = key.endsWith('*') ? `${quote(key.slice(0, -1))}*` : quote(key)
    return `    ${pattern}) echo ${quote(row)} ;;`
  })
  return [`${name}() {`, '  case $1 in', ...cases, '  esac', '}', ''].join('\n')
}

const BODY = `_holdfast_codes() {
  local code category rest
  "\${COMP_WORDS[0]}" doctor --list 2>/dev/null | while read -r code category rest; do
    case $code in H[0-9]*) printf '%s\\n%s\\n' "$code" "$category" ;; esac
  done
}

# Offers what a row of the tables says, as far as it begins like the word under the cursor.
_holdfast_offer() {
  local cur=$1 row=$2 before=
  case $row in
    'list '*)
      row=\${row#list }
      case $cur in *,*) before=\${cur%,*}, cur=\${cur##*,} ;; esac
      ;;
  esac
  case $row in
    files) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames 2>/dev/null ;;
    folders) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); compopt -o filenames 2>/dev/null ;;
    codes) mapfile -t COMPREPLY < <(compgen -W "$(_holdfast_codes | sort -u)" -P "$before" -- "$cur") ;;
    'words '*) mapfile -t COMPREPLY < <(compgen -W "\${row#words }" -P "$before" -- "$cur") ;;
  esac
}

_holdfast() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command='' operands=0 flag='' row word i
  local -a words=()
  COMPREPLY=()
  # Readline parts words at "=", which we do not.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [ "$word" = = ] && [ \${#words[@]} -gt 0 ]; then
      words[-1]+='='
    elif [ \${#words[@]} -gt 0 ] && [[ \${words[-1]} == --*= ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  if [ "$cur" = = ]; then cur='' words[-1]+='='; fi
  if [ "\${words[0]}" = help ]; then words=("\${words[@]:1}"); fi

  for word in "\${words[@]}"; do
    if [ -z "$(_holdfast_flags "$command")" ]; then
      command=\${command:+$command }$word
    elif [[ $word == --*=?* ]]; then
      flag=''
    elif [[ $word == -* ]]; then
      flag=''
      row=$(_holdfast_values "$command \${word%=}")
      if [ -n "$row" ]; then flag=\${word%=}; fi
    elif [ -n "$flag" ]; then
      case $(_holdfast_values "$command $flag") in 'list '*) ;; *) flag='' ;; esac
    else
      operands=$((operands + 1))
    fi
  done

  if [ -z "$(_holdfast_flags "$command")" ]; then
    _holdfast_offer "$cur" "words $(_holdfast_commands "$command")"
  elif [ -n "$flag" ] && [[ $cur != -* ]]; then
    _holdfast_offer "$cur" "$(_holdfast_values "$command $flag")"
  elif [[ $cur == -* ]]; then
    _holdfast_offer "$cur" "words $(_holdfast_flags "$command")"
  else
    _holdfast_offer "$cur" "$(_holdfast_operands "$command $operands")"
  fi
}

complete -F _holdfast holdfast
`
