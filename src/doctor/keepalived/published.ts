// From the daemon's hand to keepalived's eye: the folder, the watch on it, and the files in it.
import { dirname } from 'node:path'
import type { Config } from '../../config/config.ts'
import { keepalivedCheck } from '../categories.ts'
import { type Finding, factOf, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { modelFact } from '../facts/keepalived-conf.ts'
import { type FileBlock, type Model, trackersOf } from '../facts/keepalived-model.ts'
import { configFact, foldersOf, instancesIn } from '../facts/loaded-config.ts'
import { statusFact } from '../facts/running-daemon.ts'
import { hasSystemd } from '../facts/systemd-unit.ts'
import { findingOf } from '../finding.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'
import { IN_FORCE } from './file.ts'
import { runningFact } from './installed.ts'
import { reload } from './service.ts'
import { ORDERED, SYNC } from './silent-misconfig.ts'

/** The folders of all files that some instance follows, each with its first file. */
const trackedFoldersFact = factOf({ model: modelFact }, ({ model }) => {
  const folders = foldersIn(model)
  return folders.size > 0 ? folders : skip('no instance tracks a file')
})

function foldersIn(model: Model): ReadonlyMap<string, FileBlock> {
  const names = new Set(
    model.instances
      .flatMap((instance) => trackersOf(instance, model))
      .filter((tracker) => tracker.kind === 'file')
      .map((tracker) => tracker.name),
  )
  const folders = new Map<string, FileBlock>()
  for (const file of model.files) {
    if (file.path === null || !names.has(file.name)) continue
    const folder = dirname(file.path)
    if (!folders.has(folder)) folders.set(folder, file)
  }
  return folders
}

function isMissing(host: Host, folder: string): boolean {
  const real = host.inspect.real(folder)
  return !real.ok && real.why !== 'denied'
}

/** Of the daemon's own folder. */
const MISSING = 'because of H127: the priority directory is missing'

export const FOLDER = keepalivedCheck({
  code: 'H218',
  title: 'Directory of every track_file exists',
  severity: 'fail',
  needs: { folders: trackedFoldersFact },
  async judge({ folders }, host) {
    const missing = [...folders].flatMap(([folder, { at, path }]) =>
      isMissing(host, folder) ? [{ folder, line: `${at}: track_file ${path}` }] : [],
    )
    if (missing.length === 0) return ok([...folders.keys()].join(', '))
    const { runDir } = await foldersOf(host)
    if (missing.every((problem) => problem.folder === `${runDir}/priority`)) return skip(MISSING)
    const names = missing.map((problem) => problem.folder)
    return trouble(
      `${names.join(', ')} does not exist, so keepalived cannot watch files in it`,
      missing.map((problem) => problem.line),
      await makeFolders(host, names),
    )
  },
})

/** What to type so that there are these folders, and keepalived notices. Those of holdfast are in tmpfiles.d. */
export async function makeFolders(host: Host, folders: readonly string[]): Promise<string[]> {
  const { runDir } = await foldersOf(host)
  const isOurs = (folder: string) => hasSystemd(host) && `${folder}/`.startsWith(`${runDir}/`)
  const others = folders.filter((folder) => !isOurs(folder))
  return [
    ...(others.length < folders.length ? ['systemd-tmpfiles --create'] : []),
    ...(others.length > 0 ? [shell`install -d -m 755 ${others}`] : []),
    await reload(host),
  ]
}

export const WATCH = keepalivedCheck({
  code: 'H219',
  title: 'keepalived has an inotify watch on track_file directories',
  severity: 'fail',
  explainedBy: [IN_FORCE, ORDERED, SYNC],
  needs: { folders: trackedFoldersFact, running: runningFact },
  async judge({ folders, running: { vrrp } }, host) {
    if ((await findingOf(host, FOLDER)).kind !== 'ok') return skip('a directory is missing')
    return judgeWatches(host, vrrp.pid, [...folders.keys()])
  },
})

/** Whether this process of keepalived's watches each of these folders, by their inodes. */
export async function judgeWatches(
  host: Host,
  pid: number,
  folders: readonly string[],
): Promise<Finding> {
  const watched = watchedInodes(host, pid)
  if (isSkip(watched)) return watched
  const dead = await unwatched(host, folders, watched)
  if (dead.length === 0) return ok(folders.join(', '))
  return trouble(
    `keepalived has no inotify watch on ${dead.map(({ folder }) => folder).join(', ')}`,
    [
      ...dead.map(({ folder, inode }) => `${folder}: inode ${inode}`),
      `keepalived watches inodes: ${[...watched].join(' ') || 'none'}`,
    ],
    [await reload(host)],
  )
}

function watchedInodes(host: Host, pid: number): ReadonlySet<number> | Skip {
  const names = host.inspect.list(`/proc/${pid}/fd`)
  if (!names.ok) return skip(`needs root: ${names.error}`)
  const inodes = new Set<number>()
  for (const name of names.value) {
    const link = host.inspect.link(`/proc/${pid}/fd/${name}`)
    if (!link.ok || !link.value.includes('inotify')) continue
    const info = host.inspect.text(`/proc/${pid}/fdinfo/${name}`)
    if (!info.ok) return skip(`needs root: ${info.error}`)
    for (const inode of inotifyInodes(info.value)) inodes.add(inode)
  }
  return inodes
}

/** "inotify wd:1 ino:9e7e sdev:800013 mask:…", a line for each watch, in hexadecimal (proc(5)). */
export function inotifyInodes(text: string): readonly number[] {
  return [...text.matchAll(/^inotify wd:\S+ ino:([0-9a-f]+)/gm)].map(([, hex]) =>
    Number.parseInt(hex ?? '', 16),
  )
}

/** A folder whose inode cannot be had counts as watched. */
async function unwatched(host: Host, folders: readonly string[], watched: ReadonlySet<number>) {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const run = await host.inspect.run('stat', ['--dereference', '--format=%i', '--', folder])
      const inode = run.ok && run.value.code === 0 ? Number(run.value.stdout) : null
      return inode === null || watched.has(inode) ? [] : [{ folder, inode }]
    }),
  )
  return found.flat()
}

