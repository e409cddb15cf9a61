// named on this host: its program, its processes, and its configuration as it is written and as it was read.
import { isAlive } from '../../host/process-table.ts'
import { type Skip, skip } from '../doctor-check.ts'
import { fact, type Host } from '../host.ts'
import { type Process, processesFact } from './proc.ts'

export interface NamedFact {
  readonly program: NamedProgram
  /** Those that run, in this network namespace as far as that can be seen. */
  readonly processes: readonly Process[]
  /** The file that the process was told to read, or the usual one. */
  readonly confFile: string
  /** The folder that it was told to make its root; its files are below that. */
  readonly chroot: string | null
}

type NamedProgram =
  | { readonly kind: 'installed'; readonly version: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly why: string }

export const namedFact = fact(async (host): Promise<NamedFact> => {
  const [program, processes] = await Promise.all([findProgram(host), processesFact(host)])
  const own = processes.filter((process) => isNamed(host, process))
  const args = own[0]?.args ?? []
  return {
    program,
    processes: own,
    confFile: optionValue(args, 'c') ?? host.paths.namedConf,
    chroot: optionValue(args, 't'),
  }
})

async function findProgram(host: Host): Promise<NamedProgram> {
  const run = await host.inspect.run('named', ['-v'])
  if (run.ok) return { kind: 'installed', version: run.value.stdout.trim().split('\n')[0] ?? '' }
  return run.why === 'missing' ? { kind: 'missing' } : { kind: 'unknown', why: run.error }
}

/** Options with which named says something and ends: its version, its defaults, what options there are. */
const IN_PASSING = /^-[vVCh?]/

/** By its program where root may see that: one that is asked for a word alone serves nobody. */
function isNamed({ inspect }: Host, process: Process): boolean {
  const { pid, comm, args } = process
  if (comm !== 'named' || !isAlive(process) || args.some((arg) => IN_PASSING.test(arg)))
    return false
  const exe = inspect.link(`/proc/${pid}/exe`)
  return !exe.ok || /\/named( \(deleted\))?$/.test(exe.value)
}

/** Options as getopt reads them: "-c FILE" or "-cFILE"; the last one counts. */
export function optionValue(args: readonly string[], letter: string): string | null {
  const at = args.findLastIndex((arg) => arg.startsWith(`-${letter}`))
  const arg = args[at]
  if (arg === undefined) return null
  return arg.length > 2 ? arg.slice(2) : (args[at + 1] ?? null)
}

/** One statement: the words before its block, and the statements in it. */
export interface NamedStatement {
  /** Without the quotes; "!" before a word without a blank stays with it. */
  readonly words: readonly string[]
  readonly block: readonly NamedStatement[] | null
}

type NamedConf =
  /** As named would read it: included files in their place, secrets left out. */
  | { readonly kind: 'conf'; readonly file: string; readonly statements: readonly NamedStatement[] }
  /** What named-checkconf said against it, line by line. */
  | { readonly kind: 'refused'; readonly file: string; readonly said: readonly string[] }
  /** named-checkconf is not there, or may not read what it would have to. */
  | { readonly kind: 'unreadable'; readonly why: string }

const CHECK_LIMIT_MS = 4000

export const namedConfFact = fact(async (host): Promise<NamedConf> => {
  const { confFile, chroot } = await namedFact(host)
  const root = chroot === null ? [] : ['-t', chroot]
  // "-p" prints it all, and "-x" leaves the secrets out.
  const args = [...root, '-p', '-x', confFile]
  const run = await host.inspect.run('named-checkconf', args, { limitMs: CHECK_LIMIT_MS })
  if (!run.ok) return { kind: 'unreadable', why: run.error }
  const { code, stdout, stderr } = run.value
  if (code === 0) {
    const statements = parseNamedConf(withoutComplaints(stdout))
    if (statements !== null) return { kind: 'conf', file: confFile, statements }
    return { kind: 'unreadable', why: 'the output of named-checkconf is not valid' }
  }
  const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  if (isDenied(host, said)) return { kind: 'unreadable', why: `needs root: ${said[0]}` }
  return { kind: 'refused', file: confFile, said }
})

function isDenied({ inspect }: Host, said: readonly string[]): boolean {
  return inspect.uid !== 0 && said.some((line) => line.includes('permission denied'))
}

