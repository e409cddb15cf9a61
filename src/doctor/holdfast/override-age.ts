// what an operator decided, and how long ago.
import type { Override } from '../../core/override.ts'
import { durationText, isoTime, overrideText } from '../../documents/text.ts'
import { holdfastCheck } from '../categories.ts'
import { ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { foldersOf } from '../facts/loaded-config.ts'
import { readOrder, statusFact } from '../facts/running-daemon.ts'
import { fact } from '../host.ts'
import { shell } from '../shell.ts'

interface OverrideReading {
  readonly path: string
  readonly override: Override | null
}

/** The file itself; where this user may not read it, what the daemon made of it. */
const overrideFact = fact(async (host): Promise<OverrideReading | Skip> => {
  const { stateDir } = await foldersOf(host)
  const path = `${stateDir}/override.json`
  const reading = readOrder(host, path)
  if (reading.kind === 'none') return { path, override: null }
  if (reading.kind === 'order') return { path, override: reading.override }
  const status = await statusFact(host)
  if (status.kind !== 'fresh') return skip(`needs root to read ${path}`)
  return { path, override: status.document.override }
})

export const NO_OVERRIDE = holdfastCheck({
  code: 'H141',
  title: 'This server is not drained or isolated',
  severity: 'warn',
  needs: { order: overrideFact },
  judge({ order: { override, path } }, host) {
    if (override === null) return ok('no drain is active')
    if (override.corrupt !== undefined) return skip('because of H142: override.json is not valid')
    const now = host.inspect.clock.wallMs()
    const isOver = override.untilWallMs !== null && override.untilWallMs <= now
    return trouble(
      `This server has been ${override.mode} for ${durationText(Math.max(0, now - override.sinceWallMs))}`,
      [
        overrideText(override),
        ...(isOver
          ? [
              `its end was ${isoTime(override.untilWallMs ?? 0)}; the daemon ends it once this server is healthy`,
            ]
          : []),
        path,
      ],
      ['holdfast status', 'holdfast undrain'],
    )
  },
})

export const OVERRIDE_UNDERSTOOD = holdfastCheck({
  code: 'H142',
  title: 'override.json is valid',
  severity: 'fail',
  needs: { order: overrideFact },
  judge({ order: { override, path } }) {
    if (override?.corrupt === undefined) return ok(override === null ? 'no drain is active' : path)
    return trouble(
      `${path} is not valid: this server counts as drained`,
      [override.corrupt],
      [shell`cat ${path}`, 'holdfast undrain'],
    )
  },
})
