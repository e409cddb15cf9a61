// IPVS's table against the configuration: there, whole, the same over UDP and TCP, and nothing else in it.
import { IPVS_TABLE, type IpvsService } from '../../balancer/ipvs-table.ts'
import type { BalancerConfig } from '../../config/balancer-table.ts'
import { balancerCheck } from '../categories.ts'
import { type DoctorCheck, ok, skip, trouble } from '../doctor-check.ts'
import { OTHER_CONFIGURATION } from '../keepalived/config-validity.ts'
import { restart } from '../keepalived/service.ts'
import { ipvsFact, lastingInTable, lookAtIpvs } from './ground.ts'
import {
  findHalf,
  type Half,
  halfName,
  halvesOf,
  mannerDifferences,
  strangersIn,
  weightDifferences,
  weightsIn,
} from './halves.ts'

export const IPVS = balancerCheck({
  code: 'H601',
  title: 'Kernel has IPVS',
  severity: 'fail',
  async judge(_, host) {
    const table = lookAtIpvs(host)
    if (table.ok) return ok(IPVS_TABLE)
    if (table.why !== 'missing') return skip(table.error)
    return trouble(
      'Kernel has no IPVS: nothing is balanced',
      [table.error],
      [
        'modprobe ip_vs',
        'echo ip_vs > /etc/modules-load.d/holdfast.conf',
        ...(await restart(host)),
      ],
    )
  },
})

interface TableCheck extends Pick<DoctorCheck, 'code' | 'title' | 'severity'> {
  /** What differs from the configuration, a line each. */
  linesIn(table: readonly IpvsService[], balancer: BalancerConfig): readonly string[]
  /** What was seen where nothing does. */
  seen(balancer: BalancerConfig): string
  readonly what: string
  /** Before keepalived is restarted, which makes the table anew. */
  readonly remedy: readonly string[]
}

function tableCheck({
  code,
  title,
  severity,
  linesIn,
  seen,
  what,
  remedy,
}: TableCheck): DoctorCheck {
  return balancerCheck({
    ...{ code, title, severity },
    takesSeconds: true,
    explainedBy: OTHER_CONFIGURATION,
    needs: { table: ipvsFact },
    async judge({ balancer }, host) {
      const lines = await lastingInTable(host, (table) => linesIn(table, balancer))
      if (lines.length === 0) return ok(seen(balancer))
      return trouble(what, lines, [...remedy, ...(await restart(host))])
    },
  })
}

export const SERVICES = tableCheck({
  code: 'H602',
  title: 'Every configured service is in the IPVS table',
  severity: 'fail',
  linesIn: (table, balancer) =>
    pairsOf(halvesOf(balancer))
      .filter((pair) => pair.every((half) => findHalf(half, table) === undefined))
      .map(([udp]) => `${IPVS_TABLE}: nothing for ${udp.at.address} port ${udp.service.port}`),
  seen: (balancer) => `${2 * pairsOf(halvesOf(balancer)).length} virtual servers`,
  what: 'A configured service is not in the IPVS table',
  remedy: [],
})

/** The two halves of each virtual address. */
function pairsOf(halves: readonly Half[]): readonly (readonly [Half, Half])[] {
  return halves.flatMap((udp) => {
    const tcp = halves.find(
      (half) => half.service === udp.service && half.at === udp.at && half.protocol === 'TCP',
    )
    return udp.protocol === 'UDP' && tcp !== undefined ? [[udp, tcp] as const] : []
  })
}

export const HALVES = tableCheck({
  code: 'H603',
  title: 'UDP and TCP halves of every service are equal in IPVS',
  severity: 'fail',
  linesIn: (table, balancer) =>
    pairsOf(halvesOf(balancer)).flatMap(([udp, tcp]) => {
      const [u, t] = [findHalf(udp, table), findHalf(tcp, table)]
      if (u === undefined && t === undefined) return []
      if (u === undefined || t === undefined) {
        const [lost, left] = u === undefined ? [udp, tcp] : [tcp, udp]
        return [`${IPVS_TABLE}: ${halfName(left)} without ${halfName(lost)}`]
      }
      const where = `${udp.at.address} port ${udp.service.port}`
      return weightDifferences(
        { name: 'over UDP', weights: weightsIn(u) },
        { name: 'over TCP', weights: weightsIn(t) },
      ).map((line) => `${where}: ${line}`)
    }),
  seen: (balancer) => `${pairsOf(halvesOf(balancer)).length} pairs of halves`,
  what: 'UDP and TCP halves of a service differ in IPVS',
  remedy: ['ipvsadm --list --numeric'],
})

export const MANNERS = tableCheck({
  code: 'H604',
  title: 'IPVS table matches the configuration',
  severity: 'warn',
  linesIn: (table, balancer) => [
    ...halvesOf(balancer).flatMap((half) => {
      const found = findHalf(half, table)
      return found === undefined ? [] : mannerDifferences(half, found)
    }),
    ...strangersIn(table, balancer),
  ],
  seen: (balancer) => `${halvesOf(balancer).length} virtual servers`,
  what: 'IPVS table differs from the configuration',
  remedy: [
    'ipvsadm --list --numeric',
    '# Remove what does not belong there with ipvsadm --delete-server or --delete-service, or rebuild the table:',
  ],
})
