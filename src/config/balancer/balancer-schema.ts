// The shape of [balancer]: services, the real servers behind them, and the bounds of each value.
import * as v from 'valibot'
import { DEFAULTS } from '../defaults.ts'
import {
  choiceReader,
  durationReader,
  integerReader,
  type Reader,
  readBoolean,
  textAs,
} from '../readers.ts'
import { leaf, listOfDifferent, table, tableByName } from '../schema-parts.ts'
import { bad, quoted, type Reading } from '../text/complaint.ts'
import { readName } from '../values/name.ts'
import { familyOf, hostAddressReader } from '../vrrp/vrrp-schema.ts'
import {
  type BalancerConfig,
  type FamilyAddress,
  FORWARDINGS,
  type RealServer,
  SCHEDULERS,
} from './balancer-config.ts'

const integer = (least: number, most: number) => leaf(integerReader(least, most))
const duration = (least: string, most: string) => leaf(durationReader({ least, most }))
const addresses = (what: string, advice: string) =>
  listOfDifferent(leaf(hostAddressReader(what, advice)))

/** A dot parts the two halves of a backend's name, so the first half can have none. */
function readServiceName(text: string): Reading<string> {
  const name = readName(text)
  if (!name.ok || !text.includes('.')) return name
  const hint = `use letters, digits, "-" and "_": ${quoted(text.replaceAll('.', '-'))}`
  return bad('E_NAME', `the name of the service ${quoted(text)} has a dot`, hint)
}

/** The kernel counts persistence in whole seconds. */
const readPersistence: Reader<number> = textAs(
  'a duration such as "5m"',
  (text) => {
    const persistence = durationReader({ least: '0s', most: '24h' })(text)
    if (!persistence.ok || persistence.value % 1000 === 0) return persistence
    const hint = `write "${Math.ceil(persistence.value / 1000)}s": IPVS counts in whole seconds`
    return bad('E_DURATION', `${quoted(text)} is not a number of whole seconds`, hint)
  },
  (value) => `write a duration in quotes: "${Number.isSafeInteger(value) ? value : 300}s"`,
)

/** How many source ports each real server has for questions at virtual addresses. */
export const PORTS_EACH = 128
/** Those below take a privilege to be asked from. */
export const LOWEST_PORT = 1024
const LAST_FIRST_PORT = 65_536 - PORTS_EACH

const realServer = table({
  addresses: v.optional(
    addresses('the address of a real server', 'list the addresses that the real server has'),
    [],
  ),
  weight: v.optional(integer(1, 65_535), DEFAULTS.balancer.weight),
})

const service = table({
  addresses: v.optional(
    addresses('a virtual address', 'list the addresses that clients send their queries to'),
    [],
  ),
  port: v.optional(integer(1, 65_535), DEFAULTS.balancer.port),
  scheduler: v.optional(leaf(choiceReader(SCHEDULERS)), DEFAULTS.balancer.scheduler),
  forwarding: v.optional(leaf(choiceReader(FORWARDINGS)), DEFAULTS.balancer.forwarding),
  persistence: v.optional(leaf(readPersistence), DEFAULTS.balancer.persistence),
  quorum: v.optional(integer(1, 1000), DEFAULTS.balancer.quorum),
  sorry: v.optional(
    addresses('the address of a sorry server', 'list an address that some server has'),
    [],
  ),
  one_packet: v.optional(leaf(readBoolean), DEFAULTS.balancer.one_packet),
  servers: v.optional(tableByName(realServer, readName), {}),
})

export const balancerTable = table({
  slow_start: v.optional(duration('0s', '1h'), DEFAULTS.balancer.slow_start),
  drain_limit: v.optional(duration('0s', '24h'), DEFAULTS.balancer.drain_limit),
  source: v.optional(addresses('an address to send from', 'list addresses that this host has'), []),
  check_virtual: v.optional(leaf(readBoolean), DEFAULTS.balancer.check_virtual),
  check_ports: v.optional(integer(LOWEST_PORT, LAST_FIRST_PORT), DEFAULTS.balancer.check_ports),
  services: v.optional(tableByName(service, readServiceName), {}),
})

export type BalancerTable = v.InferOutput<typeof balancerTable>

/**
 * The balancer that a valid table stands for; null without one.
 *
 * @param own this server's own addresses, the first of a family first: where the virtual addresses
 *   are checked, they fill in for a source that is not written
 */
export function buildBalancer(
  balancer: BalancerTable | undefined,
  own: readonly FamilyAddress[],
): BalancerConfig | null {
  if (balancer === undefined) return null
  const written = balancer.source.map(withFamily)
  const source = balancer.check_virtual ? firstOfEachFamily([...written, ...own]) : written
  return {
    slowStartMs: balancer.slow_start,
    drainLimitMs: balancer.drain_limit,
    source,
    checkVirtual: balancer.check_virtual,
    checkPorts: balancer.check_ports,
    services: Object.entries(balancer.services).map(([name, it]) => ({
      name,
      addresses: it.addresses.map(withFamily),
      port: it.port,
      scheduler: it.scheduler,
      forwarding: it.forwarding,
      persistenceMs: it.persistence,
      quorum: it.quorum,
      sorry: it.sorry.map(withFamily),
      onePacket: it.one_packet,
      servers: Object.entries(it.servers).map(buildServer),
    })),
  }
}

function buildServer([name, server]: [
  string,
  BalancerTable['services'][string]['servers'][string],
]): RealServer {
  return { name, addresses: server.addresses.map(withFamily), weight: server.weight }
}

function firstOfEachFamily(addresses: readonly FamilyAddress[]): FamilyAddress[] {
  return addresses.filter(
    (it, index) => addresses.findIndex(({ family }) => family === it.family) === index,
  )
}

function withFamily(address: string): FamilyAddress {
  return { family: familyOf(address), address }
}
