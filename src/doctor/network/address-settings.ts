// Settings of the kernel that service addresses rest on: sysctl and what interfaces share.
import type { Config } from '../../config/config.ts'
import { contains, formatCidr, networkOf, parseIp } from '../../config/values/ip.ts'
import { LOOPBACK_SETTINGS, NONLOCAL_SETTINGS } from '../../host/sysctl.ts'
import { electedFact, networkCheck } from '../categories.ts'
import {
  type Finding,
  isSkip,
  ok,
  type Skip,
  skip,
  type Trouble,
  trouble,
} from '../doctor-check.ts'
import {
  describeAddress,
  isLoopback,
  isUp,
  type Link,
  type LinkAddress,
  linksFact,
  networkAt,
} from '../facts/ip-command.ts'
import { addressesOf, configFact, serviceAddressesIn, vrrpFact } from '../facts/loaded-config.ts'
import { strictest, sysctlNumber } from '../facts/proc.ts'
import type { Host } from '../host.ts'
import { interfacesFact, namesOf } from './link-states.ts'

/** How the settings of render-config come to stay. */
const SYSCTL_INSTALL = [
  '# Permanently:',
  'holdfast render-config sysctl --output /etc/sysctl.d/90-holdfast.conf',
  'sysctl --system',
]

/** Trouble with settings of the kernel, by their keys, and how they come to be `wanted`, now and for good. */
export function settingsTrouble(
  host: Host,
  what: string,
  keys: readonly string[],
  wanted: number,
): Trouble {
  return trouble(
    what,
    keys.map((key) => `${key} = ${sysctlNumber(host, key)}`),
    [...keys.map((key) => `sysctl -w ${key}=${wanted}`), ...SYSCTL_INSTALL],
  )
}

export const NONLOCAL = networkCheck({
  code: 'H501',
  title: 'ip_nonlocal_bind is off',
  severity: 'warn',
  judge(_, host) {
    const on = NONLOCAL_SETTINGS.filter((key) => (sysctlNumber(host, key) ?? 0) !== 0)
    if (on.length === 0) return ok('off')
    const found = settingsTrouble(
      host,
      'ip_nonlocal_bind is on: programs can bind to addresses that are not on this host',
      on,
      0,
    )
    const where = 'grep -rs nonlocal_bind /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d'
    return { ...found, remedy: [where, ...found.remedy] }
  },
})

export const ARP = networkCheck({
  code: 'H502',
  title: 'arp_ignore=1 and arp_announce=2 for loopback addresses',
  severity: 'fail',
  needs: { config: configFact },
  async judge({ config }, host) {
    if (!config.addresses.serviceAddressesOnLoopback)
      return skip('loopback service addresses are off')
    const links = await linksToTell(host, config)
    if (isSkip(links)) return links
    const loose = links.flatMap((link) => looseArp(host, link))
    const names = links.map(({ name }) => name).join(', ')
    if (loose.length === 0) return ok(`on ${names}`)
    const commands = loose.map((one) => `sysctl -w net.ipv4.conf.all.${one.setting}=${one.wanted}`)
    return trouble(
      `${[...new Set(loose.map(({ name }) => name))].join(', ')} answers or announces loopback addresses by ARP`,
      loose.map(({ name, setting, value, wanted }) => {
        return `${setting} of ${name} is ${value}, not ${wanted}`
      }),
      [...new Set(commands), ...SYSCTL_INSTALL],
    )
  },
})

/**
 * Where somebody could ask for a service address: the interfaces of the instances. A real server behind a load balancer
 * has none, and there it is those that share a network with a service address, or else all.
 */
async function linksToTell(host: Host, config: Config): Promise<readonly Link[] | Skip> {
  if (!isSkip(await electedFact(host))) {
    const interfaces = await interfacesFact(host)
    return isSkip(interfaces) ? interfaces : interfaces.map((carrier) => carrier.link)
  }
  const links = await linksFact(host)
  if (isSkip(links)) return links
  const service = [...serviceAddressesIn(config)].flatMap((address) => parseIp(address) ?? [])
  const open = links.filter(
    (link) => !isLoopback(link) && isUp(link) && link.addresses.some(({ family }) => family === 4),
  )
  const near = open.filter(({ addresses }) =>
    addresses.some((address) => {
      const cidr = networkAt(address)
      return cidr !== null && service.some((ip) => contains(cidr, ip))
    }),
  )
  const all = near.length > 0 ? near : open
  return all.length > 0 ? all : skip('no interface with an IPv4 address is up')
}

/** arp_ignore = 2 is stricter than 1 and does as well; what lies above means other things. */
const ALSO_GOOD: Readonly<Record<string, readonly number[]>> = { arp_ignore: [2] }

function looseArp(host: Host, { name }: Link) {
  return Object.entries(LOOPBACK_SETTINGS).flatMap(([setting, wanted]) => {
    const value = strictest(host, name, setting)
    if (value === null || value === wanted || ALSO_GOOD[setting]?.includes(value)) return []
    return [{ name, setting, value, wanted }]
  })
}

