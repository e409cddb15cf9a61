// A daemon that systemd starts again and again.
import { durationText } from '../../documents/text.ts'
import { type Check, ok, skip, trouble } from '../check.ts'
import { configFact, withoutConfig } from '../facts/config.ts'
import { type UnitProperties, unitFact } from '../facts/unit.ts'
import { fact, type Host } from '../host.ts'
import { ACCOUNT_CHECKS } from './account.ts'
import { ANEW, ofLoadedUnit, UNIT } from './unit.ts'

const MAX_RESTARTS = 3
/** A daemon that has run for so long has come out of its loop. */
const CALM_MS = 10 * 60_000

/** What shows that the unit is restarted in a loop, or null where it is not. */
export const restartsFact = fact(async (host): Promise<readonly string[] | null> => {
  const unit = await unitFact(host, UNIT)
  if (unit.kind !== 'unit' || unit.properties.get('LoadState') !== 'loaded') return null
  return loopOf(unit.properties, host.inspect.clock.bootMs())
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
    lines.push(`it has run for ${durationText(bootMs - sinceMs)}`)
  return lines
}

const loop: Check = {
  code: 'H135',
  category: 'holdfast',
  title: 'The daemon is not restarted again and again',
  severity: 'fail',
  about: [
    'Each start leaves this server at the lowest priority until the first sweep has passed, and forgets backoff and probation: an address that follows such a daemon is moved again and again.',
    `Seen in systemd's count of restarts, ${MAX_RESTARTS} or more of them, and the last one within ten minutes, or in a unit that systemd has given up on. The journal's last lines mostly say why. Where the user that it is to run as is missing, H125 tells instead.`,
  ],
  explainedBy: ACCOUNT_CHECKS,
  run: (host) =>
    ofLoadedUnit(host, async (properties) => {
      const config = await configFact(host)
      if (config.kind !== 'config') return skip(withoutConfig(config))
      const seen = await restartsFact(host)
      if (seen === null) return ok(`NRestarts=${properties.get('NRestarts') ?? 0}`)
      return trouble(
        'systemd starts the daemon again and again',
        [...seen, ...(await journal(host))],
        ['journalctl -u holdfast -n 50', ...ANEW],
      )
    }),
}

/** What the unit said last, where the journal can be read. */
export async function journal(host: Host): Promise<readonly string[]> {
  const args = ['-u', UNIT, '-n', '5', '-o', 'short-iso', '--no-pager', '-q']
  const run = await host.inspect.run('journalctl', args)
  return run.ok ? run.value.stdout.split('\n').filter((line) => line !== '') : []
}

export const RESTART_CHECKS: readonly Check[] = [loop]
