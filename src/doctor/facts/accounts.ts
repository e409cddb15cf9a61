// Users and groups by name and number, as the local files have them.
import type { Host } from '../host.ts'

/** The name of a user; its number where the local files do not know it. */
export function userName(host: Host, uid: number): string {
  return nameIn(host, '/etc/passwd', uid)
}

export function groupName(host: Host, gid: number): string {
  return nameIn(host, '/etc/group', gid)
}

/** The number of a user, given by name or number; null where the local files do not know it. */
export function userId(host: Host, user: string): number | null {
  if (/^\d+$/.test(user)) return Number(user)
  const entry = entriesOf(host, '/etc/passwd').find(([name]) => name === user)
  return entry === undefined ? null : Number(entry[2])
}

function nameIn(host: Host, file: string, id: number): string {
  return entriesOf(host, file).find((entry) => entry[2] === String(id))?.[0] ?? String(id)
}

function entriesOf(host: Host, file: string): readonly (readonly string[])[] {
  const read = host.inspect.text(file)
  return read.ok ? read.value.split('\n').map((line) => line.split(':')) : []
}
