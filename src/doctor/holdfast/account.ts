// The user and the group that the daemon runs as.
import { holdfastCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { foldersOf } from '../facts/loaded-config.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'
import { ANEW, loadedUnitFact } from './service-unit.ts'

/** getent(1): the key is not in the database. */
const NOT_FOUND = 2

export const ACCOUNT = holdfastCheck({
  code: 'H125',
  title: "The daemon's user and group exist",
  severity: 'fail',
  needs: { unit: loadedUnitFact },
  async judge({ unit }, host) {
    const user = unit.get('User') ?? ''
    const group = unit.get('Group') ?? ''
    if (user === '' && group === '') return ok('it runs as root')
    if (unit.get('DynamicUser') === 'yes') return ok('systemd makes them up')
    const [hasUser, hasGroup] = await Promise.all([
      isKnown(host, 'passwd', user),
      isKnown(host, 'group', group),
    ])
    if (hasUser === null || hasGroup === null) return skip('getent does not answer')
    if (hasUser && hasGroup) return ok(`user ${user || 'root'}, group ${group || "the user's"}`)
    const { stateDir } = await foldersOf(host)
    const missing = [
      ...(hasUser ? [] : [`there is no user "${user}"`]),
      ...(hasGroup ? [] : [`there is no group "${group}"`]),
    ]
    return trouble(
      missing.join(', and '),
      [`User=${user}`, `Group=${group}`],
      [
        ...(hasGroup ? [] : [`groupadd --system ${group}`]),
        // Of a user that was lost a group of the same name may be left, which useradd does not take by itself.
        ...(hasUser
          ? []
          : [
              `useradd --system --no-create-home --shell /usr/sbin/nologin${await primaryOf(host, user, group)} ${user}`,
              // Its files are those of another number by now.
              shell`chown -R ${user} ${stateDir}`,
            ]),
        'systemd-tmpfiles --create',
        ...ANEW,
      ],
    )
  },
})

/** The group that the unit names, or one of the user's name; where there is neither, useradd makes it. */
async function primaryOf(host: Host, user: string, group: string): Promise<string> {
  if (group !== '') return ` --gid ${group}`
  return (await isKnown(host, 'group', user)) === true ? ` --gid ${user}` : ''
}

/** An empty name is not asked for. Null where it cannot be found out. */
async function isKnown(
  host: Host,
  database: 'passwd' | 'group',
  name: string,
): Promise<boolean | null> {
  if (name === '') return true
  const run = await host.inspect.run('getent', [database, '--', name])
  if (!run.ok) return null
  return run.value.code === 0 ? true : run.value.code === NOT_FOUND ? false : null
}
