// The dump of the running keepalived: that it can be had, and what checks make of its instances.
import type { Config } from '../../config/config.ts'
import type { RunningInstance } from '../../keepalived/dump.ts'
import { type Check, type Finding, ok, skip, trouble } from '../check.ts'
import { configFact, withoutConfig } from '../facts/config.ts'
import { dumpFact } from '../facts/dump.ts'
import { installedConfFact } from '../facts/keepalived-conf.ts'
import { keepalivedFact } from '../facts/keepalived-process.ts'
import { unitFact } from '../facts/unit.ts'
import { findingOf } from '../finding.ts'
import type { Host } from '../host.ts'
import { shell } from '../shell.ts'
import { buildOptionsFact, RUNNING } from './program.ts'
import { keepalivedUnitFact } from './service.ts'

export const DUMP: Check = {
  code: 'H221',
  category: 'keepalived',
  title: 'keepalived says what it does',
  severity: 'warn',
  about: [
    'On a signal keepalived writes its state to /tmp/keepalived.json: the election as it sees it, and counters of what went wrong. holdfast drain goes by it, and so do several checks here. A keepalived built without --enable-json, or one with a /tmp of its own (PrivateTmp in its unit), keeps it to itself.',
    'Only root may ask. The file is believed only when it belongs to root and is no link.',
  ],
  async run(host) {
    if ((await findingOf(host, RUNNING)).kind !== 'ok') return skip('keepalived does not run: H203')
    const dump = await dumpFact(host)
    if (dump.kind === 'dump') return ok(dump.instances.map((it) => it.name).join(', '))
    if (dump.why === 'denied') return skip(`needs root: ${dump.error}`)
    const installed = await installedConfFact(host)
    if (installed.kind === 'installed' && installed.model.instances.length === 0) {
      return skip('without any instance keepalived writes no dump')
    }
    const options = await buildOptionsFact(host)
    const name = await keepalivedUnitFact(host)
    const unit = name === null ? null : await unitFact(host, `${name}.service`)
    const isPrivate = unit?.kind === 'unit' && unit.properties.get('PrivateTmp') === 'yes'
    const hasJson = options === null || options.includes('JSON')
    return trouble(
      'keepalived does not say what it does.',
      [
        dump.error,
        ...(hasJson ? [] : [`Config options: ${options?.join(' ')}`, 'JSON is not among them']),
        ...(isPrivate ? [`${name}.service: PrivateTmp=yes`] : []),
      ],
      await remedyFor(host, { hasJson, unit: isPrivate ? name : null }),
    )
  },
}

/** @param unit the one that keeps its /tmp to itself, or null */
async function remedyFor(
  host: Host,
  it: { readonly hasJson: boolean; readonly unit: string | null },
): Promise<string[]> {
  if (!it.hasJson)
    return ['Install a keepalived that is built with --enable-json, as those of Debian are.']
  if (it.unit !== null) {
    const folder = `/etc/systemd/system/${it.unit}.service.d`
    return [
      shell`mkdir -p ${folder}`,
      shell`printf '[Service]\\nPrivateTmp=no\\n' >${`${folder}/private-tmp.conf`}`,
      'systemctl daemon-reload',
      shell`systemctl restart ${it.unit}`,
    ]
  }
  const running = await keepalivedFact(host)
  return [
    'ls -ld /tmp/keepalived.json*',
    'rm -rf /tmp/keepalived.json*',
    ...(running.kind === 'running'
      ? [`kill -s "$(keepalived --signum=JSON)" ${running.parent.pid}`]
      : []),
  ]
}

/** Looks at the instances that run, when there is a way to. */
export async function atInstances(
  host: Host,
  look: (instances: readonly RunningInstance[], config: Config) => Finding | Promise<Finding>,
): Promise<Finding> {
  const reading = await configFact(host)
  if (reading.kind !== 'config') return skip(withoutConfig(reading))
  if ((await findingOf(host, RUNNING)).kind !== 'ok') return skip('keepalived does not run: H203')
  const dump = await dumpFact(host)
  if (dump.kind === 'dump') return look(dump.instances, reading.config)
  return skip(dump.why === 'denied' ? `needs root: ${dump.error}` : `${dump.error}: H221`)
}

/** With all its addresses, those that only move along included. */
export function withExcluded(running: RunningInstance) {
  const addresses = [...running.addresses, ...running.excluded]
  return { name: running.name, addresses, running }
}
