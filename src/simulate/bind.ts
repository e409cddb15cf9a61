// A model of one server's BIND: what it answers to a query at an address, at a time.

import { isRandom, type QueryOutcome, type Transport } from '../dns/probe.ts'
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
  /** What lies upstream answers nothing at all before this time. */
  upstreamSilentUntilMs: number
  /** The next service address that comes loses its TCP socket to another, as BIND lets happen. */
  losesNextSocket: boolean
}

function soundCondition(): Condition {
  return {
    alive: true,
    frozenUntilMs: Number.NEGATIVE_INFINITY,
    errorRate: 0,
    inBurst: false,
    burstRate: 0,
    slowness: 1,
    upstreamDown: false,
    upstreamSilentUntilMs: Number.NEGATIVE_INFINITY,
    losesNextSocket: false,
  }
}

/** Good until the next question: a bind has only one, because there are millions of them. */
export interface Reply {
  readonly outcome: QueryOutcome
  readonly latencyMs: number
  /** Of a good answer from upstream: how long it may be kept. */
  readonly ttlS?: number | undefined
}

export interface Bind {
  readonly condition: Condition
  addressCame(address: string, nowMs: number): void
  addressWent(address: string): void
  /**
   * Asks at an address. `upstream` is a name that lies upstream of the server, or null for what the
   * server knows itself: it is in the cache for its TTL, unless it is new each time.
   */
  ask(
    address: string,
    transport: Transport,
    upstream: string | null,
    timeoutMs: number,
    nowMs: number,
  ): Reply
  /** The share of clients' queries to an address that are lost now, over both transports alike. */
  lossAt(address: string, nowMs: number): number
  /** The same in its present condition in the long run: what "bad" is judged by. */
  badnessAt(address: string, nowMs: number): number
  /** named started anew: all its sockets are open soon. */
  restarted(nowMs: number): void
}

/** named opens its sockets some milliseconds after the kernel has told it of an address. */
const OPENS_AFTER_MS = [2, 30] as const
/** After this time all are open. */
export const SOCKETS_OPEN_MS = OPENS_AFTER_MS[1] + 1
const REFUSED_MS = 0.05
const FLOOR_MS = 0.2
const MEAN_MORE_MS = 0.4
const UPSTREAM_MS = 15
/** As many zones have it. */
export const TTL_S = 900

interface Socket {
  readonly openMs: number
  readonly tcpLost: boolean
}

/** The sockets that named has at its addresses. */
interface Sockets {
  came(address: string, nowMs: number): void
  went(address: string): void
  /** All are opened anew. */
  reopen(nowMs: number): void
  at(address: string): Socket | undefined
}

function createSockets(condition: Condition, random: Random): Sockets {
  const sockets = new Map<string, Socket>()
  // An address is asked over each transport in turn, so that looking it up once serves twice.
  let lastAddress = ''
  let lastSocket: Socket | undefined

  function came(address: string, nowMs: number): void {
    lastAddress = ''
    sockets.set(address, {
      openMs: nowMs + random.between(...OPENS_AFTER_MS),
      tcpLost: condition.losesNextSocket,
    })
    condition.losesNextSocket = false
  }

  return {
    came,
    went(address) {
      lastAddress = ''
      sockets.delete(address)
    },
    reopen(nowMs) {
      for (const address of sockets.keys()) came(address, nowMs)
    },
    at(address) {
      if (address !== lastAddress) {
        lastAddress = address
        lastSocket = sockets.get(address)
      }
      return lastSocket
    },
  }
}

function isOpen(socket: Socket | undefined, transport: Transport, nowMs: number): boolean {
  return socket !== undefined && socket.openMs <= nowMs && !(transport === 'tcp' && socket.tcpLost)
}

export function createBind(random: Random): Bind {
  const condition = soundCondition()
  const sockets = createSockets(condition, random)
  const scratch: { -readonly [Key in keyof Reply]: Reply[Key] } = {
    ...{ outcome: 'ok', latencyMs: 0, ttlS: undefined },
  }
  /** Until when names that lie upstream need not be asked for there. */
  const cache = new Map<string, number>()

  function reply(outcome: QueryOutcome, latencyMs: number, ttlS?: number): Reply {
    scratch.outcome = outcome
    scratch.latencyMs = latencyMs
    scratch.ttlS = ttlS
    return scratch
  }

  /** Whole seconds for which the cache has a name, or 0. */
  function keptS(name: string, nowMs: number): number {
    return Math.max(0, Math.ceil(((cache.get(name) ?? nowMs) - nowMs) / 1000))
  }

  function ask(
    address: string,
    transport: Transport,
    upstream: string | null,
    timeoutMs: number,
    nowMs: number,
  ): Reply {
    const socket = sockets.at(address)
    if (socket === undefined) return reply('address-gone', REFUSED_MS)
    if (!condition.alive || !isOpen(socket, transport, nowMs))
      return reply('conn-refused', REFUSED_MS)
    const lost = condition.inBurst || random.chance(condition.errorRate)
    if (lost) return reply('timeout', timeoutMs)
    let latencyMs = (FLOOR_MS + random.exponential(MEAN_MORE_MS)) * condition.slowness
    const ttlS = upstream === null ? 0 : keptS(upstream, nowMs)
    const fetches = upstream !== null && ttlS === 0
    if (fetches && condition.upstreamSilentUntilMs > nowMs) return reply('timeout', timeoutMs)
    if (fetches) latencyMs += random.exponential(UPSTREAM_MS)
    if (condition.frozenUntilMs > nowMs) latencyMs += condition.frozenUntilMs - nowMs
    if (latencyMs >= timeoutMs) return reply('timeout', timeoutMs)
    if (!fetches) return reply('ok', latencyMs, upstream === null ? undefined : ttlS)
    if (condition.upstreamDown) return reply('servfail', latencyMs)
    if (!isRandom({ name: upstream })) cache.set(upstream, nowMs + TTL_S * 1000)
    return reply('ok', latencyMs, TTL_S)
  }

  return {
    condition,
    addressCame: sockets.came,
    addressWent: sockets.went,
    ask,
    lossAt(address, nowMs) {
      if (!condition.alive || condition.frozenUntilMs > nowMs || condition.inBurst) return 1
      const socket = sockets.at(address)
      const udp = isOpen(socket, 'udp', nowMs) ? condition.errorRate : 1
      const tcp = isOpen(socket, 'tcp', nowMs) ? condition.errorRate : 1
      return (udp + tcp) / 2
    },
    badnessAt(address, nowMs) {
      const share = badness(condition, nowMs)
      return sockets.at(address)?.tcpLost === true ? (share + 1) / 2 : share
    },
    restarted(nowMs) {
      // The kernel has closed the old sockets, so there is nothing left that a new one could clash with.
      condition.losesNextSocket = false
      cache.clear()
      sockets.reopen(nowMs)
    },
  }
}

/** The share of queries the server loses in its present condition in the long run, whatever its sockets do. */
export function badness(condition: Condition, nowMs: number): number {
  if (!condition.alive || condition.frozenUntilMs > nowMs) return 1
  return condition.burstRate + (1 - condition.burstRate) * condition.errorRate
}
