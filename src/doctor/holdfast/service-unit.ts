// The unit that runs the daemon: there, enabled, of the kind that is needed, with a user to run as, and not in a loop.
import { durationText } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { factOf, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { configFact, foldersOf } from '../facts/loaded-config.ts'
import { daemonFact } from '../facts/running-daemon.ts'
import { type UnitProperties, unitFact } from '../facts/systemd-unit.ts'
import { fact, type Host } from '../host.ts'
import { shell } from '../shell.ts'

export const UNIT = 'holdfast.service'

/** Starts it, and forgets how often it has failed. */
const ANEW = ['systemctl reset-failed holdfast', 'systemctl restart holdfast'] as const

function heldUnitFact(host: Host): Promise<UnitProperties | Skip> {
  return unitFact(host, UNIT)
}

/** The unit, where it can be started. */
const loadedUnitFact = factOf({ unit: heldUnitFact }, ({ unit }) =>
  isLoaded(unit) ? unit : skip(`because of H121: ${UNIT} is not usable`),
)

function isLoaded(unit: UnitProperties): boolean {
  return unit.get('LoadState') === 'loaded'
}

/** Whether systemd runs this host and has no unit of holdfast's that it could start. */
export async function lacksUnit(host: Host): Promise<boolean> {
  const unit = await unitFact(host, UNIT)
  return !isSkip(unit) && !isLoaded(unit)
}

function lines(unit: UnitProperties, ...names: readonly string[]): readonly string[] {
  return names.map((name) => `${name}=${unit.get(name) ?? ''}`)
}

export const UNIT_THERE = holdfastCheck({
  code: 'H121',
  title: 'systemd has holdfast.service',
  severity: 'fail',
  needs: { unit: heldUnitFact },
  async judge({ unit }, host) {
    if (isLoaded(unit)) return ok(unit.get('FragmentPath') ?? UNIT)
    const state = unit.get('LoadState') ?? 'unknown'
    const error = unit.get('LoadError') ?? ''
    return trouble(
      `${UNIT} is ${state}`,
      [
        `LoadState=${state}`,
        ...(error === '' ? [] : [`LoadError=${error}`]),
        (await daemonFact(host)).kind === 'dead'
          ? 'the daemon is not running'
          : 'the daemon is still running',
      ],
      state === 'masked'
        ? [unmask(unit), `systemctl enable --now ${UNIT}`]
        : [
            `systemctl cat ${UNIT}`,
            '# Install the unit again, from the package or with the Ansible role, then:',
            `systemctl enable --now ${UNIT}`,
          ],
    )
  },
})

/** A mask below /run, which is for this boot alone, is lifted by nothing else. */
function unmask(unit: UnitProperties): string {
  const isForThisBoot = unit.get('UnitFileState') === 'masked-runtime'
  return `systemctl unmask ${isForThisBoot ? '--runtime ' : ''}${UNIT}`
}

const ENABLED = ['enabled', 'enabled-runtime', 'alias', 'static', 'indirect', 'generated', 'linked']

export const UNIT_ENABLED = holdfastCheck({
  code: 'H122',
  title: 'holdfast.service is enabled at boot',
  severity: 'warn',
  needs: { unit: loadedUnitFact },
  judge({ unit }) {
    const state = unit.get('UnitFileState') ?? ''
    if (ENABLED.includes(state)) return ok(state)
    return trouble(`${UNIT} is not enabled at boot`, lines(unit, 'UnitFileState'), [
      `systemctl enable ${UNIT}`,
    ])
  },
})

/** What the unit must say, and what goes wrong if it does not. */
function flawsOf(unit: UnitProperties): readonly string[] {
  const value = (name: string) => unit.get(name) ?? ''
  const flaws: string[] = []
  const say = (name: string, why: string) => flaws.push(`${name}=${value(name)}: ${why}`)
  if (!value('Type').startsWith('notify'))
    say('Type', 'keepalived starts before the first check; Type=notify waits for it')
  if (['no', ''].includes(value('Restart'))) say('Restart', 'a dead daemon is not restarted')
  if (['0', 'infinity', ''].includes(value('WatchdogUSec')))
    say('WatchdogUSec', 'a hung daemon is not noticed')
  if (value('Type').startsWith('notify') && value('NotifyAccess') !== 'all')
    say('NotifyAccess', 'the daemon uses systemd-notify, which needs "all"')
  if (value('RuntimeDirectory').split(/\s+/).includes('holdfast'))
    say(
      'RuntimeDirectory',
      'systemd removes the directory that keepalived watches when the daemon stops',
    )
  return flaws
}

export const UNIT_SHAPE = holdfastCheck({
  code: 'H123',
  title: 'holdfast.service has Restart= and WatchdogSec=',
  severity: 'warn',
  needs: { unit: loadedUnitFact },
  judge({ unit }) {
    const flaws = flawsOf(unit)
    if (flaws.length === 0) return ok(lines(unit, 'Type', 'Restart', 'WatchdogUSec').join(' '))
    return trouble(`${UNIT} lacks settings that the daemon needs`, flaws, [
      `systemctl cat ${UNIT}`,
      `systemctl revert ${UNIT}`,
      `systemctl restart ${UNIT}`,
    ])
  },
})

export const UNIT_CURRENT = holdfastCheck({
  code: 'H124',
  title: 'No daemon-reload is pending for holdfast.service',
  severity: 'warn',
  needs: { unit: loadedUnitFact },
  judge({ unit }) {
    if (unit.get('NeedDaemonReload') !== 'yes') return ok('the unit is unchanged')
    return trouble(
      `${UNIT} has changed on disk since systemd read it`,
      lines(unit, 'NeedDaemonReload', 'FragmentPath', 'DropInPaths'),
      ['systemctl daemon-reload', `systemctl restart ${UNIT}`],
    )
  },
})

/** getent(1): the key is not in the database. */
const NOT_FOUND = 2

export const ACCOUNT = holdfastCheck({
  code: 'H125',
  title: "Daemon's user and group exist",
  severity: 'fail',
  needs: { unit: loadedUnitFact },
  async judge({ unit }, host) {
    const user = unit.get('User') ?? ''
    const group = unit.get('Group') ?? ''
    if (user === '' && group === '') return ok('the daemon runs as root')
    if (unit.get('DynamicUser') === 'yes') return ok('DynamicUser=yes')
    const [hasUser, hasGroup] = await Promise.all([
      isKnown(host, 'passwd', user),
      isKnown(host, 'group', group),
    ])
    if (hasUser === null || hasGroup === null) return skip('getent does not respond')
    if (hasUser && hasGroup) return ok(`user ${user || 'root'}, group ${group || "the user's"}`)
    const { stateDir } = await foldersOf(host)
    const missing = [
      ...(hasUser ? [] : [`User ${user} does not exist`]),
      ...(hasGroup ? [] : [`Group ${group} does not exist`]),
    ]
    return trouble(
      missing.join('; '),
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

/** The page says it (H135). */
const MAX_RESTARTS = 3
/** A daemon that has run for so long has come out of its loop. */
const CALM_MS = 10 * 60_000

/** What shows that the unit is restarted in a loop, or null where it is not. */
export const restartsFact = fact(async (host): Promise<readonly string[] | null> => {
  const unit = await loadedUnitFact(host)
  return isSkip(unit) ? null : loopOf(unit, host.inspect.clock.bootMs())
})

/** @param bootMs now, on the clock since boot */
export function loopOf(properties: UnitProperties, bootMs: number): readonly string[] | null {
  const count = Number(properties.get('NRestarts') ?? 0)
  const sub = properties.get('SubState') ?? ''
  const result = properties.get('Result') ?? ''
  const sinceMs = Number(properties.get('ActiveEnterTimestampMonotonic') ?? 0) / 1000
  const isYoung = properties.get('ActiveState') !== 'active' || bootMs - sinceMs < CALM_MS
  const isLooping =
    result === 'start-limit-hit' ||
    (count >= MAX_RESTARTS && (isYoung || sub.startsWith('auto-restart')))
  if (!isLooping) return null
  const status = properties.get('ExecMainStatus') ?? ''
  const lines = [
    `NRestarts=${count}`,
    `ActiveState=${properties.get('ActiveState') ?? ''} (${sub})`,
    `Result=${result}, ExecMainStatus=${status}`,
  ]
  if (properties.get('ActiveState') === 'active')
    lines.push(`running for ${durationText(bootMs - sinceMs)}`)
  return lines
}

export const RESTARTS = holdfastCheck({
  code: 'H135',
  title: 'Daemon is not in a restart loop',
  severity: 'fail',
  explainedBy: [ACCOUNT],
  needs: { unit: loadedUnitFact, config: configFact, seen: restartsFact },
  async judge({ unit, seen }, host) {
    if (seen === null) return ok(`NRestarts=${unit.get('NRestarts') ?? 0}`)
    return trouble(
      `Daemon is in a restart loop (${seen[0]})`,
      [...seen, ...(await journal(host))],
      ['journalctl -u holdfast -n 50', ...ANEW],
    )
  },
})

/** What the unit said last, where the journal can be read. */
export async function journal(host: Host): Promise<readonly string[]> {
  const args = ['-u', UNIT, '-n', '5', '-o', 'short-iso', '--no-pager', '-q']
  const run = await host.inspect.run('journalctl', args)
  return run.ok ? run.value.stdout.split('\n').filter((line) => line !== '') : []
}
