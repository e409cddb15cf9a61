// What can go wrong around a pair of balancers; and the generator that draws it from a seed.
import type { Transport } from '../../../src/dns/probe.ts'
import type { Fault } from '../../../src/simulate/fault.ts'
import type { Random } from '../../../src/simulate/random.ts'

/** One thing that begins at a time. Real servers and balancers are counted from 0. */
export type BalancersFault =
  | Extract<Fault, { kind: 'errors' | 'crash' | 'freeze' | 'slow' | 'upstream-outage' }>
  /** A real server answers nothing over one of the transports. */
  | {
      readonly kind: 'one-transport'
      readonly server: number
      readonly transport: Transport
      readonly forMs: number
    }
  /** The virtual addresses are missing on a real server, as where nobody has put them on loopback. */
  | { readonly kind: 'lost-virtual'; readonly server: number; readonly forMs: number }
  /** A balancer reaches one real server no more, or none. */
  | {
      readonly kind: 'cut'
      readonly balancer: number
      readonly server: number | 'all'
      readonly forMs: number
    }
  | { readonly kind: 'drain'; readonly server: number; readonly forMs: number }
  | BalancerFault
  /** The balancers do not hear each other. */
  | { readonly kind: 'partition'; readonly forMs: number }

/** What strikes one balancer. */
export type BalancerFault =
  /** Killed, and started again after this time. */
  | { readonly kind: 'daemon-death'; readonly balancer: number; readonly forMs: number }
  /** The same in order, as by an upgrade. */
  | { readonly kind: 'daemon-stop'; readonly balancer: number; readonly forMs: number }
  /** It does nothing for a while, and then goes on. */
  | { readonly kind: 'daemon-hang'; readonly balancer: number; readonly forMs: number }
  | { readonly kind: 'reload'; readonly balancer: number }
  | {
      readonly kind: 'keepalived-death'
      readonly balancer: number
      readonly leaves: 'table' | 'nothing'
      readonly forMs: number
    }
  | { readonly kind: 'keepalived-stop'; readonly balancer: number; readonly forMs: number }
  /** Everything there is gone but what is on disk. */
  | { readonly kind: 'power'; readonly balancer: number; readonly forMs: number }
  /** Somebody removes the files of all services' real server. */
  | { readonly kind: 'lost-file'; readonly balancer: number; readonly server: number }

export type BalancersFaultKind = BalancersFault['kind']

export interface TimedBalancersFault {
  readonly atMs: number
  readonly fault: BalancersFault
}

export interface BalancersSetup {
  readonly balancers: number
  readonly servers: number
}

const KINDS: readonly Exclude<BalancersFaultKind, 'errors'>[] = [
  'crash',
  'freeze',
  'slow',
  'upstream-outage',
  'one-transport',
  'lost-virtual',
  'cut',
  'drain',
  'daemon-death',
  'daemon-stop',
  'daemon-hang',
  'reload',
  'keepalived-death',
  'keepalived-stop',
  'power',
  'lost-file',
  'partition',
]

/** Faults until `untilMs`, those that are steady included; even which kinds can occur is drawn. */
export function drawBalancersFaults(
  setup: BalancersSetup,
  untilMs: number,
  random: Random,
): TimedBalancersFault[] {
  const faults = drawErrors(setup, untilMs, random.fork('errors'))
  for (const kind of KINDS) {
    const stream = random.fork(kind)
    if (!stream.chance(0.3)) continue
    const meanGapMs = stream.between(5000, 200_000)
    const leastMs = stream.between(50, 5000)
    const mostMs = leastMs * stream.between(1, 20)
    let atMs = stream.exponential(meanGapMs)
    while (atMs < untilMs) {
      faults.push({ atMs, fault: drawFault(kind, setup, stream.between(leastMs, mostMs), stream) })
      atMs += stream.exponential(meanGapMs)
    }
  }
  return faults.sort((a, b) => a.atMs - b.atMs)
}

function drawErrors(
  { servers }: BalancersSetup,
  untilMs: number,
  random: Random,
): TimedBalancersFault[] {
  const faults: TimedBalancersFault[] = []
  for (let server = 0; server < servers; server++) {
    if (!random.chance(0.3)) continue
    const burstMs = random.chance(0.5) ? random.between(200, 20_000) : null
    const rate = random.between(0, 0.9) ** 2
    faults.push({ atMs: 0, fault: { kind: 'errors', server, rate, burstMs } })
    faults.push({ atMs: untilMs, fault: { kind: 'errors', server, rate: 0, burstMs: null } })
  }
  return faults
}

function drawFault(
  kind: (typeof KINDS)[number],
  setup: BalancersSetup,
  forMs: number,
  random: Random,
): BalancersFault {
  const server = whole(setup.servers, random)
  const balancer = whole(setup.balancers, random)
  switch (kind) {
    case 'crash':
    case 'freeze':
    case 'lost-virtual':
    case 'drain':
      return { kind, server, forMs }
    case 'slow':
      return { kind, server, times: random.between(10, 1000), forMs }
    case 'one-transport':
      return { kind, server, transport: random.pick(['udp', 'tcp']), forMs }
    case 'cut':
      return { kind, balancer, server: random.chance(0.5) ? 'all' : server, forMs }
    case 'upstream-outage':
    case 'partition':
      return { kind, forMs }
    case 'daemon-death':
    case 'daemon-stop':
    case 'daemon-hang':
    case 'keepalived-stop':
    case 'power':
      return { kind, balancer, forMs }
    case 'keepalived-death':
      return { kind, balancer, leaves: random.pick(['table', 'nothing']), forMs }
    case 'reload':
      return { kind, balancer }
    case 'lost-file':
      return { kind, balancer, server }
    default:
      return kind satisfies never
  }
}

function whole(below: number, random: Random): number {
  return Math.floor(random.between(0, below))
}
