// The files that named's configuration is made of, found by following what it includes.
import { fact } from '../host.ts'
import { namedFact } from './named.ts'

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
