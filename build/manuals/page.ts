// A manual page for a command, and the one for all of them, in the macros of man(7).
import type { CommandDefinition, FlagDefinition } from '../../src/cli/command.ts'
import { ABOUT, ENVIRONMENT, FILES, PROGRAM } from './about.ts'
import { bold, escaped, example, italic, line, paragraphs, section, tagged } from './roff.ts'

/** "holdfast-config-check", the name of the page of a command. */
export function pageName({ words }: CommandDefinition): string {
  return ['holdfast', ...words].join('-')
}

export function commandPage(
  definition: CommandDefinition,
  version: string,
  others: readonly CommandDefinition[],
): string {
  const { words, summary, flags, operands, examples } = definition
  const about = ABOUT[words.join(' ')] ?? []
  const files = FILES.filter(({ flag }) => Object.hasOwn(flags, flag))
  return [
    ...heading(pageName(definition), version),
    section('NAME'),
    `${escaped(pageName(definition))} \\- ${escaped(lowered(summary))}`,
    section('SYNOPSIS'),
    synopsis(definition),
    section('DESCRIPTION'),
    ...paragraphs([`${summary}.`, ...about]),
    ...(operands.length === 0 ? [] : [section('OPERANDS')]),
    ...operands.flatMap(({ name, text }) => tagged(italic(name), [text])),
    section('OPTIONS'),
    ...Object.entries(flags).flatMap(([name, flag]) => option(name, flag)),
    ...tagged(`${bold('-h')}, ${bold('--help')}`, ['show help']),
    section('EXIT STATUS'),
    ...exitRows(definition).flatMap(({ code, text }) => tagged(bold(code), [text])),
    section('EXAMPLES'),
    ...examples.flatMap(({ command, text }, at) => [
      ...(at === 0 ? [] : ['.PP']),
      line(`${raised(text)}:`),
      ...example([command]),
    ]),
    ...(files.length === 0 ? [] : [section('FILES')]),
    ...files.flatMap(({ path, text }) => tagged(italic(path), [text])),
    section('SEE ALSO'),
    seeAlso(['holdfast', ...others.filter((other) => other !== definition).map(pageName)]),
    '',
  ].join('\n')
}

export function programPage(definitions: readonly CommandDefinition[], version: string): string {
  return [
    ...heading('holdfast', version),
    section('NAME'),
    `holdfast \\- ${escaped(PROGRAM.summary)}`,
    section('SYNOPSIS'),
    `${bold('holdfast')} ${italic('COMMAND')} [${italic('FLAGS')}]`,
    '.br',
    `${bold('holdfast --version')}`,
    section('DESCRIPTION'),
    ...paragraphs(PROGRAM.about),
    section('COMMANDS'),
    line('Each has a manual page of its own, and explains itself with --help.'),
    ...definitions.flatMap((definition) =>
      tagged(bold(definition.words.join(' ')), [`${definition.summary}.`]),
    ),
    section('EXIT STATUS'),
    line('0 is success, 1 failure, and 2 wrong usage, where the page of the command says no more.'),
    section('ENVIRONMENT'),
    ...ENVIRONMENT.flatMap(({ name, text }) => tagged(bold(name), [text])),
    section('FILES'),
    ...FILES.flatMap(({ path, text }) => tagged(italic(path), [text])),
    section('SEE ALSO'),
    seeAlso(definitions.map(pageName), ['keepalived(8)', 'keepalived.conf(5)', 'named(8)']),
    '',
  ].join('\n')
}

/** Without a date: the same source gives the same bytes. */
function heading(name: string, version: string): string[] {
  return [
    `.\\" Generated from the command definitions of holdfast. Do not edit.`,
    `.TH ${escaped(name.toUpperCase())} 1 "" "holdfast ${escaped(version)}" "holdfast"`,
    '.ad l',
    '.nh',
  ]
}

function synopsis({ words, operands }: CommandDefinition): string {
  const shown = operands.map(({ name, required, repeated }) => {
    const text = `${italic(name)}${repeated === true ? '...' : ''}`
    return required ? text : `[${text}]`
  })
  return [bold(['holdfast', ...words].join(' ')), `[${italic('FLAGS')}]`, ...shown].join(' ')
}

function option(name: string, flag: FlagDefinition): string[] {
  if (flag.kind === 'switch') {
    const short = flag.short === undefined ? '' : `${bold(`-${flag.short}`)}, `
    return tagged(`${short}${bold(`--${name}`)}`, [flag.text])
  }
  const tag = `${bold(`--${name}`)} ${italic(flag.value)}`
  if (flag.kind === 'list') return tagged(`${tag}...`, [flag.text])
  const given = flag.default === undefined ? '' : ` (default: ${flag.default})`
  return tagged(tag, [`${flag.text}${given}`])
}

/** A row without a code goes on with the one before it. */
function exitRows({ exits }: CommandDefinition): { code: string; text: string }[] {
  const rows: { code: string; text: string }[] = []
  for (const { code, text } of exits) {
    const last = rows.at(-1)
    if (code === '' && last !== undefined) last.text += ` ${text}`
    else rows.push({ code, text })
  }
  return rows
}

function seeAlso(pages: readonly string[], others: readonly string[] = []): string {
  const own = pages.map((name) => `${bold(name)}(1)`)
  const foreign = others.map((name) =>
    name.replace(/^(.+)(\(\d\))$/, (_, page, part) => bold(page) + part),
  )
  return [...own, ...foreign].join(',\n')
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function raised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
