// What an interface can carry: IPv6 at all, packets of the usual size, and full duplex.
import { networkCheck } from '../categories.ts'
import { ok, skip, trouble } from '../doctor-check.ts'
import { describeLink, isLoopback, isUp, type Link, linksFact } from '../facts/ip-links.ts'
import { sysctlNumber } from '../facts/kernel-settings.ts'
import type { Host } from '../host.ts'
import { interfacesFact, namesOf, type VrrpInterface } from './vrrp-interfaces.ts'

/** The least that IPv6 needs of a link (RFC 8200 section 5); the kernel ends IPv6 on smaller ones. */
const MIN_V6_MTU = 1280
const ETHERNET_MTU = 1500
/** In Mbit/s. */
const SLOW = 100

export const IPV6 = networkCheck({
  code: 'H512',
  title: 'The interfaces of IPv6 service addresses speak IPv6',
  severity: 'fail',
  needs: { interfaces: interfacesFact },
  judge({ interfaces }, host) {
    const wanted = interfaces.filter(({ instances }) =>
      instances.some((instance) => instance.addresses.some(({ family }) => family === 6)),
    )
    if (wanted.length === 0) return skip('there is no IPv6 service address')
    const lacking = wanted.flatMap((one) => {
      const why = whyNoV6(host, one.link)
      return why === null ? [] : [{ one, ...why }]
    })
    if (lacking.length === 0) return ok(namesOf(wanted))
    return trouble(
      `There is no IPv6 on ${namesOf(lacking.map((entry) => entry.one))}`,
      lacking.map((entry) => entry.evidence),
      [
        ...lacking.map((entry) => entry.remedy),
        'Its IPv6 addresses do not come back by themselves: add those of the server itself, or',
        'systemctl restart networking',
      ],
    )
  },
})

function whyNoV6(host: Host, link: Link): { evidence: string; remedy: string } | null {
  if (link.mtu < MIN_V6_MTU) {
    return { evidence: describeLink(link), remedy: `ip link set ${link.name} mtu ${ETHERNET_MTU}` }
  }
  const key = `net/ipv6/conf/${link.name}/disable_ipv6`
  const disabled = sysctlNumber(host, key)
  if (disabled === 0) return null
  if (disabled === null) {
    return { evidence: `/proc/sys/${key} is not there`, remedy: `sysctl ${key}` }
  }
  return { evidence: `${key} = ${disabled}`, remedy: `sysctl -w ${key}=0` }
}

export const MTU = networkCheck({
  code: 'H513',
  title: 'The interfaces of the instances take packets of the usual size',
  severity: 'warn',
  needs: { interfaces: interfacesFact },
  judge({ interfaces }) {
    const small = interfaces.filter(({ link }) => link.mtu < ETHERNET_MTU)
    const odd = small.filter(({ link }) => link.mtu >= MIN_V6_MTU)
    if (odd.length > 0) {
      return trouble(
        odd.map(({ link }) => `The MTU of ${link.name} is ${link.mtu}`).join(', '),
        odd.map((carrier) => describeLink(carrier.link)),
        [
          'Compare with the other servers and the router: ip link',
          ...odd.map(({ link }) => `ip link set ${link.name} mtu ${ETHERNET_MTU}`),
        ],
      )
    }
    if (small.length > 0) return skip('too small even for IPv6: H512')
    return ok(interfaces.map(({ link }) => `${link.name} ${link.mtu}`).join(', '))
  },
})

export const DUPLEX = networkCheck({
  code: 'H514',
  title: 'No interface with addresses runs at half duplex or at 10 Mbit/s',
  severity: 'warn',
  needs: { interfaces: interfacesFact, links: linksFact },
  judge({ links, interfaces }, host) {
    const media = links
      .filter((link) => isWorthALook(link, interfaces))
      .flatMap((link) => mediumOf(host, link) ?? [])
    if (media.length === 0) return skip('no interface tells speed or duplex')
    const poor = media.filter(
      (medium) => medium.duplex === 'half' || (medium.speed > 0 && medium.speed < SLOW),
    )
    const tell = (medium: Medium) =>
      `${medium.name} ${medium.speed > 0 ? `${medium.speed} Mbit/s ` : ''}${medium.duplex}`
    if (poor.length === 0) return ok(media.map(tell).join(', '))
    return trouble(
      `${poor.map((medium) => medium.name).join(', ')} negotiated a poor link`,
      poor.map((medium) => `/sys/class/net: ${tell(medium)} duplex`),
      [
        ...poor.map((medium) => `ethtool ${medium.name}`),
        'Set both ends to negotiate, and look at the cable:',
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
  const read = (file: string) => {
    const text = inspect.text(`/sys/class/net/${name}/${file}`)
    return text.ok ? text.value.trim() : ''
  }
  if (read('address') !== mac) return null
  const [speed, duplex] = [Number(read('speed') || -1), read('duplex')]
  return duplex === 'full' || duplex === 'half' ? { name, speed, duplex } : null
}
