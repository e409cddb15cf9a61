// A program that keepalived is told to run: where it is, who may run it, and who could change it.
import { dirname, normalize } from 'node:path'
import type { FileFacts } from '../../ports.ts'
import { octal, type User } from '../facts/accounts.ts'
import type { Host } from '../host.ts'

type Found =
  /** `path` is without links in it, and `written` as keepalived is told. */
  | { readonly kind: 'found'; readonly path: string; readonly written: string }
  | { readonly kind: 'missing'; readonly why: string }
  | { readonly kind: 'not-executable'; readonly why: string }
  /** Not for this user's eyes. */
  | { readonly kind: 'unseen' }

/** The first word of a command, which may be in single quotes. */
export function programOf(command: string): string {
  const match = /^\s*(?:'([^']*)'|(\S+))/.exec(command)
  return match?.[1] ?? match?.[2] ?? ''
}

/** Where keepalived looks for a name without a folder. */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** @param by who is to run it; without, only its presence counts */
export function findProgram(host: Host, program: string, by: User | null = null): Found {
  const paths = program.includes('/') ? [program] : FOLDERS.map((folder) => `${folder}/${program}`)
  for (const path of paths) {
    const real = host.inspect.real(path)
    const facts = real.ok ? host.inspect.stat(real.value) : real
    if (!facts.ok && facts.why === 'missing') continue
    if (!real.ok || !facts.ok) return { kind: 'unseen' }
    if (facts.value.kind === 'file' && (by === null || mayExecute(facts.value, by))) {
      return { kind: 'found', path: real.value, written: normalize(path) }
    }
    const mode = octal(facts.value.mode)
    const who = by === null ? '' : ` by ${by.name}`
    const why = `${path} (${facts.value.kind}, mode ${mode}) is not executable${who}`
    return { kind: 'not-executable', why }
  }
  return { kind: 'missing', why: `${program} does not exist` }
}

/** Groups beside a user's first one are not asked for. */
function mayExecute({ mode, uid, gid }: FileFacts, by: User): boolean {
  if (by.uid === 0) return (mode & 0o111) !== 0
  if (by.uid === uid) return (mode & 0o100) !== 0
  return (mode & (by.gid === gid ? 0o010 : 0o001)) !== 0
}

/** What makes keepalived remove a script of root's: a part of its path, and what is wrong with it. */
export interface Flaw {
  readonly part: string
  readonly why: string
}

/**
 * The part of a path that belongs to, or can be changed by, somebody else than root; null when there
 * is none.
 */
export function notOfRoot(host: Host, path: string): Flaw | null {
  return flawOnTheWay(path, (part) => {
    const facts = host.inspect.stat(part)
    if (facts.ok && facts.value.uid !== 0) return 'does not belong to root'
    if (facts.ok && isOthersToo(facts.value)) return 'can be modified by users other than root'
    return null
  })
}

/** The innermost folder of a path that is a link; null when none is. */
export function linkedFolder(host: Host, path: string): Flaw | null {
  return flawOnTheWay(dirname(path), (part) => {
    const facts = host.inspect.stat(part)
    return facts.ok && facts.value.kind === 'link' ? 'is a symbolic link' : null
  })
}

function flawOnTheWay(path: string, whyNot: (part: string) => string | null): Flaw | null {
  for (let part = path; ; part = dirname(part)) {
    const why = whyNot(part)
    if (why !== null) return { part, why }
    if (part === '/' || part === '.') return null
  }
}

/** A link has no mode. In a sticky folder such as /tmp nobody can replace what is another's. */
function isOthersToo({ kind, mode, gid }: FileFacts): boolean {
  if (kind === 'link' || (kind === 'folder' && (mode & 0o1000) !== 0)) return false
  return (mode & 0o002) !== 0 || (gid !== 0 && (mode & 0o020) !== 0)
}
