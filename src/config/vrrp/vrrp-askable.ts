// Service addresses that no client can ask, because of the network that they are in.
import type { Partly } from '../partly.ts'
import type { AddressAsWritten } from '../readers.ts'
import { type KeyPath, type PlacedComplaint, quoted } from '../text/complaint.ts'
import {
  type Cidr,
  contains,
  formatCidr,
  hasHostBits,
  networkOf,
  parseCidr,
} from '../values/cidr.ts'

/** An instance with the place of its table. */
interface InstanceAt {
  readonly path: KeyPath
  readonly table: { readonly addresses?: Partly<readonly AddressAsWritten[]> | undefined }
}

interface Written {
  /** One address where no prefix length is written. */
  readonly cidr: Cidr
  readonly shown: string
  readonly path: KeyPath
}

/**
 * The network itself and its broadcast address are nobody's (RFC 1122 section 3.2.1.3), and at the
 * address of an IPv6 network routers answer (RFC 4291 section 2.6.1). A network of two addresses has
 * neither (RFC 3021, RFC 6164). Told by the prefix lengths of all service addresses: one that is written
 * as /32, or without any, may be the broadcast address of its neighbours' network.
 */
export function checkAskable(instances: readonly InstanceAt[]): PlacedComplaint[] {
  const all = instances.flatMap(writtenIn)
  const networks = new Map(
    all
      .filter(({ cidr }) => cidr.prefixLength > 0)
      .map(({ cidr }) => networkOf(cidr))
      .map((it) => [formatCidr(it), it] as const),
  )
  return all.flatMap(({ cidr, shown, path }) => {
    const hint = 'list the addresses that clients send their queries to'
    const complain = (why: string): PlacedComplaint[] => [
      {
        code: 'E_ADDRESS',
        path,
        text: `${quoted(shown)} cannot be a service address: ${why}`,
        hint,
      },
    ]
    if (cidr.prefixLength === 0)
      return complain('with prefix length 0 the whole world would be on that interface')
    for (const [name, network] of networks) {
      const why = whyNobodys(cidr, network)
      if (why !== null) return complain(`it is ${why} ${name}`)
    }
    return []
  })
}

function writtenIn({ path, table }: InstanceAt): Written[] {
  return (table.addresses ?? []).flatMap((it, index) => {
    if (it?.address === undefined || it.prefixLength === undefined) return []
    const { address, prefixLength } = it
    const shown = prefixLength === null ? address : `${address}/${prefixLength}`
    const cidr = parseCidr(shown)
    return cidr === null ? [] : [{ cidr, shown, path: [...path, 'addresses', index] }]
  })
}

function whyNobodys({ address }: Cidr, network: Cidr): string | null {
  const { prefixLength } = network
  const widest = address.bytes.length * 8
  if (widest - prefixLength < 2 || !contains(network, address)) return null
  if (!hasHostBits({ address, prefixLength })) {
    return address.family === 6
      ? 'the anycast address of all routers in'
      : 'the address of the network'
  }
  const inverted = { ...address, bytes: address.bytes.map((it) => ~it & 0xff) }
  const isLast = !hasHostBits({ address: inverted, prefixLength })
  return address.family === 4 && isLast ? 'the broadcast address of' : null
}
