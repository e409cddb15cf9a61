// What state addresses are in, and whether service addresses are where they belong.
import { contains, parseIp } from '../../config/values/ip.ts'
import { networkCheck } from '../categories.ts'
import { type Finding, ok, skip, trouble } from '../doctor-check.ts'
import {
  deletion,
  describeAddress,
  isLoopback,
  isUp,
  type Link,
  type LinkAddress,
  linksFact,
  networkAt,
} from '../facts/ip-command.ts'
import { addressesOf, configFact, serviceAddressesIn, vrrpFact } from '../facts/loaded-config.ts'
import { interfacesFact } from './link-states.ts'

function addedAnew(address: LinkAddress): string[] {
  const where = `${address.address}/${address.prefixLength} dev ${address.interface}`
  return [
    `ip -6 neighbour show ${address.address}`,
    `# Find the other host that has ${address.address}:`,
    `ping -6 -c 3 -I ${address.interface} ${address.address}`,
    deletion(address),
    `ip address add ${where}`,
  ]
}

export const DUPLICATE_SERVICE = networkCheck({
  code: 'H507',
  title: 'No service address is disabled as a duplicate',
  severity: 'fail',
  needs: { config: configFact, links: linksFact },
  judge({ config, links }) {
    const service = serviceAddressesIn(config)
    return duplicates(
      links,
      (address) => service.has(address),
      (failed) => ['# Only keepalived and lo may have service addresses.', ...failed.map(deletion)],
    )
  },
})

export const DUPLICATE = networkCheck({
  code: 'H508',
  title: 'No address of this server is disabled as a duplicate',
  severity: 'warn',
  needs: { config: configFact, links: linksFact },
  judge({ config, links }) {
    const service = serviceAddressesIn(config)
    return duplicates(
      links,
      (address) => !service.has(address),
      (failed) => failed.flatMap(addedAnew),
    )
  },
})

function duplicates(
  links: readonly Link[],
  isMeant: (address: string) => boolean,
  remedy: (failed: readonly LinkAddress[]) => readonly string[],
): Finding {
  const all = links.flatMap((link) => link.addresses)
  const failed = all.filter(({ dadFailed, address }) => dadFailed && isMeant(address))
  if (failed.length === 0) return ok('none')
  return trouble(
    `${failed.map((address) => address.address).join(', ')} is disabled as a duplicate`,
    failed.map(describeAddress),
    remedy(failed),
  )
}

export const PLACE = networkCheck({
  code: 'H518',
  title: "Service addresses match their interface's network",
  severity: 'fail',
  needs: { vrrp: vrrpFact, interfaces: interfacesFact, links: linksFact },
  judge({ links, interfaces, vrrp }, host) {
    const service = addressesOf(vrrp)
    const own = links
      .filter((link) => !isLoopback(link) && link.kind !== 'macvlan')
      .flatMap((link) => link.addresses)
      .filter((address) => address.scope === 'global' && !service.has(address.address))
    const wrong = interfaces.flatMap(({ link, instances }) =>
      instances.flatMap((instance) =>
        instance.addresses.flatMap(({ address }) => {
          const at = own.filter((one) => isInNetworkOf(address, one))
          const isRight = at.length === 0 || at.some((one) => one.interface === link.name)
          return isRight ? [] : [{ instance: instance.name, address, link, at }]
        }),
      ),
    )
    if (wrong.length === 0) return ok(`${service.size} service addresses`)
    return trouble(
      wrong
        .map(({ address, link }) => {
          return `${address} is configured for ${link.name}, which is in another network`
        })
        .join(', '),
      wrong.flatMap(({ instance, link, at }) => [
        `${host.paths.configFile}: ${instance} is on ${link.name}`,
        ...at.map(describeAddress),
      ]),
      [
        'ip -brief address',
        `# Set the interface that has the network in ${host.paths.configFile}, and render again:`,
        'holdfast render-config --diff',
      ],
    )
  },
})

function isInNetworkOf(address: string, own: LinkAddress): boolean {
  const cidr = networkAt(own)
  const ip = parseIp(address)
  if (cidr === null || ip === null || own.prefixLength === (own.family === 4 ? 32 : 128))
    return false
  return contains(cidr, ip)
}

export const SOURCE = networkCheck({
  code: 'H519',
  title: 'Outgoing queries avoid service addresses (routing)',
  severity: 'warn',
  needs: { config: configFact, links: linksFact },
  judge({ config, links }) {
    const service = serviceAddressesIn(config)
    const held = links
      .filter((link) => !isLoopback(link) && isUp(link) && link.kind !== 'macvlan')
      .flatMap((link) => link.addresses.map((address) => ({ link, address })))
      .filter((entry) => service.has(entry.address.address) && !entry.address.dadFailed)
    if (held.length === 0) return skip('this server holds no service address')
    const preferred = held.filter((entry) => isPreferred(entry.address, entry.link, service))
    if (preferred.length === 0) return ok(`${held.length} held, none preferred as a source`)
    return trouble(
      `Outgoing queries may use service address ${preferred.map((entry) => entry.address.address).join(', ')}`,
      preferred.flatMap(({ address, link }) =>
        link.addresses
          .filter((one) => one.family === address.family && one.scope === 'global')
          .map(describeAddress),
      ),
      [
        ...preferred.map((entry) => `ip route get 198.51.100.1 oif ${entry.link.name}`),
        '# This moves the service addresses away and back, after the addresses of the server itself.',
        '# undrain ends a probation: to keep one, wait for its end before you type this.',
        'holdfast drain && holdfast undrain',
      ],
    )
  },
})

/** Whether the kernel may choose the service address where the server's own would do. */
function isPreferred(
  address: LinkAddress,
  { addresses }: Link,
  service: ReadonlySet<string>,
): boolean {
  if (address.family === 6) return !address.deprecated
  if (address.secondary) return false
  const own = addresses.filter((one) => one.family === 4 && !service.has(one.address))
  return own.some((one) => one.secondary && isInNetworkOf(one.address, address))
}
