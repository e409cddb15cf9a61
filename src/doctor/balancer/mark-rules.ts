// How packets find their way: marks, IPVS by mark, the way back, and the settings of the kernel that this rests on.
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
import { balancerFact, interfacesIn, vrrpFact } from '../facts/loaded-config.ts'
import { strictest, sysctlNumber } from '../facts/proc.ts'
import { hasSystemd } from '../facts/systemd-unit.ts'
import { OTHER_CONFIGURATION } from '../keepalived/config-validity.ts'
import { restart } from '../keepalived/service.ts'
import { settingsTrouble } from '../network/address-settings.ts'
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
  title: 'nftables marks probes to virtual addresses',
  severity: 'fail',
  needs: { virtual: virtualFact, root: asRoot('only root can read the rules') },
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
      'nftables does not mark all probes to virtual addresses',
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
  title: 'IPVS has a service for every probe mark',
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
    return trouble('IPVS does not send a probe mark to its real server', lines, await restart(host))
  },
})

function wrongServices(
  { backend, marks }: MarkedBackend,
  table: readonly IpvsService[],
): readonly string[] {
  return marks.flatMap(({ family, mark }) => {
    const own = backend.server.addresses.find((address) => address.family === family)
    const address = own?.address ?? ''
    const found = table.find(({ protocol, port }) => protocol === 'FWM' && port === mark)
    const name = `mark ${mark} of ${backend.name}`
    if (found === undefined) return [`${IPVS_TABLE}: nothing for ${name}`]
    const there = found.destinations.map((one) => `${one.address} weight ${one.weight}`).join(', ')
    const isRight = there === `${address} weight 1`
    return isRight ? [] : [`${IPVS_TABLE}: ${name} goes to ${there || 'no server'}, not ${address}`]
  })
}

export const LOCAL_ANSWERS = balancerCheck({
  code: 'H618',
  title: 'Responses from virtual addresses are accepted',
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
    const what = `Responses from virtual addresses are dropped on ${shut.join(', ')} (accept_local=0)`
    const keys = shut.map((name) => `net/ipv4/conf/${name}/accept_local`)
    return settingsTrouble(host, what, keys, 1)
  },
})

/** Both are there once the module is. */
const ENDING = ['net/ipv4/vs/expire_nodest_conn', 'net/ipv4/vs/expire_quiescent_template'] as const

export const ENDS = balancerCheck({
  code: 'H614',
  title: 'IPVS redirects clients when a real server leaves the pool',
  severity: 'fail',
  judge(_, host) {
    if (ENDING.every((key) => sysctlNumber(host, key) === null))
      return skip('because of H601: the kernel has no IPVS')
    const off = ENDING.filter((key) => sysctlNumber(host, key) === 0)
    if (off.length === 0) return ok('expire_nodest_conn and expire_quiescent_template are on')
    const what = 'IPVS keeps clients on real servers that have left the pool'
    return settingsTrouble(host, what, off, 1)
  },
})

/** By family; slashes stand for dots. */
const FORWARDING = { 4: 'net/ipv4/ip_forward', 6: 'net/ipv6/conf/all/forwarding' } as const

export const FORWARDS = balancerCheck({
  code: 'H619',
  title: 'Kernel forwards responses of NAT real servers',
  severity: 'fail',
  judge({ balancer }, host) {
    const needed = translatedFamilies(balancer).map((family) => FORWARDING[family])
    if (needed.length === 0) return skip('no service uses NAT')
    const off = needed.filter((key) => sysctlNumber(host, key) === 0)
    if (off.length === 0) return ok(needed.join(', '))
    const what = 'Kernel does not forward responses of NAT real servers'
    return settingsTrouble(host, what, off, 1)
  },
})

function translatedFamilies({ services }: BalancerConfig) {
  const translated = services.filter(({ lvsMethod }) => lvsMethod === 'nat')
  return ([4, 6] as const).filter((family) =>
    translated.some(({ addresses }) => addresses.some((address) => address.family === family)),
  )
}
