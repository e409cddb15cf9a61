// Users of this host by name, as the name service knows them.
import type { Host } from '../host.ts'

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

const ROOT: User = { name: 'root', uid: 0, gid: 0 }

/** The user, or null when there is none of that name. */
export async function userNamed(host: Host, name: string): Promise<User | null> {
  if (name === ROOT.name) return ROOT
  // A name that begins with a dash would be an option.
  if (!/^[A-Za-z0-9_.][\w.-]*$/.test(name)) return null
  const run = await host.inspect.run('getent', ['passwd', name])
  const [, , uid, gid] = run.ok ? run.value.stdout.split(':') : []
  if (uid === undefined || gid === undefined) return null
  return { name, uid: Number(uid), gid: Number(gid) }
}
