// The one way to files: a folder is opened on a way that nobody else can bend, and all is done below its descriptor.
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  type Stats,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { codeOf, Refusal } from './file-error.ts'

/**
 * An open folder. Names are those of its entries and never paths; no link is followed below it.
 * Every call throws what the system says, or a `Refusal`.
 */
export interface Folder {
  /** For messages: the folder may have another place by now. */
  readonly path: string
  readonly stats: Stats
  /** Whether others than root and this process's user can change what stands here, or the way here. */
  readonly isShared: boolean
  names(): string[]
  /** What stands there, a link as itself; null for nothing. */
  look(name: string): Stats | null
  /** Opens a regular file that is there, or a FIFO. Whatever else stands there is not even touched. */
  open(name: string, flags: number, kind?: 'file' | 'fifo'): number
  /** Makes a regular file that must not be there yet, and opens it with these flags. */
  create(name: string, flags: number, mode: number): number
  /** Makes a folder where there is none. @returns whether it was made, with this mode and this owner */
  makeFolder(name: string, mode: number, owner?: Owner): boolean
  rename(from: string, to: string): void
  link(from: string, to: string): void
  remove(name: string): void
  /** Waits until names that came and went are on the disk. */
  sync(): void
}

export interface Owner {
  readonly uid: number
  readonly gid: number
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_CREAT, O_EXCL, O_NOCTTY } = constants
/** A descriptor that only leads on (open(2)): no leave to read is asked, and no device is touched. */
const O_PATH = 0o10000000
/** What statfs(2) calls /proc. */
const PROC_SUPER_MAGIC = 0x9fa0
const STICKY = 0o1000
const OTHERS_MAY_WRITE = 0o002
const GROUP_MAY_WRITE = 0o020
const OTHERS_MAY_READ = 0o004
/** As many as the kernel follows (path_resolution(7)). */
const MAX_LINKS = 40
const CIRCLE = 'its symbolic links lead in a circle: fix them'

/** Opens a folder for as long as `use` runs. */
export function inFolder<T>(path: string, use: (folder: Folder) => T): T {
  const { way } = walk(resolve(path))
  try {
    return use(folderOn(way, path))
  } finally {
    closeSync(way.descriptor)
  }
}

/**
 * Opens the folder that the last part of a path stands in, or would.
 *
 * @param follow whether a link there leads on where those before it do; folder and name are then
 *   those of what it leads to
 */
export function inFolderOf<T>(
  path: string,
  use: (folder: Folder, name: string) => T,
  { follow = false } = {},
): T {
  let full = resolve(path)
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const name = basename(full)
    const { way, real } = walk(dirname(full))
    try {
      const folder = folderOn(way, links === 0 ? dirname(path) : real)
      const stats = follow ? folder.look(name) : null
      if (stats === null && links > 0)
        throw new Refusal(`it leads to ${full}, and nothing is there`)
      if (folder.isShared || stats?.isSymbolicLink() !== true) return use(folder, name)
      full = resolve(real, readlinkSync(below(way, name)))
    } finally {
      closeSync(way.descriptor)
    }
  }
  throw new Refusal(CIRCLE)
}

/** Whom a new file in this folder belongs to where root makes it for the folder's owner. */
export function ownerOf({ stats }: Folder): Owner | undefined {
  return OWN_UID === 0 && stats.uid !== 0 ? stats : undefined
}

interface Way {
  /** Of the folder that it has come to. */
  readonly descriptor: number
  readonly stats: Stats
  /** Whether others than root and this process's user could have led here. */
  readonly isBent: boolean
}

/** @returns the open folder, and its path without links */
function walk(path: string): { readonly way: Way; readonly real: string } {
  let real = path
  for (let links = 0; links <= MAX_LINKS; links += 1) {
    const end = descend(real)
    if (typeof end !== 'string') return { way: end, real }
    real = end
  }
  throw new Refusal(CIRCLE)
}

/** @returns the folder at the end, or the path on which a link leads on */
function descend(path: string): Way | string {
  const names = path === '/' ? [] : path.slice(1).split('/')
  const root = openSync('/', O_PATH | O_DIRECTORY)
  let at: Way = { descriptor: root, stats: fstatSync(root), isBent: false }
  let here = '/'
  try {
    for (const [index, name] of names.entries()) {
      const next = step(at, name, here)
      closeSync(at.descriptor)
      if (typeof next === 'string') return resolve(here, next, ...names.slice(index + 1))
      at = next
      here = index === 0 ? `/${name}` : `${here}/${name}`
    }
    return at
  } catch (error) {
    closeSync(at.descriptor)
    if (codeOf(error) === 'ENOENT' && statSync(OPEN, { throwIfNoEntry: false }) === undefined)
      throw new Refusal(`${OPEN} is missing, without which no way is safe: mount /proc`)
    throw error
  }
}

/**
 * One folder on. A link is followed where only root and this process's user could have put it. Below a
 * folder that others can change there is none, and what is there is root's, this user's, or that
 * folder's owner's: he may shuffle what is his own, and leads nowhere else.
 *
 * @returns the folder, or where a link leads
 */
