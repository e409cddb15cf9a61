// What to do when a file may not be written: which group to join, or who else may. Shared by adapters.
import { lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import { readBounded } from './atomic-file.ts'

const GROUP_MAY_WRITE = 0o020

/**
 * A clause that says who may replace the file at `path`, or '' when leave is not what is missing.
 *
 * A rename needs leave to write into the folder: its group has it, or nobody but its owner.
 */
export function whoMayWrite(path: string): string {
  const folder = dirname(path)
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  if (stats === undefined || process.getuid?.() === 0 || mayWrite(stats)) return ''
  if ((stats.mode & GROUP_MAY_WRITE) === 0)
    return `; only ${nameOf('/etc/passwd', stats.uid)} may change files in ${folder}: use sudo`
  const group = nameOf('/etc/group', stats.gid)
  return `; the members of group ${group} may: join it by "usermod -aG ${group} USER", and log in again`
}

/** Who gives an order: the name before `sudo`, or that of the process's user. */
export function operatorName(): string {
  const name = process.env.SUDO_USER ?? process.env.LOGNAME ?? process.env.USER ?? ''
  return name === '' ? nameOf('/etc/passwd', process.getuid?.() ?? 0) : name
}

interface Folder {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

function mayWrite({ mode, uid, gid }: Folder): boolean {
  if (process.getuid?.() === uid) return true
  const groups = [process.getegid?.(), ...(process.getgroups?.() ?? [])]
  return (mode & GROUP_MAY_WRITE) !== 0 && groups.includes(gid)
}

/** The name of a user or group as the local files have it, else its number. */
function nameOf(file: string, id: number): string {
  const read = readBounded(file, 1 << 20)
  const lines = read.ok ? read.value.split('\n') : []
  return (
    lines.map((line) => line.split(':')).find((fields) => fields[2] === String(id))?.[0] ?? `${id}`
  )
}
