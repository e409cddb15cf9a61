// From the daemon's decision to IPVS: the file of a real server, keepalived's watch, and the table.
import { REMOVED } from '../../balancer/pool.ts'
import { backendsOf } from '../../config/balancer-backends.ts'
import type { Config } from '../../config/config.ts'
import { outFileOf } from '../../keepalived/virtual-servers.ts'
import { balancerCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { keepalivedFact } from '../facts/keepalived-program.ts'
import { lookAtStatus } from '../facts/running-daemon.ts'
import { hasSystemd } from '../facts/systemd-unit.ts'
import { type Host, persistsFor } from '../host.ts'
import { OTHER_CONFIGURATION } from '../keepalived/config-validity.ts'
import { judgeWatches, trackFileNumber } from '../keepalived/published.ts'
import { reload, restart } from '../keepalived/service.ts'
import { ipvsFact, lastingInTable, SETTLED_MS } from './ground.ts'
import {
  findHalf,
  halfName,
  halvesOf,
  knownOf,
  wantedWeights,
  weightDifferences,
  weightsIn,
} from './halves.ts'
import { HALVES } from './ipvs-differences.ts'

const WEIGHT_LIMIT_BYTES = 4096

function weightFolder({ paths }: Config): string {
  return `${paths.runDir}/weight`
}

/** What is in a real server's files, as text for people and as keepalived takes it. */
function publishedFor(host: Host, config: Config, backend: string) {
  const path = `${weightFolder(config)}/${backend}`
  const out = host.inspect.text(`${weightFolder(config)}/${outFileOf(backend)}`, WEIGHT_LIMIT_BYTES)
  const isOut = out.ok && (trackFileNumber(out.value) ?? 0) !== 0
  const read = host.inspect.text(path, WEIGHT_LIMIT_BYTES)
  if (!read.ok) return { path, value: isOut ? REMOVED : null, text: read.error }
  const text = JSON.stringify(read.value.slice(0, 40))
  return { path, value: isOut ? REMOVED : trackFileNumber(read.value), text }
}

export const WATCH = balancerCheck({
  code: 'H606',
  title: 'keepalived watches the weight directory',
  severity: 'fail',
  explainedBy: OTHER_CONFIGURATION,
  needs: { table: ipvsFact },
  async judge({ config }, host) {
    const folder = weightFolder(config)
    const real = host.inspect.real(folder)
    if (!real.ok)
      return skip(
        real.why === 'denied'
          ? `needs root: ${real.error}`
          : 'because of H127: the weight directory is missing',
      )
    const running = await keepalivedFact(host)
    const pid = running.kind === 'running' ? running.checker?.pid : undefined
    if (pid !== undefined) return judgeWatches(host, pid, [folder])
    return trouble(
      'keepalived has no checker process for IPVS',
      ['/run/checkers.pid has no child of keepalived'],
      await restart(host),
    )
  },
})

export const IN_TABLE = balancerCheck({
  code: 'H605',
  title: 'IPVS weights equal the weight files',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: [...OTHER_CONFIGURATION, HALVES, WATCH],
  needs: { table: ipvsFact },
  async judge({ balancer, config }, host) {
    const halves = halvesOf(balancer)
    const lines = await lastingInTable(host, (table) =>
      halves.flatMap((half) => {
        const found = findHalf(half, table)
        if (found === undefined) return []
        const weights = wantedWeights(half, (text) => publishedFor(host, config, text).value)
        // Those that are none of the service's are told by the check of strangers.
        const known = knownOf(half)
        const own = [...weightsIn(found)].filter(([address]) => known.has(address))
        return weightDifferences(
          { name: 'in IPVS', weights: new Map(own) },
          { name: `in ${weightFolder(config)}`, weights },
        ).map((line) => `${halfName(half)}: ${line}`)
      }),
    )
    if (lines.length === 0) return ok(`${halves.length} virtual servers`)
    return trouble('IPVS weights differ from the weight files', lines, [
      'ipvsadm --list --numeric',
      `grep . ${weightFolder(config)}/*`,
      await reload(host),
      '# If that does not help:',
      ...(await restart(host)),
    ])
  },
})

export const FILES = balancerCheck({
  code: 'H607',
  title: 'Weight files contain what the daemon decided',
  severity: 'fail',
  takesSeconds: true,
  async judge({ balancer, config }, host) {
    const status = await lookAtStatus(host)
    if (status.kind !== 'fresh')
      return skip('because of H131, H132, H133: the daemon has no fresh status')
    const lines = await persistsFor(host, SETTLED_MS, async () => {
      const now = await lookAtStatus(host)
      const decided = now.kind === 'fresh' ? (now.document.backends ?? []) : []
      return backendsOf(balancer).flatMap(({ name }) => {
        const weight = decided.find(({ backend }) => backend === name)?.weight ?? null
        const file = publishedFor(host, config, name)
        if (weight === null || Math.max(0, file.value ?? 0) === weight) return []
        return [`${file.path}: ${file.text}, but the daemon decided ${weight}`]
      })
    })
    if (lines.length === 0) return ok(`${backendsOf(balancer).length} files`)
    const folder = weightFolder(config)
    return trouble('A weight file does not contain what the daemon decided', lines, [
      `ls -la ${folder}; df ${folder}`,
      hasSystemd(host) ? 'journalctl -u holdfast -n 50' : 'holdfast status',
      hasSystemd(host) ? 'systemctl restart holdfast' : '# Start holdfast again.',
    ])
  },
})
