// What a file of the bundle is taken from: a file's text, a program's words, a folder's listing.

import type { FileFacts } from '../../ports.ts'
import { octal } from '../facts/accounts.ts'
import type { Host } from '../host.ts'

export interface Part {
  /** Its path in the bundle. */
  readonly name: string
  /** How it is had, for the list of contents. */
  readonly from: string
  readonly take: (host: Host) => Promise<Taken> | Taken
}

export type Taken =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly why: string }

const MAX_FILE_BYTES = 16 * 1024 * 1024
const TAIL_CHARACTERS = 1024 * 1024
const PROGRAM_LIMIT_MS = 8000
const MAX_LISTED = 2000

/** A file, of a large one the end. */
export function file(name: string, path: string): Part {
  return {
    name,
    from: path,
    take({ inspect }) {
      const read = inspect.text(path, MAX_FILE_BYTES)
      return read.ok ? { ok: true, text: tailOf(read.value) } : { ok: false, why: read.error }
    },
  }
}

/** What a program says on both of its streams. Its failure is worth reading, too. */
export function program(name: string, command: string, args: readonly string[]): Part {
  return {
    name,
    from: [command, ...args].join(' '),
    async take({ inspect }) {
      const ran = await inspect.run(command, args, { limitMs: PROGRAM_LIMIT_MS })
      if (!ran.ok) return { ok: false, why: ran.error }
      const { code, stdout, stderr } = ran.value
      const ending = code === 0 ? '' : `\n(exit code ${code})\n`
      return { ok: true, text: `${tailOf(stdout)}${tailOf(stderr)}${ending}` }
    },
  }
}

/** Files one after the other, each below its path. */
export function files(name: string, paths: readonly string[]): Part {
  return {
    name,
    from: paths.join(' '),
    async take(host) {
      const texts = await Promise.all(
        paths.map(async (path) => {
          const taken = await file(name, path).take(host)
          return `== ${path}\n${taken.ok ? taken.text.trimEnd() : taken.why}\n`
        }),
      )
      return { ok: true, text: texts.join('\n') }
    },
  }
}

/** Names, sizes and owners of what is in a folder, and never what is in its files. */
export function listing(name: string, path: string): Part {
  return {
    name,
    from: `the names in ${path}`,
    take({ inspect }) {
      const names = inspect.list(path)
      if (!names.ok) return { ok: false, why: names.error }
      const lines = names.value.slice(0, MAX_LISTED).map((text) => {
        const stat = inspect.stat(`${path}/${text}`)
        return `${stat.ok ? factsText(stat.value) : stat.error}  ${text}`
      })
      return { ok: true, text: [`${names.value.length} in ${path}`, ...lines, ''].join('\n') }
    },
  }
}

function factsText({ kind, mode, uid, gid, sizeBytes, modifiedMs }: FileFacts): string {
  const modified = new Date(modifiedMs).toISOString()
  return `${kind} ${octal(mode)} ${uid}:${gid} ${sizeBytes} ${modified}`
}

/** From the beginning of a line on. */
function tailOf(text: string): string {
  if (text.length <= TAIL_CHARACTERS) return text
  const tail = text.slice(-TAIL_CHARACTERS)
  return `(the end of it)\n${tail.slice(tail.indexOf('\n') + 1)}`
}
