// What a completion offers, made from the definitions: the same for every shell.
import type { CommandDefinition } from '../../cli/command.ts'

/** What may stand in a place. */
export type Values =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'files' }
  | { readonly kind: 'folders' }
  /** The codes and categories of the doctor, which `holdfast doctor --list` knows. */
  | { readonly kind: 'codes' }
  | { readonly kind: 'words'; readonly words: readonly string[] }

export interface FlagShape {
  readonly name: string
  readonly text: string
  /** null for a switch. */
  readonly value: { readonly label: string; readonly values: Values } | null
  /** Takes all words up to the next flag. */
  readonly isList: boolean
}

export interface CommandShape {
  /** As it is typed after the program's name: "config check". */
  readonly name: string
  readonly words: readonly string[]
  readonly summary: string
  readonly flags: readonly FlagShape[]
  readonly operands: readonly {
    readonly label: string
    readonly values: Values
    readonly isRepeated: boolean
  }[]
}

const HELP: FlagShape = { name: 'help', text: 'show help', value: null, isList: false }

export function shapesOf(definitions: readonly CommandDefinition[]): CommandShape[] {
  return definitions.map(({ words, summary, flags, operands }) => ({
    name: words.join(' '),
    words,
    summary,
    flags: [
      ...Object.entries(flags).map(([name, flag]): FlagShape => {
        const { kind, text } = flag
        if (kind === 'switch') return { name, text, value: null, isList: false }
        const choices = kind === 'value' ? flag.choices : undefined
        const value = { label: flag.value, values: valuesOf(flag.value, choices) }
        return { name, text, value, isList: kind === 'list' }
      }),
      HELP,
    ],
    operands: operands.map(({ name, choices, repeated }) => ({
      label: name,
      values: valuesOf(name, choices),
      isRepeated: repeated === true,
    })),
  }))
}

/** Definitions name a value after what it is, which tells what to offer. */
function valuesOf(label: string, choices: readonly string[] | undefined): Values {
  if (choices !== undefined) return { kind: 'words', words: choices }
  if (label === 'FILE' || label === 'PATH' || label === 'SCENARIO') return { kind: 'files' }
  if (label === 'DIR') return { kind: 'folders' }
  if (label === 'CODE') return { kind: 'codes' }
  return { kind: 'nothing' }
}

/** The first words of all commands, each with what it does; a group says so. */
export function firstWords(
  shapes: readonly CommandShape[],
): readonly (readonly [string, string])[] {
  const found = new Map<string, string>()
  for (const { words, summary } of shapes) {
    const [first = ''] = words
    if (!found.has(first)) found.set(first, words.length === 1 ? summary : `${first} …`)
  }
  return [...found, ['help', 'Show the help of a command']]
}

/** Words that only group commands, such as "config". */
export function groupsOf(shapes: readonly CommandShape[]): string[] {
  return [...new Set(shapes.flatMap(({ words }) => (words.length > 1 ? [words[0] ?? ''] : [])))]
}

/** A text in single quotes, for any of the shells: none of ours has a newline in it. */
export function quoted(text: string, quote: string): string {
  return `'${text.replaceAll("'", quote)}'`
}

export const HEADER = 'Generated from the command definitions of holdfast. Do not edit.'
