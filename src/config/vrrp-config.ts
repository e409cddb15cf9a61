// What keepalived.conf is made of: a document that has all that render-config needs, and the secret.
import { type BalancerConfig, buildBalancer } from './balancer-table.ts'
import {
  buildElection,
  buildServers,
  type KeepalivedTable,
  type ServerAddresses,
  scriptIntervalOf,
} from './keepalived-table.ts'
import type { ConfigDocument, InstanceTable } from './schema.ts'
import { bad, good, type Reading } from './text/complaint.ts'
import { type FamilyAddress, withFamily } from './values/ip.ts'

/** A prefix length stands behind each address here: keepalived puts it on an interface. */
export interface ServiceAddress extends FamilyAddress {
  readonly prefixLength: number
}

export interface VrrpInstance extends Pick<InstanceTable, 'useVmac' | 'ipv6' | 'extraLines'> {
  readonly name: string
  readonly addresses: readonly ServiceAddress[]
  readonly interface: string
  readonly routerId: number
}

/** All that keepalived.conf is made of, but for the secret. */
export interface VrrpConfig extends Omit<KeepalivedTable, 'interface'> {
  readonly advertIntervalMs: number
  readonly scriptIntervalMs: number
  readonly instances: readonly VrrpInstance[]
  /** Every server that there is, whether it is in service or not; none when the file does not say. */
  readonly servers: readonly ServerAddresses[]
  /** What IPVS is to balance here, or null on a host that balances nothing. */
  readonly balancer: BalancerConfig | null
}

/** The VRRP config that a valid document stands for. */
export function buildVrrp(document: ConfigDocument): VrrpConfig {
  const { keepalived } = document
  const { interface: common, ...others } = keepalived
  return {
    ...others,
    ...buildElection(keepalived),
    scriptIntervalMs: scriptIntervalOf(keepalived),
    instances: Object.values(document.clusters).flatMap((cluster) =>
      Object.entries(cluster.instances).map(([name, table]) => buildInstance(name, table, common)),
    ),
    servers: buildServers(document.servers),
    // What is rendered is the same on all of them, so none's own addresses can be in it.
    balancer: buildBalancer(document.balancer, []),
  }
}

function buildInstance(
  name: string,
  table: InstanceTable,
  common: string | undefined,
): VrrpInstance {
  const { useVmac, ipv6, extraLines } = table
  return {
    name,
    addresses: table.addresses.map(({ address, prefixLength }) => ({
      ...withFamily(address),
      prefixLength: prefixLength ?? never(),
    })),
    interface: table.interface ?? common ?? never(),
    routerId: table.virtualRouterId ?? never(),
    useVmac,
    ipv6,
    extraLines,
  }
}

/** What is missing was reported before: getting here is a bug. */
function never(): never {
  throw new Error('a key that render-config needs was not asked for')
}

/** RFC 2338 section 5.3.10: eight octets. keepalived cuts off what is longer, and says so in a log. */
const MAX_SECRET_LENGTH = 8

/**
 * The one word in the text of the secret's file, which VRRPv2 sends along in clear. No message repeats any of it.
 *
 * Only characters that keepalived reads as they stand are allowed: others are quotes, remarks and
 * substitutions to it.
 */
export function parseSecret(text: string): Reading<string> {
  const lines = text.split('\n').map((line) => line.trim())
  const [secret = '', ...more] = lines.filter((line) => line !== '')
  const hint = `put one word of up to ${MAX_SECRET_LENGTH} characters into the file`
  if (secret === '') return bad('E_AUTH', 'the secret file is empty', hint)
  if (more.length > 0) return bad('E_AUTH', 'the secret file has more than one line', hint)
  if (secret.length > MAX_SECRET_LENGTH) {
    const text = `the secret has ${secret.length} characters, and VRRPv2 has room for ${MAX_SECRET_LENGTH}`
    return bad('E_AUTH', text, hint)
  }
  if (/^[A-Za-z0-9._+/=,:%^&*()-]+$/.test(secret)) return good(secret)
  const plain = 'use letters, digits and any of . _ + / = , : % ^ & * ( ) -'
  return bad('E_AUTH', 'the secret has characters that keepalived gives a meaning to', plain)
}
