// The interfaces of the instances: here, up, fit for VRRP, and what they carry.
import type { VrrpInstance } from '../../config/vrrp-config.ts'
import { networkCheck } from '../categories.ts'
import { factOf, ok, skip, trouble } from '../doctor-check.ts'
import {
  describeLink,
  isLoopback,
  isUp,
  type Link,
  linkNamed,
  linksFact,
} from '../facts/ip-command.ts'
import { interfacesIn, vrrpFact } from '../facts/loaded-config.ts'
import { sysctlNumber } from '../facts/proc.ts'
import { type Host, textOr } from '../host.ts'

/** An interface of the configuration that this host has. */
interface VrrpInterface {
  readonly link: Link
  readonly instances: readonly VrrpInstance[]
}

/** Those of the configuration that are here; one at least. */
export const interfacesFact = factOf({ vrrp: vrrpFact, links: linksFact }, ({ vrrp, links }) => {
  const here = [...interfacesIn(vrrp)].flatMap(([name, instances]): VrrpInterface[] => {
    const link = linkNamed(links, name)
    return link === undefined ? [] : [{ link, instances }]
  })
  return here.length > 0 ? here : skip('because of H509: no configured interface exists')
})

function described({ link }: VrrpInterface): string {
  return describeLink(link)
}

export function namesOf(interfaces: readonly VrrpInterface[]): string {
  return interfaces.map((carrier) => carrier.link.name).join(', ')
}

export const PRESENT = networkCheck({
  code: 'H509',
  title: 'Configured interfaces exist',
  severity: 'fail',
  needs: { vrrp: vrrpFact, links: linksFact },
  judge({ vrrp, links }, host) {
    const wanted = [...interfacesIn(vrrp)]
    const missing = wanted.filter(([name]) => linkNamed(links, name) === undefined)
    if (missing.length === 0) return ok(wanted.map(([name]) => name).join(', '))
    const lines = missing.map(([name, instances]) => {
      const names = instances.map((instance) => instance.name).join(', ')
      return `${host.paths.configFile}: interface ${name} of ${names}`
    })
    const here = `ip address show: ${links.map((link) => link.name).join(', ')}`
    return trouble(
      `${missing.length === 1 ? 'Interface' : 'Interfaces'} ${missing.map(([name]) => name).join(', ')} ${missing.length === 1 ? 'does' : 'do'} not exist`,
      [...lines, here],
      [
        'ip -brief address',
        `# Set the right name in ${host.paths.configFile}, and render again:`,
        'holdfast render-config --diff',
      ],
    )
  },
})

export const UP = networkCheck({
  code: 'H510',
  title: 'VRRP interfaces are up and have a carrier',
  severity: 'fail',
  needs: { interfaces: interfacesFact },
  judge({ interfaces }) {
    const down = interfaces.filter((carrier) => !isUp(carrier.link))
    if (down.length === 0) return ok(`${namesOf(interfaces)} up`)
    const isShut = (flags: readonly string[]) => !flags.includes('UP')
    const remedies = down.map(({ link }) =>
      isShut(link.flags)
        ? `ip link set ${link.name} up`
        : `ethtool ${link.name} # check the cable and the switch port`,
    )
    const faults = down.map(
      ({ link }) => `${link.name} ${isShut(link.flags) ? 'is down' : 'has no carrier'}`,
    )
    return trouble(faults.join(', '), down.map(described), remedies)
  },
})

export const MULTICAST = networkCheck({
  code: 'H511',
  title: 'VRRP interfaces have multicast enabled',
  severity: 'fail',
  needs: { vrrp: vrrpFact, interfaces: interfacesFact },
  judge({ interfaces, vrrp }) {
    if (vrrp.peering === 'unicast') return skip('adverts are sent by unicast')
    const without = interfaces.filter((carrier) => !carrier.link.flags.includes('MULTICAST'))
    if (without.length === 0) return ok(namesOf(interfaces))
    return trouble(
      `Multicast is off on ${namesOf(without)}`,
      without.map(described),
      without.map((carrier) => `ip link set ${carrier.link.name} multicast on`),
    )
  },
})

/** The least that IPv6 needs of a link (RFC 8200 section 5); the kernel ends IPv6 on smaller ones. */
const MIN_V6_MTU = 1280
const ETHERNET_MTU = 1500
/** In Mbit/s. */
const SLOW = 100

