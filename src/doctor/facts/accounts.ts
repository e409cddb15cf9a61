// Users and groups by name and number, as the local files have them, or the name service.
import type { FileFacts } from '../../ports.ts'
import { type Host, textOr } from '../host.ts'

/** The name of a user; its number where the local files do not know it. */
export function userName(host: Host, uid: number): string {
  return nameIn(host, '/etc/passwd', uid)
}

function groupName(host: Host, gid: number): string {
  return nameIn(host, '/etc/group', gid)
}

/** The number of a user, given by name or number; null where the local files do not know it. */
export function userId(host: Host, user: string): number | null {
  if (/^\d+$/.test(user)) return Number(user)
  const entry = entriesOf(host, '/etc/passwd').find(([name]) => name === user)
  return entry === undefined ? null : Number(entry[2])
}

/** As evidence: "owner root, group bind, mode 0640". */
export function ownership(host: Host, { uid, gid, mode }: FileFacts): string {
  return `owner ${userName(host, uid)}, group ${groupName(host, gid)}, mode ${octal(mode)}`
}

export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

function nameIn(host: Host, file: string, id: number): string {
  return entriesOf(host, file).find((entry) => entry[2] === String(id))?.[0] ?? String(id)
}

function entriesOf(host: Host, file: string): readonly (readonly string[])[] {
  return textOr(host.inspect.text(file))
    .split('\n')
    .map((line) => line.split(':'))
}

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const ROOT: User = { name: 'root', uid: 0, gid: 0 }

/** The user as the name service knows him, or null when there is none of that name. */
export async function userNamed(host: Host, name: string): Promise<User | null> {
  if (name === ROOT.name) return ROOT
  // A name that begins with a dash would be an option.
  if (!/^[A-Za-z0-9_.][\w.-]*$/.test(name)) return null
  const run = await host.inspect.run('getent', ['passwd', name])
  const [, , uid, gid] = run.ok ? run.value.stdout.split(':') : []
  if (uid === undefined || gid === undefined) return null
  return { name, uid: Number(uid), gid: Number(gid) }
}
