// The dump of the running keepalived: that it can be had, and what checks make of its instances.
import type { RunningInstance } from '../../keepalived/dump.ts'
import { keepalivedCheck } from '../categories.ts'
import { factOf, isSkip, ok, skip, trouble } from '../doctor-check.ts'
import { installedFact } from '../facts/keepalived-conf.ts'
import { dumpFact } from '../facts/running-dump.ts'
import { unitProperty } from '../facts/systemd-unit.ts'
import { shell } from '../shell.ts'
import { buildOptionsFact, runningFact } from './installed.ts'
import { keepalivedUnitFact } from './service.ts'

export const DUMP = keepalivedCheck({
  code: 'H221',
  title: 'keepalived says what it does',
  severity: 'warn',
  needs: { running: runningFact, dump: dumpFact },
  async judge({ running, dump }, host) {
    if (dump.kind === 'dump') return ok(dump.instances.map((instance) => instance.name).join(', '))
    if (dump.why === 'denied') return skip(`needs root: ${dump.error}`)
    const installed = await installedFact(host)
    if (!isSkip(installed) && installed.model.instances.length === 0) {
      return skip('without any instance keepalived writes no dump')
    }
    const options = await buildOptionsFact(host)
    const name = await keepalivedUnitFact(host)
    const isPrivate =
      name !== null && (await unitProperty(host, `${name}.service`, 'PrivateTmp')) === 'yes'
    const hasJson = options === null || options.includes('JSON')
    return trouble(
      'keepalived does not say what it does.',
      [
        dump.error,
        ...(hasJson ? [] : [`Config options: ${options?.join(' ')}`, 'JSON is not among them']),
        ...(isPrivate ? [`${name}.service: PrivateTmp=yes`] : []),
      ],
      remedyFor({ hasJson, unit: isPrivate ? name : null, pid: running.parent.pid }),
    )
  },
})

interface Mute {
  readonly hasJson: boolean
  /** The one that keeps its /tmp to itself, or null. */
  readonly unit: string | null
  readonly pid: number
}

function remedyFor({ hasJson, unit, pid }: Mute): readonly string[] {
  if (!hasJson)
    return ['Install a keepalived that is built with --enable-json, as those of Debian are.']
  if (unit !== null) {
    const folder = `/etc/systemd/system/${unit}.service.d`
    return [
      shell`mkdir -p ${folder}`,
      shell`printf '[Service]\\nPrivateTmp=no\\n' >${`${folder}/private-tmp.conf`}`,
      'systemctl daemon-reload',
      shell`systemctl restart ${unit}`,
    ]
  }
  return [
    'ls -ld /tmp/keepalived.json*',
    'rm -rf /tmp/keepalived.json*',
    `kill -s "$(keepalived --signum=JSON)" ${pid}`,
  ]
}

/** The instances that run. */
export const instancesFact = factOf({ running: runningFact, dump: dumpFact }, ({ dump }) => {
  if (dump.kind === 'dump') return dump.instances
  return skip(dump.why === 'denied' ? `needs root: ${dump.error}` : `${dump.error}: H221`)
})

/** With all its addresses, those that only move along included. */
export function withExcluded(running: RunningInstance) {
  const addresses = [...running.addresses, ...running.excluded]
  return { name: running.name, addresses, running }
}
