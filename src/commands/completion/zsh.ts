// Completion for zsh: a function for its completion system, with a specification for each command.
import { type CommandShape, firstWords, groupsOf, HEADER, quoted, type Values } from './shape.ts'

const quote = (text: string) => quoted(text, "'\\''")

/** A file for a folder of $fpath, to be named _holdfast; sourcing it after compinit does as well. */
export function zshCompletion(shapes: readonly CommandShape[]): string {
  const branches = [
    ...shapes.filter(({ words }) => words.length === 1).map((shape) => branch(shape, 0)),
    ...groupsOf(shapes).map((group) => groupBranch(shapes, group)),
  ]
  return [
    '#compdef holdfast',
    `# ${HEADER}`,
    '',
    CODES,
    described('_holdfast_commands', firstWords(shapes)),
    '_holdfast() {',
    '  local curcontext=$curcontext state line ret=1',
    '  typeset -A opt_args',
    '  _arguments -C -S \\',
    "    '(- *)'{-h,--help}'[show help]' \\",
    "    '(- *)--version[show version, commit and platform]' \\",
    "    '1: :_holdfast_commands' '*:: :->arguments' && ret=0",
    '  [[ $state == arguments ]] || return ret',
    '  case $line[1] in',
    '    help) _holdfast_commands && ret=0 ;;',
    ...branches,
    '  esac',
    '  return ret',
    '}',
    '',
    'if [[ $funcstack[1] == _holdfast ]]; then _holdfast "$@"; else compdef _holdfast holdfast; fi',
    '',
  ].join('\n')
}

function branch(shape: CommandShape, depth: number): string {
  const indent = ' '.repeat(4 + depth * 4)
  const specs = [...shape.flags.map(flagSpec), ...operandSpecs(shape)]
  const list = specs.map((spec) => `${indent}    ${quote(spec)}`).join(' \\\n')
  return `${indent}${shape.words.at(-1)})\n${indent}  _arguments -S \\\n${list} && ret=0\n${indent}  ;;`
}

function groupBranch(shapes: readonly CommandShape[], group: string): string {
  const members = shapes.filter(({ words }) => words[0] === group)
  const offered = members.map(({ words, summary }) => `${words[1]}\\:"${plain(summary)}"`).join(' ')
  return [
    `    ${group})`,
    `      _arguments -C -S ${quote(`1: :((${offered}))`)} '*:: :->members' && ret=0`,
    '      [[ $state == members ]] || return ret',
    '      case $line[1] in',
    ...members.map((shape) => branch(shape, 1)),
    '      esac',
    '      ;;',
  ].join('\n')
}

function flagSpec({ name, text, value, isList }: CommandShape['flags'][number]): string {
  const shown = `[${plain(text)}]`
  if (value === null) return `--${name}${shown}`
  const action = `${value.label}:${actionOf(value.values)}`
  return `${isList ? '*' : ''}--${name}=${shown}:${action}`
}

/** The words after a list's first are its values as well, where a command has no operands. */
function operandSpecs({ flags, operands }: CommandShape): string[] {
  const list = operands.length === 0 ? flags.find(({ isList }) => isList)?.value : null
  if (list) return [`*:${list.label}:${actionOf(list.values)}`]
  return operands.map(
    ({ label, values, isRepeated }, at) =>
      `${isRepeated ? '*' : at + 1}:${label}:${actionOf(values)}`,
  )
}

function actionOf(values: Values): string {
  switch (values.kind) {
    case 'nothing':
      return ' '
    case 'files':
      return '_files'
    case 'folders':
      return '_files -/'
    case 'codes':
      return '_holdfast_codes'
    case 'words':
      return `(${values.words.join(' ')})`
    default:
      return values satisfies never
  }
}

/** What brackets, colons and quotes would mean to a specification. */
function plain(text: string): string {
  return text.replace(/[[\]:]/g, '\\$&').replaceAll('"', '')
}

function described(name: string, rows: readonly (readonly [string, string])[]): string {
  const list = rows.map(([word, text]) => `    ${quote(`${word}:${text}`)}`)
  return [
    `${name}() {`,
    '  local -a commands=(',
    ...list,
    '  )',
    '  _describe command commands',
    '}',
    '',
  ].join('\n')
}

const CODES = `_holdfast_codes() {
  local -a lines
  local line
  local -aU codes
  lines=(\${(f)"$(_call_program codes holdfast doctor --list 2>/dev/null)"})
  for line in $lines; do
    [[ $line == H[0-9]* ]] && codes+=(\${\${(z)line}[1,2]})
  done
  compset -P '*,'
  compadd -S '' -a codes
}
`