export const IPV6 = networkCheck({
  code: 'H512',
  title: 'IPv6 is enabled on interfaces with IPv6 service addresses',
  severity: 'fail',
  needs: { interfaces: interfacesFact },
  judge({ interfaces }, host) {
    const wanted = interfaces.filter(({ instances }) =>
      instances.some((instance) => instance.addresses.some(({ family }) => family === 6)),
    )
    if (wanted.length === 0) return skip('no IPv6 service address is configured')
    const lacking = wanted.flatMap((one) => {
      const why = whyNoV6(host, one.link)
      return why === null ? [] : [{ ...one, ...why }]
    })
    if (lacking.length === 0) return ok(namesOf(wanted))
    return trouble(
      `IPv6 is disabled on ${namesOf(lacking)}`,
      lacking.map((entry) => entry.evidence),
      [
        ...lacking.map((entry) => entry.remedy),
        '# Its IPv6 addresses do not return by themselves: add them, or:',
        'systemctl restart networking',
      ],
    )
  },
})

function whyNoV6(host: Host, link: Link): { evidence: string; remedy: string } | null {
  if (link.mtu < MIN_V6_MTU)
    return { evidence: describeLink(link), remedy: `ip link set ${link.name} mtu ${ETHERNET_MTU}` }
  const key = `net/ipv6/conf/${link.name}/disable_ipv6`
  const disabled = sysctlNumber(host, key)
  if (disabled === 0) return null
  if (disabled === null)
    return { evidence: `/proc/sys/${key} does not exist`, remedy: `sysctl ${key}` }
  return { evidence: `${key} = ${disabled}`, remedy: `sysctl -w ${key}=0` }
}

export const MTU = networkCheck({
  code: 'H513',
  title: 'MTU of VRRP interfaces is at least 1500',
  severity: 'warn',
  needs: { interfaces: interfacesFact },
  judge({ interfaces }) {
    const small = interfaces.filter(({ link }) => link.mtu < ETHERNET_MTU)
    const odd = small.filter(({ link }) => link.mtu >= MIN_V6_MTU)
    if (odd.length > 0) {
      return trouble(
        odd.map(({ link }) => `MTU of ${link.name} is ${link.mtu}`).join(', '),
        odd.map(described),
        [
          '# Compare with the other servers and the router:',
          'ip link',
          ...odd.map(({ link }) => `ip link set ${link.name} mtu ${ETHERNET_MTU}`),
        ],
      )
    }
    if (small.length > 0) return skip('because of H512: the MTU is too small even for IPv6')
    return ok(interfaces.map(({ link }) => `${link.name} ${link.mtu}`).join(', '))
  },
})

export const DUPLEX = networkCheck({
  code: 'H514',
  title: 'No interface runs at half duplex or at 10 Mbit/s',
  severity: 'warn',
  needs: { interfaces: interfacesFact, links: linksFact },
  judge({ links, interfaces }, host) {
    const media = links
      .filter((link) => isWorthALook(link, interfaces))
      .flatMap((link) => mediumOf(host, link) ?? [])
    if (media.length === 0) return skip('no interface reports speed or duplex')
    const poor = media.filter(
      ({ duplex, speed }) => duplex === 'half' || (speed > 0 && speed < SLOW),
    )
    const tell = ({ name, speed, duplex }: Medium) =>
      `${name} ${speed > 0 ? `${speed} Mbit/s ` : ''}${duplex}`
    if (poor.length === 0) return ok(media.map(tell).join(', '))
    return trouble(
      poor.map(tell).join(', '),
      poor.map((medium) => `/sys/class/net: ${tell(medium)} duplex`),
      [
        ...poor.map((medium) => `ethtool ${medium.name}`),
        '# Set both ends to autonegotiation, and check the cable:',
        ...poor.map((medium) => `ethtool -s ${medium.name} autoneg on`),
      ],
    )
  },
})

/** Those that service addresses are for, and any other that this host is asked at. */
function isWorthALook(link: Link, interfaces: readonly VrrpInterface[]): boolean {
  if (isLoopback(link) || !link.flags.includes('UP')) return false
  const isElected = interfaces.some((carrier) => carrier.link.name === link.name)
  return (isElected && isUp(link)) || link.addresses.some((address) => address.scope === 'global')
}

interface Medium {
  readonly name: string
  /** In Mbit/s; not positive when the interface does not know. */
  readonly speed: number
  readonly duplex: string
}

/** A container may see the /sys of another network, in which an interface has another address. */
function mediumOf({ inspect }: Host, { name, mac }: Link): Medium | null {
  const read = (file: string) => textOr(inspect.text(`/sys/class/net/${name}/${file}`)).trim()
  if (read('address') !== mac) return null
  const [speed, duplex] = [Number(read('speed') || -1), read('duplex')]
  return duplex === 'full' || duplex === 'half' ? { name, speed, duplex } : null
}