export const FILES = keepalivedCheck({
  code: 'H220',
  title: 'Every priority file contains a number',
  severity: 'fail',
  needs: { config: configFact, status: statusFact },
  judge({ config, status }, host) {
    if (status.kind === 'missing')
      return skip(`the daemon has published no priority: ${status.why}`)
    if (isMissing(host, `${config.paths.runDir}/priority`)) return skip(MISSING)
    return judgeFiles(host, config)
  },
})

const TRACK_FILE_LIMIT_BYTES = 4096

function judgeFiles(host: Host, config: Config): Finding {
  const seen: string[] = []
  const lines: string[] = []
  for (const { name } of instancesIn(config)) {
    const path = `${config.paths.runDir}/priority/${name}`
    const read = host.inspect.text(path, TRACK_FILE_LIMIT_BYTES)
    if (!read.ok) lines.push(`${path}: ${read.error}`)
    else if (trackFileNumber(read.value) === null)
      lines.push(`${path}: ${JSON.stringify(read.value.slice(0, 40))}`)
    else seen.push(`${name} ${read.value.trim()}`)
  }
  if (lines.length === 0) return ok(seen.join(', '))
  return trouble('A priority file contains no number: keepalived uses priority 1', lines, [
    shell`ls -la ${`${config.paths.runDir}/priority`}`,
    hasSystemd(host) ? 'systemctl restart holdfast' : 'holdfast status',
  ])
}

/** A track file's number as strtol reads it with base 0, or null for what keepalived takes for 0. */
export function trackFileNumber(text: string): number | null {
  const match = /^\s*([+-]?)(0x[0-9a-f]+|0[0-7]*|[1-9]\d*)\s*$/i.exec(text)
  if (match === null) return null
  const digits = match[2] ?? ''
  const base = /^0x/i.test(digits) ? 16 : digits.startsWith('0') ? 8 : 10
  const value = Number.parseInt(digits.replace(/^0x/i, ''), base)
  return match[1] === '-' ? -value : value
}
