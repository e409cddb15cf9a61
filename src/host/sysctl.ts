// The kernel settings that service addresses rest on.
import { allMarkedPorts } from '../config/balancer-backends.ts'
import type { BalancerConfig } from '../config/balancer-table.ts'
import type { Config } from '../config/config.ts'

/** What loopback service addresses need of an interface; the kernel takes the stricter of "all" and its own. */
export const LOOPBACK_SETTINGS = { arp_ignore: 1, arp_announce: 2 } as const

/** What must be 0. Slashes stand for dots, as in /proc/sys. */
export const NONLOCAL_SETTINGS = ['net/ipv4/ip_nonlocal_bind', 'net/ipv6/ip_nonlocal_bind'] as const

/**
 * A file for /etc/sysctl.d.
 *
 * @param interfaces those with service addresses, as far as the config names them
 */
export function renderSysctl(config: Config, interfaces: readonly string[]): string {
  const onLoopback = config.addresses.serviceAddressesOnLoopback
    ? [ON_LOOPBACK, ...['all', ...new Set(interfaces)].flatMap(arpLines), '']
    : []
  return [
    '# Rendered by "holdfast render-config": edit holdfast.toml and render again.',
    '',
    ...onLoopback,
    ...(config.balancer === null ? [] : [...balancing(config.balancer, interfaces), '']),
    NONLOCAL,
    ...NONLOCAL_SETTINGS.map((key) => `${key.replaceAll('/', '.')} = 0`),
    '',
  ].join('\n')
}

const ON_LOOPBACK = `# The service addresses are on the loopback interface of every server. ARP must not tell: an
# interface answers for its own addresses only, and names no other in its requests. The kernel takes
# the stricter of "all" and an interface's own setting. IPv6 needs nothing of the kind: neighbour
# discovery speaks for the addresses of the interface alone.`

const NONLOCAL = `# Whether an address is here is found out by binding to it. With these on, every address would seem
# to be.`

const IPVS = `# A connection to a real server that was taken out of the pool ends at once, and a client that would
# stay with a real server of weight 0 is given another one. Both settings are there once the module
# ip_vs is, so name it in /etc/modules-load.d.`

const TRANSLATION = `# Questions and answers pass through this host, and it tells no one of a shorter way. IPv6 has no such
# setting: the real servers must not listen (accept_redirects = 0). A host that forwards IPv6 ignores
# routers: its own default route must be a static one.`

/** Direct routing and tunnels need nothing else: IPVS takes packets before they would be forwarded. */
function balancing(balancer: BalancerConfig, interfaces: readonly string[]): string[] {
  const translates = balancer.services.some((service) => service.lvsMethod === 'nat')
  const redirects = ['all', ...new Set(interfaces)].map(
    (name) => `net/ipv4/conf/${name}/send_redirects = 0`,
  )
  return [
    IPVS,
    '-net.ipv4.vs.expire_nodest_conn = 1',
    '-net.ipv4.vs.expire_quiescent_template = 1',
    ...(translates ? ['', TRANSLATION, ...FORWARDING, ...redirects] : []),
    ...virtualAnswers(balancer, interfaces),
  ]
}

const VIRTUAL_ANSWERS = `# A real server answers this host for a virtual address, which is on this host while it is master: IPv4
# would take such a packet for a forged one. IPv6 lets it in. And nobody else is given the source
# ports of these questions; the setting is a list, so add those that something else reserves.`

function virtualAnswers(balancer: BalancerConfig, interfaces: readonly string[]): string[] {
  const ports = allMarkedPorts(balancer)
  if (ports === null) return []
  return [
    '',
    VIRTUAL_ANSWERS,
    ...[...new Set(interfaces)].map((name) => `net/ipv4/conf/${name}/accept_local = 1`),
    `net.ipv4.ip_local_reserved_ports = ${ports.first}-${ports.last}`,
  ]
}

const FORWARDING = ['net.ipv4.ip_forward = 1', 'net.ipv6.conf.all.forwarding = 1']

/** Slashes stand for dots: an interface such as eth0.100 has a dot of its own. */
function arpLines(name: string): string[] {
  return Object.entries(LOOPBACK_SETTINGS).map(
    ([setting, value]) => `net/ipv4/conf/${name}/${setting} = ${value}`,
  )
}