function step(at: Way, name: string, here: string): Way | string {
  const isShared = isSharedAt(at)
  const next = openNext(at, name)
  if (next === null) {
    if (isShared)
      throw new Refusal(
        `${resolve(here, name)} is a link, which others than root can change: put a folder there`,
      )
    return readlinkSync(below(at, name))
  }
  const stats = fstatSync(next)
  // In a sticky folder such as /tmp nobody moves what is another's.
  const isKept = !at.isBent && isTrusted(at.stats) && (at.stats.mode & STICKY) !== 0
  if (isShared && !isKept && !isTrusted(stats) && stats.uid !== at.stats.uid) {
    closeSync(next)
    throw new Refusal(
      `${resolve(here, name)} belongs neither to root nor to the owner of ${here}: chown it`,
    )
  }
  return { descriptor: next, stats, isBent: isShared && !(isKept && isTrusted(stats)) }
}

/** Opens a folder in an open folder; null for a link, but for one of the kernel's in its own /proc. */
function openNext(at: Way, name: string): number | null {
  const path = below(at, name)
  try {
    return openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW)
  } catch (error) {
    if (codeOf(error) !== 'ENOTDIR' || !lstatSync(path).isSymbolicLink()) throw error
    // What such a link says, /proc/PID/root for one, is not where it leads (proc(5)).
    const isOfProc = statfsSync(`${OPEN}/${at.descriptor}`).type === PROC_SUPER_MAGIC
    return isOfProc && !isSharedAt(at) ? openSync(path, O_PATH | O_DIRECTORY) : null
  }
}

/** An access control list shows in the group's bits, whosever the group is: they are its mask (acl(5)). */
function isSharedAt({ isBent, stats }: Way): boolean {
  const isOfMany = (stats.mode & (OTHERS_MAY_WRITE | GROUP_MAY_WRITE)) !== 0
  return isBent || isOfMany || !isTrusted(stats)
}

function isTrusted({ uid }: Stats): boolean {
  return uid === 0 || uid === OWN_UID
}

const OPEN = '/proc/self/fd'
const OWN_UID = process.geteuid?.()

/** An entry of an open folder: node:fs has no openat(2), but the kernel takes this for one (proc(5)). */
function below({ descriptor }: Way, name: string): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    throw new Refusal(`${JSON.stringify(name)} is no file name`)
  return `${OPEN}/${descriptor}/${name}`
}

function folderOn(way: Way, path: string): Folder {
  const at = (name: string) => below(way, name)
  const itself = `${OPEN}/${way.descriptor}`
  const isShared = isSharedAt(way)
  return {
    path,
    stats: way.stats,
    isShared,
    names: () => readdirSync(itself),
    look: (name) => lstatSync(at(name), { throwIfNoEntry: false }) ?? null,
    open(name, flags, kind = 'file') {
      return passOn(openSync(at(name), O_PATH | O_NOFOLLOW), (found) => {
        const why = flawOf(fstatSync(found), kind, isShared, flags !== O_RDONLY)
        if (why !== null) throw new Refusal(why)
        return openSync(`${OPEN}/${found}`, flags | O_NOCTTY)
      })
    },
    create: (name, flags, mode) => openSync(at(name), flags | O_CREAT | O_EXCL | O_NOFOLLOW, mode),
    makeFolder: (name, mode, owner) => makeFolder(at(name), mode, owner),
    rename: (from, to) => renameSync(at(from), at(to)),
    link: (from, to) => linkSync(at(from), at(to)),
    remove: (name) => unlinkSync(at(name)),
    sync: () => passOn(openSync(itself, O_RDONLY | O_DIRECTORY), fsyncSync),
  }
}

function passOn<T>(descriptor: number, use: (descriptor: number) => T): T {
  try {
    return use(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Why a file is not opened; null for none. Where others can change the folder, a second name may be
 * that of a file which they could not read or write themselves.
 */
function flawOf(
  stats: Stats,
  kind: 'file' | 'fifo',
  isShared: boolean,
  isWriting: boolean,
): string | null {
  if (stats.isSymbolicLink() && isShared)
    return 'it is a link in a folder that others than root can change: put the file itself there'
  if (kind === 'fifo') return stats.isFIFO() ? null : 'it is no FIFO'
  if (!stats.isFile()) return 'it is not a regular file: put a text file there'
  const isOpen = !isWriting && (stats.mode & OTHERS_MAY_READ) !== 0
  return isShared && stats.nlink > 1 && !isOpen
    ? 'it has another name elsewhere, in a folder that others than root can change: put a copy there'
    : null
}

function makeFolder(path: string, mode: number, owner: Owner | undefined): boolean {
  try {
    mkdirSync(path, 0o700)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
  return passOn(openSync(path, O_PATH | O_DIRECTORY | O_NOFOLLOW), (made) => {
    const itself = `${OPEN}/${made}`
    // Whoever can change the folder above may have put another one in its place.
    if (!isTrusted(fstatSync(made)) || readdirSync(itself).length > 0)
      throw new Refusal('somebody else has put another folder there: try again')
    if (owner !== undefined) chownSync(itself, owner.uid, owner.gid)
    chmodSync(itself, mode)
    return true
  })
}
