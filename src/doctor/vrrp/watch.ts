// The elections of this host as they were for some seconds: two dumps, and the wire between them.
import { canonicalAddress } from '../../config/values/ip.ts'
import type { Counter, RunningInstance } from '../../keepalived/dump.ts'
import { factOf, isSkip, type Skip, skip } from '../doctor-check.ts'
import { type Link, linkNamed, linksFact, neighboursIn } from '../facts/ip-command.ts'
import { installedFact } from '../facts/keepalived-conf.ts'
import { askForDump, type Dump, dumpFact, isTaking } from '../facts/keepalived-program.ts'
import { vrrpFact } from '../facts/loaded-config.ts'
import { type Advert, type Claim, listen, type Wire } from '../facts/wire.ts'
import { fact, type Host } from '../host.ts'
import { advertsFor, type Speaker, speakersFor } from './speakers.ts'

export interface WatchedElection {
  /** As it was after the wire had been watched. */
  readonly instance: RunningInstance
  /** It is what it was, and has not been anything else meanwhile. */
  readonly isSteady: boolean
  /** How much a counter has grown meanwhile. */
  readonly growth: (counter: Counter) => number
  /** Where its adverts go over the wire: the interface below a virtual one. */
  readonly interface: string
  /** Whom alone its adverts go to, where it is not known that one of them is there. */
  readonly absentPeers: readonly string[]
  readonly wire:
    | {
        readonly kind: 'seen'
        /** Those that this host sent. */
        readonly own: readonly Advert[]
        readonly speakers: readonly Speaker[]
        /** Claims to its addresses by other hosts. */
        readonly claims: readonly Claim[]
      }
    | Skip
}

/** keepalived as it is rendered claims its addresses anew every 2 s. */
const MIN_MS = 2500
const MAX_MS = 3500
/** Adverts of a master that may be wanted: two, wherever in between the watch begins. */
const ADVERTS = 3.2

/** What goes on in the elections of this host. */
export const electionsFact = fact(async (host): Promise<readonly WatchedElection[] | Skip> => {
  const before = await dumpFact(host)
  if (before.kind === 'none') return skip(whyNoDump(before))
  const [links, vrrp] = await Promise.all([linksFact(host), vrrpFact(host)])
  const all = isSkip(links) ? [] : links
  const taking = before.instances.filter(isTaking)
  if (taking.length === 0) return skip('no instance takes part in an election')
  const wires = await listenFor(host, taking, all)
  const after = await askForDump(host)
  if (after.kind === 'none') return skip(whyNoDump(after))

  const local = new Set(all.flatMap((link) => link.addresses).map((address) => address.address))
  const macs = new Set(all.map((link) => link.mac))
  const absent = await Promise.all(taking.map((instance) => absentPeers(host, instance.name)))
  return taking.flatMap((was, index): WatchedElection[] => {
    const instance = after.instances.find(({ name }) => name === was.name)
    if (instance === undefined) return []
    const growth = (counter: Counter) => instance.counters[counter] - was.counters[counter]
    const name = carrierOf(instance, all)
    const wire = wires.get(name) ?? skip('the instance has no interface')
    const around = {
      vrrp: isSkip(vrrp) ? null : vrrp,
      local,
      wrongPassword: growth('auth_failure') > 0,
    }
    return [
      {
        instance,
        isSteady:
          was.state === instance.state && was.lastTransitionMs === instance.lastTransitionMs,
        growth,
        interface: name,
        absentPeers: absent[index] ?? [],
        wire: isSkip(wire) ? wire : snapshotOf(instance, wire, around, macs),
      },
    ]
  })
})

function whyNoDump(dump: Extract<Dump, { kind: 'none' }>): string {
  if (dump.why === 'missing') return 'because of H203: keepalived is not running'
  return dump.why === 'denied' ? `needs root: ${dump.error}` : 'because of H221: no state dump'
}

