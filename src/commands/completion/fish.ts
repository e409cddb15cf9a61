// Completion for fish: a line for each thing that may be typed, and under which command.
import { type CommandShape, firstWords, groupsOf, HEADER, quoted, type Values } from './shape.ts'

const quote = (text: string) => quoted(text.replaceAll('\\', '\\\\'), "\\'")

/** A file for a folder of completions, to be named holdfast.fish. */
export function fishCompletion(shapes: readonly CommandShape[]): string {
  const groups = groupsOf(shapes)
  const lines = [
    ...firstWords(shapes).map(([word, text]) => offer('""', `-a ${quote(word)}`, text)),
    offer('""', '-s h -l help', 'show help'),
    offer('""', '-l version', 'show version, commit and platform'),
    offer(
      'help',
      `-a ${quote(
        firstWords(shapes)
          .map(([word]) => word)
          .join(' '),
      )}`,
      '',
    ),
    ...shapes
      .filter(({ words }) => words.length > 1)
      .map(({ words, summary }) => offer(`"${words[0]}"`, `-a ${quote(words[1] ?? '')}`, summary)),
    ...shapes.flatMap(linesOf),
  ]
  return [
    '# fish completion for holdfast',
    `# ${HEADER}`,
    '',
    FUNCTIONS.replaceAll('GROUPS', groups.map(quote).join(' ')).replace('VALUED', valued(shapes)),
    'complete -c holdfast -f',
    ...lines,
    '',
  ].join('\n')
}

function linesOf({ name, flags, operands }: CommandShape): string[] {
  return [
    ...flags.map(({ name: flag, text, value }) =>
      offer(`"${name}"`, `-l ${flag}${value === null ? '' : ` ${argumentOf(value.values)}`}`, text),
    ),
    ...flags.flatMap(({ name: flag, value, isList }) =>
      value === null || !isList
        ? []
        : [
            `complete -c holdfast -n ${quote(`__holdfast_in "${name}" --${flag}`)} ${argumentOf(value.values).replace('-x', '-f -')}`,
          ],
    ),
    ...operands.flatMap(({ values, isRepeated }, at) => {
      if (values.kind === 'nothing') return []
      const condition = isRepeated ? `"${name}"` : `"${name}" ${at}`
      const action =
        values.kind === 'files' ? '-F' : argumentOf(values).replace(/^-x/, '-f ').trim()
      return [offer(condition, action.replace(/^-f +a/, '-f -a'), '')]
    }),
  ]
}

function offer(condition: string, what: string, text: string): string {
  const shown = text === '' ? '' : ` -d ${quote(text)}`
  return `complete -c holdfast -n ${quote(`__holdfast_at ${condition}`)} ${what}${shown}`
}

function argumentOf(values: Values): string {
  switch (values.kind) {
    case 'nothing':
      return '-x'
    case 'files':
      return '-r -F'
    case 'folders':
      return "-xa '(__fish_complete_directories)'"
    case 'codes':
      return "-xa '(__holdfast_codes)'"
    case 'words':
      return `-xa ${quote(values.words.join(' '))}`
    default:
      return values satisfies never
  }
}

/** For each command the flags whose next word is a value. */
function valued(shapes: readonly CommandShape[]): string {
  return shapes
    .map(({ name, flags }) => {
      const names = flags.filter(({ value }) => value !== null).map((flag) => `--${flag.name}`)
      return `        case ${quote(name)}\n            echo ${quote(` ${names.join(' ')} `)}`
    })
    .join('\n')
}

const FUNCTIONS = `function __holdfast_valued
    switch "$argv"
VALUED
    end
end

# Whether the words so far name this command, and, if a number is given, as many operands.
function __holdfast_at -a wanted count
    set -l words (commandline -opc)
    set -e words[1]
    set -l name
    set -l operands 0
    set -l valued ''
    set -l skip 0
    for word in $words
        if test (count $name) -eq 0
            set name $word
            contains -- "$name" GROUPS; or set valued (__holdfast_valued $name)
        else if test (count $name) -eq 1; and contains -- "$name" GROUPS
            set name $name $word
            set valued (__holdfast_valued $name)
        else if test $skip -eq 1
            set skip 0
        else if string match -q -- '-*' $word
            string match -q -- "* $word *" "$valued"; and set skip 1
        else
            set operands (math $operands + 1)
        end
    end
    test "$name" = "$wanted"; or return 1
    test -z "$count"; or test $operands -eq $count
end

# Whether the last flag of the command is this one, which takes words up to the next.
function __holdfast_in -a wanted flag
    __holdfast_at "$wanted"; or return 1
    set -l flags (commandline -opc | string match -- '-*')
    test (count $flags) -gt 0; and test "$flags[-1]" = "$flag"
end

function __holdfast_codes
    holdfast doctor --list 2>/dev/null | string match -r '^H\\d+ +\\S+' | string split -n ' ' | sort -u
end
`