export const REVERSE_PATH = networkCheck({
  code: 'H506',
  title: 'rp_filter does not drop queries on VRRP interfaces',
  severity: 'warn',
  needs: { interfaces: interfacesFact },
  async judge({ interfaces }, host) {
    const strict = interfaces.filter(({ link, instances }) => {
      const hasV4 = instances.some((instance) =>
        instance.addresses.some(({ family }) => family === 4),
      )
      return hasV4 && strictest(host, link.name, 'rp_filter') === 1
    })
    if (strict.length === 0) return ok(`not strict on ${namesOf(interfaces)}`)
    const routes = await defaultRoutes(host)
    if (isSkip(routes)) return routes
    const leaving = new Set(routes.map((route) => route.interface))
    const cut = strict.filter((carrier) => routes.length > 0 && !leaving.has(carrier.link.name))
    if (cut.length === 0) return ok('strict, but responses leave by the same interface')
    return trouble(
      `rp_filter drops queries from other networks on ${namesOf(cut)}`,
      [
        ...cut.map((carrier) => `rp_filter of ${carrier.link.name} is 1`),
        ...routes.map((route) => `ip route: ${route.text}`),
      ],
      [
        '# For a client in another network: ip route get CLIENT',
        // Slashes, for the name of a VLAN has a dot of its own.
        ...cut.map((carrier) => `sysctl -w net/ipv4/conf/${carrier.link.name}/rp_filter=2`),
        '# Permanently: set the same in a file in /etc/sysctl.d.',
      ],
    )
  },
})

interface Route {
  readonly interface: string
  readonly text: string
}

/** The IPv4 default routes, or why they cannot be gone by. */
async function defaultRoutes({ inspect }: Host): Promise<readonly Route[] | Skip> {
  const [rules, routes] = await Promise.all([
    inspect.run('ip', ['rule', 'show']),
    inspect.run('ip', ['route', 'show', 'default']),
  ])
  if (!rules.ok || !routes.ok) return skip('the routes are not readable')
  const isUsual = (line: string) => /lookup (local|main|default)\s*$/.test(line)
  const lines = (text: string) => text.split('\n').filter((line) => line.trim() !== '')
  if (!lines(rules.value.stdout).every(isUsual))
    return skip('this host uses policy routing, which the doctor does not evaluate')
  return lines(routes.value.stdout).flatMap((text) => {
    const name = / dev (\S+)/.exec(text)?.[1]
    return name === undefined ? [] : [{ interface: name, text: text.trim() }]
  })
}

export const SHARED_NETWORK = networkCheck({
  code: 'H517',
  title: 'No ARP flux (two interfaces in one network)',
  severity: 'warn',
  needs: { vrrp: vrrpFact, interfaces: interfacesFact, links: linksFact },
  judge({ links, interfaces, vrrp }, host) {
    const service = addressesOf(vrrp)
    const names = new Set(interfaces.map((carrier) => carrier.link.name))
    const candidates = links.filter(
      (link) => !isLoopback(link) && isUp(link) && link.kind !== 'macvlan',
    )
    const isNamed = (address: LinkAddress) => names.has(address.interface)
    const isLoose = (address: LinkAddress) => strictest(host, address.interface, 'arp_ignore') === 0
    const shared = sharedNetworks(candidates, service).filter((network) => network.some(isNamed))
    const loose = shared.filter((network) => network.some(isLoose))
    return sharing(loose, shared.length > 0)
  },
})

function sharing(loose: readonly (readonly LinkAddress[])[], someStrict: boolean): Finding {
  if (loose.length === 0)
    return ok(someStrict ? 'shared networks, with arp_ignore' : 'no shared network')
  const names = [...new Set(loose.flat().map((address) => address.interface))]
  return trouble(
    `${names.join(' and ')} are in the same network and answer ARP for each other`,
    loose.flat().map(describeAddress),
    ['# Remove one of them from the network, or:', 'sysctl -w net.ipv4.conf.all.arp_ignore=1'],
  )
}

/** IPv4 networks in which more than one interface has an address of this server's own. */
function sharedNetworks(links: readonly Link[], service: ReadonlySet<string>): LinkAddress[][] {
  const byNetwork = new Map<string, LinkAddress[]>()
  for (const address of links.flatMap((link) => link.addresses)) {
    if (address.family !== 4 || address.prefixLength === 32) continue
    if (service.has(address.address)) continue
    const cidr = networkAt(address)
    if (cidr === null) continue
    const network = formatCidr(networkOf(cidr))
    byNetwork.set(network, [...(byNetwork.get(network) ?? []), address])
  }
  return [...byNetwork.values()].filter(
    (addresses) => new Set(addresses.map((one) => one.interface)).size > 1,
  )
}
