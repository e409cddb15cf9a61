// The kernel settings that service addresses rest on.
import type { Config } from '../config/config.ts'

/** What standing addresses need of an interface; the kernel takes the stricter of "all" and its own. */
export const STANDING_SETTINGS = { arp_ignore: 1, arp_announce: 2 } as const

/** What must be 0. Slashes stand for dots, as in /proc/sys. */
export const NONLOCAL_SETTINGS = ['net/ipv4/ip_nonlocal_bind', 'net/ipv6/ip_nonlocal_bind'] as const

/**
 * A file for /etc/sysctl.d.
 *
 * @param interfaces those with service addresses, as far as the config names them
 */
export function renderSysctl(config: Config, interfaces: readonly string[]): string {
  const standing = config.addresses.standing
    ? [STANDING, ...['all', ...new Set(interfaces)].flatMap(arpLines), '']
    : []
  return [
    '# Rendered by "holdfast render-config": edit holdfast.toml and render again.',
    '',
    ...standing,
    NONLOCAL,
    ...NONLOCAL_SETTINGS.map((key) => `${key.replaceAll('/', '.')} = 0`),
    '',
  ].join('\n')
}

const STANDING = `# The service addresses stand on the loopback interface of every server. ARP must not tell: an
# interface answers for its own addresses only, and names no other in its requests. The kernel takes
# the stricter of "all" and an interface's own setting. IPv6 needs nothing of the kind: neighbour
# discovery speaks for the addresses of the interface alone.`

const NONLOCAL = `# Whether an address is here is found out by binding to it. With these on, every address would seem
# to be.`

/** Slashes stand for dots: an interface such as eth0.100 has a dot of its own. */
function arpLines(name: string): string[] {
  return Object.entries(STANDING_SETTINGS).map(
    ([setting, value]) => `net/ipv4/conf/${name}/${setting} = ${value}`,
  )
}
