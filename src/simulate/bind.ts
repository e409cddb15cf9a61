// A model of one server's BIND: what it answers to a query at an address, at a time.
import type { Outcome } from '../dns/outcome.ts'
import type { Transport } from '../dns/probe.ts'
import type { Random } from './random.ts'

/** What is wrong with the server; `nothing` is wrong in `soundCondition()`. */
export interface Condition {
  /** named runs. */
  alive: boolean
  /** named does not answer before this time: a freeze, or a few seconds of catatonia. */
  frozenUntilMs: number
  /** Share of queries that are lost, each on its own. */
  errorRate: number
  /** Inside a burst of losses every query is lost. */
  inBurst: boolean
  /** Long-run share of time in bursts. */
  burstRate: number
  /** Answers take this many times as long. */
  slowness: number
  upstreamDown: boolean
  /** The next service address that comes loses its TCP socket to another, as BIND lets happen. */
  losesNextSocket: boolean
}

export function soundCondition(): Condition {
  return {
    alive: true,
    frozenUntilMs: Number.NEGATIVE_INFINITY,
    errorRate: 0,
    inBurst: false,
    burstRate: 0,
    slowness: 1,
    upstreamDown: false,
    losesNextSocket: false,
  }
}

export interface Reply {
  readonly outcome: Outcome
  readonly latencyMs: number
}

export interface Bind {
  readonly condition: Condition
  addressCame(address: string, nowMs: number): void
  addressWent(address: string): void
  /** Asks at an address; `upstream` questions need what lies upstream of the server. */
  ask(
    address: string,
    transport: Transport,
    upstream: boolean,
    timeoutMs: number,
    nowMs: number,
  ): Reply
  /** The share of clients' queries to an address that are lost now, over both transports alike. */
  lossAt(address: string, nowMs: number): number
  /** named started anew: all its sockets are open soon. */
  restarted(nowMs: number): void
}

/** named opens its sockets some milliseconds after the kernel has told it of an address. */
const OPENS_AFTER_MS = [2, 30] as const
const REFUSED_MS = 0.05
const FLOOR_MS = 0.2
const MEAN_MORE_MS = 0.4
const UPSTREAM_MS = 15

interface Sockets {
  readonly openMs: number
  readonly tcpLost: boolean
}

export function createBind(random: Random): Bind {
  const condition = soundCondition()
  const sockets = new Map<string, Sockets>()

  function addressCame(address: string, nowMs: number): void {
    sockets.set(address, {
      openMs: nowMs + random.between(...OPENS_AFTER_MS),
      tcpLost: condition.losesNextSocket,
    })
    condition.losesNextSocket = false
  }

  function isOpen(address: string, transport: Transport, nowMs: number): boolean {
    const socket = sockets.get(address)
    return (
      socket !== undefined && socket.openMs <= nowMs && !(transport === 'tcp' && socket.tcpLost)
    )
  }

  function ask(
    address: string,
    transport: Transport,
    upstream: boolean,
    timeoutMs: number,
    nowMs: number,
  ): Reply {
    if (!sockets.has(address)) return { outcome: 'vanished', latencyMs: REFUSED_MS }
    if (!condition.alive || !isOpen(address, transport, nowMs))
      return { outcome: 'refused', latencyMs: REFUSED_MS }
    const lost = condition.inBurst || random.chance(condition.errorRate)
    if (lost) return { outcome: 'timeout', latencyMs: timeoutMs }
    let latencyMs = (FLOOR_MS + random.exponential(MEAN_MORE_MS)) * condition.slowness
    if (upstream) latencyMs += random.exponential(UPSTREAM_MS)
    latencyMs += Math.max(0, condition.frozenUntilMs - nowMs)
    if (latencyMs >= timeoutMs) return { outcome: 'timeout', latencyMs: timeoutMs }
    return { outcome: upstream && condition.upstreamDown ? 'servfail' : 'ok', latencyMs }
  }

  function lossAt(address: string, nowMs: number): number {
    if (!condition.alive || condition.frozenUntilMs > nowMs || condition.inBurst) return 1
    const udp = isOpen(address, 'udp', nowMs) ? condition.errorRate : 1
    const tcp = isOpen(address, 'tcp', nowMs) ? condition.errorRate : 1
    return (udp + tcp) / 2
  }

  return {
    condition,
    addressCame,
    addressWent: (address) => sockets.delete(address),
    ask,
    lossAt,
    restarted(nowMs) {
      for (const address of sockets.keys()) addressCame(address, nowMs)
    },
  }
}

/** The share of queries the server loses in its present condition in the long run: what "bad" is judged by. */
export function badness(condition: Condition, nowMs: number): number {
  if (!condition.alive || condition.frozenUntilMs > nowMs) return 1
  return condition.burstRate + (1 - condition.burstRate) * condition.errorRate
}
