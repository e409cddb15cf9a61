// A folder of somebody else's, one of a group's and one of root's, and a program that swaps what stands in the first two.
import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

/** Nobody, who stands for the daemon's user and for a member of the group. */
const UID = 65534
const GROUP = 4242
/** In memory, where syncing costs nothing. */
const MEMORY = '/dev/shm'

export const SECRET = 'for the eyes of root alone'

export interface Place extends Disposable {
  /** The daemon's user's, as /var/lib/holdfast is. */
  readonly theirs: string
  /** Root's, and the group may write, as a folder of orders may be. */
  readonly shared: string
  /** Root's alone: `secret` is in it. */
  readonly outside: string
  /** Makes a folder of somebody else's, or of root's. */
  folder(path: string, owner?: 'theirs' | 'root'): string
  file(path: string, text: string): string
  /** Makes `path` and a link to `target` change places from now on, as somebody else. */
  swap(path: string, target: string): Promise<void>
  /** All that can be seen of what is outside. */
  sight(): readonly unknown[]
}

export function createPlace(): Place {
  const base = mkdtempSync(join(MEMORY, 'holdfast-hostile-'))
  chmodSync(base, 0o755)
  const children: ChildProcess[] = []
  const [theirs, shared, outside] = ['theirs', 'shared', 'outside'].map((name) => join(base, name))
  const place = { theirs, shared, outside } as Record<'theirs' | 'shared' | 'outside', string>
  for (const path of Object.values(place)) mkdirSync(path, { mode: 0o755 })
  chownSync(place.theirs, UID, UID)
  chownSync(place.shared, 0, GROUP)
  chmodSync(place.shared, 0o2775)
  chmodSync(place.outside, 0o700)
  writeFileSync(join(place.outside, 'secret'), SECRET, { mode: 0o600 })
  return {
    ...place,
    folder(path, owner = 'theirs') {
      mkdirSync(path)
      if (owner === 'theirs') chownSync(path, UID, UID)
      return path
    },
    file(path, text) {
      writeFileSync(path, text)
      return path
    },
    async swap(path, target) {
      const link = `${path}.link`
      symlinkSync(target, link)
      const words = [`--reuid=${UID}`, `--regid=${GROUP}`, '--clear-groups']
      const program = join(import.meta.dir, 'exchange.pl')
      const child = spawn('setpriv', [...words, 'perl', program, path, link], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      await new Promise((resolve) => child.stdout?.once('data', resolve))
    },
    sight: () =>
      [place.outside, ...readdirSync(place.outside).map((text) => join(place.outside, text))].map(
        (path) => {
          const { ino, mode, uid, gid, size, nlink, mtimeMs, ctimeMs } = lstatSync(path)
          const text = lstatSync(path).isFile() ? readFileSync(path, 'utf8') : ''
          return { path, ino, mode, uid, gid, size, nlink, mtimeMs, ctimeMs, text }
        },
      ),
    [Symbol.dispose]() {
      for (const child of children) child.kill('SIGKILL')
      rmSync(base, { recursive: true, force: true })
    },
  }
}