/** Warnings of a good file, "FILE:LINE: text", stand among what is printed. */
function withoutComplaints(text: string): string {
  return text.replace(/^\S+:\d+: .*$/gm, '')
}

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|([{};])|([^\s{};"]+))/y

/** Reads what `named-checkconf -p` prints, in which there are no comments; null for anything else. */
export function parseNamedConf(text: string): readonly NamedStatement[] | null {
  const top: NamedStatement[] = []
  const open: { words: string[]; into: NamedStatement[] }[] = []
  let into = top
  let statement: { words: string[]; block: NamedStatement[] | null } = { words: [], block: null }
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text)
    if (match === null) return null
    const [, quoted, mark, word] = match
    if (mark === undefined) statement.words.push(quoted ?? word ?? '')
    else if (mark === ';') {
      if (statement.words.length > 0 || statement.block !== null) into.push(statement)
      statement = { words: [], block: null }
    } else if (mark === '{') {
      open.push({ words: statement.words, into })
      into = []
      statement = { words: [], block: null }
    } else {
      const outer = open.pop()
      if (outer === undefined || statement.words.length > 0) return null
      statement = { words: outer.words, block: into }
      into = outer.into
    }
  }
  return open.length === 0 && statement.words.length === 0 ? top : null
}

/** The statements of a name, such as all zones. */
export function statementsOf(
  statements: readonly NamedStatement[] | null | undefined,
  name: string,
): readonly NamedStatement[] {
  return (statements ?? []).filter((statement) => statement.words[0] === name)
}

/** What is in the options block. */
export function optionsOf({ statements }: { readonly statements: readonly NamedStatement[] }) {
  return statementsOf(statements, 'options')[0]?.block ?? []
}

interface ConfFile {
  /** As named.conf names it. */
  readonly path: string
  /** Links followed, below named's own root where it has one. */
  readonly real: string
  readonly modifiedMs: number
}

const MAX_FILES = 200

/** Those that can be read; includes by pattern or relative name are not followed. */
export const namedFilesFact = fact(async (host): Promise<readonly ConfFile[]> => {
  const { inspect } = host
  const { confFile, chroot } = await namedFact(host)
  const files: ConfFile[] = []
  const waiting = [confFile]
  const seen = new Set<string>()
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (seen.has(path) || seen.size >= MAX_FILES) continue
    seen.add(path)
    const real = inspect.real(`${chroot ?? ''}${path}`)
    const facts = real.ok ? inspect.stat(real.value) : real
    const text = real.ok ? inspect.text(real.value) : real
    if (!real.ok || !facts.ok) continue
    files.push({ path, real: real.value, modifiedMs: facts.value.modifiedMs })
    if (text.ok) waiting.push(...includesIn(text.value))
  }
  return files
})

const PIECE = /"((?:[^"\\]|\\.)*)"|\/\/.*|#.*|\/\*[\s\S]*?\*\/|[^\s"/#{};]+|[^\s]/g

/** The numbers of the lines on which a statement of this name begins; comments are passed over. */
export function linesWith(keyword: string, text: string): readonly number[] {
  const lines: number[] = []
  let isStart = true
  for (const { 0: piece, index } of text.matchAll(PIECE)) {
    if (/^(\/\/|#|\/\*)/.test(piece)) continue
    if (isStart && piece === keyword) lines.push(text.slice(0, index).split('\n').length)
    isStart = /^[;{}]$/.test(piece)
  }
  return lines
}

/** Absolute names behind the word "include"; comments of all three kinds are passed over. */
export function includesIn(text: string): readonly string[] {
  const found: string[] = []
  let isNext = false
  for (const [piece, quoted] of text.matchAll(PIECE)) {
    if (/^(\/\/|#|\/\*)/.test(piece)) continue
    if (isNext && quoted?.startsWith('/')) found.push(quoted)
    isNext = piece === 'include'
  }
  return found
}

interface RndcStatus {
  readonly configuredMs: number
  readonly line: string
}

/** Asks for nothing that changes anything, and may ask in vain: rndc can be turned off. */
export const rndcFact = fact(async ({ inspect }): Promise<RndcStatus | Skip> => {
  const run = await inspect.run('rndc', ['status'])
  if (!run.ok) return notSeen(run.error)
  const { code, stdout, stderr } = run.value
  if (code !== 0) {
    const why = stderr.trim().split('\n')[0] ?? ''
    const denied = inspect.uid !== 0 && /permission denied/i.test(stderr)
    return notSeen(`${denied ? 'needs root: ' : ''}${why || 'rndc failed'}`)
  }
  return parseRndcStatus(stdout) ?? notSeen('rndc status says no time')
})

function notSeen(why: string): Skip {
  return skip(`when named read it cannot be seen: ${why}`)
}

/** When the configuration was read last, by start or reload: whole seconds, cut off. */
export function parseRndcStatus(text: string): RndcStatus | null {
  const line = /^last configured: (.*)$/m.exec(text)
  const configuredMs = Date.parse(line?.[1] ?? '')
  return Number.isNaN(configuredMs) ? null : { configuredMs, line: line?.[0] ?? '' }
}
