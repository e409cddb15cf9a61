// `holdfast render-config`: the configuration of other programs, generated from the one of holdfast.

import { isatty } from 'node:tty'
import { readIn, replaceIn } from '../../adapters/atomic-file.ts'
import { attempt, codeOf, refused } from '../../adapters/file-error.ts'
import { type Folder, inFolderOf } from '../../adapters/folder.ts'
import type { Arguments, Io } from '../../cli/command.ts'
import { EXIT } from '../../cli/exit-code.ts'
import { usageError } from '../../cli/usage.ts'
import { type Diagnostic, formatDiagnostics } from '../../config/text/diagnostic.ts'
import { didYouMean } from '../../config/text/suggest.ts'
import { withoutSecrets } from '../../keepalived/configuration.ts'
import type { Result } from '../../ports.ts'
import { unifiedDiff } from '../../view/diff.ts'
import { COLOURED, PLAIN, type Style, wantsColour } from '../../view/style.ts'
import { RENDER_CONFIG } from '../setup-definitions.ts'
import { KINDS, type Kind, type RenderedFile, renderKinds } from './render-kinds.ts'

type RenderArguments = Arguments<typeof RENDER_CONFIG>

const STDOUT = 1
const STDERR = 2
const NAME = 'holdfast render-config'

/** As diff(1) has it: 1 is a difference, 2 is trouble. */
const DIFFERS = 1
const TROUBLE = 2

const MAX_INSTALLED_BYTES = 4 * 1024 * 1024
const FOR_ALL = 0o644
const FOR_OWNER = 0o600
const FOLLOW = { follow: true } as const

/** Documents and differences go to stdout, everything about them to stderr. */
export async function run(args: RenderArguments, io: Io): Promise<number> {
  const { flags } = args
  const kinds = kindsOf(args.operands[0])
  const error = kinds === null ? unknownKind(args.operands[0]) : usageErrorOf(args, kinds)
  if (kinds === null || error !== null) {
    return usageError(RENDER_CONFIG, `${error}`, io)
  }
  const compares = flags.diff || flags.check
  const rendering = renderKinds(flags.config, kinds)
  switch (rendering.kind) {
    case 'refused':
      sayDiagnostics(rendering.diagnostics, io)
      return EXIT.usage
    case 'failed':
      io.err(`${NAME}: ${rendering.why}`)
      return compares ? TROUBLE : EXIT.failed
    case 'rendered':
      break
    default:
      return rendering satisfies never
  }
  for (const note of rendering.notes) io.err(`${NAME}: ${note}`)
  const passed = rendering.documents
    .map((outcome) => sayResult(outcome, io))
    .every((outcome) => outcome)
  if (compares) {
    return passed ? compare(rendering.documents, flags, io) : TROUBLE
  }
  if (flags.output === undefined) {
    print(rendering.documents, io)
    return passed ? EXIT.ok : EXIT.failed
  }
  return passed ? install(rendering.documents, flags.output, io) : EXIT.failed
}

function kindsOf(word = 'keepalived'): readonly Kind[] | null {
  if (word === 'all') return KINDS
  const kind = KINDS.find((candidate) => candidate === word)
  return kind === undefined ? null : [kind]
}

function unknownKind(kind = ''): string {
  return `unknown kind "${kind}"; ${didYouMean(kind, RENDER_CONFIG.operands[0].choices)}`
}

function usageErrorOf({ flags }: RenderArguments, kinds: readonly Kind[]): string | null {
  if (flags.output === undefined || kinds.length === 1) return null
  return '--output takes one kind, not "all"'
}

function sayDiagnostics(diagnostics: readonly Diagnostic[], io: Io): void {
  io.err(formatDiagnostics(diagnostics, { colour: wantsColour(isatty(STDERR), process.env) }))
}

/** Whether the program that will read it takes it, as far as that can be found out here. */
function sayResult({ kind, tester, result }: RenderedFile, io: Io): boolean {
  switch (result?.kind) {
    case undefined:
    case 'accepted':
      return true
    case 'absent':
      io.err(`${NAME}: ${kind}: not validated: ${tester} is not installed on this host`)
      return true
    case 'barred':
      io.err(`${NAME}: ${kind}: not validated: ${tester} needs root`)
      return true
    case 'refused':
      io.err(`${NAME}: ${kind}: rejected by ${tester}:`)
      for (const line of result.said) io.err(`  ${line}`)
      return false
    default:
      return result satisfies never
  }
}