/** All interfaces at once, for as long as the slowest instance needs. */
async function listenFor(
  host: Host,
  instances: readonly RunningInstance[],
  links: readonly Link[],
): Promise<ReadonlyMap<string, Wire | Skip>> {
  const slowest = Math.max(...instances.map((instance) => instance.advertMs)) * ADVERTS
  const lengthMs = Math.min(MAX_MS, Math.max(MIN_MS, slowest))
  const carriers = new Set(instances.map((instance) => carrierOf(instance, links)))
  const names = [...carriers].filter((name) => name !== '')
  const addressesOn = (name: string) =>
    instances
      .filter((instance) => carrierOf(instance, links) === name)
      .flatMap((instance) => [...instance.addresses, ...instance.excluded])
  const listening = names.map(async (name) => {
    return [name, await listen(host, name, addressesOn(name), lengthMs)] as const
  })
  const wires = await Promise.all(listening)
  // Without tcpdump the counters are all there is, and they need the time to grow.
  if (wires.every(([, wire]) => isSkip(wire))) {
    await new Promise((resolve) => setTimeout(resolve, lengthMs))
  }
  return new Map(wires)
}

/** What a macvlan sends and hears passes the interface below it. */
function carrierOf({ interface: name }: RunningInstance, links: readonly Link[]): string {
  const link = linkNamed(links, name)
  return (link?.kind === 'macvlan' ? link.parent : null) ?? name ?? ''
}

/** RFC 9568 section 7.3: all servers have it, so it does not tell one from another. */
const VIRTUAL_MAC = /^00:00:5e:00:0[12]:/

function snapshotOf(
  instance: RunningInstance,
  { adverts, claims }: Wire,
  around: Parameters<typeof speakersFor>[2],
  macs: ReadonlySet<string>,
): WatchedElection['wire'] {
  const addresses = [...instance.addresses, ...instance.excluded]
  return {
    kind: 'seen',
    own: advertsFor(instance, adverts).filter((advert) => around.local.has(advert.source)),
    speakers: speakersFor(instance, adverts, around),
    claims: claims.filter(
      ({ address, mac }) => addresses.includes(address) && !macs.has(mac) && !VIRTUAL_MAC.test(mac),
    ),
  }
}

export type SeenElection = WatchedElection & {
  readonly wire: Extract<WatchedElection['wire'], { kind: 'seen' }>
}

/** The same, where the wire could be watched. */
export const seenElectionsFact = factOf({ elections: electionsFact }, ({ elections }) => {
  const seen = elections.filter((election): election is SeenElection => !isSkip(election.wire))
  if (seen.length > 0) return seen
  return (
    elections.map((election) => election.wire).find(isSkip) ??
    skip('no instance takes part in an election')
  )
})

export function namesOf(elections: readonly WatchedElection[]): string {
  return [...new Set(elections.map((election) => election.instance.name))].join(', ')
}

/**
 * The peers of an instance, where the kernel knows the hardware address of none of them, nor of a router
 * on the way. None where one is known, and where adverts go to the group.
 */
export async function absentPeers(host: Host, instance: string): Promise<readonly string[]> {
  const installed = await installedFact(host)
  const blocks = isSkip(installed) ? [] : installed.model.instances
  const peers = blocks.find((block) => block.name === instance)?.peers ?? []
  if (peers.length === 0) return []
  const hops = await Promise.all(peers.map((peer) => nextHop(host, peer)))
  const known = (await neighboursIn(host.inspect)).map((neighbour) =>
    canonicalAddress(neighbour.address),
  )
  return hops.some((hop) => known.includes(hop)) ? [] : peers
}

async function nextHop({ inspect }: Host, peer: string): Promise<string | null> {
  const run = await inspect.run('ip', ['route', 'get', peer])
  const via = run.ok ? /\bvia (?:inet6? )?(\S+)/.exec(run.value.stdout)?.[1] : undefined
  return canonicalAddress(via ?? peer)
}
