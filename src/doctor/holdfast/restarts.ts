// A daemon that systemd starts again and again.
import { durationText } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { isSkip, ok, trouble } from '../doctor-check.ts'
import { configFact } from '../facts/loaded-config.ts'
import type { UnitProperties } from '../facts/systemd-unit.ts'
import { fact, type Host } from '../host.ts'
import { ACCOUNT } from './account.ts'
import { ANEW, loadedUnitFact, UNIT } from './service-unit.ts'

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
    lines.push(`it has run for ${durationText(bootMs - sinceMs)}`)
  return lines
}

export const RESTARTS = holdfastCheck({
  code: 'H135',
  title: 'The daemon is not restarted again and again',
  severity: 'fail',
  explainedBy: [ACCOUNT],
  needs: { unit: loadedUnitFact, config: configFact, seen: restartsFact },
  async judge({ unit, seen }, host) {
    if (seen === null) return ok(`NRestarts=${unit.get('NRestarts') ?? 0}`)
    return trouble(
      'systemd starts the daemon again and again',
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