function print(documents: readonly RenderedFile[], io: Io): void {
  const [first] = documents
  if (first !== undefined && documents.length === 1) {
    io.out(first.shown)
  } else {
    io.out(
      documents
        .map((document) => `# ==> ${document.installedAt} <==\n${document.shown}`)
        .join('\n'),
    )
  }
  for (const { secret, kind } of documents) {
    if (secret) io.err(`${NAME}: ${kind}: the secret is shown as ***; --output FILE writes it`)
  }
}

function compare(
  documents: readonly RenderedFile[],
  flags: RenderArguments['flags'],
  io: Io,
): number {
  const style = wantsColour(isatty(STDOUT), process.env) ? COLOURED : PLAIN
  let differs = false
  for (const document of documents) {
    const path = flags.output ?? document.installedAt
    const installed = readInstalled(path)
    if (!installed.ok) {
      io.err(`${NAME}: ${installed.error}`)
      return TROUBLE
    }
    if (
      installed.value?.text === document.text &&
      isPrivateEnough(installed.value.mode, document)
    ) {
      continue
    }
    differs = true
    if (flags.diff) showDiff(path, installed.value, document, style, io)
  }
  return differs ? DIFFERS : EXIT.ok
}

function isPrivateEnough(mode: number, { secret }: RenderedFile): boolean {
  return !secret || (mode & 0o077) === 0
}

function showDiff(
  path: string,
  installed: { readonly text: string; readonly mode: number } | null,
  document: RenderedFile,
  style: Style,
  io: Io,
): void {
  const before = {
    name: installed === null ? '/dev/null' : path,
    // A secret that somebody installed is none of a terminal's business either.
    text: withoutSecrets(installed?.text ?? ''),
  }
  const lines = unifiedDiff(before, { name: `${path} (rendered)`, text: document.shown })
  if (lines.length > 0) io.out(lines.map(({ kind, text }) => PAINT[kind](style)(text)).join('\n'))
  if (lines.length > 0 || installed === null) return
  if (installed.text !== document.text) io.err(`${NAME}: ${path}: only the secret differs`)
  else io.err(`${NAME}: ${path} contains a secret and is readable by others (chmod 600)`)
}

const PAINT = {
  head: (style: Style) => style.strong,
  hunk: (style: Style) => style.faint,
  same: () => (text: string) => text,
  gone: (style: Style) => style.bad,
  new: (style: Style) => style.good,
} as const

function install([document]: readonly RenderedFile[], path: string, io: Io): number {
  if (document === undefined) return EXIT.failed
  const done = installText(path, document.text, document.secret)
  if (!done.ok) {
    io.err(`${NAME}: ${done.error}`)
    return EXIT.failed
  }
  const hint = done.value === 'written' ? `; next: ${document.next}` : ''
  io.err(`${NAME}: ${path}: ${done.value}${hint}`)
  return EXIT.ok
}

interface Installed {
  readonly text: string
  /** Permission bits. */
  readonly mode: number
}

/** What is installed at a path; null when nothing is. */
export function readInstalled(path: string): Result<Installed | null> {
  try {
    return { ok: true, value: inFolderOf(path, installedIn, FOLLOW) }
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? { ok: true, value: null } : refused('read', path, error)
  }
}

/**
 * Writes atomically; a file that is as it should be is left alone.
 *
 * @param isSecret whether nobody but the owner may read it; otherwise an installed file keeps its mode
 */
export function installText(
  path: string,
  text: string,
  isSecret: boolean,
): Result<'written' | 'unchanged'> {
  const replace = (folder: Folder, name: string) => {
    const installed = installedIn(folder, name)
    const mode = isSecret ? FOR_OWNER : (installed?.mode ?? FOR_ALL)
    if (installed?.text === text && installed.mode === mode) return 'unchanged'
    replaceIn(folder, name, text, { mode, durable: true })
    return 'written'
  }
  return attempt('write', path, () => inFolderOf(path, replace, FOLLOW))
}

function installedIn(folder: Folder, name: string): Installed | null {
  try {
    const { text, stats } = readIn(folder, name, MAX_INSTALLED_BYTES)
    return { text, mode: stats.mode & 0o777 }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
