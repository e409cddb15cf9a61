// How questions at virtual addresses reach a real server: marks, IPVS by mark, and the way back.
import { IPVS_TABLE, type IpvsService } from '../../balancer/ipvs-table.ts'
import {
  allMarkedPorts,
  type MarkedBackend,
  markedBackends,
} from '../../config/balancer-backends.ts'
import type { BalancerConfig } from '../../config/balancer-table.ts'
import { NFT_TABLE, renderNft } from '../../host/nft.ts'
import { balancerCheck } from '../categories.ts'
import { asRoot, factOf, ok, skip, trouble } from '../doctor-check.ts'
import { balancerFact } from '../facts/balancer-host.ts'
import { strictest } from '../facts/kernel-settings.ts'
import { hasSystemd } from '../facts/systemd-unit.ts'
import { interfacesIn, vrrpFact } from '../facts/vrrp-instances.ts'
import { OTHER_CONFIGURATION } from '../keepalived/config-validity.ts'
import { restart } from '../keepalived/service.ts'
import { SYSCTL_INSTALL } from '../network/address-settings.ts'
import { ipvsFact, lastingInTable } from './ground.ts'

const RULES_FILE = '/etc/holdfast/balancer.nft'

/** That real servers are asked at virtual addresses. */
export const virtualFact = factOf(
  { balancer: balancerFact },
  ({ balancer }) => allMarkedPorts(balancer) !== null || skip('check_virtual is off'),
)

/** The IPv4 addresses of services: IPv6 needs nothing of what they need. */
export function virtualV4(services: BalancerConfig['services']): ReadonlySet<string> {
  const all = services.flatMap((service) => service.addresses)
  return new Set(all.filter(({ family }) => family === 4).map(({ address }) => address))
}

export const MARKS = balancerCheck({
  code: 'H616',
  title: 'Questions at virtual addresses are marked for their real server',
  severity: 'fail',
  needs: { virtual: virtualFact, root: asRoot('who is not may not read the rules') },
  async judge({ config }, host) {
    const wanted = markRules(renderNft(config))
    const table = NFT_TABLE.split(' ')
    const run = await host.inspect.run('nft', ['--numeric', 'list', 'table', ...table])
    const there = run.ok && run.value.code === 0 ? markRules(run.value.stdout) : []
    const missing = wanted.filter((line) => !there.includes(line))
    const strange = there.filter((line) => !wanted.includes(line))
    if (missing.length + strange.length === 0) return ok(`${wanted.length} rules`)
    const said = run.ok ? run.value.stderr.trim().split('\n', 1)[0] : run.error
    return trouble(
      'Questions at virtual addresses are not marked for their real server.',
      [
        ...(said ? [`nft list table ${NFT_TABLE}: ${said}`] : []),
        ...missing.map((line) => `missing: ${line}`),
        ...strange.map((line) => `not wanted: ${line}`),
      ],
      [
        `holdfast render-config nft --output ${RULES_FILE}`,
        hasSystemd(host) ? 'systemctl restart holdfast-marks' : `nft -f ${RULES_FILE}`,
      ],
    )
  },
})

/**
 * The rules that set a mark, in one form: nft writes numbers in hexadecimal, and sets in an order
 * and with braces of its own.
 */
export function markRules(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.includes('meta mark set'))
    .map((line) =>
      line
        .trim()
        .replace(/0x([0-9a-f]+)/g, (_, hex) => String(Number.parseInt(hex, 16)))
        .replace(/\{([^}]*)\}/g, (_, list) => {
          const all = String(list)
            .split(',')
            .map((part) => part.trim().replace(/\s+/g, ' '))
          return all.length === 1 ? (all[0] ?? '') : `{ ${all.toSorted().join(', ')} }`
        })
        .replace(/\s+/g, ' '),
    )
}

export const MARKED = balancerCheck({
  code: 'H617',
  title: 'IPVS knows the mark of every real server',
  severity: 'fail',
  takesSeconds: true,
  explainedBy: OTHER_CONFIGURATION,
  needs: { virtual: virtualFact, table: ipvsFact },
  async judge({ balancer }, host) {
    const marked = markedBackends(balancer)
    const lines = await lastingInTable(host, (table) =>
      marked.flatMap((markedBackend) => wrongServices(markedBackend, table)),
    )
    if (lines.length === 0) return ok(`${marked.length} real servers`)
    return trouble('IPVS does not lead a mark to its real server.', lines, await restart(host))
  },
})

function wrongServices(
  { backend, marks }: MarkedBackend,
  table: readonly IpvsService[],
): readonly string[] {
  return marks.flatMap(({ family, mark }) => {
    const address =
      backend.server.addresses.find((familyAddress) => familyAddress.family === family)?.address ??
      ''
    const found = table.find(
      (ipvsService) => ipvsService.protocol === 'FWM' && ipvsService.port === mark,
    )
    const name = `mark ${mark} of ${backend.name}`
    if (found === undefined) return [`${IPVS_TABLE}: nothing for ${name}`]
    const there = found.destinations
      .map((destination) => `${destination.address} weight ${destination.weight}`)
      .join(', ')
    const isRight = there === `${address} weight 1`
    return isRight ? [] : [`${IPVS_TABLE}: ${name} leads to ${there || 'nobody'}, not ${address}`]
  })
}

export const LOCAL_ANSWERS = balancerCheck({
  code: 'H618',
  title: 'Answers from a virtual address are let in (accept_local)',
  severity: 'fail',
  needs: { virtual: virtualFact, vrrp: vrrpFact },
  judge({ balancer: { services }, vrrp }, host) {
    const virtual = virtualV4(services)
    const names = [...interfacesIn(vrrp)].flatMap(([name, instances]) => {
      const addresses = instances.flatMap((instance) => instance.addresses)
      return addresses.some(({ address }) => virtual.has(address)) ? [name] : []
    })
    const shut = names.filter((name) => strictest(host, name, 'accept_local') === 0)
    if (shut.length === 0) return ok(names.join(', ') || 'no IPv4 address')
    const keys = shut.map((name) => `net/ipv4/conf/${name}/accept_local`)
    return trouble(
      `Answers from a virtual address are dropped on ${shut.join(', ')}`,
      keys.map((key) => `${key} = 0`),
      [...keys.map((key) => `sysctl -w ${key}=1`), ...SYSCTL_INSTALL],
    )
  },
})
