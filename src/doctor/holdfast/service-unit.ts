// The unit that runs the daemon: there, enabled, and of the kind that is needed.

import { holdfastCheck } from '../categories.ts'
import { factOf, isSkip, ok, type Skip, skip, trouble } from '../doctor-check.ts'
import { daemonFact } from '../facts/daemon-process.ts'
import { type UnitProperties, unitFact } from '../facts/systemd-unit.ts'
import type { Host } from '../host.ts'

export const UNIT = 'holdfast.service'

/** Starts it, and forgets how often it has failed. */
export const ANEW = ['systemctl reset-failed holdfast', 'systemctl restart holdfast'] as const

function heldUnitFact(host: Host): Promise<UnitProperties | Skip> {
  return unitFact(host, UNIT)
}

/** The unit, where it can be started. */
export const loadedUnitFact = factOf({ unit: heldUnitFact }, ({ unit }) =>
  isLoaded(unit) ? unit : skip(`there is no usable ${UNIT}: H121`),
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
  title: 'systemd has the unit holdfast.service',
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
          ? 'the daemon does not run'
          : 'the daemon still runs',
      ],
      state === 'masked'
        ? [unmask(unit), `systemctl enable --now ${UNIT}`]
        : [
            `systemctl cat ${UNIT}`,
            'Install the unit again, from the package or by the role, then:',
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
  title: 'holdfast.service starts at boot',
  severity: 'warn',
  needs: { unit: loadedUnitFact },
  judge({ unit }) {
    const state = unit.get('UnitFileState') ?? ''
    if (ENABLED.includes(state)) return ok(state)
    return trouble(`${UNIT} is not started at boot`, lines(unit, 'UnitFileState'), [
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
    say('Type', 'keepalived is started before the first verdict; Type=notify waits for it')
  if (['no', ''].includes(value('Restart'))) say('Restart', 'a daemon that died stays dead')
  if (['0', 'infinity', ''].includes(value('WatchdogUSec')))
    say('WatchdogUSec', 'a daemon that hangs is not noticed')
  if (value('Type').startsWith('notify') && value('NotifyAccess') !== 'all')
    say('NotifyAccess', 'the daemon speaks through systemd-notify, which only "all" lets in')
  if (value('RuntimeDirectory').split(/\s+/).includes('holdfast'))
    say('RuntimeDirectory', 'the folder that keepalived watches goes whenever the daemon stops')
  return flaws
}

export const UNIT_SHAPE = holdfastCheck({
  code: 'H123',
  title: 'holdfast.service restarts a daemon that dies, and kills one that hangs',
  severity: 'warn',
  needs: { unit: loadedUnitFact },
  judge({ unit }) {
    const flaws = flawsOf(unit)
    if (flaws.length === 0) return ok(lines(unit, 'Type', 'Restart', 'WatchdogUSec').join(' '))
    return trouble(`${UNIT} does not do all that it is for`, flaws, [
      `systemctl cat ${UNIT}`,
      `systemctl revert ${UNIT}`,
      `systemctl restart ${UNIT}`,
    ])
  },
})

export const UNIT_CURRENT = holdfastCheck({
  code: 'H124',
  title: 'systemd has read holdfast.service as it is on the disk',
  severity: 'warn',
  needs: { unit: loadedUnitFact },
  judge({ unit }) {
    if (unit.get('NeedDaemonReload') !== 'yes') return ok('nothing has changed since')
    return trouble(
      `${UNIT} has changed on the disk, and systemd has not read it`,
      lines(unit, 'NeedDaemonReload', 'FragmentPath', 'DropInPaths'),
      ['systemctl daemon-reload', `systemctl restart ${UNIT}`],
    )
  },
})
